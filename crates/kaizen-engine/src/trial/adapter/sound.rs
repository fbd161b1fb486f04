//! When a run is sound: it ended by itself, its end agrees with its cases, some of them ran, and each has one outcome.

use super::text::{last_lines, shortened};
use super::{Ended, Finished, RawCase};
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
use std::collections::BTreeMap;

/// The exit code of a process that ended by itself. A shell reports the death of its child as 128 + signal, and a command it could not
/// run as 126 or 127; both are told apart from a benchmark that had its say.
pub(super) fn exit_code(finished: &Finished<'_>) -> Result<i32, RunFault> {
    Err(match finished.ended {
        Ended::Exit(code @ 129..=159) => RunFault::Crashed { signal: code - 128 },
        Ended::Exit(126 | 127) => RunFault::NotStarted { detail: last_lines(finished) },
        Ended::Exit(code) => return Ok(code),
        Ended::Signal(signal) => RunFault::Crashed { signal },
        Ended::TimedOut(limit) => RunFault::TimedOut { limit },
        Ended::Flooded(limit) => RunFault::Flooded { limit },
        Ended::OutOfMemory(limit) => RunFault::OutOfMemory { limit },
        Ended::NotStarted(reason) => RunFault::NotStarted { detail: reason.to_owned() },
    })
}

/// Refuses an exit code that says something else than the cases do: cases failed if, and only if, the code is not zero.
pub(super) fn agrees(code: i32, cases: &BTreeMap<CaseId, RawCase>, finished: &Finished<'_>) -> Result<(), RunFault> {
    let failing: Vec<String> = cases.iter().filter(|(_, case)| case.outcome.is_failing()).map(|(id, _)| id.to_string()).collect();
    match (code, failing.is_empty()) {
        (0, true) => Ok(()),
        (0, false) => {
            Err(RunFault::Unreadable { detail: format!("exit code 0 contradicts {} failing: {}", failing.len(), shortened(&failing)) })
        }
        (_, false) => Ok(()),
        (_, true) => {
            Err(RunFault::Incomplete { detail: format!("exit code {code} although no case failed; last output: {}", last_lines(finished)) })
        }
    }
}

/// Refuses a run in which no case was executed.
pub(super) fn something_ran(cases: &BTreeMap<CaseId, RawCase>, finished: &Finished<'_>) -> Result<(), RunFault> {
    if cases.values().any(|case| case.outcome != CaseOutcome::Skip) {
        return Ok(());
    }
    let seen = if cases.is_empty() { "no case was reported".to_owned() } else { format!("all {} cases were skipped", cases.len()) };
    Err(RunFault::NothingRan { detail: format!("{seen}; last output: {}", last_lines(finished)) })
}

/// Refuses a run in which no case was executed, or that ended worse than its cases explain. It may end better: a pipe swallows the exit
/// code, and builds are told to go on after failures.
pub(super) fn no_worse_than(cases: &BTreeMap<CaseId, RawCase>, code: i32, finished: &Finished<'_>) -> Result<(), RunFault> {
    something_ran(cases, finished)?;
    if code == 0 { Ok(()) } else { agrees(code, cases, finished) }
}

/// Adds a case; the same name again gets `#2` and so on.
pub(super) fn add_numbered(cases: &mut BTreeMap<CaseId, RawCase>, name: &str, case: RawCase) {
    let mut id = CaseId(name.to_owned());
    let mut count = 1;
    while cases.contains_key(&id) {
        count += 1;
        id = CaseId(format!("{name}#{count}"));
    }
    cases.insert(id, case);
}

/// Adds a case. The same id twice is one case that took the time of both as long as both ended alike; where they did not, no outcome
/// would be honest.
pub(super) fn add_case(cases: &mut BTreeMap<CaseId, RawCase>, id: CaseId, case: RawCase) -> Result<(), RunFault> {
    match cases.get_mut(&id) {
        None => {
            cases.insert(id, case);
        }
        Some(first) if first.outcome == case.outcome => {
            first.duration = first.duration.zip(case.duration).map(|(one, two)| one.saturating_add(two));
        }
        Some(first) => {
            let detail = format!("case {id} was reported twice, as {:?} and as {:?}", first.outcome, case.outcome);
            return Err(RunFault::Unreadable { detail });
        }
    }
    Ok(())
}
