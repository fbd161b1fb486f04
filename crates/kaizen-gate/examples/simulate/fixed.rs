//! Classical tests after a number of pairs fixed beforehand: Student's t, Wilcoxon's signed ranks, sign flips.

use crate::gates::Answer;
use crate::seen::{Moments, Seen};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The critical value of Wilcoxon's signed ranks, ten pairs: P(W+ >= 45) = 43/1024 (Wilcoxon 1945).
const WILCOXON: f64 = 45.0;

/// P(T > t) with this many degrees of freedom.
pub fn t_tail(t: f64, freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, freedom as f64).map_or(f64::NAN, |law| law.sf(t))
}

/// What T exceeds with this probability.
pub fn t_bar(level: f64, freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, freedom as f64).map_or(f64::NAN, |law| law.inverse_cdf(1.0 - level))
}

/// The p-value of a one-sided t-test after so many pairs.
pub fn t_value(moments: &[Moments], pairs: usize) -> f64 {
    t_tail(moments[pairs - 1].t(), pairs - 1)
}

/// A t-test of ten pairs at 5 %.
pub fn t_ten(seen: &Seen) -> Answer {
    seen.answer(t_value(&seen.moments[0], 10) < 0.05, 10)
}

/// The same on DEV and on HOLD-OUT.
pub fn t_ten_twice(seen: &Seen) -> Answer {
    match t_ten(seen) {
        first if first.promoted => seen.answer_twice(t_value(&seen.moments[1], 10) < 0.05, 10, 10),
        first => first,
    }
}

/// The sum of the ranks of the sizes whose sign is positive; equal sizes share their mean rank.
pub fn wilcoxon(seen: &Seen) -> Answer {
    let ten = &seen.dev[..10];
    let rank = |of: f64| {
        let count = |how: fn(f64, f64) -> bool| ten.iter().filter(|other| how(other.abs(), of.abs())).count() as f64;
        count(|other, this| other < this) + (count(|other, this| other == this) + 1.0) / 2.0
    };
    let sum: f64 = ten.iter().filter(|difference| **difference > 0.0).map(|difference| rank(*difference)).sum();
    seen.answer(sum >= WILCOXON, 10)
}

/// The share of the 1,024 ways to give ten differences signs whose sum is at least the one seen (Fisher 1935).
pub fn sign_flips(seen: &Seen) -> Answer {
    let ten = &seen.dev[..10];
    let sum = |signs: u32| -> f64 { ten.iter().enumerate().map(|(at, value)| if signs >> at & 1 == 1 { -value } else { *value }).sum() };
    let observed = sum(0) - 1e-12;
    let extreme = (0..1024).filter(|signs| sum(*signs) >= observed).count();
    seen.answer(extreme as f64 / 1024.0 <= 0.05, 10)
}
