//! The face that clients of models know: what they send is answered by the model they asked for, and recorded.
//!
//! One call goes through here from its arrival to its answer: who calls, what is asked, who may answer, what it may cost, what the
//! cache knows, then one candidate after the other. A model asked for by name is never exchanged for another.

pub mod account;
pub mod caller;
pub mod deliver;
pub mod flight;
pub mod intent;
pub mod kind;
pub mod ladder;
pub mod lists;
pub mod money;
pub mod permission;
pub mod purse;
pub mod rate;
pub mod tally;

use crate::app::{App, Kept};
use account::{Account, face_name};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use caller::Caller;
use deliver::Labels;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::operation::{CacheUse, Kind, ModelUse, Operation, Outcome, SessionId, Source};
use kaizen_llm::cache_key::{CacheKey, cache_key};
use kaizen_llm::face::{Asked, Face, Said, Tongue, heard};
use kaizen_llm::refusal::Refusal;
use kaizen_llm::route::catalogue::Target;
use kaizen_llm::route::{Means, PREFIX, Question, Route};
use kaizen_llm::send::{Answer, Body, Call, Failed};
use kaizen_llm::translate::counted;
use kaizen_store::{CachedAnswer, Keep as KeepFor};
use money::{Errand, Left};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

const KIND: HeaderName = HeaderName::from_static("x-kaizen-kind");
const SESSION: HeaderName = HeaderName::from_static("x-kaizen-session");

/// One call on its way.
struct Ask {
    app: Arc<App>,
    face: Face,
    headers: HeaderMap,
    body: Bytes,
    caller: Caller,
    asked: Asked,
    kind: Kind,
    labels: Labels,
}

/// Answers a call.
pub async fn answer(app: Arc<App>, face: Face, peer: IpAddr, headers: HeaderMap, body: Bytes) -> Response {
    let labels = Labels::default();
    let caller = match Caller::of(&app.keys, &headers, peer).await {
        Ok(caller) => caller,
        Err(refusal) => return deliver::refused(face, &labels, &refusal),
    };
    let (asked, said) = heard(face, &body);
    let model = asked.as_ref().map_or_else(|_| "?".to_owned(), |asked| asked.model.clone());
    let (operation, unsure) = match begun(&app, face, &headers, &caller, asked.as_ref().ok(), &said, model) {
        Ok(begun) => begun,
        Err(refusal) => return deliver::refused(face, &labels, &refusal),
    };
    let kind = operation.kind.clone();
    let labels = Labels { operation: Some(operation.id.to_string()), ..labels };
    let bound = asked.as_ref().map_or(0, |asked| asked.input_bound);
    let mut account = Account::begin(Arc::clone(&app), face, bound, operation);
    if unsure {
        account.unsure_of_kind(&said);
    }
    account.asked_for(said);
    match asked {
        Ok(asked) => Box::new(Ask { app, face, headers, body, caller, asked, kind, labels }).go(account).await,
        Err(malformed) => refuse(face, &labels, account, &malformed.into()),
    }
}

fn refuse(face: Face, labels: &Labels, account: Box<Account>, refusal: &Refusal) -> Response {
    account.refused(refusal);
    deliver::refused(face, labels, refusal)
}

/// What is known of the operation when it begins, and whether its kind is only what is left when no rule is sure.
fn begun(
    app: &App,
    face: Face,
    headers: &HeaderMap,
    caller: &Caller,
    asked: Option<&Asked>,
    said: &Said,
    model: String,
) -> Result<(Operation, bool), Refusal> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let meta = |key: &str| asked.and_then(|asked| asked.metadata.get(key).cloned());
    let bad = |name: &str, error: kaizen_domain::operation::NotAName| Refusal::new(400, format!("{name}: {error}"));
    let task = asked.and_then(|asked| asked.model.strip_prefix(kaizen_llm::route::PREFIX)).filter(|task| *task != kaizen_llm::route::AUTO);
    let named = text(&KIND).or_else(|| meta("kaizen_kind")).or_else(|| task.map(str::to_owned));
    let named = named.or_else(|| kind::guess(asked?, &said.last).map(str::to_owned));
    let unsure = named.is_none() && asked.is_some();
    let kind = Kind::try_from(named.unwrap_or_else(|| kind::UNSURE.to_owned())).map_err(|error| bad("x-kaizen-kind", error))?;
    let session = text(&SESSION).or_else(|| meta("session_id"));
    let session = session.map(SessionId::try_from).transpose().map_err(|error| bad("x-kaizen-session", error))?;
    let operation = Operation {
        id: app.ids.next((app.clock)()).map_err(|error| Refusal::new(500, error.to_string()))?,
        kind,
        started_at: (app.clock)(),
        duration_us: 0,
        first_token_us: None,
        outcome: Outcome::Cancelled,
        error: None,
        session,
        parent: None,
        tenant: caller.tenant().map(str::to_owned),
        model: Some(ModelUse { asked: model, served: None, provider: None }),
        usage: None,
        cost: None,
        offline: None,
        cache: None,
        route: None,
        quality: None,
        source: Source::Gateway,
        content: None,
        attributes: BTreeMap::from([("face".to_owned(), face_name(face).into())]),
    };
    Ok((operation, unsure))
}

impl Ask {
    async fn go(mut self: Box<Self>, account: Box<Account>) -> Response {
        if let Some(ladder) = self.ladder() {
            return match ladder.and_then(|ladder| self.in_time().map(|()| ladder)) {
                Ok(ladder) => Box::pin(self.climb(account, ladder)).await,
                Err(refusal) => refuse(self.face, &self.labels, account, &refusal),
            };
        }
        let route = match self.route().await.and_then(|route| self.in_time().map(|()| route)) {
            Ok(route) => route,
            Err(refusal) => return refuse(self.face, &self.labels, account, &refusal),
        };
        if route.degraded {
            self.labels.others.push((HeaderName::from_static("x-kaizen-budget"), "degraded".to_owned()));
        }
        match self.cacheable(&route) {
            Some(key) => Box::pin(self.through_cache(account, &route, key)).await,
            None => self.attempt_all(account, &route, None).await,
        }
    }

    /// Refuses where the key has made all its calls of this minute.
    fn in_time(&self) -> Result<(), Refusal> {
        let Some((key, rate)) = self.caller.key.as_ref().and_then(|key| Some((key, key.rules.rate?))) else { return Ok(()) };
        self.app.rates.take(&key.name, rate, Instant::now()).map_err(|wait| Refusal {
            retry_after: Some(wait),
            ..Refusal::new(429, format!("the key '{}' may make {rate} calls a minute", key.name))
        })
    }

    /// Whether the caller's key may use the model behind this full name.
    fn may_use(&self, target: &Target) -> bool {
        self.caller.key.is_none() || self.caller.may_use(&self.asked.model, target, &self.app.desk.catalogue())
    }

    async fn route(&self) -> Result<Route, Refusal> {
        // Whether a named model may be paid is decided when its cost is known, with the reason.
        let routed = self.asked.model.starts_with(PREFIX);
        let means = if routed { self.app.means().await? } else { Means::Plenty };
        let question = Question {
            model: &self.asked.model,
            kind: Some(self.kind.as_str()),
            tenant: self.caller.tenant(),
            size: self.asked.input_bound,
            tools: self.asked.has_tools,
        };
        if routed
            && self.app.due_locally()
            && let Ok(local) = self.app.desk.route(&question, Means::LocalOnly).and_then(|route| self.permitted(route))
        {
            return Ok(local);
        }
        self.permitted(self.app.desk.route(&question, means)?)
    }

    /// The candidates that the caller's key may use.
    fn permitted(&self, mut route: Route) -> Result<Route, Refusal> {
        route.candidates.retain(|target| self.may_use(target));
        if route.candidates.is_empty() { Err(self.caller.forbidden(&self.asked.model)) } else { Ok(route) }
    }

    /// Whether the user turned the cache on for such calls.
    fn may_be_cached(&self) -> bool {
        let names = [Some(self.kind.as_str()), self.caller.tenant()];
        let named: Vec<&str> = names.into_iter().flatten().collect();
        self.app.settings.cache.serves(&named)
    }

    /// The name of the answer in the cache, where the cache is on for this call.
    fn cacheable(&self, route: &Route) -> Option<CacheKey> {
        let cache = &self.app.settings.cache;
        if !self.may_be_cached() || self.asked.stream || self.face == Face::CountTokens {
            return None;
        }
        let target = route.candidates.first()?.to_string();
        let mut besides: Vec<String> = self.headers.iter().filter(|(name, _)| decides(name)).map(told).collect();
        besides.sort();
        besides.push(self.caller.tenant().unwrap_or_default().to_owned());
        let besides: Vec<&str> = besides.iter().map(String::as_str).collect();
        let key = cache_key(self.face, &target, &self.body, &besides).ok()?;
        (!key.sampled || cache.sampled).then_some(key)
    }

    async fn through_cache(mut self: Box<Self>, mut account: Box<Account>, route: &Route, key: CacheKey) -> Response {
        let tenant = self.caller.tenant().unwrap_or_default().to_owned();
        let now = (self.app.clock)();
        let name = ContentHash::of(&key.hash);
        match self.app.store.cached_answer(&tenant, name, now).await {
            Ok(None) => {}
            Ok(Some(kept)) => {
                self.app.complained(self.app.store.count_hit(&tenant, name).await, "a hit of the response cache could not be counted");
                return self.again(account, &Kept { body: kept.answer.into(), cost: kept.cost }, CacheUse::Hit);
            }
            Err(error) => {
                self.app.complained(Err(error), "the response cache could not be asked");
                return self.attempt_all(account, route, None).await;
            }
        }
        let flights = Arc::clone(&self.app);
        match flights.flights.board(key.hash).await {
            flight::Seat::Joined(kept) => self.again(account, &kept, CacheUse::Joined),
            flight::Seat::First(flight) => {
                account.cache(CacheUse::Miss);
                self.labels.cache = Some(CacheUse::Miss);
                self.attempt_all(account, route, Some((flight, tenant))).await
            }
        }
    }

    fn again(mut self: Box<Self>, mut account: Box<Account>, kept: &Kept, used: CacheUse) -> Response {
        account.cache(used);
        account.from_cache(kept.cost);
        account.end(Outcome::Ok);
        self.labels.cache = Some(used);
        deliver::whole(200, self.face.content_type(false), &self.labels, &HeaderMap::new(), kept.body.clone())
    }

    /// One candidate after the other, until one answers or the client's own mistake is found.
    ///
    /// What is kept is kept under the first candidate's name: where another one has to be asked, nothing is kept, and those who wait
    /// for this answer ask for themselves.
    async fn attempt_all(mut self: Box<Self>, mut account: Box<Account>, route: &Route, mut keep: Option<Keep>) -> Response {
        let (mut last, mut left) = (None, Left::Any);
        let passed = passed_on(&self.headers);
        for (place, target) in route.candidates.iter().enumerate() {
            if place > 0 {
                keep = None;
            }
            if !left.has(target) {
                continue;
            }
            let taken = route.taken(place);
            self.labels.route = Some(format!("{target}; by={}", route.by));
            let price = self.app.desk.price(target);
            account.goes_to(taken, &target.provider, &target.model, target.local, price.clone());
            let Some(provider) = self.app.desk.provider(&target.provider) else { continue };
            if self.face == Face::CountTokens && provider.manner().tongue != Tongue::Anthropic {
                return self.estimate(account);
            }
            let errand = Errand { caller: &self.caller, asked: &self.asked, operation: account.id(), kind: self.kind.as_str() };
            match self.app.put_aside(&errand, target, price.as_ref()).await {
                Ok(reservation) => reservation.into_iter().for_each(|reservation| account.holds(reservation)),
                Err(unpaid) => {
                    left = left.max(unpaid.left);
                    last = Some(Err(unpaid.refusal));
                    continue;
                }
            }
            account.sends();
            let call = Call {
                face: self.face,
                model: &target.model,
                asked: &self.asked,
                body: &self.body,
                client_key: self.caller.own_for(self.face, provider),
                headers: &passed,
                deadline: tokio::time::Instant::now() + LONGEST,
                id: account.id(),
                unix: (self.app.clock)() / 1000,
                reserved: account.holds_money(),
            };
            match provider.send(call).await {
                Ok(answer) => {
                    if !route.named {
                        self.app.shares.count(self.app.today(), target.free);
                    }
                    if !answer.dropped.is_empty() {
                        self.labels.others.push((HeaderName::from_static("x-kaizen-dropped"), answer.dropped.join(", ")));
                    }
                    return self.deliver(account, answer, keep).await;
                }
                Err(failed) if !failed.another_may_help() => return self.fail(account, &failed, target),
                Err(failed) => {
                    account.tried(&failed);
                    last = Some(Ok((failed, target)));
                }
            }
        }
        match last {
            Some(Ok((failed, target))) => self.fail(account, &failed, target),
            Some(Err(refusal)) => refuse(self.face, &self.labels, account, &refusal),
            None => refuse(self.face, &self.labels, account, &Refusal::new(503, "no configured provider could be asked")),
        }
    }

    fn estimate(self: Box<Self>, account: Box<Account>) -> Response {
        account.end(Outcome::Ok);
        let labels = Labels { others: vec![(HeaderName::from_static("x-kaizen-count"), "estimated".to_owned())], ..self.labels };
        deliver::whole(200, self.face.content_type(false), &labels, &HeaderMap::new(), counted(&self.asked))
    }

    fn fail(&self, mut account: Box<Account>, failed: &Failed, target: &Target) -> Response {
        account.tried(failed);
        account.failed(failed.kind(), &failed.refusal().message);
        account.end(Outcome::Failed);
        match failed {
            Failed::Refused { headers, .. } => {
                let tongue = self.app.desk.provider(&target.provider).map_or(Tongue::OpenAi, |provider| provider.manner().tongue);
                let (status, body, content_type) = failed.told(self.face, tongue);
                deliver::whole(status, content_type, &self.labels, headers, body)
            }
            _ => deliver::refused(self.face, &self.labels, &failed.refusal()),
        }
    }

    async fn deliver(self: Box<Self>, mut account: Box<Account>, answer: Answer, keep: Option<Keep>) -> Response {
        match answer.body {
            Body::Stream(from) => deliver::streamed(self.face, &self.labels, &answer.headers, from, account),
            Body::Whole(body, seen) => {
                account.first_piece();
                let cost = account.price_of(&seen);
                // First, so that a client that goes away while the answer is kept pays what it cost.
                deliver::conclude(account, &seen);
                if let Some(keep) = keep {
                    self.keep(keep, Kept { body: body.clone(), cost }).await;
                }
                deliver::whole(answer.status, self.face.content_type(false), &self.labels, &answer.headers, body)
            }
        }
    }

    /// Keeps an answer for whoever asks the same again. One that cannot be kept was still given.
    async fn keep(&self, (flight, tenant): Keep, kept: Kept) {
        let cache = &self.app.settings.cache;
        let lifetime_ms = i64::try_from(cache.lifetime.0.as_millis()).unwrap_or(i64::MAX);
        let answer = CachedAnswer { answer: kept.body.to_vec(), cost: kept.cost };
        let (name, now) = (ContentHash::of(flight.key()), (self.app.clock)());
        let stored = self.app.store.cache_answer(&tenant, name, &answer, KeepFor { lifetime_ms, entries: cache.entries }, now).await;
        self.app.complained(stored, "an answer could not be kept in the response cache");
        flight.land(kept);
    }
}

/// Who waits for an answer, and for whom it may be kept.
type Keep = (flight::Flight<[u8; 32], Kept>, String);

/// Whether a header may decide what the provider answers: `anthropic-beta`, `openai-beta`.
fn decides(name: &HeaderName) -> bool {
    ["anthropic-", "openai-"].iter().any(|start| name.as_str().starts_with(start))
}

fn told((name, value): (&HeaderName, &HeaderValue)) -> String {
    format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
}

/// What of a client's headers is for the provider.
fn passed_on(headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let meant = |name: &HeaderName| decides(name) || name.as_str().starts_with("x-stainless-");
    // A provider that is a gateway like this one, or this one itself, is not to ask of what kind our own questions are.
    let own = |name: &HeaderName, value: &HeaderValue| *name == KIND && value == intent::OWN;
    headers.iter().filter(|(name, value)| meant(name) || own(name, value)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// No answer takes longer.
const LONGEST: Duration = Duration::from_secs(3600);

/// How long a body may take to arrive in full.
pub const BODY_TIME: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
