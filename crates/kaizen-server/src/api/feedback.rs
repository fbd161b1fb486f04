//! What people and programs think of a result, now or days later: by the id of an operation, or for a whole session.

use super::token;
use crate::app::App;
use crate::gateway::caller::Caller;
use crate::gateway::deliver::{self, Labels};
use crate::problem::Problem;
use crate::serve::whole;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use kaizen_domain::operation::{NotAName, OperationId, SessionId};
use kaizen_domain::trajectory::{About, Feedback};
use kaizen_llm::face::Face;
use kaizen_llm::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;

/// Larger is no feedback.
const LIMIT: usize = 256 * 1024;
/// The longest text, in bytes.
const TEXT: usize = 16 * 1024;

/// What is sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sent {
    /// Of which operation: its id, as `x-kaizen-operation` gave it. Feedback that is shown names it `id`.
    #[serde(alias = "id")]
    operation: Option<String>,
    /// Of which session.
    session: Option<String>,
    /// 0 to 1.
    reward: Option<f64>,
    /// `up` or `down`.
    thumbs: Option<Thumbs>,
    /// In words.
    text: Option<String>,
    /// Who says so.
    by: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Thumbs {
    Up,
    Down,
}

#[derive(Debug, Serialize)]
struct Taken {
    schema: &'static str,
    recorded: bool,
}

/// `POST /v1/feedback`: for whoever may call the gateway.
pub async fn of_gateway(State(app): State<Arc<App>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let refused = |why: &Refusal| deliver::refused(Face::Chat, &Labels::default(), why);
    if let Err(why) = Caller::of(&app.keys, &parts.headers, peer.ip()).await {
        return refused(&why);
    }
    match record(&app, body).await {
        Ok(taken) => axum::Json(taken).into_response(),
        Err(problem) => {
            let message = problem.detail.iter().fold(problem.title.clone(), |title, hint| format!("{title} ({hint})"));
            refused(&Refusal::new(problem.status, message))
        }
    }
}

/// `POST /api/v1/feedback`: a write like any other.
pub async fn take(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    token::writer(&app.keys, &app.tokens, &headers).await?;
    Ok(axum::Json(record(&app, body).await?).into_response())
}

async fn record(app: &App, body: Body) -> Result<Taken, Problem> {
    let bytes = whole(body, LIMIT).await.map_err(|_| Problem::new(400, "the feedback could not be read, or is larger than 256 KiB"))?;
    let feedback = read(app, &bytes)?;
    // The call it is about may still wait to be written: it was answered a moment ago.
    app.recorder.settled().await;
    let known = app.store.record_feedback(app.project, std::slice::from_ref(&feedback)).await;
    match known.map_err(|error| Problem::new(503, format!("the feedback could not be recorded: {error}")))?.first() {
        Some(true) => {
            app.gauges.ingest("feedback", "new", 1);
            Ok(Taken { schema: "kaizen.feedback/1", recorded: true })
        }
        _ => {
            app.gauges.ingest("feedback", "rejected", 1);
            Err(unknown(&feedback.about))
        }
    }
}

fn unknown(about: &About) -> Problem {
    let what = match about {
        About::Operation(id) => format!("there is no operation or trajectory '{id}'"),
        About::Session(session) => format!("there is no session '{session}'"),
    };
    Problem::new(404, what).hint("the header x-kaizen-operation of an answer is its id")
}

fn read(app: &App, bytes: &Bytes) -> Result<Feedback, Problem> {
    let sent: Sent = serde_json::from_slice(bytes).map_err(|error| Problem::new(400, format!("this is no feedback: {error}")))?;
    let bad = |error: NotAName| Problem::new(400, error.to_string());
    let about = match (sent.operation, sent.session) {
        (Some(id), None) => About::Operation(OperationId::try_from(id).map_err(bad)?),
        (None, Some(session)) => About::Session(SessionId::try_from(session).map_err(bad)?),
        _ => return Err(Problem::new(400, "say of what: either `operation` or `session`")),
    };
    let reward = match (sent.reward, sent.thumbs) {
        (Some(reward), None) if (0.0..=1.0).contains(&reward) => Some(reward),
        (Some(_), None) => return Err(Problem::new(400, "`reward` is a number from 0 to 1")),
        (None, thumbs) => thumbs.map(|thumbs| if matches!(thumbs, Thumbs::Up) { 1.0 } else { 0.0 }),
        (Some(_), Some(_)) => return Err(Problem::new(400, "give `reward` or `thumbs`, not both")),
    };
    if sent.text.as_ref().is_some_and(|text| text.len() > TEXT) {
        return Err(Problem::new(400, "`text` is longer than 16 KiB"));
    }
    if reward.is_none() && sent.text.is_none() {
        return Err(Problem::new(400, "say something: `reward`, `thumbs` or `text`"));
    }
    Ok(Feedback { about, reward, text: sent.text.map(|text| app.redact(&text)), by: sent.by, at: (app.clock)() })
}
