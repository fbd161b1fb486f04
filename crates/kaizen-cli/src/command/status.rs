//! `kaizen` and `kaizen status`

use crate::machine::Surroundings;
use crate::output::{Output, Style};
use crate::render::plural;
use crate::wire::{Wanted, Wired, wire};
use kaizen_api::v1::{Canaries, Status};
use kaizen_domain::hypothesis::HypothesisState;
use kaizen_domain::version::VersionState;
use kaizen_domain::weakness::{Weakness, WeaknessState};
use kaizen_engine::error::EngineError;
use kaizen_engine::foundation::{branch_of, short_ref};
use kaizen_engine::promote::recover;

/// Says where the project stands and what to do next.
pub async fn run(here: &Surroundings, output: &Output) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    for detail in recover::recover_if_idle(&wired.context).await? {
        output.note(format!("note: {detail}"));
    }
    let weaknesses = wired.context.store.weaknesses(wired.context.project).await?;
    let open: Vec<&Weakness> = weaknesses.iter().filter(|weakness| weakness.state != WeaknessState::Resolved).collect();
    let status = status(here, &wired, &open).await?;
    output.either(&status, || text(output, &status, &open))?;
    Ok(0)
}

async fn status(here: &Surroundings, wired: &Wired, open: &[&Weakness]) -> Result<Status, EngineError> {
    let context = &wired.context;
    let versions = context.store.versions(context.project).await?;
    let hypotheses = context.store.hypotheses(context.project).await?;
    let waiting: Vec<String> =
        hypotheses.iter().filter(|one| one.state == HypothesisState::AwaitingPermission).map(|one| one.id.to_string()).collect();
    let canaries = context.store.canaries(context.project, None).await?;
    let active = versions.iter().filter(|version| version.state == VersionState::Active).count() as u64;
    Ok(Status {
        schema: "kaizen.status/1".into(),
        project: context.config.project.name.to_string(),
        directory: context.git.root().display().to_string(),
        configured: wired.configured,
        branch: short_ref(&branch_of(context.config.project.name.as_str())).to_owned(),
        versions: active,
        weaknesses: open.len() as u64,
        next: next(wired, &waiting, open.len(), !hypotheses.is_empty()),
        waiting,
        canaries: Canaries { offered: canaries.offered, accepted: canaries.accepted, false_accept_rate: canaries.false_accept_rate() },
        audit: context.store.audit_head(context.project).await?.to_string(),
        store: here.store.to_string(),
    })
}

fn next(wired: &Wired, waiting: &[String], open: usize, began: bool) -> String {
    match waiting.first() {
        Some(id) => format!("kaizen explain {id}, then kaizen approve {id} or kaizen decline {id}"),
        None if !wired.configured => "kaizen init".into(),
        None if !began || open > 0 => "kaizen improve".into(),
        None => "kaizen versions".into(),
    }
}

fn text(output: &Output, status: &Status, open: &[&Weakness]) -> String {
    let mut lines = vec![format!("{}  ·  {}", output.style(Style::Strong, &status.project), status.directory)];
    let (versions, weaknesses) = (status.versions as usize, status.weaknesses as usize);
    lines.push(format!(
        "  {versions} active {} on {}   {weaknesses} open {}",
        plural(versions, "version"),
        status.branch,
        if weaknesses == 1 { "weakness" } else { "weaknesses" }
    ));
    lines.extend(
        open.iter().take(5).map(|weakness| format!("  {}  {}   {} points", weakness.id, weakness.finding.title, weakness.finding.lost())),
    );
    lines.extend(status.waiting.iter().map(|id| format!("  {id}  waits for you")));
    lines.extend(canaries(&status.canaries));
    lines.push(format!("  next: {}", status.next));
    lines.join("\n")
}

/// Only once there is something to say.
fn canaries(count: &Canaries) -> Option<String> {
    let rate = count.false_accept_rate?;
    let plain = format!("  judge: {} of {} canaries believed (false-accept rate {:.1} %)", count.accepted, count.offered, rate * 100.0);
    Some(if count.accepted > 0 { plain + ": nothing is promoted by itself until the benchmark is mended" } else { plain })
}
