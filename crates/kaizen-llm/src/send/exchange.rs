//! One exchange with a provider: its head within its time, its body within its bounds.

use super::stream::{AnswerStream, Pieces};
use super::{Answer, Body, Call, Failed};
use crate::address::Address;
use crate::provider::script::Script;
use crate::provider::{KEY_HEADERS, Provider, put_key};
use crate::translate::Upstream;
use crate::transport::Transport;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use http_body_util::Full;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How much of a refusal is read, in bytes.
const REFUSAL_LIMIT: usize = 1024 * 1024;
/// How long the body of a refusal may take.
const REFUSAL_TIME: Duration = Duration::from_secs(10);

/// Headers of a provider's answer that a client can use; also everything that begins with one of [`LIMITS`].
const USEFUL: [&str; 6] = ["request-id", "x-request-id", "retry-after", "retry-after-ms", "x-should-retry", "openai-processing-ms"];
const LIMITS: [&str; 2] = ["x-ratelimit-", "anthropic-ratelimit-"];

/// Headers that belong to one connection: the client's say nothing about ours.
const OURS: [HeaderName; 6] =
    [header::HOST, header::CONTENT_LENGTH, header::CONNECTION, header::TRANSFER_ENCODING, header::ACCEPT_ENCODING, header::COOKIE];

pub(super) fn useful(headers: &HeaderMap) -> HeaderMap {
    let wanted = |name: &HeaderName| USEFUL.contains(&name.as_str()) || LIMITS.iter().any(|head| name.as_str().starts_with(head));
    headers.iter().filter(|(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The request with its key and its headers. Where the user has set a header for this provider, a client's does not replace it.
pub(super) fn request(
    provider: &Provider,
    call: &Call<'_>,
    upstream: &Upstream,
    address: &Address,
) -> Result<Request<Full<Bytes>>, Failed> {
    let unusable = |why: String| Failed::Unreachable { provider: provider.name.clone(), why };
    let mut request = Request::new(Full::new(upstream.body.clone()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = address.at(upstream.path).map_err(|e| unusable(e.to_string()))?;
    let mut headers = HeaderMap::with_capacity(8 + call.headers.len());
    for (name, value) in call.headers.iter().filter(|(name, _)| !KEY_HEADERS.contains(name) && !OURS.contains(name)) {
        headers.append(name, value.clone());
    }
    for (name, value) in &provider.headers {
        headers.insert(name, value.clone());
    }
    let no_key = || Failed::NoKey { provider: provider.name.clone() };
    match call.client_key {
        Some(key) => put_key(&mut headers, provider.settings.manner, key).ok_or_else(no_key)?,
        None if !provider.has_key && wants_key(provider, address) => return Err(no_key()),
        None => {}
    }
    *request.headers_mut() = headers;
    Ok(request)
}

/// A provider on this machine may do without a key, and so may one whose key the user gave as a header; the others say 401.
fn wants_key(provider: &Provider, address: &Address) -> bool {
    provider.settings.manner.key_variable.is_some() && provider.settings.headers.is_empty() && !address.is_this_machine()
}

pub(super) async fn over(
    provider: &Provider,
    transport: &Transport,
    request: Request<Full<Bytes>>,
    call: &Call<'_>,
    upstream: Upstream,
) -> Result<Answer, Failed> {
    let head = within(provider, call, provider.settings.patience.head, "sent no answer", transport.send(request)).await?;
    let (parts, body) = head.map_err(|broken| Failed::broken(&provider.name, broken))?.into_parts();
    answer(provider, call, upstream, (parts.status, parts.headers), Pieces::Http(body)).await
}

pub(super) async fn with_script(provider: &Provider, script: &Script, call: &Call<'_>, upstream: Upstream) -> Result<Answer, Failed> {
    let mut staged = script.answer(upstream.path, &upstream.body);
    within(provider, call, provider.settings.patience.head, "sent no answer", staged.body.begin()).await?;
    let status = StatusCode::from_u16(staged.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer(provider, call, upstream, (status, staged.headers), Pieces::Script(staged.body)).await
}

async fn answer(
    provider: &Provider,
    call: &Call<'_>,
    upstream: Upstream,
    (status, said): (StatusCode, HeaderMap),
    pieces: Pieces,
) -> Result<Answer, Failed> {
    let headers = useful(&said);
    if !status.is_success() {
        return Err(Failed::refused(status, headers, &said, refusal(pieces, call.deadline).await));
    }
    let Upstream { mut reader, dropped, .. } = upstream;
    let body = if call.asked.stream {
        let mut stream = Box::new(AnswerStream::new(provider, reader, pieces, call.deadline));
        stream.begin().await?;
        Body::Stream(stream)
    } else {
        let whole = whole(provider, call, pieces).await?;
        let whole = reader.whole(whole);
        if let Some(trouble) = reader.seen().failure.clone() {
            return Err(Failed::Reported { provider: provider.name.clone(), trouble });
        }
        let whole = whole.map_err(|garbled| Failed::garbled(&provider.name, &garbled))?;
        Body::Whole(whole, Box::new(reader.into_seen()))
    };
    Ok(Answer { status: status.as_u16(), headers, body, attempts: 0, dropped })
}

/// A body up to the provider's limit.
async fn whole(provider: &Provider, call: &Call<'_>, mut pieces: Pieces) -> Result<Bytes, Failed> {
    let limit = provider.settings.answer_limit;
    let mut body = BytesMut::new();
    loop {
        let next = within(provider, call, provider.settings.patience.piece, "sent nothing more", pieces.next()).await?;
        match next {
            None => return Ok(body.freeze()),
            Some(Err(broken)) => return Err(Failed::broken(&provider.name, broken)),
            Some(Ok(piece)) if body.len() + piece.len() > limit => {
                let why = format!("the answer has more than {limit} bytes");
                return Err(Failed::Garbled { provider: provider.name.clone(), why });
            }
            Some(Ok(piece)) => body.extend_from_slice(&piece),
        }
    }
}

/// What of a refusal came in its time: the status says enough without it.
async fn refusal(mut pieces: Pieces, deadline: Instant) -> Bytes {
    let until = deadline.min(Instant::now() + REFUSAL_TIME);
    let mut body = BytesMut::new();
    while let Ok(Some(Ok(piece))) = timeout_at(until, pieces.next()).await {
        body.extend_from_slice(&piece[..piece.len().min(REFUSAL_LIMIT - body.len())]);
        if body.len() >= REFUSAL_LIMIT {
            break;
        }
    }
    body.freeze()
}

/// Waits as long as the provider is given, and no longer than the request's own deadline.
pub(super) async fn within<T>(
    provider: &Provider,
    call: &Call<'_>,
    patience: Duration,
    what: &'static str,
    future: impl Future<Output = T>,
) -> Result<T, Failed> {
    limited(&provider.name, call.deadline, patience, what, future).await
}

/// As [`within`], for who has no call any more.
pub(super) async fn limited<T>(
    provider: &str,
    deadline: Instant,
    patience: Duration,
    what: &'static str,
    future: impl Future<Output = T>,
) -> Result<T, Failed> {
    let now = Instant::now();
    let own = deadline < now + patience;
    let until = deadline.min(now + patience);
    let timed_out = |_| Failed::TimedOut { provider: provider.to_string(), what, within: until.saturating_duration_since(now), own };
    timeout_at(until, future).await.map_err(timed_out)
}
