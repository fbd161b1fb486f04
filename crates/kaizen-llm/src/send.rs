//! Sending one request to one provider: time-outs, further attempts, the breaker, and the answer as the client's shape has it.
//!
//! A stream counts as an answer from its first piece on; what happens before that may be tried again, what happens after it
//! never is. The breaker hears how whole answers went and how streams ended. Dropping the future, the answer or its stream ends the
//! call on the provider's side as well. What a provider refuses is a value with its own status and bytes.

mod exchange;
mod failed;
mod stream;

use crate::breaker::{Health, Pass};
use crate::face::{Asked, Face};
use crate::provider::{Provider, Seat};
use crate::secret::Secret;
use crate::seen::Seen;
use crate::translate::{Target, Upstream, outgoing_to};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;
use tokio::time::Instant;

pub use failed::Failed;
pub use stream::AnswerStream;

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The shape the client speaks.
    pub face: Face,
    /// The provider's name of the model.
    pub model: &'a str,
    /// What was read of the request.
    pub asked: &'a Asked,
    /// The request's body.
    pub body: &'a Bytes,
    /// The client's own key for this provider, in place of ours.
    pub client_key: Option<&'a Secret>,
    /// Headers of the client's that are for the provider (`anthropic-beta`, `openai-organization`).
    pub headers: &'a [(HeaderName, HeaderValue)],
    /// When an answer is of no use any more; streams end then too.
    pub deadline: Instant,
    /// What the answer is called where the provider gives it no name: see [`crate::translate::Reader::stamp`].
    pub id: &'a str,
    /// Now, in seconds since 1970-01-01 UTC.
    pub unix: i64,
    /// Money for one attempt is put aside: one that broke off may have used it up, and is not made again.
    pub reserved: bool,
}

/// What came.
#[derive(Debug)]
pub struct Answer {
    /// The status; a success.
    pub status: u16,
    /// The provider's headers a client can use: ids and rate limits.
    pub headers: HeaderMap,
    /// The answer in the client's shape.
    pub body: Body,
    /// How often the request was sent.
    pub attempts: u32,
    /// What the client asked for and the provider's shape has no place for.
    pub dropped: Vec<String>,
}

/// The answer in the client's shape.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Whole(Bytes, Box<Seen>),
    /// Piece by piece.
    Stream(Box<AnswerStream>),
}

impl Body {
    /// The model is busy until a stream was read.
    fn while_busy(mut self, call: crate::busy::Call) -> Self {
        if let Self::Stream(stream) = &mut self {
            stream.busy = Some(call);
        }
        self
    }
}

impl Provider {
    /// Sends a request, again where that may help, and gives the answer in the client's shape.
    pub async fn send(&self, call: Call<'_>) -> Result<Answer, Failed> {
        let busy = self.busy.with(call.model);
        let mut upstream = Some(self.upstream(&call)?);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let ready = match upstream.take() {
                Some(ready) => ready,
                None => self.upstream(&call)?,
            };
            let failed = match self.attempt(&call, ready).await {
                Ok(answer) => return Ok(Answer { attempts, body: answer.body.while_busy(busy), ..answer }),
                Err(failed) => failed,
            };
            match self.wait(&call, attempts, &failed) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(failed),
            }
        }
    }

    fn upstream(&self, call: &Call<'_>) -> Result<Upstream, Failed> {
        let Self { settings, .. } = self;
        let target = Target {
            max_output: settings.max_output,
            num_ctx: settings.num_ctx,
            keep_alive: settings.keep_alive.as_deref(),
            ..Target::new(settings.manner.tongue, call.model)
        };
        let mut upstream = outgoing_to(call.face, &target, call.asked, call.body).map_err(Failed::Malformed)?;
        upstream.reader.stamp(call.id, u64::try_from(call.unix).unwrap_or(0));
        Ok(upstream)
    }

    /// How long until the next attempt; `None`: there is none.
    fn wait(&self, call: &Call<'_>, made: u32, failed: &Failed) -> Option<Duration> {
        if call.reserved && matches!(failed, Failed::Cut { .. }) {
            return None;
        }
        let said = failed.again(call.unix)?;
        let left = call.deadline.saturating_duration_since(Instant::now());
        self.settings.retry.wait(made, said, left, self.coins.toss())
    }

    /// One attempt under the breaker.
    async fn attempt(&self, call: &Call<'_>, upstream: Upstream) -> Result<Answer, Failed> {
        let now = Instant::now().into_std();
        let pass = self.breaker().admit(now).map_err(|until| Failed::Open { provider: self.name.clone(), wait: until - now })?;
        let mut report = Report { provider: self, pass: Some(pass), health: Health::Unknown };
        let mut outcome = self.exchange(call, upstream).await;
        report.health = outcome.as_ref().err().map_or(Health::Well, Failed::health);
        if let Ok(Answer { body: Body::Stream(stream), .. }) = &mut outcome
            && let Some(pass) = report.pass.take()
        {
            stream.tells(&self.breaker, pass);
        }
        outcome
    }

    async fn exchange(&self, call: &Call<'_>, upstream: Upstream) -> Result<Answer, Failed> {
        match &self.seat {
            Seat::Script(script) => Box::pin(exchange::with_script(self, script, call, upstream)).await,
            Seat::Host { address, transport } => {
                let request = exchange::request(self, call, &upstream, address)?;
                exchange::over(self, transport, request, call, upstream).await
            }
        }
    }
}

/// Tells the breaker how an attempt went, also when its future is dropped in the middle. Without a pass somebody else tells it.
struct Report<'a> {
    provider: &'a Provider,
    pass: Option<Pass>,
    health: Health,
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass {
            self.provider.breaker().report(Instant::now().into_std(), pass, self.health);
        }
    }
}
