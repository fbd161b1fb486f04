//! The response cache: per tenant, for a time, up to a number.

use crate::world::{World, hash, scenarios};
use kaizen_domain::money::Usd;
use kaizen_store::{CacheStats, CachedAnswer, Keep, Store};

scenarios!(
    an_answer_is_given_again_to_its_tenant_until_it_is_too_old,
    the_oldest_answers_make_room,
    hits_are_counted_and_priced,
    an_answer_outlives_the_process,
);

const KEEP: Keep = Keep { lifetime_ms: 100, entries: 3 };

fn answer(text: &str) -> CachedAnswer {
    CachedAnswer { answer: text.as_bytes().to_vec(), cost: Some(Usd::from_nanos(7)) }
}

async fn an_answer_is_given_again_to_its_tenant_until_it_is_too_old(world: World) {
    let store = &world.store;
    store.cache_answer("shop", hash("q"), &answer("a"), KEEP, 1_000).await.unwrap();
    assert_eq!(store.cached_answer("shop", hash("q"), 1_099).await.unwrap(), Some(answer("a")));
    assert_eq!(store.cached_answer("shop", hash("q"), 1_100).await.unwrap(), None);
    assert_eq!(store.cached_answer("bank", hash("q"), 1_001).await.unwrap(), None);
    assert_eq!(store.cached_answer("shop", hash("other"), 1_001).await.unwrap(), None);
    store.cache_answer("shop", hash("q"), &answer("b"), KEEP, 1_050).await.unwrap();
    assert_eq!(store.cached_answer("shop", hash("q"), 1_149).await.unwrap(), Some(answer("b")));
    let free = CachedAnswer { answer: vec![], cost: None };
    store.cache_answer("shop", hash("free"), &free, KEEP, 2_000).await.unwrap();
    assert_eq!(store.cached_answer("shop", hash("free"), 2_001).await.unwrap(), Some(free));
    assert_eq!(store.cache_stats().await.unwrap().entries, 1, "what is too old is let go");
}

async fn the_oldest_answers_make_room(world: World) {
    for number in 0..5 {
        world.store.cache_answer("shop", hash(&format!("q{number}")), &answer("a"), KEEP, 1_000 + number).await.unwrap();
    }
    let mut kept = Vec::new();
    for number in 0..5 {
        kept.push(world.store.cached_answer("shop", hash(&format!("q{number}")), 1_010).await.unwrap().is_some());
    }
    assert_eq!(kept, [false, false, true, true, true]);
    assert_eq!((world.store.clear_cache().await.unwrap(), world.store.cache_stats().await.unwrap()), (3, CacheStats::default()));
}

async fn hits_are_counted_and_priced(world: World) {
    let store = &world.store;
    store.cache_answer("shop", hash("q"), &answer("abc"), KEEP, 1_000).await.unwrap();
    for _ in 0..3 {
        store.count_hit("shop", hash("q")).await.unwrap();
    }
    store.count_hit("shop", hash("gone")).await.unwrap();
    let expected = CacheStats { entries: 1, bytes: 3, hits: 3, saved: Usd::from_nanos(21) };
    assert_eq!(store.cache_stats().await.unwrap(), expected);
}

async fn an_answer_outlives_the_process(world: World) {
    world.store.cache_answer("shop", hash("q"), &answer("a"), KEEP, 1_000).await.unwrap();
    let reopened = Store::open(&world.location).await.unwrap();
    assert_eq!(reopened.cached_answer("shop", hash("q"), 1_001).await.unwrap(), Some(answer("a")));
}
