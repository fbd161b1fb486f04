//! Tickets are drawn once and kept for ever; samples and decisions read back as they were.

use crate::world::{World, hash, scenarios};
use kaizen_domain::decision::{Decision, Outcome, Reason};
use kaizen_domain::hypothesis::{HypothesisMove as M, HypothesisState as S};
use kaizen_domain::id::TrialId;
use kaizen_domain::scorecard::{RunFault, Scorecard};
use kaizen_domain::trial::{Arm, Sample, Stage, Ticket};
use kaizen_store::{Store, StoreError};
use std::collections::BTreeMap;

scenarios!(
    the_same_change_on_the_same_baseline_goes_on_with_its_ticket,
    the_level_follows_from_place_and_promotions_of_the_night,
    only_the_leader_of_a_testing_hypothesis_gets_a_trial,
    a_trial_that_cannot_be_recorded_draws_no_ticket,
    racing_starts_draw_different_places,
    samples_keep_their_order_and_are_never_altered,
    a_decision_reads_back_exactly_and_is_announced_once,
    a_decision_that_json_cannot_hold_is_refused,
);

async fn the_same_change_on_the_same_baseline_goes_on_with_its_ticket(world: World) {
    let (one, two) = (world.testing(1, "c").await, world.testing(2, "c").await);
    let first = world.trial(one, "b", "c", 7).await;
    assert_eq!(first.ticket, Ticket { epoch: 7, index: 1, alpha: 1.0 });
    assert_eq!(world.trial(one, "b", "c", 9).await, first);
    let other = world.trial(two, "b", "c", 9).await;
    assert_eq!((other.id, other.hypothesis, other.ticket), (TrialId(2), two, first.ticket));
    let moved = world.trial(two, "b2", "c", 9).await;
    assert_eq!((moved.id, moved.ticket), (TrialId(3), Ticket { epoch: 9, index: 1, alpha: 1.0 }));
    assert_eq!(world.store.trials(world.project).await.unwrap(), [first.clone(), other, moved.clone()]);
    assert_eq!(world.store.trial(world.project, first.id).await.unwrap(), Some(first));
    assert_eq!(world.store.trial_plan(world.project, moved.id).await.unwrap().as_deref(), Some(r#"{"a":1}"#));
    world.store.resume_trial(world.project, moved.id, r#"{"a":2}"#).await.unwrap();
    assert_eq!(world.store.trial_plan(world.project, moved.id).await.unwrap().as_deref(), Some(r#"{"a":2}"#));
    assert_eq!(world.store.resume_trial(world.project, TrialId(9), "{}").await.unwrap_err().to_string(), "there is no trial t9");
    assert_eq!(world.events().await.iter().filter(|name| **name == "TRIAL_STARTED").count(), 3);
}

async fn the_level_follows_from_place_and_promotions_of_the_night(world: World) {
    world.promoted(1, "p").await;
    let id = world.testing(2, "c").await;
    assert_eq!(world.trial(id, "b", "c", 0).await.ticket, Ticket { epoch: 0, index: 2, alpha: 2.01 });
    let night_before = world.testing(3, "d").await;
    assert_eq!(world.trial(night_before, "b", "d", -1).await.ticket, Ticket { epoch: -1, index: 1, alpha: 1.0 });
}

async fn only_the_leader_of_a_testing_hypothesis_gets_a_trial(world: World) {
    let start = async |id, change| {
        let trial = world.store.start_trial(world.project, 1, id, hash("b"), hash(change), "t", "{}", &|_, _| 0.1).await;
        trial.unwrap_err().to_string()
    };
    let proposed = world.proposed(1).await.id;
    assert_eq!(start(proposed, "c").await, "h1 is proposed, not testing");
    world.step(proposed, S::Proposed, M::Test).await;
    assert_eq!(start(proposed, "c").await, format!("the leader of h1 is not chosen, not {}", hash("c").short()));
    let id = world.testing(2, "c").await;
    assert_eq!(start(id, "d").await, format!("the leader of h2 is {}, not {}", hash("c").short(), hash("d").short()));
}

async fn a_trial_that_cannot_be_recorded_draws_no_ticket(world: World) {
    let id = world.testing(1, "c").await;
    world.block_audit().await;
    let start = world.store.start_trial(world.project, 1, id, hash("b"), hash("c"), "t", "{}", &|_, _| 0.5).await;
    start.unwrap_err();
    world.free_audit().await;
    assert_eq!(world.store.hypothesis(world.project, id).await.unwrap().unwrap().trial, None);
    assert_eq!(world.trial(id, "b", "c", 0).await.ticket, Ticket { epoch: 0, index: 1, alpha: 1.0 });
}

async fn racing_starts_draw_different_places(world: World) {
    let change = |number: i64| format!("c{}", number % 6);
    let mut ids = Vec::new();
    for attempt in 0..12 {
        ids.push(world.testing(attempt, &change(i64::from(attempt))).await);
    }
    let project = world.project;
    let start = |store: Store, number: i64| {
        let (id, change) = (ids[usize::try_from(number).unwrap()], hash(&change(number)));
        async move {
            let start = store.start_trial(project, 1, id, hash("b"), change, "t", "{}", &|index, _| f64::from(index));
            start.await.unwrap().ticket.index
        }
    };
    let mut places = world.race(12, start).await;
    places.sort();
    assert_eq!(places, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
}

fn sample(pair: u32, arm: Arm, seconds: f64) -> Sample {
    let card = Scorecard { cases: BTreeMap::new(), metrics: BTreeMap::from([("seconds".into(), seconds)]) };
    Sample { stage: Stage::Proof, pair, arm, measured: Ok(card) }
}

async fn samples_keep_their_order_and_are_never_altered(world: World) {
    let id = world.testing(1, "c").await;
    let trial = world.trial(id, "b", "c", 0).await.id;
    let third = 1.0 / 3.0;
    let mut taken: Vec<Sample> =
        (0..120).rev().flat_map(|pair| [sample(pair, Arm::Candidate, third), sample(pair, Arm::Baseline, third)]).collect();
    world.store.append_samples(world.project, trial, &taken[..200]).await.unwrap();
    world.store.append_samples(world.project, trial, &taken).await.unwrap();
    let altered: Vec<Sample> = (0..120).map(|pair| sample(pair, Arm::Candidate, 9.0)).collect();
    world.store.append_samples(world.project, trial, &altered).await.unwrap();
    taken.push(Sample { measured: Err(RunFault::Crashed { signal: 9 }), stage: Stage::Holdout, ..sample(0, Arm::Baseline, 0.0) });
    world.store.append_samples(world.project, trial, &taken[240..]).await.unwrap();
    assert_eq!(world.store.samples(world.project, trial).await.unwrap(), taken);
}

fn decision(bound: f64) -> Decision {
    let reasons = vec![Reason::NotProven { bound, alpha: 0.1 + 0.2 }];
    Decision { outcome: Outcome::Undecided, reasons, metrics: BTreeMap::from([("bound".into(), 2.0 / 3.0)]) }
}

async fn a_decision_reads_back_exactly_and_is_announced_once(world: World) {
    let id = world.testing(1, "c").await;
    let trial = world.trial(id, "b", "c", 0).await.id;
    for at in [5, 6] {
        world.store.finish_trial(world.project, trial, &decision(0.7), at).await.unwrap();
    }
    let read = async || world.store.trial(world.project, trial).await.unwrap().unwrap().decision;
    assert_eq!(read().await, Some(decision(0.7)));
    world.store.finish_trial(world.project, trial, &decision(0.6), 7).await.unwrap();
    assert_eq!(read().await, Some(decision(0.6)));
    assert_eq!(world.events().await[4..], ["TRIAL_FINISHED", "TRIAL_FINISHED"]);
}

async fn a_decision_that_json_cannot_hold_is_refused(world: World) {
    let id = world.testing(1, "c").await;
    let trial = world.trial(id, "b", "c", 0).await.id;
    let refused = world.store.finish_trial(world.project, trial, &decision(f64::INFINITY), 5).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    assert_eq!(world.store.trial(world.project, trial).await.unwrap().unwrap().decision, None);
}
