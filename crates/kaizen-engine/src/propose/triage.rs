//! Before a search: is a one-line slip likely, or does the failure ask for something that is not written yet?
//!
//! A guess from the failures' own words and from what the sources know. It decides nothing: the search runs all the same, and people
//! read what to expect of it.

use kaizen_domain::scorecard::{CaseId, Scorecard};
use regex::Regex;
use serde::{Deserialize, Serialize};

/// What is expected of a search for one-line edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// Whether a one-line slip is likely; it needs a model otherwise.
    pub one_line_slip: bool,
    /// Why, for people.
    pub reason: String,
}

/// How people and compilers say that a name is missing.
const MISSING: [&str; 5] = [
    r"name '([A-Za-z_]\w*)' is not defined",
    r"has no attribute '([A-Za-z_]\w*)'",
    r"cannot import name '([A-Za-z_]\w*)'",
    r"No module named '([A-Za-z_][\w.]*)'",
    r"cannot find (?:function|value|struct|type|macro|method)[^`]*`([A-Za-z_]\w*)`",
];

/// How code says that it is not written.
const UNWRITTEN: [&str; 4] = ["NotImplementedError", "not implemented", "not yet implemented", "todo!"];

/// Looks at the failing cases; `knows` says whether any editable source holds a word.
pub fn triage(card: &Scorecard, failing: &[CaseId], knows: impl Fn(&str) -> bool) -> Triage {
    let messages: Vec<&str> = failing.iter().filter_map(|case| card.cases.get(case)?.message.as_deref()).collect();
    let needs = |reason: String| Triage { one_line_slip: false, reason };
    if let Some(word) = UNWRITTEN.iter().find(|word| !messages.is_empty() && messages.iter().all(|text| text.contains(*word))) {
        return needs(format!("the code says that it is not written yet ({word})"));
    }
    let absent: Vec<String> = messages.iter().filter_map(|text| missing(text)).filter(|name| !knows(name)).collect();
    if let Some(name) = absent.first().filter(|_| absent.len() == messages.len()) {
        return needs(format!("nothing in the sources is called {name}"));
    }
    Triage { one_line_slip: true, reason: format!("{} of {} cases fail, and nothing they name is missing", failing.len(), card.executed()) }
}

/// The last part of the name a message misses.
fn missing(message: &str) -> Option<String> {
    let found = MISSING
        .iter()
        .filter_map(|pattern| Regex::new(pattern).ok())
        .find_map(|pattern| pattern.captures(message).map(|found| found[1].to_owned()));
    found.map(|name| name.rsplit('.').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::points::Points;
    use kaizen_domain::scorecard::{CaseOutcome, CaseResult};

    fn of(message: &str, known: &str) -> Triage {
        let case = CaseId("a".into());
        let result = CaseResult {
            outcome: CaseOutcome::Fail,
            points: Points::ZERO,
            worth: Points::ONE,
            category: "all".into(),
            duration: None,
            message: Some(message.into()),
        };
        let card = Scorecard { cases: [(case.clone(), result)].into(), ..Scorecard::default() };
        triage(&card, &[case], |word| known.contains(word))
    }

    #[test]
    fn what_is_not_written_needs_a_model() {
        assert!(!of("NotImplementedError", "").one_line_slip);
        let missing = of("AttributeError: module 'shop' has no attribute 'refund'", "def sell(): pass");
        assert!(!missing.one_line_slip && missing.reason.contains("refund"), "{missing:?}");
    }

    #[test]
    fn a_misspelt_or_wrong_use_of_what_is_there_may_be_a_slip() {
        assert!(of("AttributeError: 'Cart' object has no attribute 'total'", "def total(self): pass").one_line_slip);
        assert!(of("AssertionError: 3 != 4", "").one_line_slip);
    }

    #[test]
    fn the_cases_of_a_weakness_are_told_among_all_that_ran() {
        let names = ["a", "b", "c", "d"].map(|name| CaseId(name.into()));
        let outcomes = [CaseOutcome::Fail, CaseOutcome::Fail, CaseOutcome::Pass, CaseOutcome::Skip];
        let result = |outcome| CaseResult {
            outcome,
            points: Points::ZERO,
            worth: Points::ONE,
            category: "all".into(),
            duration: None,
            message: None,
        };
        let card = Scorecard { cases: names.clone().into_iter().zip(outcomes.map(result)).collect(), ..Scorecard::default() };
        let expected = "1 of 3 cases fail, and nothing they name is missing";
        assert_eq!(triage(&card, &names[..1], |_| true).reason, expected);
    }
}
