//! Runs of the daemon: what the next one can know of the one before.

use crate::world::{World, scenarios};
use kaizen_domain::money::Usd;
use kaizen_domain::operation::Operation;
use kaizen_store::{Holder, Recorded, RunCalls, Wish};

scenarios!(
    a_runs_marks_are_written_with_its_records,
    a_run_that_was_cut_off_is_found_once_and_one_that_ended_never,
    what_a_run_spent_is_known_by_purse_and_by_record,
);

const AT: i64 = 1_795_176_000_000;

fn holder(pid: u32) -> Holder {
    Holder { host: "here".into(), pid, started: 9 }
}

fn call(mark: &str, number: u64, cost: Option<i64>, tenant: Option<&str>) -> Operation {
    let text = serde_json::json!({
        "id": format!("op-{AT:011x}-{mark}-{number:x}"), "kind": "chat", "started_at": AT + 1, "duration_us": 1, "outcome": "ok",
        "source": if number.is_multiple_of(2) { "own" } else { "gateway" }, "cost": cost, "tenant": tenant,
    });
    serde_json::from_value(text).unwrap()
}

async fn a_runs_marks_are_written_with_its_records(world: World) {
    let (store, project) = (&world.store, world.project);
    let run = store.begin_run("a1", &holder(7), AT).await.unwrap();
    let calls = [call("a1", 1, None, None), call("a1", 2, None, None)];
    assert_eq!(store.record_calls(run, 5, AT + 3, project, &calls).await.unwrap(), Recorded { new: 2, known: 0 });
    assert_eq!(store.record_calls(run, 6, AT + 4, project, &calls[..1]).await.unwrap(), Recorded { new: 0, known: 1 });
    let found = store.run_of(&holder(7)).await.unwrap().unwrap();
    assert_eq!((found.id, found.began_at, found.last_at, found.begun, found.written), (run, AT, AT + 4, 6, 2));
    assert_eq!(store.run_of(&holder(8)).await.unwrap(), None);
    assert!(store.begin_run("a1", &holder(8), AT).await.is_err(), "two runs with one mark could not be told apart");
}

async fn a_run_that_was_cut_off_is_found_once_and_one_that_ended_never(world: World) {
    let store = &world.store;
    let (cut, ended) = (store.begin_run("a1", &holder(7), AT).await.unwrap(), store.begin_run("a2", &holder(8), AT).await.unwrap());
    store.end_run(ended, AT + 1).await.unwrap();
    let marks: Vec<String> = store.unended_runs().await.unwrap().into_iter().map(|run| run.mark).collect();
    assert_eq!(marks, ["a1"]);
    assert!(store.find_run(cut, AT + 2).await.unwrap());
    assert!(!store.find_run(cut, AT + 3).await.unwrap() && !store.find_run(ended, AT + 3).await.unwrap());
    assert!(store.unended_runs().await.unwrap().is_empty());
}

async fn what_a_run_spent_is_known_by_purse_and_by_record(world: World) {
    let (store, project) = (&world.store, world.project);
    let run = store.begin_run("a1", &holder(7), AT).await.unwrap();
    let calls = [
        call("a1", 1, Some(5), None),
        call("a1", 2, Some(7), Some("shop")),
        call("a1", 3, None, Some("shop")),
        call("b2", 4, Some(90), None),
    ];
    store.record_calls(run, 4, AT + 3, project, &calls).await.unwrap();
    let found = store.run_of(&holder(7)).await.unwrap().unwrap();
    assert_eq!(store.calls_of(&found, None).await.unwrap(), RunCalls { count: 3, unpriced: 1, cost: Usd::from_nanos(12) });
    assert_eq!(store.calls_of(&found, Some("shop")).await.unwrap(), RunCalls { count: 2, unpriced: 1, cost: Usd::from_nanos(7) });
    let wish = Wish { least: Usd::from_nanos(10), most: Usd::from_nanos(10) };
    let (one, two) = (
        store.take_block("all", wish, None, &holder(7), AT).await.unwrap().unwrap(),
        store.take_block("all", wish, None, &holder(8), AT).await.unwrap().unwrap(),
    );
    store.take_block("all", wish, None, &holder(7), AT).await.unwrap().unwrap();
    store.settle_block(one.id, Usd::from_nanos(4), AT).await.unwrap();
    store.settle_block(two.id, Usd::from_nanos(9), AT).await.unwrap();
    assert_eq!(store.settled_of(&holder(7), "all").await.unwrap(), Usd::from_nanos(4));
    assert_eq!(store.settled_of(&holder(7), "key:shop").await.unwrap(), Usd::ZERO);
}
