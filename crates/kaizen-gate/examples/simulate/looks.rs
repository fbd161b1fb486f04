//! t-tests at several looks, giving up by the running mean: after every pair as naively done, and group-sequential.

use crate::fixed::t_bar;
use crate::gates::{Answer, CAP};
use crate::seen::{Moments, Seen};
use statrs::distribution::{ContinuousCDF, Normal};
use std::sync::LazyLock;

/// Given up where the mean of so many pairs is not above this.
const MEANS: [(usize, f64); 4] = [(5, 0.0), (8, 0.01), (16, 0.02), (30, 0.03)];

/// The pairs of the five looks of the group-sequential test.
const LOOKS: [usize; 5] = [8, 16, 24, 32, 40];

/// Its constant: five looks, one-sided 5 % (O'Brien & Fleming 1979; Jennison & Turnbull 2000, table 2.3 gives two-sided ones).
const O_BRIEN_FLEMING: f64 = 1.751;

/// The bars of a one-sided t-test at 5 % after 1, 2, ... pairs.
static BARS: LazyLock<Vec<f64>> = LazyLock::new(|| (0..CAP as usize).map(|pairs| t_bar(0.05, pairs.max(1))).collect());

/// The bars of t at the five looks: as improbable as the normal bars of the test.
static LOOK_BARS: LazyLock<[f64; 5]> = LazyLock::new(|| {
    [0, 1, 2, 3, 4].map(|look| {
        let bar = O_BRIEN_FLEMING * (5.0 / (look as f64 + 1.0)).sqrt();
        t_bar(Normal::standard().sf(bar), LOOKS[look] - 1)
    })
});

/// The pair after which the mean gives no hope, or the last one.
pub fn hopeless(moments: &[Moments], cap: usize) -> usize {
    MEANS.into_iter().find(|(pairs, floor)| *pairs <= cap && moments[pairs - 1].mean <= *floor).map_or(cap, |(pairs, _)| pairs)
}

/// The first pair, from the third on, after which t is significant at 5 %.
pub fn first_significant(moments: &[Moments]) -> Option<usize> {
    (2..moments.len()).find(|place| moments[*place].t() > BARS[*place]).map(|place| place + 1)
}

/// A t-test after every pair, at 5 % each.
pub fn peeking(seen: &Seen) -> Answer {
    let end = hopeless(&seen.moments[0], CAP as usize);
    let first = first_significant(&seen.moments[0]).filter(|pairs| *pairs <= end);
    seen.answer(first.is_some(), first.unwrap_or(end))
}

/// Where the group-sequential test ends, and whether it promotes there.
fn group_sequential(moments: &[Moments]) -> (bool, usize) {
    let end = hopeless(moments, 40);
    let first = LOOKS.into_iter().zip(LOOK_BARS.iter()).find(|(pairs, bar)| *pairs <= end && moments[pairs - 1].t() > **bar);
    (first.is_some(), first.map_or(end, |(pairs, _)| pairs))
}

pub fn o_brien_fleming(seen: &Seen) -> Answer {
    let (promoted, pairs) = group_sequential(&seen.moments[0]);
    seen.answer(promoted, pairs)
}

/// The same on DEV and on HOLD-OUT.
pub fn o_brien_fleming_twice(seen: &Seen) -> Answer {
    let (promoted, pairs) = group_sequential(&seen.moments[0]);
    if !promoted {
        return seen.answer(false, pairs);
    }
    let (promoted, later) = group_sequential(&seen.moments[1]);
    seen.answer_twice(promoted, pairs, later)
}
