//! Each job goes to one worker at a time, and to another when the first is lost.

use crate::world::{World, scenarios};
use kaizen_domain::id::JobId;
use kaizen_store::{AfterFailure, JobState, Store, StoreError};
use std::collections::BTreeSet;

scenarios!(
    the_most_urgent_job_of_a_wanted_kind_comes_first,
    a_job_that_is_queued_or_running_is_not_queued_again,
    a_lost_workers_job_is_claimed_again_and_the_lost_worker_refused,
    a_heartbeat_keeps_the_job,
    a_failed_job_is_retried_when_due_until_its_attempts_are_spent,
    racing_workers_share_the_jobs_without_overlap,
);

async fn enqueue(world: &World, kind: &str, priority: i64, dedupe: Option<&str>) -> JobId {
    world.store.enqueue(world.project, kind, r#"{"x":1}"#, priority, dedupe, 0).await.unwrap()
}

async fn the_most_urgent_job_of_a_wanted_kind_comes_first(world: World) {
    for (kind, priority) in [("a", 1), ("b", 9), ("a", 5), ("c", 99)] {
        enqueue(&world, kind, priority, None).await;
    }
    let mut order = Vec::new();
    while let Some(job) = world.store.claim(&["a", "b"], "w", 1, 100).await.unwrap() {
        order.push((job.id, job.kind, job.attempt));
    }
    assert_eq!(order, [(JobId(2), "b".into(), 1), (JobId(3), "a".into(), 1), (JobId(1), "a".into(), 1)]);
    assert_eq!(world.store.claim(&[], "w", 1, 100).await.unwrap(), None);
}

async fn a_job_that_is_queued_or_running_is_not_queued_again(world: World) {
    let first = enqueue(&world, "a", 0, Some("night")).await;
    assert_eq!(enqueue(&world, "a", 0, Some("night")).await, first);
    let job = world.store.claim(&["a"], "w", 1, 100).await.unwrap().unwrap();
    assert_eq!((job.id, job.payload.as_str(), enqueue(&world, "a", 0, Some("night")).await), (first, r#"{"x":1}"#, first));
    world.store.finish(first, "w", 2).await.unwrap();
    assert_ne!(enqueue(&world, "a", 0, Some("night")).await, first);
}

async fn a_lost_workers_job_is_claimed_again_and_the_lost_worker_refused(world: World) {
    let id = enqueue(&world, "a", 0, None).await;
    world.store.claim(&["a"], "lost", 0, 100).await.unwrap().unwrap();
    assert_eq!(world.store.claim(&["a"], "next", 99, 100).await.unwrap(), None);
    let again = world.store.claim(&["a"], "next", 100, 100).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempt), (id, 2));
    let refused = world.store.finish(id, "lost", 101).await.unwrap_err();
    assert_eq!(refused.to_string(), "j1 is running by next, not running by lost");
    world.store.heartbeat(id, "lost", 101, 100).await.unwrap_err();
    world.store.fail(id, "lost", "why", AfterFailure::GiveUp, 101).await.unwrap_err();
    world.store.finish(id, "next", 102).await.unwrap();
    let missing = world.store.finish(JobId(9), "next", 1).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })), "{missing:?}");
}

async fn a_heartbeat_keeps_the_job(world: World) {
    let id = enqueue(&world, "a", 0, None).await;
    world.store.claim(&["a"], "w", 0, 100).await.unwrap().unwrap();
    world.store.heartbeat(id, "w", 90, 100).await.unwrap();
    assert_eq!(world.store.claim(&["a"], "next", 150, 100).await.unwrap(), None);
}

async fn a_failed_job_is_retried_when_due_until_its_attempts_are_spent(world: World) {
    let id = enqueue(&world, "a", 0, None).await;
    let retry = AfterFailure::Retry { due: 50, max_attempts: 2 };
    world.store.claim(&["a"], "w", 0, 100).await.unwrap().unwrap();
    assert_eq!(world.store.fail(id, "w", "no luck", retry, 10).await.unwrap(), JobState::Queued);
    assert_eq!(world.store.claim(&["a"], "w", 49, 100).await.unwrap(), None);
    world.store.claim(&["a"], "w", 50, 100).await.unwrap().unwrap();
    assert_eq!(world.store.fail(id, "w", "no luck", retry, 60).await.unwrap(), JobState::Failed);
    assert_eq!(world.store.claim(&["a"], "w", 1_000, 100).await.unwrap(), None);
}

async fn racing_workers_share_the_jobs_without_overlap(world: World) {
    for _ in 0..30 {
        enqueue(&world, "a", 0, None).await;
    }
    let work = |store: Store, worker| async move {
        let mut mine = Vec::new();
        while let Some(job) = store.claim(&["a"], &format!("w{worker}"), 1, 1_000).await.unwrap() {
            mine.push(job.id);
        }
        mine
    };
    let claimed: Vec<JobId> = world.race(4, work).await.into_iter().flatten().collect();
    assert_eq!((claimed.len(), claimed.into_iter().collect::<BTreeSet<_>>().len()), (30, 30));
}
