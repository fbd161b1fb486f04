//! Hypotheses are written down once, and moved by one winner, with state, event and audit record together.

use crate::world::{World, hash, idea, scenarios};
use kaizen_domain::hypothesis::{HypothesisMove as M, HypothesisState as S, Leader, RejectReason};
use kaizen_domain::id::HypothesisId;
use kaizen_store::{Store, StoreError};

scenarios!(
    the_same_attempt_is_written_down_once,
    a_hypothesis_reads_back_exactly_as_it_was_written,
    a_leader_is_set_only_while_testing_and_before_its_trial,
    a_rejection_keeps_its_reason_and_says_why,
    every_move_leaves_its_event,
    promotion_and_rollback_are_refused_as_plain_moves,
    a_move_whose_audit_record_cannot_be_written_changes_nothing,
    of_many_racing_movers_one_wins,
    testing_again_after_approval_forgets_the_trial_and_after_suspense_keeps_it,
    projects_do_not_see_each_other,
);

async fn the_same_attempt_is_written_down_once(world: World) {
    let first = world.proposed(1).await;
    world.step(first.id, S::Proposed, M::Test).await;
    let again = world.proposed(1).await;
    assert_eq!((again.id, again.state), (first.id, S::Testing));
    assert_eq!(world.proposed(2).await.id, HypothesisId(2));
    let missing = idea(kaizen_domain::id::WeaknessId(99), 1);
    let refused = world.store.create_hypothesis(world.project, 1, &missing).await.unwrap_err();
    assert_eq!(refused.to_string(), "there is no weakness w99");
}

async fn a_hypothesis_reads_back_exactly_as_it_was_written(world: World) {
    let written = world.proposed(1).await;
    let read = world.store.hypothesis(world.project, written.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&written));
    assert_eq!(world.store.hypotheses(world.project).await.unwrap(), std::slice::from_ref(&written));
    assert_eq!(world.store.hypotheses_of(world.project, written.idea.weakness).await.unwrap(), std::slice::from_ref(&written));
    let unreadable = kaizen_domain::hypothesis::Idea { expected_gain: f64::NAN, attempt: 2, ..written.idea };
    let refused = world.store.create_hypothesis(world.project, 1, &unreadable).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}

async fn a_leader_is_set_only_while_testing_and_before_its_trial(world: World) {
    let id = world.proposed(1).await.id;
    let leader = Leader { change: hash("blob"), identity: hash("c"), summary: "s".into(), flaky: None };
    let set = async || world.store.set_leader(world.project, id, &leader).await;
    assert_eq!(set().await.unwrap_err().to_string(), "h1 is proposed, not testing");
    world.step(id, S::Proposed, M::Test).await;
    set().await.unwrap();
    let stored = world.store.hypothesis(world.project, id).await.unwrap().unwrap();
    assert_eq!(stored.leader, Some(leader.clone()));
    world.trial(id, "baseline", "c", 0).await;
    assert_eq!(set().await.unwrap_err().to_string(), "the leader of h1 is on trial in t1, not without a trial");
}

async fn a_rejection_keeps_its_reason_and_says_why(world: World) {
    let id = world.proposed(1).await.id;
    world.step(id, S::Proposed, M::Test).await;
    let reason = RejectReason::NothingFound { tried: 12 };
    world.step(id, S::Testing, M::Reject(reason.clone())).await;
    let stored = world.store.hypothesis(world.project, id).await.unwrap().unwrap();
    assert_eq!((stored.state, stored.reason), (S::Rejected, Some(reason)));
    let last = world.store.audit(world.project, 3, 10).await.unwrap();
    assert!(last[0].body.contains("none of 12 candidates was worth a trial"), "{}", last[0].body);
}

async fn every_move_leaves_its_event(world: World) {
    let id = world.testing(1, "c").await;
    for (from, step) in [
        (S::Testing, M::Suspend),
        (S::Undecided, M::Test),
        (S::Testing, M::Approve),
        (S::Approved, M::Ask),
        (S::AwaitingPermission, M::Decline),
    ] {
        world.step(id, from, step).await;
    }
    let expected = ["HYPOTHESIS_UNDECIDED", "TASK_QUEUED", "HYPOTHESIS_APPROVED", "PERMISSION_ASKED", "PERMISSION_ANSWERED"];
    assert_eq!(world.events().await[3..], expected);
    let version = world.promoted(2, "d").await;
    world.step(version.made.hypothesis, S::Promoted, M::GoLive).await;
    world.step(version.made.hypothesis, S::Live, M::Settle).await;
    assert_eq!(world.events().await[12..], ["PROMOTED", "HYPOTHESIS_DEPLOYED", "DECIDED_NOT_TO"]);
}

async fn promotion_and_rollback_are_refused_as_plain_moves(world: World) {
    let (id, _) = world.approved(1, "c").await;
    let refused = world.store.move_hypothesis(world.project, id, S::Approved, &M::Promote, 5).await.unwrap_err();
    assert_eq!(refused.to_string(), "a hypothesis cannot promote without a version from Approved");
    let version = world.promoted(2, "d").await;
    let back = world.store.move_hypothesis(world.project, version.made.hypothesis, S::Promoted, &M::RollBack, 5).await;
    assert!(matches!(back, Err(StoreError::Illegal(_))), "{back:?}");
}

async fn a_move_whose_audit_record_cannot_be_written_changes_nothing(world: World) {
    let id = world.testing(1, "c").await;
    let before = world.store.hypothesis(world.project, id).await.unwrap();
    world.block_audit().await;
    let reason = RejectReason::NothingFound { tried: 1 };
    let refused = world.store.move_hypothesis(world.project, id, S::Testing, &M::Reject(reason.clone()), 5).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    assert_eq!(world.store.hypothesis(world.project, id).await.unwrap(), before);
    world.free_audit().await;
    world.step(id, S::Testing, M::Reject(reason)).await;
    assert_eq!(world.events().await.last(), Some(&"HYPOTHESIS_REJECTED"));
}

async fn of_many_racing_movers_one_wins(world: World) {
    let id = world.proposed(1).await.id;
    let project = world.project;
    let move_it = |store: Store, _| async move { store.move_hypothesis(project, id, S::Proposed, &M::Test, 5).await };
    let ends = world.race(12, move_it).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    let lost = ends.iter().filter(|end| matches!(end, Err(StoreError::Moved { found, .. }) if found == "testing"));
    assert_eq!(lost.count(), 11);
    assert_eq!(world.events().await[2..], ["TASK_QUEUED"]);
}

async fn testing_again_after_approval_forgets_the_trial_and_after_suspense_keeps_it(world: World) {
    let id = world.testing(1, "c").await;
    let trial = world.trial(id, "baseline", "c", 0).await.id;
    let kept = async || world.store.hypothesis(world.project, id).await.unwrap().unwrap().trial;
    world.step(id, S::Testing, M::Suspend).await;
    world.step(id, S::Undecided, M::Test).await;
    assert_eq!(kept().await, Some(trial));
    world.step(id, S::Testing, M::Approve).await;
    world.step(id, S::Approved, M::Test).await;
    assert_eq!(kept().await, None);
    assert_eq!(world.trial(id, "baseline", "c", 3).await.id, trial);
    assert_eq!(kept().await, Some(trial));
}

async fn projects_do_not_see_each_other(world: World) {
    let mine = world.proposed(1).await;
    let other = world.store.project(std::path::Path::new("/srv/other"), "other", 1).await.unwrap();
    assert_eq!(world.store.hypothesis(other, mine.id).await.unwrap(), None);
    assert_eq!(world.store.weaknesses(other).await.unwrap(), []);
    let foreign = world.store.move_hypothesis(other, mine.id, S::Proposed, &M::Test, 5).await.unwrap_err();
    assert_eq!(foreign.to_string(), "there is no hypothesis h1");
    let theirs = world.store.create_hypothesis(other, 5, &idea(mine.idea.weakness, 1)).await.unwrap_err();
    assert_eq!(theirs.to_string(), "there is no weakness w1");
}
