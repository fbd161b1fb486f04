//! Projects, sagas, blobs, trust and what was tried.

use crate::world::{World, hash, scenarios};
use kaizen_domain::budget::Day;
use kaizen_domain::money::Usd;
use kaizen_store::{Contact, OperatorResult, Project, Saga, Store, StoreError, TierLine};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

scenarios!(
    a_project_is_its_root_and_takes_its_newest_name,
    racing_openers_create_a_project_once,
    a_saga_is_open_until_it_ends_and_its_first_outcome_stays,
    equal_blobs_are_stored_once_and_damage_is_found,
    trust_is_for_exactly_what_was_shown,
    the_first_outcome_of_a_change_stays,
    what_operators_came_to_adds_up_over_all_projects,
    hosts_are_added_up_by_purpose,
    the_steps_of_ladders_are_added_up_by_month,
);

async fn a_project_is_its_root_and_takes_its_newest_name(world: World) {
    let strange = Path::new(OsStr::from_bytes(b"/srv/caf\xe9"));
    let second = world.store.project(strange, "cafe", 2).await.unwrap();
    assert_eq!(world.store.project(strange, "kaffee", 3).await.unwrap(), second);
    let shop = Project { id: world.project, root: "/srv/shop".into(), name: "shop".into() };
    let cafe = Project { id: second, root: strange.into(), name: "kaffee".into() };
    assert_eq!(world.store.projects().await.unwrap(), [shop, cafe]);
    let third = world.store.project(Path::new("/srv/third"), "third", 2).await.unwrap();
    assert_eq!(third.to_string(), "p3");
}

async fn racing_openers_create_a_project_once(world: World) {
    let create = |store: Store, _| async move {
        let mut ids = Vec::new();
        for root in 0..20 {
            ids.push(store.project(Path::new(&format!("/srv/{root}")), "new", 1).await.unwrap());
        }
        ids
    };
    let ids: HashSet<_> = world.race(8, create).await.into_iter().collect();
    assert_eq!((ids.len(), world.store.projects().await.unwrap().len()), (1, 21));
}

async fn a_saga_is_open_until_it_ends_and_its_first_outcome_stays(world: World) {
    let (store, project) = (&world.store, world.project);
    let first = store.saga_begin(project, "promote", r#"{"step":2}"#, 1).await.unwrap();
    let second = store.saga_begin(project, "roll_back", "{}", 2).await.unwrap();
    let noted = Saga { id: first, kind: "promote".into(), data: r#"{"step":2}"#.into() };
    let begun = Saga { id: second, kind: "roll_back".into(), data: "{}".into() };
    assert_eq!(store.open_sagas(project).await.unwrap(), [noted, begun.clone()]);
    store.saga_end(project, first, "done", 3).await.unwrap();
    store.saga_end(project, first, "undone", 4).await.unwrap();
    assert_eq!(store.open_sagas(project).await.unwrap(), [begun]);
    let absent = store.saga_end(project, 99, "done", 3).await;
    assert!(matches!(absent, Err(StoreError::NotFound { .. })), "{absent:?}");
    assert_eq!(world.raw.execute("UPDATE saga SET data = '{}' WHERE outcome = 'done' AND ended_at = 3").await, 1);
}

async fn equal_blobs_are_stored_once_and_damage_is_found(world: World) {
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let address = world.store.put_blob(&bytes).await.unwrap();
    assert_eq!(world.store.put_blob(&bytes).await.unwrap(), address);
    assert_eq!(world.store.blob(&address).await.unwrap(), Some(bytes));
    let nothing = world.store.put_blob(b"").await.unwrap();
    assert_eq!(world.store.blob(&nothing).await.unwrap(), Some(vec![]));
    assert_eq!(world.store.blob(&hash("absent")).await.unwrap(), None);
    let damaged = format!("UPDATE blob SET content = (SELECT content FROM blob WHERE hash = '{nothing}') WHERE hash = '{address}'");
    assert_eq!(world.raw.execute(&damaged).await, 1);
    let found = world.store.blob(&address).await.unwrap_err();
    assert_eq!(found.to_string(), format!("blob {} is damaged in the store: its content has another hash", address.short()));
}

async fn trust_is_for_exactly_what_was_shown(world: World) {
    let other = world.store.project(Path::new("/srv/other"), "other", 1).await.unwrap();
    for at in [1, 2] {
        world.store.trust(world.project, hash("lines"), at).await.unwrap();
    }
    let trusted = async |project, text: &str| world.store.is_trusted(project, hash(text)).await.unwrap();
    assert!(trusted(world.project, "lines").await);
    assert!(!trusted(world.project, "other lines").await);
    assert!(!trusted(other, "lines").await);
}

async fn the_first_outcome_of_a_change_stays(world: World) {
    let (store, project) = (&world.store, world.project);
    let (one, two) = (world.proposed(1).await.id, world.proposed(2).await.id);
    let changes: Vec<_> = (0..1_100).map(|number| (hash(&format!("c{number}")), "failed".to_owned(), "a line".to_owned())).collect();
    store.remember_tried(project, 1, hash("b"), one, &changes[..1_000]).await.unwrap();
    store.remember_tried(project, 2, hash("b"), two, &changes[900..]).await.unwrap();
    let asked: Vec<_> = changes.iter().map(|(change, _, _)| *change).chain([hash("untried")]).collect();
    let found = store.tried(project, hash("b"), &asked).await.unwrap();
    assert_eq!(found, asked[..1_100].iter().copied().collect());
    assert_eq!(store.tried(project, hash("other"), &asked).await.unwrap(), HashSet::new());
    let counts = (store.tried_count(project, one).await.unwrap(), store.tried_count(project, two).await.unwrap());
    assert_eq!(counts, (1_000, 100));
    let newest = store.tried_by(project, two, 2).await.unwrap();
    assert_eq!(newest, vec![("a line".to_owned(), "failed".to_owned()); 2]);
    let reopened = Store::open(&world.location).await.unwrap();
    assert_eq!(reopened.tried(project, hash("b"), &asked[..1]).await.unwrap().len(), 1);
}

async fn what_operators_came_to_adds_up_over_all_projects(world: World) {
    let row = |operator: &str, failure: &str, tries: i64, promotions: i64| OperatorResult {
        operator: operator.into(),
        language: "python".into(),
        failure: failure.into(),
        tries,
        passes: promotions,
        promotions,
    };
    let other = world.store.project(Path::new("/srv/other"), "other", 2).await.unwrap();
    world
        .store
        .add_operator_results(world.project, &[row("comparison", "assertion", 10, 1), row("number", "assertion", 5, 0)])
        .await
        .unwrap();
    world.store.add_operator_results(world.project, &[row("comparison", "assertion", 3, 0)]).await.unwrap();
    world.store.add_operator_results(other, &[row("comparison", "assertion", 7, 2), row("comparison", "exception", 1, 1)]).await.unwrap();
    let known = world.store.operator_results("assertion").await.unwrap();
    assert_eq!(known, [row("comparison", "assertion", 20, 3), row("number", "assertion", 5, 0)]);
}

async fn hosts_are_added_up_by_purpose(world: World) {
    let contact = |part: &str, connections, at| Contact {
        part: part.into(),
        host: "api.example.org:443".into(),
        connections,
        refused: 1,
        sent: 10,
        received: 100,
        first_at: at,
        last_at: at,
    };
    let other = world.store.project(Path::new("/srv/other"), "other", 1).await.unwrap();
    world.store.add_contacts(world.project, &[]).await.unwrap();
    world.store.add_contacts(world.project, &[contact("telemetry", 2, 5), contact("calls", 1, 5)]).await.unwrap();
    world.store.add_contacts(world.project, &[contact("calls", 3, 9)]).await.unwrap();
    let added = Contact { refused: 2, sent: 20, received: 200, first_at: 5, ..contact("calls", 4, 9) };
    assert_eq!(world.store.contacts(world.project).await.unwrap(), [added, contact("telemetry", 2, 5)]);
    assert_eq!(world.store.contacts(other).await.unwrap(), []);
}

async fn the_steps_of_ladders_are_added_up_by_month(world: World) {
    let (store, project) = (&world.store, world.project);
    let (november, december) = (Day::of(1_795_000_000_000).month(), Day::of(1_797_000_000_000).month());
    let line = |model: &str, tries, spent| TierLine {
        model: model.into(),
        tries,
        verified: 1,
        wrong: tries - 1,
        spent: Usd::from_nanos(spent),
        saved: Usd::from_nanos(-3),
        ..TierLine::default()
    };
    let other = store.project(Path::new("/srv/other"), "other", 1).await.unwrap();
    store.add_tiers(project, november, &[]).await.unwrap();
    store.add_tiers(project, november, &[line("p/small", 3, 0), line("p/large", 1, 7)]).await.unwrap();
    store.add_tiers(other, november, &[line("p/large", 2, 5)]).await.unwrap();
    store.add_tiers(project, december, &[line("p/small", 1, 1)]).await.unwrap();
    let large = TierLine { verified: 2, wrong: 1, saved: Usd::from_nanos(-6), ..line("p/large", 3, 12) };
    assert_eq!(store.tiers(november).await.unwrap(), [large, line("p/small", 3, 0)]);
    assert_eq!(store.tiers(december).await.unwrap(), [line("p/small", 1, 1)]);
}
