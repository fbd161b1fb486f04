//! Gateway keys: found by their hash, once under each name, until they are revoked.

use crate::world::{World, hash, scenarios};
use kaizen_domain::money::Usd;
use kaizen_store::{GatewayKey, KeyRules};

scenarios!(a_key_is_found_by_its_hash_until_it_is_revoked, a_name_is_given_once);

async fn a_key_is_found_by_its_hash_until_it_is_revoked(world: World) {
    let store = &world.store;
    let rules = KeyRules { budget: Some(Usd::from_nanos(5)), rate: Some(60), models: vec!["gpt-*".into()], scopes: vec!["write".into()] };
    assert!(store.add_key("shop", hash("k1"), &rules, 1).await.unwrap());
    assert!(store.add_key("bank", hash("k2"), &KeyRules::default(), 2).await.unwrap());
    let shop = GatewayKey { name: "shop".into(), hash: hash("k1"), rules, created_at: 1, revoked_at: None };
    assert_eq!(store.key_by_hash(hash("k1")).await.unwrap(), Some(shop.clone()));
    assert_eq!(store.key_by_hash(hash("k3")).await.unwrap(), None);
    assert_eq!((store.revoke_key("shop", 9).await.unwrap(), store.revoke_key("shop", 10).await.unwrap()), (true, false));
    assert_eq!(store.key_by_hash(hash("k1")).await.unwrap(), None);
    assert!(!store.revoke_key("nobody", 1).await.unwrap());
    let keys = store.keys().await.unwrap();
    assert_eq!((keys[0].name.as_str(), &keys[1]), ("bank", &GatewayKey { revoked_at: Some(9), ..shop }));
}

async fn a_name_is_given_once(world: World) {
    assert!(world.store.add_key("shop", hash("k1"), &KeyRules::default(), 1).await.unwrap());
    assert!(!world.store.add_key("shop", hash("k2"), &KeyRules::default(), 1).await.unwrap());
    world.store.revoke_key("shop", 2).await.unwrap();
    assert!(!world.store.add_key("shop", hash("k3"), &KeyRules::default(), 3).await.unwrap(), "records name their tenant by it");
    assert_eq!(world.store.keys().await.unwrap()[0].hash, hash("k1"));
}
