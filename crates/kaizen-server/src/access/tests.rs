//! Every route, asked from another machine and from this one, with nothing, with a key that may only call models, and with one that
//! may write.

use super::*;
use crate::built::app;
use crate::guard::Names;
use crate::openapi::ROUTES;
use crate::serve::{doors, router};
use axum::Router;
use axum::body::Body;
use axum::http::header;
use kaizen_domain::hash::ContentHash;
use kaizen_engine::config::quantity::ByteSize;
use kaizen_engine::settings::Settings;
use kaizen_store::{KeyRules, Location, Store};
use std::collections::BTreeSet;
use std::io::Read;
use tower_service::Service;

const HERE: &str = "127.0.0.1:50000";
const ELSEWHERE: &str = "10.0.0.9:50000";

/// What each path asks of another machine. A path that is not here fails the test: decide who may come in by it.
const TABLE: [(&str, Rule); 29] = [
    ("/api/chat", Rule::AnyKey),
    ("/api/generate", Rule::AnyKey),
    ("/api/ps", Rule::AnyKey),
    ("/api/tags", Rule::AnyKey),
    ("/api/v1/dead-letters", Rule::Writer),
    ("/api/v1/feedback", Rule::Writer),
    ("/api/v1/metrics", Rule::Writer),
    ("/api/v1/metrics/{name}", Rule::Writer),
    ("/api/v1/models", Rule::Writer),
    ("/api/v1/operations", Rule::Writer),
    ("/api/v1/operations/{id}", Rule::Writer),
    ("/api/v1/trajectories", Rule::Writer),
    ("/api/version", Rule::AnyKey),
    ("/health", Rule::Open),
    ("/metrics", Rule::Writer),
    ("/openapi.json", Rule::Writer),
    ("/otlp/v1/logs", Rule::AnyKey),
    ("/otlp/v1/metrics", Rule::AnyKey),
    ("/otlp/v1/traces", Rule::AnyKey),
    ("/v1/chat/completions", Rule::AnyKey),
    ("/v1/embeddings", Rule::AnyKey),
    ("/v1/feedback", Rule::AnyKey),
    ("/v1/logs", Rule::AnyKey),
    ("/v1/messages", Rule::AnyKey),
    ("/v1/messages/count_tokens", Rule::AnyKey),
    ("/v1/metrics", Rule::AnyKey),
    ("/v1/models", Rule::AnyKey),
    ("/v1/responses", Rule::AnyKey),
    ("/v1/traces", Rule::AnyKey),
];

async fn built() -> Router {
    let store = Store::open(&Location::Memory).await.unwrap();
    let rules = |scopes: &[&str]| KeyRules { scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(), ..KeyRules::default() };
    store.add_key("caller", ContentHash::of(b"kz_caller"), &rules(&[]), 1).await.unwrap();
    store.add_key("writer", ContentHash::of(b"kz_writer"), &rules(&["record"]), 1).await.unwrap();
    let mut settings = Settings::default();
    settings.serve.body_limit = ByteSize(64 << 10);
    router(app(&store, settings).await, Names::default())
}

async fn status(router: &Router, peer: &str, method: &str, path: &str, key: Option<&str>) -> u16 {
    asked_for(router, peer, method, path, key).await.status().as_u16()
}

async fn asked_for(router: &Router, peer: &str, method: &str, path: &str, key: Option<&str>) -> Response {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    let mut request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
    request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
    router.clone().call(request).await.unwrap()
}

/// Every method and path of the interface; HEAD is what GET answers without its body.
fn asked() -> impl Iterator<Item = (&'static str, String, Rule)> {
    let rule = |path| TABLE.iter().find(|(known, _)| *known == path).unwrap().1;
    let routes = ROUTES.iter().map(move |route| (route.method, route.path, rule(route.path)));
    let heads = ROUTES.iter().filter(|route| route.method == "get").map(move |route| ("head", route.path, rule(route.path)));
    routes.chain(heads).map(|(method, path, rule)| (method, path.replace("{id}", "x").replace("{name}", "x"), rule))
}

#[test]
fn every_path_has_its_rule_and_its_line_in_the_page_of_the_interface() {
    let mut found: Vec<(&str, Rule)> = doors().iter().map(|door| (door.path, door.rule)).collect();
    found.sort_by_key(|(path, _)| *path);
    assert_eq!(found, TABLE);
    let told: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
    assert_eq!(told, TABLE.iter().map(|(path, _)| *path).collect());
}

#[tokio::test]
async fn from_another_machine_nothing_but_health_is_told_without_a_key() {
    let router = built().await;
    for (method, path, rule) in asked() {
        for key in [None, Some("kz_nobodys"), Some("sk-of-a-provider")] {
            let found = status(&router, ELSEWHERE, &method.to_uppercase(), &path, key).await;
            assert_eq!(found, if rule == Rule::Open { 200 } else { 401 }, "{method} {path} with {key:?}");
        }
    }
}

#[tokio::test]
async fn what_was_recorded_is_told_to_another_machine_for_a_key_that_may_write_only() {
    let router = built().await;
    for (method, path, rule) in asked() {
        let ask = async |key| status(&router, ELSEWHERE, &method.to_uppercase(), &path, Some(key)).await;
        let refused = [401, 403];
        assert_eq!(ask("kz_caller").await == 403, rule == Rule::Writer, "{method} {path}");
        for key in ["kz_writer", "of-the-settings"] {
            let needs = key == "kz_writer" || rule == Rule::Writer;
            assert!(!needs || !refused.contains(&ask(key).await), "{method} {path} with {key}");
        }
    }
}

#[tokio::test]
async fn on_this_machine_everything_is_read_without_a_key_and_only_records_need_one() {
    let router = built().await;
    for route in ROUTES {
        let path = route.path.replace("{id}", "x").replace("{name}", "x");
        let found = status(&router, HERE, &route.method.to_uppercase(), &path, None).await;
        assert_eq!(found == 401, route.token, "{} {path}: {found}", route.method);
    }
}

#[tokio::test]
async fn of_its_health_another_machine_hears_one_word() {
    let router = built().await;
    let told = async |peer| {
        let body = asked_for(&router, peer, "GET", "/health", None).await.into_body();
        let bytes = axum::body::to_bytes(body, 10_000).await.unwrap();
        serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes).unwrap()
    };
    assert_eq!(told(ELSEWHERE).await.keys().collect::<Vec<_>>(), ["status"]);
    assert!(told(HERE).await.contains_key("cut_off"));
}

#[tokio::test]
async fn a_query_nobody_understands_is_a_problem_document_on_every_list() {
    let router = built().await;
    for path in ["/api/v1/operations", "/api/v1/metrics/x", "/api/v1/dead-letters"] {
        let answer = asked_for(&router, HERE, "GET", &format!("{path}?limit=many"), None).await;
        let kind = answer.headers()[header::CONTENT_TYPE].clone();
        assert_eq!((answer.status().as_u16(), kind.to_str().unwrap()), (400, "application/problem+json"), "{path}");
    }
}

#[tokio::test]
async fn telemetry_is_unpacked_to_no_more_than_the_largest_body() {
    let router = built().await;
    for (spaces, expected) in [(1_000, 200), (100_000, 413)] {
        let mut packed = flate2::read::GzEncoder::new(std::io::Cursor::new(vec![b' '; spaces]).chain(&b"{}"[..]), Default::default());
        let mut body = Vec::new();
        packed.read_to_end(&mut body).unwrap();
        let request = Request::builder().method("POST").uri("/v1/traces").header(header::HOST, "localhost");
        let request = request.header(header::CONTENT_TYPE, "application/json").header(header::CONTENT_ENCODING, "gzip");
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(HERE.parse::<SocketAddr>().unwrap()));
        assert_eq!(router.clone().call(request).await.unwrap().status().as_u16(), expected, "{spaces}");
    }
}
