//! A small world to run trials in: seconds with a little noise, coins from a counter, whatever else a test asks for.

use kaizen_domain::decision::Decision;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, CaseResult, Measured, Scorecard};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage};
use kaizen_gate::objective::{Direction, Objective};
use kaizen_gate::statistical::plan::{Holdout, Plan};
use kaizen_gate::statistical::{Next, step};
use std::collections::{BTreeMap, BTreeSet};

pub const SCALE: f64 = 0.05;

/// The level of the first ticket of a night.
pub fn plan() -> Plan {
    Plan { alpha: 5e-5, min_gain: 0.01, holdout: Holdout::Cases, ..Plan::bare(Objective::ratio("seconds", Direction::Lower), SCALE) }
}

/// A number in [-1, 1) that looks random and is always the same.
pub fn noise(stage: Stage, pair: u32, arm: Arm) -> f64 {
    let run = u64::from(pair) * 2 + u64::from(arm == Arm::Candidate) + 100_000 * (stage as u64 + 1);
    let mut bits = run.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

pub fn coin(stage: Stage, pair: u32) -> Coin {
    Coin { stage, pair, first: if noise(stage, pair + 7, Arm::Baseline) < 0.0 { Arm::Baseline } else { Arm::Candidate } }
}

pub fn card(metrics: &[(&str, f64)]) -> Scorecard {
    Scorecard { metrics: metrics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(), cases: BTreeMap::new() }
}

pub fn with_cases(mut card: Scorecard, cases: &[(&str, CaseOutcome)]) -> Scorecard {
    let result = |outcome: CaseOutcome| CaseResult {
        outcome,
        points: u32::from(outcome == CaseOutcome::Pass).into(),
        worth: 1.into(),
        category: "all".into(),
        duration: None,
        message: None,
    };
    card.cases = cases.iter().map(|(id, outcome)| (CaseId((*id).into()), result(*outcome))).collect();
    card
}

/// A run of ten seconds, `gain` faster on the candidate, with noise of a few percent.
pub fn timed(stage: Stage, pair: u32, arm: Arm, gain: f64) -> Scorecard {
    let faster = if arm == Arm::Candidate { gain } else { 0.0 };
    card(&[("seconds", 10.0 * (0.06 * noise(stage, pair, arm) - faster).exp())])
}

/// Everything a trial left behind.
#[derive(Debug, Clone)]
pub struct Run {
    pub decision: Decision,
    pub coins: Vec<Coin>,
    pub samples: Vec<Sample>,
}

impl Run {
    pub fn pairs(&self, stage: Stage) -> usize {
        self.coins.iter().filter(|coin| coin.stage == stage).count()
    }

    /// The deciding reason in words.
    pub fn why(&self) -> String {
        self.decision.reasons[0].to_string()
    }
}

/// Runs a trial to its decision.
pub fn run(plan: &Plan, world: impl FnMut(Stage, u32, Arm) -> Measured) -> Run {
    go_on(plan, (Vec::new(), Vec::new()), world)
}

/// Goes on with a trial from what is recorded of it.
pub fn go_on(plan: &Plan, (mut coins, mut samples): (Vec<Coin>, Vec<Sample>), mut world: impl FnMut(Stage, u32, Arm) -> Measured) -> Run {
    loop {
        assert!(samples.len() < 2000, "the trial never ends");
        match step(plan, &coins, &samples) {
            Next::Toss { stage, pair } => coins.push(coin(stage, pair)),
            Next::Run { stage, pair, arm } => samples.push(Sample { stage, pair, arm, measured: world(stage, pair, arm) }),
            Next::Decide(decision) => return Run { decision, coins, samples },
        }
    }
}

/// A trial of a plain gain.
pub fn gain(plan: &Plan, gain: f64) -> Run {
    run(plan, |stage, pair, arm| Ok(timed(stage, pair, arm, gain)))
}

pub fn flaky(cases: &[&str]) -> BTreeSet<CaseId> {
    cases.iter().map(|case| CaseId((*case).into())).collect()
}
