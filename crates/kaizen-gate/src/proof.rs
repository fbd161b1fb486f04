//! The proof inequality of the exact lane.
//!
//! A case that fails on the baseline with probability 1 - p and passes on the candidate with the same p (a flake,
//! untouched by the change) shows a failures and then b passes with probability (1-p)^a p^b, at most
//! a^a b^b / (a+b)^(a+b) whatever p is (the maximum lies at p = b/(a+b)). With m failing cases to choose from,
//! the union bound multiplies by m.

use kaizen_domain::trial::Arm;

/// m a^a b^b / (a+b)^(a+b), at most 1: the chance that an unchanged flaky case looks this much mended.
///
/// `failing` is m (cases), `failures` a (baseline runs), `passes` b (fresh candidate runs).
pub fn bound(failing: u64, failures: u64, passes: u64) -> f64 {
    let (a, b) = (failures as f64, passes as f64);
    let log = libm::log(failing.max(1) as f64) + x_log_x(a) + x_log_x(b) - x_log_x(a + b);
    libm::exp(log).min(1.0)
}

/// x ln x, continued by 0 at 0.
fn x_log_x(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * libm::log(x) }
}

/// The arm whose next run lowers the bound more; the baseline on a tie.
pub fn better_next(failing: u64, failures: u64, passes: u64) -> Arm {
    let one_failure_more = bound(failing, failures + 1, passes);
    let one_pass_more = bound(failing, failures, passes + 1);
    if one_pass_more < one_failure_more { Arm::Candidate } else { Arm::Baseline }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_examples_hold() {
        assert!((bound(1, 20, 4) / 2.0e-5 - 1.0).abs() < 0.05, "{}", bound(1, 20, 4));
        assert!((bound(1, 8, 8) / 1.5e-5 - 1.0).abs() < 0.05, "{}", bound(1, 8, 8));
    }

    #[test]
    fn the_bound_is_the_largest_chance_over_all_flake_rates() {
        for (a, b) in [(1, 1), (3, 3), (8, 8), (20, 4), (5, 17)] {
            let chance = |p: f64| (1.0 - p).powi(a) * p.powi(b);
            let worst = (0..=10_000).map(|step| chance(f64::from(step) / 10_000.0)).fold(0.0, f64::max);
            let bound = bound(1, a as u64, b as u64);
            assert!(worst <= bound * (1.0 + 1e-9) && worst > bound * 0.99, "a={a} b={b}: {worst} against {bound}");
        }
    }

    #[test]
    fn one_sided_evidence_proves_nothing() {
        assert_eq!(bound(1, 0, 50), 1.0);
        assert_eq!(bound(1, 50, 0), 1.0);
    }

    #[test]
    fn following_the_better_arm_never_needs_more_runs_than_alternating() {
        let runs = |pick: &dyn Fn(u64, u64) -> Arm, start: u64| {
            let (mut a, mut b) = (start, 0);
            while bound(3, a, b) > 5e-5 {
                match pick(a, b) {
                    Arm::Baseline => a += 1,
                    Arm::Candidate => b += 1,
                }
            }
            a - start + b
        };
        let alternating = |a: u64, b: u64| if a > b { Arm::Candidate } else { Arm::Baseline };
        for start in [0, 3, 6, 20, 40] {
            assert!(runs(&|a, b| better_next(3, a, b), start) <= runs(&alternating, start));
        }
    }
}
