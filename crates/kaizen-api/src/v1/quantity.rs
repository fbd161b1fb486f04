//! Measured quantities: what a trial of one showed, and what noise lets a benchmark prove.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A trial in pairs, of a measured quantity or of a flaky case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quantity {
    /// The metric, or the flaky case.
    pub metric: String,
    /// The noise of one pair's difference, as a share; 1 for a case.
    pub noise: f64,
    /// The gain that was asked for, as a share.
    pub min_gain: f64,
    /// How far the proof is, 0 to 1, on a logarithmic scale.
    pub proof: f64,
    /// About how many pairs are still needed, where the pairs so far point to any number.
    pub further_pairs: Option<u32>,
    /// The ticket it took from the night's error budget.
    pub ticket: TicketShown,
    /// Its stages.
    pub stages: Vec<StageEvidence>,
    /// Its guardrails.
    pub guardrails: Vec<GuardrailEvidence>,
    /// A stage is given up whose evidence is below this after so many pairs.
    pub futility: Vec<Futility>,
    /// Of a flaky case, the shares of the baseline's and the candidate's runs in which it passed. At a stopping time they flatter.
    pub passes: Option<[f64; 2]>,
    /// The effect from fixed pairs measured after the promotion.
    pub effect: Option<Effect>,
    /// How many pairs would have had to go the other way for it to be refused.
    pub refused_if: Option<u32>,
}

/// One stage of a trial of a measured quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageEvidence {
    /// `dev`, `hold-out`.
    pub stage: String,
    /// Complete pairs.
    pub pairs: u64,
    /// Pairs that were measured again because the machine was not quiet.
    #[serde(default)]
    pub measured_again: u32,
    /// The difference of each pair, positive is better.
    pub differences: Vec<f64>,
    /// The natural logarithm of the evidence after each pair.
    pub log_evidence: Vec<f64>,
    /// The natural logarithm of what it has to reach.
    pub needed: f64,
    /// How far the stage is, 0 to 1, on a logarithmic scale.
    pub proof: f64,
    /// The plain mean of the differences, positive is better. At a stopping time it flatters: it is not the effect.
    pub trial_mean: f64,
}

/// A ticket of the night's error budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketShown {
    /// The night, as the number of its day since 1970-01-01 UTC.
    pub epoch: i64,
    /// The ticket's place within the night, from 1.
    pub index: u32,
    /// Its level: both stages together have to reach 1/alpha.
    pub alpha: f64,
}

/// One guardrail of a trial of a measured quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GuardrailEvidence {
    /// Its name.
    pub name: String,
    /// The harm that is tolerated.
    pub limit: f64,
    /// The harm of each pair as it is bet on: a logarithm where the limit is a share of the metric's value.
    pub harms: Vec<f64>,
    /// The natural logarithm of the evidence after each pair that the harm is below the limit.
    pub log_evidence: Vec<f64>,
    /// The natural logarithm of what it has to reach.
    pub needed: f64,
    /// Whether it is proven that the limit is kept.
    pub kept: bool,
}

/// When a stage is given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Futility {
    /// After so many pairs.
    pub pairs: u32,
    /// The evidence that must be there by then.
    pub floor: f64,
}

/// A change of the metric, as shares of its value: -0.07 is 7 % less. Of a flaky case, the difference of its shares of passing runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// The middle.
    pub change: f64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// From how many pairs, fixed beforehand.
    pub pairs: u32,
    /// Pairs that were measured again because the machine was not quiet.
    #[serde(default)]
    pub measured_again: u32,
    /// Of a flaky case, the shares of the runs before and after in which it passes.
    pub passes: Option<[f64; 2]>,
}

/// What a quantity's noise lets a benchmark prove.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricNoise {
    /// The metric.
    pub metric: String,
    /// `objective`, `guardrail`, or `default guardrail`: one nobody declared, as wide as the noise demands.
    pub role: String,
    /// Pairs of the unchanged project against itself.
    pub pairs: u32,
    /// True below 30 pairs.
    pub rough: bool,
    /// The noise of one pair's difference, as a share (or in units of the metric's size).
    pub noise: f64,
    /// True where every run gave the same value.
    pub constant: bool,
    /// True where the unchanged project proves better than itself: nothing may be measured with it.
    pub broken: bool,
    /// The change of the runs per hour, as a share, where there is a trend.
    pub drift_per_hour: Option<f64>,
    /// How far apart two groups of runs lie, as a share, where the runs fall into two.
    pub modes_apart: Option<f64>,
    /// How much the second run of a pair gains over the first, as a share, where it does.
    pub order_gain: Option<f64>,
    /// The smallest effect one trial can prove, as a share.
    pub provable: Option<f64>,
    /// How much harm is tolerated, of a guardrail, as a share (or in the metric's unit).
    pub limit: Option<f64>,
    /// Why a guardrail's limit cannot be proven here, where it cannot.
    pub unprovable: Option<String>,
    /// Effects and what they take; for the objective.
    pub table: Vec<EffectCost>,
}

/// What proving an effect takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EffectCost {
    /// The true effect, as a share.
    pub effect: f64,
    /// Pairs expected; `None` where one trial cannot prove it.
    pub pairs: Option<u32>,
    /// Their time in minutes.
    pub minutes: Option<f64>,
}

/// What the machine told while pairs were measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quietness {
    /// Pairs that were measured again because the machine was not quiet.
    pub measured_again: u32,
    /// The processor's frequency, in words: what it is now and who tells, or that the machine does not tell.
    pub processor_frequency: String,
    /// Whether there are hardware instruction counts, in words, and why not.
    pub hardware_instruction_counts: String,
    /// Instructions of one run, where they are counted.
    pub instructions: Option<Instructions>,
}

/// Instructions in user space of one run of the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Instructions {
    /// The mean over the runs of all pairs.
    pub mean: f64,
    /// By how much one pair varies, as a share.
    pub noise: f64,
}

/// `study`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StudyShown {
    /// `kaizen.study/1`
    pub schema: String,
    /// Its hypothesis.
    pub hypothesis: String,
    /// Runs it may take.
    pub budget: u64,
    /// Every run, in order.
    pub runs: Vec<StudyRun>,
    /// How much each setting matters among these runs, 0 to 1.
    pub importance: BTreeMap<String, f64>,
    /// The best so far.
    pub best: Option<BTreeMap<String, String>>,
}

/// One run of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StudyRun {
    /// The settings.
    pub settings: BTreeMap<String, String>,
    /// How much better than the mean of the present settings, as a difference of the objective (0.07 is about 7 %); `None` where it
    /// crashed, lost a case or broke a guardrail. One run's number: the luckiest of many proves nothing.
    pub gain: Option<f64>,
}
