//! Promotion and rollback move version, hypothesis and weakness together, once.

use crate::world::{World, new_version, scenarios};
use kaizen_domain::hypothesis::{HypothesisMove as M, HypothesisState as S};
use kaizen_domain::id::VersionId;
use kaizen_domain::version::VersionState;
use kaizen_domain::weakness::WeaknessState;
use kaizen_store::StoreError;

scenarios!(
    a_promotion_is_made_once_per_commit,
    a_version_remembers_the_active_one_before_it,
    a_rollback_takes_back_version_and_hypothesis_and_reopens_the_weakness,
    a_settled_version_is_not_rolled_back,
    a_promotion_that_cannot_be_recorded_changes_nothing,
    a_rollback_that_cannot_be_recorded_changes_nothing,
);

async fn a_promotion_is_made_once_per_commit(world: World) {
    let (id, trial) = world.approved(1, "c").await;
    let reserved = world.store.reserve_version(world.project).await.unwrap();
    let promote =
        async |expected, commit| world.store.promote(world.project, 20, reserved, expected, &new_version(id, trial, commit)).await;
    assert_eq!(promote(S::AwaitingPermission, "c").await.unwrap_err().to_string(), "h1 is approved, not awaiting_permission");
    let version = promote(S::Approved, "c").await.unwrap();
    assert_eq!((version.id, version.prior, version.state), (VersionId(1), None, VersionState::Active));
    assert_eq!(promote(S::Approved, "c").await.unwrap(), version);
    assert_eq!(promote(S::Approved, "other").await.unwrap_err().to_string(), "h1 is promoted, not approved");
    assert_eq!(world.store.versions(world.project).await.unwrap(), std::slice::from_ref(&version));
    assert_eq!(world.store.version(world.project, version.id).await.unwrap(), Some(version));
    assert_eq!(world.events().await[5..], ["PROMOTED"]);
}

async fn a_version_remembers_the_active_one_before_it(world: World) {
    let first = world.promoted(1, "c").await;
    let second = world.promoted(2, "d").await;
    assert_eq!(second.prior, Some(first.id));
    world.store.roll_back(world.project, 30, second.id, "abc", "slow").await.unwrap();
    assert_eq!(world.promoted(3, "e").await.prior, Some(first.id));
}

async fn a_rollback_takes_back_version_and_hypothesis_and_reopens_the_weakness(world: World) {
    let version = world.promoted(1, "c").await;
    world.store.record_findings(world.project, 25, &[]).await.unwrap();
    let back = world.store.roll_back(world.project, 30, version.id, "abc", "slow").await.unwrap();
    assert_eq!((back.state, back.reverted_by.as_deref()), (VersionState::RolledBack, Some("abc")));
    assert_eq!(world.store.roll_back(world.project, 31, version.id, "other", "again").await.unwrap(), back);
    assert_eq!(world.store.version(world.project, version.id).await.unwrap(), Some(back));
    let hypothesis = world.store.hypothesis(world.project, version.made.hypothesis).await.unwrap().unwrap();
    let weakness = world.store.weakness(world.project, hypothesis.idea.weakness).await.unwrap().unwrap();
    assert_eq!((hypothesis.state, weakness.state), (S::RolledBack, WeaknessState::Open));
    assert_eq!(world.events().await[6..], ["WEAKNESS_RESOLVED", "ROLLED_BACK", "WEAKNESS_REOPENED"]);
}

async fn a_settled_version_is_not_rolled_back(world: World) {
    let version = world.promoted(1, "c").await;
    world.step(version.made.hypothesis, S::Promoted, M::GoLive).await;
    world.step(version.made.hypothesis, S::Live, M::Settle).await;
    let refused = world.store.roll_back(world.project, 30, version.id, "abc", "late").await;
    assert!(matches!(refused, Err(StoreError::Illegal(_))), "{refused:?}");
    assert_eq!(world.store.versions(world.project).await.unwrap(), [version]);
    let missing = world.store.roll_back(world.project, 30, VersionId(9), "abc", "late").await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no version v9");
}

async fn a_promotion_that_cannot_be_recorded_changes_nothing(world: World) {
    let (id, trial) = world.approved(1, "c").await;
    world.block_audit().await;
    let reserved = world.store.reserve_version(world.project).await.unwrap();
    world.store.promote(world.project, 20, reserved, S::Approved, &new_version(id, trial, "c")).await.unwrap_err();
    world.free_audit().await;
    assert_eq!(world.store.versions(world.project).await.unwrap(), []);
    assert_eq!(world.store.hypothesis(world.project, id).await.unwrap().unwrap().state, S::Approved);
}

async fn a_rollback_that_cannot_be_recorded_changes_nothing(world: World) {
    let version = world.promoted(1, "c").await;
    world.block_audit().await;
    world.store.roll_back(world.project, 30, version.id, "abc", "slow").await.unwrap_err();
    world.free_audit().await;
    assert_eq!(world.store.versions(world.project).await.unwrap(), std::slice::from_ref(&version));
    let hypothesis = world.store.hypothesis(world.project, version.made.hypothesis).await.unwrap().unwrap();
    assert_eq!(hypothesis.state, S::Promoted);
}
