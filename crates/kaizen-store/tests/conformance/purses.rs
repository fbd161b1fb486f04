//! Money set aside: never more than the limit, whoever takes at once and whoever dies.

use crate::processes::{heard, play, say};
use crate::world::{World, scenarios};
use kaizen_domain::money::Usd;
use kaizen_store::{Block, BlockId, Holder, Location, Spent, Store, StoreError, Wish};

scenarios!(
    a_block_is_open_until_it_is_settled_and_the_rest_is_free_again,
    the_last_block_is_what_is_left,
    many_takers_at_once_never_exceed_the_limit,
    takers_and_settlers_at_once_lose_nothing,
    months_days_and_purses_do_not_mix,
    what_was_spent_beyond_a_block_is_counted,
    a_killed_processs_block_counts_as_spent_until_it_is_reconciled,
    processes_killed_in_the_midst_never_free_what_they_may_have_spent,
);

/// 2026-11-20, 12:00 UTC.
const NOON: i64 = 1_795_176_000_000;
const DAY: i64 = 86_400_000;

fn usd(nanos: i64) -> Usd {
    Usd::from_nanos(nanos)
}

fn holder() -> Holder {
    Holder { host: "here".into(), pid: 7, started: 8 }
}

fn whole(nanos: i64) -> Wish {
    Wish { least: usd(nanos), most: usd(nanos) }
}

async fn take(store: &Store, nanos: i64, limit: i64) -> Option<Block> {
    store.take_block("all", whole(nanos), Some(usd(limit)), &holder(), NOON).await.unwrap()
}

async fn a_block_is_open_until_it_is_settled_and_the_rest_is_free_again(world: World) {
    let store = &world.store;
    let block = take(store, 60, 100).await.unwrap();
    assert_eq!((block.month.to_string().as_str(), block.amount, &block.holder), ("2026-11", usd(60), &holder()));
    assert_eq!(store.open_blocks().await.unwrap(), std::slice::from_ref(&block));
    assert_eq!(store.spent("all", NOON).await.unwrap(), Spent { settled: usd(0), open: usd(60), today: usd(0) });
    assert_eq!(take(store, 60, 100).await, None);
    assert!(store.settle_block(block.id, usd(10), NOON).await.unwrap());
    assert_eq!(store.spent("all", NOON).await.unwrap(), Spent { settled: usd(10), open: usd(0), today: usd(10) });
    assert!(!store.settle_block(block.id, usd(50), NOON).await.unwrap(), "it was settled");
    assert_eq!(store.spent("all", NOON).await.unwrap().settled, usd(10));
    assert!(take(store, 90, 100).await.is_some());
    let absent = store.settle_block(BlockId(99), usd(0), NOON).await;
    assert!(matches!(absent, Err(StoreError::NotFound { .. })), "{absent:?}");
    assert_eq!(take(store, 0, 1_000).await, None, "nothing is no block");
}

async fn the_last_block_is_what_is_left(world: World) {
    let wish = Wish { least: usd(5), most: usd(60) };
    let take = async |limit: Option<Usd>| world.store.take_block("all", wish, limit, &holder(), NOON).await.unwrap();
    assert_eq!(take(Some(usd(100))).await.unwrap().amount, usd(60));
    assert_eq!(take(Some(usd(100))).await.unwrap().amount, usd(40));
    assert_eq!(take(Some(usd(100))).await, None);
    assert_eq!(take(Some(usd(104))).await, None, "less than its least");
    assert_eq!(take(None).await.unwrap().amount, usd(60), "without a limit there is always a whole one");
}

async fn many_takers_at_once_never_exceed_the_limit(world: World) {
    let taker = |store: Store, _| async move {
        let mut taken = 0;
        while take(&store, 7, 1_000).await.is_some() {
            taken += 1;
        }
        taken
    };
    assert_eq!(world.race(8, taker).await.into_iter().sum::<i64>(), 142);
    assert_eq!(world.store.spent("all", NOON).await.unwrap().open, usd(994));
}

async fn takers_and_settlers_at_once_lose_nothing(world: World) {
    let worker = |store: Store, number: i64| async move {
        let mut spent = 0;
        for round in 0..40 {
            if let Some(block) = take(&store, 10, 900).await {
                let used = (number + round) % 11;
                assert!(store.settle_block(block.id, usd(used), NOON).await.unwrap());
                spent += used;
            }
            let seen = store.spent("all", NOON).await.unwrap();
            assert!(seen.settled + seen.open <= usd(900), "{seen:?}");
        }
        spent
    };
    let spent: i64 = world.race(6, worker).await.into_iter().sum();
    let seen = world.store.spent("all", NOON).await.unwrap();
    assert_eq!(seen, Spent { settled: usd(spent), open: usd(0), today: usd(spent) });
}

async fn months_days_and_purses_do_not_mix(world: World) {
    let store = &world.store;
    let block = take(store, 100, 100).await.unwrap();
    let next = store.take_block("all", whole(100), Some(usd(100)), &holder(), NOON + 15 * DAY).await.unwrap().unwrap();
    assert_eq!(next.month.to_string(), "2026-12");
    assert!(store.take_block("key:shop", whole(100), Some(usd(100)), &holder(), NOON).await.unwrap().is_some());
    // Taken in November, settled in December: November's money, spent on a day of December.
    store.settle_block(block.id, usd(30), NOON + 15 * DAY).await.unwrap();
    assert_eq!(store.spent("all", NOON).await.unwrap(), Spent { settled: usd(30), open: usd(0), today: usd(0) });
    assert_eq!(store.spent("all", NOON + 15 * DAY).await.unwrap(), Spent { settled: usd(0), open: usd(100), today: usd(30) });
    assert_eq!(store.spent("nobody", NOON).await.unwrap(), Spent::default());
}

async fn what_was_spent_beyond_a_block_is_counted(world: World) {
    let block = take(&world.store, 10, 100).await.unwrap();
    world.store.settle_block(block.id, usd(25), NOON).await.unwrap();
    assert_eq!(world.store.spent("all", NOON).await.unwrap().settled, usd(25));
    assert_eq!(take(&world.store, 80, 100).await, None);
}

/// Another process: takes a block, says so, and lives until it is killed.
pub(crate) async fn take_and_hold(location: Location) {
    let store = Store::open(&location).await.unwrap();
    let block = take(&store, 60, 100).await.unwrap();
    say(block.id.0);
    std::future::pending::<()>().await;
}

/// Another process: takes and settles half of each block until nothing is left; says what it is about to spend before it settles.
pub(crate) async fn take_and_settle_for_ever(location: Location) {
    let store = Store::open(&location).await.unwrap();
    while let Some(block) = take(&store, 10, 1_000).await {
        say(5);
        store.settle_block(block.id, usd(5), NOON).await.unwrap();
    }
    // Whoever still listens hears that this was all.
    say("none left");
}

async fn a_killed_processs_block_counts_as_spent_until_it_is_reconciled(world: World) {
    let mut child = play("take a block and hold it", &world.location).spawn().unwrap();
    let id: i64 = heard(&mut child).next().unwrap().parse().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world.store.spent("all", NOON).await.unwrap().open, usd(60));
    assert_eq!(take(&world.store, 41, 100).await, None, "the dead may have spent it");
    let open = world.store.open_blocks().await.unwrap();
    assert_eq!(open.iter().map(|block| block.id).collect::<Vec<_>>(), [BlockId(id)]);
    assert!(world.store.settle_block(open[0].id, usd(20), NOON).await.unwrap());
    assert!(take(&world.store, 80, 100).await.is_some());
}

async fn processes_killed_in_the_midst_never_free_what_they_may_have_spent(world: World) {
    let mut spent = 0;
    for killed_after in [1, 4, 9, 2] {
        let mut children: Vec<_> = (0..2).map(|_| play("take and settle for ever", &world.location).spawn().unwrap()).collect();
        for child in &mut children {
            let words: Vec<String> = heard(child).take(killed_after).collect();
            child.kill().unwrap();
            spent += words.iter().filter_map(|word| word.parse::<i64>().ok()).sum::<i64>();
        }
        for child in &mut children {
            child.wait().unwrap();
        }
        let seen = world.store.spent("all", NOON).await.unwrap();
        assert!(seen.settled + seen.open >= usd(spent), "{spent} was spent and {seen:?} is known");
        assert!(seen.settled + seen.open <= usd(1_000), "{seen:?}");
        let open: Usd = world.store.open_blocks().await.unwrap().iter().map(|block| block.amount).sum();
        assert_eq!(open, seen.open, "the purse and its blocks agree");
    }
}
