//! An answer piece by piece. Dropping it ends the call; it never asks again.

use super::Failed;
use super::exchange::limited;
use crate::breaker::{Breaker, Health, Pass};
use crate::provider::Provider;
use crate::provider::script::Playback;
use crate::seen::Seen;
use crate::translate::Reader;
use crate::transport::{Broken, data};
use bytes::{Bytes, BytesMut};
use hyper::body::Incoming;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an upstream that has said everything may keep its connection open.
const CLOSING: Duration = Duration::from_secs(2);

/// Where the bytes come from.
#[derive(Debug)]
pub(super) enum Pieces {
    Http(Incoming),
    Script(Playback),
}

impl Pieces {
    /// The next bytes; `None` at the proper end.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Broken>> {
        match self {
            Self::Script(playback) => Some(playback.next().await?.map_err(|_| Broken::Cut)),
            Self::Http(body) => data(body).await,
        }
    }
}

/// A stream that began.
#[derive(Debug)]
pub struct AnswerStream {
    provider: String,
    reader: Box<Reader>,
    /// Absent once the end, good or bad, has been reached.
    pieces: Option<Pieces>,
    patience: Duration,
    deadline: Instant,
    out: BytesMut,
    /// What went wrong, still to be told.
    failed: Option<Failed>,
    /// Who is told how it ends, and with which pass.
    teller: Option<(Arc<Mutex<Breaker>>, Pass)>,
    /// Held until this is dropped.
    pub(super) busy: Option<crate::busy::Call>,
}

impl AnswerStream {
    pub(super) fn new(provider: &Provider, reader: Box<Reader>, pieces: Pieces, deadline: Instant) -> Self {
        let patience = provider.settings.patience.piece;
        let (provider, pieces) = (provider.name.clone(), Some(pieces));
        Self { provider, reader, pieces, patience, deadline, out: BytesMut::new(), failed: None, teller: None, busy: None }
    }

    /// Tells a breaker that it began, and how it ends. A client that goes away before says nothing about the provider.
    pub(super) fn tells(&mut self, breaker: &Arc<Mutex<Breaker>>, pass: Pass) {
        let pass = breaker.lock().unwrap_or_else(PoisonError::into_inner).began(pass);
        self.teller = Some((Arc::clone(breaker), pass));
        if self.pieces.is_none() {
            self.ended();
        }
    }

    fn ended(&mut self) {
        let health = match &self.failed {
            Some(failed) => failed.health(),
            None if self.reader.seen().failure.is_some() => Health::Ill,
            None => Health::Well,
        };
        if let Some((breaker, pass)) = self.teller.take() {
            breaker.lock().unwrap_or_else(PoisonError::into_inner).report(Instant::now().into_std(), pass, health);
        }
    }

    /// Waits for the first piece: until it is there, the request may still be sent to somebody else. A provider that reports
    /// a failure as the first thing of its stream has refused.
    pub(super) async fn begin(&mut self) -> Result<(), Failed> {
        while self.out.is_empty() && self.pieces.is_some() {
            self.pull().await;
        }
        match (&self.reader.seen().failure, self.failed.take()) {
            (Some(trouble), _) if !self.reader.seen().began => {
                Err(Failed::Reported { provider: self.provider.clone(), trouble: trouble.clone() })
            }
            (_, Some(failed)) if self.out.is_empty() => Err(failed),
            (_, failed) => {
                self.failed = failed;
                Ok(())
            }
        }
    }

    /// The next bytes for the client; `None` at the end. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<Bytes, Failed>> {
        while self.out.is_empty() && self.pieces.is_some() {
            self.pull().await;
        }
        match self.out.is_empty() {
            false => Some(Ok(self.out.split().freeze())),
            true => self.failed.take().map(Err),
        }
    }

    /// What is known of the answer, at any time.
    pub fn seen(&self) -> &Seen {
        self.reader.seen()
    }

    /// Takes in one piece, or the end.
    async fn pull(&mut self) {
        let Some(pieces) = &mut self.pieces else { return };
        let complete = self.reader.seen().complete;
        let patience = if complete { self.patience.min(CLOSING) } else { self.patience };
        let next = limited(&self.provider, self.deadline, patience, "sent nothing more", pieces.next()).await;
        let done = match next {
            Ok(Some(Ok(piece))) => {
                let pushed = self.reader.push(&piece, &mut self.out);
                let complete = self.reader.seen().failure.is_some();
                pushed.map(|()| complete).map_err(|garbled| Failed::garbled(&self.provider, &garbled))
            }
            Ok(None) => self.finish(),
            // Everything has been said: how the connection ends is nobody's concern.
            Ok(Some(Err(_))) | Err(_) if complete => self.finish(),
            Ok(Some(Err(broken))) => Err(Failed::broken(&self.provider, broken)),
            Err(timed_out) => Err(timed_out),
        };
        if !matches!(done, Ok(false)) {
            self.pieces = None;
            self.failed = done.err();
            self.ended();
        }
    }

    /// What is missing at the end, for the client.
    fn finish(&mut self) -> Result<bool, Failed> {
        self.reader.finish(&mut self.out).map(|()| true).map_err(|garbled| Failed::garbled(&self.provider, &garbled))
    }
}
