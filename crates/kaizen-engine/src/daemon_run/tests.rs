//! What is known of a daemon that was cut off: from its counts, its records and its blocks.

use super::*;
use kaizen_domain::id::ProjectId;
use kaizen_domain::money::Usd;
use kaizen_domain::operation::Operation;
use kaizen_store::{Forget, Holder, Location, RunId, Wish};

const AT: i64 = 1_795_176_000_000;
const MARK: &str = "abc123";
/// The first process has no such start: whoever held with it has ended.
const DEAD: (u32, i64) = (1, -5);

fn dead() -> Holder {
    Holder { host: "here".into(), pid: DEAD.0, started: DEAD.1 }
}

fn call(number: u64, cost: Option<i64>, tenant: Option<&str>) -> Operation {
    let text = serde_json::json!({
        "id": format!("op-{AT:011x}-{MARK}-{number:x}"), "kind": "chat", "started_at": AT + 1, "duration_us": 1, "outcome": "ok",
        "source": "gateway", "cost": cost, "tenant": tenant,
    });
    serde_json::from_value(text).unwrap()
}

/// A daemon that took a block of 100 and counted its calls.
struct Scene {
    store: Store,
    directory: tempfile::TempDir,
    counter: Counter,
    run: RunId,
    project: ProjectId,
}

impl Scene {
    async fn new() -> Self {
        let (store, directory) = (Store::open(&Location::Memory).await.unwrap(), tempfile::tempdir().unwrap());
        let counter = Counter::create(directory.path(), MARK).unwrap();
        let run = store.begin_run(MARK, &dead(), AT).await.unwrap();
        let project = store.gateway_project(AT).await.unwrap();
        let scene = Self { store, directory, counter, run, project };
        scene.takes("all", 100).await;
        scene
    }

    async fn takes(&self, purse: &str, nanos: i64) {
        let wish = Wish { least: Usd::from_nanos(nanos), most: Usd::from_nanos(nanos) };
        self.store.take_block(purse, wish, None, &dead(), AT).await.unwrap().unwrap();
    }

    /// A call is begun, and recorded with this cost.
    async fn records(&self, cost: Option<i64>, tenant: Option<&str>) {
        let number = self.counter.raise();
        self.store.record_calls(self.run, number, AT + 2, self.project, &[call(number, cost, tenant)]).await.unwrap();
    }

    async fn found(&self) -> Vec<(Usd, Usd, Option<Doubt>)> {
        let found = stranded(&self.store, "here", self.directory.path()).await.unwrap();
        found.into_iter().map(|one| (one.recorded, one.free(), one.doubt)).collect()
    }

    async fn missing(&self) -> Missing {
        cut_off(&self.store, "here", self.directory.path()).await.unwrap().pop().unwrap().1
    }
}

fn usd(nanos: i64) -> Usd {
    Usd::from_nanos(nanos)
}

#[tokio::test]
async fn where_every_call_has_its_record_the_rest_of_a_block_was_not_sent() {
    let scene = Scene::new().await;
    scene.records(Some(30), None).await;
    scene.records(Some(5), None).await;
    assert_eq!(scene.missing().await, Missing { calls: 0, exact: true });
    assert_eq!(scene.found().await, [(usd(35), usd(65), None)]);
    let block = stranded(&scene.store, "here", scene.directory.path()).await.unwrap().pop().unwrap();
    assert!(settle(&scene.store, &block, block.recorded).await.unwrap());
    let spent = scene.store.spent("all", AT).await.unwrap();
    assert_eq!((spent.settled, spent.open), (usd(35), usd(0)));
    assert!(!settle(&scene.store, &block, usd(0)).await.unwrap(), "it was settled");
}

#[tokio::test]
async fn a_call_that_was_begun_and_has_no_record_keeps_the_whole_block_spent() {
    let scene = Scene::new().await;
    scene.records(Some(30), None).await;
    scene.counter.raise();
    assert_eq!(scene.missing().await, Missing { calls: 1, exact: true });
    assert_eq!(scene.found().await, [(usd(30), usd(0), Some(Doubt::Unrecorded(1)))]);
}

#[tokio::test]
async fn without_the_count_of_this_boot_nothing_is_given_back_and_what_is_missing_is_a_least() {
    let scene = Scene::new().await;
    scene.records(Some(30), None).await;
    let file = scene.directory.path().join(format!("calls-{MARK}"));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace('-', "0")).unwrap();
    assert_eq!(scene.found().await, [(usd(30), usd(0), Some(Doubt::Uncounted))], "of another boot");
    let begun = 4;
    scene.store.record_calls(scene.run, begun, AT + 3, scene.project, &[call(4, Some(1), None)]).await.unwrap();
    scene.counter.remove();
    assert_eq!(scene.missing().await, Missing { calls: 2, exact: false });
    assert_eq!(scene.found().await[0].2, Some(Doubt::Unrecorded(2)));
}

#[tokio::test]
async fn records_without_a_cost_or_that_are_gone_prove_nothing() {
    let scene = Scene::new().await;
    scene.records(None, None).await;
    assert_eq!(scene.found().await, [(usd(0), usd(0), Some(Doubt::Unpriced(1)))]);
    scene.store.forget(scene.project, &Forget::Before(AT + 100)).await.unwrap();
    assert_eq!(scene.found().await, [(usd(0), usd(0), Some(Doubt::Forgotten))]);
}

#[tokio::test]
async fn a_keys_purse_is_charged_with_its_own_calls_and_settled_blocks_are_not_charged_again() {
    let scene = Scene::new().await;
    scene.takes("all", 10).await;
    scene.takes("key:alice", 50).await;
    let first = scene.store.open_blocks().await.unwrap()[0].id;
    scene.records(Some(100), None).await;
    scene.store.settle_block(first, usd(100), AT).await.unwrap();
    scene.records(Some(20), Some("alice")).await;
    let expected = [(usd(20), usd(0), None), (usd(20), usd(30), None)];
    assert_eq!(scene.found().await, expected, "what was spent beyond a block is counted");
}

#[tokio::test]
async fn a_process_that_runs_and_one_of_another_machine_are_left_alone() {
    let scene = Scene::new().await;
    assert!(stranded(&scene.store, "elsewhere", scene.directory.path()).await.unwrap().is_empty());
    let me = crate::lease::this_process("here");
    scene.store.begin_run("mine", &me, AT).await.unwrap();
    let found = cut_off(&scene.store, "here", scene.directory.path()).await.unwrap();
    assert_eq!(found.into_iter().map(|(run, _)| run.mark).collect::<Vec<_>>(), [MARK]);
    scene.store.end_run(scene.run, AT + 9).await.unwrap();
    assert!(cut_off(&scene.store, "here", scene.directory.path()).await.unwrap().is_empty(), "it ended well");
}

#[test]
fn a_count_stands_in_its_file_before_it_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let counter = Counter::create(directory.path(), MARK).unwrap();
    assert_eq!(Counter::read(directory.path(), MARK), Some(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..500).for_each(|_| assert!(counter.raise() > 0)));
        }
    });
    assert_eq!((Counter::read(directory.path(), MARK), counter.count()), (Some(4_000), 4_000));
    assert!(Counter::create(directory.path(), MARK).is_err(), "two runs never share one");
    counter.remove();
    assert_eq!(Counter::read(directory.path(), MARK), None);
}
