//! Judging a change that somebody else made, with the same sandbox, the same lanes and levels of its own.
//!
//! The baseline is where the change branched off, the candidate is the change; both are judged by the tests the change
//! brings, so that a new test counts as what it shows. Where the base cannot run with them, each side is judged by its
//! own. Writes nothing to the repository, takes no ticket, promotes nothing.

mod cases;
mod quantity;
pub mod sides;

use crate::context::Context;
use crate::error::EngineError;
use crate::improve::choose_backend;
use kaizen_domain::scorecard::CaseId;
use kaizen_gate::check::{Conclusion, Course, Verdict};
use sides::{Ends, Opened, Sides};

/// What the person asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The ref the change branched off from; else the branch the repository calls its main one.
    pub base: Option<String>,
    /// The ref with the change; else HEAD.
    pub head: Option<String>,
    /// The working tree as it is, against HEAD or `base`.
    pub dirty: bool,
    /// Stop beginning new pairs at this time, milliseconds since 1970-01-01 UTC.
    pub until: Option<i64>,
    /// "Not worse" means by no more than this share; else the metric's `max_regression`, or 5 %.
    pub margin: Option<f64>,
    /// Compare the suite's time where no metric is declared.
    pub time: bool,
}

/// What the cases said.
#[derive(Debug, Clone, PartialEq)]
pub struct Cases {
    /// Better where cases were gained for certain, worse where one was lost, else not worse.
    pub verdict: Verdict,
    /// Cases that pass with the change.
    pub passing: usize,
    /// Cases that ran with the change.
    pub executed: usize,
    /// Cases the change mends.
    pub gained: Vec<CaseId>,
    /// Cases the change breaks.
    pub lost: Vec<CaseId>,
    /// Cases that passed before and are gone.
    pub removed: Vec<CaseId>,
    /// The reasons in words.
    pub reasons: Vec<String>,
}

/// What a measured quantity said.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Which.
    pub metric: String,
    /// Whether less is better.
    pub lower: bool,
    /// The noise of a pair.
    pub noise: f64,
    /// What "not worse" allows, as a share.
    pub margin: f64,
    /// The answer with its evidence.
    pub conclusion: Conclusion,
    /// What every pair showed.
    pub course: Course,
    /// How long one pair takes, in seconds.
    pub pair_seconds: f64,
    /// The smallest effect this benchmark proves in the most pairs a check may have, as a share.
    pub provable: Option<f64>,
    /// The most pairs.
    pub most: u32,
    /// Pairs that were disturbed and measured again.
    pub again: u32,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// The two ends.
    pub ends: Ends,
    /// Files of the judge that the change edits.
    pub judge: Vec<String>,
    /// Whether each side had to be judged by its own tests.
    pub apart: bool,
    /// The sandbox.
    pub tier: String,
    /// Cases.
    pub cases: Cases,
    /// The measured quantity, where there is one.
    pub compared: Option<Compared>,
    /// Why the change could not be measured at all, where that is so.
    pub broken: Option<String>,
}

/// Judges the change.
pub async fn check(context: &Context, wish: &Wish) -> Result<Report, EngineError> {
    let ends = sides::ends(context, wish)?;
    let backend = choose_backend(context)?;
    match Sides::open(context, backend.as_ref(), &ends).await? {
        Opened::Broken(why) => Ok(broken(ends, why, backend.tier().to_string())),
        Opened::Sides(sides) => {
            let mut sides = *sides;
            let judged = judge(&mut sides, wish).await;
            let (judge_files, apart) = (sides.judge.clone(), sides.apart());
            let closed = sides.close();
            let (cases, compared) = judged?;
            closed?;
            let verdict = together(cases.verdict, compared.as_ref().map(|compared| compared.conclusion.verdict));
            let tier = backend.tier().to_string();
            Ok(Report { verdict, ends, judge: judge_files, apart, tier, cases, compared, broken: None })
        }
    }
}

async fn judge(sides: &mut Sides<'_>, wish: &Wish) -> Result<(Cases, Option<Compared>), EngineError> {
    let cases = cases::compare(sides, wish)?;
    if cases.verdict == Verdict::Worse {
        return Ok((cases, None));
    }
    let compared = quantity::compare(sides, wish).await?;
    Ok((cases, compared))
}

/// Worse where anything is; better where something is and nothing is open; else what is left.
fn together(cases: Verdict, quantity: Option<Verdict>) -> Verdict {
    match (cases, quantity) {
        (only, None) => only,
        (Verdict::Worse, _) | (_, Some(Verdict::Worse)) => Verdict::Worse,
        (Verdict::CannotTell, _) | (_, Some(Verdict::CannotTell)) => Verdict::CannotTell,
        (Verdict::Better, _) | (_, Some(Verdict::Better)) => Verdict::Better,
        (Verdict::NotWorse, Some(Verdict::NotWorse)) => Verdict::NotWorse,
    }
}

fn broken(ends: Ends, why: String, tier: String) -> Report {
    let cases = Cases {
        verdict: Verdict::Worse,
        passing: 0,
        executed: 0,
        gained: vec![],
        lost: vec![],
        removed: vec![],
        reasons: vec![format!("with the change {why}")],
    };
    Report { verdict: Verdict::Worse, ends, judge: vec![], apart: false, tier, cases, compared: None, broken: Some(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_better_while_something_is_open_and_worse_wins() {
        use Verdict::{Better, CannotTell, NotWorse, Worse};
        assert_eq!(together(Better, None), Better);
        assert_eq!(together(Better, Some(Worse)), Worse);
        assert_eq!(together(Worse, Some(Better)), Worse);
        assert_eq!(together(Better, Some(CannotTell)), CannotTell);
        assert_eq!(together(NotWorse, Some(Better)), Better);
        assert_eq!(together(NotWorse, Some(NotWorse)), NotWorse);
    }
}
