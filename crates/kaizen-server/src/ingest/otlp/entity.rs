//! What a record is about: which sort of work, for whom it belongs together, what its id is, and whether its clock can be true.

use super::attribute;
use super::names::{self, Field, Fields};
use kaizen_domain::money::{Usage, Usd};
use kaizen_domain::operation::{Kind, ModelUse, NAME_LIMIT, OperationId, SessionId};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A sort of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Chat,
    Completion,
    Embeddings,
    Agent,
    Workflow,
    Tool,
    Retrieval,
    Rerank,
    Guardrail,
    Evaluation,
}

impl Work {
    /// The sort a word of any dialect names.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "chat" | "generate_content" | "llm" | "llm_call" | "llm_request" | "generation" | "responses" => Self::Chat,
            "text_completion" | "completion" => Self::Completion,
            "embeddings" | "embedding" => Self::Embeddings,
            "invoke_agent" | "create_agent" | "agent" | "agent_call" => Self::Agent,
            "invoke_workflow" | "workflow" | "chain" | "task" | "prompt" | "interaction" | "decision" => Self::Workflow,
            "execute_tool" | "tool" | "tool_call" => Self::Tool,
            "retriever" | "retrieval" | "search" => Self::Retrieval,
            "reranker" | "rerank" => Self::Rerank,
            "guardrail" => Self::Guardrail,
            "evaluator" | "evaluation" => Self::Evaluation,
            _ => return None,
        })
    }

    /// Whether a model was asked: only here tokens count. Whatever surrounds such a call repeats its numbers.
    pub(super) fn is_inference(self) -> bool {
        matches!(self, Self::Chat | Self::Completion | Self::Embeddings)
    }

    /// The kind of its operations.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completion => "completion",
            Self::Embeddings => "embeddings",
            Self::Agent => "agent",
            Self::Workflow => "workflow",
            Self::Tool => "tool",
            Self::Retrieval => "retrieval",
            Self::Rerank => "rerank",
            Self::Guardrail => "guardrail",
            Self::Evaluation => "evaluation",
        }
    }
}

/// The operation's kind: the sender's own word, or ours.
pub(super) fn kind(fields: &Fields<'_>, word: &str) -> Result<Kind, String> {
    fields.text(Field::OwnKind).unwrap_or_else(|| word.to_owned()).try_into().map_err(|error| format!("{error}"))
}

/// The model; the one that answered stands in where only it is named.
pub(super) fn model(fields: &Fields<'_>) -> Option<ModelUse> {
    let served = fields.text(Field::Served);
    let asked = fields.text(Field::Asked).or_else(|| served.clone())?;
    Some(ModelUse { asked, served, provider: fields.text(Field::Provider) })
}

/// What a sender counts beside the input, not within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing: the input is whole.
    Nothing,
    /// What was read from the provider's cache and written to it.
    Cache,
    /// What tools put in.
    Tools,
}

/// The tokens.
pub(super) fn usage(fields: &Fields<'_>, beside: Beside) -> Option<Usage> {
    let cache_read = fields.count(Field::CacheRead).unwrap_or(0);
    let cache_write = fields.count(Field::CacheWrite).unwrap_or(0);
    let reasoning = fields.count(Field::Reasoning).unwrap_or(0);
    let (said, output) = (fields.count(Field::Input), fields.count(Field::Output));
    let output = output.or_else(|| said.map(|_| 0));
    let input = said.or_else(|| fields.count(Field::Total).map(|total| total.saturating_sub(output.unwrap_or(0))));
    if input.is_none() && output.is_none() {
        return None;
    }
    let (input, output) = (input.unwrap_or(0), output.unwrap_or(0));
    let cached = cache_read.saturating_add(cache_write);
    // A part that is larger than its whole was counted beside it.
    let input = if beside == Beside::Cache || cached > input { input.saturating_add(cached) } else { input };
    let output = if reasoning > output { output.saturating_add(reasoning) } else { output };
    let tools = if beside == Beside::Tools { fields.count(Field::ToolInput).unwrap_or(0) } else { 0 };
    let input = input.saturating_add(tools);
    Some(Usage { input, output, cache_read, cache_write, reasoning })
}

/// What it cost, where the sender knows.
pub(super) fn cost(fields: &Fields<'_>) -> Option<Usd> {
    fields.number(Field::Cost).filter(|dollars| *dollars >= 0.0).and_then(Usd::from_dollars)
}

/// How long until the answer began, in microseconds.
pub(super) fn first_token(fields: &Fields<'_>) -> Option<u64> {
    let seconds = fields.number(Field::FirstSeconds).map(|seconds| seconds * 1e6);
    seconds.or_else(|| fields.number(Field::FirstMillis).map(|millis| millis * 1e3)).filter(|us| *us >= 0.0).map(|us| us.round() as u64)
}

/// What the record belongs to: the conversation it names, or its trace.
pub(super) fn session(fields: &Fields<'_>, trace: &[u8]) -> Option<SessionId> {
    let named = fields.text(Field::Session).or_else(|| is_id(trace, 16).then(|| hex(trace)))?;
    // A name too long to be one still groups by what it is.
    named.parse().ok().or_else(|| format!("sha256:{}", digest(named.as_bytes())).parse().ok())
}

/// The id of a span's operation: the call's own id where its span and its event share one, else `trace:span`.
pub(super) fn span_operation(request: Option<&str>, trace: &[u8], span: &[u8]) -> Result<OperationId, String> {
    let id = request.and_then(request_operation).map_or_else(|| format!("{}:{}", hex(trace), hex(span)).try_into(), Ok);
    id.map_err(|error| format!("{error}"))
}

/// The id of the operation of Claude Code's call with this id.
pub(super) fn request_operation(request: &str) -> Option<OperationId> {
    let id = format!("claude_code:{request}");
    (id.len() <= NAME_LIMIT).then(|| id.parse().ok()).flatten()
}

/// Whether it is an id of `length` bytes; all zeros is none.
pub(super) fn is_id(id: &[u8], length: usize) -> bool {
    id.len() == length && id.iter().any(|byte| *byte != 0)
}

/// In hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

/// 128 bits that name these bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..16])
}

/// What no field took and no content is, within bounds, by name.
pub(super) fn rest(pairs: &[KeyValue], plain: bool) -> BTreeMap<String, Value> {
    bounded(pairs.iter().filter(|pair| !names::taken(&pair.key, plain)))
}

/// All attributes, within bounds, by name.
pub(super) fn kept(pairs: &[KeyValue]) -> BTreeMap<String, Value> {
    bounded(pairs.iter())
}

fn bounded<'a>(pairs: impl Iterator<Item = &'a KeyValue>) -> BTreeMap<String, Value> {
    let named = pairs.filter(|pair| !pair.key.is_empty() && pair.key.len() <= NAME_LIMIT);
    let kept = named.filter_map(|pair| Some((pair.key.clone(), attribute::kept(pair.value.as_ref()?)?)));
    kept.take(attribute::ATTRIBUTE_LIMIT).collect()
}

const DAY_MS: i64 = 86_400_000;
/// 2000-01-01 in milliseconds: before it, somebody counted in another unit.
const EARLIEST_MS: i64 = 946_684_800_000;
/// Clocks of machines differ by seconds; more is said.
const TOLERATED_MS: i64 = 10_000;

/// When something was, as far as it can be true.
#[derive(Debug, PartialEq)]
pub(super) struct Moment {
    /// In milliseconds since 1970-01-01 UTC.
    pub(super) started_at: i64,
    /// In microseconds.
    pub(super) duration_us: u64,
    /// What was mended.
    pub(super) note: Option<String>,
}

/// From nanoseconds: a clock that is somewhat off is mended and said, one that cannot be true is refused.
pub(super) fn moment(start: u64, end: u64, now: i64) -> Result<Moment, String> {
    if start == 0 || end == 0 {
        return Err(format!("it has no {}", if start == 0 { "beginning" } else { "end" }));
    }
    let millis = |nanos: u64| (nanos / 1_000_000) as i64;
    if millis(start) < EARLIEST_MS {
        return Err("it began before the year 2000: times are in nanoseconds".to_owned());
    }
    if millis(start).max(millis(end)) > now.saturating_add(DAY_MS) {
        return Err("it lies more than a day in the future".to_owned());
    }
    let mut notes = Vec::new();
    if end < start {
        notes.push(format!("ended {} ms before it began, taken as 0 ms long", (start - end) / 1_000_000));
    }
    let ahead = millis(start) - now;
    if ahead > TOLERATED_MS {
        notes.push(format!("began {ahead} ms in the future, taken as now"));
    }
    let started_at = if ahead > TOLERATED_MS { now } else { millis(start) };
    Ok(Moment { started_at, duration_us: end.saturating_sub(start) / 1000, note: (!notes.is_empty()).then(|| notes.join("; ")) })
}
