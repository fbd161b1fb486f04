//! What benchmarking tools report: named quantities with a unit, one or more for each benchmark, and how a scorecard names them.
//!
//! Each benchmark is a case that passes, so that one that goes missing is a case lost. Its own quantity is the metric `bench:NAME` where
//! less is better, `rate:NAME` where more is; whatever else a tool tells of it is `NAME WHAT`. Times are in seconds, whatever the tool
//! wrote, so that no change of unit looks like a gain. A name that is empty or there twice, a value that is not finite, negative, or a
//! time of nothing makes the run unreadable.

use super::sound::exit_code;
use super::text::last_lines;
use super::{Adapter, Finished, Invocation, RawCase, Reading, Request};
use crate::config::metric::Direction;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
use std::collections::BTreeMap;
use std::time::Duration;

/// How the metric of a benchmark begins where less is better.
const COST: &str = "bench:";
/// How it begins where more is better.
const RATE: &str = "rate:";

/// The benchmark a metric of a scorecard is the quantity of, and which way is better; `None` for any other metric.
pub fn of_benchmark(metric: &str) -> Option<(&str, Direction)> {
    let cost = metric.strip_prefix(COST).map(|name| (name, Direction::Lower));
    cost.or_else(|| metric.strip_prefix(RATE).map(|name| (name, Direction::Higher)))
}

/// The benchmarks of one run.
#[derive(Debug, Default)]
pub(super) struct Benchmarks {
    cases: BTreeMap<CaseId, RawCase>,
    metrics: BTreeMap<String, f64>,
}

impl Benchmarks {
    /// Adds a benchmark with its own quantity.
    pub(super) fn add(&mut self, name: &str, value: f64, unit: &str) -> Result<(), String> {
        if name.trim().is_empty() {
            return Err("a benchmark without a name".into());
        }
        let (measure, number) = measured(name, value, unit)?;
        let duration = match measure {
            Measure::Time if number == 0.0 => return Err(format!("{name}: no time at all, its clock is too coarse for what it measures")),
            Measure::Time => Some(Duration::try_from_secs_f64(number).map_err(|error| format!("{name}: {error}"))?),
            Measure::Rate | Measure::Cost => None,
        };
        let case = RawCase { duration, ..RawCase::of(CaseOutcome::Pass) };
        if self.cases.insert(CaseId(name.to_owned()), case).is_some() {
            return Err(format!("{name}: measured twice"));
        }
        let way = if measure == Measure::Rate { RATE } else { COST };
        self.metrics.insert(format!("{way}{name}"), number);
        Ok(())
    }

    /// Adds another quantity of a benchmark, by what it is called.
    pub(super) fn detail(&mut self, name: &str, label: &str, value: f64, unit: &str) -> Result<(), String> {
        let (_, number) = measured(name, value, unit)?;
        match self.metrics.insert(format!("{name} {label}"), number) {
            None => Ok(()),
            Some(_) => Err(format!("{name}: its {label} was measured twice")),
        }
    }

    /// All of them, beside what the supervisor measured.
    fn reading(self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let mut reading = Reading { metrics: self.metrics, ..Reading::of(self.cases, finished) };
        reading.measure(finished);
        reading.select(request.only)
    }
}

/// Reads a finished run of a tool: it must have ended well, and `parse` must find at least one benchmark in what it left.
pub(super) fn read(
    tool: &dyn Adapter,
    request: &Request<'_>,
    finished: &Finished<'_>,
    parse: impl FnOnce(&mut Benchmarks) -> Result<(), String>,
) -> Result<Reading, RunFault> {
    let code = exit_code(finished)?;
    if code != 0 {
        let detail = format!("exit code {code}: what fails measures nothing; last output: {}", last_lines(finished));
        return Err(RunFault::Incomplete { detail });
    }
    let mut benchmarks = Benchmarks::default();
    parse(&mut benchmarks).map_err(|why| RunFault::Unreadable { detail: format!("{}: {why}", tool.name()) })?;
    if benchmarks.cases.is_empty() {
        let detail = format!("{} reported no benchmark; last output: {}", tool.name(), last_lines(finished));
        return Err(RunFault::NothingRan { detail });
    }
    benchmarks.reading(request, finished)
}

/// The JSON documents that follow one another in a report; an error where one is cut off, or no such document.
pub(super) fn documents<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    serde_json::Deserializer::from_slice(bytes).into_iter().collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// The command in a shell in which programs of the judge's, named like the tool, stand before the tool itself: they set its options,
/// however deep in a script or a Makefile it is called.
pub(super) fn before_the_tool(request: &Request<'_>) -> Invocation {
    let judge = request.judge_dir.to_string_lossy();
    let line = format!("PATH={}:$PATH; export PATH\n{}", shell_words::quote(&judge), request.command);
    Invocation::shell(&line).with("KAIZEN_JUDGE", request.judge_dir).with("KAIZEN_REPORT", request.report)
}

/// What a unit says of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// Seconds; less is better.
    Time,
    /// Something in a time; more is better.
    Rate,
    /// Anything else; less is better.
    Cost,
}

/// The number, a time in seconds.
fn measured(name: &str, value: f64, unit: &str) -> Result<(Measure, f64), String> {
    if !(value.is_finite() && value >= 0.0) {
        return Err(format!("{name}: {value} {unit} is no measurement"));
    }
    Ok(match seconds(unit) {
        Some(second) => (Measure::Time, value * second),
        None if is_rate(unit) => (Measure::Rate, value),
        None => (Measure::Cost, value),
    })
}

/// How long one of the unit is, where it is a time: that of one operation (`ns/op`, `ms/iter`) too.
fn seconds(unit: &str) -> Option<f64> {
    let (time, of) = unit.trim().split_once('/').unwrap_or((unit.trim(), ""));
    if !matches!(of.trim(), "" | "op" | "iter" | "iteration" | "run" | "call") {
        return None;
    }
    Some(match time.trim().to_ascii_lowercase().as_str() {
        "ps" => 1e-12,
        "ns" | "nsec" | "nanosecond" | "nanoseconds" => 1e-9,
        "us" | "µs" | "μs" | "usec" | "microsecond" | "microseconds" => 1e-6,
        "ms" | "msec" | "millisecond" | "milliseconds" => 1e-3,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "min" | "minute" | "minutes" => 60.0,
        _ => return None,
    })
}

/// Whether a unit is so many in a time.
fn is_rate(unit: &str) -> bool {
    let unit = unit.trim().to_ascii_lowercase();
    let per_time = unit.rsplit_once('/').is_some_and(|(_, time)| matches!(time.trim(), "s" | "sec" | "second" | "min" | "minute"));
    per_time || unit.ends_with("per second") || matches!(unit.as_str(), "fps" | "rps" | "qps" | "tps" | "ips" | "hz" | "mbps" | "gbps")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_seconds_and_rates_are_told_from_costs() {
        let mut benchmarks = Benchmarks::default();
        let all = [
            ("a", 256.0, "ns/op"),
            ("b", 3.0, "ms"),
            ("c", 12.0, "ops/sec"),
            ("d", 7.0, "B/op"),
            ("e", 2.0, "s"),
            ("f", 5.0, "MB/s"),
            ("g", 0.0, "allocs"),
            ("h", 2.0, "µs"),
        ];
        for (name, value, unit) in all {
            benchmarks.add(name, value, unit).unwrap();
        }
        let told: Vec<String> = benchmarks.metrics.iter().map(|(name, value)| format!("{name} {value:?}")).collect();
        let expected =
            ["bench:a 2.56e-7", "bench:b 0.003", "bench:d 7.0", "bench:e 2.0", "bench:g 0.0", "bench:h 2e-6", "rate:c 12.0", "rate:f 5.0"];
        assert_eq!(told, expected);
        assert_eq!(benchmarks.cases[&CaseId("e".into())].duration, Some(Duration::from_secs(2)));
        assert_eq!((of_benchmark("rate:c"), of_benchmark("seconds")), (Some(("c", Direction::Higher)), None));
    }

    #[test]
    fn what_is_no_measurement_is_refused_by_name() {
        let refused = |name: &str, value: f64, unit: &str| Benchmarks::default().add(name, value, unit).unwrap_err();
        assert_eq!(refused("a", f64::NAN, "ns"), "a: NaN ns is no measurement");
        assert_eq!(refused("a", -1.0, "s"), "a: -1 s is no measurement");
        assert_eq!(refused("a", f64::INFINITY, "B"), "a: inf B is no measurement");
        assert!(refused("a", 0.0, "s").starts_with("a: no time at all"));
        assert_eq!(refused(" ", 1.0, "s"), "a benchmark without a name");
        let mut twice = Benchmarks::default();
        twice.add("a", 1.0, "s").unwrap();
        assert_eq!(twice.add("a", 1.0, "s").unwrap_err(), "a: measured twice");
    }
}
