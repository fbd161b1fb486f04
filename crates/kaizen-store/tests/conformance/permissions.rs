//! Questions about money: answered once, by whoever is first.

use crate::world::{World, scenarios};
use kaizen_domain::money::Usd;
use kaizen_store::{Holder, OpenPlea, Permission, PermissionId, Plea, StoreError};

scenarios!(a_question_is_open_until_somebody_answers_it_and_the_first_answer_stays);

async fn a_question_is_open_until_somebody_answers_it_and_the_first_answer_stays(world: World) {
    let store = &world.store;
    let plea = |tenant: Option<&str>| Plea {
        operation: "op-1".into(),
        kind: "chat".into(),
        tenant: tenant.map(str::to_owned),
        model: "openai/gpt-5".into(),
        worst: Usd::from_nanos(7),
        reason: "it is dear".into(),
        holder: Holder { host: "here".into(), pid: 7, started: 8 },
    };
    let first = store.ask_permission(&plea(Some("alice")), 5).await.unwrap();
    let second = store.ask_permission(&plea(None), 6).await.unwrap();
    let open = |id, asked_at, tenant| OpenPlea { id, asked_at, plea: plea(tenant) };
    assert_eq!(store.open_permissions().await.unwrap(), [open(first, 5, Some("alice")), open(second, 6, None)]);
    assert_eq!(store.permission(first).await.unwrap(), None);
    assert!(store.answer_permission(first, Permission::Allowed, 7).await.unwrap());
    assert!(!store.answer_permission(first, Permission::Refused, 8).await.unwrap(), "it was answered");
    assert_eq!(store.permission(first).await.unwrap(), Some(Permission::Allowed));
    assert!(store.answer_permission(second, Permission::Withdrawn, 9).await.unwrap());
    assert_eq!((store.permission(second).await.unwrap(), store.open_permissions().await.unwrap()), (Some(Permission::Withdrawn), vec![]));
    assert!(!store.answer_permission(PermissionId(99), Permission::Allowed, 9).await.unwrap());
    assert!(matches!(store.permission(PermissionId(99)).await, Err(StoreError::NotFound { .. })));
}
