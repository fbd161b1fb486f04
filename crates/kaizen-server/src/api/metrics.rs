//! Metrics that other programs sent: their names, and the samples of one.

use crate::app::App;
use crate::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use kaizen_domain::metric::Sample;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most samples of one answer.
const MOST: u32 = 10_000;

#[derive(Debug, Serialize)]
struct Names {
    schema: &'static str,
    metrics: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Samples {
    schema: &'static str,
    name: String,
    samples: Vec<Sample>,
}

/// Which samples are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Milliseconds since 1970-01-01 UTC.
    since: Option<i64>,
    limit: Option<u32>,
}

/// `GET /api/v1/metrics`
pub async fn list(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let metrics = app.store.metric_names(app.project).await.map_err(|error| Problem::new(503, error.to_string()))?;
    Ok(axum::Json(Names { schema: "kaizen.metrics/1", metrics }).into_response())
}

/// `GET /api/v1/metrics/{name}`
pub async fn one(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wanted) = wanted?;
    let limit = wanted.limit.unwrap_or(1_000).clamp(1, MOST);
    let found = app.store.samples_of(app.project, &name, wanted.since.unwrap_or(i64::MIN), limit).await;
    let samples = found.map_err(|error| Problem::new(503, error.to_string()))?;
    Ok(axum::Json(Samples { schema: "kaizen.samples/1", name, samples }).into_response())
}
