//! One request to an Ollama and its answer: in its time, within its bounds, and what went wrong by the server's name.

use super::{Ollama, OllamaError};
use crate::net::Unreached;
use crate::transport::{Broken, data};
use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// The largest answer that is read; a vocabulary in full takes some ten MiB.
const MOST_BYTES: usize = 64 << 20;
/// The longest error that is passed on.
const LONGEST_ERROR: usize = 1 << 10;

impl Ollama {
    pub(super) async fn get<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, OllamaError> {
        let answer = self.send(Method::GET, what, "", Bytes::new(), self.patience.answer).await?;
        self.read(what, answer, self.patience.answer).await
    }

    pub(super) async fn post(
        &self,
        what: &'static str,
        model: &str,
        body: &Value,
        limit: Duration,
    ) -> Result<Response<Incoming>, OllamaError> {
        self.send(Method::POST, what, model, Bytes::from(body.to_string()), limit).await
    }

    async fn send(
        &self,
        method: Method,
        what: &'static str,
        model: &str,
        body: Bytes,
        limit: Duration,
    ) -> Result<Response<Incoming>, OllamaError> {
        let address = self.place.at(what).map_err(|_| OllamaError::Address(format!("{}{what}", self.place)))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = address;
        request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        let answer = match tokio::time::timeout(limit, self.transport.send(request)).await {
            Ok(sent) => sent.map_err(|broken| self.broken(what, broken))?,
            Err(_) => return Err(self.timed_out(what, limit)),
        };
        if answer.status().is_success() { Ok(answer) } else { Err(self.said_no(what, model, answer).await) }
    }

    async fn said_no(&self, what: &'static str, model: &str, answer: Response<Incoming>) -> OllamaError {
        let status = answer.status();
        let body = self.body(what, answer, LONGEST_ERROR, self.patience.answer).await.unwrap_or_default();
        let said = serde_json::from_slice::<Value>(&body).ok().and_then(|value| Some(value.get("error")?.as_str()?.to_owned()));
        match said {
            Some(said) if status == 404 && said.contains("not found") => self.unknown(model),
            Some(said) => self.refused(what, said),
            None => self.garbled(what, format!("status {status}")),
        }
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        what: &'static str,
        answer: Response<Incoming>,
        limit: Duration,
    ) -> Result<T, OllamaError> {
        let body = self.body(what, answer, MOST_BYTES, limit).await?;
        serde_json::from_slice(&body).map_err(|error| self.garbled(what, error))
    }

    async fn body(&self, what: &'static str, answer: Response<Incoming>, most: usize, limit: Duration) -> Result<Bytes, OllamaError> {
        let (mut body, mut from) = (BytesMut::new(), answer.into_body());
        while let Some(chunk) = self.chunk(what, &mut from, limit).await? {
            if body.len() + chunk.len() > most {
                return Err(self.garbled(what, format!("more than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// The next piece of a body, within `limit`; `None` at its end.
    pub(super) async fn chunk(&self, what: &'static str, from: &mut Incoming, limit: Duration) -> Result<Option<Bytes>, OllamaError> {
        match tokio::time::timeout(limit, data(from)).await {
            Ok(chunk) => chunk.transpose().map_err(|_| OllamaError::Cut { server: self.address(), what }),
            Err(_) => Err(self.timed_out(what, limit)),
        }
    }

    fn broken(&self, what: &'static str, broken: Broken) -> OllamaError {
        let server = self.address();
        match broken {
            Broken::Unreached(Unreached::Offline { .. }) => OllamaError::Offline { server },
            source @ (Broken::Unreached(_) | Broken::Insecure(_)) => OllamaError::Unreachable { server, source },
            Broken::Cut => OllamaError::Cut { server, what },
            Broken::NotHttp(detail) => OllamaError::Garbled { server, what, detail },
        }
    }

    fn timed_out(&self, what: &'static str, waited: Duration) -> OllamaError {
        OllamaError::TimedOut { server: self.address(), what, waited }
    }

    pub(super) fn unknown(&self, model: &str) -> OllamaError {
        OllamaError::Unknown { server: self.address(), model: model.to_owned() }
    }

    pub(super) fn refused(&self, what: &'static str, message: String) -> OllamaError {
        OllamaError::Refused { server: self.address(), what, message }
    }

    pub(super) fn garbled(&self, what: &'static str, detail: impl std::fmt::Display) -> OllamaError {
        OllamaError::Garbled { server: self.address(), what, detail: detail.to_string() }
    }
}
