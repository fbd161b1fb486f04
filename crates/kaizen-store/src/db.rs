//! The two databases behind one set of statements: values in, rows out.
//!
//! One SQL text serves both; `$1` placeholders mean the same to them. SQLite has one writing connection whose
//! transactions begin IMMEDIATE, so that writers queue instead of failing halfway, and a pool of readers.

use crate::error::StoreError;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::{HypothesisId, JobId, ProjectId, TrialId, VersionId, WeaknessId};
use sqlx::postgres::{PgArguments, PgPool, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, FromRow, Transaction};
use std::borrow::Cow;

/// The open database.
#[derive(Clone)]
pub(crate) enum Db {
    /// `read` is `write` itself for a database in memory, which lives in one connection.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction that writes. Dropped without a commit it changes nothing.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A row type both databases can fill.
pub(crate) trait Stored: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Stored for T {}

/// A value bound to a placeholder.
pub(crate) enum Value<'a> {
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<Cow<'a, str>>),
    Bytes(&'a [u8]),
}

/// An array of anything a [`Value`] can be made of, in the order of the placeholders.
macro_rules! row {
    ($($value:expr),* $(,)?) => { [$($crate::db::Value::from($value)),*] };
}
/// The same, borrowed: what one statement binds.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &$crate::db::row![$($value),*] };
}
pub(crate) use {row, values};

impl Db {
    pub(crate) fn dialect(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            // Connecting takes kilobytes of state, and this future lies in every one that writes.
            Self::Postgres(pool) => Tx::Postgres(Box::pin(pool.begin()).await?),
        })
    }

    /// Reads rows outside a transaction.
    pub(crate) async fn rows<T: Stored>(&self, sql: impl Into<Cow<'static, str>>, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Sqlite { read, .. } => sqlx::query_as_with(sql, sqlite(values)?).fetch_all(read).await?,
            Self::Postgres(pool) => sqlx::query_as_with(sql, postgres(values)?).fetch_all(pool).await?,
        })
    }

    /// Reads the first row outside a transaction.
    pub(crate) async fn first<T: Stored>(&self, sql: impl Into<Cow<'static, str>>, values: &[Value<'_>]) -> Result<Option<T>, StoreError> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Sqlite { read, .. } => sqlx::query_as_with(sql, sqlite(values)?).fetch_optional(read).await?,
            Self::Postgres(pool) => sqlx::query_as_with(sql, postgres(values)?).fetch_optional(pool).await?,
        })
    }

    /// On SQLite writes the log into the file and empties it; PostgreSQL keeps its own counsel.
    pub(crate) async fn fold_log(&self) -> Result<(), StoreError> {
        if let Self::Sqlite { write, .. } = self {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(write).await?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Runs a statement; returns how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: impl Into<Cow<'static, str>>, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Sqlite(tx) => sqlx::query_with(sql, sqlite(values)?).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => sqlx::query_with(sql, postgres(values)?).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Runs a statement that returns rows.
    pub(crate) async fn rows<T: Stored>(&mut self, sql: impl Into<Cow<'static, str>>, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Self::Sqlite(tx) => sqlx::query_as_with(sql, sqlite(values)?).fetch_all(&mut **tx).await?,
            Self::Postgres(tx) => sqlx::query_as_with(sql, postgres(values)?).fetch_all(&mut **tx).await?,
        })
    }

    /// Runs a statement that returns at most one row.
    pub(crate) async fn first<T: Stored>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: &[Value<'_>],
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The next `count` ids of a kind; returns the first. The kind's row stays locked until the transaction ends.
    pub(crate) async fn next_ids(&mut self, kind: &'static str, count: i64) -> Result<i64, StoreError> {
        let sql = "UPDATE sequence SET last_id = last_id + $2 WHERE kind = $1 RETURNING last_id";
        let last: Option<(i64,)> = self.first(sql, values![kind, count]).await?;
        last.map(|(last,)| last - count + 1).ok_or_else(|| StoreError::corrupt(format!("the sequence '{kind}'"), "it is missing"))
    }

    /// What PostgreSQL needs behind a SELECT so that two workers never wait for, or get, the same row.
    /// SQLite's one writer needs nothing.
    pub(crate) fn skip_locked(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// The placeholders of many rows, in order. SQLite looks a named placeholder up among all others, which for thousands of
    /// them takes most of the time: its own have no names.
    pub(crate) fn rows_of(&self, rows: usize, columns: usize) -> String {
        match self {
            Self::Sqlite(_) => vec![format!("({})", vec!["?"; columns].join(", ")); rows].join(", "),
            Self::Postgres(_) => tuples(rows, columns),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// `($1, $2), ($3, $4)` for `rows` rows of `columns` columns.
fn tuples(rows: usize, columns: usize) -> String {
    let tuple = |row| format!("({})", list(row * columns + 1, columns));
    (0..rows).map(tuple).collect::<Vec<_>>().join(", ")
}

/// `$first, $first+1, ...`: `count` placeholders of an IN list.
pub(crate) fn list(first: usize, count: usize) -> String {
    (first..first + count).map(|index| format!("${index}")).collect::<Vec<_>>().join(", ")
}

macro_rules! bind {
    ($name:ident, $arguments:ty) => {
        fn $name(values: &[Value<'_>]) -> Result<$arguments, sqlx::Error> {
            let mut arguments = <$arguments>::default();
            arguments.reserve(values.len(), values.len() * 16);
            for value in values {
                match value {
                    Value::Int(value) => arguments.add(*value),
                    Value::Real(value) => arguments.add(*value),
                    Value::Text(value) => arguments.add(value.as_deref()),
                    Value::Bytes(value) => arguments.add(*value),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            Ok(arguments)
        }
    };
}
bind!(sqlite, SqliteArguments);
bind!(postgres, PgArguments);

macro_rules! value_from {
    ($($source:ty => |$value:ident| $made:expr),* $(,)?) => {
        $(impl<'a> From<$source> for Value<'a> {
            fn from($value: $source) -> Self {
                $made
            }
        })*
    };
}
value_from! {
    i64 => |value| Self::Int(Some(value)),
    Option<i64> => |value| Self::Int(value),
    u32 => |value| Self::Int(Some(i64::from(value))),
    f64 => |value| Self::Real(Some(value)),
    &'a str => |value| Self::Text(Some(Cow::Borrowed(value))),
    &'a String => |value| Self::Text(Some(Cow::Borrowed(value))),
    String => |value| Self::Text(Some(Cow::Owned(value))),
    Option<&'a str> => |value| Self::Text(value.map(Cow::Borrowed)),
    Cow<'a, str> => |value| Self::Text(Some(value)),
    Option<Cow<'a, str>> => |value| Self::Text(value),
    Option<f64> => |value| Self::Real(value),
    Option<String> => |value| Self::Text(value.map(Cow::Owned)),
    ContentHash => |value| Self::Text(Some(Cow::Owned(value.to_string()))),
    &'a [u8] => |value| Self::Bytes(value),
    ProjectId => |value| Self::Int(Some(value.0)),
    WeaknessId => |value| Self::Int(Some(value.0)),
    HypothesisId => |value| Self::Int(Some(value.0)),
    TrialId => |value| Self::Int(Some(value.0)),
    VersionId => |value| Self::Int(Some(value.0)),
    JobId => |value| Self::Int(Some(value.0)),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_on_across_rows() {
        assert_eq!(tuples(2, 3), "($1, $2, $3), ($4, $5, $6)");
        assert_eq!(tuples(1, 1), "($1)");
        assert_eq!(list(3, 2), "$3, $4");
    }
}
