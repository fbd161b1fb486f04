//! Google Benchmark for C++ (and its Python binding): the JSON it writes to a file.
//!
//! Its options are given as variables, so that they reach the program through CMake, CTest or a script. One repetition of at least a
//! tenth of a second each; a benchmark whose source asks for more repetitions is the mean of them. Its quantity is the real time of an
//! iteration; processor time is `NAME cpu`, counters go by their own names. A benchmark that reports an error makes the run a fault.

use super::quantity::{Benchmarks, documents, read};
use super::{Adapter, Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::RunFault;
use serde::Deserialize;
use std::collections::BTreeMap;

/// See the module.
pub(super) struct GoogleBenchmark;

impl Adapter for GoogleBenchmark {
    fn name(&self) -> &'static str {
        "google-benchmark"
    }

    fn channel(&self) -> &'static str {
        "The JSON the benchmark's own process writes to a file of the judge's, asked for by variables (BENCHMARK_OUT)."
    }

    fn unprevented(&self) -> &'static str {
        "The benchmark's program holds the code under test, which can write the report, or count iterations it did not do."
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        Invocation::shell(request.command)
            .with("BENCHMARK_OUT", request.report)
            .with("BENCHMARK_OUT_FORMAT", "json")
            .with("BENCHMARK_REPETITIONS", "1")
            .with("BENCHMARK_MIN_TIME", "0.1")
            .with("BENCHMARK_COLOR", "false")
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        read(self, request, finished, |benchmarks| parse(benchmarks, finished.report.unwrap_or_default()))
    }
}

#[derive(Deserialize)]
struct Report {
    benchmarks: Vec<Row>,
}

/// A repetition, or what was computed from several.
#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    run_type: Option<String>,
    #[serde(default)]
    aggregate_name: Option<String>,
    #[serde(default)]
    run_name: Option<String>,
    #[serde(default)]
    repetitions: Option<usize>,
    #[serde(default)]
    error_occurred: bool,
    #[serde(default)]
    error_message: Option<String>,
    #[serde(default)]
    skipped: bool,
    #[serde(default)]
    real_time: Option<f64>,
    #[serde(default)]
    cpu_time: Option<f64>,
    #[serde(default)]
    time_unit: Option<String>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// What of a row is neither a quantity nor a counter.
const BOOKKEEPING: [&str; 8] =
    ["family_index", "per_family_instance_index", "repetition_index", "threads", "iterations", "aggregate_unit", "label", "skip_message"];

fn parse(benchmarks: &mut Benchmarks, bytes: &[u8]) -> Result<(), String> {
    let reports: Vec<Report> = documents(bytes)?;
    for report in &reports {
        let mut repetitions: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in report.benchmarks.iter().filter(|row| !row.is_aggregate()) {
            row.must_have_run()?;
            repetitions.entry(&row.name).or_default().push(row);
        }
        for (name, rows) in repetitions {
            mean(benchmarks, name, &rows)?;
        }
        // Where the source shows aggregates only, their mean is all there is.
        let means = report.benchmarks.iter().filter(|row| row.aggregate_name.as_deref() == Some("mean"));
        for row in means.filter(|row| !report.benchmarks.iter().any(|one| !one.is_aggregate() && Some(&one.name) == row.run_name.as_ref()))
        {
            mean(benchmarks, row.run_name.as_deref().unwrap_or(&row.name), &[row])?;
        }
    }
    Ok(())
}

/// The mean of all repetitions of a benchmark, every one of which must be there.
fn mean(benchmarks: &mut Benchmarks, name: &str, rows: &[&Row]) -> Result<(), String> {
    let [first, ..] = rows else { return Ok(()) };
    let expected = if first.is_aggregate() { 1 } else { first.repetitions.unwrap_or(1).max(1) };
    if rows.len() != expected {
        return Err(format!("{name}: {} of {expected} repetitions are reported", rows.len()));
    }
    let unit = first.time_unit.as_deref().unwrap_or("ns");
    let of = |value: fn(&Row) -> Option<f64>| -> Option<f64> {
        let sum = rows.iter().map(|row| value(row)).sum::<Option<f64>>()?;
        Some(sum / rows.len() as f64)
    };
    let real = of(|row| row.real_time).ok_or_else(|| format!("{name}: no real_time is reported"))?;
    benchmarks.add(name, real, unit)?;
    if let Some(cpu) = of(|row| row.cpu_time) {
        benchmarks.detail(name, "cpu", cpu, unit)?;
    }
    let counters = first.others.iter().filter(|(key, _)| !BOOKKEEPING.contains(&key.as_str()));
    for (key, value) in counters.filter_map(|(key, value)| Some((key, value.as_f64()?))) {
        benchmarks.detail(name, key, value, "")?;
    }
    Ok(())
}

impl Row {
    fn is_aggregate(&self) -> bool {
        self.run_type.as_deref() == Some("aggregate")
    }

    fn must_have_run(&self) -> Result<(), String> {
        let why = self.error_message.as_deref().unwrap_or("it gives no reason");
        match (self.error_occurred, self.skipped) {
            (true, _) => Err(format!("{}: {why}", self.name)),
            (false, true) => Err(format!("{}: it was skipped", self.name)),
            (false, false) => Ok(()),
        }
    }
}
