//! The whole daemon: its routes on one listener, from the first connection to the last.

use crate::app::App;
use crate::gateway::{self, lists};
use crate::guard::{self, Names};
use crate::problem::Problem;
use crate::{api, listen, openapi, telemetry};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kaizen_llm::face::Face;
use kaizen_llm::refusal::Refusal;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// How many connections may be open at once.
const CONNECTIONS: usize = 16_384;

/// Serves until `ended` resolves.
pub async fn serve(listener: TcpListener, app: Arc<App>, names: Names, ended: impl Future<Output = ()>) {
    listen::serve(listener, router(app, names), CONNECTIONS, ended).await;
}

/// Every route, behind the Host and the Origin rule.
pub fn router(app: Arc<App>, names: Names) -> Router {
    let gateway = Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/responses", post(responses))
        .route("/v1/embeddings", post(embeddings))
        .route("/v1/models", get(models))
        .route("/v1/feedback", post(api::feedback::of_gateway))
        .route("/api/chat", post(ollama_chat))
        .route("/api/generate", post(ollama_generate))
        .route("/api/tags", get(tags))
        .route("/api/ps", get(running))
        .route("/api/version", get(version));
    let own = Router::new()
        .route("/api/v1/operations", post(api::operations::take_operations).get(api::operations::list))
        .route("/api/v1/operations/{id}", get(api::operations::one))
        .route("/api/v1/models", get(own_models))
        .route("/api/v1/metrics", get(api::metrics::list))
        .route("/api/v1/metrics/{name}", get(api::metrics::one))
        .route("/api/v1/trajectories", post(api::operations::take_trajectories))
        .route("/api/v1/feedback", post(api::feedback::take))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi::page));
    let router = gateway.merge(own).merge(telemetry::routes()).fallback(nothing_here).method_not_allowed_fallback(wrong_method);
    router.with_state(app).layer(middleware::from_fn_with_state(names, guard::check))
}

macro_rules! face {
    ($name:ident, $face:expr) => {
        async fn $name(State(app): State<Arc<App>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
            call(app, $face, peer, request).await
        }
    };
}
face!(chat, Face::Chat);
face!(messages, Face::Messages);
face!(count_tokens, Face::CountTokens);
face!(responses, Face::Responses);
face!(embeddings, Face::Embeddings);
face!(ollama_chat, Face::OllamaChat);
face!(ollama_generate, Face::OllamaGenerate);

async fn call(app: Arc<App>, face: Face, peer: SocketAddr, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let limit = app.body_limit();
    match whole(body, limit).await {
        Ok(body) => gateway::answer(app, face, peer.ip(), parts.headers, body).await,
        Err(why) => {
            let refusal = match why {
                Unread::TooLarge => {
                    Refusal::new(413, format!("the request is larger than {limit} bytes ([serve] body_limit in config.toml)"))
                }
                Unread::TooSlow => Refusal::new(408, "the request did not arrive in time"),
                Unread::Broken => Refusal::new(400, "the request broke off"),
            };
            gateway::deliver::refused(face, &gateway::deliver::Labels::default(), &refusal)
        }
    }
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Larger than allowed; what was read of it is forgotten.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// The client went away.
    Broken,
}

/// Reads a body, within limits of size and time.
pub async fn whole(body: Body, limit: usize) -> Result<Bytes, Unread> {
    match tokio::time::timeout(gateway::BODY_TIME, Limited::new(body, limit).collect()).await {
        Err(_) => Err(Unread::TooSlow),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => Err(Unread::TooLarge),
        Ok(Err(_)) => Err(Unread::Broken),
    }
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        match self {
            Self::TooLarge => Problem::new(413, "the request is too large").hint("send smaller batches, or raise [serve] body_limit"),
            Self::TooSlow => Problem::new(408, "the request did not arrive in time"),
            Self::Broken => Problem::new(400, "the request broke off"),
        }
        .into_response()
    }
}

async fn models(State(app): State<Arc<App>>) -> Response {
    axum::Json(lists::openai(&app)).into_response()
}

async fn own_models(State(app): State<Arc<App>>) -> Response {
    let models = app.desk.models();
    axum::Json(kaizen_api::v1::models::GatewayModels { schema: "kaizen.gateway-models/1".to_owned(), models }).into_response()
}

async fn tags(State(app): State<Arc<App>>) -> Response {
    axum::Json(lists::ollama(&app)).into_response()
}

/// What Ollama itself has loaded, where there is one; models elsewhere are not loaded by anybody we know.
async fn running(State(app): State<Arc<App>>) -> Response {
    axum::Json(app.desk.running().await).into_response()
}

/// The version an Ollama client sees: Kaizen's.
async fn version() -> Response {
    axum::Json(serde_json::json!({"version": env!("CARGO_PKG_VERSION")})).into_response()
}

/// Whether the daemon can do its work: its store answers.
async fn health(State(app): State<Arc<App>>) -> Response {
    let store = app.store.ping().await;
    let body = serde_json::json!({
        "status": if store.is_ok() { "ok" } else { "failing" },
        "version": env!("CARGO_PKG_VERSION"),
        "store": store.as_ref().err().map_or_else(|| "ok".to_owned(), ToString::to_string),
        "records_waiting": app.recorder.waiting(),
    });
    let status = if store.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(body)).into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    app.gauges.waiting.set(i64::try_from(app.recorder.waiting()).unwrap_or(i64::MAX));
    app.gauges.lost.set(i64::try_from(app.recorder.tally().lost.load(std::sync::atomic::Ordering::Relaxed)).unwrap_or(i64::MAX));
    match app.gauges.page() {
        Ok(page) => {
            let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
            (HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]), page).into_response()
        }
        Err(error) => Problem::new(500, format!("the page of metrics could not be written: {error}")).into_response(),
    }
}

async fn nothing_here(request: Request) -> Response {
    Problem::new(404, format!("there is nothing at {}", request.uri().path())).hint("GET /openapi.json lists what there is").into_response()
}

async fn wrong_method(request: Request) -> Response {
    Problem::new(405, format!("{} is not what {} takes", request.method(), request.uri().path())).into_response()
}
