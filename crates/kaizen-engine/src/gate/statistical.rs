//! Trials in pairs, of measured quantities and of cases that pass now and then: what the statistical lane is asked, from the
//! configuration and the machine's noise.

use crate::config::metric::{Direction, Metric, MetricSource, declared_guardrails};
use crate::error::EngineError;
use crate::session::Session;
use crate::trial::adapter::quantity::of_benchmark;
use crate::trial::noise::{Noise, Unit};
use kaizen_domain::decision::Reason;
use kaizen_domain::scorecard::CaseId;
use kaizen_gate::calibration::{Calibration, provable_rise};
use kaizen_gate::guardrail::{Guardrail, Limit};
use kaizen_gate::objective::{CASE_SCALE, Direction as Way, Objective, Part};
use kaizen_gate::presets::Policy;
use kaizen_gate::statistical::plan::{Holdout, Plan};

/// The limit of a guardrail that names none.
const DEFAULT_REGRESSION: f64 = 0.05;

/// A difference in time nobody minds who did not ask, in seconds: a process that waits for its turn once.
const LEAST_TIME: f64 = 0.001;
/// A difference in memory nobody minds who did not ask, in bytes: what a process of a few megabytes has more or less of from run to run,
/// depending on which of its pages the system holds already.
const LEAST_MEMORY: f64 = 1024.0 * 1024.0;
/// A limit nobody asked for is widened to this many times the noise of a pair where the noise hides it: about eight pairs prove it.
const WIDENED: f64 = 1.5;

/// Quantities the supervisor measures in every run, by the name they have in a scorecard.
const SECONDS: &str = "seconds";
const MEMORY: &str = "max_rss_bytes";

/// Which way is better, in the gate's words.
pub fn way(direction: Direction) -> Way {
    match direction {
        Direction::Lower => Way::Lower,
        Direction::Higher => Way::Higher,
    }
}

/// What is compared: the metric as a ratio where it is positive, else as a difference over its size.
pub fn objective_of(metric: &Metric, noise: &Noise) -> Objective {
    let reported = metric.source.is_reported();
    let parts = vec![Part { metric: metric.name.clone(), weight: 1.0, direction: way(metric.direction), reported }];
    match noise.unit(&metric.name) {
        Unit::Ratio => Objective::Ratio { parts },
        Unit::Difference { reference } => Objective::Difference { parts, reference },
    }
}

/// What a trial of this baseline has to show for the metric `name`. The level is set when the ticket is drawn.
pub fn plan(session: &Session<'_>, noise: &Noise, name: &str) -> Result<Plan, EngineError> {
    let config = &session.context.config;
    let unknown = || EngineError::usage(format!("no [[metric]] is named {name}"), "declare it in kaizen.toml, or work on another weakness");
    let metric = config.metric.iter().find(|metric| metric.name == name).ok_or_else(unknown)?;
    let policy = config.gate.policy();
    let objective = objective_of(metric, noise);
    let scale = noise.objective_scale(&objective);
    let others: Vec<&Metric> = config.metric.iter().filter(|other| other.name != name).collect();
    let hidden = session.hidden_measures(&objective);
    let mut guardrails = guardrails(&others, Some(metric), noise, &policy);
    guardrails.extend(of_benchmarks(session, noise).filter(|rail| !hidden || session.hidden_has(&rail.metric)));
    Ok(Plan {
        min_gain: metric.min_gain.map_or(policy.min_gain, |gain| gain.share()),
        guardrails,
        stall_guard: policy.stall_guard,
        ..paired(session, noise, &policy, Plan::bare(objective, scale))
    })
}

/// What a trial of this baseline has to show for a case that passes now and then. The level is set when the ticket is drawn.
pub fn plan_of_case(session: &Session<'_>, noise: &Noise, case: &CaseId) -> Plan {
    let config = &session.context.config;
    let policy = config.gate.policy();
    let declared: Vec<&Metric> = declared_guardrails(&config.metric).collect();
    let bare = Plan::bare(Objective::Case { case: case.clone() }, CASE_SCALE);
    Plan { min_gain: policy.min_gain, guardrails: guardrails(&declared, None, noise, &policy), ..paired(session, noise, &policy, bare) }
}

/// What every trial in pairs asks.
fn paired(session: &Session<'_>, noise: &Noise, policy: &Policy, bare: Plan) -> Plan {
    Plan {
        error_rate: policy.error_rate.and_then(|rise| error_limit(session.card.executed(), noise.of_errors(), rise)),
        error_scale: noise.of_errors(),
        holdout: if session.hidden_measures(&bare.objective) { Holdout::Cases } else { Holdout::SameWorkload },
        checks: !session.context.config.benchmark.checks.is_empty() || session.hidden_checks(&bare.objective),
        flaky: session.flaky_cases(),
        flaky_guard: true,
        max_pairs: policy.max_pairs,
        strict: policy.strict,
        required_tasks: policy.required_tasks,
        ..bare
    }
}

/// Pairs within which the limit on failing cases should be provable.
const ERROR_PAIRS: u32 = 40;

/// The widest limit on the share of failing cases that says anything.
const ERROR_WIDEST: f64 = 0.05;

/// The limit on the share of failing cases: as asked for, or as wide as the size of the suite demands. In a suite of a few cases a
/// share says nothing; a steady case that is lost is a veto there as everywhere.
fn error_limit(cases: usize, noise: f64, asked: f64) -> Option<f64> {
    let provable = provable_rise(cases, noise, ERROR_PAIRS);
    (cases > 0 && provable <= ERROR_WIDEST.max(asked)).then(|| asked.max(provable))
}

/// The declared guardrails, and the defaults for time and memory where nothing is declared of them.
fn guardrails(metrics: &[&Metric], of: Option<&Metric>, noise: &Noise, policy: &Policy) -> Vec<Guardrail> {
    let declared = metrics.iter().map(|metric| guardrail(metric, noise));
    let known = || metrics.iter().copied().chain(of);
    let taken = |source: &MetricSource| known().any(|metric| metric.source == *source);
    let named = |name: &str| known().any(|metric| metric.name == name);
    let defaults = [
        ("latency", SECONDS, policy.latency, MetricSource::Time, LEAST_TIME),
        ("memory", MEMORY, policy.memory, MetricSource::MaxRss, LEAST_MEMORY),
    ];
    let wanted = defaults.into_iter().filter(|(_, metric, _, source, _)| !taken(source) && !named(metric));
    let defaults = wanted.filter_map(|(name, metric, limit, _, least)| default(name, metric, limit?, least, noise));
    declared.chain(defaults).collect()
}

/// A metric as a guardrail.
pub fn guardrail(metric: &Metric, noise: &Noise) -> Guardrail {
    let margin = metric.max_regression.map_or(DEFAULT_REGRESSION, |margin| margin.share());
    let (limit, unit) = match noise.unit(&metric.name) {
        Unit::Ratio => (Limit::Relative(margin), Unit::Ratio),
        Unit::Difference { reference } => (Limit::Absolute(margin * reference), Unit::Difference { reference: 1.0 }),
    };
    let scale = noise.scale(&metric.name, unit);
    Guardrail { name: metric.name.clone(), metric: metric.name.clone(), direction: way(metric.direction), limit, scale }
}

/// Each of several benchmarks that no metric names, so that their mean hides no loss: as a limit nobody asked for. One that is zero has no
/// ratio to guard.
pub fn of_benchmarks<'s>(session: &'s Session<'_>, noise: &'s Noise) -> impl Iterator<Item = Guardrail> + 's {
    let metrics = &session.context.config.metric;
    let declared = |name: &str| metrics.iter().any(|metric| matches!(&metric.source, MetricSource::Bench(bench) if bench.is(name)));
    let all = session.card.metrics.keys().filter_map(|metric| Some((metric, of_benchmark(metric)?)));
    let several = all.clone().count() > 1;
    all.filter(move |(metric, (name, _))| several && !declared(name) && noise.unit(metric) == Unit::Ratio).filter_map(
        move |(metric, (_, direction))| {
            let rail = default(metric, metric, Limit::Relative(DEFAULT_REGRESSION), 0.0, noise)?;
            Some(Guardrail { direction: way(direction), limit: below_all(rail.limit, direction), ..rail })
        },
    )
}

/// What more of is better cannot lose all of itself: a limit that noise has widened so far stays just below.
fn below_all(limit: Limit, direction: Direction) -> Limit {
    match (limit, direction) {
        (Limit::Relative(margin), Direction::Higher) => Limit::Relative(margin.min(0.95)),
        (other, _) => other,
    }
}

/// A limit nobody asked for by name, as wide as the noise and the smallest difference that matters (in the metric's unit) demand; left
/// out where the quantity was never seen.
fn default(name: &str, metric: &str, limit: Limit, least: f64, noise: &Noise) -> Option<Guardrail> {
    let relative = !matches!(limit, Limit::Absolute(_));
    let unit = if relative { Unit::Ratio } else { Unit::Difference { reference: 1.0 } };
    let scale = noise.scale(metric, unit);
    let limit = match limit {
        Limit::Relative(margin) => Limit::Relative(margin.max(WIDENED * scale).max(noise.mean(metric).map_or(0.0, |mean| least / mean))),
        Limit::Absolute(margin) => Limit::Absolute(margin.max(WIDENED * scale).max(least)),
        share => share,
    };
    noise.seen(metric).then(|| Guardrail { name: name.to_owned(), metric: metric.to_owned(), direction: Way::Lower, limit, scale })
}

/// Why a benchmark is broken that was measured against itself; `None` where it is not.
pub fn broken(name: &str, seen: &Calibration) -> Option<EngineError> {
    let what = || format!("{name}: the benchmark is broken: the unchanged project proves better than itself ({} pairs)", seen.pairs);
    let hint = "something outlives a run (a cache, a counter, a service): start each run from the same state";
    seen.is_broken().then(|| EngineError::baseline(what(), hint))
}

/// Why nothing may be measured with this benchmark, where that is so.
pub fn hopeless(plan: &Plan, seen: &Calibration, name: &str) -> Option<EngineError> {
    let wrong = if plan.problem().is_some() { unusable(plan) } else { broken(name, seen) };
    if wrong.is_some() {
        return wrong;
    }
    if seen.constant && seen.pairs >= 5 {
        let what = format!("{name} has the same value in every run");
        let hint = "a quantity that never changes proves nothing by pairs unless a candidate changes it: declare cases with points instead";
        return matches!(plan.objective, Objective::Difference { .. }).then(|| EngineError::baseline(what, hint));
    }
    unusable(plan)
}

/// Why a plan cannot be worked with here, where that is so.
pub fn unusable(plan: &Plan) -> Option<EngineError> {
    if let Some(wrong) = plan.problem() {
        return Some(EngineError::usage(wrong, "mend the limits of [[metric]] or [gate] in kaizen.toml"));
    }
    plan.unprovable().first().map(too_noisy)
}

/// A limit that nothing can prove here.
pub fn too_noisy(reason: &Reason) -> EngineError {
    EngineError::baseline(reason.to_string(), "widen max_regression of that [[metric]], or make the benchmark quieter or longer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::hash::ContentHash;
    use kaizen_domain::trial::Arm;
    use kaizen_gate::presets::DEFAULT;
    use kaizen_store::CalibrationPair;
    use std::collections::BTreeMap;

    /// The limits of the default guardrails for a benchmark that takes so many seconds and bytes in every run.
    fn limits(seconds: f64, bytes: f64, policy: &Policy) -> Vec<(String, Limit)> {
        let run: BTreeMap<String, f64> = [(SECONDS.to_owned(), seconds), (MEMORY.to_owned(), bytes)].into();
        let pair = CalibrationPair { baseline: ContentHash::of(b"tree"), at: 0, coin: Arm::Baseline, first: run.clone(), second: run };
        let noise = Noise::of(vec![pair]);
        guardrails(&[], None, &noise, policy).into_iter().map(|rail| (rail.name, rail.limit)).collect()
    }

    fn both(latency: Limit, memory: Limit) -> Vec<(String, Limit)> {
        vec![("latency".to_owned(), latency), ("memory".to_owned(), memory)]
    }

    #[test]
    fn a_default_guardrail_minds_no_millisecond_and_no_mebibyte() {
        let (share, mebibyte) = (Limit::Relative, 1_048_576.0);
        assert_eq!(limits(0.005, 4.0 * mebibyte, &DEFAULT), both(share(0.2), share(0.25)));
        assert_eq!(limits(10.0, 1024.0 * mebibyte, &DEFAULT), both(share(0.05), share(0.05)), "where 5 % are more, 5 % it is");
        let narrow = Policy { latency: Some(Limit::Absolute(0.0001)), memory: Some(Limit::Absolute(1.0)), ..DEFAULT };
        assert_eq!(limits(10.0, 1024.0 * mebibyte, &narrow), both(Limit::Absolute(0.001), Limit::Absolute(mebibyte)));
    }
}
