//! Who must say yes. Rules of `kaizen.toml`, and what the evidence is worth given who made the edit and who judged it.

use crate::config::FILE;
use crate::error::EngineError;
use crate::promote::{in_place, suspicion};
use crate::propose::search::choice;
use crate::session::Session;
use crate::subject::code;
use kaizen_domain::change::Change;
use kaizen_domain::hypothesis::{Hypothesis, Provenance};
use kaizen_domain::path::RepoPath;
use kaizen_domain::version::{DeployMode, Version, VersionState};
use kaizen_sandbox::backend::Tier;

/// The answer of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody needs to be asked.
    Granted,
    /// A person must say yes, for this reason.
    Ask(String),
}

const DAY_MS: i64 = 86_400_000;

/// Applies the rules to an approved hypothesis.
pub async fn verdict(session: &Session<'_>, hypothesis: &Hypothesis, change: &Change) -> Result<Verdict, EngineError> {
    let context = session.context;
    let fooled = context.store.canaries(context.project, Some(session.snapshot.benchmark)).await?.accepted;
    if change.paths().any(|path| path.as_bytes() == FILE.as_bytes()) {
        return Ok(Verdict::Ask("it changes the benchmark's own command in kaizen.toml".into()));
    }
    let always = unsandboxed(session).or_else(|| weak_evidence(session, hypothesis)).or_else(|| believes_canaries(fooled));
    if let Some(why) = match always {
        None => suspected(session, hypothesis, change).await?,
        known => known,
    } {
        return Ok(Verdict::Ask(why));
    }
    if session.base.mode == DeployMode::InPlace {
        let touched: Vec<RepoPath> = change.paths().cloned().collect();
        if let Some(refused) = in_place::refuse_touched(&context.git, &touched)? {
            return Ok(Verdict::Ask(refused.0));
        }
        let versions = context.store.versions(context.project).await?;
        let at_most = context.config.limits.deployments_per_day as usize;
        if let Some(why) = too_many(&versions, context.now(), at_most) {
            return Ok(Verdict::Ask(why));
        }
        if let Some(why) = too_soon(&versions, change, session)? {
            return Ok(Verdict::Ask(why));
        }
    }
    let between = choice::of(context, hypothesis).await?.and_then(|choice| choice.ask);
    let asked = rule(session, change).or(between).or_else(|| goes_live(session));
    Ok(match asked {
        Some(why) if !context.permit.auto => Verdict::Ask(why),
        _ => Verdict::Granted,
    })
}

/// A trial without walls proves little about a hostile candidate; no flag overrides this.
fn unsandboxed(session: &Session<'_>) -> Option<String> {
    (session.backend.tier() == Tier::None).then(|| "its trial ran without a sandbox".to_owned())
}

/// An in-process judge can be lied to by the code it imports: edits of programs then need a hold-out or a person.
fn weak_evidence(session: &Session<'_>, hypothesis: &Hypothesis) -> Option<String> {
    let Provenance::Program { name } = &hypothesis.idea.provenance else { return None };
    let guarded = session.context.config.benchmark.holdout.is_some();
    (session.adapter.in_process() && !guarded).then(|| {
        format!("{name} made the edit, {} runs candidate code in its own process, and there is no hold-out", session.adapter.name())
    })
}

/// A program's edit that reaches for its judge is looked at by a person; no flag overrides this.
async fn suspected(session: &Session<'_>, hypothesis: &Hypothesis, change: &Change) -> Result<Option<String>, EngineError> {
    if !session.adapter.in_process() || !matches!(hypothesis.idea.provenance, Provenance::Program { .. }) {
        return Ok(None);
    }
    for edit in code::tree_edits(session.context, change).await? {
        let before = session.snapshot.text(&edit.path)?.unwrap_or_default();
        let after = edit.content.map_or_else(String::new, |(_, bytes)| String::from_utf8_lossy(&bytes).into_owned());
        if let Some(why) = suspicion::of_edit(&edit.path, &before, &after) {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// A judge that believed a no-op or a known cheat proves nothing by itself. A mended benchmark is another judge.
fn believes_canaries(accepted: u64) -> Option<String> {
    (accepted > 0).then(|| format!("the judge believed {accepted} canaries: mend the benchmark (`kaizen log` shows CANARY_ACCEPTED)"))
}

fn rule(session: &Session<'_>, change: &Change) -> Option<String> {
    let rules = &session.context.config.permissions;
    let asks = |path: &&RepoPath| rules.ask.matches(path);
    if let Some(path) = change.paths().find(asks) {
        return Some(format!("permissions.ask covers {path}"));
    }
    let outside = |path: &&RepoPath| !rules.auto.is_empty() && !rules.auto.matches(path);
    change.paths().find(outside).map(|path| format!("permissions.auto does not cover {path}"))
}

fn goes_live(session: &Session<'_>) -> Option<String> {
    (session.base.mode == DeployMode::InPlace)
        .then(|| "it would change the working tree, and the run was started without --auto".to_owned())
}

fn live(versions: &[Version]) -> impl Iterator<Item = &Version> {
    versions.iter().filter(|version| version.made.mode == DeployMode::InPlace && version.state == VersionState::Active)
}

fn too_many(versions: &[Version], now: i64, at_most: usize) -> Option<String> {
    let today = live(versions).filter(|version| now - version.at < DAY_MS).count();
    (today >= at_most).then(|| format!("{today} changes went live in the last 24 hours (limits.deployments_per_day = {at_most})"))
}

/// A file rests after a change to it went live.
fn too_soon(versions: &[Version], change: &Change, session: &Session<'_>) -> Result<Option<String>, EngineError> {
    let context = session.context;
    let cooldown = i64::try_from(context.config.limits.cooldown.0.as_millis()).unwrap_or(i64::MAX);
    let recent = live(versions).filter(|version| context.now() - version.at < cooldown);
    for version in recent {
        let touched = context.git.changed_paths(&version.made.before_tree, &version.made.after_tree)?;
        if let Some(path) = change.paths().find(|path| touched.iter().any(|other| other == path.as_bytes())) {
            return Ok(Some(format!("{path} went live with {} and rests for limits.cooldown", version.id)));
        }
    }
    Ok(None)
}
