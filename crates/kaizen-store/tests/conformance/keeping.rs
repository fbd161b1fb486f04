//! Copies, exports and purges: nothing is missing, nothing is left, and the pages say what there is.

use crate::world::{Raw, World, hash, run, scenarios, sqlite_place};
use kaizen_domain::id::ProjectId;
use kaizen_store::{ExportedRow, Location, Part, Still, Store, StoreError};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

scenarios!(
    an_export_has_every_row_of_its_project_and_the_content_it_names,
    an_export_ends_when_it_is_told_to,
    a_purge_takes_all_of_a_project_and_leaves_what_others_name,
    a_purge_of_everything_leaves_ids_that_are_never_given_again,
);

async fn counted(store: &Store, project: Option<ProjectId>) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    let mut count = |row: ExportedRow| {
        *counts.entry(row.table).or_default() += 1;
        ControlFlow::Continue(())
    };
    store.export(project, &mut count).await.unwrap();
    counts
}

/// A second project that names content of the first and some of its own.
async fn neighbour(world: &World) -> ProjectId {
    let neighbour = world.store.project(Path::new("/srv/bank"), "bank", 1).await.unwrap();
    let own = world.store.put_blob(b"own").await.unwrap();
    let shared = world.store.put_blob(b"shared").await.unwrap();
    world.store.saga_begin(neighbour, "promote", &format!("{own} {shared}"), 5).await.unwrap();
    neighbour
}

async fn filled(world: &World) {
    world.promoted(1, "one").await;
    world.trial(world.testing(2, "two").await, "baseline", "two", 0).await;
    let shared = world.store.put_blob(b"shared").await.unwrap();
    let alone = world.store.put_blob(b"alone").await.unwrap();
    let change = world.store.put_blob(format!("{{\"content\":\"{alone}\"}}").as_bytes()).await.unwrap();
    world.store.put_blob(b"named by nobody").await.unwrap();
    world.store.saga_begin(world.project, "promote", &format!("{shared} {change}"), 5).await.unwrap();
    world.store.trust(world.project, hash("t"), 1).await.unwrap();
}

async fn an_export_has_every_row_of_its_project_and_the_content_it_names(world: World) {
    filled(&world).await;
    neighbour(&world).await;
    let counts = counted(&world.store, Some(world.project)).await;
    let expected = [
        ("project", 1),
        ("weakness", 1),
        ("hypothesis", 2),
        ("trial", 2),
        ("ticket", 2),
        ("version", 1),
        ("saga", 1),
        ("trust", 1),
        ("blob", 3),
    ];
    for (table, count) in expected {
        assert_eq!(counts.get(table), Some(&count), "{table} in {counts:?}");
    }
    let all = counted(&world.store, None).await;
    assert_eq!((all["project"], all["blob"], all["event"]), (2, 5, counts["event"]));
}

async fn an_export_ends_when_it_is_told_to(world: World) {
    filled(&world).await;
    let mut seen = 0;
    let mut three = |_: ExportedRow| {
        seen += 1;
        if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    world.store.export(Some(world.project), &mut three).await.unwrap();
    assert_eq!(seen, 3);
}

async fn a_purge_takes_all_of_a_project_and_leaves_what_others_name(world: World) {
    filled(&world).await;
    let neighbour = neighbour(&world).await;
    let (before, others) = (counted(&world.store, Some(world.project)).await, counted(&world.store, Some(neighbour)).await);
    let told = world.store.would_purge(world.project).await.unwrap();
    assert_eq!(counted(&world.store, Some(world.project)).await, before, "looking changes nothing");
    let gone = world.store.purge(world.project).await.unwrap();
    // Of the three pieces of content it names, the neighbour names one.
    let expected: BTreeMap<_, _> =
        before.into_iter().map(|(table, count)| (table, if table == "blob" { count - 1 } else { count })).collect();
    assert_eq!((&gone, &told), (&expected, &expected));
    assert_eq!(counted(&world.store, Some(world.project)).await, BTreeMap::new());
    assert_eq!(counted(&world.store, Some(neighbour)).await, others);
}

async fn a_purge_of_everything_leaves_ids_that_are_never_given_again(world: World) {
    filled(&world).await;
    neighbour(&world).await;
    world.store.purge_everything().await.unwrap();
    assert_eq!(counted(&world.store, None).await.keys().copied().collect::<Vec<_>>(), ["sequence"]);
    let fresh = world.store.project(Path::new("/srv/shop"), "shop", 9).await.unwrap();
    assert_eq!(fresh, ProjectId(3));
}

#[test]
fn every_table_and_column_of_the_schema_is_exported_and_stands_on_its_page() {
    let page = include_str!("../../../../docs/reference/export.md");
    let (location, _directory) = sqlite_place();
    run(async {
        let store = Store::open(&location).await.unwrap();
        store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
        let raw = Raw::open(&location).await;
        let Raw::Sqlite(pool) = &raw else { panic!("this is SQLite") };
        let sql = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
            WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid";
        let found: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(pool).await.unwrap();
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        for (table, column) in &found {
            let row = rows.iter().find(|row| row.starts_with(&format!("| `{table}` |")));
            let row = row.unwrap_or_else(|| panic!("docs/reference/export.md and src/table.rs do not know the table {table}"));
            assert!(row.contains(&format!("`{column}`")), "docs/reference/export.md does not know {table}.{column}");
        }
        let tables: std::collections::BTreeSet<&String> = found.iter().map(|(table, _)| table).collect();
        assert_eq!(tables.len(), rows.len(), "the page has tables that the schema has not");
    });
}

fn parts() -> Vec<Part> {
    vec![Part { name: "config.toml".into(), content: b"[budget]\n".to_vec() }]
}

#[test]
fn a_copy_taken_while_others_write_is_whole_and_holds_one_moment() {
    let (location, directory) = sqlite_place();
    run(async {
        let store = Store::open(&location).await.unwrap();
        let project = store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
        let writer = store.clone();
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (until, begun) = (stop.clone(), std::sync::Arc::new(tokio::sync::Notify::new()));
        let first = begun.clone();
        let writing = tokio::spawn(async move {
            let mut at = 0;
            while !until.load(std::sync::atomic::Ordering::Relaxed) {
                writer.record_findings(project, at, &[crate::world::finding(&format!("w{at}"), 1)]).await.unwrap();
                at += 1;
                first.notify_one();
            }
        });
        begun.notified().await;
        let copy = directory.path().join("copy");
        store.copy_into(&copy, &parts()).await.unwrap();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        writing.await.unwrap();
        let proven = Store::adopt(&copy).await.unwrap();
        assert_eq!((proven.projects, proven.parts), (1, parts()));
        assert!(proven.records >= 1);
        let adopted = Store::open(&Location::Sqlite(copy)).await.unwrap();
        assert_eq!(adopted.projects().await.unwrap(), store.projects().await.unwrap());
        assert_eq!(adopted.flaws().await.unwrap(), Vec::<String>::new());
    });
}

#[test]
fn a_file_that_is_no_store_of_ours_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let other = directory.path().join("other.db");
    run(async {
        let raw = Raw::open(&Location::Sqlite(other.clone())).await;
        raw.execute("CREATE TABLE mine (a TEXT)").await;
        if let Raw::Sqlite(pool) = raw {
            pool.close().await;
        }
        let refused = Store::adopt(&other).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Unfit { why, .. } if why.contains("no store of Kaizen's")), "{refused:?}");
    });
}

#[test]
fn a_store_that_was_kept_is_never_overwritten_by_another() {
    let directory = tempfile::tempdir().unwrap();
    let [store, kept] = ["kaizen.db", "kept.db"].map(|name| directory.path().join(name));
    std::fs::write(&store, "new").unwrap();
    std::fs::write(&kept, "old").unwrap();
    run(async {
        let still = Still::unread(&store).await.unwrap();
        assert!(matches!(still.keep(&kept), Err(StoreError::Path { path, .. }) if path == kept));
        let free = directory.path().join("free.db");
        still.keep(&free).unwrap();
        assert_eq!([kept, free].map(|file| std::fs::read_to_string(file).unwrap()), ["old", "new"]);
    });
}
