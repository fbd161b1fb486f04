//! The order of edits: by worth, with places taking turns.
//!
//! Within a line the further edits of one operator, and further edits at all, count less and less, so that one line with
//! a long expression does not take the whole front of the list.

use crate::edit::Edit;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

/// An edit with its worth before places take turns.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) edit: Edit,
    pub(crate) worth: f64,
    /// The bytes of the innermost function around it, empty outside of functions.
    pub(crate) function: Range<usize>,
}

/// How fast the edits of one operator on one line lose worth.
const SAME_OPERATOR: f64 = 0.08;
/// How fast the edits of one line lose worth.
const SAME_LINE: f64 = 0.05;

/// Best first. Equal scores keep the order of the source for seed 0 and are shuffled for others.
pub(crate) fn rank(mut candidates: Vec<Candidate>, seed: u64) -> Vec<Candidate> {
    discount(&mut candidates, SAME_OPERATOR, |edit| (edit.line, edit.operator));
    discount(&mut candidates, SAME_LINE, |edit| (edit.line, ""));
    let mut keyed: Vec<(u64, Candidate)> = candidates.into_iter().map(|candidate| (shuffle(seed, &candidate.edit), candidate)).collect();
    keyed.sort_by(|(a_key, a), (b_key, b)| b.worth.total_cmp(&a.worth).then(a_key.cmp(b_key)).then_with(|| in_source(&a.edit, &b.edit)));
    let scored = |candidate: Candidate| Candidate { edit: Edit { score: candidate.worth, ..candidate.edit }, ..candidate };
    keyed.into_iter().map(|(_, candidate)| scored(candidate)).collect()
}

/// Divides the worth of the nth best of each group by `1 + rate * n`.
fn discount(candidates: &mut [Candidate], rate: f64, group: impl Fn(&Edit) -> (u32, &'static str)) {
    candidates.sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| in_source(&a.edit, &b.edit)));
    let mut seen: HashMap<_, u32> = HashMap::new();
    for candidate in candidates {
        let (line, operator) = group(&candidate.edit);
        let rank = seen.entry((candidate.edit.path.clone(), line, operator)).or_insert(0);
        candidate.worth /= 1.0 + rate * f64::from(*rank);
        *rank += 1;
    }
}

fn in_source(a: &Edit, b: &Edit) -> Ordering {
    let key = |edit: &Edit| (edit.line, edit.start, edit.operator);
    a.path.cmp(&b.path).then_with(|| key(a).cmp(&key(b))).then_with(|| a.replacement.cmp(&b.replacement)).then(a.end.cmp(&b.end))
}

/// A number that only depends on the seed and the edit (FNV-1a), 0 for seed 0.
fn shuffle(seed: u64, edit: &Edit) -> u64 {
    if seed == 0 {
        return 0;
    }
    let numbers = [seed, edit.start as u64, edit.end as u64].into_iter().flat_map(u64::to_le_bytes);
    let bytes = numbers.chain(edit.path.as_bytes().iter().copied()).chain(edit.replacement.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
