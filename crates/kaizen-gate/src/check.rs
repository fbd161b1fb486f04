//! The verdict on a change that others made: better, not worse by more than a margin, worse, or cannot tell.
//!
//! Each question is answered by its own e-process on the same pairs, each at the level `alpha` of its own: a change that is not better is
//! called better with probability at most alpha, one that is not worse is called worse with at most alpha, one that is worse by the margin is
//! called not worse with at most alpha. A check stands for itself: it takes no ticket of the night, and promotes nothing. It has one stage
//! (there is no proposer who could have learnt the visible cases), on [`kaizen_domain::trial::Stage::Dev`].

mod reading;

use crate::evidence::{Evidence, from_log};
use crate::guardrail::Guardrail;
use crate::objective::Objective;
use crate::statistical::plan::{errors_problem, number};
use crate::statistical::{Next, more};
use kaizen_domain::decision::{Guarded, Reason};
use kaizen_domain::scorecard::CaseId;
use kaizen_domain::trial::{Coin, Sample};
use reading::Reading;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The level of each question unless the user asks for another: one wrong answer in a hundred.
pub const LEVEL: f64 = 0.01;

/// What a check was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The version of the rules that decide.
    pub gate_version: u32,
    /// The level of each answer, in (0, 1).
    pub alpha: f64,
    /// What is compared.
    pub objective: Objective,
    /// The noise of one pair's difference (> 0).
    pub scale: f64,
    /// "Not worse" means: not worse by more than this, as a share (> 0).
    pub margin: f64,
    /// What else may not become worse.
    pub guardrails: Vec<Guardrail>,
    /// By how much the share of failing cases may rise; `None` where nothing is asked.
    pub error_rate: Option<f64>,
    /// The noise of that share in A/A pairs; 0 where it never differs.
    #[serde(default)]
    pub error_scale: f64,
    /// Cases that do not repeat themselves: one of them lost is no harm.
    pub flaky: BTreeSet<CaseId>,
    /// Pairs after which the check ends.
    pub max_pairs: u32,
    /// Whether "not worse" is answer enough: else pairs go on while "better" may still be proven.
    pub not_worse_is_enough: bool,
}

/// The answer of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Proven better.
    Better,
    /// Proven not worse by more than the margin.
    NotWorse,
    /// Proven worse, or something was lost.
    Worse,
    /// Nothing of these is proven.
    CannotTell,
}

/// The answer with its evidence. E-values; effects as shares, positive is better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conclusion {
    /// The answer.
    pub verdict: Verdict,
    /// What was lost or broken, or why nothing can be told, where that is not the evidence alone.
    pub reasons: Vec<Reason>,
    /// That it is better.
    pub better: f64,
    /// That it is not worse by more than the margin.
    pub not_worse: f64,
    /// That it is worse.
    pub worse: f64,
    /// Over how many pairs.
    pub pairs: u32,
    /// The effects that are not excluded at the level (alpha at each end), valid whenever the check ended.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// About how many pairs more would do to prove "better" or "not worse", where they point there.
    pub further: Option<u32>,
    /// Every guardrail.
    pub guardrails: Vec<Guarded>,
}

/// What a check needs next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A coin or a run (never [`Next::Decide`]).
    More(Next),
    /// Nothing: this is the answer.
    Conclude(Box<Conclusion>),
}

/// What the check needs next, or its answer. Pure. Pairs are those of [`kaizen_domain::trial::Stage::Dev`].
pub fn step(question: &Question, coins: &[Coin], samples: &[Sample]) -> Step {
    let reading = Reading::of(question, coins, samples);
    match answer(question, &reading) {
        Some(verdict) => Step::Conclude(Box::new(reading.conclusion(question, verdict))),
        None => Step::More(more(&reading.pairs)),
    }
}

/// How the check stands, whether or not it has ended.
pub fn standing(question: &Question, coins: &[Coin], samples: &[Sample]) -> Conclusion {
    let reading = Reading::of(question, coins, samples);
    let verdict = answer(question, &reading).unwrap_or(Verdict::CannotTell);
    reading.conclusion(question, verdict)
}

/// What every pair of a check showed, for whoever draws it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Course {
    /// The difference of each pair, positive is better.
    pub differences: Vec<f64>,
    /// ln E after each pair that it is better.
    pub better: Vec<f64>,
    /// ln E after each pair that it is not worse by more than the margin.
    pub not_worse: Vec<f64>,
    /// ln E after each pair that it is worse.
    pub worse: Vec<f64>,
    /// ln E that an answer has to reach.
    pub needed: f64,
}

/// How the evidence grew, pair by pair. Pure; decides nothing.
pub fn course(question: &Question, coins: &[Coin], samples: &[Sample]) -> Course {
    Reading::of(question, coins, samples).course(question)
}

fn answer(question: &Question, reading: &Reading<'_>) -> Option<Verdict> {
    if let Some(ruled) = reading.ruled() {
        return Some(ruled);
    }
    let bar = -libm::log(question.alpha);
    let sound = reading.guards_safe();
    let capped = reading.pairs.complete.len() as u32 >= question.max_pairs;
    if reading.worse.reached(bar) {
        return Some(Verdict::Worse);
    }
    if reading.better.reached(bar) && sound {
        return Some(Verdict::Better);
    }
    let hopeless = question.not_worse_is_enough || reading.better_is_futile || capped;
    if reading.not_worse.reached(bar) && sound && hopeless {
        return Some(Verdict::NotWorse);
    }
    capped.then_some(Verdict::CannotTell)
}

impl Question {
    /// What is wrong with the question, where something is.
    pub fn problem(&self) -> Option<String> {
        number("the level", self.alpha, self.alpha > 0.0 && self.alpha < 1.0)
            .or_else(|| number("the noise of a pair", self.scale, self.scale > 0.0 && self.scale.is_finite()))
            .or_else(|| number("the margin", self.margin, self.margin > 0.0 && self.margin < 1.0))
            .or_else(|| errors_problem(self.error_rate, self.error_scale))
            .or_else(|| number("the most pairs", f64::from(self.max_pairs), self.max_pairs > 0))
            .or_else(|| self.objective.problem())
            .or_else(|| self.guardrails.iter().find_map(Guardrail::problem))
    }
}

/// An e-process with the largest value on its way: an answer once reached is not taken back.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Answer {
    evidence: Evidence,
    largest: f64,
}

impl Answer {
    fn new() -> Self {
        Self { evidence: Evidence::new(), largest: 0.0 }
    }

    fn push(&mut self, difference: f64, scale: f64) {
        self.evidence.push(difference, scale);
        self.largest = self.largest.max(self.evidence.log());
    }

    fn reached(&self, bar: f64) -> bool {
        self.largest >= bar
    }

    fn value(&self) -> f64 {
        from_log(self.largest)
    }
}
