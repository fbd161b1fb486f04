//! The escalation ladder: small models first, larger ones when what they said does not stand up.
//!
//! A try counts as a success only when a verifier says so: the fix passed its trial, the JSON satisfies its schema and its
//! content checks. Each try is charged before it runs and settled after it, however it ended. A tier the purse refuses is
//! left out with its reason. What is reported is what was tried, in order; nothing here talks to a provider.

pub mod expect;
pub mod schema;

use kaizen_domain::money::{Price, Usage, Usd};
use std::future::Future;

/// One rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// How it is called in metrics.
    pub name: String,
    /// The model, `provider/model`.
    pub model: String,
    /// How often it is tried.
    pub tries: u32,
}

/// How often a model is tried where nobody says: often where it costs nothing, once where it does.
pub fn usual_tries(free: bool) -> u32 {
    if free { 3 } else { 1 }
}

/// What the purse says before a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Charge {
    /// The most it can cost is set aside.
    Taken,
    /// There is no money for it, and why.
    Refused(String),
}

/// What a try gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Ran {
    /// The model answered.
    Answered {
        /// What it said.
        text: String,
        /// Its tokens, where they are known.
        usage: Option<Usage>,
        /// What it cost, where that is known.
        cost: Option<Usd>,
    },
    /// It did not.
    Failed {
        /// Why.
        why: String,
        /// What it cost nevertheless, where that is known.
        cost: Option<Usd>,
        /// Whether the same model may answer a moment later.
        again: bool,
    },
}

/// Whoever pays for tries and makes them.
pub trait Climb: Send {
    /// Sets aside what a try of this tier can cost at most. Called before each try, also where it is free.
    fn charge(&mut self, tier: &Tier) -> impl Future<Output = Charge> + Send;
    /// Makes the try. `before` holds what was tried and why it did not stand, for the prompt.
    fn run(&mut self, tier: &Tier, before: &[Attempt]) -> impl Future<Output = Ran> + Send;
    /// The try is over: gives back what was not used. Called once for each charge that was taken.
    fn settle(&mut self, tier: &Tier, attempt: &Attempt) -> impl Future<Output = ()> + Send;
}

/// What a verifier says of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stands.
    Verified,
    /// It does not, and why: the next try is told.
    Wrong(String),
}

/// Whoever says whether an answer stands.
pub trait Verify: Send {
    /// Judges one answer.
    fn verify(&mut self, text: &str) -> impl Future<Output = Verdict> + Send;
}

impl<F: FnMut(&str) -> Verdict + Send> Verify for F {
    async fn verify(&mut self, text: &str) -> Verdict {
        self(text)
    }
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Its answer stands.
    Verified,
    /// It answered, and the answer does not stand.
    Wrong(String),
    /// It did not answer.
    Failed(String),
}

/// One try.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The place of its tier in the ladder.
    pub tier: usize,
    /// How many tries this tier had before it.
    pub nth: u32,
    /// How it ended.
    pub ended: Ended,
    /// Its tokens, where they are known.
    pub usage: Option<Usage>,
    /// What it cost, where that is known.
    pub cost: Option<Usd>,
}

/// The whole way up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ascent {
    /// Every try, in order.
    pub attempts: Vec<Attempt>,
    /// Tiers that were left out for money, with the reason.
    pub refused: Vec<(usize, String)>,
    /// The answer that stands; absent where none did.
    pub answer: Option<String>,
    /// The sum of the costs that are known.
    pub spent: Usd,
    /// How many tries cost an amount nobody knows.
    pub unknown: u32,
}

impl Ascent {
    /// What the reference model would have asked for the answer that stands, less what all tries cost. Below zero where the
    /// way up cost more; absent where a cost or the tokens are not known, or no answer stands.
    pub fn saved(&self, reference: &Price) -> Option<Usd> {
        let winner = self.attempts.last().filter(|attempt| attempt.ended == Ended::Verified)?;
        (self.unknown == 0).then_some(reference.cost(winner.usage?) - self.spent)
    }
}

/// Climbs until an answer stands or the ladder ends.
pub async fn climb(ladder: &[Tier], climber: &mut impl Climb, verifier: &mut impl Verify) -> Ascent {
    let mut ascent = Ascent::default();
    for (place, tier) in ladder.iter().enumerate() {
        if try_tier(place, tier, climber, verifier, &mut ascent).await {
            break;
        }
    }
    ascent
}

/// Whether an answer of this tier stands.
async fn try_tier(place: usize, tier: &Tier, climber: &mut impl Climb, verifier: &mut impl Verify, ascent: &mut Ascent) -> bool {
    for nth in 0..tier.tries {
        if let Charge::Refused(why) = climber.charge(tier).await {
            ascent.refused.push((place, why));
            return false;
        }
        let ran = climber.run(tier, &ascent.attempts).await;
        let (attempt, text, again) = judge(place, nth, ran, verifier).await;
        climber.settle(tier, &attempt).await;
        let stands = attempt.ended == Ended::Verified;
        ascent.spent += attempt.cost.unwrap_or(Usd::ZERO);
        ascent.unknown += u32::from(attempt.cost.is_none());
        ascent.attempts.push(attempt);
        if stands {
            ascent.answer = text;
        }
        if stands || !again {
            return stands;
        }
    }
    false
}

async fn judge(tier: usize, nth: u32, ran: Ran, verifier: &mut impl Verify) -> (Attempt, Option<String>, bool) {
    match ran {
        Ran::Failed { why, cost, again } => (Attempt { tier, nth, ended: Ended::Failed(why), usage: None, cost }, None, again),
        Ran::Answered { text, usage, cost } => {
            let ended = match verifier.verify(&text).await {
                Verdict::Verified => Ended::Verified,
                Verdict::Wrong(why) => Ended::Wrong(why),
            };
            (Attempt { tier, nth, ended, usage, cost }, Some(text), true)
        }
    }
}

/// What became of the tries of one tier, over many ways up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TierTally {
    /// Tries.
    pub tries: u64,
    /// Answers that stood.
    pub verified: u64,
    /// Answers that did not.
    pub wrong: u64,
    /// Tries without an answer.
    pub failed: u64,
    /// How often there was no money for it.
    pub refused: u64,
    /// The sum of the costs that are known.
    pub spent: Usd,
    /// Tries that cost an amount nobody knows.
    pub unknown: u64,
}

/// Adds one way up to the tallies of its ladder's tiers, in order.
pub fn tally(tallies: &mut Vec<TierTally>, ascent: &Ascent) {
    let tiers = ascent.attempts.iter().map(|a| a.tier).chain(ascent.refused.iter().map(|r| r.0)).max().map_or(0, |last| last + 1);
    tallies.resize(tallies.len().max(tiers), TierTally::default());
    for attempt in &ascent.attempts {
        let of = &mut tallies[attempt.tier];
        of.tries += 1;
        of.spent += attempt.cost.unwrap_or(Usd::ZERO);
        of.unknown += u64::from(attempt.cost.is_none());
        match attempt.ended {
            Ended::Verified => of.verified += 1,
            Ended::Wrong(_) => of.wrong += 1,
            Ended::Failed(_) => of.failed += 1,
        }
    }
    ascent.refused.iter().for_each(|(tier, _)| tallies[*tier].refused += 1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    const CENT: Usd = Usd::from_nanos(10_000_000);

    /// A purse with some cents and models with prepared answers; it writes down what happens to it.
    struct Prepared {
        purse: Usd,
        answers: VecDeque<Ran>,
        log: Vec<String>,
    }

    impl Climb for Prepared {
        async fn charge(&mut self, tier: &Tier) -> Charge {
            let worst = if tier.name == "small" { Usd::ZERO } else { CENT };
            if worst > self.purse {
                return Charge::Refused("a cent is missing".into());
            }
            self.log.push(format!("charge {}", tier.name));
            self.purse = self.purse - worst;
            Charge::Taken
        }

        async fn run(&mut self, tier: &Tier, before: &[Attempt]) -> Ran {
            self.log.push(format!("run {} after {}", tier.name, before.len()));
            self.answers.pop_front().unwrap_or(Ran::Failed { why: "silent".into(), cost: Some(Usd::ZERO), again: true })
        }

        async fn settle(&mut self, tier: &Tier, attempt: &Attempt) {
            self.log.push(format!("settle {} {:?}", tier.name, attempt.cost.map(Usd::nanos)));
        }
    }

    fn says(text: &str, cost: Option<Usd>) -> Ran {
        Ran::Answered { text: text.into(), usage: Some(Usage { input: 1000, output: 1000, ..Usage::default() }), cost }
    }

    fn ladder() -> Vec<Tier> {
        let tier = |name: &str, tries| Tier { name: name.into(), model: format!("p/{name}"), tries };
        vec![tier("small", 2), tier("large", 2), tier("cloud", 1)]
    }

    fn four(text: &str) -> Verdict {
        if text == "4" { Verdict::Verified } else { Verdict::Wrong(format!("{text} is not 4")) }
    }

    async fn up(purse: Usd, answers: Vec<Ran>) -> (Ascent, Vec<String>) {
        let mut prepared = Prepared { purse, answers: answers.into(), log: Vec::new() };
        let ascent = climb(&ladder(), &mut prepared, &mut four).await;
        (ascent, prepared.log)
    }

    #[tokio::test]
    async fn an_answer_that_parses_but_does_not_stand_is_no_success() {
        let (ascent, _) = up(CENT, vec![says("5", Some(Usd::ZERO)), says("3", Some(Usd::ZERO)), says("4", Some(CENT))]).await;
        let ended: Vec<_> = ascent.attempts.iter().map(|a| (a.tier, a.nth, a.ended.clone())).collect();
        assert_eq!(ended[0], (0, 0, Ended::Wrong("5 is not 4".into())));
        assert_eq!(ended[2], (1, 0, Ended::Verified));
        assert_eq!((ascent.answer.as_deref(), ascent.spent), (Some("4"), CENT));
    }

    #[tokio::test]
    async fn every_try_is_charged_before_it_runs_and_settled_after_it() {
        let answers = vec![Ran::Failed { why: "down".into(), cost: Some(Usd::ZERO), again: true }, says("4", Some(Usd::ZERO))];
        let (_, log) = up(CENT, answers).await;
        let expected =
            ["charge small", "run small after 0", "settle small Some(0)", "charge small", "run small after 1", "settle small Some(0)"];
        assert_eq!(log, expected);
    }

    #[tokio::test]
    async fn a_tier_without_money_is_left_out_and_said() {
        let (ascent, log) = up(Usd::ZERO, vec![says("1", Some(Usd::ZERO)), says("2", Some(Usd::ZERO))]).await;
        assert_eq!(ascent.answer, None);
        assert_eq!(ascent.refused, [(1, "a cent is missing".to_string()), (2, "a cent is missing".to_string())]);
        assert!(!log.iter().any(|line| line.contains("large") || line.contains("cloud")));
    }

    #[tokio::test]
    async fn a_failure_that_will_not_pass_goes_to_the_next_tier_at_once() {
        let gone = Ran::Failed { why: "no such model".into(), cost: Some(Usd::ZERO), again: false };
        let (ascent, _) = up(CENT, vec![gone, says("4", Some(CENT))]).await;
        assert_eq!(ascent.attempts.iter().map(|a| a.tier).collect::<Vec<_>>(), [0, 1]);
    }

    #[tokio::test]
    async fn what_was_saved_is_counted_against_the_reference_and_only_where_all_is_known() {
        let reference = Price { input: 10.0, output: 50.0, cache_read: None, cache_write: None };
        let (ascent, _) = up(CENT, vec![says("5", Some(Usd::ZERO)), says("4", Some(CENT))]).await;
        assert_eq!(ascent.saved(&reference), Some(CENT + CENT + CENT + CENT + CENT), "6 cents less the one it cost");
        let (unknown, _) = up(CENT, vec![says("5", None), says("4", Some(CENT))]).await;
        assert_eq!((unknown.saved(&reference), unknown.unknown), (None, 1));
        let (none, _) = up(CENT, vec![]).await;
        assert_eq!(none.saved(&reference), None);
    }

    #[tokio::test]
    async fn the_tallies_of_the_tiers_add_up() {
        let mut tallies = Vec::new();
        tally(&mut tallies, &up(CENT, vec![says("5", Some(Usd::ZERO)), says("4", None)]).await.0);
        tally(&mut tallies, &up(Usd::ZERO, vec![]).await.0);
        let small = TierTally { tries: 4, verified: 1, wrong: 1, failed: 2, refused: 0, spent: Usd::ZERO, unknown: 1 };
        assert_eq!(tallies[0], small);
        assert_eq!((tallies[1].refused, tallies[2].refused), (1, 1));
    }
}
