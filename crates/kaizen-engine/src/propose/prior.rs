//! What operators came to so far, and how much that says about the next search (Thompson sampling).
//!
//! Counts are kept by operator, language and kind of failure, and read over all projects of the store. From them a rate is drawn for
//! each operator: known ones are drawn close to what they showed, unknown ones close to all others', so that none is given up for ever.
//! The same counts and seed draw the same.

use crate::context::Context;
use crate::error::EngineError;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::scorecard::{CaseId, Scorecard};
use kaizen_mutate::{Language, OperatorInfo, Prior as Beta, draw, operators};
use kaizen_store::OperatorResult;
use std::collections::BTreeMap;

/// Fewer candidates say nothing.
const ENOUGH: i64 = 200;
/// So many candidates of all operators stand behind a rate that nothing is known of.
const STRENGTH: f64 = 60.0;
/// How far a drawn rate may move an edit up or down.
const FURTHEST: f64 = 2.0;

/// Operator and language.
pub type Key = (String, String);

/// Factors for the worth of edits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prior {
    factors: BTreeMap<Key, f64>,
}

impl Prior {
    /// Draws a factor for every operator that was tried.
    pub fn drawn(results: &[OperatorResult], seed: u64) -> Self {
        let (tries, promotions) = results.iter().fold((0, 0), |(tries, good), one| (tries + one.tries, good + one.promotions));
        if tries < ENOUGH {
            return Self::default();
        }
        let mean = (promotions as f64 + 1.0) / (tries as f64 + 50.0);
        let factor = |one: &OperatorResult| {
            let (good, bad) =
                (one.promotions as f64 + STRENGTH * mean, (one.tries - one.promotions).max(0) as f64 + STRENGTH * (1.0 - mean));
            let rate = draw(Beta { a: good, b: bad }, mixed(seed, &[&one.operator, &one.language]));
            (rate / mean).sqrt().clamp(1.0 / FURTHEST, FURTHEST)
        };
        Self { factors: results.iter().map(|one| ((one.operator.clone(), one.language.clone()), factor(one))).collect() }
    }

    /// How much more an operator is trusted than without history; 1 where there is none.
    pub fn factor(&self, operator: &str, language: &str) -> f64 {
        self.factors.get(&(operator.to_owned(), language.to_owned())).copied().unwrap_or(1.0)
    }

    /// The trust in every operator that history says something about.
    pub fn trust(&self) -> BTreeMap<(String, Language), f64> {
        let all = Language::ALL.into_iter().flat_map(|language| operators().iter().map(move |operator| (operator, language)));
        let known = all.filter(|(operator, language)| self.factors.contains_key(&(operator.name.to_owned(), language.name().to_owned())));
        let trust = |(operator, language): (&OperatorInfo, Language)| {
            ((operator.name.to_owned(), language), operator.trust() * self.factor(operator.name, language.name()))
        };
        known.map(trust).collect()
    }
}

/// The kind of failure, as far as the first failing case's message tells it.
pub fn failure(card: &Scorecard, failing: &[CaseId]) -> &'static str {
    let message = failing.iter().filter_map(|case| card.cases.get(case)?.message.as_deref()).next().unwrap_or_default();
    // The last line says what it came to; those before it show code.
    let lower = message.trim_end().lines().next_back().unwrap_or_default().to_lowercase();
    match () {
        () if lower.contains("assert") => "assertion",
        () if lower.contains("error") || lower.contains("exception") || lower.contains("panicked") => "exception",
        () => "other",
    }
}

/// What one search adds: candidates screened and passed, by operator and language.
#[derive(Debug, Default)]
pub struct Account {
    counts: BTreeMap<Key, (i64, i64)>,
}

impl Account {
    /// A candidate was screened.
    pub fn tried(&mut self, key: Option<Key>, passed: bool) {
        let Some(key) = key else { return };
        let count = self.counts.entry(key).or_default();
        count.0 += 1;
        count.1 += i64::from(passed);
    }

    /// Adds it to the store.
    pub async fn keep(self, context: &Context, failure: &str) -> Result<(), EngineError> {
        let row = |((operator, language), (tries, passes))| OperatorResult {
            operator,
            language,
            failure: failure.to_owned(),
            tries,
            passes,
            promotions: 0,
        };
        let rows: Vec<OperatorResult> = self.counts.into_iter().map(row).collect();
        if rows.is_empty() { Ok(()) } else { Ok(context.store.add_operator_results(context.project, &rows).await?) }
    }
}

/// A hypothesis was promoted: its operator is known to have been the one.
pub async fn promoted(context: &Context, hypothesis: &Hypothesis) -> Result<(), EngineError> {
    let Some(choice) = super::search::choice::of(context, hypothesis).await? else { return Ok(()) };
    let leader = choice.passing.first().filter(|one| !one.operator.is_empty());
    let Some((leader, failure)) = leader.zip(choice.failure) else { return Ok(()) };
    let (operator, language) = (leader.operator.clone(), leader.language.clone());
    let row = OperatorResult { operator, language, failure, tries: 0, passes: 0, promotions: 1 };
    Ok(context.store.add_operator_results(context.project, &[row]).await?)
}

/// A seed of its own for each operator and language (FNV-1a).
fn mixed(seed: u64, names: &[&str]) -> u64 {
    let bytes = names.iter().flat_map(|name| name.bytes().chain([0]));
    bytes.fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(operator: &str, tries: i64, promotions: i64) -> OperatorResult {
        let (language, failure) = ("Python".to_owned(), "assertion".to_owned());
        OperatorResult { operator: operator.to_owned(), language, failure, tries, passes: promotions, promotions }
    }

    #[test]
    fn an_operator_that_repaired_more_comes_earlier_and_the_same_seed_draws_the_same() {
        let results = [result("good", 400, 40), result("bad", 400, 0), result("new", 1, 0)];
        let mean = |operator: &str| (0..200).map(|seed| Prior::drawn(&results, seed).factor(operator, "Python")).sum::<f64>() / 200.0;
        assert!(mean("good") > 1.15 && mean("bad") < 0.75, "{} {}", mean("good"), mean("bad"));
        assert!(mean("good") > mean("new") && mean("new") > mean("bad"), "{}", mean("new"));
        assert_eq!(Prior::drawn(&results, 7), Prior::drawn(&results, 7));
        assert_ne!(Prior::drawn(&results, 7), Prior::drawn(&results, 8));
    }

    #[test]
    fn little_history_and_unknown_operators_change_nothing() {
        assert_eq!(Prior::drawn(&[result("one", 20, 20)], 1), Prior::default());
        assert!((Prior::drawn(&[result("one", 900, 9)], 1).factor("other", "Python") - 1.0).abs() < f64::EPSILON);
    }
}
