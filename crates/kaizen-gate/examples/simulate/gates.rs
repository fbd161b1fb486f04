//! The rules of earlier systems, and Kaizen's gate, driven through `kaizen_gate`.

use crate::worlds::Stretch;
use kaizen_gate::evidence::Evidence;
use kaizen_gate::futility;
use kaizen_gate::objective::{Direction, Objective};
use kaizen_gate::statistical::plan::Plan;

/// The most pairs of a stage.
pub const CAP: u32 = 60;

/// What a gate made of one candidate.
#[derive(Clone, Copy, Default)]
pub struct Answer {
    pub promoted: bool,
    pub runs: u32,
    /// The improvement it would claim, as a difference of logarithms.
    pub claimed: f64,
}

/// Kaizen's plan at this level, on one time.
pub fn plan(alpha: f64, scale: f64) -> Plan {
    Plan { alpha, min_gain: 0.01, ..Plan::bare(Objective::ratio("seconds", Direction::Lower), scale) }
}

/// One stage of Kaizen's gate over differences as they come; `reached` asks for the rest (mean and pairs so far).
fn stage(plan: &Plan, needed: f64, min_gain: Option<f64>, mut next: impl FnMut() -> f64) -> (Evidence, f64, bool) {
    let (mut evidence, mut seen) = (Evidence::new(), Vec::with_capacity(CAP as usize));
    loop {
        let difference = next();
        evidence.push(difference, plan.scale);
        seen.push(difference);
        let mean = seen.iter().sum::<f64>() / seen.len() as f64;
        if evidence.reaches(needed) {
            match min_gain {
                Some(min_gain) if mean < min_gain => {
                    if seen.len() >= 14 && mean + 3.0 * standard_error(&seen, mean) < min_gain {
                        return (evidence, mean, false);
                    }
                }
                _ => return (evidence, mean, true),
            }
        }
        let futile = futility::floor(evidence.pairs()).is_some() && futility::missed(evidence.pairs(), evidence.log()).is_some();
        if futile || evidence.pairs() >= plan.cap() {
            return (evidence, mean, false);
        }
    }
}

fn standard_error(seen: &[f64], mean: f64) -> f64 {
    let squares: f64 = seen.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (seen.len() as f64 - 1.0) / seen.len() as f64).sqrt()
}

/// Kaizen's gate: DEV, then HOLD-OUT.
pub fn kaizen(plan: &Plan, dev: impl FnMut() -> f64, holdout: impl FnMut() -> f64) -> Answer {
    let (seen, mean, reached) = stage(plan, plan.dev_log(), None, dev);
    let runs = 2 * seen.pairs();
    if !reached {
        return Answer { promoted: false, runs, claimed: mean };
    }
    let (proof, mean, reached) = stage(plan, plan.holdout_log(seen.log()), Some(plan.min_gain), holdout);
    Answer { promoted: reached, runs: runs + 2 * proof.pairs(), claimed: mean }
}

/// The evidence alone, without a hold-out.
pub fn one_stage(plan: &Plan, dev: impl FnMut() -> f64) -> Answer {
    let (seen, mean, reached) = stage(plan, plan.level_log(), None, dev);
    Answer { promoted: reached, runs: 2 * seen.pairs(), claimed: mean }
}

/// A rule of an earlier system: so many runs before and after, promoted from this improvement on, and then with this chance.
#[derive(Clone, Copy)]
pub struct Naive {
    pub name: &'static str,
    pub runs: u32,
    pub from: f64,
    /// Whether exactly this improvement is not enough.
    pub above: bool,
    pub chance: f64,
}

pub const NAIVE: [Naive; 4] = [
    Naive { name: "Sophia: 1 run, >= 10 %", runs: 1, from: 0.10, above: false, chance: 1.0 },
    Naive { name: "PC-Agent: > 20 %, confident", runs: 1, from: 0.20, above: true, chance: 0.8 },
    Naive { name: "Ryx: any gain", runs: 1, from: 0.0, above: true, chance: 1.0 },
    Naive { name: "memabra: mean of 5, >= 5 %", runs: 5, from: 0.05, above: false, chance: 1.0 },
];

pub fn naive(rule: &Naive, stretch: &mut Stretch<'_>, effect: f64) -> Answer {
    let seen = stretch.before_after(rule.runs as usize, effect);
    let enough = if rule.above { seen > rule.from } else { seen >= rule.from };
    let promoted = enough && stretch.random().chance(rule.chance);
    Answer { promoted, runs: 2 * rule.runs, claimed: -(-seen.min(0.95)).ln_1p() }
}
