//! What the client gets: headers, a whole answer or a stream of pieces, and the refusal in its own shape.

use super::account::Account;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use kaizen_domain::operation::{CacheUse, Outcome};
use kaizen_llm::face::Face;
use kaizen_llm::refusal::{self, Refusal};
use kaizen_llm::send::AnswerStream;

const ROUTE: HeaderName = HeaderName::from_static("x-kaizen-route");
const CACHE: HeaderName = HeaderName::from_static("x-kaizen-cache");
const OPERATION: HeaderName = HeaderName::from_static("x-kaizen-operation");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// What is said of every answer beside it.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// Which model, and who chose it.
    pub route: Option<String>,
    /// What the response cache did.
    pub cache: Option<CacheUse>,
    /// The id of the record, where there is one.
    pub operation: Option<String>,
    /// Other things worth saying, by header.
    pub others: Vec<(HeaderName, String)>,
}

impl Labels {
    fn write(&self, headers: &mut HeaderMap) {
        let cache = match self.cache {
            Some(CacheUse::Hit) => "hit",
            Some(CacheUse::Miss) => "miss",
            Some(CacheUse::Joined) => "joined",
            Some(CacheUse::Off) | None => "off",
        };
        headers.insert(CACHE, HeaderValue::from_static(cache));
        let told = [(ROUTE, self.route.as_deref()), (OPERATION, self.operation.as_deref())];
        let others = self.others.iter().map(|(name, value)| (name.clone(), Some(value.as_str())));
        for (name, value) in told.into_iter().chain(others) {
            // A name from the settings that no header can carry is not worth an answer.
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
    }
}

/// A refusal in the client's shape.
pub fn refused(face: Face, labels: &Labels, why: &Refusal) -> Response {
    let (status, body, content_type) = refusal::refusal(face, why);
    let mut response = answer(status, content_type, labels, Body::from(body));
    if let Some(retry) = why.retry {
        response.headers_mut().insert(SHOULD_RETRY, HeaderValue::from_static(if retry { "true" } else { "false" }));
    }
    if let Some(after) = why.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
    }
    response
}

/// A whole answer.
pub fn whole(status: u16, content_type: &'static str, labels: &Labels, forwarded: &HeaderMap, body: Bytes) -> Response {
    let mut response = answer(status, content_type, labels, Body::from(body));
    forwarded.iter().for_each(|(name, value)| drop(response.headers_mut().insert(name.clone(), value.clone())));
    response
}

/// A stream; `account` is closed at its end, and dropped where the client goes away.
pub fn streamed(face: Face, labels: &Labels, forwarded: &HeaderMap, from: Box<AnswerStream>, account: Box<Account>) -> Response {
    let pieces = stream::unfold(Some(Flow { face, from, account: Some(account) }), |flow| async {
        let (piece, flow) = flow?.next().await?;
        Some((Ok::<Bytes, std::convert::Infallible>(piece), flow))
    });
    let mut response = answer(200, face.content_type(true), labels, Body::from_stream(pieces));
    forwarded.iter().for_each(|(name, value)| drop(response.headers_mut().insert(name.clone(), value.clone())));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

struct Flow {
    face: Face,
    from: Box<AnswerStream>,
    account: Option<Box<Account>>,
}

impl Drop for Flow {
    /// A client that goes away ends this without another word: what it got until then is in its record.
    fn drop(&mut self) {
        if let Some(mut account) = self.account.take() {
            account.saw(self.from.seen());
        }
    }
}

impl Flow {
    /// The next piece, and the flow where more may follow.
    async fn next(mut self) -> Option<(Bytes, Option<Self>)> {
        match self.from.next().await {
            Some(Ok(piece)) => {
                self.account.iter_mut().for_each(|account| account.first_piece());
                Some((piece, Some(self)))
            }
            Some(Err(failed)) => {
                let told = refusal::stream_refusal(self.face, &failed.refusal());
                if let Some(mut account) = self.account.take() {
                    account.saw(self.from.seen());
                    account.failed(failed.kind(), &failed.to_string());
                    account.end(Outcome::Failed);
                }
                Some((told, None))
            }
            None => {
                if let Some(account) = self.account.take() {
                    conclude(account, self.from.seen());
                }
                None
            }
        }
    }
}

/// Closes the record of an answer that came to its end.
pub fn conclude(mut account: Box<Account>, seen: &kaizen_llm::seen::Seen) {
    account.saw(seen);
    match &seen.failure {
        Some(trouble) => {
            account.failed(trouble.kind.clone(), &trouble.message);
            account.end(Outcome::Failed);
        }
        None => account.end(Outcome::Ok),
    }
}

fn answer(status: u16, content_type: &'static str, labels: &Labels, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    labels.write(response.headers_mut());
    response
}
