//! One holder at a time; the dead and the late are replaced.

use crate::world::{World, scenarios};
use kaizen_store::{Holder, Store, StoreError};

scenarios!(
    a_second_holder_is_refused_with_the_first_ones_name,
    an_expired_lease_may_be_taken_and_a_released_one_too,
    a_reused_process_id_is_another_holder,
    a_holder_proven_dead_is_replaced_by_one_only,
    of_many_racing_holders_one_wins,
    every_lease_is_listed_with_its_project_whether_it_ran_out_or_not,
);

fn holder(pid: u32) -> Holder {
    Holder { host: "shed".into(), pid, started: 77 }
}

async fn a_second_holder_is_refused_with_the_first_ones_name(world: World) {
    let acquire = async |pid, at| world.store.acquire_lease(world.project, "improve", &holder(pid), at, 100).await;
    acquire(1, 0).await.unwrap();
    let refused = acquire(2, 50).await.unwrap_err();
    assert_eq!(refused.to_string(), "held by process 1 on shed");
    assert!(matches!(refused, StoreError::Held { holder: found } if found == holder(1)));
    acquire(1, 90).await.unwrap();
    acquire(2, 150).await.unwrap_err();
    world.store.acquire_lease(world.project, "watch", &holder(2), 50, 100).await.unwrap();
}

async fn an_expired_lease_may_be_taken_and_a_released_one_too(world: World) {
    let acquire = async |pid, at| world.store.acquire_lease(world.project, "improve", &holder(pid), at, 100).await;
    acquire(1, 0).await.unwrap();
    acquire(2, 100).await.unwrap();
    world.store.release_lease(world.project, "improve", &holder(1)).await.unwrap();
    acquire(3, 120).await.unwrap_err();
    world.store.release_lease(world.project, "improve", &holder(2)).await.unwrap();
    acquire(3, 120).await.unwrap();
}

async fn a_reused_process_id_is_another_holder(world: World) {
    world.store.acquire_lease(world.project, "improve", &holder(1), 0, 100).await.unwrap();
    let reused = Holder { started: 78, ..holder(1) };
    world.store.acquire_lease(world.project, "improve", &reused, 10, 100).await.unwrap_err();
}

async fn a_holder_proven_dead_is_replaced_by_one_only(world: World) {
    world.store.acquire_lease(world.project, "improve", &holder(1), 0, 1_000).await.unwrap();
    let take = async |pid| world.store.take_over(world.project, "improve", &holder(1), &holder(pid), 10, 1_000).await;
    take(2).await.unwrap();
    assert_eq!(take(3).await.unwrap_err().to_string(), "held by process 2 on shed");
}

async fn of_many_racing_holders_one_wins(world: World) {
    let project = world.project;
    let acquire = |store: Store, pid: i64| async move {
        let holder = holder(u32::try_from(pid).unwrap());
        store.acquire_lease(project, "improve", &holder, 5, 100).await.is_ok()
    };
    assert_eq!(world.race(12, acquire).await.into_iter().filter(|won| *won).count(), 1);
}

async fn every_lease_is_listed_with_its_project_whether_it_ran_out_or_not(world: World) {
    assert_eq!(world.store.leases().await.unwrap(), []);
    let other = world.store.project("/srv/other".as_ref(), "other", 1).await.unwrap();
    world.store.acquire_lease(world.project, "loop", &holder(1), 0, 100).await.unwrap();
    world.store.acquire_lease(other, "serve", &holder(2), 0, 1).await.unwrap();
    let listed = world.store.leases().await.unwrap();
    let seen: Vec<_> = listed.iter().map(|one| (one.project, one.name.as_str(), one.holder.pid, one.until)).collect();
    assert_eq!((seen, listed[1].project_name.as_str()), (vec![(world.project, "loop", 1, 100), (other, "serve", 2, 1)], "other"));
}
