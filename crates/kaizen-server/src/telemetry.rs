//! The doors for OpenTelemetry: what is sent becomes operations in the store before it is acknowledged, and goes on unchanged.

use crate::access::{Door, Rule};
use crate::app::App;
use crate::gateway::caller::{API_KEY, Caller};
use crate::ingest::otlp::answer::{self, Answer};
use crate::ingest::otlp::{Reading, Received, Signal, receive};
use crate::ingest::retold;
use crate::keys;
use crate::serve::{Unread, whole};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use kaizen_domain::operation::Content;
use kaizen_llm::secret::Secret;
use kaizen_store::{Recorded, StoreError};
use std::net::SocketAddr;
use std::sync::Arc;

/// `google.rpc.Code`: who calls is not known.
const UNAUTHENTICATED: i32 = 16;
/// `google.rpc.Code`: try again.
const UNAVAILABLE: i32 = 14;
/// `google.rpc.Code`: the request is wrong.
const INVALID: i32 = 3;

/// The standard paths, and the same below `/otlp`.
pub(crate) fn doors() -> Vec<Door> {
    vec![
        Door::new("/v1/traces", Rule::AnyKey, post(traces)),
        Door::new("/v1/logs", Rule::AnyKey, post(logs)),
        Door::new("/v1/metrics", Rule::AnyKey, post(metrics)),
        Door::new("/otlp/v1/traces", Rule::AnyKey, post(traces)),
        Door::new("/otlp/v1/logs", Rule::AnyKey, post(logs)),
        Door::new("/otlp/v1/metrics", Rule::AnyKey, post(metrics)),
    ]
}

macro_rules! signal {
    ($name:ident, $signal:expr) => {
        async fn $name(State(app): State<Arc<App>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
            respond(take(&app, $signal, peer, request).await)
        }
    };
}
signal!(traces, Signal::Traces);
signal!(logs, Signal::Logs);
signal!(metrics, Signal::Metrics);

async fn take(app: &App, signal: Signal, peer: SocketAddr, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let text = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let content_type = text(header::CONTENT_TYPE);
    let encoding = answer::encoding_for(content_type);
    if let Err(refused) = Caller::of(&app.keys, &parts.headers, peer.ip()).await {
        return answer::failure(encoding, refused.status, UNAUTHENTICATED, refused.message);
    }
    let body = match whole(body, app.body_limit()).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return answer::failure(encoding, 413, INVALID, "the request is too large".into()),
        Err(Unread::TooSlow) => return answer::failure(encoding, 408, UNAVAILABLE, "the request did not arrive in time".into()),
        Err(Unread::Broken) => return answer::failure(encoding, 400, INVALID, "the request broke off".into()),
    };
    if let Some(forward) = &app.forward {
        forward.pass(signal, &without_our_keys(&parts.headers, &app.tokens), body.clone());
    }
    let reading = Reading { now: (app.clock)(), body_limit: app.body_limit(), content: app.keeps_content() };
    match receive(signal, content_type, text(header::CONTENT_ENCODING), &body, &reading) {
        Ok(received) => keep(app, received).await,
        Err(refused) => answer::refusal(content_type, &refused),
    }
}

/// A key of ours, or a token of the settings, is nobody else's business, wherever a caller may show it.
fn without_our_keys(headers: &HeaderMap, tokens: &[Secret]) -> HeaderMap {
    let mut headers = headers.clone();
    let ours = |text: &str| text.contains(keys::PREFIX) || tokens.iter().any(|token| text.contains(token.expose()));
    for name in [header::AUTHORIZATION, API_KEY] {
        if headers.get_all(&name).iter().any(|value| value.to_str().is_ok_and(ours)) {
            headers.remove(name);
        }
    }
    headers
}

/// Writes everything down, then acknowledges.
async fn keep(app: &App, mut received: Received) -> Answer {
    received.operations.iter_mut().for_each(|operation| app.redactor.operation(operation));
    match write(app, &mut received).await {
        Ok(()) => answer::success(&received),
        Err(error) => answer::failure(received.encoding, 503, UNAVAILABLE, format!("not everything was kept: {error}")),
    }
}

async fn write(app: &App, received: &mut Received) -> Result<(), StoreError> {
    let recorded = operations(app, received).await?;
    let mut letters: Vec<(String, String)> = received.bad.iter().map(|bad| (bad.reason.clone(), app.redact(&bad.raw))).collect();
    for said in &received.said {
        let content = redacted(app, said.content.clone());
        if !app.store.add_content(app.project, &said.operation, &content).await? {
            let reason = format!("it tells what was said in operation {}, which is not known", said.operation);
            letters.push((reason, content.input.or(content.output).unwrap_or_default()));
        }
    }
    if !letters.is_empty() {
        app.store.bury(app.project, (app.clock)(), &format!("otlp {}", received.signal.word()), &letters).await?;
    }
    let samples = app.store.record_samples(app.project, &received.samples).await?;
    let resource = received.signal.word();
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    app.gauges.ingest(resource, "new", count(recorded.new + samples.new));
    app.gauges.ingest(resource, "known", count(recorded.known + samples.known));
    app.gauges.ingest(resource, "rejected", letters.len());
    Ok(())
}

/// Writes the operations. Two requests that tell of one call at the same time would both find it untold: they take turns.
async fn operations(app: &App, received: &mut Received) -> Result<Recorded, StoreError> {
    let told = std::mem::take(&mut received.operations);
    let all = told.len() as u64;
    let _turn = app.telling.lock().await;
    let kept = retold::fold(&app.store, app.project, told).await?;
    let recorded = app.store.record_operations(app.project, &kept).await?;
    Ok(Recorded { new: recorded.new, known: all - recorded.new })
}

fn redacted(app: &App, content: Content) -> Content {
    let clean = |text: Option<String>| text.map(|text| app.redact(&text));
    Content { input: clean(content.input), output: clean(content.output) }
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type))], answer.body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_or_token_of_ours_is_passed_on_in_no_header_and_a_collectors_own_is() {
        let tokens: Vec<Secret> = Secret::new("of-the-settings").into_iter().collect();
        let left = |name: header::HeaderName, value: &'static str| {
            without_our_keys(&HeaderMap::from_iter([(name, HeaderValue::from_static(value))]), &tokens).len()
        };
        for ours in ["Bearer kz_1", "kz_1", "Bearer of-the-settings"] {
            assert_eq!((left(header::AUTHORIZATION, ours), left(API_KEY, ours)), (0, 0), "{ours}");
        }
        assert_eq!((left(header::AUTHORIZATION, "Basic cGs6c2s="), left(API_KEY, "collectors")), (1, 1));
    }
}
