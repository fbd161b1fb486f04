//! An empty store with one project, a second door to its tables, and the shortest way to each state.

use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::{Category, Hypothesis, HypothesisMove as M, HypothesisState as S, Idea, Leader, Provenance};
use kaizen_domain::id::{HypothesisId, ProjectId, TrialId, WeaknessId};
use kaizen_domain::trial::Trial;
use kaizen_domain::version::{DeployMode, NewVersion, Version};
use kaizen_domain::weakness::{Finding, Gap, Weakness};
use kaizen_store::{Location, Store};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Names scenarios once and runs each on both databases.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        mod sqlite { $(#[test] fn $name() { $crate::world::on_sqlite(super::$name) })* }
        mod postgres { $(#[test] fn $name() { $crate::world::on_postgres(super::$name) })* }
    };
}
pub(crate) use scenarios;

/// Raw access to the tables, as someone with the database's password has it.
pub(crate) enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Raw {
    pub(crate) async fn open(location: &Location) -> Self {
        match location {
            Location::Postgres(url) => Self::Postgres(PgPool::connect(url).await.unwrap()),
            other => Self::Sqlite(SqlitePool::connect(&format!("sqlite://{other}?mode=rwc")).await.unwrap()),
        }
    }

    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(pool) => sqlx::query(sql).execute(pool).await.unwrap().rows_affected(),
            Self::Postgres(pool) => sqlx::query(sql).execute(pool).await.unwrap().rows_affected(),
        }
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) raw: Raw,
    pub(crate) location: Location,
    pub(crate) project: ProjectId,
    _directory: Option<TempDir>,
}

pub(crate) fn run(scenario: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(scenario);
}

/// A place for a SQLite store that does not exist yet, and the directory that ends with it.
pub(crate) fn sqlite_place() -> (Location, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (Location::Sqlite(directory.path().join("state").join("kaizen.db")), directory)
}

/// An empty PostgreSQL database; `None` where the tests were told to do without.
pub(crate) fn postgres_place() -> Option<Location> {
    kaizen_testkit::postgres::database().unwrap().map(Location::Postgres)
}

pub(crate) fn on_sqlite(scenario: impl AsyncFnOnce(World)) {
    let (location, directory) = sqlite_place();
    run(async { scenario(World::at(location, Some(directory)).await).await });
}

pub(crate) fn on_postgres(scenario: impl AsyncFnOnce(World)) {
    if let Some(location) = postgres_place() {
        run(async { scenario(World::at(location, None).await).await });
    }
}

pub(crate) fn hash(text: &str) -> ContentHash {
    ContentHash::of(text.as_bytes())
}

pub(crate) fn finding(key: &str, lost: u32) -> Finding {
    let gap = Gap::Cases { cases: vec![], lost: lost.into() };
    Finding { key: key.into(), title: format!("{key} fails"), description: "seen".into(), gap, impact: 7 }
}

pub(crate) fn idea(weakness: WeaknessId, attempt: u32) -> Idea {
    Idea {
        weakness,
        proposer: "mutate".into(),
        provenance: Provenance::Own,
        category: Category::Code,
        root_cause: "an off-by-one".into(),
        strategy: "shift a bound".into(),
        priority: 50,
        expected_gain: 0.1 + 0.2,
        confidence: None,
        baseline: hash("baseline"),
        seed: u64::MAX,
        attempt,
    }
}

pub(crate) fn new_version(hypothesis: HypothesisId, trial: TrialId, commit: &str) -> NewVersion {
    NewVersion {
        subject: "code".into(),
        hypothesis,
        trial,
        reference: "refs/heads/kaizen/x".into(),
        commit: commit.into(),
        before_tree: "1".into(),
        after_tree: "2".into(),
        mode: DeployMode::Branch,
        summary: "a line".into(),
        measured: "better".into(),
        promoted_by: "kaizen".into(),
    }
}

impl World {
    async fn at(location: Location, directory: Option<TempDir>) -> Self {
        let store = Store::open(&location).await.unwrap();
        let project = store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
        Self { raw: Raw::open(&location).await, store, location, project, _directory: directory }
    }

    /// Lets `count` tasks, each with a store of its own, start at the same moment; returns what each came to.
    pub(crate) async fn race<T, F>(&self, count: i64, runner: impl Fn(Store, i64) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let start = Arc::new(Barrier::new(usize::try_from(count).unwrap()));
        let mut runners = JoinSet::new();
        for number in 0..count {
            let start = start.clone();
            let running = runner(Store::open(&self.location).await.unwrap(), number);
            runners.spawn(async move {
                start.wait().await;
                running.await
            });
        }
        runners.join_all().await
    }

    pub(crate) async fn weakness(&self, key: &str) -> Weakness {
        let found = self.store.record_findings(self.project, 10, &[finding(key, 1)]).await.unwrap();
        found.into_iter().find(|weakness| weakness.finding.key == key).unwrap()
    }

    pub(crate) async fn proposed(&self, attempt: u32) -> Hypothesis {
        let weakness = self.weakness("gap").await.id;
        self.store.create_hypothesis(self.project, 11, &idea(weakness, attempt)).await.unwrap()
    }

    pub(crate) async fn step(&self, id: HypothesisId, from: S, step: M) -> S {
        self.store.move_hypothesis(self.project, id, from, &step, 12).await.unwrap()
    }

    /// A hypothesis in testing whose leader is `change`.
    pub(crate) async fn testing(&self, attempt: u32, change: &str) -> HypothesisId {
        let id = self.proposed(attempt).await.id;
        self.step(id, S::Proposed, M::Test).await;
        let leader = Leader { change: hash("blob"), identity: hash(change), summary: "a line".into(), flaky: None };
        self.store.set_leader(self.project, id, &leader).await.unwrap();
        id
    }

    /// Puts the leader on trial against a baseline on a day; the level says what it was computed from.
    pub(crate) async fn trial(&self, hypothesis: HypothesisId, baseline: &str, change: &str, day: i64) -> Trial {
        let alpha = |index: u32, promotions: u32| f64::from(index) + f64::from(promotions) / 100.0;
        let at = day * 86_400_000 + 5;
        let (baseline, change) = (hash(baseline), hash(change));
        self.store.start_trial(self.project, at, hypothesis, baseline, change, "tier", r#"{"a":1}"#, &alpha).await.unwrap()
    }

    pub(crate) async fn approved(&self, attempt: u32, change: &str) -> (HypothesisId, TrialId) {
        let id = self.testing(attempt, change).await;
        let trial = self.trial(id, "baseline", change, 0).await.id;
        self.step(id, S::Testing, M::Approve).await;
        (id, trial)
    }

    pub(crate) async fn promoted(&self, attempt: u32, change: &str) -> Version {
        let (id, trial) = self.approved(attempt, change).await;
        let made = new_version(id, trial, change);
        let version = self.store.reserve_version(self.project).await.unwrap();
        self.store.promote(self.project, 20, version, S::Approved, &made).await.unwrap()
    }

    /// The names of all events so far, in order.
    pub(crate) async fn events(&self) -> Vec<&'static str> {
        let events = self.store.events(self.project, 0, 10_000).await.unwrap();
        events.iter().map(|stored| stored.event.name()).collect()
    }

    /// Makes the next audit record impossible to write.
    pub(crate) async fn block_audit(&self) {
        let next = self.events().await.len() + 1;
        let sql = format!("INSERT INTO event VALUES ({}, {next}, 0, 'X', '{{}}', 'x', 'x')", self.project.0);
        self.raw.execute(&sql).await;
    }

    /// Removes what [`World::block_audit`] put in the way.
    pub(crate) async fn free_audit(&self) {
        assert_eq!(self.raw.execute("DELETE FROM event WHERE hash = 'x'").await, 1);
    }
}
