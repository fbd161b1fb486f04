//! hyperfine, versions 1 and 2: how long whole commands take.
//!
//! A program of the judge's stands before the tool and has each command run once, without warm-up: pairs of runs are the repeats. An
//! `--export-json` of the command's own still gets its file. A benchmark is named by `--command-name`, else by the command itself. One
//! whose command failed (`--ignore-failure`) makes the run a fault: how fast something failed says nothing.

use super::quantity::{Benchmarks, before_the_tool, documents, read};
use super::{Adapter, Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::RunFault;
use serde::Deserialize;
use std::collections::BTreeMap;

/// See the module.
pub(super) struct Hyperfine;

impl Adapter for Hyperfine {
    fn name(&self) -> &'static str {
        "hyperfine"
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[("hyperfine", include_str!("reporter/hyperfine"))]
    }

    fn channel(&self) -> &'static str {
        "The JSON hyperfine exports to a file of the judge's, one run of each command without warm-up."
    }

    fn unprevented(&self) -> &'static str {
        "A measured command can do less work than was asked for and still end with 0, or write to the report: only `checks` and a hold-out look at what it did."
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        before_the_tool(request)
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        read(self, request, finished, |benchmarks| {
            let exports: Vec<Export> = documents(finished.report.unwrap_or_default())?;
            exports.iter().try_for_each(|export| export.add_to(benchmarks))
        })
    }
}

/// One export, of either version.
#[derive(Deserialize)]
struct Export {
    /// Version 2.
    primary_metric: Option<String>,
    results: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    /// In version 1 the name, where one was given.
    command: String,
    name: Option<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Parameter>,
    /// Version 1, in seconds.
    mean: Option<f64>,
    exit_codes: Option<Vec<Option<i32>>>,
    /// Version 2.
    measurements: Option<Vec<Measurement>>,
    summary: Option<BTreeMap<String, Summary>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Parameter {
    One(String),
    Two { value: String },
}

#[derive(Deserialize)]
struct Measurement {
    exit_code: Option<i32>,
}

#[derive(Deserialize)]
struct Summary {
    mean: f64,
    #[serde(default)]
    unit: Option<String>,
}

impl Export {
    fn add_to(&self, benchmarks: &mut Benchmarks) -> Result<(), String> {
        for row in &self.results {
            let alone = self.results.iter().filter(|other| other.name() == row.name()).count() == 1;
            let name = if alone { row.name().to_owned() } else { row.name_with_parameters() };
            row.must_have_passed(&name)?;
            let (value, unit) = self.value(row).ok_or_else(|| format!("{name}: no mean is reported"))?;
            benchmarks.add(&name, value, unit)?;
        }
        Ok(())
    }

    fn value<'a>(&self, row: &'a Row) -> Option<(f64, &'a str)> {
        let Some(metric) = &self.primary_metric else { return row.mean.map(|mean| (mean, "s")) };
        let summary = row.summary.as_ref()?.get(metric)?;
        Some((summary.mean, summary.unit.as_deref().unwrap_or("count")))
    }
}

impl Row {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.command)
    }

    /// A parameter that is not part of the command tells rows of the same name apart.
    fn name_with_parameters(&self) -> String {
        let told = |(name, parameter): (&String, &Parameter)| match parameter {
            Parameter::One(value) | Parameter::Two { value } => format!("{name} = {value}"),
        };
        format!("{} ({})", self.name(), self.parameters.iter().map(told).collect::<Vec<_>>().join(", "))
    }

    /// Every run must be there, and have ended with 0.
    fn must_have_passed(&self, name: &str) -> Result<(), String> {
        let codes: Vec<Option<i32>> = match (&self.exit_codes, &self.measurements) {
            (Some(codes), _) => codes.clone(),
            (None, Some(measurements)) => measurements.iter().map(|one| one.exit_code).collect(),
            (None, None) => return Err(format!("{name}: its exit codes are not reported")),
        };
        match codes.iter().find(|code| **code != Some(0)) {
            _ if codes.is_empty() => Err(format!("{name}: no run is reported")),
            None => Ok(()),
            Some(Some(code)) => Err(format!("{name}: exit code {code}: how fast something failed says nothing")),
            Some(None) => Err(format!("{name}: a signal ended it")),
        }
    }
}
