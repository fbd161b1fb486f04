//! A study in Optuna's journal format: JSON lines that `JournalStorage(JournalFileBackend(path))` reads, for its dashboard and plots.
//!
//! One line creates the study, one line each finished trial. Losses are minimised. Where a configuration came from is in the trial's
//! user attributes. Times are not known here and are left out.

use crate::space::Parameter;
use crate::space::kind::{Kind, Scale};
use crate::space::value::Value;
use crate::study::{Origin, Outcome, Run, Study};
use serde_json::{Map, json};

/// Numbers of Optuna's `JournalOperation` and `TrialState`.
const CREATE_STUDY: u8 = 0;
const CREATE_TRIAL: u8 = 4;
const COMPLETE: u8 = 1;
const FAIL: u8 = 3;
const MINIMIZE: u8 = 1;
const WORKER: &str = "kaizen";

/// The lines of a study, each with its line end.
pub fn lines(study: &Study, name: &str) -> String {
    let head = json!({ "op_code": CREATE_STUDY, "worker_id": WORKER, "study_name": name, "directions": [MINIMIZE] });
    let trials = study.history().iter().map(|run| trial(study, run));
    std::iter::once(head).chain(trials).map(|line| format!("{line}\n")).collect()
}

fn trial(study: &Study, run: &Run) -> serde_json::Value {
    let (mut distributions, mut params) = (Map::new(), Map::new());
    for parameter in study.space().parameters() {
        let Some(value) = run.configuration.get(&parameter.name) else { continue };
        distributions.insert(parameter.name.clone(), json!(distribution(parameter).to_string()));
        params.insert(parameter.name.clone(), internal(&parameter.kind, value));
    }
    let (state, value) = match run.outcome {
        Outcome::Loss(loss) => (COMPLETE, Some(loss)),
        Outcome::Crashed => (FAIL, None),
    };
    let origin = match run.origin {
        Origin::Present => "present",
        Origin::Start => "start",
        Origin::Tpe => "tpe",
        Origin::Cma => "cma-es",
        Origin::Again => "again",
        Origin::Race(_) => "race",
    };
    json!({
        "op_code": CREATE_TRIAL, "worker_id": WORKER, "study_id": 0, "datetime_start": null, "state": state, "value": value,
        "values": null, "distributions": distributions, "params": params, "user_attrs": { "origin": origin }, "system_attrs": {},
        "intermediate_values": {},
    })
}

fn distribution(parameter: &Parameter) -> serde_json::Value {
    let is_log = |scale: &Scale| *scale == Scale::Log;
    let (name, attributes) = match &parameter.kind {
        Kind::Int { min, max, step, scale } => ("IntDistribution", json!({ "log": is_log(scale), "step": step, "low": min, "high": max })),
        Kind::Float { min, max, step, scale } => {
            ("FloatDistribution", json!({ "log": is_log(scale), "step": step, "low": min, "high": max }))
        }
        Kind::Choice { values } => ("CategoricalDistribution", json!({ "choices": values })),
        Kind::Bool => ("CategoricalDistribution", json!({ "choices": [false, true] })),
    };
    json!({ "name": name, "attributes": attributes })
}

/// Numbers as themselves, choices by their index.
fn internal(kind: &Kind, value: &Value) -> serde_json::Value {
    match (kind.choices(), kind.encode(value)) {
        (Some(_), index) => json!(index),
        (None, _) => json!(value.number()),
    }
}
