//! `/openapi.json`: every route, in OpenAPI 3.1. One table, which a test holds against the router.

use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// In lower case.
    pub method: &'static str,
    /// With `{names}` for what varies.
    pub path: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Its part of the interface.
    pub tag: &'static str,
    /// Whether a token is needed from this machine too. What other machines need is the door's own: [`crate::access::Rule`].
    pub token: bool,
}

const fn route(method: &'static str, path: &'static str, tag: &'static str, summary: &'static str) -> Route {
    Route { method, path, summary, tag, token: false }
}

const fn write(path: &'static str, tag: &'static str, summary: &'static str) -> Route {
    Route { method: "post", path, summary, tag, token: true }
}

/// Every route.
pub const ROUTES: &[Route] = &[
    route("post", "/v1/chat/completions", "gateway", "A chat completion, whole or streamed, in OpenAI's shape"),
    route("post", "/v1/messages", "gateway", "A message, whole or streamed, in Anthropic's shape"),
    route("post", "/v1/messages/count_tokens", "gateway", "The tokens of a message; estimated where the provider does not count"),
    route("post", "/v1/responses", "gateway", "A stateless response with typed events, in OpenAI's shape"),
    route("post", "/v1/embeddings", "gateway", "Embeddings, as numbers or base64"),
    route("get", "/v1/models", "gateway", "The names a call may ask for"),
    route("post", "/v1/feedback", "gateway", "What somebody thought of a result: by operation or session"),
    route("post", "/api/chat", "gateway", "A chat in Ollama's shape"),
    route("post", "/api/generate", "gateway", "A completion in Ollama's shape"),
    route("get", "/api/tags", "gateway", "The names a call may ask for, in Ollama's shape"),
    route("get", "/api/ps", "gateway", "The models that Ollama has loaded"),
    route("get", "/api/version", "gateway", "Kaizen's version, in Ollama's shape"),
    write("/api/v1/operations", "records", "Operations, in batches; the same id again changes nothing"),
    route("get", "/api/v1/operations", "records", "Recorded operations, newest first, by pages"),
    route("get", "/api/v1/operations/{id}", "records", "One operation with its feedback"),
    route("get", "/api/v1/models", "operate", "The models of the gateway, and how many calls are under way in each"),
    route("get", "/api/v1/metrics", "records", "The names of the metrics that were sent in"),
    route("get", "/api/v1/metrics/{name}", "records", "The samples of a metric, newest first"),
    write("/api/v1/trajectories", "records", "Trajectories, in batches; the same id again changes nothing"),
    route("get", "/api/v1/dead-letters", "records", "Records that could not be read, each with its reason, newest first, by pages"),
    write("/api/v1/feedback", "records", "What somebody thought of a result"),
    route("post", "/v1/traces", "telemetry", "OTLP traces: spans of model calls become operations"),
    route("post", "/v1/logs", "telemetry", "OTLP logs: events of model calls become operations"),
    route("post", "/v1/metrics", "telemetry", "OTLP metrics: data points become samples"),
    route("post", "/otlp/v1/traces", "telemetry", "As /v1/traces"),
    route("post", "/otlp/v1/logs", "telemetry", "As /v1/logs"),
    route("post", "/otlp/v1/metrics", "telemetry", "As /v1/metrics"),
    route("get", "/health", "operate", "Whether the daemon can do its work"),
    route("get", "/metrics", "operate", "What the daemon counts, for Prometheus"),
    route("get", "/openapi.json", "operate", "This page"),
];

/// The page.
pub async fn page() -> Response {
    axum::Json(document()).into_response()
}

fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_owned(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Kaizen", "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    })
}

fn operation(route: &Route) -> Value {
    let problem = json!({"description": "What is wrong: an RFC 9457 problem document, or the client's own shape under /v1"});
    let mut operation = json!({
        "summary": route.summary,
        "tags": [route.tag],
        "responses": {"200": {"description": "Done"}, "default": problem},
    });
    if route.token {
        operation["security"] = json!([{"key": []}]);
    }
    if let Some((_, rest)) = route.path.split_once('{') {
        let name = rest.trim_end_matches('}');
        operation["parameters"] = json!([{"name": name, "in": "path", "required": true, "schema": {"type": "string"}}]);
    }
    if route.method == "post" {
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": {"type": "object"}}}});
    }
    operation
}
