//! Records that nobody could read, each with its reason: whoever sent them finds the mistake here.

use crate::app::App;
use crate::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kaizen_api::v1::{Rejected, RejectedList};
use kaizen_store::DeadLetter;
use serde::Deserialize;
use std::sync::Arc;

/// The most letters of one page.
const PAGE: u32 = 1_000;

/// Which letters are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// `next` of the page before.
    cursor: Option<i64>,
    limit: Option<u32>,
}

/// `GET /api/v1/dead-letters`: the newest first.
pub async fn list(State(app): State<Arc<App>>, wanted: Result<Query<Wanted>, QueryRejection>) -> Result<Response, Problem> {
    let Query(wanted) = wanted?;
    let limit = wanted.limit.unwrap_or(100).clamp(1, PAGE);
    let found = app.store.dead_letters(app.project, wanted.cursor, limit).await;
    let found = found.map_err(|error| Problem::new(503, error.to_string()))?;
    let next = found.last().filter(|_| found.len() == limit as usize).map(|last| last.id);
    let rejected = found.into_iter().map(shown).collect();
    Ok(axum::Json(RejectedList { schema: "kaizen.rejected/1".into(), rejected, next }).into_response())
}

fn shown(letter: DeadLetter) -> Rejected {
    let DeadLetter { id, at, source, reason, raw } = letter;
    Rejected { id, at, source, reason, raw }
}
