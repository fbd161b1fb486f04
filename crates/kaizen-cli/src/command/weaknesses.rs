//! `kaizen weaknesses`

use crate::args;
use crate::machine::Surroundings;
use crate::output::{Output, Style};
use crate::wire::{Wanted, wire};
use kaizen_api::v1::{Weakness as Wire, WeaknessList};
use kaizen_domain::weakness::{Weakness, WeaknessState};
use kaizen_engine::error::EngineError;

/// Lists the measured gaps, costliest first.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Weaknesses) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let mut found = wired.context.store.weaknesses(wired.context.project).await?;
    found.retain(|weakness| wanted.all || weakness.state != WeaknessState::Resolved);
    found.sort_by(|a, b| b.finding.lost().value().total_cmp(&a.finding.lost().value()).then(a.id.cmp(&b.id)));
    let list = WeaknessList { schema: "kaizen.weaknesses/1".into(), weaknesses: found.iter().map(to_wire).collect() };
    output.either(&list, || text(output, &list))?;
    Ok(0)
}

/// The wire form of a weakness.
pub fn to_wire(weakness: &Weakness) -> Wire {
    Wire {
        id: weakness.id.to_string(),
        title: weakness.finding.title.clone(),
        description: weakness.finding.description.clone(),
        state: word(&weakness.state),
        severity: word(&weakness.finding.severity()),
        impact: weakness.finding.impact,
        points: weakness.finding.lost().value(),
        cases: weakness.finding.cases().iter().map(ToString::to_string).collect(),
    }
}

/// The word a domain enum is written with in JSON.
pub fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

fn text(output: &Output, list: &WeaknessList) -> String {
    if list.weaknesses.is_empty() {
        return "no weakness is recorded; `kaizen improve` measures".into();
    }
    let line = |one: &Wire| {
        let id = output.style(Style::Strong, &format!("{:<5}", one.id));
        format!("{id} {:<9} {:>6} points  {:<14} {}", one.severity, one.points, one.state, one.title)
    };
    list.weaknesses.iter().map(line).collect::<Vec<_>>().join("\n")
}
