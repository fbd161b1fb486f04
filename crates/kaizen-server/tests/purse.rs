//! Money put aside by calls that take it from under each other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use futures_util::poll;
use kaizen_domain::budget::Day;
use kaizen_domain::money::Usd;
use kaizen_server::gateway::purse::{ALL, Purses, Short, Source, open};
use kaizen_store::{Holder, Location, Store};
use std::pin::pin;

/// 2026-11-20, 12:00 UTC.
const NOON: i64 = 1_795_176_000_000;
const CENT: Usd = Usd::from_nanos(10_000_000);

async fn purses() -> Purses {
    let store = Store::open(&Location::Memory).await.unwrap();
    let holder = Holder { host: "here".into(), pid: 7, started: 8 };
    open(store, holder, CENT, || NOON, |why| panic!("{why}")).0
}

fn source(purse: &str, cents: i64) -> Source {
    Source { purse: purse.to_owned(), limit: Usd::from_nanos(cents * CENT.nanos()) }
}

#[tokio::test]
async fn a_call_whose_block_another_call_took_takes_another_block() {
    let purses = purses().await;
    let month = Day::of(NOON).month();
    let both = [source(ALL, 2), source("key:alice", 2)];
    let mut slow = pin!(purses.reserve(&both, month, CENT));
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
