//! From the shapes of the interface to the words of the domain, field by field, with the first thing wrong as the reason.

use super::{ATTRIBUTES, CLOCK_LEAD, CONTENT_LIMIT, Read, Refusal};
use jiff::Timestamp;
use kaizen_api::v1::{
    CandidateRecord, ContentRecord, ErrorRecord, FeedbackRecord, ModelRecord, Moment, OperationRecord, TrajectoryRecord, UsageRecord,
};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::money::{Usage, Usd};
use kaizen_domain::operation::{
    CacheUse, Content, Failure, Kind, MESSAGE_LIMIT, ModelUse, NAME_LIMIT, NotAName, Operation, OperationId, Outcome, Quality, RouteTaken,
    Source,
};
use kaizen_domain::trajectory::{About, Candidate, CandidateKind, Choice, Feedback, Provenance, Trajectory};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// Ten years: what takes longer was measured wrongly.
const LONGEST_MS: f64 = 315_576_000_000.0;
/// Smaller numbers of milliseconds lie before 1973: they are seconds.
const SECONDS: i64 = 100_000_000_000;
const MOST_TOKENS: u64 = 1_000_000_000_000;
const DEAREST: f64 = 1_000_000.0;
/// Candidates or operations of one record.
const MOST_ITEMS: usize = 1_000;

type Notes = Vec<String>;

/// Reads an operation. `now` in milliseconds since 1970-01-01 UTC.
pub fn operation(value: Value, now: i64, source: Source) -> Result<Read<Operation>, Refusal> {
    let digest = digest(&value);
    let record: OperationRecord = shaped(value)?;
    let mut notes = Notes::new();
    let duration_us = duration(record.duration_ms, record.duration_us)?;
    let started_at = beginning(record.started_at, duration_us, now, &mut notes)?;
    let error = record.error.map(|error| failure(error, &mut notes)).transpose()?;
    let operation = Operation {
        id: identity(record.id, &digest, started_at)?,
        kind: name::<Kind>(record.kind)?,
        started_at,
        duration_us,
        first_token_us: record.first_token_ms.map(|ms| duration(Some(ms), None)).transpose()?,
        outcome: outcome(record.outcome.as_deref(), error.is_some())?,
        error,
        session: record.session.map(name).transpose()?,
        parent: record.parent.map(name).transpose()?,
        tenant: record.tenant.map(|tenant| short("tenant", tenant)).transpose()?,
        model: record.model.map(model).transpose()?,
        usage: record.usage.map(usage).transpose()?,
        cost: record.cost_usd.map(cost).transpose()?,
        offline: record.offline,
        cache: cache(record.cache.as_deref())?,
        route: record.route.map(route).transpose()?,
        quality: record
            .quality
            .map(|quality| {
                Ok(Quality { score: share("quality.score", quality.score)?, evaluator: short("quality.evaluator", quality.evaluator)? })
            })
            .transpose()?,
        source: came_by(record.source.as_deref(), source)?,
        content: record.content.map(|kept| content(kept, &mut notes)),
        attributes: attributes(record.attributes)?,
    };
    Ok(Read { record: operation, notes })
}

/// Reads a trajectory.
pub fn trajectory(value: Value, now: i64) -> Result<Read<Trajectory>, Refusal> {
    let digest = digest(&value);
    let record: TrajectoryRecord = shaped(value)?;
    let mut notes = Notes::new();
    let duration_us = duration(record.duration_ms, None)?;
    let started_at = beginning(record.started_at, duration_us, now, &mut notes)?;
    if record.candidates.len().max(record.operations.len()).max(record.features.len()) > MOST_ITEMS {
        return Err(Refusal::new(format!("a trajectory has at most {MOST_ITEMS} candidates, operations and features")));
    }
    let candidates: Result<Vec<Candidate>, Refusal> = record.candidates.into_iter().map(candidate).collect();
    let candidates = candidates?;
    let choice = record.choice.map(|choice| Choice { index: choice.index, propensity: choice.propensity });
    if let Some(choice) = &choice {
        chosen(choice.index, candidates.len(), "choice.index")?;
        choice.propensity.map(|propensity| probability("choice.propensity", propensity)).transpose()?;
    }
    let operations: Result<Vec<OperationId>, Refusal> = record.operations.into_iter().map(name).collect();
    let trajectory = Trajectory {
        id: identity(record.id, &digest, started_at)?,
        kind: name(record.kind)?,
        started_at,
        session: record.session.map(name).transpose()?,
        input: record.input.map(|input| cut(input, CONTENT_LIMIT, "input", &mut notes)),
        features: record.features,
        candidates,
        choice,
        operations: operations?,
        reward: record.reward.map(|reward| share("reward", reward)).transpose()?,
        duration_us: record.duration_ms.map(|_| duration_us),
        cost: record.cost_usd.map(cost).transpose()?,
        provenance: match record.provenance.as_deref() {
            Some("live") => Provenance::Live,
            Some("benchmark") => Provenance::Benchmark,
            Some("imported") | None => Provenance::Imported,
            Some(other) => return Err(unknown("provenance", other, "live, benchmark or imported")),
        },
    };
    Ok(Read { record: trajectory, notes })
}

/// Reads feedback.
pub fn feedback(value: Value, now: i64) -> Result<Read<Feedback>, Refusal> {
    let record: FeedbackRecord = shaped(value)?;
    let mut notes = Notes::new();
    let about = match (record.id, record.session) {
        (Some(id), None) => About::Operation(name(id)?),
        (None, Some(session)) => About::Session(name(session)?),
        _ => return Err(Refusal::new("say what it is about: either `id` or `session`")),
    };
    let thumbs = match record.thumbs.as_deref() {
        None => None,
        Some("up") => Some(1.0),
        Some("down") => Some(0.0),
        Some(other) => return Err(unknown("thumbs", other, "up or down")),
    };
    if thumbs.is_some() && record.reward.is_some() {
        return Err(Refusal::new("`reward` and `thumbs` say the same: give one"));
    }
    let reward = record.reward.map(|reward| share("reward", reward)).transpose()?.or(thumbs);
    let text = record.text.map(|text| cut(text, MESSAGE_LIMIT, "text", &mut notes)).filter(|text| !text.is_empty());
    if reward.is_none() && text.is_none() {
        return Err(Refusal::new("it says nothing: give `reward`, `thumbs` or `text`"));
    }
    let at = beginning(record.at, 0, now, &mut notes)?;
    Ok(Read { record: Feedback { about, reward, text, by: record.by.map(|by| short("by", by)).transpose()?, at }, notes })
}

/// The value in its shape; what serde says is wrong, without a place that means nothing here.
fn shaped<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| Refusal::new(error.to_string()))
}

/// The same record has the same digest, whatever the order of its fields.
fn digest(value: &Value) -> ContentHash {
    // Maps of serde_json are sorted by name.
    ContentHash::of(value.to_string().as_bytes())
}

fn identity(id: Option<String>, digest: &ContentHash, started_at: i64) -> Result<OperationId, Refusal> {
    match id {
        Some(id) => name(id),
        None => name(format!("{}-{started_at}", digest.short())),
    }
}

fn name<T: TryFrom<String, Error = NotAName>>(text: String) -> Result<T, Refusal> {
    T::try_from(text).map_err(|error| Refusal::new(error.to_string()))
}

fn short(field: &str, text: String) -> Result<String, Refusal> {
    match (1..=NAME_LIMIT).contains(&text.len()) && !text.contains(char::is_control) {
        true => Ok(text),
        false => Err(Refusal::new(format!("{field} has to be 1 to {NAME_LIMIT} bytes without control characters"))),
    }
}

fn unknown(field: &str, found: &str, known: &str) -> Refusal {
    let shown: String = found.chars().take(40).collect();
    Refusal::new(format!("{field} {shown:?} is unknown: {known}"))
}

fn duration(ms: Option<f64>, us: Option<u64>) -> Result<u64, Refusal> {
    match (ms, us) {
        (Some(_), Some(_)) => Err(Refusal::new("`duration_ms` and `duration_us` say the same: give one")),
        (Some(ms), None) if (0.0..=LONGEST_MS).contains(&ms) => Ok((ms * 1e3).round() as u64),
        (None, Some(us)) if us as f64 <= LONGEST_MS * 1e3 => Ok(us),
        (None, None) => Ok(0),
        _ => Err(Refusal::new("a duration is not negative and at most ten years")),
    }
}

/// When it began; a beginning that lies ahead is now, and that is said.
fn beginning(moment: Option<Moment>, duration_us: u64, now: i64, notes: &mut Notes) -> Result<i64, Refusal> {
    let began = match moment {
        None => return Ok(now - i64::try_from(duration_us / 1_000).unwrap_or(0)),
        Some(Moment::Milliseconds(ms)) if (0..SECONDS).contains(&ms) && ms != 0 => {
            return Err(Refusal::new(format!("{ms} is a time in seconds: give milliseconds since 1970, or 2026-11-20T12:00:00Z")));
        }
        Some(Moment::Milliseconds(ms)) if ms <= 0 => return Err(Refusal::new("a time before 1970 is none of an operation")),
        Some(Moment::Milliseconds(ms)) => ms,
        Some(Moment::Text(text)) => moment_of(&text)?,
    };
    let ahead = began.saturating_sub(now);
    if ahead <= CLOCK_LEAD {
        return Ok(began);
    }
    notes.push(format!("the sender's clock is {} s ahead: taken as now", ahead / 1_000));
    Ok(now)
}

fn moment_of(text: &str) -> Result<i64, Refusal> {
    let shown: String = text.chars().take(40).collect();
    let read = text.parse::<Timestamp>().map_err(|_| Refusal::new(format!("{shown:?} is no time: write 2026-11-20T12:00:00Z")))?;
    match read.as_millisecond() {
        ms if ms > 0 => Ok(ms),
        _ => Err(Refusal::new("a time before 1970 is none of an operation")),
    }
}

fn outcome(word: Option<&str>, failed: bool) -> Result<Outcome, Refusal> {
    match word {
        Some("ok") if failed => Err(Refusal::new("the outcome is `ok` and there is an `error`: which is it?")),
        Some("ok") => Ok(Outcome::Ok),
        Some("failed") => Ok(Outcome::Failed),
        Some("cancelled") => Ok(Outcome::Cancelled),
        Some("refused") => Ok(Outcome::Refused),
        Some(other) => Err(unknown("outcome", other, "ok, failed, cancelled or refused")),
        None if failed => Ok(Outcome::Failed),
        None => Ok(Outcome::Ok),
    }
}

fn cache(word: Option<&str>) -> Result<Option<CacheUse>, Refusal> {
    word.map(|word| match word {
        "hit" => Ok(CacheUse::Hit),
        "miss" => Ok(CacheUse::Miss),
        "joined" => Ok(CacheUse::Joined),
        "off" => Ok(CacheUse::Off),
        other => Err(unknown("cache", other, "hit, miss, joined or off")),
    })
    .transpose()
}

/// How it reached us. A record that another daemon showed says how it reached that one, which is no news of ours.
fn came_by(word: Option<&str>, us: Source) -> Result<Source, Refusal> {
    match word {
        None | Some("gateway" | "api" | "record" | "otlp" | "own") => Ok(us),
        Some(other) => Err(unknown("source", other, "gateway, api, record, otlp or own")),
    }
}

fn failure(error: ErrorRecord, notes: &mut Notes) -> Result<Failure, Refusal> {
    let (kind, message) = match error {
        ErrorRecord::Text(message) => ("error".to_owned(), message),
        ErrorRecord::Full { kind, message } => (short("error.kind", kind)?, message),
    };
    Ok(Failure { kind, message: cut(message, MESSAGE_LIMIT, "error.message", notes) })
}

fn model(model: ModelRecord) -> Result<ModelUse, Refusal> {
    let named = |field: &str, text: Option<String>| text.map(|text| short(field, text)).transpose();
    Ok(match model {
        ModelRecord::Name(name) => ModelUse { asked: short("model", name)?, served: None, provider: None },
        ModelRecord::Full { asked, served, provider } => ModelUse {
            asked: short("model.asked", asked)?,
            served: named("model.served", served)?,
            provider: named("model.provider", provider)?,
        },
    })
}

fn usage(found: UsageRecord) -> Result<Usage, Refusal> {
    let UsageRecord { input, output, cache_read, cache_write, reasoning } = found;
    if [input, output, cache_read, cache_write, reasoning].into_iter().any(|tokens| tokens > MOST_TOKENS) {
        return Err(Refusal::new("usage has more tokens than there are"));
    }
    if cache_read.saturating_add(cache_write) > input || reasoning > output {
        return Err(Refusal::new("usage.cache_read and cache_write are parts of input, and reasoning one of output: they are larger"));
    }
    Ok(Usage { input, output, cache_read, cache_write, reasoning })
}

fn cost(dollars: f64) -> Result<Usd, Refusal> {
    let fits = (0.0..=DEAREST).contains(&dollars);
    Usd::from_dollars(dollars).filter(|_| fits).ok_or_else(|| Refusal::new("cost_usd is not negative and at most a million"))
}

fn route(found: kaizen_api::v1::RouteRecord) -> Result<RouteTaken, Refusal> {
    if found.candidates.len() > MOST_ITEMS {
        return Err(Refusal::new(format!("a route has at most {MOST_ITEMS} candidates")));
    }
    chosen(found.chosen, found.candidates.len(), "route.chosen")?;
    let candidates: Result<Vec<String>, Refusal> = found.candidates.into_iter().map(|one| short("route.candidates", one)).collect();
    let propensity = probability("route.propensity", found.propensity)?;
    Ok(RouteTaken { by: short("route.by", found.by)?, candidates: candidates?, chosen: found.chosen, propensity })
}

fn candidate(found: CandidateRecord) -> Result<Candidate, Refusal> {
    let (kind, name) = match found {
        CandidateRecord::Model(name) => (CandidateKind::Model, name),
        CandidateRecord::Full { kind, name } => match kind.as_str() {
            "model" => (CandidateKind::Model, name),
            "tool" => (CandidateKind::Tool, name),
            "memory" => (CandidateKind::Memory, name),
            "skill" => (CandidateKind::Skill, name),
            other => return Err(unknown("candidates.kind", other, "model, tool, memory or skill")),
        },
    };
    Ok(Candidate { kind, name: short("candidates.name", name)? })
}

fn chosen(index: usize, candidates: usize, field: &str) -> Result<(), Refusal> {
    match index < candidates {
        true => Ok(()),
        false => Err(Refusal::new(format!("{field} is {index} and there are {candidates} candidates, counted from 0"))),
    }
}

fn share(field: &str, value: f64) -> Result<f64, Refusal> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(value),
        false => Err(Refusal::new(format!("{field} is {value}: it lies between 0 and 1"))),
    }
}

fn probability(field: &str, value: f64) -> Result<f64, Refusal> {
    match value > 0.0 && value <= 1.0 {
        true => Ok(value),
        false => Err(Refusal::new(format!("{field} is {value}: it is above 0 and at most 1"))),
    }
}

fn content(found: ContentRecord, notes: &mut Notes) -> Content {
    let input = found.input.map(|text| cut(text, CONTENT_LIMIT, "content.input", notes));
    Content { input, output: found.output.map(|text| cut(text, CONTENT_LIMIT, "content.output", notes)) }
}

fn cut(mut text: String, most: usize, field: &str, notes: &mut Notes) -> String {
    if text.len() > most {
        notes.push(format!("{field} has {} bytes: the first {most} are kept", text.len()));
        text.truncate(text.floor_char_boundary(most));
    }
    text
}

fn attributes(found: BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>, Refusal> {
    let (most, bytes) = ATTRIBUTES;
    let size: usize = found.iter().map(|(name, value)| name.len() + value.to_string().len()).sum();
    match found.len() <= most && size <= bytes {
        true => Ok(found),
        false => Err(Refusal::new(format!("{} attributes of {size} bytes: at most {most} of {bytes} bytes", found.len()))),
    }
}
