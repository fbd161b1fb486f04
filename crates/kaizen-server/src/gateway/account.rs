//! The record of one call, kept from its arrival to its end, whichever way it ends.
//!
//! Dropping it records it: a client that goes away drops the answer's stream and with it this, so no call is forgotten and no
//! reserved money stays reserved. What a provider was asked and nobody heard the end of is not taken for free.

use super::intent::Unsure;
use super::purse::Reservation;
use crate::app::App;
use crate::gauge::{CacheLabels, CallLabels, Direction, Gauges, TokenLabels};
use crate::recorder::{LeftOut, Record};
use kaizen_domain::money::{Usage, Usd};
use kaizen_domain::operation::{CacheUse, Content, Failure, MESSAGE_LIMIT, ModelUse, Operation, Outcome, RouteTaken};
use kaizen_llm::face::{Face, Said};
use kaizen_llm::price::Priced;
use kaizen_llm::refusal::Refusal;
use kaizen_llm::seen::Seen;
use kaizen_llm::send::Failed;
use std::sync::Arc;
use std::time::Instant;

/// A call under way.
pub struct Account {
    app: Arc<App>,
    face: Face,
    began: Instant,
    operation: Operation,
    price: Option<Priced>,
    reservation: Option<Reservation>,
    /// What the answer's tokens are at most, where the upstream was cut off before it counted them.
    input_bound: u64,
    /// What tries cost that are over.
    tried: Usd,
    /// A try cost an amount that nobody knows.
    unknown: bool,
    /// A provider has the request and may charge for it.
    sent: bool,
    left_out: LeftOut,
    unsure: Option<Unsure>,
    ended: bool,
}

impl Account {
    /// Begins; `operation` says what is known at the start.
    pub fn begin(app: Arc<App>, face: Face, input_bound: u64, operation: Operation) -> Box<Self> {
        app.gauges.under_way.inc();
        Box::new(Self {
            app,
            face,
            began: Instant::now(),
            operation,
            price: None,
            reservation: None,
            input_bound,
            tried: Usd::ZERO,
            unknown: false,
            sent: false,
            left_out: LeftOut::default(),
            unsure: None,
            ended: false,
        })
    }

    /// The id under which it will be found.
    pub fn id(&self) -> &str {
        self.operation.id.as_str()
    }

    /// How the model was chosen, and what it asks for.
    pub fn goes_to(&mut self, route: RouteTaken, provider: &str, model: &str, local: bool, price: Option<Priced>) {
        self.operation.route = Some(route);
        self.operation.offline = Some(local);
        self.price = price;
        if let Some(model_use) = &mut self.operation.model {
            *model_use =
                ModelUse { asked: std::mem::take(&mut model_use.asked), served: Some(model.into()), provider: Some(provider.into()) };
        }
    }

    /// The money that was put aside for it.
    pub fn holds(&mut self, reservation: Reservation) {
        self.reservation = Some(reservation);
    }

    /// Whether money for the try that comes is put aside.
    pub fn holds_money(&self) -> bool {
        self.reservation.is_some()
    }

    /// The request goes to the provider now: from here on a call that nobody hears the end of may have been charged.
    pub fn sends(&mut self) {
        // Counting tokens costs nothing anywhere.
        self.sent = self.face != Face::CountTokens;
    }

    /// The most the try that is under way can cost, where that is known.
    pub fn most(&self) -> Option<Usd> {
        let free = self.price.is_none() && self.operation.offline == Some(true);
        self.reservation.as_ref().map(Reservation::amount).or(free.then_some(Usd::ZERO))
    }

    /// A try is over. It cost this much; `None`: nobody knows, and all that was put aside for it is spent.
    pub fn paid(&mut self, cost: Option<Usd>) {
        self.sent = false;
        self.unknown |= cost.is_none();
        self.tried += cost.unwrap_or(Usd::ZERO);
        let Some(reservation) = self.reservation.take() else { return };
        match cost {
            Some(cost) => reservation.settle(cost),
            None => reservation.keep(),
        }
    }

    /// An attempt came to nothing. It cost nothing, except where the provider may have worked for it.
    pub fn tried(&mut self, failed: &Failed) {
        let cost = if self.sent && may_be_charged(failed) { self.most() } else { Some(Usd::ZERO) };
        self.paid(cost);
    }

    /// What an answer cost, by what was seen of it.
    pub fn price_of(&self, seen: &Seen) -> Option<Usd> {
        Some(self.price.as_ref()?.cost(seen.usage?))
    }

    /// What the response cache did.
    pub fn cache(&mut self, used: CacheUse) {
        self.operation.cache = Some(used);
        let result = match used {
            CacheUse::Hit => "hit",
            CacheUse::Miss => "miss",
            CacheUse::Joined => "joined",
            CacheUse::Off => return,
        };
        self.app.gauges.cache.get_or_create(&CacheLabels { result }).inc();
    }

    /// No rule is sure of what kind it is: whoever has that role is asked about it when it has ended well.
    pub fn unsure_of_kind(&mut self, said: &Said) {
        if self.app.settings.roles.intent.is_some() {
            let Operation { id, kind, .. } = &self.operation;
            self.unsure = Some(Unsure { operation: id.clone(), kind: kind.clone(), text: said.last.clone() });
        }
    }

    /// What went in.
    pub fn asked_for(&mut self, said: Said) {
        if self.app.keeps_content() {
            self.left_out.input = said.left_out as u64;
            self.operation.content.get_or_insert_with(Content::default).input = Some(said.whole);
        }
    }

    /// What came out.
    fn answered(&mut self, seen: &Seen) {
        if self.app.keeps_content() && !seen.output.is_empty() {
            self.left_out.output = seen.left_out;
            self.operation.content.get_or_insert_with(Content::default).output = Some(seen.output.clone());
        }
    }

    /// The first piece of the answer was given.
    pub fn first_piece(&mut self) {
        let elapsed = self.began.elapsed();
        if self.operation.first_token_us.is_none() {
            self.operation.first_token_us = Some(micros(elapsed));
            Gauges::took(&self.app.gauges.first_token_seconds, elapsed);
        }
    }

    /// What was seen of the answer, at its end or at its breaking off.
    pub fn saw(&mut self, seen: &Seen) {
        self.answered(seen);
        if let Some(model_use) = &mut self.operation.model
            && let Some(served) = &seen.model
        {
            model_use.served = Some(served.clone());
        }
        let whole = seen.complete || seen.failure.is_some();
        self.operation.usage = match seen.usage {
            Some(usage) if whole => Some(usage),
            // Some count the answer only at its end: what came of it counts.
            Some(usage) => Some(Usage { output: usage.output.max(self.estimated(seen).output), ..usage }),
            None => seen.began.then(|| self.estimated(seen)),
        };
        if seen.began && (seen.usage.is_none() || !whole) {
            self.operation.attributes.insert("usage".into(), "estimated: the answer broke off before it was counted".into());
        }
        if let Some(finish) = &seen.finish {
            self.operation.attributes.insert("finish".into(), finish.as_str().into());
        }
    }

    /// An answer that broke off was paid for: all that was asked, and what came of the answer.
    fn estimated(&self, seen: &Seen) -> Usage {
        Usage { input: self.input_bound, output: seen.output_bytes.div_ceil(2), ..Usage::default() }
    }

    /// An answer from the cache costs nothing.
    pub fn from_cache(&mut self, saved: Option<Usd>) {
        self.operation.cost = Some(Usd::ZERO);
        if let Some(saved) = saved {
            self.operation.attributes.insert("saved_nano_usd".into(), saved.nanos().into());
        }
    }

    /// Something worth knowing beside the rest.
    pub fn tell(&mut self, name: &str, value: serde_json::Value) {
        self.operation.attributes.insert(name.to_owned(), value);
    }

    /// Every try is paid: its tokens cost nothing further.
    pub fn all_paid(&mut self) {
        self.operation.cost = Some(Usd::ZERO);
    }

    /// It did not go well: why.
    pub fn failed(&mut self, kind: impl Into<String>, message: &str) {
        let mut message = message.to_owned();
        message.truncate((0..=MESSAGE_LIMIT.min(message.len())).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0));
        self.operation.error = Some(Failure { kind: kind.into(), message });
    }

    /// It was refused before anybody was asked.
    pub fn refused(mut self, refusal: &Refusal) {
        self.failed(refusal.code.clone().unwrap_or_else(|| refusal.kind.to_owned()), &refusal.message);
        self.end(Outcome::Refused);
    }

    /// It ended.
    pub fn end(mut self, outcome: Outcome) {
        self.finish(outcome);
    }

    fn finish(&mut self, outcome: Outcome) {
        self.ended = true;
        self.operation.outcome = outcome;
        let elapsed = self.began.elapsed();
        self.operation.duration_us = micros(elapsed);
        self.settle();
        self.count(outcome);
        Gauges::took(&self.app.gauges.seconds, elapsed);
        let again = matches!(self.operation.cache, Some(CacheUse::Hit | CacheUse::Joined));
        let operation = self.recorded();
        self.app.recorder.record(Record { project: self.app.project, operation, left_out: self.left_out });
        if let Some(unsure) = self.unsure.take().filter(|_| outcome == Outcome::Ok && !again) {
            self.app.gauges.unasked.inc_by(u64::from(!self.app.intents.offer(unsure)));
        }
    }

    /// The record, moved out of here as far as it can be: this runs for every call.
    fn recorded(&mut self) -> Operation {
        let Operation { content, model, route, error, attributes, .. } = &mut self.operation;
        let (content, model, route, error) = (content.take(), model.take(), route.take(), error.take());
        let attributes = std::mem::take(attributes);
        Operation { content, model, route, error, attributes, ..self.operation.clone() }
    }

    /// The money: what it cost by its tokens, and the tries before it. Where a provider was asked and its tokens are not known (the
    /// client went away before anything came, say) it is what was put aside; without that it is not known.
    fn settle(&mut self) {
        let usage = self.operation.usage;
        let cost = match (self.operation.cost, &self.price, usage) {
            (Some(known), ..) => Some(known),
            (_, _, None) if self.sent => self.most(),
            (_, Some(price), Some(usage)) => Some(price.cost(usage)),
            (_, None, Some(_)) if self.operation.offline == Some(false) => None,
            _ => Some(Usd::ZERO),
        };
        self.paid(cost);
        self.operation.cost = (!self.unknown).then_some(self.tried);
    }

    fn count(&self, outcome: Outcome) {
        let gauges = &self.app.gauges;
        gauges.under_way.dec();
        let provider = self.operation.model.as_ref().and_then(|model| model.provider.clone()).unwrap_or_else(|| "none".into());
        gauges.calls.get_or_create(&CallLabels { face: face_name(self.face), provider: provider.clone(), outcome: word(outcome) }).inc();
        if let Some(usage) = self.operation.usage {
            let tokens = |direction| TokenLabels { provider: provider.clone(), direction };
            gauges.tokens.get_or_create(&tokens(Direction::Input)).inc_by(usage.input);
            gauges.tokens.get_or_create(&tokens(Direction::Output)).inc_by(usage.output);
        }
        match self.operation.cost {
            Some(cost) => drop(gauges.dollars.inc_by(cost.dollars())),
            None => drop(gauges.unpriced.inc()),
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if !self.ended {
            self.finish(Outcome::Cancelled);
        }
    }
}

/// It answered too late, or broke off: what it did until then may be charged.
pub fn may_be_charged(failed: &Failed) -> bool {
    matches!(failed, Failed::TimedOut { .. } | Failed::Cut { .. } | Failed::Garbled { .. })
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Failed => "failed",
        Outcome::Cancelled => "cancelled",
        Outcome::Refused => "refused",
    }
}

/// The name of a shape, for labels and records.
pub fn face_name(face: Face) -> &'static str {
    match face {
        Face::Chat => "chat",
        Face::Messages => "messages",
        Face::CountTokens => "count_tokens",
        Face::Responses => "responses",
        Face::Embeddings => "embeddings",
        Face::OllamaChat => "ollama_chat",
        Face::OllamaGenerate => "ollama_generate",
    }
}
