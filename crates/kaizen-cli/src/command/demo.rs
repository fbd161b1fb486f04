//! `kaizen demo`: the real loop on bundled projects, in a fresh directory. Nothing is scripted.

use super::improve::{result, summary};
use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::{Output, Style};
use crate::wire::{Wanted, wire};
use include_dir::{Dir, include_dir};
use kaizen_api::v1::{ImproveResult, Points};
use kaizen_engine::error::EngineError;
use kaizen_engine::git::Git;
use kaizen_engine::improve::{Wish, improve};
use std::path::{Path, PathBuf};
use std::time::Instant;

static EXAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../examples");

/// An example project: its directory below `examples/` and the program it needs.
const PROJECTS: [(&str, &str); 2] = [("wordfreq", "python3"), ("intervals", "cargo")];

/// Copies the examples, makes each a repository, and improves it.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Demo) -> Result<u8, EngineError> {
    let started = Instant::now();
    let directory = fresh_directory(wanted)?;
    let mut results = Vec::new();
    for (name, program) in PROJECTS {
        if here.program(program).is_none() {
            output.note(format!("{program} is not installed: going on without the example {name}"));
            continue;
        }
        results.push(one(here, output, &directory.join(name), name).await?);
    }
    let total = total(&directory, results, started.elapsed().as_secs_f64());
    output.either(&total, || closing(output, &total))?;
    Ok(u8::from(total.promoted.is_empty() && total.weaknesses > 0))
}

fn fresh_directory(wanted: &args::Demo) -> Result<PathBuf, EngineError> {
    let failed = |path: &Path, source| EngineError::Io { action: "create", path: path.to_owned(), source };
    match &wanted.into {
        Some(chosen) => {
            let path = std::path::absolute(chosen).map_err(|source| failed(chosen, source))?;
            std::fs::create_dir(&path).map_err(|source| failed(&path, source))?;
            Ok(path)
        }
        None => {
            let parent = std::env::temp_dir();
            let fresh = tempfile::Builder::new().prefix("kaizen-demo-").tempdir_in(&parent).map_err(|source| failed(&parent, source))?;
            Ok(fresh.keep())
        }
    }
}

async fn one(here: &Surroundings, output: &Output, directory: &Path, name: &str) -> Result<ImproveResult, EngineError> {
    let started = Instant::now();
    unpack(directory, name)?;
    Git::create(directory, &here.machine.cache.join("scratch"), "An example project with a few slips")?;
    let inside = Surroundings { directory: directory.to_owned(), ..here.clone() };
    let wired = wire(&inside, output, Wanted::default()).await?;
    let context = &wired.context;
    // The example's own commands are part of this executable: nobody else wrote them.
    context.store.trust(context.project, context.config.trust_hash(context.git.root()), now()).await?;
    let outcome = improve(context, &Wish::default()).await?;
    let result = result(&wired, &outcome, started.elapsed().as_secs_f64());
    if output.json {
        output.object(&result)?;
    } else {
        output.line(summary(output, &outcome, &result));
        output.line("");
    }
    Ok(result)
}

fn unpack(directory: &Path, name: &str) -> Result<(), EngineError> {
    let failed = |source| EngineError::Io { action: "create", path: directory.to_owned(), source };
    std::fs::create_dir(directory).map_err(failed)?;
    let missing =
        || EngineError::environment(format!("the example {name} is not in this executable"), "build kaizen from a whole checkout");
    write_all(EXAMPLES.get_dir(name).ok_or_else(missing)?, Path::new(name), directory).map_err(failed)
}

fn write_all(from: &Dir<'_>, prefix: &Path, to: &Path) -> std::io::Result<()> {
    for file in from.files() {
        let path = to.join(file.path().strip_prefix(prefix).unwrap_or(file.path()));
        std::fs::write(path, file.contents())?;
    }
    for directory in from.dirs().filter(|directory| !is_product(directory.path())) {
        std::fs::create_dir(to.join(directory.path().strip_prefix(prefix).unwrap_or(directory.path())))?;
        write_all(directory, prefix, to)?;
    }
    Ok(())
}

/// Build products of whoever built this executable are no part of an example.
fn is_product(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "target" || name == "__pycache__")
}

fn total(directory: &Path, projects: Vec<ImproveResult>, seconds: f64) -> ImproveResult {
    let sum = |of: fn(&ImproveResult) -> u64| projects.iter().map(of).sum();
    let points = |of: fn(&Points) -> f64| projects.iter().map(|one| of(&one.points)).sum();
    ImproveResult {
        schema: "kaizen.improve/1".into(),
        r#type: "result".into(),
        project: "demo".into(),
        directory: directory.display().to_string(),
        promoted: projects.iter().flat_map(|one| one.promoted.clone()).collect(),
        rejected: sum(|one| one.rejected),
        quarantined: sum(|one| one.quarantined),
        undecided: sum(|one| one.undecided),
        waiting: sum(|one| one.waiting),
        would_promote: sum(|one| one.would_promote),
        weaknesses: sum(|one| one.weaknesses),
        points: Points { before: points(|of| of.before), after: points(|of| of.after), max: points(|of| of.max) },
        branch: projects.first().map_or_else(String::new, |one| one.branch.clone()),
        seconds,
        projects,
    }
}

fn closing(output: &Output, total: &ImproveResult) -> String {
    let head = output
        .style(Style::Strong, &format!("{} of {} points before, {} after", total.points.before, total.points.max, total.points.after));
    let first = total.projects.first().map_or(total.directory.as_str(), |one| one.directory.as_str());
    let last = total.projects.first().and_then(|one| one.promoted.last()).map_or("v1", String::as_str);
    format!(
        "{head}, {} promoted, in {:.0} s. Next:\n  cd {first}\n  kaizen explain {last}      why it is believed\n  kaizen log              everything that was tried, the refused cheat included\n  kaizen improve          again: it finds nothing left to do\n  cd YOUR-PROJECT && kaizen init",
        total.promoted.len(),
        total.seconds
    )
}
