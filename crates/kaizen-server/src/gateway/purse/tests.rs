//! Money put aside by calls that take it from under each other.

use super::*;
use futures_util::poll;
use kaizen_domain::budget::Day;
use kaizen_store::Location;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// 2026-11-20, 12:00 UTC.
const NOON: i64 = 1_795_176_000_000;
const CENT: Usd = Usd::from_nanos(10_000_000);

async fn purses(at: &Location) -> (Store, Purses, Settler) {
    let store = Store::open(at).await.unwrap();
    let holder = Holder { host: "here".into(), pid: 7, started: 8 };
    let (purses, settler) = open(store.clone(), holder, CENT, || NOON, |why| panic!("{why}"));
    (store, purses, settler)
}

fn source(purse: &str, cents: i64) -> Source {
    Source { purse: purse.to_owned(), limit: Usd::from_nanos(cents * CENT.nanos()) }
}

#[tokio::test]
async fn a_call_whose_block_another_call_took_takes_another_block() {
    let (_store, purses, _settler) = purses(&Location::Memory).await;
    let month = Day::of(NOON).month();
    let both = [source(ALL, 2), source("key:alice", 2)];
    let mut slow = pin!(purses.filled(&both, month, CENT));
    // It has a block of the first purse and waits for one of the second: now somebody who needs only the first one comes.
    while purses.own(ALL, month).0 < CENT {
        assert!(poll!(&mut slow).is_pending(), "it needs two blocks");
        tokio::task::yield_now().await;
    }
    let quick = purses.reserve(&both[..1], month, CENT).await.unwrap();
    let slow = slow.await.unwrap();
    assert_eq!((quick.amount(), slow.amount()), (CENT, CENT));
    let third = purses.reserve(&both[..1], month, CENT).await;
    assert!(matches!(third, Err(Short::Limit { .. })), "two cents are two cents: {third:?}");
}

#[tokio::test]
async fn a_call_that_goes_away_while_its_block_is_taken_leaves_no_money_behind() {
    let month = Day::of(NOON).month();
    let both = [source(ALL, 2), source("key:alice", 2)];
    for (allowed, steps) in [false, true].into_iter().flat_map(|allowed| (0..12).map(move |steps| (allowed, steps))) {
        let room = tempfile::tempdir().unwrap();
        let (store, purses, settler) = purses(&Location::Sqlite(room.path().join("store.db"))).await;
        {
            let mut reserving = pin!(async {
                match allowed {
                    true => purses.reserve_allowed(&both, month, CENT).await,
                    false => purses.reserve(&both, month, CENT).await,
                }
            });
            let mut left = steps;
            let reserved = poll_fn(|context| match (reserving.as_mut().poll(context), left) {
                (Poll::Ready(reserved), _) => Poll::Ready(Some(reserved)),
                (Poll::Pending, 0) => Poll::Ready(None),
                (Poll::Pending, _) => {
                    left -= 1;
                    Poll::Pending
                }
            });
            if let Some(reserved) = reserved.await {
                reserved.unwrap().settle(Usd::ZERO);
            }
        }
        purses.close().await;
        drop(purses);
        settler.finish().await;
        let spent = [ALL, "key:alice"].map(|purse| store.spent(purse, NOON));
        for spent in spent {
            let spent = spent.await.unwrap();
            assert_eq!((spent.open, spent.settled), (Usd::ZERO, Usd::ZERO), "allowed: {allowed}, dropped after {steps} steps");
        }
    }
}
