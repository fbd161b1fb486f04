//! Guardrails: what may not become worse by more than a margin, proven on the same pairs as the gain.
//!
//! Non-inferiority: with harm h and margin m the e-process of [`crate::evidence`] runs on m - h and passes at 20 (a false pass in at most one
//! of twenty); on h - m it shows that the margin is exceeded. Error rates, which are bounded, use [`crate::betting`]. Missing data never passes.

use crate::average::mean;
use crate::betting::{reach, share_log};
use crate::evidence::{Evidence, from_log};
use crate::objective::{Direction, Flaw, value};
use crate::pairs::Pair;
use kaizen_domain::decision::{Guarded, HarmUnit, Reason};
use kaizen_domain::scorecard::{CaseOutcome, Scorecard};
use kaizen_domain::trial::Arm;
use serde::{Deserialize, Serialize};

/// ln 20: the evidence a guardrail has to reach.
pub const PASS: f64 = 2.995_732_273_553_991;

/// The harm of a quantity that vanished is this at least: a factor of about 5e8 in the good direction.
const BEST: f64 = -20.0;

/// How the built-in guardrail on failing cases is called.
pub const ERROR_RATE: &str = "error rate";

/// The harm that is tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// A share of the baseline's value: 0.05 is 5 %. Values are compared as ratios and must be positive.
    Relative(f64),
    /// An amount in the metric's own unit.
    Absolute(f64),
    /// A difference of two shares in [0, 1]: 0.01 is one percentage point.
    Share(f64),
}

impl Limit {
    /// The number alone.
    pub fn margin(self) -> f64 {
        match self {
            Self::Relative(margin) | Self::Absolute(margin) | Self::Share(margin) => margin,
        }
    }

    /// What it is measured in.
    pub fn unit(self) -> HarmUnit {
        match self {
            Self::Relative(_) => HarmUnit::Relative,
            Self::Absolute(_) => HarmUnit::Absolute,
            Self::Share(_) => HarmUnit::Share,
        }
    }
}

/// One metric that may not become worse by more than a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guardrail {
    /// What people call it.
    pub name: String,
    /// The metric in the scorecard.
    pub metric: String,
    /// Which way is better.
    pub direction: Direction,
    /// The harm that is tolerated.
    pub limit: Limit,
    /// The noise of one pair's harm, from A/A pairs: of logarithms for a relative limit, in the metric's unit for an absolute one (> 0), of
    /// shares for a share (>= 0).
    pub scale: f64,
}

/// How a guardrail stands after some pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// ln of the evidence that the harm is below the margin.
    pub safe: f64,
    /// ln of the evidence that it is above.
    pub broken: f64,
    /// The plain mean harm, in the limit's unit.
    pub harm: f64,
    /// Over how many pairs.
    pub pairs: u32,
    /// About how many pairs more would prove it, where the pairs so far point there.
    pub further: Option<u32>,
}

impl Guardrail {
    /// The harm in one pair, on the scale the margin of [`Guardrail::bar`] is on.
    ///
    /// Errors: what is wrong, and which side's value it is; the baseline's where both are.
    pub fn harm(&self, pair: &Pair<'_>) -> Result<f64, (Arm, Flaw)> {
        let before = value(pair.baseline, &self.metric).map_err(|flaw| (Arm::Baseline, flaw))?;
        let after = value(pair.candidate, &self.metric).map_err(|flaw| (Arm::Candidate, flaw))?;
        let without_ratio = |flaw| (if before > 0.0 { Arm::Candidate } else { Arm::Baseline }, flaw);
        match self.limit {
            Limit::Relative(_) => self.log_harm(before, after).map_err(without_ratio),
            Limit::Absolute(_) | Limit::Share(_) => Ok(self.direction.sign() * (after - before)),
        }
    }

    fn log_harm(&self, before: f64, after: f64) -> Result<f64, Flaw> {
        let vanished = after == 0.0 && before > 0.0 && self.direction == Direction::Lower;
        let wrong = [before, after].into_iter().find(|value| *value <= 0.0);
        match wrong {
            _ if before == after && before >= 0.0 => Ok(0.0),
            _ if vanished => Ok(BEST),
            Some(value) => Err(Flaw::NotPositive(self.metric.clone(), value)),
            None => Ok((self.direction.sign() * libm::log(after / before)).max(BEST)),
        }
    }

    /// The margin on the scale of [`Guardrail::harm`]: 5 % more is ln 1.05, 5 % less is -ln 0.95.
    pub fn bar(&self) -> f64 {
        match (self.limit, self.direction) {
            (Limit::Relative(margin), Direction::Lower) => libm::log1p(margin),
            (Limit::Relative(margin), Direction::Higher) => -libm::log1p(-margin),
            (Limit::Absolute(margin) | Limit::Share(margin), _) => margin,
        }
    }

    /// Whether no number of pairs within the cap would prove the margin: it is below half the noise of a pair.
    pub fn unprovable(&self) -> Option<Reason> {
        unprovable(&self.name, self.limit, self.bar(), self.scale)
    }

    /// What is wrong with it, where something is.
    pub fn problem(&self) -> Option<String> {
        let margin = self.limit.margin();
        // Something can become three times as large; it cannot become smaller by more than all of it.
        let unbounded = matches!((self.limit, self.direction), (Limit::Absolute(_), _) | (Limit::Relative(_), Direction::Lower));
        if !(margin > 0.0 && margin < if unbounded { f64::INFINITY } else { 1.0 }) {
            return Some(format!(
                "the limit of {} is {margin}: it must be positive and, as a share of what may shrink, below 1",
                self.name
            ));
        }
        let scaled = self.scale.is_finite() && (self.scale > 0.0 || matches!(self.limit, Limit::Share(_)) && self.scale == 0.0);
        (!scaled).then(|| format!("the noise of {} is {}: it must be positive", self.name, self.scale))
    }

    /// Whether one value, beside the baseline's mean, uses up more than this share of the limit, and that by more than twice the noise:
    /// no proof, a reason to look elsewhere.
    pub fn exceeded(&self, mean: f64, value: f64, share: f64) -> bool {
        let ratio_harm = || self.log_harm(mean, value).unwrap_or(f64::INFINITY);
        let harm = if matches!(self.limit, Limit::Relative(_)) { ratio_harm() } else { self.direction.sign() * (value - mean) };
        harm > share * self.bar() + 2.0 * self.scale
    }

    /// How it stands after harms on the scale of [`Guardrail::harm`].
    pub fn standing_of(&self, harms: &[f64]) -> Standing {
        if let Limit::Share(margin) = self.limit {
            return share_standing(harms, margin, reach(margin, self.scale, 0.0));
        }
        let bar = self.bar();
        let (safe, broken) = Evidence::both_ways(harms.iter().map(|harm| bar - harm), self.scale);
        let mean = mean(harms);
        let harm = match (self.limit, self.direction) {
            (Limit::Relative(_), Direction::Lower) => libm::expm1(mean),
            (Limit::Relative(_), Direction::Higher) => -libm::expm1(-mean),
            _ => mean,
        };
        Standing { safe: safe.log(), broken: broken.log(), harm, pairs: harms.len() as u32, further: safe.pairs_until(PASS) }
    }
}

/// A margin below half the noise of a pair, which no number of pairs within the cap would prove.
pub(crate) fn unprovable(name: &str, limit: Limit, bar: f64, scale: f64) -> Option<Reason> {
    let (name, margin, unit) = (name.to_owned(), limit.margin(), limit.unit());
    (bar < scale / 2.0).then_some(Reason::GuardrailUnprovable { name, margin, scale, unit })
}

/// A standing in the words of a decision.
pub(crate) fn told(name: &str, limit: Limit, standing: &Standing) -> Guarded {
    let log = if standing.is_broken() { standing.broken } else { standing.safe };
    Guarded {
        name: name.to_owned(),
        harm: standing.harm,
        margin: limit.margin(),
        unit: limit.unit(),
        evidence: from_log(log),
        pairs: standing.pairs,
    }
}

impl Standing {
    /// Whether the harm is proven to be below the margin.
    pub fn is_safe(&self) -> bool {
        self.safe >= PASS
    }

    /// Whether the harm is proven to be above the margin.
    pub fn is_broken(&self) -> bool {
        self.broken >= PASS
    }
}

/// Shares pass by betting on clipped harms, and only while the plain mean is below the margin too.
pub fn share_standing(harms: &[f64], margin: f64, reach: f64) -> Standing {
    let (mean, pairs) = (mean(harms), harms.len() as u32);
    let safe = share_log(harms, margin, reach, false);
    let safe = if mean < margin { safe } else { safe.min(0.0) };
    let broken = share_log(harms, margin, reach, true);
    let growth = if pairs == 0 { 0.0 } else { safe / f64::from(pairs) };
    let further = (growth > 0.0).then(|| libm::ceil((PASS - safe).max(0.0) / growth) as u32);
    Standing { safe, broken, harm: mean, pairs, further }
}

/// The harm of a pair in the built-in guardrail on failing cases: for its noise take the scale of A/A pairs.
pub fn error_harm(pair: &Pair<'_>) -> f64 {
    failing_share(pair.candidate) - failing_share(pair.baseline)
}

/// What one case is worth in the share of failing cases; 0 where there is none.
pub fn error_step(pair: &Pair<'_>) -> f64 {
    match pair.baseline.executed() {
        0 => 0.0,
        cases => 1.0 / cases as f64,
    }
}

/// The share of the executed cases that fail; 0 where a benchmark has none (a failed run is a fault already).
fn failing_share(card: &Scorecard) -> f64 {
    let (mut failing, mut executed) = (0_u32, 0_u32);
    for case in card.cases.values().filter(|case| case.outcome != CaseOutcome::Skip) {
        executed += 1;
        failing += u32::from(case.outcome.is_failing());
    }
    if executed == 0 { 0.0 } else { f64::from(failing) / f64::from(executed) }
}
