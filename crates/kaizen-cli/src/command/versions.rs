//! `kaizen versions`

use super::time::rfc3339;
use super::weaknesses::word;
use crate::args;
use crate::machine::Surroundings;
use crate::output::{Output, Style};
use crate::wire::{Wanted, wire};
use kaizen_api::v1::{Version as Wire, VersionList};
use kaizen_domain::version::Version;
use kaizen_engine::error::EngineError;
use kaizen_engine::foundation::short_ref;

/// Lists the versions, newest first.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Versions) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let mut found = wired.context.store.versions(wired.context.project).await?;
    found.retain(|version| wanted.subject.as_ref().is_none_or(|subject| *subject == version.made.subject));
    found.reverse();
    let list = VersionList { schema: "kaizen.versions/1".into(), versions: found.iter().map(to_wire).collect() };
    output.either(&list, || text(output, &list))?;
    Ok(0)
}

/// The wire form of a version.
pub fn to_wire(version: &Version) -> Wire {
    Wire {
        id: version.id.to_string(),
        subject: version.made.subject.clone(),
        summary: version.made.summary.clone(),
        state: word(&version.state),
        commit: version.made.commit.clone(),
        branch: short_ref(&version.made.reference).to_owned(),
        hypothesis: version.made.hypothesis.to_string(),
        trial: version.made.trial.to_string(),
        prior: version.prior.map(|id| id.to_string()),
        promoted_by: version.made.promoted_by.clone(),
        measured: version.made.measured.clone(),
        reverted_by: version.reverted_by.clone(),
        at: rfc3339(version.at),
    }
}

fn text(output: &Output, list: &VersionList) -> String {
    if list.versions.is_empty() {
        return "no version yet; `kaizen improve` makes them".into();
    }
    let line = |one: &Wire| {
        let id = output.style(Style::Strong, &format!("{:<5}", one.id));
        let commit: String = one.commit.chars().take(12).collect();
        format!("{id} {:<11} {commit}  {}  {}", one.state, one.at, one.summary)
    };
    list.versions.iter().map(line).collect::<Vec<_>>().join("\n")
}
