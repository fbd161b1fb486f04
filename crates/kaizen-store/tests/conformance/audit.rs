//! The chain has no gaps, whoever writes at once, and shows what was done behind its back.

use crate::world::{World, scenarios};
use kaizen_domain::audit::{self, genesis, link};
use kaizen_domain::event::Event;
use kaizen_store::Store;

scenarios!(
    an_empty_chain_holds,
    events_come_back_in_pages_and_in_order,
    racing_writers_leave_a_chain_without_gaps,
    a_long_chain_is_verified_page_by_page,
    an_altered_record_is_found,
    a_removed_record_is_found,
    a_removed_end_is_found,
    an_end_that_was_rewritten_with_right_hashes_is_found,
    a_record_forged_past_the_end_is_found,
    what_is_no_hash_breaks_the_chain,
);

fn event(number: i64) -> Event {
    Event::DecidedNotTo { detail: format!("number {number}") }
}

async fn append(world: &World, count: i64) {
    for number in 1..=count {
        let sequence = world.store.append_event(world.project, number * 10, &event(number)).await.unwrap();
        assert_eq!(sequence, number);
    }
}

/// Where the chain breaks and why, in one line.
async fn broken(world: &World) -> String {
    world.store.verify_audit(world.project).await.unwrap().unwrap_err().to_string()
}

async fn an_empty_chain_holds(world: World) {
    assert_eq!(world.store.verify_audit(world.project).await.unwrap(), Ok((0, genesis())));
    assert_eq!(world.store.audit_head(world.project).await.unwrap(), genesis());
}

async fn events_come_back_in_pages_and_in_order(world: World) {
    append(&world, 5).await;
    let page = world.store.events(world.project, 2, 2).await.unwrap();
    let seen: Vec<_> = page.into_iter().map(|stored| (stored.sequence, stored.at, stored.event)).collect();
    assert_eq!(seen, [(3, 30, event(3)), (4, 40, event(4))]);
    let records = world.store.audit(world.project, 0, 10).await.unwrap();
    assert_eq!(audit::verify(&records).unwrap(), world.store.audit_head(world.project).await.unwrap());
}

async fn racing_writers_leave_a_chain_without_gaps(world: World) {
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let (store, project) = (Store::open(&world.location).await.unwrap(), world.project);
        writers.spawn(async move {
            for number in 0..25 {
                store.append_event(project, 1, &event(writer * 100 + number)).await.unwrap();
            }
        });
    }
    // Verifying while others write finds nothing wrong either.
    while !writers.is_empty() {
        world.store.verify_audit(world.project).await.unwrap().unwrap();
        while writers.try_join_next().transpose().unwrap().is_some() {}
    }
    assert_eq!(world.store.verify_audit(world.project).await.unwrap().unwrap().0, 100);
}

async fn a_long_chain_is_verified_page_by_page(world: World) {
    let findings: Vec<_> = (0..1_100).map(|number| crate::world::finding(&format!("gap {number}"), 1)).collect();
    world.store.record_findings(world.project, 1, &findings).await.unwrap();
    world.store.record_findings(world.project, 2, &[]).await.unwrap();
    let head = world.store.audit_head(world.project).await.unwrap();
    assert_eq!(world.store.verify_audit(world.project).await.unwrap(), Ok((2_200, head)));
    world.raw.execute("UPDATE event SET at = 7 WHERE sequence = 1500").await;
    assert_eq!(broken(&world).await, "the audit chain breaks at record 1500: its content was altered");
}

async fn an_altered_record_is_found(world: World) {
    append(&world, 3).await;
    world.raw.execute("UPDATE event SET body = REPLACE(body, 'number 2', 'number 9') WHERE sequence = 2").await;
    assert_eq!(broken(&world).await, "the audit chain breaks at record 2: its content was altered");
}

async fn a_removed_record_is_found(world: World) {
    append(&world, 3).await;
    world.raw.execute("DELETE FROM event WHERE sequence = 2").await;
    assert_eq!(broken(&world).await, "the audit chain breaks at record 3: a record is missing before it");
}

async fn a_removed_end_is_found(world: World) {
    append(&world, 3).await;
    world.raw.execute("DELETE FROM event WHERE sequence = 3").await;
    assert_eq!(broken(&world).await, "the audit chain breaks at record 2: the records after it are missing");
}

async fn an_end_that_was_rewritten_with_right_hashes_is_found(world: World) {
    append(&world, 3).await;
    let records = world.store.audit(world.project, 0, 10).await.unwrap();
    let forged = link(3, 30, audit::body(&event(9)).unwrap(), records[1].hash);
    let sql = format!("UPDATE event SET body = '{}', hash = '{}' WHERE sequence = 3", forged.body, forged.hash);
    world.raw.execute(&sql).await;
    assert_eq!(broken(&world).await, "the audit chain breaks at record 3: the chain does not pass through the recorded head");
}

async fn a_record_forged_past_the_end_is_found(world: World) {
    append(&world, 1).await;
    let head = world.store.audit_head(world.project).await.unwrap();
    let forged = link(2, 30, audit::body(&event(9)).unwrap(), head);
    let (project, body) = (world.project.0, &forged.body);
    let sql = format!("INSERT INTO event VALUES ({project}, 2, 30, 'X', '{body}', '{head}', '{}')", forged.hash);
    world.raw.execute(&sql).await;
    assert_eq!(broken(&world).await, "the audit chain breaks at record 2: it was written past the recorded head");
}

async fn what_is_no_hash_breaks_the_chain(world: World) {
    append(&world, 2).await;
    world.raw.execute("UPDATE event SET hash = 'gone' WHERE sequence = 1").await;
    assert_eq!(broken(&world).await, "the audit chain breaks at record 1: its hashes cannot be read");
}
