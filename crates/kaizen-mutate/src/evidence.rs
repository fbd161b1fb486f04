//! What is known about the failure: where it may be, what ran, which names it mentions, what must not be answered, and
//! how much each operator is trusted.
//!
//! Everything is optional. Evidence only orders and narrows edits; it never creates one.

use crate::language::Language;
use kaizen_domain::path::RepoPath;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Hints that steer the search towards the defect. Empty means nothing is known.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// How suspicious a line (counted from 1) is, in 0..=1, for example by Ochiai. Once it is not empty, a line
    /// without an entry counts as nearly innocent.
    pub suspicion: BTreeMap<(RepoPath, u32), f64>,
    /// The lines (counted from 1) that a failing case ran. When present, edits on other lines are dropped.
    pub executed: Option<BTreeSet<(RepoPath, u32)>>,
    /// Identifiers in failing tests, messages and stack traces with a weight in 0..=1.
    pub names: BTreeMap<String, f64>,
    /// Literals of the failing tests as they are written there. An edit that makes a function return one of them is
    /// dropped: it would answer the test instead of computing.
    pub forbidden_literals: BTreeSet<String>,
    /// How much an operator is trusted in a language, by its name: in 0..=2, where 1 is the most usual slip. An operator without an entry has the trust of
    /// the table.
    pub trust: BTreeMap<(String, Language), f64>,
}

/// Suspicion of every line while none is known.
const UNKNOWN: f64 = 0.5;
/// Suspicion of a line without an entry while others have one.
const INNOCENT: f64 = 0.05;

impl Evidence {
    /// The weight of a name, in 0..=1, 0 when it is not mentioned.
    pub(crate) fn weight_of(&self, name: &str) -> f64 {
        self.names.get(name).copied().filter(|weight| weight.is_finite()).unwrap_or(0.0).clamp(0.0, 1.0)
    }

    /// The trust in an operator, in 0..=2.
    pub(crate) fn trust_in(&self, name: &str, language: Language, prior: f64) -> f64 {
        self.trust.get(&(name.to_owned(), language)).copied().filter(|trust| trust.is_finite()).unwrap_or(prior).clamp(0.0, 2.0)
    }
}

/// What is known of the lines of one file.
#[derive(Debug)]
pub(crate) struct Lines {
    suspicion: Option<HashMap<u32, f64>>,
    executed: Option<HashSet<u32>>,
}

impl Lines {
    pub(crate) fn of(evidence: &Evidence, path: &RepoPath) -> Self {
        let all = || (path.clone(), 0)..=(path.clone(), u32::MAX);
        let finite = |value: &f64| if value.is_finite() { *value } else { 0.0 };
        let suspicion = || evidence.suspicion.range(all()).map(|((_, line), value)| (*line, finite(value))).collect();
        Self {
            suspicion: (!evidence.suspicion.is_empty()).then(suspicion),
            executed: evidence.executed.as_ref().map(|executed| executed.range(all()).map(|(_, line)| *line).collect()),
        }
    }

    /// The highest suspicion of the lines, in 0..=1.
    pub(crate) fn suspicion_of(&self, lines: &[u32]) -> f64 {
        let Some(known) = &self.suspicion else { return UNKNOWN };
        lines.iter().filter_map(|line| known.get(line).copied()).fold(INNOCENT, f64::max).min(1.0)
    }

    /// The highest suspicion that a line of the file can have.
    pub(crate) fn highest(&self) -> f64 {
        self.suspicion.as_ref().map_or(UNKNOWN, |known| known.values().copied().fold(INNOCENT, f64::max).min(1.0))
    }

    /// Whether one of the lines may have taken part in the failure.
    pub(crate) fn may_have_run(&self, lines: &[u32]) -> bool {
        self.executed.as_ref().is_none_or(|executed| lines.iter().any(|line| executed.contains(line)))
    }
}
