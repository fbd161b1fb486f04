//! What can keep the store from doing its job, sorted by what a caller does about it.
//!
//! A message names the mend where there is one. Sources are chained, never repeated in the message.

use crate::lease::Holder;
use kaizen_domain::weakness::IllegalMove;
use std::io;
use std::path::{Path, PathBuf};

/// The store could not do its job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database failed in a way no caller can mend.
    #[error("the store's database failed")]
    Database(#[source] sqlx::Error),
    /// A newer Kaizen wrote this store.
    #[error(
        "the store has schema version {found} and this kaizen knows {known} at most; upgrade kaizen or choose another store with --store"
    )]
    TooNew {
        /// The schema version found.
        found: i64,
        /// The newest one this build knows.
        known: i64,
    },
    /// Something is not where the caller believes it is: another process moved it.
    #[error("{what} is {found}, not {expected}")]
    Moved {
        /// What, for people: `h42`.
        what: String,
        /// What the caller expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A life cycle has no such move.
    #[error(transparent)]
    Illegal(#[from] IllegalMove),
    /// Someone else holds the lease.
    #[error("held by process {} on {}", .holder.pid, .holder.host)]
    Held {
        /// Who.
        holder: Holder,
    },
    /// There is no such thing in this project.
    #[error("there is no {what}")]
    NotFound {
        /// What, for people: `h42`.
        what: String,
    },
    /// Stored data is not what was written, or cannot be read as what it should be.
    #[error("{what} is damaged in the store: {why}")]
    Corrupt {
        /// What, for people.
        what: String,
        /// How.
        why: String,
    },
    /// The disk takes no more data: nothing of the write happened.
    #[error("the store's disk is full, over its quota or failing; free some space, or choose another store with --store")]
    Full(#[source] sqlx::Error),
    /// The store can be read but not written.
    #[error("the store cannot be written; check its owner and permissions, or choose another store with --store")]
    ReadOnly(#[source] sqlx::Error),
    /// The database server does not answer, or does not let us in.
    #[error(
        "cannot connect to the store at '{place}'; check that the server runs and the address is right, or choose another store with --store"
    )]
    Unreachable {
        /// Its URL without the password.
        place: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The store's directory or file cannot be created or opened.
    #[error("cannot open the store at '{}'; check the path, its owner and permissions, or choose another store with --store", .path.display())]
    Path {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that should become a store is not fit for it.
    #[error("'{}' cannot be used: {why}", .path.display())]
    Unfit {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Another process has the store open, and it must not be.
    #[error("another process has the store at '{}' open", .path.display())]
    InUse {
        /// Where.
        path: PathBuf,
    },
}

/// What a failing database says, where a caller can do something about it.
enum Trouble {
    Full,
    ReadOnly,
    Other,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match trouble(&error) {
            Trouble::Full => Self::Full(error),
            Trouble::ReadOnly => Self::ReadOnly(error),
            Trouble::Other => Self::Database(error),
        }
    }
}

fn trouble(error: &sqlx::Error) -> Trouble {
    let code = error.as_database_error().and_then(|error| error.code());
    let Some(code) = code.as_deref() else { return Trouble::Other };
    match code {
        // PostgreSQL: disk_full, read_only_sql_transaction.
        "53100" => return Trouble::Full,
        "25006" => return Trouble::ReadOnly,
        _ => {}
    }
    // SQLite: the primary result code is the low byte of the extended one. A disk without space says SQLITE_FULL (13);
    // a quota says SQLITE_IOERR_WRITE (778) or, for the index of the write-ahead log, SQLITE_IOERR_SHMSIZE (4874).
    match code.parse::<i64>().map(|extended| (extended & 0xff, extended)) {
        Ok((13, _) | (10, 778 | 4874)) => Trouble::Full,
        Ok((8, _)) => Trouble::ReadOnly,
        _ => Trouble::Other,
    }
}

impl StoreError {
    pub(crate) fn path(path: &Path, source: io::Error) -> Self {
        Self::Path { path: path.to_owned(), source }
    }

    pub(crate) fn missing(what: impl ToString) -> Self {
        Self::NotFound { what: what.to_string() }
    }

    pub(crate) fn corrupt(what: impl ToString, why: impl ToString) -> Self {
        Self::Corrupt { what: what.to_string(), why: why.to_string() }
    }

    pub(crate) fn moved(what: impl ToString, expected: impl ToString, found: impl ToString) -> Self {
        Self::Moved { what: what.to_string(), expected: expected.to_string(), found: found.to_string() }
    }
}
