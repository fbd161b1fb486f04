//! Stand-ins: failing cases that are no tests of their own but stand for tests that could not even be loaded.
//!
//! A test module that cannot be imported is one error under a name of its own. Mended, it vanishes, and the module's
//! cases appear in its place: another set of cases, although nothing was lost. [`fold`] puts the stand-in back: it
//! passes when cases it stood for ran and none of them failed.

use super::{RawCase, Reading};
use kaizen_domain::scorecard::{CaseId, CaseOutcome};

/// What a failing case stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// How the ids of the cases begin that could not be loaded.
    pub prefixes: Vec<String>,
    /// Whether those cases are listed beside it even so.
    pub listed: bool,
}

impl StandIn {
    fn covers(&self, case: &CaseId) -> bool {
        self.prefixes.iter().any(|prefix| case.0.starts_with(prefix))
    }
}

/// Puts each missing stand-in of the baseline back in place of the cases it stood for.
pub(super) fn fold(reading: &mut Reading, baseline: &[(CaseId, StandIn)]) {
    let is_stand_in = |case: &CaseId| baseline.iter().any(|(id, _)| id == case);
    for (id, stand_in) in baseline.iter().filter(|(id, _)| !reading.cases.contains_key(id)).collect::<Vec<_>>() {
        let covered = |case: &CaseId| stand_in.covers(case) && !is_stand_in(case);
        let members: Vec<(&CaseId, &RawCase)> = reading.cases.iter().filter(|(case, _)| covered(case)).collect();
        let Some(verdict) = verdict(&members) else { continue };
        if !stand_in.listed {
            reading.cases.retain(|case, _| !covered(case));
        }
        reading.cases.insert(id.clone(), verdict);
    }
}

/// Makes selected cases that are missing errors where what stands for their file or package (its name with this end) failed.
pub(super) fn mark_missing(reading: &mut Reading, only: &[CaseId], end: &str) {
    for id in only.iter().filter(|id| !reading.cases.contains_key(id)).collect::<Vec<_>>() {
        let whole = id.0.split("::").next().unwrap_or_default();
        let broken = reading.cases.get(&CaseId(format!("{whole}{end}"))).filter(|case| case.outcome.is_failing());
        if let Some(message) = broken.map(|case| case.message.clone()) {
            reading.cases.insert(id.clone(), RawCase { message, ..RawCase::of(CaseOutcome::Error) });
        }
    }
}

/// `None` when nothing came in its place: then it is missing, and the judge says so.
fn verdict(members: &[(&CaseId, &RawCase)]) -> Option<RawCase> {
    let failing: Vec<_> = members.iter().filter(|(_, case)| case.outcome.is_failing()).collect();
    if let Some((first, _)) = failing.first() {
        let message = format!("it can be loaded; {} of its {} cases fail, {first} first", failing.len(), members.len());
        return Some(RawCase { message: Some(message), ..RawCase::of(CaseOutcome::Fail) });
    }
    let passed = members.iter().any(|(_, case)| case.outcome == CaseOutcome::Pass);
    (!members.is_empty()).then(|| RawCase::of(if passed { CaseOutcome::Pass } else { CaseOutcome::Skip }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(cases: &[(&str, CaseOutcome)]) -> Reading {
        let cases = cases.iter().map(|(id, outcome)| (CaseId((*id).into()), RawCase::of(*outcome))).collect();
        Reading { cases, ..Reading::default() }
    }

    fn folded(cases: &[(&str, CaseOutcome)], listed: bool) -> Vec<(String, CaseOutcome)> {
        let mut reading = reading(cases);
        fold(&mut reading, &[(CaseId("m::<collection>".into()), StandIn { prefixes: vec!["m::".into()], listed })]);
        reading.cases.into_iter().map(|(id, case)| (id.0, case.outcome)).collect()
    }

    #[test]
    fn a_stand_in_passes_only_when_all_it_stood_for_does() {
        use CaseOutcome::{Error, Fail, Pass, Skip};
        let one = |outcome| vec![("m::<collection>".to_owned(), outcome)];
        assert_eq!(folded(&[("m::a", Pass), ("m::b", Skip)], false), one(Pass));
        assert_eq!(folded(&[("m::a", Pass), ("m::b", Error)], false), one(Fail));
        assert_eq!(folded(&[("m::a", Skip)], false), one(Skip));
        assert_eq!(folded(&[("m::<collection>", Error)], false), one(Error));
        assert_eq!(folded(&[("other::a", Pass)], false), [("other::a".to_owned(), Pass)], "nothing came in its place");
        let both = [("m::<collection>".to_owned(), Pass), ("m::a".to_owned(), Pass)];
        assert_eq!(folded(&[("m::a", Pass)], true), both, "the listed stay");
    }
}
