//! Single runs of cases, in bulk: which cases are flaky, how long they take.
//!
//! Names and hashes are stored once and referred to by number, so that a run is a row of small numbers.

use crate::Store;
use crate::db::{Tx, Value, list, row, values};
use crate::error::StoreError;
use crate::stored::{storable, to_i64};
use crate::writing::Writing;
use kaizen_domain::benchmark::BenchmarkId;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::ProjectId;
use kaizen_domain::scorecard::{CaseId, CaseOutcome};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Rows per statement: past a hundred, more gain little.
const ROWS: usize = 100;
/// Names asked for or written per statement.
const NAMES: usize = 500;

/// One case of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRun {
    /// When, milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Of which benchmark.
    pub benchmark: BenchmarkId,
    /// On which state of the project.
    pub baseline: ContentHash,
    /// Which case.
    pub case: CaseId,
    /// How it ended.
    pub outcome: CaseOutcome,
    /// How long it took in microseconds, where it is known.
    pub duration_us: Option<i64>,
}

/// A case that was seen both to pass and to fail on the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlakyCase {
    /// Which.
    pub case: CaseId,
    /// Runs in which it passed.
    pub passes: u64,
    /// Runs in which it failed.
    pub fails: u64,
}

type Series = (BenchmarkId, ContentHash);

impl Store {
    /// Records runs, all of them or none.
    pub async fn record_case_runs(&self, project: ProjectId, runs: &[CaseRun]) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let cases = writing.case_numbers(runs).await?;
        let series = writing.series_numbers(runs).await?;
        let number = |run: &CaseRun| series.get(&(run.benchmark, run.baseline)).copied().zip(cases.get(&*storable(&run.case.0)).copied());
        let full = insert(&writing.tx, ROWS);
        for rows in runs.chunks(ROWS) {
            let mut bound: Vec<Value<'_>> = Vec::with_capacity(rows.len() * 6);
            for run in rows {
                let (series, case) = number(run).ok_or_else(|| StoreError::corrupt("a case run", "its names got no number"))?;
                bound.extend(row![project, series, case, run.at, word(run.outcome), run.duration_us]);
            }
            let sql = if rows.len() == ROWS { full.clone() } else { insert(&writing.tx, rows.len()) };
            writing.tx.execute(sql, &bound).await?;
        }
        writing.commit().await
    }

    /// The cases that were seen both to pass and to fail on the same state, by name, and how often.
    pub async fn flaky_cases(
        &self,
        project: ProjectId,
        benchmark: BenchmarkId,
        baseline: ContentHash,
    ) -> Result<Vec<FlakyCase>, StoreError> {
        let sql = "SELECT c.name, SUM(CASE WHEN r.outcome = 'pass' THEN 1 ELSE 0 END), \
            SUM(CASE WHEN r.outcome IN ('fail', 'error') THEN 1 ELSE 0 END) FROM case_run r \
            JOIN case_series s ON s.project_id = r.project_id AND s.id = r.series_id \
            JOIN case_name c ON c.project_id = r.project_id AND c.id = r.case_id \
            WHERE r.project_id = $1 AND s.benchmark = $2 AND s.baseline = $3 GROUP BY c.name \
            HAVING SUM(CASE WHEN r.outcome = 'pass' THEN 1 ELSE 0 END) > 0 \
            AND SUM(CASE WHEN r.outcome IN ('fail', 'error') THEN 1 ELSE 0 END) > 0";
        let rows: Vec<(String, i64, i64)> = self.db.rows(sql, values![project, benchmark.0, baseline]).await?;
        let counted = |(name, passes, fails): (String, i64, i64)| FlakyCase {
            case: CaseId(name),
            passes: passes.unsigned_abs(),
            fails: fails.unsigned_abs(),
        };
        let mut cases: Vec<FlakyCase> = rows.into_iter().map(counted).collect();
        cases.sort_by(|a, b| a.case.cmp(&b.case));
        Ok(cases)
    }
}

impl Writing {
    /// The number of every case named, new ones written.
    async fn case_numbers(&mut self, runs: &[CaseRun]) -> Result<HashMap<String, i64>, StoreError> {
        let named: HashSet<Cow<'_, str>> = runs.iter().map(|run| storable(&run.case.0)).collect();
        let named: Vec<&str> = named.iter().map(AsRef::as_ref).collect();
        let mut numbers = HashMap::with_capacity(named.len());
        for asked in named.chunks(NAMES) {
            let sql = format!("SELECT name, id FROM case_name WHERE project_id = $1 AND name IN ({})", list(2, asked.len()));
            let mut bound = vec![Value::from(self.project)];
            bound.extend(asked.iter().map(|name| Value::from(*name)));
            numbers.extend(self.tx.rows::<(String, i64)>(sql, &bound).await?);
        }
        let fresh: Vec<&str> = named.into_iter().filter(|name| !numbers.contains_key(*name)).collect();
        numbers.extend(self.number_cases(&fresh).await?);
        Ok(numbers)
    }

    async fn number_cases(&mut self, fresh: &[&str]) -> Result<Vec<(String, i64)>, StoreError> {
        let count = to_i64("a batch of cases", fresh.len() as u64)?;
        let first = self.tx.next_ids("case", count).await?;
        let numbered: Vec<(String, i64)> = fresh.iter().map(ToString::to_string).zip(first..).collect();
        for rows in numbered.chunks(NAMES) {
            let bound: Vec<Value<'_>> = rows.iter().flat_map(|(name, id)| row![self.project, *id, name]).collect();
            let sql = format!("INSERT INTO case_name (project_id, id, name) VALUES {}", self.tx.rows_of(rows.len(), 3));
            self.tx.execute(sql, &bound).await?;
        }
        Ok(numbered)
    }

    /// The number of every benchmark and state named, new ones written.
    async fn series_numbers(&mut self, runs: &[CaseRun]) -> Result<HashMap<Series, i64>, StoreError> {
        let named: HashSet<Series> = runs.iter().map(|run| (run.benchmark, run.baseline)).collect();
        let mut numbers = HashMap::with_capacity(named.len());
        for series in named {
            numbers.insert(series, self.series_number(series).await?);
        }
        Ok(numbers)
    }

    async fn series_number(&mut self, (benchmark, baseline): Series) -> Result<i64, StoreError> {
        let sql = "SELECT id FROM case_series WHERE project_id = $1 AND benchmark = $2 AND baseline = $3";
        if let Some((id,)) = self.tx.first::<(i64,)>(sql, values![self.project, benchmark.0, baseline]).await? {
            return Ok(id);
        }
        let id = self.tx.next_ids("series", 1).await?;
        let sql = "INSERT INTO case_series (project_id, id, benchmark, baseline) VALUES ($1, $2, $3, $4)";
        self.tx.execute(sql, values![self.project, id, benchmark.0, baseline]).await?;
        Ok(id)
    }
}

/// The statement that records this many runs. Spelling it costs more than running it: full batches share one.
fn insert(tx: &Tx, rows: usize) -> String {
    format!("INSERT INTO case_run (project_id, series_id, case_id, at, outcome, duration_us) VALUES {}", tx.rows_of(rows, 6))
}

/// The outcome's word in JSON, without a detour through JSON for every row.
fn word(outcome: CaseOutcome) -> &'static str {
    match outcome {
        CaseOutcome::Pass => "pass",
        CaseOutcome::Fail => "fail",
        CaseOutcome::Error => "error",
        CaseOutcome::Skip => "skip",
    }
}
