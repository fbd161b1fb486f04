//! Ids people type, looked up in the store.

use crate::wire::Wired;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::id::{AnyId, HypothesisId, TrialId, VersionId, WeaknessId};
use kaizen_domain::trial::Trial;
use kaizen_domain::version::Version;
use kaizen_domain::weakness::Weakness;
use kaizen_engine::error::EngineError;

/// Reads any id.
pub fn any(text: &str) -> Result<AnyId, EngineError> {
    text.parse()
        .map_err(|error: kaizen_domain::id::NotAnyId| EngineError::usage(error.to_string(), "`kaizen log` and `kaizen versions` list ids"))
}

fn missing(id: impl ToString) -> EngineError {
    EngineError::usage(format!("there is no {} in this project", id.to_string()), "`kaizen log` and `kaizen versions` list ids")
}

/// A weakness that must exist.
pub async fn weakness(wired: &Wired, id: WeaknessId) -> Result<Weakness, EngineError> {
    wired.context.store.weakness(wired.context.project, id).await?.ok_or_else(|| missing(id))
}

/// A hypothesis that must exist.
pub async fn hypothesis(wired: &Wired, id: HypothesisId) -> Result<Hypothesis, EngineError> {
    wired.context.store.hypothesis(wired.context.project, id).await?.ok_or_else(|| missing(id))
}

/// A trial that must exist.
pub async fn trial(wired: &Wired, id: TrialId) -> Result<Trial, EngineError> {
    wired.context.store.trial(wired.context.project, id).await?.ok_or_else(|| missing(id))
}

/// A version that must exist.
pub async fn version(wired: &Wired, id: VersionId) -> Result<Version, EngineError> {
    wired.context.store.version(wired.context.project, id).await?.ok_or_else(|| missing(id))
}

/// A version by its text.
pub async fn version_named(wired: &Wired, text: &str) -> Result<Version, EngineError> {
    match any(text)? {
        AnyId::Version(id) => version(wired, id).await,
        _ => Err(EngineError::usage(format!("{text} is not a version"), "`kaizen versions` lists them")),
    }
}

/// The hypothesis behind a hypothesis', trial's or version's id.
pub async fn hypothesis_behind(wired: &Wired, text: &str) -> Result<Hypothesis, EngineError> {
    let id = match any(text)? {
        AnyId::Hypothesis(id) => id,
        AnyId::Trial(id) => trial(wired, id).await?.hypothesis,
        AnyId::Version(id) => version(wired, id).await?.made.hypothesis,
        AnyId::Weakness(id) => {
            return Err(EngineError::usage(
                format!("{id} is a weakness"),
                format!("`kaizen show {id}` lists its hypotheses; explain one of them"),
            ));
        }
    };
    hypothesis(wired, id).await
}
