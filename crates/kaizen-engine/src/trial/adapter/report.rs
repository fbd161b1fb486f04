//! The judge's report file: what the Python and Node.js reporters append, line by line, and the verdict over it.
//!
//! Each line is a JSON object with the run's nonce and the writer's process id, and one of `begin`, `planned`, `case`, `coverage`, `end`.
//! Several runs, one after another or side by side, are several sections of one report. Every line must be there and make sense: a line
//! outside a section or after a section's end makes the report unreadable; one with another nonce is forged.

use super::shell::LONGEST_SELECTION;
use super::sound::{add_case, agrees, exit_code, something_ran};
use super::text::{last_lines, shortened};
use super::{Coverage, Finished, RawCase, Reading, Request};
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Reads the report and holds it against how the process ended. `hint` says what keeps a runner from reporting; `explain` may know
/// better what an exit code means.
pub(super) fn verdict(
    request: &Request<'_>,
    finished: &Finished<'_>,
    hint: &str,
    explain: fn(i32, &Finished<'_>) -> Option<RunFault>,
) -> Result<Reading, RunFault> {
    let code = exit_code(finished)?;
    let ended = || format!("exit code {code}; last output: {}", last_lines(finished));
    let Some(bytes) = finished.report.filter(|bytes| !bytes.is_empty()) else {
        let detail = || format!("no test runner reported, exit code {code}: {hint}; last output: {}", last_lines(finished));
        return Err(explain(code, finished).unwrap_or_else(|| RunFault::Incomplete { detail: detail() }));
    };
    let report = Report::parse(bytes, request.nonce)?;
    if let Some(fault) = report.statuses().find_map(|status| explain(status, finished)) {
        return Err(fault);
    }
    report.is_complete(ended)?;
    something_ran(&report.cases, finished)?;
    agrees(code, &report.cases, finished)?;
    let mut reading = Reading::of(report.cases, finished);
    reading.coverage = report.coverage;
    Ok(reading)
}

/// The ids by line, for the variable that tells a reporter what is selected; `None` when they cannot be handed over so.
pub(super) fn selection(only: &[CaseId]) -> Option<String> {
    let text = only.iter().map(|id| id.0.as_str()).collect::<Vec<_>>().join("\n");
    (text.len() <= LONGEST_SELECTION && !only.iter().any(|id| id.0.contains(['\n', '\0']))).then_some(text)
}

/// A report in which every line was understood.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) cases: BTreeMap<CaseId, RawCase>,
    pub(super) coverage: Coverage,
    sections: Vec<Section>,
}

#[derive(Debug, Default)]
struct Section {
    run: u64,
    planned: u64,
    reported: u64,
    end: Option<End>,
}

#[derive(Debug)]
struct End {
    count: u64,
    status: Option<i32>,
    missing: Vec<String>,
    missing_count: u64,
}

#[derive(Deserialize)]
struct Line {
    nonce: String,
    run: u64,
    begin: Option<f64>,
    planned: Option<u64>,
    case: Option<String>,
    outcome: Option<CaseOutcome>,
    seconds: Option<f64>,
    message: Option<String>,
    coverage: Option<String>,
    files: Option<BTreeMap<String, BTreeSet<u32>>>,
    end: Option<u64>,
    status: Option<i32>,
    missing: Option<Vec<String>>,
    missing_count: Option<u64>,
}

impl Report {
    pub(super) fn parse(bytes: &[u8], nonce: &str) -> Result<Self, RunFault> {
        let mut report = Self::default();
        for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
            let refuse = |why: String| RunFault::Unreadable { detail: format!("report line {}: {why}", index + 1) };
            let line: Line = serde_json::from_slice(line).map_err(|error| refuse(error.to_string()))?;
            if line.nonce != nonce {
                return Err(RunFault::Forged { detail: format!("line {} does not carry this run's secret", index + 1) });
            }
            report.take(line).map_err(|fault| match fault {
                Refused::Line(why) => refuse(why),
                Refused::Run(fault) => fault,
            })?;
        }
        Ok(report)
    }

    fn take(&mut self, line: Line) -> Result<(), Refused> {
        if line.begin.is_some() {
            if self.open(line.run).is_some() {
                return Err(Refused::Line("a run begins inside another run of the same process".into()));
            }
            self.sections.push(Section { run: line.run, ..Section::default() });
            return Ok(());
        }
        let section = self.open(line.run).ok_or_else(|| Refused::Line("it belongs to no run that has begun and not ended".into()))?;
        if let Some(planned) = line.planned {
            section.planned = planned;
        } else if let Some(count) = line.end {
            let (missing, missing_count) = (line.missing.unwrap_or_default(), line.missing_count.unwrap_or(0));
            section.end = Some(End { count, status: line.status, missing, missing_count });
        } else if let Some(case) = line.coverage {
            self.coverage.insert(CaseId(case), line.files.unwrap_or_default());
        } else {
            section.reported += 1;
            let (id, case) = case(line)?;
            add_case(&mut self.cases, id, case).map_err(Refused::Run)?;
        }
        Ok(())
    }

    fn open(&mut self, run: u64) -> Option<&mut Section> {
        self.sections.iter_mut().rev().find(|section| section.run == run && section.end.is_none())
    }

    /// The exit statuses the runners gave.
    pub(super) fn statuses(&self) -> impl Iterator<Item = i32> {
        self.sections.iter().filter_map(|section| section.end.as_ref()?.status)
    }

    /// Refuses a report with a run that did not end, or ended without some of its cases. `ended` says how the process did.
    pub(super) fn is_complete(&self, ended: impl Fn() -> String) -> Result<(), RunFault> {
        self.sections.iter().find_map(|section| section.lack(&ended)).map_or(Ok(()), |detail| Err(RunFault::Incomplete { detail }))
    }
}

impl Section {
    fn lack(&self, ended: &impl Fn() -> String) -> Option<String> {
        let Some(end) = &self.end else {
            return Some(format!("{} of {} cases were reported when the process ended ({})", self.reported, self.planned, ended()));
        };
        if end.count != self.reported {
            return Some(format!("the runner counted {} cases, {} are in the report", end.count, self.reported));
        }
        (end.missing_count > 0)
            .then(|| format!("{} of {} cases did not run: {} ({})", end.missing_count, self.planned, shortened(&end.missing), ended()))
    }
}

enum Refused {
    Line(String),
    Run(RunFault),
}

fn case(line: Line) -> Result<(CaseId, RawCase), Refused> {
    let (Some(id), Some(outcome)) = (line.case, line.outcome) else {
        return Err(Refused::Line("it is no case, no coverage, no plan, no begin and no end".into()));
    };
    let duration = line.seconds.map(Duration::try_from_secs_f64).transpose();
    let duration = duration.map_err(|error| Refused::Line(format!("seconds of {id}: {error}")))?;
    Ok((CaseId(id), RawCase { duration, message: line.message, ..RawCase::of(outcome) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_that_does_not_fit_a_variable_is_not_handed_over() {
        let many: Vec<CaseId> = (0..20_000).map(|number| CaseId(format!("tests.a.{number}"))).collect();
        assert_eq!(selection(&many), None);
        assert_eq!(selection(&many[..2]).as_deref(), Some("tests.a.0\ntests.a.1"));
        assert_eq!(selection(&[CaseId("a\nb".into())]), None);
    }
}
