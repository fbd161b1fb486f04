//! One case of a JSON report. Errors begin with the key that is wrong.

use super::super::RawCase;
use super::node::Node;
use kaizen_domain::points::Points;
use kaizen_domain::scorecard::{CaseId, CaseOutcome};
use std::time::Duration;

/// How much of a message is kept.
const MESSAGE_LIMIT: usize = 2000;

/// The keys of a case as they were found, each with the right type.
#[derive(Default)]
struct Keys {
    id: Option<String>,
    outcome: Option<CaseOutcome>,
    passed: Option<bool>,
    points: Option<Points>,
    max: Option<Points>,
    category: Option<String>,
    seconds: Option<Duration>,
    message: Option<String>,
}

pub(super) fn case(entries: Vec<(String, Node)>) -> Result<(CaseId, RawCase), String> {
    let mut keys = Keys::default();
    for (key, node) in entries.into_iter().filter(|(_, node)| *node != Node::Null) {
        keys.take(&key, node).map_err(|why| format!("{key}: {why}"))?;
    }
    let outcome = keys.outcome()?;
    let points = keys.points(outcome)?;
    let id = keys.id.filter(|id| !id.is_empty()).ok_or("id: missing")?;
    let message = keys.message.map(|text| super::super::text::tail(&text, MESSAGE_LIMIT).to_owned());
    Ok((CaseId(id), RawCase { outcome, duration: keys.seconds, points, category: keys.category, message }))
}

impl Keys {
    fn take(&mut self, key: &str, node: Node) -> Result<(), String> {
        match key {
            "id" => self.id = Some(text(node)?),
            "outcome" => self.outcome = Some(outcome(&text(node)?)?),
            "passed" => self.passed = Some(truth(&node)?),
            "points" => self.points = Some(points(&node)?),
            "max" => self.max = Some(points(&node)?),
            "category" => self.category = Some(text(node)?),
            "seconds" => self.seconds = Some(Duration::try_from_secs_f64(number(&node)?).map_err(|error| error.to_string())?),
            "message" => self.message = Some(text(node)?),
            _ => {}
        }
        Ok(())
    }

    /// What is said, or what the points say.
    fn outcome(&self) -> Result<CaseOutcome, String> {
        let passed = self.passed.map(|passed| if passed { CaseOutcome::Pass } else { CaseOutcome::Fail });
        match (self.outcome, passed, self.points.zip(self.max)) {
            (Some(outcome), Some(passed), _) if (outcome == CaseOutcome::Pass) != (passed == CaseOutcome::Pass) => {
                Err("passed: contradicts outcome".into())
            }
            (Some(outcome), _, _) | (None, Some(outcome), _) => Ok(outcome),
            (None, None, Some((earned, worth))) => Ok(if earned >= worth { CaseOutcome::Pass } else { CaseOutcome::Fail }),
            (None, None, None) => Err("outcome: missing, and neither passed nor points and max are there".into()),
        }
    }

    fn points(&self, outcome: CaseOutcome) -> Result<Option<(Points, Points)>, String> {
        match (self.points, self.max) {
            (Some(earned), Some(worth)) if earned > worth => Err(format!("points: {earned} of at most {worth}")),
            (Some(earned), Some(worth)) => Ok(Some((earned, worth))),
            (Some(earned), None) if outcome == CaseOutcome::Pass => Ok(Some((earned, earned))),
            (Some(_), None) => Err("max: missing beside points of a case that did not pass".into()),
            (None, Some(worth)) if outcome == CaseOutcome::Pass => Ok(Some((worth, worth))),
            (None, Some(worth)) => Ok(Some((Points::ZERO, worth))),
            (None, None) => Ok(None),
        }
    }
}

fn text(node: Node) -> Result<String, String> {
    if let Node::Text(text) = node { Ok(text) } else { Err(format!("{} where text should be", node.kind())) }
}

fn truth(node: &Node) -> Result<bool, String> {
    if let Node::Bool(truth) = node { Ok(*truth) } else { Err(format!("{} where true or false should be", node.kind())) }
}

fn number(node: &Node) -> Result<f64, String> {
    if let Node::Number(number) = node { Ok(*number) } else { Err(format!("{} where a number should be", node.kind())) }
}

fn points(node: &Node) -> Result<Points, String> {
    Points::new(number(node)?).map_err(|error| error.to_string())
}

fn outcome(word: &str) -> Result<CaseOutcome, String> {
    match word {
        "pass" | "passed" | "ok" => Ok(CaseOutcome::Pass),
        "fail" | "failed" => Ok(CaseOutcome::Fail),
        "error" => Ok(CaseOutcome::Error),
        "skip" | "skipped" => Ok(CaseOutcome::Skip),
        other => Err(format!("{other:?} is none of pass, fail, error, skip")),
    }
}
