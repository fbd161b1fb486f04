//! What a trial is about: the quantity compared, and the difference one pair shows in it.
//!
//! Every objective is a cost (lower is better), so that a pair's difference is cost(baseline) - cost(candidate): positive where the
//! candidate is better. Measured quantities are compared as logarithms (ratios), scores as plain differences over a reference.

use kaizen_domain::scorecard::{CaseId, CaseOutcome, Scorecard};
use serde::{Deserialize, Serialize};

/// The scale for a flaky case: its differences are -1, 0 and 1.
pub const CASE_SCALE: f64 = 1.0;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
}

impl Direction {
    /// 1 where lower is better, -1 where higher is: what turns a value into a cost.
    pub fn sign(self) -> f64 {
        match self {
            Self::Lower => 1.0,
            Self::Higher => -1.0,
        }
    }
}

/// One metric of an objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the scorecard.
    pub metric: String,
    /// Its share of the objective; the shares add up to 1.
    pub weight: f64,
    /// Which way is better.
    pub direction: Direction,
    /// True where the benchmark itself reports the number, whose unit could therefore change with the candidate.
    #[serde(default)]
    pub reported: bool,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Objective {
    /// d = sum_k w_k ln(b_k / c_k) (with the other sign where higher is better): times, costs, rates. Values are positive.
    Ratio {
        /// The metrics.
        parts: Vec<Part>,
    },
    /// d = sum_k w_k (b_k - c_k) / reference (with the other sign where higher is better): scores.
    Difference {
        /// The metrics.
        parts: Vec<Part>,
        /// What counts as one whole, in the metrics' unit, positive: usually the baseline's mean.
        reference: f64,
    },
    /// d = (points of the candidate - points of the baseline) / reference.
    Points {
        /// What counts as one whole, positive: usually the baseline's mean.
        reference: f64,
    },
    /// A flaky case: d = passed on the candidate - passed on the baseline, in {-1, 0, 1}. Its scale is [`CASE_SCALE`].
    Case {
        /// Which.
        case: CaseId,
    },
}

/// Why a scorecard has no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// The metric (or case) is not there.
    Missing(String),
    /// The metric is zero or negative where a ratio is taken, or not finite.
    NotPositive(String, f64),
}

impl Objective {
    /// One metric compared as a ratio.
    pub fn ratio(metric: &str, direction: Direction) -> Self {
        Self::Ratio { parts: vec![Part { metric: metric.to_owned(), weight: 1.0, direction, reported: false }] }
    }

    /// The cost of a run: lower is better. A logarithm for ratios.
    pub fn cost(&self, card: &Scorecard) -> Result<f64, Flaw> {
        match self {
            Self::Ratio { parts } => weighted(parts, |part| log_value(card, &part.metric)),
            Self::Difference { parts, reference } => weighted(parts, |part| value(card, &part.metric)).map(|cost| cost / reference),
            Self::Points { reference } => Ok(-card.points().value() / reference),
            Self::Case { case } => {
                let result = card.cases.get(case).ok_or_else(|| Flaw::Missing(case.to_string()))?;
                Ok(if result.outcome == CaseOutcome::Pass { -1.0 } else { 0.0 })
            }
        }
    }

    /// What is wrong with it, where something is.
    pub fn problem(&self) -> Option<String> {
        let positive =
            |name: &str, value: f64| (!(value > 0.0 && value.is_finite())).then(|| format!("{name} is {value}: it must be positive"));
        match self {
            Self::Ratio { parts } => parts_problem(parts),
            Self::Difference { parts, reference } => parts_problem(parts).or_else(|| positive("the reference", *reference)),
            Self::Points { reference } => positive("the reference", *reference),
            Self::Case { .. } => None,
        }
    }

    /// The parts compared as ratios, whose logarithms tell a change of unit and a stall.
    pub(crate) fn ratio_parts(&self) -> &[Part] {
        match self {
            Self::Ratio { parts } => parts,
            _ => &[],
        }
    }
}

fn parts_problem(parts: &[Part]) -> Option<String> {
    let sum: f64 = parts.iter().map(|part| part.weight).sum();
    if let Some(part) = parts.iter().find(|part| part.weight <= 0.0 || part.weight.is_nan()) {
        return Some(format!("the weight of {} is {}: it must be positive", part.metric, part.weight));
    }
    ((sum - 1.0).abs() > 1e-6).then(|| format!("the weights add up to {sum}, not to 1"))
}

fn weighted(parts: &[Part], of: impl Fn(&Part) -> Result<f64, Flaw>) -> Result<f64, Flaw> {
    parts.iter().try_fold(0.0, |sum, part| Ok(sum + part.weight * part.direction.sign() * of(part)?))
}

/// A metric of a scorecard; finite.
pub(crate) fn value(card: &Scorecard, metric: &str) -> Result<f64, Flaw> {
    let value = *card.metrics.get(metric).ok_or_else(|| Flaw::Missing(metric.to_owned()))?;
    if value.is_finite() { Ok(value) } else { Err(Flaw::NotPositive(metric.to_owned(), value)) }
}

/// The logarithm of a metric, which must be positive.
pub(crate) fn log_value(card: &Scorecard, metric: &str) -> Result<f64, Flaw> {
    let value = value(card, metric)?;
    if value > 0.0 { Ok(libm::log(value)) } else { Err(Flaw::NotPositive(metric.to_owned(), value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(metrics: &[(&str, f64)]) -> Scorecard {
        Scorecard { metrics: metrics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(), ..Scorecard::default() }
    }

    fn part(metric: &str, weight: f64, direction: Direction) -> Part {
        Part { metric: metric.to_owned(), weight, direction, reported: false }
    }

    #[test]
    fn better_is_positive_whichever_way_the_metric_points() {
        let parts = vec![part("seconds", 0.5, Direction::Lower), part("rate", 0.5, Direction::Higher)];
        let objective = Objective::Ratio { parts };
        let (before, after) = (card(&[("seconds", 2.0), ("rate", 10.0)]), card(&[("seconds", 1.0), ("rate", 20.0)]));
        let difference = objective.cost(&before).unwrap() - objective.cost(&after).unwrap();
        assert!((difference - std::f64::consts::LN_2).abs() < 1e-12);
    }

    #[test]
    fn a_metric_that_is_missing_or_has_no_ratio_is_named() {
        let objective = Objective::ratio("seconds", Direction::Lower);
        assert_eq!(objective.cost(&card(&[])), Err(Flaw::Missing("seconds".into())));
        assert_eq!(objective.cost(&card(&[("seconds", 0.0)])), Err(Flaw::NotPositive("seconds".into(), 0.0)));
        assert_eq!(objective.cost(&card(&[("seconds", -1.0)])), Err(Flaw::NotPositive("seconds".into(), -1.0)));
    }

    #[test]
    fn weights_that_are_no_shares_are_a_problem() {
        let wrong = |weights: &[f64]| {
            let parts = weights.iter().map(|weight| part("seconds", *weight, Direction::Lower)).collect();
            Objective::Ratio { parts }.problem().is_some()
        };
        assert!(wrong(&[]) && wrong(&[0.5]) && wrong(&[1.5, -0.5]) && wrong(&[f64::NAN]));
        assert!(!wrong(&[0.25, 0.75]));
        assert!(Objective::Points { reference: 0.0 }.problem().is_some());
    }
}
