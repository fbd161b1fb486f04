//! Opening: fresh, older, newer, unwritable, many at once.

use crate::world::{Raw, World, postgres_place, run, scenarios, sqlite_place};
use kaizen_domain::hypothesis::HypothesisState;
use kaizen_domain::weakness::WeaknessState;
use kaizen_store::{Location, Store, StoreError, schema_version};
use sqlx::{PgPool, SqlitePool};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

scenarios!(a_newer_schema_is_refused, the_schema_knows_every_state_of_the_domain);

/// Brings an empty place to the schema's first version and puts a project there, as an older kaizen did.
async fn make_old(location: &Location) {
    let migrations = sqlx::migrate!("./migrations");
    match location {
        Location::Postgres(url) => migrations.run_to(1, &PgPool::connect(url).await.unwrap()).await.unwrap(),
        Location::Sqlite(path) => {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let pool = SqlitePool::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
            migrations.run_to(1, &pool).await.unwrap();
            pool.close().await;
        }
        Location::Memory => unreachable!("a store in memory is never old"),
    }
    let old = Raw::open(location).await;
    let genesis = kaizen_domain::audit::genesis();
    let sql = format!("INSERT INTO project SELECT 1, root, 'old', 1, 0, 0, '{genesis}' FROM (SELECT content AS root FROM blob) b");
    let blob = match location {
        Location::Postgres(_) => r"INSERT INTO blob VALUES ('x', '/srv/old')",
        _ => "INSERT INTO blob VALUES ('x', CAST('/srv/old' AS BLOB))",
    };
    old.execute(blob).await;
    old.execute(&sql).await;
    old.execute("UPDATE sequence SET last_id = 1 WHERE kind = 'project'").await;
}

async fn an_older_schema_migrates_and_keeps_its_data(location: Location) {
    make_old(&location).await;
    let store = Store::open(&location).await.unwrap();
    let project = store.project(Path::new("/srv/old"), "old", 5).await.unwrap();
    assert_eq!(project.to_string(), "p1");
    store.enqueue(project, "a", "{}", 0, None, 5).await.unwrap();
    store.tally(project, crate::world::hash("k"), &[]).await.unwrap();
}

#[test]
fn an_older_sqlite_schema_migrates_and_keeps_its_data() {
    let (location, _directory) = sqlite_place();
    run(an_older_schema_migrates_and_keeps_its_data(location));
}

#[test]
fn an_older_postgres_schema_migrates_and_keeps_its_data() {
    if let Some(location) = postgres_place() {
        run(an_older_schema_migrates_and_keeps_its_data(location));
    }
}

async fn a_newer_schema_is_refused(world: World) {
    let now = "SELECT 999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
    let columns = "version, description, installed_on, success, checksum, execution_time";
    world.raw.execute(&format!("INSERT INTO _sqlx_migrations ({columns}) {now}")).await;
    let refused = Store::open(&world.location).await.unwrap_err();
    let known = schema_version();
    assert!(matches!(refused, StoreError::TooNew { found: 999, known: newest } if newest == known), "{refused:?}");
    let expected = format!(
        "the store has schema version 999 and this kaizen knows {known} at most; upgrade kaizen or choose another store with --store"
    );
    assert_eq!(refused.to_string(), expected);
}

async fn the_schema_knows_every_state_of_the_domain(world: World) {
    let hypothesis = world.proposed(1).await;
    let word = |state: serde_json::Value| state.as_str().unwrap().to_owned();
    for state in HypothesisState::ALL {
        let state_word = word(serde_json::to_value(state).unwrap());
        world.raw.execute(&format!("UPDATE hypothesis SET state = '{state_word}'")).await;
        let read = world.store.hypothesis(world.project, hypothesis.id).await.unwrap().unwrap();
        assert_eq!(read.state, state);
    }
    for state in WeaknessState::ALL {
        let state_word = word(serde_json::to_value(state).unwrap());
        world.raw.execute(&format!("UPDATE weakness SET state = '{state_word}'")).await;
        assert_eq!(world.store.weaknesses(world.project).await.unwrap()[0].state, state);
    }
}

#[test]
fn a_fresh_sqlite_store_is_readable_by_its_owner_only() {
    let (location, directory) = sqlite_place();
    run(async {
        let store = Store::open(&location).await.unwrap();
        store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
    });
    let mode = |name: &str| std::fs::metadata(directory.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("state"), mode("state/kaizen.db")), (0o700, 0o600));
}

#[test]
fn a_fresh_sqlite_store_may_be_opened_by_many_at_once() {
    for _ in 0..30 {
        let (location, _directory) = sqlite_place();
        run(async {
            let mut openers = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let location = location.clone();
                openers.spawn(async move { Store::open(&location).await.map(drop).unwrap() });
            }
            assert_eq!(openers.join_all().await.len(), 8);
        });
    }
}

#[test]
fn a_store_in_memory_starts_empty_and_serves_many_tasks() {
    run(async {
        let store = Store::open(&Location::Memory).await.unwrap();
        let project = store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..20 {
            let store = store.clone();
            tasks.spawn(async move { store.trust(project, crate::world::hash(&format!("{number}")), 1).await.unwrap() });
        }
        tasks.join_all().await;
        assert!(store.is_trusted(project, crate::world::hash("7")).await.unwrap());
        assert_eq!(Store::open(&Location::Memory).await.unwrap().projects().await.unwrap(), []);
    });
}

#[test]
fn a_directory_in_the_place_of_the_store_is_named_in_the_error() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(directory.path().into());
    run(async {
        let refused = Store::open(&location).await.unwrap_err();
        assert!(matches!(refused, StoreError::Path { .. }), "{refused:?}");
        assert!(refused.to_string().contains(&location.to_string()), "{refused}");
    });
}
