//! Samples of metrics that other programs send.

use crate::Store;
use crate::db::{row, values};
use crate::error::StoreError;
use crate::operation::Recorded;
use crate::stored::{at_most, from_json, from_word, to_json, to_word};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::id::ProjectId;
use kaizen_domain::metric::Sample;

const ROWS: usize = 50;
const COLUMNS: usize = 10;

#[derive(sqlx::FromRow)]
struct SampleRow {
    name: String,
    at: i64,
    unit: String,
    value: f64,
    measure: String,
    counted: Option<i64>,
    since: Option<i64>,
    attributes: String,
}

impl SampleRow {
    fn sample(self) -> Result<Sample, StoreError> {
        let count = self.counted.map(u64::try_from).transpose();
        Ok(Sample {
            name: self.name,
            unit: self.unit,
            value: self.value,
            measure: from_word("a sample's measure", self.measure)?,
            count: count.map_err(|error| StoreError::corrupt("a sample's count", error))?,
            at: self.at,
            since: self.since,
            attributes: from_json("a sample's attributes", &self.attributes)?,
        })
    }
}

impl Store {
    /// Records samples, all of them or none. One that is there already (name, time and attributes) changes nothing.
    pub async fn record_samples(&self, project: ProjectId, samples: &[Sample]) -> Result<Recorded, StoreError> {
        let mut tx = self.db.begin().await?;
        let mut new = 0;
        for rows in samples.chunks(ROWS) {
            let mut bound = Vec::with_capacity(rows.len() * COLUMNS);
            for sample in rows {
                let attributes = to_json("a sample's attributes", &sample.attributes)?;
                let of = ContentHash::of(attributes.as_bytes());
                let counted = sample.count.map(at_most);
                let measure = to_word(&sample.measure)?;
                let (name, unit) = (sample.name.as_str(), sample.unit.as_str());
                bound.extend(row![project, name, sample.at, of, unit, sample.value, measure, counted, sample.since, attributes]);
            }
            let sql = format!(
                "INSERT INTO metric_sample (project_id, name, at, of, unit, value, measure, counted, since, attributes) VALUES {} \
                 ON CONFLICT (project_id, name, at, of) DO NOTHING",
                tx.rows_of(rows.len(), COLUMNS)
            );
            new += tx.execute(sql, &bound).await?;
        }
        tx.commit().await?;
        Ok(Recorded { new, known: samples.len() as u64 - new })
    }

    /// The samples of a metric since a time (milliseconds since 1970-01-01 UTC), newest first, at most `limit`.
    pub async fn samples_of(&self, project: ProjectId, name: &str, since: i64, limit: u32) -> Result<Vec<Sample>, StoreError> {
        let sql = "SELECT name, at, unit, value, measure, counted, since, attributes FROM metric_sample \
            WHERE project_id = $1 AND name = $2 AND at >= $3 ORDER BY at DESC, of LIMIT $4";
        let rows: Vec<SampleRow> = self.db.rows(sql, values![project, name, since, limit]).await?;
        rows.into_iter().map(SampleRow::sample).collect()
    }

    /// The names of all metrics that have samples.
    pub async fn metric_names(&self, project: ProjectId) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT name FROM metric_sample WHERE project_id = $1 ORDER BY name";
        let rows: Vec<(String,)> = self.db.rows(sql, values![project]).await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }
}
