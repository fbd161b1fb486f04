//! Operations and trajectories: taken in by batches, acknowledged after their commit, listed by pages.

use super::token;
use crate::app::App;
use crate::problem::Problem;
use crate::serve::{Unread, whole};
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use kaizen_api::v1::{FeedbackRecord, OperationRecord};
use kaizen_domain::operation::{Operation, OperationId, Outcome, Source};
use kaizen_domain::trajectory::{About, Trajectory};
use kaizen_engine::observe::operation::{self, Read, Refusal};
use kaizen_store::{Cursor, Filter, Recorded, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;

/// The most records of one request.
const MOST: usize = 10_000;
/// The most records of one page.
const PAGE: u32 = 1_000;
/// How many reasons an answer tells; the rest is in the dead letters.
const TOLD: usize = 100;

/// What became of a batch.
#[derive(Debug, Serialize)]
struct Taken {
    schema: &'static str,
    /// Written now.
    new: u64,
    /// There already: nothing changed.
    known: u64,
    /// Not taken; kept as dead letters.
    rejected: usize,
    /// Why, for the first hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason>,
}

#[derive(Debug, Serialize)]
struct Reason {
    /// Its place in the request, from 0.
    index: usize,
    reason: String,
}

/// A record that was not understood.
struct Bad {
    index: usize,
    reason: String,
    raw: String,
}

/// `POST /api/v1/operations`
pub async fn take_operations(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    token::writer(&app.keys, &app.tokens, &headers).await?;
    let body = read(&app, body).await?;
    let now = (app.clock)();
    let (mut good, bad): (Vec<Operation>, Vec<Bad>) = sorted(&body, "operations", |value| operation::operation(value, now, Source::Api))?;
    good.iter_mut().for_each(|operation| app.redactor.operation(operation));
    let recorded = app.store.record_operations(app.project, &good).await.map_err(unwritten)?;
    answer(&app, "operations", recorded, bad).await
}

/// `POST /api/v1/trajectories`
pub async fn take_trajectories(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    token::writer(&app.keys, &app.tokens, &headers).await?;
    let body = read(&app, body).await?;
    let now = (app.clock)();
    let (mut good, bad): (Vec<Trajectory>, Vec<Bad>) = sorted(&body, "trajectories", |value| operation::trajectory(value, now))?;
    good.iter_mut().for_each(|trajectory| app.redactor.trajectory(trajectory));
    let recorded = app.store.record_trajectories(app.project, &good).await.map_err(unwritten)?;
    answer(&app, "trajectories", recorded, bad).await
}

async fn read(app: &App, body: Body) -> Result<Bytes, Problem> {
    whole(body, app.body_limit()).await.map_err(|why| match why {
        Unread::TooLarge => Problem::new(413, "the batch is too large").hint("send fewer records at once, or raise [serve] body_limit"),
        Unread::TooSlow => Problem::new(408, "the batch did not arrive in time"),
        Unread::Broken => Problem::new(400, "the batch broke off"),
    })
}

/// The records of a request: `{"NAME": [...]}`, `[...]`, one object, or one object a line.
fn records<'b>(body: &'b Bytes, name: &str) -> Result<Vec<&'b RawValue>, Problem> {
    let wrong = |error: &dyn std::fmt::Display| Problem::new(400, format!("this is no batch of {name}: {error}"));
    let text = std::str::from_utf8(body).map_err(|error| wrong(&error))?;
    let start = text.trim_start();
    let records = match start.chars().next() {
        Some('[') => serde_json::from_str(text).map_err(|error| wrong(&error))?,
        Some('{') => match wrapped(text, name) {
            Some(records) => records?,
            None => lines(text).map_err(|error| wrong(&error))?,
        },
        _ => return Err(wrong(&"it is neither a JSON object nor an array")),
    };
    if records.len() > MOST { Err(Problem::new(413, format!("a batch holds at most {MOST} {name}"))) } else { Ok(records) }
}

/// The list under its name; `None` where the text is something else.
fn wrapped<'b>(text: &'b str, name: &str) -> Option<Result<Vec<&'b RawValue>, Problem>> {
    let object: std::collections::BTreeMap<&str, &RawValue> = serde_json::from_str(text).ok()?;
    let list = object.get(name)?;
    let wrong = |error| Problem::new(400, format!("`{name}` is no array: {error}"));
    Some(serde_json::from_str(list.get()).map_err(wrong))
}

fn lines(text: &str) -> Result<Vec<&RawValue>, serde_json::Error> {
    serde_json::Deserializer::from_str(text).into_iter::<&RawValue>().collect()
}

fn sorted<T>(body: &Bytes, name: &str, read: impl Fn(Value) -> Result<Read<T>, Refusal>) -> Result<(Vec<T>, Vec<Bad>), Problem> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (index, raw) in records(body, name)?.into_iter().enumerate() {
        let value = serde_json::from_str(raw.get()).map_err(|error| Problem::new(400, format!("{name}[{index}]: {error}")))?;
        match read(value) {
            Ok(read) => good.push(read.record),
            Err(reason) => bad.push(Bad { index, reason: reason.to_string(), raw: raw.get().to_owned() }),
        }
    }
    Ok((good, bad))
}

async fn answer(app: &App, resource: &'static str, recorded: Recorded, bad: Vec<Bad>) -> Result<Response, Problem> {
    let letters: Vec<(String, String)> = bad.iter().map(|bad| (bad.reason.clone(), app.redact(&bad.raw))).collect();
    if !letters.is_empty() {
        app.store.bury(app.project, (app.clock)(), resource, &letters).await.map_err(unwritten)?;
    }
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    app.gauges.ingest(resource, "new", count(recorded.new));
    app.gauges.ingest(resource, "known", count(recorded.known));
    app.gauges.ingest(resource, "rejected", bad.len());
    let rejected = bad.len();
    let reasons = bad.into_iter().take(TOLD).map(|bad| Reason { index: bad.index, reason: bad.reason }).collect();
    Ok(axum::Json(Taken { schema: "kaizen.taken/1", new: recorded.new, known: recorded.known, rejected, reasons }).into_response())
}

fn unwritten(error: StoreError) -> Problem {
    Problem::new(503, format!("not everything was kept: {error}")).hint("send it again: what is known already changes nothing")
}

/// Which operations are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    since: Option<i64>,
    kind: Option<String>,
    session: Option<String>,
    tenant: Option<String>,
    model: Option<String>,
    outcome: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Serialize)]
struct Listed {
    schema: &'static str,
    operations: Vec<OperationRecord>,
    /// Give it as `cursor` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Shown {
    schema: &'static str,
    operation: OperationRecord,
    feedback: Vec<FeedbackRecord>,
}

/// `GET /api/v1/operations`
pub async fn list(State(app): State<Arc<App>>, wanted: Result<Query<Wanted>, QueryRejection>) -> Result<Response, Problem> {
    let Query(wanted) = wanted?;
    let limit = wanted.limit.unwrap_or(100).clamp(1, PAGE);
    let filter = Filter {
        since: wanted.since,
        kind: wanted.kind,
        session: wanted.session,
        tenant: wanted.tenant,
        model: wanted.model,
        outcome: wanted.outcome.map(|word| named::<Outcome>("outcome", &word)).transpose()?,
        before: wanted.cursor.as_deref().map(cursor).transpose()?,
    };
    // What was answered a moment ago may still wait to be written.
    app.recorder.settled().await;
    let page = app.store.operations(app.project, &filter, limit).await.map_err(|error| Problem::new(503, error.to_string()))?;
    let next = page.next.map(|next| format!("{}:{}", next.started_at, next.id));
    let operations = page.items.into_iter().map(OperationRecord::from).collect();
    Ok(axum::Json(Listed { schema: "kaizen.operations/1", operations, next }).into_response())
}

fn named<T: DeserializeOwned>(what: &str, word: &str) -> Result<T, Problem> {
    serde_json::from_value(word.into()).map_err(|error| Problem::new(400, format!("{what}: {error}")))
}

fn cursor(text: &str) -> Result<Cursor, Problem> {
    let wrong = || Problem::new(400, "this cursor is none of ours").hint("give `next` of the page before as `cursor`");
    let (started_at, id) = text.split_once(':').ok_or_else(wrong)?;
    Ok(Cursor { started_at: started_at.parse().map_err(|_| wrong())?, id: id.parse().map_err(|_| wrong())? })
}

/// `GET /api/v1/operations/{id}`
pub async fn one(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: OperationId = id.parse().map_err(|error: kaizen_domain::operation::NotAName| Problem::new(400, error.to_string()))?;
    app.recorder.settled().await;
    let failed = |error: StoreError| Problem::new(503, error.to_string());
    let Some(operation) = app.store.operation(app.project, &id).await.map_err(failed)? else {
        return Err(Problem::new(404, format!("there is no operation '{id}'")).hint("GET /api/v1/operations lists them"));
    };
    let feedback = app.store.feedback(app.project, &About::Operation(id)).await.map_err(failed)?;
    let feedback = feedback.into_iter().map(FeedbackRecord::from).collect();
    Ok(axum::Json(Shown { schema: "kaizen.operation/1", operation: operation.into(), feedback }).into_response())
}
