//! What `doctor` says about the project it is run in; nothing outside a repository. Nothing of it is written.

use super::{failed, missing, ok, toolchain, warning};
use crate::machine::{Surroundings, now};
use crate::wire::surrounding_repository;
use kaizen_api::v1::Check;
use kaizen_domain::id::ProjectId;
use kaizen_engine::config::limits::{DeployMode, MinTier};
use kaizen_engine::config::{self, Config, FILE, ProjectName};
use kaizen_engine::detect;
use kaizen_engine::error::EngineError;
use kaizen_engine::foundation::{branch_of, refuse_checked_out, short_ref};
use kaizen_engine::git::Git;
use kaizen_sandbox::backend::Tier;
use kaizen_store::Store;
use std::path::Path;

/// How many events are read at a time.
const PAGE: u32 = 10_000;

/// How far two processes that write in turn may disagree, in milliseconds.
const TOLERATED: i64 = 2_000;

/// Checks of the repository around the working directory and of its record in the store.
pub(super) async fn checks(
    here: &Surroundings,
    scratch: &Path,
    store: Option<&Store>,
    tier: Option<Tier>,
) -> Result<Vec<Check>, EngineError> {
    // Outside a repository there is no project to look at, and that is no fault; a missing git was said already.
    let git = match surrounding_repository(here, scratch) {
        Ok(Some(git)) => git,
        Ok(None) => return Ok(vec![]),
        Err(_) if Git::version().is_err() => return Ok(vec![]),
        Err(error) => return Ok(vec![failed("repository", &error)]),
    };
    let mut checks = vec![commit(&git)?, identity(&git)?];
    checks.extend(toolchain::checks(here, git.root()));
    let (config, said) = configuration(git.root())?;
    checks.push(said);
    checks.extend(branch(&git, config.as_ref())?);
    checks.extend(config.as_ref().zip(tier).and_then(|(config, tier)| wall(config, tier)));
    let Some(store) = store else { return Ok(checks) };
    let known = store.projects().await?.into_iter().find(|project| project.root == git.root()).map(|project| project.id);
    if let Some(config) = &config {
        checks.extend(trust(&git, config, store, known).await?);
    }
    if let Some(project) = known {
        checks.extend(interrupted(store, project).await?);
        checks.extend(record_clock(store, project).await?);
    }
    Ok(checks)
}

fn commit(git: &Git) -> Result<Check, EngineError> {
    Ok(match git.head()? {
        Some(head) => ok("commit", format!("{} in {}", head.get(..12).unwrap_or(&head), git.root().display())),
        None => missing("commit", "the repository has none, and kaizen compares against one", "git add -A && git commit -m 'First commit'"),
    })
}

/// Promotions are commits of Kaizen's own; what a person merges needs the person.
fn identity(git: &Git) -> Result<Check, EngineError> {
    Ok(match git.identity()? {
        Some(who) => ok("git identity", who),
        None => warning(
            "git identity",
            "git does not know who you are, and a merge of what Kaizen found may need it",
            "git config --global user.name 'Your Name' && git config --global user.email you@example.org",
        ),
    })
}

/// Whether the best tier is as strong as the project asks for.
fn wall(config: &Config, best: Tier) -> Option<Check> {
    let wanted = match config.gate.min_tier {
        MinTier::Namespaces => Tier::Namespaces,
        MinTier::Bubblewrap => Tier::Bubblewrap,
        MinTier::Container => Tier::Container,
        MinTier::Landlock => Tier::Landlock,
    };
    let mend = format!("mend the {wanted} tier above, or set gate.min_tier = \"{best}\" in {FILE}");
    (best < wanted).then(|| missing("gate.min_tier", format!("asks for {wanted}, and {best} is the best here"), mend))
}

fn configuration(root: &Path) -> Result<(Option<Config>, Check), EngineError> {
    let file = root.join(FILE);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((None, warning(FILE, "is not here; what is detected is used", "kaizen init")));
        }
        Err(source) => return Ok((None, failed(FILE, &EngineError::Io { action: "read", path: file, source }))),
    };
    Ok(match config::parse(&text, Path::new(FILE)) {
        Ok(config) => {
            let said = ok(FILE, format!("{} by `{}`", config.project.name, config.benchmark.command));
            (Some(config), said)
        }
        Err(error) => (None, missing(FILE, error.to_string(), error.hint())),
    })
}

/// The branch promotions go to must not be checked out anywhere.
fn branch(git: &Git, config: Option<&Config>) -> Result<Option<Check>, EngineError> {
    let name = match config {
        Some(config) if config.deploy.mode == DeployMode::InPlace => {
            return Ok(match git.branch()? {
                Some(branch) => Some(ok("branch", format!("{} takes promotions in place", short_ref(&branch)))),
                None => Some(missing("branch", "HEAD is detached, and promotions in place need a branch", "git switch BRANCH")),
            });
        }
        Some(config) => config.project.name.clone(),
        None => match detect::detect(git.root()) {
            Ok(all) => ProjectName::near(all.first().map_or("", |first| &first.name)),
            Err(_) => return Ok(None),
        },
    };
    let reference = branch_of(name.as_str());
    Ok(Some(match refuse_checked_out(git, &reference) {
        Ok(()) => ok("branch", format!("{} takes promotions and is not checked out", short_ref(&reference))),
        Err(error @ EngineError::Environment { .. }) => failed("branch", &error),
        Err(other) => return Err(other),
    }))
}

async fn trust(git: &Git, config: &Config, store: &Store, known: Option<ProjectId>) -> Result<Option<Check>, EngineError> {
    let lines = config.host_lines();
    if lines.is_empty() {
        return Ok(None);
    }
    let trusted = match known {
        Some(project) => store.is_trusted(project, config.trust_hash(git.root())).await?,
        None => false,
    };
    let detail = format!("{FILE} names {} programs of its own", lines.len());
    Ok(Some(if trusted {
        ok("trust", detail)
    } else {
        warning("trust", format!("{detail} that nobody has trusted yet"), "read them, then: kaizen trust")
    }))
}

async fn interrupted(store: &Store, project: ProjectId) -> Result<Option<Check>, EngineError> {
    let open = store.open_sagas(project).await?;
    let Some(first) = open.first() else { return Ok(None) };
    let detail = format!("{} began and did not end", first.kind);
    Ok(Some(warning("recovery", detail, "any command that works on the project finishes or undoes it: kaizen status")))
}

/// A clock behind the last record would write times that run backwards; one that jumped back did.
async fn record_clock(store: &Store, project: ProjectId) -> Result<Option<Check>, EngineError> {
    let (mut last, mut after, mut jumps, mut farthest) = (None, 0, 0u64, 0i64);
    loop {
        let page = store.events(project, after, PAGE).await?;
        let Some(event) = page.last() else { break };
        after = event.sequence;
        for event in &page {
            let back = last.map_or(0, |before: i64| before - event.at);
            if back > TOLERATED {
                (jumps, farthest) = (jumps + 1, farthest.max(back));
            }
            last = Some(event.at);
        }
    }
    let behind = last.map_or(0, |at| at - now());
    let mend = "let something keep it: timedatectl set-ntp true";
    Ok(if behind > 0 {
        Some(warning("record", format!("the clock is {} s behind the last recorded event", behind / 1000 + 1), mend))
    } else if jumps > 0 {
        let times = if jumps == 1 { "once".to_owned() } else { format!("{jumps} times") };
        Some(warning("record", format!("the clock jumped back {times} between recorded events, by up to {} s", farthest / 1000), mend))
    } else {
        None
    })
}
