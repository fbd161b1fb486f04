//! A list of `{"name", "unit", "value"}`: what many scripts write for continuous benchmarking (the shape of github-action-benchmark's
//! `customSmallerIsBetter` and `customBiggerIsBetter`). On standard output or in a report file; other keys are ignored.
//!
//! Less is better, but of a rate (`ops/s`, `MB/s`, `fps`), of which more is. A `[[metric]]` says otherwise where the unit does not tell.

use super::quantity::{Benchmarks, documents, read};
use super::{Adapter, Finished, Reading, Request};
use kaizen_domain::scorecard::RunFault;
use serde::Deserialize;

/// See the module.
pub(super) struct BenchJson;

impl Adapter for BenchJson {
    fn name(&self) -> &'static str {
        "bench-json"
    }

    fn channel(&self) -> &'static str {
        "The list the benchmark prints, or the report file it writes; the file is removed before each run."
    }

    fn unprevented(&self) -> &'static str {
        "Where the benchmark imports the code under test, that code can print or write the report itself."
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let text = finished.report.unwrap_or(finished.stdout);
        read(self, request, finished, |benchmarks| parse(benchmarks, text))
    }
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    unit: String,
    value: Number,
}

/// A number; some scripts write it as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(f64),
    Text(String),
}

fn parse(benchmarks: &mut Benchmarks, text: &[u8]) -> Result<(), String> {
    let lists: Vec<Vec<Entry>> = documents(text)?;
    for entry in lists.into_iter().flatten() {
        let value = match &entry.value {
            Number::Plain(value) => *value,
            Number::Text(text) => text.trim().parse().map_err(|_| format!("{}: its value {text:?} is no number", entry.name))?,
        };
        benchmarks.add(&entry.name, value, &entry.unit)?;
    }
    Ok(())
}
