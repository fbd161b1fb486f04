//! What is known about the failure: where it may be, what ran, which names it mentions.
//!
//! Everything is optional. Evidence only orders and narrows edits; it never creates one.

use kaizen_domain::path::RepoPath;
use std::collections::{BTreeMap, BTreeSet};

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
}

/// Suspicion of every line while none is known.
const UNKNOWN: f64 = 0.5;
/// Suspicion of a line without an entry while others have one.
const INNOCENT: f64 = 0.05;

impl Evidence {
    /// The highest suspicion of the lines, in 0..=1.
    pub(crate) fn suspicion_of(&self, path: &RepoPath, lines: &[u32]) -> f64 {
        if self.suspicion.is_empty() {
            return UNKNOWN;
        }
        let known = lines.iter().filter_map(|line| self.suspicion.get(&(path.clone(), *line)));
        known.copied().filter(|value| value.is_finite()).fold(INNOCENT, f64::max).min(1.0)
    }

    /// Whether one of the lines may have taken part in the failure.
    pub(crate) fn may_have_run(&self, path: &RepoPath, lines: &[u32]) -> bool {
        self.executed.as_ref().is_none_or(|executed| lines.iter().any(|line| executed.contains(&(path.clone(), *line))))
    }

    /// The weight of a name, in 0..=1, 0 when it is not mentioned.
    pub(crate) fn weight_of(&self, name: &str) -> f64 {
        self.names.get(name).copied().filter(|weight| weight.is_finite()).unwrap_or(0.0).clamp(0.0, 1.0)
    }
}
