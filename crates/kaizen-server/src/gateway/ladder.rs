//! The ladder of a task: small models first, larger ones when what they say does not stand up.
//!
//! An answer stands when it is JSON of the schema the client asked for; without a schema nobody can tell, and there is no ladder. Each
//! try is charged before it is made and settled after it. The record tells every try and what it cost.

use super::account::{Account, may_be_charged};
use super::money::{Errand, Left, Unpaid};
use super::{Ask, deliver, passed_on};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use kaizen_domain::money::Usd;
use kaizen_domain::operation::{Outcome, RouteTaken};
use kaizen_llm::escalate::expect::Expectation;
use kaizen_llm::escalate::schema::Schema;
use kaizen_llm::escalate::{Ascent, Attempt, Charge, Climb, Ended, Ran, Tier, climb};
use kaizen_llm::face::Face;
use kaizen_llm::refusal::Refusal;
use kaizen_llm::route::PREFIX;
use kaizen_llm::route::catalogue::Target;
use kaizen_llm::seen::Seen;
use kaizen_llm::send::{Body, Call, Failed};
use serde::Deserialize;
use serde_json::{Value, json};

/// The ladder of one call.
pub struct Ladder {
    tiers: Vec<Tier>,
    expected: Expectation,
}

/// Where a chat completion says which schema its answer has to satisfy.
#[derive(Deserialize)]
struct Formatted {
    response_format: Option<Format>,
}

#[derive(Deserialize)]
struct Format {
    json_schema: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    schema: Option<Value>,
}

impl Ask {
    /// The ladder, where the task has one and the answer can be judged. A schema with words nobody here can check is no reason to
    /// judge by less: then there is none. `Err`: the caller's key may use none of its models.
    pub(super) fn ladder(&self) -> Option<Result<Ladder, Refusal>> {
        let task = self.asked.model.strip_prefix(PREFIX)?;
        let tiers = self.app.desk.ladder(task);
        if tiers.is_empty() || self.asked.stream || self.face != Face::Chat {
            return None;
        }
        let written = self.app.settings.routes.get(task).is_some_and(|route| !route.tiers.is_empty());
        if !written && self.may_be_cached() {
            return None;
        }
        let read: Formatted = serde_json::from_slice(&self.body).ok()?;
        let schema = Schema::compile(read.response_format?.json_schema?.schema?).ok()?;
        let catalogue = self.app.desk.catalogue();
        // A model that is not known is told as such when its turn comes.
        let usable = |tier: &&Tier| catalogue.find(&tier.model).map_or(true, |target| self.may_use(&target));
        let tiers: Vec<Tier> = tiers.iter().filter(usable).cloned().collect();
        if tiers.is_empty() {
            return Some(Err(self.caller.forbidden(&self.asked.model)));
        }
        Some(Ok(Ladder { tiers, expected: Expectation { schema: Some(schema), checks: Vec::new() } }))
    }

    /// Climbs it.
    pub(super) async fn climb(mut self: Box<Self>, mut account: Box<Account>, mut ladder: Ladder) -> Response {
        let mut climber = Climber { ask: &self, account: &mut account, tiers: &ladder.tiers, answer: None, left: Left::Any };
        let ascent = climb(&ladder.tiers, &mut climber, &mut ladder.expected).await;
        let answer = climber.answer.take();
        let saved = self.saved(&ascent);
        account.tell("ladder", told(&ladder.tiers, &ascent));
        account.all_paid();
        let response = match answer.filter(|_| ascent.answer.is_some()) {
            Some(Answered { target, body, seen }) => {
                if let (Some(saved), Some(reference)) = (saved, &self.app.settings.budget.reference) {
                    account.tell("saved_nano_usd", saved.nanos().into());
                    account.tell("saved_against", reference.to_string().into());
                }
                self.labels.route = Some(format!("{target}; by=ladder; tries={}", ascent.attempts.len()));
                account.first_piece();
                deliver::conclude(account, &seen);
                deliver::whole(200, self.face.content_type(false), &self.labels, &HeaderMap::new(), body)
            }
            None => {
                let refusal = Refusal { code: Some("no_answer_stands".into()), ..Refusal::new(502, fallen(&ladder.tiers, &ascent)) };
                account.failed("no_answer_stands", &refusal.message);
                account.end(Outcome::Failed);
                deliver::refused(self.face, &self.labels, &refusal)
            }
        };
        self.app.climbed(&ladder.tiers, &ascent, saved).await;
        response
    }

    /// Against the reference model, at its price for a request of this size.
    fn saved(&self, ascent: &Ascent) -> Option<Usd> {
        let reference = self.app.settings.budget.reference.as_ref()?;
        let target = self.app.desk.catalogue().find(reference.as_str()).ok()?;
        let usage = ascent.attempts.last()?.usage?;
        ascent.saved(&self.app.desk.price(&target)?.at(usage.input))
    }
}

/// An answer and who gave it.
struct Answered {
    target: Target,
    body: Bytes,
    seen: Box<Seen>,
}

/// Whoever makes the tries. The account holds their money: a client that goes away leaves it to be settled there.
struct Climber<'a> {
    ask: &'a Ask,
    account: &'a mut Account,
    tiers: &'a [Tier],
    answer: Option<Answered>,
    /// Whom the money leaves.
    left: Left,
}

impl Climber<'_> {
    async fn sent(&mut self, tier: &Tier) -> Result<Answered, Failed> {
        let ask = self.ask;
        let gone = |name: &str| Failed::NoKey { provider: name.to_owned() };
        let target = ask.app.desk.catalogue().find(&tier.model).map_err(|_| gone(&tier.model))?;
        let provider = ask.app.desk.provider(&target.provider).ok_or_else(|| gone(&target.provider))?;
        let passed = passed_on(&ask.headers);
        self.account.sends();
        let id = self.account.id().to_owned();
        let call = Call {
            face: ask.face,
            model: &target.model,
            asked: &ask.asked,
            body: &ask.body,
            client_key: ask.caller.own_for(ask.face, provider),
            headers: &passed,
            deadline: tokio::time::Instant::now() + super::LONGEST,
            id: &id,
            unix: (ask.app.clock)() / 1000,
            reserved: self.account.holds_money(),
        };
        match provider.send(call).await?.body {
            Body::Whole(body, seen) => Ok(Answered { target, body, seen }),
            Body::Stream(_) => Err(Failed::Cut { provider: target.provider }),
        }
    }

    fn route(&self, tier: &Tier) -> RouteTaken {
        let candidates = self.tiers.iter().map(|tier| tier.model.clone()).collect();
        let chosen = self.tiers.iter().position(|one| std::ptr::eq(one, tier)).unwrap_or(0);
        RouteTaken { by: "ladder".into(), candidates, chosen, propensity: 1.0 }
    }
}

impl Climb for Climber<'_> {
    async fn charge(&mut self, tier: &Tier) -> Charge {
        let app = &self.ask.app;
        let Ok(target) = app.desk.catalogue().find(&tier.model) else {
            return Charge::Refused(format!("no provider has {}", tier.model));
        };
        let price = app.desk.price(&target);
        if !self.left.has(&target) {
            return Charge::Refused("a person was asked in vain".to_owned());
        }
        let Ask { caller, asked, kind, .. } = self.ask;
        let errand = Errand { caller, asked, operation: self.account.id(), kind: kind.as_str() };
        match app.put_aside(&errand, &target, price.as_ref()).await {
            Ok(held) => {
                self.account.goes_to(self.route(tier), &target.provider, &target.model, target.local, price);
                held.into_iter().for_each(|held| self.account.holds(held));
                Charge::Taken
            }
            Err(Unpaid { refusal, left }) => {
                self.left = self.left.max(left);
                Charge::Refused(refusal.message)
            }
        }
    }

    async fn run(&mut self, tier: &Tier, _: &[Attempt]) -> Ran {
        match self.sent(tier).await {
            Ok(answered) => {
                let cost = self.account.price_of(&answered.seen).or_else(|| self.account.most());
                let (text, usage) = (answered.seen.output.clone(), answered.seen.usage);
                self.answer = Some(answered);
                Ran::Answered { text, usage, cost }
            }
            Err(failed) => {
                let again = failed.again((self.ask.app.clock)() / 1000).is_some();
                // What a provider began to work on and did not deliver may have cost anything.
                let cost = if may_be_charged(&failed) { self.account.most() } else { Some(Usd::ZERO) };
                Ran::Failed { why: failed.refusal().message, cost, again }
            }
        }
    }

    async fn settle(&mut self, _: &Tier, attempt: &Attempt) {
        self.account.paid(attempt.cost);
    }
}

fn word(ended: &Ended) -> (&'static str, Option<&str>) {
    match ended {
        Ended::Verified => ("verified", None),
        Ended::Wrong(why) => ("wrong", Some(why)),
        Ended::Failed(why) => ("failed", Some(why)),
    }
}

/// Every try, for the record.
fn told(tiers: &[Tier], ascent: &Ascent) -> Value {
    let name = |tier: usize| tiers.get(tier).map_or("", |tier| tier.name.as_str());
    let attempt = |attempt: &Attempt| {
        let (ended, why) = word(&attempt.ended);
        json!({"tier": name(attempt.tier), "try": attempt.nth + 1, "ended": ended, "why": why, "cost_nano_usd": attempt.cost.map(Usd::nanos)})
    };
    let refused = ascent.refused.iter().map(|(tier, why)| json!({"tier": name(*tier), "ended": "refused", "why": why}));
    ascent.attempts.iter().map(attempt).chain(refused).collect()
}

fn fallen(tiers: &[Tier], ascent: &Ascent) -> String {
    let name = |tier: usize| tiers.get(tier).map_or("", |tier| tier.name.as_str());
    let tries = ascent.attempts.iter().map(|attempt| (attempt.tier, word(&attempt.ended).1.unwrap_or_default()));
    let all = tries.chain(ascent.refused.iter().map(|(tier, why)| (*tier, why.as_str())));
    let lines: Vec<String> = all.map(|(tier, why)| format!("{}: {why}", name(tier))).collect();
    format!("no answer stood up to the schema. {}", lines.join("; "))
}
