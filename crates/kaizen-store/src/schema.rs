//! Opening: places, connections and migrations.
//!
//! Migrations run one process at a time, each in a transaction. A schema newer than this build is refused before
//! anything is changed.

use crate::db::Db;
use crate::error::StoreError;
use crate::location::Location;
use sqlx::Connection;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a SQLite statement waits for another process' write.
const BUSY: Duration = Duration::from_secs(60);
/// How long the first connection to PostgreSQL may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Readers beside SQLite's one writer, and connections to PostgreSQL.
const CONNECTIONS: u32 = 4;

pub(crate) fn known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

pub(crate) async fn open(location: &Location) -> Result<Db, StoreError> {
    match location {
        Location::Memory => open_memory().await,
        Location::Sqlite(path) => open_file(path).await,
        Location::Postgres(url) => open_postgres(url, location).await,
    }
}

async fn open_memory() -> Result<Db, StoreError> {
    let write = one_writer().connect_with(options().in_memory(true)).await?;
    migrate_sqlite(&write).await?;
    Ok(Db::Sqlite { read: write.clone(), write })
}

async fn open_file(path: &Path) -> Result<Db, StoreError> {
    // Two processes may open a fresh store at once. Switching to WAL fails at once where another connection is
    // open, whatever the busy timeout; so openers take turns under a lock on the directory.
    let turn = aside(path, prepare).await?;
    let options = options().filename(path).create_if_missing(false);
    let write = one_writer().before_acquire(is_usable).connect_with(options.clone()).await.map_err(|error| cannot_open(path, error))?;
    migrate_sqlite(&write).await?;
    drop(turn);
    let read = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Db::Sqlite { write, read })
}

async fn open_postgres(url: &str, location: &Location) -> Result<Db, StoreError> {
    // A pool tries again until its patience ends and then says only that: the first connection is made without it.
    let unreachable = |source| StoreError::Unreachable { place: location.to_string(), source };
    let first = tokio::time::timeout(PATIENCE, PgConnection::connect(url)).await.map_err(|_| unreachable(sqlx::Error::PoolTimedOut))?;
    let mut first = first.map_err(unreachable)?;
    // The migrator takes PostgreSQL's advisory lock and gives it back when it is done: a transaction around it would
    // commit after that, and let two openers migrate at once. A migration is a transaction of its own.
    run(&mut first).await?;
    first.close().await?;
    Ok(Db::Postgres(PgPoolOptions::new().max_connections(CONNECTIONS).connect_lazy(url)?))
}

fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Pages that batch after batch touches again are folded into the file less often.
        .pragma("wal_autocheckpoint", "4000")
        // What is forgotten is overwritten.
        .pragma("secure_delete", "ON")
        .busy_timeout(BUSY)
}

/// One connection, kept for ever: a database in memory lives in it. Waiting for it is bounded by what waits for the disk.
fn one_writer() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None).acquire_timeout(2 * BUSY)
}

/// SQLite ends a transaction itself when the disk is full; the rollback that follows then fails, and the connection
/// would count as inside a transaction for ever. Such a connection is replaced by a new one.
fn is_usable(
    connection: &mut SqliteConnection,
    _: PoolConnectionMetadata,
) -> Pin<Box<dyn Future<Output = Result<bool, sqlx::Error>> + Send + '_>> {
    let usable = !connection.is_in_transaction();
    Box::pin(async move { Ok(usable) })
}

async fn migrate_sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    run(&mut *tx).await?;
    Ok(tx.commit().await?)
}

async fn run<C: Migrate>(connection: &mut C) -> Result<(), StoreError> {
    MIGRATIONS.run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => StoreError::TooNew { found, known: known() },
        MigrateError::VersionMismatch(version) => {
            StoreError::corrupt(format!("migration {version}"), "it is not the one this kaizen knows")
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => sqlx::Error::from(other).into(),
    })
}

fn cannot_open(path: &Path, error: sqlx::Error) -> StoreError {
    match error.as_database_error().and_then(|error| error.code()).as_deref() {
        // SQLITE_CANTOPEN: the directory cannot hold the write-ahead log, or the file cannot be read.
        Some("14") => StoreError::path(path, io::Error::new(ErrorKind::PermissionDenied, error)),
        _ => error.into(),
    }
}

/// Locks the directory of a store, as everybody does who opens one, until the returned file is dropped. The directory must exist.
pub(crate) async fn turn(path: &Path) -> Result<File, StoreError> {
    aside(path, locked).await
}

/// Does what waits for the file system where it keeps nobody else waiting.
async fn aside(path: &Path, work: fn(&Path) -> io::Result<File>) -> Result<File, StoreError> {
    let path = path.to_owned();
    let working = tokio::task::spawn_blocking(move || work(&path).map_err(|error| StoreError::path(&path, error)));
    working.await.map_err(|error| StoreError::from(sqlx::Error::Io(io::Error::other(error))))?
}

fn locked(path: &Path) -> io::Result<File> {
    let turn = File::open(directory(path))?;
    turn.lock()?;
    Ok(turn)
}

/// The directory a store lies in.
pub(crate) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Creates what is missing and locks the directory until the returned file is dropped.
fn prepare(path: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory(path))?;
    let turn = locked(path)?;
    // An existing file is not touched: closing it here would drop the locks SQLite holds on it in this process.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(turn),
    }
}
