//! From coins and samples to the pairs of a stage.
//!
//! A pair is complete when both arms gave a scorecard, in the order of its coin. A fault of the candidate vetoes; a fault of the baseline or
//! of the judge's machinery drops the pair for both arms; a disturbed pair is dropped and another is measured. The place of a sample among
//! those of other pairs does not matter. A sample without a coin, out of the coin's order or recorded twice ends the trial without an answer.

use crate::runs::Ruling;
use kaizen_domain::decision::Reason;
use kaizen_domain::scorecard::{Measured, RunFault, Scorecard};
use kaizen_domain::trial::{Arm, Coin, Sample, Stage};

/// Both arms of one pair.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// Its number within the stage.
    pub number: u32,
    /// Which arm ran first.
    pub first: Arm,
    /// The baseline's run.
    pub baseline: &'a Scorecard,
    /// The candidate's run.
    pub candidate: &'a Scorecard,
}

/// What a stage needs next to get one more complete pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Toss(u32),
    Run(u32, Arm),
}

/// The pairs of a stage, by number.
pub(crate) struct Pairs<'a> {
    pub(crate) stage: Stage,
    pub(crate) complete: Vec<Pair<'a>>,
    pub(crate) need: Need,
    /// Pairs dropped for faults of the baseline or the machinery, and the last such fault.
    pub(crate) dropped: (u32, Option<&'a RunFault>),
    /// Pairs dropped because the machine was not quiet, and the last such fault.
    pub(crate) disturbed: (u32, Option<&'a RunFault>),
    /// The first thing that ends the trial: a fault of the candidate, a contradiction of the coins.
    pub(crate) ruling: Option<Ruling>,
}

#[derive(Clone, Copy)]
struct Slot<'a> {
    first: Option<Arm>,
    /// Place in the record and result of the baseline's and the candidate's run.
    runs: [Option<(usize, &'a Measured)>; 2],
}

/// How a pair stands.
enum Standing<'a> {
    Open(Arm),
    Complete(Pair<'a>),
    Dropped(&'a RunFault),
    Disturbed(&'a RunFault),
}

impl<'a> Pairs<'a> {
    /// Reads a stage. What ends the trial is kept beside the pairs that are complete.
    pub(crate) fn read(stage: Stage, coins: &[Coin], samples: &'a [Sample]) -> Self {
        let mut pairs = Self { stage, complete: Vec::new(), need: Need::Toss(0), dropped: (0, None), disturbed: (0, None), ruling: None };
        match slots(stage, coins, samples) {
            Ok(slots) => pairs.fill(&slots),
            Err(ruling) => pairs.ruling = Some(ruling),
        }
        pairs
    }

    fn fill(&mut self, slots: &[Slot<'a>]) {
        self.need = Need::Toss(slots.len() as u32);
        self.complete.reserve(slots.len());
        for (number, slot) in (0..).zip(slots) {
            match standing(self.stage, number, slot) {
                Ok(standing) => self.take(number, standing),
                Err(ruling) => self.ruling = self.ruling.take().or(Some(ruling)),
            }
        }
    }

    fn take(&mut self, number: u32, standing: Standing<'a>) {
        match standing {
            Standing::Open(arm) if matches!(self.need, Need::Toss(_)) => self.need = Need::Run(number, arm),
            Standing::Open(_) => {}
            Standing::Complete(pair) => self.complete.push(pair),
            Standing::Dropped(fault) => self.dropped = (self.dropped.0 + 1, Some(fault)),
            Standing::Disturbed(fault) => self.disturbed = (self.disturbed.0 + 1, Some(fault)),
        }
    }

    /// The scorecards of one arm, in the order of the pairs.
    pub(crate) fn cards(&self, arm: Arm) -> Vec<&'a Scorecard> {
        let of = |pair: &Pair<'a>| if arm == Arm::Baseline { pair.baseline } else { pair.candidate };
        self.complete.iter().map(of).collect()
    }
}

/// The complete pairs of a stage, for those who look on (calibration, reports).
///
/// Errors: the reason a trial would end with, where a run of the candidate failed or the record contradicts its coins.
pub fn complete<'a>(stage: Stage, coins: &[Coin], samples: &'a [Sample]) -> Result<Vec<Pair<'a>>, Reason> {
    let pairs = Pairs::read(stage, coins, samples);
    pairs.ruling.map_or(Ok(pairs.complete), |ruling| Err(ruling.reason))
}

fn contradiction(stage: Stage, pair: u32, detail: &str) -> Ruling {
    Ruling::undecided(Reason::CoinContradicted { stage, pair, detail: detail.to_owned() })
}

fn slots<'a>(stage: Stage, coins: &[Coin], samples: &'a [Sample]) -> Result<Vec<Slot<'a>>, Ruling> {
    let tossed = coins.iter().filter(|coin| coin.stage == stage);
    let mut slots = vec![Slot { first: None, runs: [None; 2] }; tossed.clone().count()];
    for coin in tossed {
        let slot = slots.get_mut(coin.pair as usize).ok_or_else(|| contradiction(stage, coin.pair, "a coin before it is missing"))?;
        if slot.first.replace(coin.first).is_some() {
            return Err(contradiction(stage, coin.pair, "its coin was tossed twice"));
        }
    }
    for (place, sample) in samples.iter().enumerate().filter(|(_, sample)| sample.stage == stage) {
        let slot = slots.get_mut(sample.pair as usize).ok_or_else(|| contradiction(stage, sample.pair, "it ran without a coin"))?;
        if slot.runs[side(sample.arm)].replace((place, &sample.measured)).is_some() {
            return Err(contradiction(stage, sample.pair, "one side was recorded twice"));
        }
    }
    Ok(slots)
}

fn side(arm: Arm) -> usize {
    usize::from(arm == Arm::Candidate)
}

fn standing<'a>(stage: Stage, number: u32, slot: &Slot<'a>) -> Result<Standing<'a>, Ruling> {
    let first = slot.first.ok_or_else(|| contradiction(stage, number, "its coin is missing"))?;
    let (early, late) = (slot.runs[side(first)], slot.runs[side(first.other())]);
    let (early, late) = match (early, late) {
        (None, None) => return Ok(Standing::Open(first)),
        (None, Some(_)) => return Err(contradiction(stage, number, "the other side ran first")),
        (Some((before, _)), Some((after, _))) if after < before => {
            return Err(contradiction(stage, number, "the other side ran first"));
        }
        (Some((_, early)), late) => (early, late.map(|(_, late)| late)),
    };
    for (arm, measured) in [(first, Some(early)), (first.other(), late)] {
        if let Some(Err(fault)) = measured {
            return faulty(arm, fault);
        }
    }
    Ok(match late {
        None => Standing::Open(first.other()),
        Some(late) => both(number, first, early, late),
    })
}

fn both<'a>(number: u32, first: Arm, early: &'a Measured, late: &'a Measured) -> Standing<'a> {
    match (early, late) {
        (Ok(early), Ok(late)) => {
            let (baseline, candidate) = if first == Arm::Baseline { (early, late) } else { (late, early) };
            Standing::Complete(Pair { number, first, baseline, candidate })
        }
        (Err(fault), _) | (_, Err(fault)) => Standing::Dropped(fault),
    }
}

fn faulty(arm: Arm, fault: &RunFault) -> Result<Standing<'_>, Ruling> {
    match (fault, arm) {
        (RunFault::Disturbed { .. }, _) => Ok(Standing::Disturbed(fault)),
        (RunFault::Harness { .. }, _) | (_, Arm::Baseline) => Ok(Standing::Dropped(fault)),
        (_, Arm::Candidate) => Err(Ruling::rejected(Reason::CandidateFault { detail: fault.to_string() })),
    }
}
