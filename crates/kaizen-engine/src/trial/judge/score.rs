//! From what a run showed to its scorecard: points, categories, ignored cases and declared metrics are the configuration's.

use super::Suite;
use crate::config::Config;
use crate::config::metric::bench::NoValue;
use crate::config::metric::{Metric, MetricSource};
use crate::trial::adapter::{Finished, Reading};
use crate::trial::counting;
use kaizen_domain::points::Points;
use kaizen_domain::scorecard::{CaseOutcome, CaseResult, Measured, RunFault, Scorecard};
use std::collections::BTreeMap;

/// What the supervisor measured.
pub(super) struct Supervised<'a> {
    pub(super) finished: &'a Finished<'a>,
    /// The instruction count, where there is one.
    pub(super) instructions: Result<Option<f64>, RunFault>,
}

/// Points, categories, ignored cases and declared metrics from the configuration; quantities only when finite.
pub(super) fn scorecard(config: &Config, reading: Reading, supervised: &Supervised<'_>, suite: Suite) -> Measured {
    let benchmark = &config.benchmark;
    let mut card = Scorecard { cases: BTreeMap::new(), metrics: reading.metrics };
    declared_metrics(config, &mut card, supervised, suite)?;
    // Nobody asked for it: a run that was not counted is as good.
    if let Ok(Some(count)) = supervised.instructions {
        card.metrics.entry(counting::INSTRUCTIONS.to_owned()).or_insert(count);
    }
    if let Some((name, value)) = card.metrics.iter().find(|(_, value)| !value.is_finite()) {
        return Err(RunFault::Unreadable { detail: format!("metric {name} is {value}") });
    }
    for (id, raw) in reading.cases {
        if benchmark.ignores(&id) {
            continue;
        }
        let passed = raw.outcome == CaseOutcome::Pass;
        let (points, worth) = raw.points.unwrap_or_else(|| {
            let worth = benchmark.points.of(&id);
            (if passed { worth } else { Points::ZERO }, worth)
        });
        let category = raw.category.unwrap_or_else(|| benchmark.category(&id).to_owned());
        card.cases.insert(id, CaseResult { outcome: raw.outcome, points, worth, category, duration: raw.duration, message: raw.message });
    }
    Ok(card)
}

/// Adds each `[[metric]]` under its own name. A hold-out need not know them all.
fn declared_metrics(config: &Config, card: &mut Scorecard, supervised: &Supervised<'_>, suite: Suite) -> Result<(), RunFault> {
    for metric in &config.metric {
        let unreadable = |why: &str| RunFault::Unreadable { detail: format!("metric {}: {why}", metric.name) };
        let value = match &metric.source {
            MetricSource::Instructions => supervised.instructions.clone()?,
            _ => value(metric, card, supervised.finished).map_err(|why| unreadable(&why))?,
        };
        match value {
            Some(value) => drop(card.metrics.insert(metric.name.clone(), value)),
            None if suite == Suite::Holdout => {}
            None => return Err(unreadable("its source names no number in the output")),
        }
    }
    Ok(())
}

/// What a metric's source gives of a run; an error says why it is no value.
fn value(metric: &Metric, card: &Scorecard, finished: &Finished<'_>) -> Result<Option<f64>, String> {
    let text = finished.report.unwrap_or(finished.stdout);
    match &metric.source {
        MetricSource::Time => Ok(Some(finished.wall.as_secs_f64())),
        MetricSource::MaxRss => Ok(Some(finished.max_rss as f64)),
        MetricSource::Instructions => Ok(None),
        MetricSource::Regex(pattern) => pattern.find(&String::from_utf8_lossy(text)),
        MetricSource::Bench(bench) => match bench.value(&card.metrics, metric.direction) {
            Ok(value) => Ok(Some(value)),
            Err(NoValue::Missing) => Ok(None),
            Err(NoValue::Zero(name)) => {
                Err(format!("{name} is 0 and has no place in a mean of ratios: name the benchmarks that count, source = \"bench:NAME\""))
            }
        },
        MetricSource::Json(path) => {
            let value: Option<serde_json::Value> = serde_json::from_slice(text).ok();
            let found = value.as_ref().and_then(|value| path.find(value)).and_then(serde_json::Value::as_f64);
            // Lines such as {"metric": "cost", "value": 5} are no document with that path; their metrics have names.
            Ok(found.or_else(|| path.key().and_then(|key| card.metrics.get(key)).copied()))
        }
    }
}
