//! A copy of a SQLite store in one file, taken while others go on writing; the proof that such a file is whole; its way back.
//!
//! Beside the store's own tables a copy has one more, `backup_part`: files that belong to it, by name. It is an ordinary SQLite file in
//! rollback mode, so that nothing lies beside it.

use crate::Store;
use crate::db::Db;
use crate::error::StoreError;
use crate::location::Location;
use crate::schema;
use kaizen_domain::hash::ContentHash;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, Row};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another process may hold a store that is about to be exchanged.
const PATIENCE: Duration = Duration::from_secs(3);

/// A file that belongs to a copy.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name: `config.toml`.
    pub name: String,
    /// Its bytes, which may be a secret.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Part({}, {} bytes)", self.name, self.content.len())
    }
}

/// What a copy was proven to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The schema it has.
    pub schema: i64,
    /// Projects.
    pub projects: u64,
    /// Records of all audit chains, each recomputed.
    pub records: u64,
    /// The files that belong to it.
    pub parts: Vec<Part>,
}

impl Store {
    /// Writes what the store holds at this moment into `file`, which does not exist or is empty, with `parts` beside it.
    pub async fn copy_into(&self, file: &Path, parts: &[Part]) -> Result<(), StoreError> {
        let Db::Sqlite { write, .. } = &self.db else { return Err(unfit(file, "only a SQLite store is copied this way")) };
        let name = file.to_str().ok_or_else(|| unfit(file, "its name is no UTF-8 text"))?;
        sqlx::query("VACUUM INTO $1").bind(name).execute(write).await?;
        let mut copy = plain(file).connect().await?;
        sqlx::query("CREATE TABLE backup_part (name TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL)").execute(&mut copy).await?;
        for part in parts {
            let sql = "INSERT INTO backup_part (name, content) VALUES ($1, $2)";
            sqlx::query(sql).bind(&part.name).bind(&part.content).execute(&mut copy).await?;
        }
        copy.close().await?;
        File::open(file).and_then(|file| file.sync_all()).map_err(|error| StoreError::path(file, error))
    }

    /// Proves that a copy is whole, and makes it a store of this schema: pages and references are checked, an older schema is migrated, every
    /// audit chain is recomputed, leases of the copied moment end, and the parts are taken out. `file` is changed: it is a copy of the copy.
    pub async fn adopt(file: &Path) -> Result<Proven, StoreError> {
        let parts = examined(file).await?;
        let store = Self::open(&Location::Sqlite(file.to_owned())).await?;
        let proven = store.proven(file, parts).await;
        if proven.is_ok() {
            let mut tx = store.db.begin().await?;
            tx.execute("DROP TABLE IF EXISTS backup_part", &[]).await?;
            tx.execute("DELETE FROM lease", &[]).await?;
            tx.commit().await?;
        }
        store.db.fold_log().await?;
        store.close().await;
        proven
    }

    async fn proven(&self, file: &Path, parts: Vec<Part>) -> Result<Proven, StoreError> {
        let projects = self.projects().await?;
        let mut records = 0;
        for project in &projects {
            let (count, _): (i64, ContentHash) = match self.verify_audit(project.id).await? {
                Ok(holds) => holds,
                Err(broken) => return Err(unfit(file, format!("the audit chain of {} is broken: {broken}", project.name))),
            };
            records += u64::try_from(count).unwrap_or(0);
        }
        Ok(Proven { schema: schema::known(), projects: projects.len() as u64, records, parts })
    }

    /// What the database itself finds wrong with its file; nothing on PostgreSQL.
    pub async fn flaws(&self) -> Result<Vec<String>, StoreError> {
        let Db::Sqlite { read, .. } = &self.db else { return Ok(Vec::new()) };
        let said: Vec<(String,)> = sqlx::query_as("PRAGMA quick_check(5)").fetch_all(read).await?;
        Ok(said.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
    }
}

/// The schema version a SQLite file says it has, without opening it as a store; `None` where it is no store.
async fn schema_of(copy: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    let sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('_sqlx_migrations', 'project', 'event')";
    let (tables,): (i64,) = sqlx::query_as(sql).fetch_one(&mut *copy).await?;
    if tables < 3 {
        return Ok(None);
    }
    let (version,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations").fetch_one(copy).await?;
    Ok(Some(version))
}

/// Pages, references, schema; the parts.
async fn examined(file: &Path) -> Result<Vec<Part>, StoreError> {
    let mut copy = plain(file).connect().await.map_err(|error| damaged(file, error))?;
    let found = examine(file, &mut copy).await;
    copy.close().await?;
    found
}

async fn examine(file: &Path, copy: &mut SqliteConnection) -> Result<Vec<Part>, StoreError> {
    let lines = sqlx::query("PRAGMA integrity_check(3)").fetch_all(&mut *copy).await.map_err(|error| damaged(file, error))?;
    let lines: Vec<String> = lines.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if lines != ["ok"] {
        return Err(unfit(file, format!("its pages are damaged: {}", lines.join("; "))));
    }
    let version = schema_of(copy).await.map_err(|error| damaged(file, error))?;
    let found = version.ok_or_else(|| unfit(file, "it is a SQLite file, and no store of Kaizen's"))?;
    if found > schema::known() {
        return Err(StoreError::TooNew { found, known: schema::known() });
    }
    if let Some(row) = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *copy).await? {
        let table: String = row.try_get(0)?;
        return Err(unfit(file, format!("a row of {table} refers to one that is not there")));
    }
    let (packed,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM sqlite_master WHERE name = 'backup_part'").fetch_one(&mut *copy).await?;
    if packed == 0 {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, Vec<u8>)> = sqlx::query_as("SELECT name, content FROM backup_part ORDER BY name").fetch_all(copy).await?;
    Ok(rows.into_iter().map(|(name, content)| Part { name, content }).collect())
}

/// A store nobody has open, and nobody opens as long as this lives.
#[derive(Debug)]
pub struct Still {
    store: PathBuf,
    _turn: File,
}

impl Still {
    /// Waits for its turn, folds the write-ahead log into the file and makes sure that nobody has it open.
    ///
    /// Errors: [`StoreError::InUse`] where somebody has.
    pub async fn of(store: &Path) -> Result<Self, StoreError> {
        let turn = schema::turn(store).await?;
        let still = Self { store: store.to_owned(), _turn: turn };
        if store.metadata().is_ok_and(|found| found.len() > 0) {
            let options = plain(store).busy_timeout(PATIENCE);
            let busy = |error: sqlx::Error| match error.as_database_error().and_then(|error| error.code()).as_deref() {
                Some("5" | "261" | "517") => StoreError::InUse { path: store.to_owned() },
                _ => error.into(),
            };
            options.connect().await.map_err(busy)?.close().await.map_err(busy)?;
        }
        Ok(still)
    }

    /// As [`Still::of`], for a file that cannot be read as a store: only the turn is waited for.
    pub async fn unread(store: &Path) -> Result<Self, StoreError> {
        Ok(Self { store: store.to_owned(), _turn: schema::turn(store).await? })
    }

    /// Gives the file a second name, which is free, so that it stays when another takes its place; what lies beside it is moved along.
    pub fn keep(&self, kept: &Path) -> Result<(), StoreError> {
        let failed = |error| StoreError::path(kept, error);
        match std::fs::hard_link(&self.store, kept) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => copied(&self.store, kept).map_err(failed)?,
            linked => linked.map_err(failed)?,
        }
        for end in ["-wal", "-shm"] {
            match std::fs::rename(beside(&self.store, end), beside(kept, end)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts another file in its place, in one step.
    pub fn put(&self, new: &Path) -> Result<(), StoreError> {
        let synced = || -> io::Result<()> {
            File::open(new)?.sync_all()?;
            std::fs::rename(new, &self.store)?;
            File::open(schema::directory(&self.store))?.sync_all()
        };
        synced().map_err(|error| StoreError::path(&self.store, error))
    }
}

/// For file systems without hard links.
fn copied(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

/// The name of what SQLite keeps beside a file.
fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// A file in rollback mode, which leaves nothing beside it.
fn plain(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).create_if_missing(false).journal_mode(SqliteJournalMode::Delete)
}

fn unfit(file: &Path, why: impl Into<String>) -> StoreError {
    StoreError::Unfit { path: file.to_owned(), why: why.into() }
}

fn damaged(file: &Path, error: sqlx::Error) -> StoreError {
    match error.as_database_error() {
        Some(said) => unfit(file, said.message()),
        None => error.into(),
    }
}
