//! `kaizen show`

use super::find;
use super::versions::to_wire as version_wire;
use super::weaknesses::to_wire as weakness_wire;
use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::{Wanted, Wired, wire};
use kaizen_api::v1::{Shown, Visit};
use kaizen_domain::id::{AnyId, HypothesisId};
use kaizen_engine::error::EngineError;
use kaizen_engine::propose::search::choice;
use kaizen_tune::study::Study;
use serde_json::Value;

/// A search may have tried thousands; the newest tell enough.
const CANDIDATES_SHOWN: u32 = 50;

/// Prints everything recorded about one object.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::OneId) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let shown = whole(&wired, find::any(&wanted.id)?).await?;
    if output.json {
        output.object(&shown)?;
    } else {
        lines("", &serde_json::to_value(&shown).map_err(unreadable)?).iter().for_each(|line| output.line(line));
    }
    Ok(0)
}

fn unreadable(source: serde_json::Error) -> EngineError {
    EngineError::Stored { what: "record", source }
}

async fn whole(wired: &Wired, id: AnyId) -> Result<Shown, EngineError> {
    let (store, project) = (&wired.context.store, wired.context.project);
    let nothing = Shown { schema: "kaizen.show/1".into(), ..Shown::default() };
    Ok(match id {
        AnyId::Weakness(id) => {
            let hypotheses = store.hypotheses_of(project, id).await?;
            let ids: Vec<String> = hypotheses
                .iter()
                .map(|one| format!("{} ({}, {})", one.id, one.idea.proposer, super::weaknesses::word(&one.state)))
                .collect();
            Shown { weakness: Some(weakness_wire(&find::weakness(wired, id).await?)), hypotheses: Some(ids), ..nothing }
        }
        AnyId::Hypothesis(id) => {
            let hypothesis = find::hypothesis(wired, id).await?;
            let tried = tried(wired, id).await?;
            let newest = store.tried_by(project, id, CANDIDATES_SHOWN).await?;
            let candidates: Vec<String> = newest.iter().map(|(summary, outcome)| format!("{summary}: {outcome}")).collect();
            let workshop = visits(wired, id).await?;
            let choice = choice::of(&wired.context, &hypothesis).await?;
            let choice = choice.map(|choice| serde_json::to_value(choice).map_err(unreadable)).transpose()?;
            let hypothesis = serde_json::to_value(&hypothesis).map_err(unreadable)?;
            Shown { hypothesis: Some(hypothesis), candidates_tried: Some(tried), candidates: Some(candidates), workshop, choice, ..nothing }
        }
        AnyId::Trial(id) => {
            let trial = find::trial(wired, id).await?;
            let samples = store.samples(project, id).await?;
            let samples = summaries(&samples);
            Shown { trial: Some(serde_json::to_value(&trial).map_err(unreadable)?), samples: Some(samples), ..nothing }
        }
        AnyId::Version(id) => Shown { version: Some(version_wire(&find::version(wired, id).await?)), ..nothing },
    })
}

/// Candidates that were looked at; of a study the settings it tried, of which only the winner became a candidate.
async fn tried(wired: &Wired, id: HypothesisId) -> Result<u64, EngineError> {
    let (store, project) = (&wired.context.store, wired.context.project);
    let Some(stored) = store.study(project, id).await? else { return Ok(store.tried_count(project, id).await?) };
    let study: Study = serde_json::from_str(&stored).map_err(|source| EngineError::Stored { what: "study", source })?;
    Ok(study.settings() as u64)
}

/// `None` where no program worked on it.
async fn visits(wired: &Wired, id: HypothesisId) -> Result<Option<Vec<Visit>>, EngineError> {
    let (store, mut visits) = (&wired.context.store, Vec::new());
    for visit in store.visits(wired.context.project, id).await? {
        let output = store.blob(&visit.output).await?.unwrap_or_default();
        visits.push(Visit { said: visit.said, output: String::from_utf8_lossy(&output).into_owned() });
    }
    Ok((!visits.is_empty()).then_some(visits))
}

/// One line per sample: a whole scorecard of a large suite is no reading matter.
fn summaries(samples: &[kaizen_domain::trial::Sample]) -> Vec<String> {
    let one = |sample: &kaizen_domain::trial::Sample| {
        let result = match &sample.measured {
            Ok(card) => format!(
                "{} of {} cases pass, {} points",
                card.count(kaizen_domain::scorecard::CaseOutcome::Pass),
                card.executed(),
                card.points()
            ),
            Err(fault) => fault.to_string(),
        };
        format!("{}: {result}", format!("{:?} {} {:?}", sample.stage, sample.pair, sample.arm).to_lowercase())
    };
    samples.iter().map(one).collect()
}

/// A nested value as `key: value` lines.
fn lines(indent: &str, value: &Value) -> Vec<String> {
    let Value::Object(fields) = value else { return vec![format!("{indent}{}", plain(value))] };
    let mut out = Vec::new();
    for (key, field) in fields.iter().filter(|(key, field)| *key != "schema" && !field.is_null()) {
        match field {
            Value::Object(_) => {
                out.push(format!("{indent}{key}:"));
                out.extend(lines(&format!("{indent}  "), field));
            }
            Value::Array(items) => {
                out.push(format!("{indent}{key}:"));
                out.extend(items.iter().flat_map(|item| lines(&format!("{indent}  "), item)));
            }
            other => out.push(format!("{indent}{key}: {}", plain(other))),
        }
    }
    out
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
