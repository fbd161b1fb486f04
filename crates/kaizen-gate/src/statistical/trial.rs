//! A trial as its samples tell it: pairs, differences, the course of both stages, guardrails.

use super::plan::Plan;
use crate::average::mean;
use crate::betting::{STALL_KILL, Stalls, best_share_log, reach, stalls};
use crate::cases::{flakier, passed, set_difference, steadily_lost};
use crate::evidence::{Evidence, from_log};
use crate::futility;
use crate::guardrail::{self, ERROR_RATE, Guardrail, Limit, PASS, Standing, error_harm, error_step, share_standing};
use crate::objective::{Flaw, Objective, Part, log_value};
use crate::pairs::{Pair, Pairs};
use crate::runs::Ruling;
use kaizen_domain::decision::{Guarded, HarmUnit, Reason};
use kaizen_domain::scorecard::{CaseId, RunFault};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs that may be lost to faults of the baseline or the machinery before the trial ends without an answer.
const FAULTS: u32 = 3;
/// Pairs that may be disturbed before the machine is called not quiet.
const DISTURBED: u32 = 20;
/// Pairs before "better, but by too little" can be said, and how many standard errors below min_gain the mean must lie.
const TOO_SMALL: (usize, f64) = (14, 3.0);
/// Pairs before a change of unit can be called so.
const UNIT_PAIRS: usize = 3;
/// ln 1000, the step between units, and how near to it the mean ratio must lie.
const UNIT: (f64, f64) = (6.907_755_278_982_137, 0.1);

/// Where a stage stands. Evidence is ln E.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Course {
    Going { evidence: Evidence },
    Reached { pairs: u32, log: f64, mean: f64 },
    Futile { pairs: u32, log: f64, floor: f64 },
    TooSmall { pairs: u32, log: f64, mean: f64 },
    Capped { evidence: Evidence, mean: f64 },
}

impl Course {
    pub(crate) fn log(&self) -> f64 {
        match self {
            Self::Going { evidence } | Self::Capped { evidence, .. } => evidence.log(),
            Self::Reached { log, .. } | Self::Futile { log, .. } | Self::TooSmall { log, .. } => *log,
        }
    }

    pub(crate) fn pairs(&self) -> u32 {
        match self {
            Self::Going { evidence } | Self::Capped { evidence, .. } => evidence.pairs(),
            Self::Reached { pairs, .. } | Self::Futile { pairs, .. } | Self::TooSmall { pairs, .. } => *pairs,
        }
    }

    /// Why a stage ended otherwise than by reaching its evidence (ln `needed`).
    pub(crate) fn reasons(&self, pairs: &Pairs<'_>, needed: f64, plan: &Plan) -> Vec<Reason> {
        let (stage, min_gain) = (pairs.stage, plan.min_gain);
        match *self {
            Self::Futile { pairs: count, log, floor } => {
                let futile = Reason::Futile { stage, pairs: count, evidence: from_log(log), floor };
                let constant = pairs.complete.iter().all(|pair| same_cost(plan, pair));
                let why = constant.then_some(Reason::MetricConstant { pairs: count });
                why.into_iter().chain([futile]).collect()
            }
            Self::TooSmall { pairs, mean, .. } => vec![Reason::EffectTooSmall { effect: mean, min_gain, pairs }],
            Self::Capped { evidence, mean } => {
                let (further, needed_value) = (evidence.pairs_until(needed), from_log(needed));
                let capped =
                    Reason::CapReached { stage, pairs: evidence.pairs(), evidence: evidence.value(), needed: needed_value, further };
                let small = stage == Stage::Holdout && evidence.reaches(needed) && mean < min_gain;
                let small = small.then(|| Reason::EffectTooSmall { effect: mean, min_gain, pairs: evidence.pairs() });
                small.into_iter().chain([capped]).collect()
            }
            Self::Going { .. } | Self::Reached { .. } => Vec::new(),
        }
    }
}

fn same_cost(plan: &Plan, pair: &Pair<'_>) -> bool {
    plan.objective.cost(pair.baseline) == plan.objective.cost(pair.candidate)
}

/// One guardrail of a trial, the built-in one on failing cases among them.
pub(crate) struct Guard<'a> {
    pub(crate) name: &'a str,
    pub(crate) limit: Limit,
    pub(crate) standing: Standing,
    /// The harm of each pair, on the scale of the guardrail.
    harms: Vec<f64>,
    of: Of<'a>,
}

/// What a guardrail looks at.
enum Of<'a> {
    Metric(&'a Guardrail),
    /// The built-in one on failing cases.
    Errors {
        margin: f64,
        reach: f64,
    },
}

impl Guard<'_> {
    pub(crate) fn told(&self) -> Guarded {
        guardrail::told(self.name, self.limit, &self.standing)
    }

    /// The harm of each pair, on the scale that is bet on.
    pub(crate) fn harms(&self) -> &[f64] {
        &self.harms
    }

    /// How it stood after so many pairs.
    pub(crate) fn after(&self, pairs: usize) -> Standing {
        self.of_harms(&self.harms[..pairs])
    }

    /// How it would stand with so much more harm in every pair.
    pub(crate) fn moved(&self, more: f64) -> Standing {
        let harms: Vec<f64> = self.harms.iter().map(|harm| harm + more).collect();
        self.of_harms(&harms)
    }

    fn of_harms(&self, harms: &[f64]) -> Standing {
        match self.of {
            Of::Metric(guardrail) => guardrail.standing_of(harms),
            Of::Errors { margin, reach } => share_standing(harms, margin, reach),
        }
    }

    /// So much more harm is refused for certain.
    pub(crate) fn reach(&self) -> f64 {
        let best = self.harms.iter().copied().fold(0.0, f64::min);
        let bar = if let Of::Metric(guardrail) = self.of { guardrail.bar() } else { self.limit.margin() };
        bar - best
    }
}

/// Everything the samples of a trial say.
pub(crate) struct Trial<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) dev: Pairs<'a>,
    pub(crate) holdout: Pairs<'a>,
    pub(crate) dev_differences: Vec<f64>,
    pub(crate) holdout_differences: Vec<f64>,
    pub(crate) dev_course: Course,
    pub(crate) holdout_course: Course,
    pub(crate) guards: Vec<Guard<'a>>,
    pub(crate) stalls: Option<Stalls>,
    /// What ends the trial whatever its evidence.
    pub(crate) ruling: Option<Ruling>,
}

impl<'a> Trial<'a> {
    /// Reads a trial, with the first thing that ends it beside what can be read nevertheless.
    pub(crate) fn read(plan: &'a Plan, coins: &[Coin], samples: &'a [Sample]) -> Self {
        let (mut dev, mut holdout) = (Pairs::read(Stage::Dev, coins, samples), Pairs::read(Stage::Holdout, coins, samples));
        let faulty = dev.ruling.take().or(holdout.ruling.take()).or_else(|| dropped([&dev, &holdout].into_iter(), plan.allowed(1)));
        let (dev_costs, dev_flaw) = costs(&plan.objective, &dev);
        let (holdout_costs, holdout_flaw) = costs(&plan.objective, &holdout);
        let terms = PairTerms {
            guardrails: &plan.guardrails,
            errors: plan.error_rate.map(|rise| (rise, plan.error_scale)),
            cap: plan.cap().saturating_mul(2),
        };
        let (guards, guard_flaw) = guards(terms, &[&dev, &holdout]);
        let stalls = stalled(plan, &dev_costs, &holdout_costs);
        let ruling = plan.ruling().or(faulty).or_else(|| same_cases(&plan.flaky, &dev));
        let ruling = ruling.or_else(|| same_cases(&BTreeSet::new(), &holdout));
        let ruling = ruling.or(dev_flaw).or(holdout_flaw).or_else(|| units(&plan.objective, &dev)).or(guard_flaw);
        let ruling =
            ruling.or_else(|| made_flakier(plan, [&dev, &holdout])).or_else(|| broken(&guards)).or_else(|| stalls.and_then(killed));
        let (dev_differences, holdout_differences) = (differences(&dev_costs), differences(&holdout_costs));
        let dev_course = dev_course(plan, &dev_differences);
        let holdout_course = holdout_course(plan, dev_course.log(), &holdout_differences);
        Self { plan, dev, holdout, dev_differences, holdout_differences, dev_course, holdout_course, guards, stalls, ruling }
    }

    pub(crate) fn evidence_reached(&self) -> Reason {
        Reason::EvidenceReached {
            dev_pairs: self.dev_course.pairs(),
            dev: from_log(self.dev_course.log()),
            holdout_pairs: self.holdout_course.pairs(),
            holdout: from_log(self.holdout_course.log()),
            needed: from_log(self.plan.level_log()),
            same_workload: self.plan.holdout.is_same_workload(),
        }
    }

    /// How often the flaky case passed on each side, where the trial is about one and has pairs.
    pub(crate) fn passes(&self) -> Option<Reason> {
        let Objective::Case { case } = &self.plan.objective else { return None };
        let both = |pair: &Pair<'_>| Some((passed(pair.baseline, case)?, passed(pair.candidate, case)?));
        let seen: Vec<(f64, f64)> = self.dev.complete.iter().chain(&self.holdout.complete).filter_map(both).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| mean(&seen.iter().map(of).collect::<Vec<f64>>());
        let (before, after) = (mean(|pair| pair.0), mean(|pair| pair.1));
        (!seen.is_empty()).then(|| Reason::Passes { case: case.clone(), before, after, pairs: seen.len() as u32 })
    }

    /// Cases the candidate ran, a run without cases counted as one.
    pub(crate) fn tasks(&self) -> u64 {
        let of = |pair: &Pair<'_>| pair.candidate.executed().max(1) as u64;
        self.dev.complete.iter().chain(&self.holdout.complete).map(of).sum()
    }

    /// The numbers behind a decision, by name; all finite.
    pub(crate) fn metrics(&self) -> BTreeMap<String, f64> {
        let mut metrics = self.plan.metrics();
        let stages = [("dev", &self.dev_course, &self.dev_differences), ("holdout", &self.holdout_course, &self.holdout_differences)];
        for (name, course, differences) in stages.into_iter().filter(|(_, _, differences)| !differences.is_empty()) {
            metrics.insert(format!("{name}_pairs"), differences.len() as f64);
            metrics.insert(format!("{name}_evidence"), from_log(course.log()));
            metrics.insert(format!("{name}_mean"), mean(differences));
        }
        for guard in self.guards.iter().filter(|guard| guard.standing.pairs > 0) {
            metrics.insert(format!("{} harm", guard.name), guard.standing.harm);
            metrics.insert(format!("{} evidence", guard.name), from_log(guard.standing.safe));
        }
        metrics.extend(self.stalls.map(|stalls| ("stall_evidence".to_owned(), stalls.evidence)));
        metrics
    }
}

/// Too many pairs that say nothing, over the stages of a trial that was allowed to begin so many times.
pub(crate) fn dropped<'p, 'a: 'p>(stages: impl Iterator<Item = &'p Pairs<'a>> + Clone, beginnings: u32) -> Option<Ruling> {
    let faulty: u32 = stages.clone().map(|pairs| pairs.dropped.0).sum();
    let disturbed: u32 = stages.clone().map(|pairs| pairs.disturbed.0).sum();
    let told = |fault: Option<&RunFault>| fault.map_or_else(String::new, ToString::to_string);
    if faulty >= FAULTS.saturating_mul(beginnings) {
        let detail = told(stages.filter_map(|pairs| pairs.dropped.1).last());
        return Some(Ruling::undecided(Reason::HarnessFaults { pairs: faulty, detail }));
    }
    if disturbed > DISTURBED.saturating_mul(beginnings) {
        let detail = told(stages.filter_map(|pairs| pairs.disturbed.1).last());
        return Some(Ruling::undecided(Reason::Disturbed { pairs: disturbed, detail }));
    }
    None
}

/// The same cases in every run, none of the steady ones lost.
pub(crate) fn same_cases(flaky: &BTreeSet<CaseId>, pairs: &Pairs<'_>) -> Option<Ruling> {
    let (baseline, candidate) = (pairs.cards(Arm::Baseline), pairs.cards(Arm::Candidate));
    if let Some(reason) = set_difference(&baseline, &baseline) {
        return Some(Ruling::undecided(Reason::BaselineFault { detail: reason.to_string() }));
    }
    set_difference(&baseline, &candidate).or_else(|| steadily_lost(flaky, &baseline, &candidate)).map(Ruling::rejected)
}

/// A metric that the candidate does not give rejects; one that the baseline does not give leaves the trial without an answer.
fn flawed(stage: Stage, pair: u32, arm: Arm, flaw: Flaw) -> Ruling {
    let reason = match flaw {
        Flaw::Missing(metric) => Reason::MetricMissing { metric, stage, pair, arm },
        Flaw::NotPositive(metric, value) => {
            Reason::MetricNotPositive { metric, stage, pair, arm, value: if value.is_finite() { value } else { 0.0 } }
        }
    };
    if arm == Arm::Candidate { Ruling::rejected(reason) } else { Ruling::undecided(reason) }
}

/// (baseline, candidate) costs of each pair, up to the first that has none.
pub(crate) fn costs(objective: &Objective, pairs: &Pairs<'_>) -> (Vec<(f64, f64)>, Option<Ruling>) {
    let of = |pair: &Pair<'_>| {
        let flaw = |arm| move |flaw| flawed(pairs.stage, pair.number, arm, flaw);
        let baseline = objective.cost(pair.baseline).map_err(flaw(Arm::Baseline))?;
        Ok((baseline, objective.cost(pair.candidate).map_err(flaw(Arm::Candidate))?))
    };
    until_flaw(pairs.complete.iter().map(of))
}

fn until_flaw<T>(values: impl ExactSizeIterator<Item = Result<T, Ruling>>) -> (Vec<T>, Option<Ruling>) {
    let mut sound = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Ok(value) => sound.push(value),
            Err(ruling) => return (sound, Some(ruling)),
        }
    }
    (sound, None)
}

pub(crate) fn differences(costs: &[(f64, f64)]) -> Vec<f64> {
    costs.iter().map(|(baseline, candidate)| baseline - candidate).collect()
}

/// Both sides a power of a thousand apart, pair after pair: milliseconds read as seconds, bytes as kilobytes.
pub(crate) fn units(objective: &Objective, dev: &Pairs<'_>) -> Option<Ruling> {
    if dev.complete.len() < UNIT_PAIRS {
        return None;
    }
    let factor = |part: &Part| {
        let ratio = |pair: &Pair<'_>| Ok::<f64, Flaw>(log_value(pair.candidate, &part.metric)? - log_value(pair.baseline, &part.metric)?);
        let ratios = dev.complete.iter().map(ratio).collect::<Result<Vec<f64>, Flaw>>();
        let mean = ratios.map_or(0.0, |ratios| mean(&ratios));
        let steps = libm::round(mean / UNIT.0);
        (steps != 0.0 && libm::fabs(mean - steps * UNIT.0) < UNIT.1).then(|| from_log(mean))
    };
    let reported = objective.ratio_parts().iter().filter(|part| part.reported);
    let (metric, factor) = reported.filter_map(|part| Some((part.metric.clone(), factor(part)?))).next()?;
    Some(Ruling::undecided(Reason::UnitChanged { metric, factor }))
}

/// The guardrails of a trial or a check.
#[derive(Clone, Copy)]
pub(crate) struct PairTerms<'a> {
    pub(crate) guardrails: &'a [Guardrail],
    /// Margin and noise of the share of failing cases.
    pub(crate) errors: Option<(f64, f64)>,
    /// The most pairs there can be.
    pub(crate) cap: u32,
}

/// Every guardrail over the pairs of these stages, with the first pair that lacks a metric.
pub(crate) fn guards<'a>(terms: PairTerms<'a>, stages: &[&Pairs<'a>]) -> (Vec<Guard<'a>>, Option<Ruling>) {
    let (mut guards, mut first_flaw) = (Vec::with_capacity(terms.guardrails.len() + 1), None);
    if let Some((margin, noise)) = terms.errors {
        let harms: Vec<f64> = stages.iter().flat_map(|pairs| &pairs.complete).map(error_harm).collect();
        let step = stages.iter().flat_map(|pairs| &pairs.complete).map(error_step).fold(0.0, f64::max);
        let reach = reach(margin, noise, step);
        first_flaw = hopeless_errors(terms, harms.len(), reach, step);
        let standing = share_standing(&harms, margin, reach);
        guards.push(Guard { name: ERROR_RATE, limit: Limit::Share(margin), standing, harms, of: Of::Errors { margin, reach } });
    }
    for guardrail in terms.guardrails {
        let mut harms = Vec::new();
        for pairs in stages {
            let (more, flaw) = guarded(guardrail, pairs);
            harms.extend(more);
            first_flaw = first_flaw.or(flaw);
        }
        let (name, limit, standing) = (guardrail.name.as_str(), guardrail.limit, guardrail.standing_of(&harms));
        guards.push(Guard { name, limit, standing, harms, of: Of::Metric(guardrail) });
    }
    (guards, first_flaw)
}

/// Said after the first pair: in a suite this small one case weighs so much that no trial would prove the margin.
fn hopeless_errors(terms: PairTerms<'_>, pairs: usize, reach: f64, step: f64) -> Option<Ruling> {
    let (margin, _) = terms.errors.filter(|_| pairs == 1)?;
    let (name, unit) = (ERROR_RATE.to_owned(), HarmUnit::Share);
    let hopeless = best_share_log(margin, reach, terms.cap) < PASS;
    hopeless.then_some(Ruling::undecided(Reason::GuardrailUnprovable { name, margin, scale: step.max(reach / 4.0), unit }))
}

/// The harms of one stage, up to the first pair that lacks the metric.
fn guarded(guardrail: &Guardrail, pairs: &Pairs<'_>) -> (Vec<f64>, Option<Ruling>) {
    let harm = |pair: &Pair<'_>| guardrail.harm(pair).map_err(|(arm, flaw)| flawed(pairs.stage, pair.number, arm, flaw));
    until_flaw(pairs.complete.iter().map(harm))
}

pub(crate) fn broken(guards: &[Guard<'_>]) -> Option<Ruling> {
    let broken = guards.iter().find(|guard| guard.standing.is_broken())?;
    Some(Ruling::rejected(Reason::GuardrailBroken(broken.told())))
}

/// The flaky cases the trial is not about must not pass less often.
fn made_flakier(plan: &Plan, stages: [&Pairs<'_>; 2]) -> Option<Ruling> {
    let of_trial = |case: &CaseId| matches!(&plan.objective, Objective::Case { case: about } if about == case);
    let watched: Vec<&CaseId> = plan.flaky.iter().filter(|case| plan.flaky_guard && !of_trial(case)).collect();
    flakier(&watched, stages.into_iter().flat_map(|pairs| &pairs.complete)).map(Ruling::rejected)
}

/// The stage in which the candidate's stalls weigh more.
fn stalled(plan: &Plan, dev: &[(f64, f64)], holdout: &[(f64, f64)]) -> Option<Stalls> {
    if !plan.stall_guard || plan.objective.ratio_parts().is_empty() || dev.is_empty() {
        return None;
    }
    let (dev, holdout) = (stalls(dev), stalls(holdout));
    Some(if holdout.evidence > dev.evidence { holdout } else { dev })
}

fn killed(stalls: Stalls) -> Option<Ruling> {
    let Stalls { candidate, baseline, pairs, evidence } = stalls;
    (evidence >= STALL_KILL).then(|| Ruling::rejected(Reason::Stalls { candidate, baseline, pairs }))
}

/// The course of the DEV stage over its differences.
pub(crate) fn dev_course(plan: &Plan, differences: &[f64]) -> Course {
    let (needed, mut evidence) = (plan.dev_log(), Evidence::new());
    for (count, difference) in (1..).zip(differences) {
        evidence.push(*difference, plan.scale);
        if evidence.reaches(needed) {
            return Course::Reached { pairs: count, log: evidence.log(), mean: mean(&differences[..count as usize]) };
        }
        if let Some(futile) = hopeless(count, &evidence) {
            return futile;
        }
    }
    ended(plan, evidence, differences)
}

/// The course of the HOLD-OUT stage, given ln of the evidence of the DEV stage.
pub(crate) fn holdout_course(plan: &Plan, dev: f64, differences: &[f64]) -> Course {
    let (needed, mut evidence, mut sum) = (plan.holdout_log(dev), Evidence::new(), 0.0);
    for (count, difference) in (1..).zip(differences) {
        evidence.push(*difference, plan.scale);
        sum += difference;
        let (seen, mean) = (&differences[..count as usize], sum / f64::from(count));
        if evidence.reaches(needed) {
            if mean >= plan.min_gain {
                return Course::Reached { pairs: count, log: evidence.log(), mean };
            }
            if seen.len() >= TOO_SMALL.0 && mean + TOO_SMALL.1 * standard_error(seen) < plan.min_gain {
                return Course::TooSmall { pairs: count, log: evidence.log(), mean };
            }
        }
        if let Some(futile) = hopeless(count, &evidence) {
            return futile;
        }
    }
    ended(plan, evidence, differences)
}

fn hopeless(count: u32, evidence: &Evidence) -> Option<Course> {
    futility::floor(count)?;
    let log = evidence.log();
    futility::missed(count, log).map(|floor| Course::Futile { pairs: count, log, floor })
}

fn ended(plan: &Plan, evidence: Evidence, differences: &[f64]) -> Course {
    if evidence.pairs() >= plan.cap() { Course::Capped { evidence, mean: mean(differences) } } else { Course::Going { evidence } }
}

/// The standard error of the mean of at least two values.
fn standard_error(values: &[f64]) -> f64 {
    let (mean, count) = (mean(values), values.len() as f64);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    libm::sqrt(squares / (count - 1.0) / count)
}
