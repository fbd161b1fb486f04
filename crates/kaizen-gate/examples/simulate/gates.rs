//! The gates that are compared: the rules of earlier systems, classical tests, and Kaizen's, driven through `kaizen_gate`.

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
    pub chance: f64,
}

pub const NAIVE: [Naive; 4] = [
    Naive { name: "Sophia: 1 run, >= 10 %", runs: 1, from: 0.10, chance: 1.0 },
    Naive { name: "PC-Agent: > 20 %, confident", runs: 1, from: 0.20, chance: 0.8 },
    Naive { name: "Ryx: any gain", runs: 1, from: 1e-12, chance: 1.0 },
    Naive { name: "memabra: mean of 5, >= 5 %", runs: 5, from: 0.05, chance: 1.0 },
];

pub fn naive(rule: &Naive, stretch: &mut Stretch<'_>, effect: f64) -> Answer {
    let seen = stretch.before_after(rule.runs as usize, effect);
    let promoted = seen >= rule.from && stretch.random().chance(rule.chance);
    Answer { promoted, runs: 2 * rule.runs, claimed: -(-seen.min(0.95)).ln_1p() }
}

/// Student's t of differences.
pub fn t_statistic(seen: &[f64]) -> f64 {
    let mean = seen.iter().sum::<f64>() / seen.len() as f64;
    mean / standard_error(seen, mean).max(1e-9)
}

/// A t-test after exactly so many pairs.
pub fn paired_t(pairs: usize, level: f64, mut next: impl FnMut() -> f64) -> Answer {
    let seen: Vec<f64> = (0..pairs).map(|_| next()).collect();
    let claimed = seen.iter().sum::<f64>() / pairs as f64;
    Answer { promoted: t_tail(t_statistic(&seen), pairs - 1) < level, runs: 2 * pairs as u32, claimed }
}

/// A t-test after every pair, until it is significant at 5 % or, where a look at the mean is allowed, that is hopeless.
pub fn peeking_t(bars: &[f64], gives_up: bool, mut next: impl FnMut() -> f64) -> Answer {
    let mut seen = Vec::with_capacity(CAP as usize);
    loop {
        seen.push(next());
        let count = seen.len();
        let mean = seen.iter().sum::<f64>() / count as f64;
        let answer = |promoted| Answer { promoted, runs: 2 * count as u32, claimed: mean };
        if count > 2 && t_statistic(&seen) > bars[count - 1] {
            return answer(true);
        }
        let floor = [(5, 0.0), (8, 0.01), (16, 0.02), (30, 0.03)].into_iter().find(|(at, _)| *at == count);
        if gives_up && floor.is_some_and(|(_, floor)| mean <= floor) || count >= CAP as usize {
            return answer(false);
        }
    }
}

/// P(T > t) for a whole number of degrees of freedom (the finite series of Abramowitz & Stegun 26.7.3 and 26.7.4).
pub fn t_tail(t: f64, freedom: usize) -> f64 {
    let theta = (t / (freedom as f64).sqrt()).atan();
    let (sine, cosine) = theta.sin_cos();
    let mut power = freedom % 2;
    let (mut term, mut sum) = (if power == 1 { cosine } else { 1.0 }, 0.0);
    while power + 2 <= freedom {
        sum += term;
        power += 2;
        term *= cosine * cosine * (power as f64 - 1.0) / power as f64;
    }
    let within = if freedom % 2 == 1 { std::f64::consts::FRAC_2_PI * (theta + sine * sum) } else { sine * sum };
    (1.0 - within) / 2.0
}

/// The bars of a one-sided t-test at 5 % after 1, 2, ... pairs.
pub fn t_bars() -> Vec<f64> {
    let bar = |freedom: usize| {
        let (mut low, mut high) = (0.0, 1000.0);
        for _ in 0..80 {
            let middle = (low + high) / 2.0;
            if t_tail(middle, freedom) > 0.05 { low = middle } else { high = middle }
        }
        high
    };
    (0..CAP as usize).map(|pairs| bar(pairs.max(1))).collect()
}
