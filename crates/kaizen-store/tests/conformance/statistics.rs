//! Coins, calibration pairs and studies.

use crate::world::{World, hash, scenarios};
use kaizen_domain::benchmark::BenchmarkId;
use kaizen_domain::id::{HypothesisId, TrialId};
use kaizen_domain::trial::{Arm, Coin, Stage};
use kaizen_store::{Bench, CalibrationPair};

scenarios!(a_coin_lies_as_it_fell, calibration_pairs_are_kept_by_machine_and_judge, a_study_keeps_its_last_state);

async fn a_coin_lies_as_it_fell(world: World) {
    let (store, project, trial) = (&world.store, world.project, TrialId(1));
    let coin = |pair, first| Coin { stage: Stage::Dev, pair, first };
    for tossed in [coin(0, Arm::Candidate), coin(1, Arm::Baseline), coin(0, Arm::Baseline)] {
        store.append_coin(project, trial, tossed).await.unwrap();
    }
    assert_eq!(store.coins(project, trial).await.unwrap(), [coin(0, Arm::Candidate), coin(1, Arm::Baseline)]);
    assert_eq!(store.coins(project, TrialId(2)).await.unwrap(), []);
}

async fn calibration_pairs_are_kept_by_machine_and_judge(world: World) {
    let (store, project) = (&world.store, world.project);
    let here = Bench { machine: "here", benchmark: BenchmarkId(hash("judge")) };
    let pair = |number: u32| CalibrationPair {
        baseline: hash("tree"),
        at: i64::from(number),
        coin: Arm::Candidate,
        first: [("seconds".to_owned(), f64::from(number))].into(),
        second: [("seconds".to_owned(), 0.1 + 0.2)].into(),
    };
    for number in 1..=4 {
        store.record_calibration(project, &here, &pair(number)).await.unwrap();
    }
    assert_eq!(store.calibration(project, &here, 3).await.unwrap(), [pair(2), pair(3), pair(4)]);
    for other in [Bench { machine: "there", ..here.clone() }, Bench { benchmark: BenchmarkId(hash("another")), ..here }] {
        assert_eq!(store.calibration(project, &other, 3).await.unwrap(), []);
    }
}

async fn a_study_keeps_its_last_state(world: World) {
    let (store, project, of) = (&world.store, world.project, HypothesisId(3));
    assert_eq!(store.study(project, of).await.unwrap(), None);
    for state in ["{\"asked\":1}", "{\"asked\":2}"] {
        store.keep_study(project, of, 5, state).await.unwrap();
    }
    assert_eq!(store.study(project, of).await.unwrap().as_deref(), Some("{\"asked\":2}"));
    assert_eq!(store.study(project, HypothesisId(4)).await.unwrap(), None);
}
