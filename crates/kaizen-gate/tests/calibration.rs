//! What A/A pairs say before the night begins.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::trial::Arm;
use kaizen_gate::calibration::{
    AaPair, Calibration, FLOOR, calibrate, case_pairs, noise as share_noise, pairs_needed, provable_rise, resolvable, scale, spread_moved,
    trial_pairs,
};

/// A number in [-1, 1) that looks random and is always the same.
fn noise(index: u32, salt: u64) -> f64 {
    let mut bits = u64::from(index) + 7919 * (salt + 1);
    for _ in 0..4 {
        bits = (bits ^ (bits >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(salt);
    }
    (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// Pairs whose runs cost what `cost(run, place in the pair, arm)` says, the order from a coin.
fn pairs(count: u32, cost: impl Fn(u32, u32, Arm) -> f64) -> Vec<AaPair> {
    let pair = |index: u32| {
        let first = if noise(index, 99) < 0.0 { Arm::Baseline } else { Arm::Candidate };
        let of = |arm: Arm| cost(2 * index + u32::from(arm != first), u32::from(arm != first), arm);
        AaPair { baseline: of(Arm::Baseline), candidate: of(Arm::Candidate), first, at: f64::from(index) * 10.0 }
    };
    (0..count).map(pair).collect()
}

/// The sum of four uniform numbers: nearly normal, with this deviation.
fn normal(run: u32, deviation: f64) -> f64 {
    (0..4).map(|salt| noise(run, salt)).sum::<f64>() / 2.0 * 3.0_f64.sqrt() * deviation
}

fn calibrated(count: u32, cost: impl Fn(u32, u32, Arm) -> f64) -> Calibration {
    calibrate(&pairs(count, cost)).unwrap()
}

#[test]
fn the_scale_is_the_one_of_the_noise_and_thirty_pairs_are_not_rough_any_more() {
    let quiet = calibrated(200, |run, _, _| normal(run, 0.03));
    assert!((quiet.scale / (0.03 * 2.0_f64.sqrt()) - 1.0).abs() < 0.2, "{}", quiet.scale);
    assert_eq!(
        (quiet.rough, quiet.constant, quiet.is_broken(), quiet.order, quiet.drift, quiet.modes),
        (false, false, false, None, None, None)
    );
    assert_eq!([5, 29, 30].map(|count| calibrated(count, |run, _, _| normal(run, 0.03)).rough), [true, true, false]);
}

#[test]
fn a_constant_metric_is_called_so_and_has_the_smallest_scale() {
    let constant = calibrated(30, |_, _, _| 1.0);
    assert!(constant.constant && !constant.is_broken());
    assert_eq!(constant.scale, FLOOR);
}

#[test]
fn a_coarse_clock_does_not_shrink_the_scale_to_nothing() {
    let mut differences = vec![0.0; 25];
    differences.extend([0.1, -0.1, 0.1, -0.1, 0.1]);
    assert!((scale(&differences) - 0.14826).abs() < 1e-9);
}

#[test]
fn a_baseline_that_beats_itself_is_a_broken_benchmark_in_either_direction() {
    for favoured in [Arm::Baseline, Arm::Candidate] {
        let broken = calibrated(40, |run, _, arm| normal(run, 0.03) - if arm == favoured { 0.05 } else { 0.0 });
        assert!(broken.is_broken(), "{favoured:?} {}", broken.aa_evidence);
    }
}

#[test]
fn arms_that_warm_each_other_show_an_order_effect_and_no_broken_benchmark() {
    let warm = calibrated(60, |run, place, _| normal(run, 0.02) - if place == 1 { 0.03 } else { 0.0 });
    let order = warm.order.unwrap();
    assert!(order.low < 0.03 && 0.03 < order.high && order.low > 0.0, "{order:?}");
    assert!(!warm.is_broken());
}

#[test]
fn a_machine_that_grows_slower_shows_a_drift_per_hour() {
    let drifting = calibrated(60, |run, _, _| normal(run, 0.01) + f64::from(run) * 5.0 / 3600.0 * 0.2);
    let drift = drifting.drift.unwrap();
    assert!((drift.per_hour - 0.2).abs() < 0.05 && drift.chance < 0.001, "{drift:?}");
}

#[test]
fn a_machine_with_two_speeds_shows_two_modes_and_one_with_tails_does_not() {
    let turbo = calibrated(40, |run, _, _| normal(run, 0.01) + if noise(run, 17) < -0.3 { 0.08 } else { 0.0 });
    let modes = turbo.modes.unwrap();
    assert!((modes.apart - 0.08).abs() < 0.01 && modes.slower > 0.2 && modes.slower < 0.5, "{modes:?}");
    let tailed = calibrated(40, |run, _, _| normal(run, 0.01) + if run % 17 == 3 { 0.5 } else { 0.0 });
    assert_eq!(tailed.modes, None);
}

#[test]
fn nothing_and_nonsense_give_no_calibration() {
    assert_eq!(calibrate(&[]), None);
    assert_eq!(calibrate(&pairs(30, |_, _, arm| if arm == Arm::Baseline { f64::NAN } else { 0.0 })), None);
}

#[test]
fn the_pairs_of_the_formula_are_those_the_reference_prints() {
    // gate_sim.py guards: s = 0.05 at alpha = 1e-3, effects of ln 1.05 and ln 1.01.
    assert_eq!(pairs_needed(1e-3, 0.05, 1.05_f64.ln()), Some(17));
    assert_eq!(pairs_needed(1e-3, 0.01, 1.10_f64.ln()), Some(10));
    assert_eq!([0.0, -0.1, f64::NAN].map(|effect| pairs_needed(1e-3, 0.05, effect)), [None; 3]);
}

#[test]
fn what_is_resolvable_takes_just_the_cap() {
    let effect = resolvable(1e-3, 0.054, 60).unwrap();
    assert!((0.025..0.03).contains(&effect), "{effect}");
    assert_eq!(pairs_needed(1e-3, 0.054, effect * 1.0001), Some(60));
    assert_eq!(resolvable(1e-9, 0.01, 10), None);
}

#[test]
fn the_table_grows_as_the_effect_shrinks_and_ends_where_nothing_can_be_proven() {
    let calibration = calibrated(60, |run, _, _| normal(run, 0.038));
    let table = calibration.table(5e-5, 60, &[0.2, 0.1, 0.05, 0.01]);
    let pairs: Vec<Option<u32>> = table.iter().map(|line| line.pairs).collect();
    assert!(pairs[0] <= pairs[1] && pairs[1] < pairs[2] && pairs[3].is_none(), "{pairs:?}");
    let smallest = calibration.resolvable(5e-5, 60).unwrap();
    assert!(trial_pairs(5e-5, calibration.scale, smallest * 1.001, 60).is_some());
    assert_eq!(trial_pairs(5e-5, calibration.scale, smallest * 0.98, 60), None);
}

#[test]
fn the_fewer_cases_and_the_more_noise_the_larger_the_rise_in_errors_that_can_be_excluded() {
    assert_eq!(share_noise(&[]), 0.0);
    assert!((share_noise(&[0.1, -0.1, 0.0, 0.0]) - 0.1 / 2.0_f64.sqrt()).abs() < 1e-12);
    let rises = [provable_rise(400, 0.0, 20), provable_rise(20, 0.0, 20), provable_rise(2, 0.0, 20), provable_rise(20, 0.05, 20)];
    assert!(rises[0] < 0.01 && rises[0] < rises[1] && rises[1] < rises[2] && rises[2] < 0.3, "{rises:?}");
    assert!(rises[1] < rises[3], "{rises:?}");
    assert_eq!(provable_rise(1, 0.0, 2), 1.0);
}

#[test]
fn a_calibration_is_stored_and_read_back() {
    let calibration = calibrated(60, |run, place, _| normal(run, 0.02) - if place == 1 { 0.03 } else { 0.0 });
    let stored = serde_json::to_string(&calibration).unwrap();
    assert_eq!(serde_json::from_str::<Calibration>(&stored).unwrap(), calibration);
}

#[test]
fn a_spread_within_a_trial_is_told_only_where_it_is_far_from_the_calibrations() {
    let like = [0.01, -0.012, 0.008, -0.02, 0.015];
    assert_eq!(spread_moved(0.015, &like), None);
    assert_eq!(spread_moved(0.015, &like.map(|difference| 2.0 * difference)), None, "twice as wide happens by chance");
    assert!(spread_moved(0.015, &like.map(|difference| 5.0 * difference)).is_some_and(|spread| spread > 0.06));
    assert!(spread_moved(0.15, &like).is_some_and(|spread| spread < 0.03), "and where it became narrow");
    assert_eq!(spread_moved(0.0001, &like[..4]), None, "four pairs say nothing");
}

#[test]
fn a_case_that_fails_half_of_the_time_is_proven_mended_in_about_forty_pairs_and_one_that_fails_rarely_is_not() {
    let pairs = |failing| case_pairs(5e-5, failing, 60);
    // Twelve failures of the baseline alone reach 1000, and six reach 20: each makes the largest of the three bets grow 1.964 times.
    assert_eq!([pairs(1.0), pairs(0.5)], [Some(18), Some(36)]);
    assert!(pairs(0.21).is_some() && pairs(0.19).is_none() && pairs(0.0).is_none());
}
