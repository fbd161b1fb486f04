//! The whole daemon: its routes on one listener, from the first connection to the last.

use crate::access::{Door, Rule};
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

/// Every route, behind the Host and the Origin rule and the rule of its own.
pub fn router(app: Arc<App>, names: Names) -> Router {
    let doors = doors().into_iter().map(|door| door.guarded(&app));
    let router = doors.fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    let router = router.fallback(nothing_here).method_not_allowed_fallback(wrong_method);
    router.with_state(app).layer(middleware::from_fn_with_state(names, guard::check))
}

/// Every path there is, with who may come in by it.
pub(crate) fn doors() -> Vec<Door> {
    let gateway = |path, methods| Door::new(path, Rule::AnyKey, methods);
    let own = |path, methods| Door::new(path, Rule::Writer, methods);
    let mut doors = vec![
        gateway("/v1/chat/completions", post(chat)),
        gateway("/v1/messages", post(messages)),
        gateway("/v1/messages/count_tokens", post(count_tokens)),
        gateway("/v1/responses", post(responses)),
        gateway("/v1/embeddings", post(embeddings)),
        gateway("/v1/models", get(models)),
        gateway("/v1/feedback", post(api::feedback::of_gateway)),
        gateway("/api/chat", post(ollama_chat)),
        gateway("/api/generate", post(ollama_generate)),
        gateway("/api/tags", get(tags)),
        gateway("/api/ps", get(running)),
        gateway("/api/version", get(version)),
        own("/api/v1/operations", post(api::operations::take_operations).get(api::operations::list)),
        own("/api/v1/operations/{id}", get(api::operations::one)),
        own("/api/v1/models", get(own_models)),
        own("/api/v1/metrics", get(api::metrics::list)),
        own("/api/v1/metrics/{name}", get(api::metrics::one)),
        own("/api/v1/trajectories", post(api::operations::take_trajectories)),
        own("/api/v1/dead-letters", get(api::dead_letters::list)),
        own("/api/v1/feedback", post(api::feedback::take)),
        own("/metrics", get(metrics)),
        own("/openapi.json", get(openapi::page)),
        Door::new("/health", Rule::Open, get(health)),
    ];
    doors.extend(telemetry::doors());
    doors
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

/// Whether the daemon can do its work: its store answers. Other machines hear that and nothing else.
async fn health(State(app): State<Arc<App>>, ConnectInfo(peer): ConnectInfo<SocketAddr>) -> Response {
    let store = app.store.ping().await;
    let (word, status) = if store.is_ok() { ("ok", StatusCode::OK) } else { ("failing", StatusCode::SERVICE_UNAVAILABLE) };
    if !peer.ip().is_loopback() {
        return (status, axum::Json(serde_json::json!({"status": word}))).into_response();
    }
    let body = serde_json::json!({
        "status": word,
        "version": env!("CARGO_PKG_VERSION"),
        "store": store.as_ref().err().map_or_else(|| "ok".to_owned(), ToString::to_string),
        "records_waiting": app.recorder.waiting(),
        "cut_off": app.cut_off,
    });
    (status, axum::Json(body)).into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    app.gauges.recorded(&app.recorder);
    app.forward.iter().for_each(|forward| app.gauges.forwarded(forward.counts()));
    match app.store.cache_stats().await {
        Ok(stats) => app.gauges.cached(&stats),
        Err(error) => (app.complain)(format!("the response cache could not be looked at: {error}")),
    }
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
