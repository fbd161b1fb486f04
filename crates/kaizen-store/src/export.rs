//! Everything a project has in the store, row by row, as it is at one moment.
//!
//! A row is a JSON object of its columns. Columns that hold JSON stay the text they are: the audit chain hashes that text. Bytes are
//! text where they are UTF-8, else `{"base64": ...}`. Nothing is collected: a table of any size goes through one row at a time.

use crate::Store;
use crate::db::Db;
use crate::error::StoreError;
use crate::table::{Owner, TABLES};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt;
use kaizen_domain::id::ProjectId;
use serde_json::{Map, Value};
use sqlx::postgres::{PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{AssertSqlSafe, Column, Row, Transaction, TypeInfo, ValueRef};
use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedRow {
    /// The table.
    pub table: &'static str,
    /// Its columns.
    pub columns: Map<String, Value>,
}

/// What takes the rows; it may stop the export.
pub type Taker<'t> = dyn FnMut(ExportedRow) -> ControlFlow<()> + Send + 't;

/// Reads at one moment, however long it takes.
enum Reader {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Hands over every row of a project, or of the whole store, and the content its rows name.
    pub async fn export(&self, project: Option<ProjectId>, taker: &mut Taker<'_>) -> Result<(), StoreError> {
        let mut reader = Reader::begin(&self.db).await?;
        let mut named = BTreeSet::new();
        let mut take = |row: ExportedRow| {
            row.columns.values().filter_map(Value::as_str).for_each(|text| addresses(text, &mut named));
            taker(row)
        };
        for (table, owner) in TABLES {
            let condition = match (project, owner) {
                (None, _) => String::new(),
                (Some(_), Owner::Store) => continue,
                (Some(project), Owner::Itself) => format!(" WHERE id = {}", project.0),
                (Some(project), Owner::Project) => format!(" WHERE project_id = {}", project.0),
            };
            if reader.rows(table, &condition, &mut take).await?.is_break() {
                return Ok(());
            }
        }
        if project.is_some() {
            reader.content(named, taker).await?;
        }
        Ok(())
    }

    /// The addresses of all content that a project's rows name, directly or in what they name.
    pub(crate) async fn content_of(&self, project: ProjectId) -> Result<BTreeSet<String>, StoreError> {
        let mut found = BTreeSet::new();
        let mut note = |row: ExportedRow| {
            if let ("blob", Some(hash)) = (row.table, row.columns.get("hash").and_then(Value::as_str)) {
                found.insert(hash.to_owned());
            }
            ControlFlow::Continue(())
        };
        self.export(Some(project), &mut note).await?;
        Ok(found)
    }
}

impl Reader {
    async fn begin(db: &Db) -> Result<Self, StoreError> {
        Ok(match db {
            Db::Sqlite { read, .. } => Self::Sqlite(read.begin().await?),
            Db::Postgres(pool) => Self::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?),
        })
    }

    async fn rows(&mut self, table: &'static str, condition: &str, taker: &mut Taker<'_>) -> Result<ControlFlow<()>, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT * FROM {table}{condition}"));
        match self {
            Self::Sqlite(tx) => {
                let mut rows = sqlx::query(sql).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    if taker(ExportedRow { table, columns: of_sqlite(&row)? }).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            Self::Postgres(tx) => {
                let mut rows = sqlx::query(sql).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    if taker(ExportedRow { table, columns: of_postgres(&row)? }).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Content by its addresses, and what that names in turn: a change names the files it makes.
    async fn content(&mut self, named: BTreeSet<String>, taker: &mut Taker<'_>) -> Result<(), StoreError> {
        let mut waiting: VecDeque<String> = named.iter().cloned().collect();
        let mut seen = named;
        while let Some(hash) = waiting.pop_front() {
            let mut within = BTreeSet::new();
            let mut take = |row: ExportedRow| {
                row.columns.get("content").and_then(Value::as_str).into_iter().for_each(|text| addresses(text, &mut within));
                taker(row)
            };
            // An address is made of digits and letters only.
            if self.rows("blob", &format!(" WHERE hash = '{hash}'"), &mut take).await?.is_break() {
                return Ok(());
            }
            let fresh = within.into_iter().filter(|hash| seen.insert(hash.clone())).collect::<Vec<_>>();
            waiting.extend(fresh);
        }
        Ok(())
    }
}

/// Every run of exactly 64 lower-case hexadecimal digits in a text.
fn addresses(text: &str, found: &mut BTreeSet<String>) {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let runs = text.as_bytes().split(|byte| !is_digit(byte)).filter(|run| run.len() == 64);
    found.extend(runs.map(|run| String::from_utf8_lossy(run).into_owned()));
}

fn of_sqlite(row: &SqliteRow) -> Result<Map<String, Value>, StoreError> {
    let mut columns = Map::new();
    for (place, column) in row.columns().iter().enumerate() {
        let raw = row.try_get_raw(place)?;
        let kind = raw.type_info().name().to_owned();
        let value = match kind.as_str() {
            _ if raw.is_null() => Value::Null,
            "INTEGER" => Value::from(row.try_get_unchecked::<i64, _>(place)?),
            "REAL" => Value::from(row.try_get_unchecked::<f64, _>(place)?),
            "TEXT" => Value::from(row.try_get_unchecked::<String, _>(place)?),
            _ => bytes(row.try_get_unchecked::<Vec<u8>, _>(place)?),
        };
        columns.insert(column.name().to_owned(), value);
    }
    Ok(columns)
}

fn of_postgres(row: &PgRow) -> Result<Map<String, Value>, StoreError> {
    let mut columns = Map::new();
    for (place, column) in row.columns().iter().enumerate() {
        let value = match column.type_info().name() {
            _ if row.try_get_raw(place)?.is_null() => Value::Null,
            "INT8" => Value::from(row.try_get::<i64, _>(place)?),
            "FLOAT8" => Value::from(row.try_get::<f64, _>(place)?),
            "BYTEA" => bytes(row.try_get::<Vec<u8>, _>(place)?),
            _ => Value::from(row.try_get::<String, _>(place)?),
        };
        columns.insert(column.name().to_owned(), value);
    }
    Ok(columns)
}

fn bytes(content: Vec<u8>) -> Value {
    match String::from_utf8(content) {
        Ok(text) => Value::from(text),
        Err(binary) => serde_json::json!({ "base64": STANDARD.encode(binary.as_bytes()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_run_of_exactly_64_digits_wherever_it_stands() {
        let (one, long) = ("a".repeat(64), "b".repeat(65));
        let mut found = BTreeSet::new();
        addresses(&format!("{{\"content\":\"{one}\",\"x\":\"{long}\",\"y\":\"{}\"}}", "C".repeat(64)), &mut found);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [one]);
    }

    #[test]
    fn bytes_are_text_where_they_are_and_encoded_where_not() {
        assert_eq!(bytes(b"plain".to_vec()), "plain");
        assert_eq!(bytes(vec![0xff, 0]), serde_json::json!({ "base64": "/wA=" }));
    }
}
