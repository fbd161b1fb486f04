//! The evidence itself: fair under the null, monotone, equal to the reference simulation's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_gate::evidence::{Evidence, LAMBDAS, path};
use kaizen_gate::futility;
use kaizen_gate::ledger;
use proptest::prelude::*;

/// The mean of E over every sequence of signs of these sizes, all equally likely where the coin decides.
fn mean_over_signs(sizes: &[f64], scale: f64) -> f64 {
    let patterns = 1_u32 << sizes.len();
    let signed = |bits: u32| sizes.iter().enumerate().map(move |(index, size)| if bits >> index & 1 == 1 { *size } else { -size });
    (0..patterns).map(|bits| Evidence::of(signed(bits), scale).value()).sum::<f64>() / f64::from(patterns)
}

/// A stopping rule that peeks after every pair: the mean of E where it stops at `bar` or at the end.
fn mean_at_a_stopping_time(sizes: &[f64], scale: f64, bar: f64) -> f64 {
    let patterns = 1_u32 << sizes.len();
    let stopped = |bits: u32| {
        let mut evidence = Evidence::new();
        for (index, size) in sizes.iter().enumerate() {
            evidence.push(if bits >> index & 1 == 1 { *size } else { -size }, scale);
            if evidence.reaches(bar) {
                break;
            }
        }
        evidence.value()
    };
    (0..patterns).map(stopped).sum::<f64>() / f64::from(patterns)
}

#[test]
fn under_the_coin_alone_the_mean_evidence_is_one_after_every_number_of_pairs() {
    let sizes = [0.011, 0.5, 0.0, 0.054, 0.003, 0.11, 0.02, 0.08, 1.7, 0.0301];
    for count in 1..=sizes.len() {
        let mean = mean_over_signs(&sizes[..count], 0.054);
        assert!((mean - 1.0).abs() < 1e-12, "{count} pairs: {mean}");
    }
}

#[test]
fn peeking_after_every_pair_and_stopping_at_a_bar_does_not_change_that() {
    let sizes = [0.09, 0.12, 0.2, 0.054, 0.07, 0.11, 0.02, 0.08, 1.7, 0.06];
    for bar in [0.1, 0.7, 1.5, 3.0] {
        let mean = mean_at_a_stopping_time(&sizes, 0.054, bar);
        assert!((mean - 1.0).abs() < 1e-12, "bar {bar}: {mean}");
    }
}

#[test]
fn fewer_than_one_in_twenty_sign_sequences_ever_reach_twenty() {
    let sizes = [0.1; 14];
    let reached = (0..1_u32 << 14).filter(|bits| {
        let signed = (0..14).map(|index| if bits >> index & 1 == 1 { sizes[index] } else { -sizes[index] });
        let mut evidence = Evidence::new();
        signed.into_iter().any(|difference| {
            evidence.push(difference, 0.054);
            evidence.value() >= 20.0
        })
    });
    let share = reached.count() as f64 / f64::from(1 << 14);
    assert!(share <= 0.05 && share > 0.0, "{share}");
}

#[test]
fn the_path_is_the_one_of_the_reference_simulation() {
    let differences = [0.045, -0.022, 0.068, 0.077, -0.068, -0.035, 0.036, 0.014, 0.029, -0.013, 0.074, 0.069];
    let reference = [
        0.44073877437552467,
        -0.0627476737511995,
        0.41682830003267596,
        0.9445545367430189,
        -0.25681993424836225,
        -0.5864901922591138,
        -0.35745809109874843,
        -0.2529473269346791,
        -0.04719515108570174,
        -0.16489006141483578,
        0.2452534059876867,
        0.6574224207221242,
    ];
    let far = [0.5, -0.5, 0.2, -3.0, 1.0, 1e-3, 0.0, 0.07];
    let far_reference = [
        0.6672243234928321,
        -2.3571970137407514,
        -1.9736081342875782,
        -16.29706502843389,
        -15.610633196363064,
        -15.60813632135981,
        -15.60813632135981,
        -15.448371296218635,
    ];
    for (differences, scale, reference) in [(&differences[..], 0.054, &reference[..]), (&far[..], 0.1, &far_reference[..])] {
        for (ours, theirs) in path(differences, scale).iter().zip(reference) {
            assert!((ours - theirs).abs() < 1e-12, "{ours} against {theirs}");
        }
    }
}

#[test]
fn the_evidence_is_the_same_to_the_bit_as_when_it_was_first_recorded() {
    // A change here means that decisions on record would not replay: it needs a new version of the gate.
    let bits = path(&[0.045, -0.022, 0.068, 0.077, -0.068], 0.054).last().unwrap().to_bits();
    assert_eq!(bits, GOLDEN, "{bits:#x}");
}

const GOLDEN: u64 = 0xbfd0_6fbc_e0a3_af7e;

#[test]
fn no_evidence_is_lost_to_overflow_in_very_long_trials() {
    let mut evidence = Evidence::of(std::iter::repeat_n(10.0, 5000), 0.01);
    assert!(evidence.log() > 3000.0 && evidence.value().is_finite());
    (0..5000).for_each(|_| evidence.push(-10.0, 0.01));
    assert!(evidence.value() == 0.0 && !evidence.log().is_nan());
}

#[test]
fn futility_ends_a_null_trial_early_and_never_a_perfect_one() {
    let ends = |differences: &[f64]| {
        path(differences, 0.05).iter().zip(1..).find(|(log, pairs)| futility::missed(*pairs, **log).is_some()).map(|(_, pairs)| pairs)
    };
    assert_eq!(ends(&[0.05; 60]), None);
    let alternating: Vec<f64> = (0..60).map(|index| if index % 2 == 0 { 0.05 } else { -0.05 }).collect();
    assert_eq!(ends(&alternating), Some(8));
    assert_eq!(ends(&[-0.05; 60]), Some(4));
    assert_eq!(ends(&[0.0; 60]), Some(14));
}

#[test]
fn a_promotion_raises_the_level_of_later_tickets_and_after_the_last_there_is_none() {
    assert_eq!(ledger::alpha(0.05, 7, 3), 2e-4);
    assert_eq!(ledger::alpha(0.05, ledger::HORIZON + 1, 9), 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_mean_over_signs_is_one_for_any_sizes_and_any_scale(
        sizes in prop::collection::vec(0.0..2.0_f64, 1..=9),
        scale in 0.001..3.0_f64,
    ) {
        let mean = mean_over_signs(&sizes, scale);
        prop_assert!((mean - 1.0).abs() < 1e-9, "{mean}");
    }

    #[test]
    fn more_improvement_in_any_pair_is_never_less_evidence(
        mut differences in prop::collection::vec(-1.0..1.0_f64, 1..40),
        scale in 0.01..1.0_f64,
        at in 0_usize..40,
        more in 0.0..1.0_f64,
    ) {
        let before = Evidence::of(differences.iter().copied(), scale).log();
        let at = at % differences.len();
        differences[at] += more;
        prop_assert!(Evidence::of(differences, scale).log() >= before - 1e-12);
    }

    #[test]
    fn the_order_of_the_pairs_does_not_matter_for_the_evidence_at_the_end(
        differences in prop::collection::vec(-1.0..1.0_f64, 1..40),
        scale in 0.01..1.0_f64,
    ) {
        let forward = Evidence::of(differences.iter().copied(), scale).log();
        let backward = Evidence::of(differences.iter().rev().copied(), scale).log();
        prop_assert!((forward - backward).abs() < 1e-9);
    }

    #[test]
    fn one_pair_moves_each_bet_by_the_factor_of_the_formula(difference in -0.5..0.5_f64, scale in 0.05..1.0_f64) {
        let direct: f64 = LAMBDAS.iter().map(|lambda| 1.0 + (lambda * difference / scale).tanh()).sum::<f64>() / 3.0;
        prop_assert!((Evidence::of([difference], scale).value() - direct).abs() < 1e-12);
    }
}
