//! Operations: written in bulk, once under each id, and read page by page, the newest first.
//!
//! Nothing of a record changes later but a kind that was only guessed, and what telemetry tells again. What is searched or summed has
//! a column, everything else is one JSON text. A batch is one transaction: acknowledged after its commit, none of it is lost; not
//! acknowledged, none of it is there.

use crate::Store;
use crate::db::{Tx, Value, row, values};
use crate::error::StoreError;
use crate::page::{Cursor, Filter, Page, conditions, page};
use crate::stored::{at_most, from_json, from_word, storable, to_json};
use kaizen_domain::id::ProjectId;
use kaizen_domain::money::{Usage, Usd};
use kaizen_domain::operation::{CacheUse, Content, Failure, Kind, ModelUse, Operation, OperationId, Outcome, Quality, RouteTaken, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows per statement: past a hundred, more gain little.
const ROWS: usize = 100;
const COLUMNS: usize = 15;
/// Traces per statement.
const TRACES: usize = 50;
const NAMES: &str = "project_id, id, kind, started_at, duration_us, outcome, source, session, tenant, model, \
    input_tokens, output_tokens, cost, cache, rest";

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recorded {
    /// Records that were not known before.
    pub new: u64,
    /// Records whose id was: nothing of them changed.
    pub known: u64,
}

/// What no column holds.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Rest {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_token_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<OperationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<ModelUse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offline: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<RouteTaken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Quality>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, serde_json::Value>,
}

/// [`Rest`] without its copies.
#[derive(Serialize)]
struct RestOf<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_token_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: &'a Option<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: &'a Option<OperationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: &'a Option<ModelUse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offline: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: &'a Option<RouteTaken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: &'a Option<Quality>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: &'a Option<Content>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: &'a BTreeMap<String, serde_json::Value>,
}

impl<'a> From<&'a Operation> for RestOf<'a> {
    fn from(operation: &'a Operation) -> Self {
        Self {
            first_token_us: operation.first_token_us,
            error: &operation.error,
            parent: &operation.parent,
            model: &operation.model,
            usage: operation.usage,
            offline: operation.offline,
            route: &operation.route,
            quality: &operation.quality,
            content: &operation.content,
            attributes: &operation.attributes,
        }
    }
}

#[derive(sqlx::FromRow)]
struct OperationRow {
    id: String,
    kind: String,
    started_at: i64,
    duration_us: i64,
    outcome: String,
    source: String,
    session: Option<String>,
    tenant: Option<String>,
    cost: Option<i64>,
    cache: Option<String>,
    rest: String,
}

impl OperationRow {
    const SELECT: &str = "SELECT id, kind, started_at, duration_us, outcome, source, session, tenant, cost, cache, rest FROM operation WHERE project_id = $1";

    fn operation(self) -> Result<Operation, StoreError> {
        let damaged = |error| StoreError::corrupt("an operation's name", error);
        let rest: Rest = from_json("an operation", &self.rest)?;
        Ok(Operation {
            id: self.id.try_into().map_err(damaged)?,
            kind: self.kind.try_into().map_err(damaged)?,
            started_at: self.started_at,
            duration_us: u64::try_from(self.duration_us).map_err(|error| StoreError::corrupt("an operation's duration", error))?,
            first_token_us: rest.first_token_us,
            outcome: from_word("an operation's outcome", self.outcome)?,
            error: rest.error,
            session: self.session.map(TryInto::try_into).transpose().map_err(damaged)?,
            parent: rest.parent,
            tenant: self.tenant,
            model: rest.model,
            usage: rest.usage,
            cost: self.cost.map(Usd::from_nanos),
            offline: rest.offline,
            cache: self.cache.map(|word| from_word("an operation's cache", word)).transpose()?,
            route: rest.route,
            quality: rest.quality,
            source: from_word("an operation's source", self.source)?,
            content: rest.content,
            attributes: rest.attributes,
        })
    }
}

impl Store {
    /// Records operations, all of them or none. One whose id the project knows changes nothing.
    pub async fn record_operations(&self, project: ProjectId, operations: &[Operation]) -> Result<Recorded, StoreError> {
        let mut tx = self.db.begin().await?;
        let recorded = record(&mut tx, project, operations).await?;
        tx.commit().await?;
        Ok(recorded)
    }

    /// One page of operations, newest first; at most `limit` of them.
    pub async fn operations(&self, project: ProjectId, filter: &Filter, limit: u32) -> Result<Page<Operation>, StoreError> {
        let outcome = filter.outcome.map(outcome_word);
        let (conditions, bound) =
            conditions(project, filter, &[("model", filter.model.as_deref()), ("outcome", outcome), ("tenant", filter.tenant.as_deref())]);
        let sql = format!("{}{conditions} ORDER BY started_at DESC, id DESC LIMIT {}", OperationRow::SELECT, i64::from(limit) + 1);
        let rows: Vec<OperationRow> = self.db.rows(sql, &bound).await?;
        let found: Result<Vec<Operation>, StoreError> = rows.into_iter().map(OperationRow::operation).collect();
        Ok(page(found?, limit, |operation| Cursor { started_at: operation.started_at, id: operation.id.clone() }))
    }

    /// Gives an operation another kind than the one it was guessed to have. `false`: there is none with that kind under this id.
    pub async fn relabel_operation(&self, project: ProjectId, id: &OperationId, guessed: &Kind, kind: &Kind) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE operation SET kind = $4 WHERE project_id = $1 AND id = $2 AND kind = $3";
        let changed = tx.execute(sql, values![project, id.as_str(), guessed.as_str(), kind.as_str()]).await?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// One operation.
    pub async fn operation(&self, project: ProjectId, id: &OperationId) -> Result<Option<Operation>, StoreError> {
        let sql = format!("{} AND id = $2", OperationRow::SELECT);
        let row: Option<OperationRow> = self.db.first(sql, values![project, id.as_str()]).await?;
        row.map(OperationRow::operation).transpose()
    }

    /// Calls of models that telemetry told, in these traces, begun from `since` until `until`; at most `limit`, the newest first. The id
    /// of such an operation begins with its trace and a colon.
    pub async fn told_calls(
        &self,
        project: ProjectId,
        traces: &[String],
        (since, until): (i64, i64),
        limit: u32,
    ) -> Result<Vec<Operation>, StoreError> {
        let mut found = Vec::new();
        for some in traces.chunks(TRACES) {
            let mut bound: Vec<Value<'_>> = vec![project.into(), since.into(), until.into(), limit.into()];
            let mut ranges = Vec::with_capacity(some.len());
            for trace in some {
                // The sign after the colon is the semicolon.
                bound.extend(row![format!("{trace}:"), format!("{trace};")]);
                ranges.push(format!("(project_id = $1 AND id >= ${} AND id < ${})", bound.len() - 1, bound.len()));
            }
            // The signs keep SQLite from the index by time, which holds everything of these minutes: the traces are few.
            let sql = format!(
                "{} AND +started_at >= $2 AND +started_at <= $3 AND source = 'otlp' AND model IS NOT NULL AND ({}) \
                 ORDER BY +started_at DESC, id DESC LIMIT $4",
                OperationRow::SELECT,
                ranges.join(" OR ")
            );
            let rows: Vec<OperationRow> = self.db.rows(sql, &bound).await?;
            found.extend(rows.into_iter().map(OperationRow::operation).collect::<Result<Vec<_>, _>>()?);
        }
        found.sort_by(|a, b| (b.started_at, &b.id).cmp(&(a.started_at, &a.id)));
        found.truncate(limit as usize);
        Ok(found)
    }

    /// Puts what an operation is known to be now in the place of what was written: its tokens, its cost, its attributes. `false` where it is
    /// not there any more.
    pub async fn retell(&self, project: ProjectId, operation: &Operation) -> Result<bool, StoreError> {
        let rest = to_json("an operation", &RestOf::from(operation))?;
        let (input, output) = (operation.usage.map(|usage| at_most(usage.input)), operation.usage.map(|usage| at_most(usage.output)));
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE operation SET input_tokens = $3, output_tokens = $4, cost = $5, rest = $6 WHERE project_id = $1 AND id = $2";
        let bound = values![project, operation.id.as_str(), input, output, operation.cost.map(Usd::nanos), rest];
        let changed = tx.execute(sql, bound).await?;
        tx.commit().await?;
        Ok(changed == 1)
    }
}

/// Writes operations within a transaction.
pub(crate) async fn record(tx: &mut Tx, project: ProjectId, operations: &[Operation]) -> Result<Recorded, StoreError> {
    let full = insert(tx, ROWS);
    let mut new = 0;
    for rows in operations.chunks(ROWS) {
        let rests: Result<Vec<String>, StoreError> = rows.iter().map(|one| to_json("an operation", &RestOf::from(one))).collect();
        let rests = rests?;
        let mut bound: Vec<Value<'_>> = Vec::with_capacity(rows.len() * COLUMNS);
        rows.iter().zip(&rests).for_each(|(operation, rest)| bound.extend(columns(project, operation, rest)));
        let sql = if rows.len() == ROWS { full.clone() } else { insert(tx, rows.len()) };
        new += tx.execute(sql, &bound).await?;
    }
    Ok(Recorded { new, known: operations.len() as u64 - new })
}

/// The statement that records this many. Spelling it costs more than running it: full batches share one.
fn insert(tx: &Tx, rows: usize) -> String {
    format!("INSERT INTO operation ({NAMES}) VALUES {} ON CONFLICT (project_id, id) DO NOTHING", tx.rows_of(rows, COLUMNS))
}

fn columns<'a>(project: ProjectId, operation: &'a Operation, rest: &'a str) -> [Value<'a>; COLUMNS] {
    let model = operation.model.as_ref().map(|model| model.served.as_deref().unwrap_or(&model.asked));
    row![
        project,
        operation.id.as_str(),
        operation.kind.as_str(),
        operation.started_at,
        at_most(operation.duration_us),
        outcome_word(operation.outcome),
        source_word(operation.source),
        operation.session.as_ref().map(|session| session.as_str()),
        operation.tenant.as_deref().map(storable),
        model.map(storable),
        operation.usage.map(|usage| at_most(usage.input)),
        operation.usage.map(|usage| at_most(usage.output)),
        operation.cost.map(Usd::nanos),
        operation.cache.map(cache_word),
        rest,
    ]
}

/// The words of JSON, without a detour through JSON for every row.
pub(crate) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Failed => "failed",
        Outcome::Cancelled => "cancelled",
        Outcome::Refused => "refused",
    }
}

fn source_word(source: Source) -> &'static str {
    match source {
        Source::Gateway => "gateway",
        Source::Api => "api",
        Source::Record => "record",
        Source::Otlp => "otlp",
        Source::Own => "own",
    }
}

fn cache_word(cache: CacheUse) -> &'static str {
    match cache {
        CacheUse::Hit => "hit",
        CacheUse::Miss => "miss",
        CacheUse::Joined => "joined",
        CacheUse::Off => "off",
    }
}

/// Whether a project has an operation or trajectory of this id, or one of this session.
pub(crate) async fn knows(tx: &mut Tx, project: ProjectId, column: &'static str, name: &str) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT 1 FROM operation WHERE project_id = $1 AND {column} = $2 UNION ALL \
         SELECT 1 FROM trajectory WHERE project_id = $1 AND {column} = $2 LIMIT 1"
    );
    let found: Option<(i32,)> = tx.first(sql, values![project, name]).await?;
    Ok(found.is_some())
}
