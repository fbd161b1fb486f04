//! Screening for a weakness of flaky cases: is a candidate worth a trial, or was it lucky?
//!
//! One run says nothing of a case that passes now and then. So a candidate runs again and again while the odds between "as before" and
//! "two of three failures are gone" are open (Wald's sequential test): most that change nothing end after a few runs, one that mends the
//! case gets about a dozen. None of these runs is evidence: the trial makes its own.

use super::{Screening, compare, faulty, gains};
use crate::error::EngineError;
use crate::session::Session;
use crate::subject::code::Candidate;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, Scorecard};
use kaizen_sandbox::workspace::FileWrite;
use kaizen_store::FlakyCase;

/// Runs of one candidate at most.
pub const MOST: u32 = 24;

/// How many times as likely "mended" must be for a candidate to be taken at once.
const PROMISING: f64 = 300.0;

/// How many times as likely it must be after the last run.
const LIKELY: f64 = 20.0;

/// The odds below which a case is given up.
const HOPELESS: f64 = 0.2;

/// The share of a case's failures that is left where it counts as mended.
const LEFT: f64 = 1.0 / 3.0;

/// What a change is remembered and gets its ticket under where it should mend flaky cases: it may have been tried for others, too.
pub fn identity(change: ContentHash, cases: &[CaseId]) -> ContentHash {
    let change = change.to_string();
    let cases = cases.iter().map(|case| case.0.as_bytes());
    ContentHash::of_parts([change.as_bytes(), b"flaky".as_slice()].into_iter().chain(cases))
}

/// Screens a candidate for these cases. `fresh`: nobody looked yet whether it gains a case that fails every time; where it does, its
/// trial will be about that.
pub(in crate::propose) fn screen(
    session: &mut Session<'_>,
    candidate: &Candidate,
    cases: &[CaseId],
    fresh: bool,
) -> Result<Screening, EngineError> {
    let writes = candidate.writes();
    let failing = if fresh { session.failing() } else { Vec::new() };
    let asked = [cases, failing.as_slice()].concat();
    let select = session.can_select() && asked.len() < session.card.cases.len();
    let only = select.then_some(asked.as_slice());
    let mut race = Race::of(cases.iter().filter_map(|case| session.flaky.get(case)));
    for run in 0..MOST {
        let card = match session.run(&writes, only)?.measured {
            Ok(card) => card,
            Err(fault) => return Ok(faulty(&fault)),
        };
        let gained = run == 0 && gains(session, &card, &failing);
        let seen = match select {
            false if run == 0 => compare(session, &card, &failing),
            true if gained => whole(session, &writes, &failing)?,
            _ => Screening::NoGain,
        };
        if seen != Screening::NoGain {
            return Ok(seen);
        }
        race.take(&card);
        if race.is_lost() || race.winner(PROMISING).is_some() {
            break;
        }
    }
    let Some(case) = race.winner(LIKELY) else { return Ok(Screening::NoGain) };
    let lost = if select { whole(session, &writes, &[])? } else { Screening::NoGain };
    Ok(if lost == Screening::NoGain { Screening::Mended(case) } else { lost })
}

/// The whole suite, once.
fn whole(session: &mut Session<'_>, writes: &[FileWrite], failing: &[CaseId]) -> Result<Screening, EngineError> {
    Ok(match session.run(writes, None)?.measured {
        Ok(card) => compare(session, &card, failing),
        Err(fault) => faulty(&fault),
    })
}

/// The odds of each case that may still turn out to be mended.
struct Race {
    open: Vec<Odds>,
    /// Of how many cases one can look mended by luck.
    entered: usize,
}

/// ln of how many times as likely a case's runs are if it is mended, and what one run more adds.
struct Odds {
    case: CaseId,
    log: f64,
    pass: f64,
    fail: f64,
}

impl Race {
    fn of<'f>(cases: impl Iterator<Item = &'f FlakyCase>) -> Self {
        let open: Vec<Odds> = cases.map(Odds::of).collect();
        Self { entered: open.len().max(1), open }
    }

    fn take(&mut self, card: &Scorecard) {
        self.open.iter_mut().for_each(|odds| odds.take(card));
        self.open.retain(|odds| odds.log > HOPELESS.ln());
    }

    fn is_lost(&self) -> bool {
        self.open.is_empty()
    }

    fn winner(&self, bar: f64) -> Option<CaseId> {
        let best = self.open.iter().max_by(|a, b| a.log.total_cmp(&b.log))?;
        (best.log >= (bar * self.entered as f64).ln()).then(|| best.case.clone())
    }
}

impl Odds {
    fn of(flaky: &FlakyCase) -> Self {
        let passing = (flaky.passes as f64 + 1.0) / ((flaky.passes + flaky.fails) as f64 + 2.0);
        let mended = 1.0 - (1.0 - passing) * LEFT;
        Self { case: flaky.case.clone(), log: 0.0, pass: (mended / passing).ln(), fail: LEFT.ln() }
    }

    fn take(&mut self, card: &Scorecard) {
        let passed = card.cases.get(&self.case).is_some_and(|result| result.outcome == CaseOutcome::Pass);
        self.log += if passed { self.pass } else { self.fail };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::points::Points;
    use kaizen_domain::scorecard::CaseResult;

    fn flaky(name: &str, passes: u64, fails: u64) -> FlakyCase {
        FlakyCase { case: CaseId(name.into()), passes, fails }
    }

    fn card(outcomes: &[(&str, bool)]) -> Scorecard {
        let result = |passed: bool| CaseResult {
            outcome: if passed { CaseOutcome::Pass } else { CaseOutcome::Fail },
            points: Points::ZERO,
            worth: Points::ONE,
            category: "all".into(),
            duration: None,
            message: None,
        };
        let cases = outcomes.iter().map(|(name, passed)| (CaseId((*name).into()), result(*passed))).collect();
        Scorecard { cases, ..Scorecard::default() }
    }

    /// After how many runs it is taken (true) or given up.
    fn ends(known: &FlakyCase, passes: impl Fn(u32) -> bool) -> (u32, bool) {
        let mut race = Race::of(std::iter::once(known));
        for run in 1..=MOST {
            race.take(&card(&[(&known.case.0, passes(run))]));
            if race.is_lost() || race.winner(PROMISING).is_some() {
                return (run, !race.is_lost());
            }
        }
        (MOST, race.winner(LIKELY).is_some())
    }

    #[test]
    fn a_candidate_that_always_passes_is_taken_after_about_a_dozen_runs_and_survives_one_failure() {
        let known = flaky("a", 10, 10);
        let (runs, taken) = ends(&known, |_| true);
        assert!((8..=14).contains(&runs) && taken, "{runs}");
        assert!(ends(&known, |run| run != 5).1);
        assert!(ends(&flaky("a", 3, 17), |_| true).0 < runs, "the more often it failed the sooner");
    }

    #[test]
    fn failures_end_it_soon_and_passing_as_often_as_before_is_no_promise() {
        let known = flaky("a", 10, 10);
        assert_eq!(ends(&known, |_| false), (2, false));
        assert!(!ends(&known, |run| run % 2 == 0).1);
        assert!(!ends(&flaky("a", 18, 2), |run| run % 10 != 0).1);
    }

    #[test]
    fn the_case_that_looks_mended_is_named_and_more_cases_ask_for_more() {
        let (a, b) = (flaky("a", 10, 10), flaky("b", 10, 10));
        let mut race = Race::of([&a, &b].into_iter());
        let mut runs = 0;
        while race.winner(PROMISING).is_none() {
            runs += 1;
            race.take(&card(&[("a", false), ("b", true)]));
        }
        assert_eq!(race.winner(PROMISING), Some(b.case.clone()));
        assert!(runs > ends(&b, |_| true).0);
    }

    #[test]
    fn a_change_is_remembered_apart_for_each_set_of_cases() {
        let change = ContentHash::of(b"change");
        let of = |cases: &[&str]| identity(change, &cases.iter().map(|case| CaseId((*case).into())).collect::<Vec<_>>());
        assert!(of(&["a"]) != of(&["b"]) && of(&["a"]) != of(&["a", "b"]) && of(&["a"]) != change);
    }
}
