//! One call to a model, told by two instrumentations: an SDK that traces itself under one that was installed, for example.
//!
//! The outer span is the operation, with the tokens of the inner one, which stands closer to the wire; the inner one is passed
//! over. Spans are taken for the same call only when they overlap, come from different instrumentations, name the same model, and
//! either hang together as an only child, or stand side by side with the same response or both failed.

use kaizen_domain::money::Usage;
use std::collections::HashMap;

/// What is compared of a span that asked a model.
pub(super) struct Call<'a> {
    /// Its trace, its own id and its parent's.
    pub(super) place: (&'a [u8], &'a [u8], &'a [u8]),
    /// The service and the instrumentation that tell of it.
    pub(super) teller: (&'a str, &'a str),
    pub(super) asked: Option<String>,
    pub(super) response: Option<String>,
    pub(super) failed: bool,
    /// Begin and end, in nanoseconds.
    pub(super) times: (u64, u64),
}

impl Call<'_> {
    /// Whether `inner` may be the same call, told from further inside.
    fn around(&self, inner: &Self) -> bool {
        let apart = matches!((&self.response, &inner.response), (Some(one), Some(other)) if one != other);
        let within = self.times.0 <= inner.times.0 && inner.times.0 <= self.times.1;
        self.teller != inner.teller && self.asked.is_some() && self.asked == inner.asked && within && !apart
    }
}

/// The pairs of outer and inner, by their places in `calls`. No call is in two pairs.
pub(super) fn pairs(calls: &[Call<'_>]) -> Vec<(usize, usize)> {
    let mut paired = vec![false; calls.len()];
    let mut found = Vec::new();
    for (outer, inner) in nested(calls).into_iter().chain(side_by_side(calls)) {
        if !paired[outer] && !paired[inner] && calls[outer].around(&calls[inner]) {
            paired[outer] = true;
            paired[inner] = true;
            found.push((outer, inner));
        }
    }
    found
}

/// Every call that is the only one right below another.
fn nested(calls: &[Call<'_>]) -> Vec<(usize, usize)> {
    let outer: HashMap<_, usize> = calls.iter().enumerate().map(|(at, call)| ((call.place.0, call.place.1), at)).collect();
    let mut below: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, call) in calls.iter().enumerate() {
        if let Some(above) = outer.get(&(call.place.0, call.place.2)).filter(|above| **above != at) {
            below.entry(*above).or_default().push(at);
        }
    }
    let mut only: Vec<(usize, usize)> =
        below.into_iter().filter_map(|(above, all)| Some((above, *<&[usize; 1]>::try_from(&all[..]).ok()?.first()?))).collect();
    only.sort_unstable();
    only
}

/// Neighbours in time among the calls below one parent that have the same response, or that failed without one.
fn side_by_side(calls: &[Call<'_>]) -> Vec<(usize, usize)> {
    let mut groups: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, call) in calls.iter().enumerate().filter(|(_, call)| call.response.is_some() || call.failed) {
        groups.entry((call.place.0, call.place.2, &call.response)).or_default().push(at);
    }
    let mut neighbours = Vec::new();
    for mut group in groups.into_values() {
        group.sort_unstable_by_key(|at| (calls[*at].times.0, *at));
        neighbours.extend(group.windows(2).map(|two| (two[0], two[1])));
    }
    neighbours.sort_unstable_by_key(|(outer, _)| (calls[*outer].times.0, *outer));
    neighbours
}

/// The tokens of one call that was told twice: the inner ones, with the parts that only the outer one knows.
pub(crate) fn closest(outer: Option<Usage>, inner: Option<Usage>) -> Option<Usage> {
    match (outer, inner) {
        (Some(outer), Some(inner)) if (outer.input, outer.output) == (inner.input, inner.output) => Some(Usage {
            cache_read: inner.cache_read.max(outer.cache_read),
            cache_write: inner.cache_write.max(outer.cache_write),
            reasoning: inner.reasoning.max(outer.reasoning),
            ..inner
        }),
        (outer, inner) => inner.or(outer),
    }
}
