//! Screening: a run of each candidate beside runs of the baseline, then a few more of those that look better.
//!
//! It proves nothing: it saves the gate from what breaks a case or shows no sign of a gain.

use super::candidates::Ranked;
use crate::error::EngineError;
use crate::progress::Progress;
use crate::propose::prior::Account;
use crate::propose::search::{Memory, Screening, compare, key, remember, tampering};
use crate::propose::tune::Goal;
use crate::session::Session;
use crate::trial::judge::Judge;
use kaizen_domain::change::Change;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::scorecard::{CaseOutcome, Scorecard};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_sandbox::workspace::FileWrite;

/// Candidates that get a run at most.
const FIRST: usize = 48;
/// Of those, the best ones that get more.
const SECOND: usize = 6;
/// How many more.
const MORE: usize = 2;
/// A candidate that looks worse than the baseline by more than this many times the noise of a pair is out.
const HOPELESS: f64 = 1.0;
/// What is left must look better by this many times the noise of a pair.
const SIGN: f64 = 0.3;

/// A candidate that broke nothing and looks better.
pub(super) struct Promising {
    pub(super) ranked: Ranked,
    pub(super) change: Change,
    /// Its place in the search, from 1.
    pub(super) number: usize,
    /// What each run of it seemed to gain.
    pub(super) seen: Vec<f64>,
}

impl Promising {
    fn mean(&self) -> f64 {
        self.seen.iter().sum::<f64>() / self.seen.len().max(1) as f64
    }

    /// The share of the quantity it seemed to save.
    pub(super) fn gain(&self) -> f64 {
        -(-self.mean()).exp_m1()
    }
}

fn best_first(all: &mut [Promising]) {
    all.sort_by(|a, b| b.mean().total_cmp(&a.mean()).then(a.number.cmp(&b.number)));
}

/// One screening.
pub(super) struct Screen<'s, 'c> {
    session: &'s mut Session<'c>,
    hypothesis: &'s Hypothesis,
    goal: Goal,
    /// What runs of the baseline cost.
    base: Vec<f64>,
    kept: Vec<Promising>,
    /// How many candidates were looked at.
    pub(super) screened: usize,
}

enum Step {
    Known,
    Out(Memory),
    Better(Change, f64),
}

impl<'s, 'c> Screen<'s, 'c> {
    pub(super) fn open(session: &'s mut Session<'c>, hypothesis: &'s Hypothesis, goal: Goal) -> Result<Self, EngineError> {
        let mut screen = Self { session, hypothesis, goal, base: Vec::new(), kept: Vec::new(), screened: 0 };
        for _ in 0..=MORE {
            screen.measure_base()?;
        }
        Ok(screen)
    }

    fn measure_base(&mut self) -> Result<(), EngineError> {
        let card = tokio::task::block_in_place(|| self.session.run(&[], None))?.measured;
        self.base.extend(card.ok().as_ref().and_then(|card| self.goal.loss(card)));
        Ok(())
    }

    /// The middle one of the baseline's runs.
    fn usual(&self) -> Option<f64> {
        let mut sorted = self.base.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }

    /// The first round.
    pub(super) async fn all(&mut self, ranked: Vec<Ranked>, account: &mut Account) -> Result<(), EngineError> {
        let context = self.session.context;
        let of = ranked.len();
        for (place, one) in ranked.into_iter().enumerate() {
            if self.screened >= FIRST {
                break;
            }
            context.checkpoint()?;
            let key = key(&one.candidate);
            let step = self.one(&one).await?;
            context.report(Progress::Screened { tried: place + 1, of });
            context.faults.at("speed.screened")?;
            self.screened += usize::from(!matches!(step, Step::Known));
            match step {
                Step::Known => {}
                Step::Out(memory) => {
                    account.tried(key, false);
                    remember(context, self.hypothesis, memory).await?;
                }
                Step::Better(change, gain) => {
                    account.tried(key, true);
                    self.kept.push(Promising { ranked: one, change, number: place + 1, seen: vec![gain] });
                }
            }
        }
        Ok(())
    }

    async fn one(&mut self, ranked: &Ranked) -> Result<Step, EngineError> {
        let context = self.session.context;
        let Ok(change) = ranked.candidate.change() else { return Ok(Step::Known) };
        let identity = change.hash();
        if !context.store.tried(context.project, self.hypothesis.idea.baseline, &[identity]).await?.is_empty() {
            return Ok(Step::Known);
        }
        let out = |why: &str| Step::Out((identity, why.to_owned(), ranked.candidate.summary.clone()));
        let never = change.paths().any(|path| context.config.permissions.never.matches(path));
        if never || tampering(self.session, &change).is_some() {
            return Ok(out("never"));
        }
        let least = -HOPELESS * self.goal.scale;
        Ok(match self.run(&ranked.candidate.writes())? {
            Ok(gain) if gain > least => Step::Better(change, gain),
            Ok(_) => out("no gain"),
            Err(why) => out(&why),
        })
    }

    /// What one run of a candidate gains, or what it breaks.
    fn run(&mut self, writes: &[FileWrite]) -> Result<Result<f64, String>, EngineError> {
        let measured = tokio::task::block_in_place(|| self.session.run(writes, None))?.measured;
        let card = match measured {
            Ok(card) => card,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        Ok(self.judged(&card))
    }

    fn judged(&self, card: &Scorecard) -> Result<f64, String> {
        if let Screening::Worse(why) | Screening::Forged(why) = compare(self.session, card, &[]) {
            return Err(why);
        }
        let broken = || "broke a guardrail, or gave no value".to_owned();
        let (loss, usual) = (self.goal.loss(card).ok_or_else(broken)?, self.usual().ok_or_else(broken)?);
        Ok(usual - loss)
    }

    /// The later rounds: those that look better, best first. The declared checks pass with the first of them.
    pub(super) async fn best(mut self) -> Result<Vec<Promising>, EngineError> {
        let mut kept = std::mem::take(&mut self.kept);
        best_first(&mut kept);
        let rest = kept.split_off(kept.len().min(SECOND));
        let mut better = Vec::new();
        for mut one in kept {
            match self.again(&mut one)? {
                None => better.push(one),
                Some(why) => self.forget(&one, why).await?,
            }
        }
        // They looked no better than those that were tried again.
        for one in rest.iter().filter(|one| one.mean() < self.least()) {
            self.forget(one, "no gain".into()).await?;
        }
        best_first(&mut better);
        while let Some(first) = better.first() {
            let Some(why) = self.failing_check(&first.ranked.candidate.writes())? else { break };
            let first = better.remove(0);
            self.forget(&first, why).await?;
        }
        Ok(better)
    }

    /// More runs, each beside one of the baseline; why it is out, where it is.
    fn again(&mut self, one: &mut Promising) -> Result<Option<String>, EngineError> {
        let writes = one.ranked.candidate.writes();
        for _ in 0..MORE {
            self.session.context.checkpoint()?;
            self.measure_base()?;
            match self.run(&writes)? {
                Ok(gain) => one.seen.push(gain),
                Err(why) => return Ok(Some(why)),
            }
        }
        Ok((one.mean() < self.least()).then(|| "no gain".to_owned()))
    }

    /// What is kept has to look better by as much.
    fn least(&self) -> f64 {
        (self.goal.min_gain / 2.0).max(SIGN * self.goal.scale)
    }

    async fn forget(&self, one: &Promising, why: String) -> Result<(), EngineError> {
        let memory = (one.change.hash(), why, one.ranked.candidate.summary.clone());
        remember(self.session.context, self.hypothesis, memory).await
    }

    /// The first declared check that fails with these files.
    fn failing_check(&mut self, writes: &[FileWrite]) -> Result<Option<String>, EngineError> {
        if self.session.context.config.benchmark.checks.is_empty() {
            return Ok(None);
        }
        let measured = tokio::task::block_in_place(|| self.session.judge(writes).measure(Stage::Checks, Arm::Candidate, None))?;
        Ok(match measured {
            Ok(card) => {
                card.cases.iter().find(|(_, case)| case.outcome != CaseOutcome::Pass).map(|(check, _)| format!("check failed: {check}"))
            }
            Err(fault) => Some(fault.to_string()),
        })
    }
}
