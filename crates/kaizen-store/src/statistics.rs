//! The coins of trials, the pairs that show a machine's noise, and studies of settings.
//!
//! A coin is written before its pair runs and never altered. Calibration pairs are the unchanged project measured
//! twice: what differs between them is noise.

use crate::Store;
use crate::db::values;
use crate::error::StoreError;
use crate::stored::{from_json, from_word, to_checked_json, to_hash, to_u32, to_word};
use kaizen_domain::benchmark::BenchmarkId;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::{HypothesisId, ProjectId, TrialId};
use kaizen_domain::trial::{Arm, Coin};
use std::collections::BTreeMap;

/// Metrics of one run by name.
pub type Metrics = BTreeMap<String, f64>;

/// One machine's judge: what calibration belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bench<'a> {
    /// The machine's name.
    pub machine: &'a str,
    /// The judge's identity.
    pub benchmark: BenchmarkId,
}

/// The unchanged project measured twice, back to back.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationPair {
    /// The state of the project.
    pub baseline: ContentHash,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// For which side the first run stood in.
    pub coin: Arm,
    /// What the first run gave.
    pub first: Metrics,
    /// What the second run gave.
    pub second: Metrics,
}

#[derive(sqlx::FromRow)]
struct PairRow {
    baseline: String,
    at: i64,
    coin: String,
    first: String,
    second: String,
}

impl Store {
    /// Records the coin of a pair. A coin that is recorded stays as it is.
    pub async fn append_coin(&self, project: ProjectId, trial: TrialId, coin: Coin) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "INSERT INTO coin (project_id, trial_id, stage, pair, first) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let (stage, first) = (to_word(&coin.stage)?, to_word(&coin.first)?);
        writing.tx.execute(sql, values![project, trial, stage, coin.pair, first]).await?;
        writing.commit().await
    }

    /// A trial's coins.
    pub async fn coins(&self, project: ProjectId, trial: TrialId) -> Result<Vec<Coin>, StoreError> {
        let sql = "SELECT stage, pair, first FROM coin WHERE project_id = $1 AND trial_id = $2 ORDER BY stage, pair";
        let rows: Vec<(String, i64, String)> = self.db.rows(sql, values![project, trial]).await?;
        let what = "a coin";
        let coin = |(stage, pair, first): (String, i64, String)| {
            Ok(Coin { stage: from_word(what, stage)?, pair: to_u32(what, pair)?, first: from_word(what, first)? })
        };
        rows.into_iter().map(coin).collect()
    }

    /// Records a pair of runs of the unchanged project.
    pub async fn record_calibration(&self, project: ProjectId, bench: &Bench<'_>, pair: &CalibrationPair) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "SELECT COALESCE(MAX(place), 0) FROM calibration WHERE project_id = $1 AND machine = $2 AND benchmark = $3";
        let last: Option<(i64,)> = writing.tx.first(sql, values![project, bench.machine, bench.benchmark.0]).await?;
        let place = last.map_or(0, |(place,)| place) + 1;
        let [first, second] = [&pair.first, &pair.second].map(|metrics| to_checked_json("a calibration pair", metrics));
        let sql = "INSERT INTO calibration (project_id, machine, benchmark, baseline, at, place, coin, first, second) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let row = values![project, bench.machine, bench.benchmark.0, pair.baseline, pair.at, place, to_word(&pair.coin)?, first?, second?];
        writing.tx.execute(sql, row).await?;
        writing.commit().await
    }

    /// The last `most` calibration pairs of a machine's judge, the oldest first.
    pub async fn calibration(&self, project: ProjectId, bench: &Bench<'_>, most: u32) -> Result<Vec<CalibrationPair>, StoreError> {
        let sql = "SELECT baseline, at, coin, first, second FROM calibration \
            WHERE project_id = $1 AND machine = $2 AND benchmark = $3 ORDER BY place DESC LIMIT $4";
        let rows: Vec<PairRow> = self.db.rows(sql, values![project, bench.machine, bench.benchmark.0, most]).await?;
        let what = "a calibration pair";
        let pair = |row: PairRow| {
            let (first, second) = (from_json(what, &row.first)?, from_json(what, &row.second)?);
            let coin = from_word(what, row.coin)?;
            Ok(CalibrationPair { baseline: to_hash(what, &row.baseline)?, at: row.at, coin, first, second })
        };
        rows.into_iter().rev().map(pair).collect()
    }

    /// Keeps the state of a study; the last one counts.
    pub async fn keep_study(&self, project: ProjectId, hypothesis: HypothesisId, at: i64, state_json: &str) -> Result<(), StoreError> {
        let mut writing = self.write(project).await?;
        let sql = "INSERT INTO study (project_id, hypothesis_id, at, state) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (project_id, hypothesis_id) DO UPDATE SET at = excluded.at, state = excluded.state";
        writing.tx.execute(sql, values![project, hypothesis, at, state_json]).await?;
        writing.commit().await
    }

    /// The state of a hypothesis' study, as it was kept.
    pub async fn study(&self, project: ProjectId, hypothesis: HypothesisId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT state FROM study WHERE project_id = $1 AND hypothesis_id = $2";
        let row: Option<(String,)> = self.db.first(sql, values![project, hypothesis]).await?;
        Ok(row.map(|(state,)| state))
    }
}
