//! One call to a model that two exporters of a program tell, each in a request of its own.
//!
//! Whatever came first stays the operation and takes over what the second knows better; the second becomes none. The rules are those
//! for spans of one request (`otlp::twin`), read off what is stored: same trace and model, different instrumentations, one within the
//! other in time, and parent and only child, or neighbours with the same response, or neighbours that both failed. Only calls of the same
//! trace that began within [`WINDOW`] of a request's own are looked at, at most [`MOST`] a request.

use super::otlp::{TELLER, closest};
use kaizen_domain::id::ProjectId;
use kaizen_domain::operation::{Operation, OperationId, Outcome};
use kaizen_store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// How far apart in time, in milliseconds, the two tellings of a call may begin: exporters that batch are seconds apart, a call may take
/// minutes, and spans have the times of the call, not of their sending.
pub const WINDOW: i64 = 600_000;
/// The most stored calls that are compared with those of one request.
pub const MOST: u32 = 1_000;

/// The id of the second telling, on the operation of the first.
const RETOLD: &str = "told_again_as";
const RESPONSE: &str = "gen_ai.response.id";

/// The calls that are stored, and by what they are found.
struct Known {
    calls: Vec<Operation>,
    tellers: Vec<String>,
    ids: BTreeSet<OperationId>,
    again: BTreeMap<String, usize>,
}

/// Takes out what tells again of calls that are stored, and writes down what it knew better.
pub async fn fold(store: &Store, project: ProjectId, operations: Vec<Operation>) -> Result<Vec<Operation>, StoreError> {
    let Some((traces, span)) = wanted(&operations) else { return Ok(operations) };
    let mut known = Known::of(store.told_calls(project, &traces, span, MOST).await?);
    if known.calls.is_empty() {
        return Ok(operations);
    }
    let mut moved = BTreeMap::new();
    let mut kept = Vec::with_capacity(operations.len());
    for told in &operations {
        let Some(first) = known.first_of(told, &operations) else {
            kept.push(told.clone());
            continue;
        };
        moved.insert(told.id.clone(), known.calls[first].id.clone());
        if again(&known.calls[first]).is_none() {
            let merged = merged(&known.calls[first], told);
            store.retell(project, &merged).await?;
            known.calls[first] = merged;
        }
    }
    for operation in &mut kept {
        operation.parent = operation.parent.take().map(|parent| moved.get(&parent).cloned().unwrap_or(parent));
    }
    Ok(kept)
}

impl Known {
    fn of(stored: Vec<Operation>) -> Self {
        let calls: Vec<Operation> = stored.into_iter().filter(|one| one.attributes.contains_key(TELLER)).collect();
        let again = calls.iter().enumerate().filter_map(|(at, one)| Some((again(one)?.to_owned(), at))).collect();
        Self { tellers: calls.iter().map(teller).collect(), ids: calls.iter().map(|one| one.id.clone()).collect(), again, calls }
    }

    /// The stored operation of the same call.
    fn first_of(&self, told: &Operation, others: &[Operation]) -> Option<usize> {
        if !told.attributes.contains_key(TELLER) || self.ids.contains(&told.id) {
            return None;
        }
        if let Some(first) = self.again.get(told.id.as_str()) {
            return Some(*first);
        }
        let alone = |outer: &Operation| {
            let below = |one: &&Operation| one.parent.as_ref() == Some(&outer.id) && one.attributes.contains_key(TELLER);
            self.calls.iter().chain(others).filter(below).map(|one| &one.id).collect::<BTreeSet<_>>().len() == 1
        };
        let by = teller(told);
        let mut elsewhere = self.calls.iter().enumerate().zip(&self.tellers).filter(|(_, teller)| **teller != by).map(|(call, _)| call);
        elsewhere.find(|(_, one)| again(one).is_none() && same_call(one, told, &alone)).map(|(at, _)| at)
    }
}

/// The traces of the calls of a request, and from when until when others may tell of them.
fn wanted(operations: &[Operation]) -> Option<(Vec<String>, (i64, i64))> {
    let calls = || operations.iter().filter(|one| one.attributes.contains_key(TELLER));
    let traces: BTreeSet<String> = calls().filter_map(|one| trace(&one.id)).map(str::to_owned).collect();
    let (first, last) = (calls().map(|one| one.started_at).min()?, calls().map(|one| one.started_at).max()?);
    (!traces.is_empty()).then(|| (traces.into_iter().collect(), (first.saturating_sub(WINDOW), last.saturating_add(WINDOW))))
}

fn trace(id: &OperationId) -> Option<&str> {
    id.as_str().split_once(':').map(|(trace, _)| trace).filter(|trace| trace.len() == 32)
}

fn same_call(one: &Operation, other: &Operation, alone: &impl Fn(&Operation) -> bool) -> bool {
    let (outer, inner) = if other.parent.as_ref() == Some(&one.id) {
        (one, other)
    } else if one.parent.as_ref() == Some(&other.id) || other.started_at < one.started_at {
        (other, one)
    } else {
        (one, other)
    };
    around(outer, inner) && ((inner.parent.as_ref() == Some(&outer.id) && alone(outer)) || side_by_side(outer, inner))
}

fn around(outer: &Operation, inner: &Operation) -> bool {
    let ended = outer.started_at.saturating_add(i64::try_from(outer.duration_us.div_ceil(1_000)).unwrap_or(i64::MAX));
    let apart = matches!((response(outer), response(inner)), (Some(one), Some(other)) if one != other);
    trace(&outer.id) == trace(&inner.id)
        && asked(outer).is_some()
        && asked(outer) == asked(inner)
        && (outer.started_at..=ended).contains(&inner.started_at)
        && !apart
}

fn asked(operation: &Operation) -> Option<&str> {
    operation.model.as_ref().map(|model| model.asked.as_str())
}

fn side_by_side(one: &Operation, other: &Operation) -> bool {
    let failed = |one: &Operation| matches!(one.outcome, Outcome::Failed | Outcome::Cancelled);
    let both_failed = response(one).is_none() && response(other).is_none() && failed(one) && failed(other);
    one.parent == other.parent && (both_failed || (response(one).is_some() && response(one) == response(other)))
}

/// Under which id it was told a second time.
fn again(operation: &Operation) -> Option<&str> {
    operation.attributes.get(RETOLD)?.as_str()
}

fn response(operation: &Operation) -> Option<&str> {
    operation.attributes.get(RESPONSE)?.as_str()
}

/// Which service and instrumentation told of it.
fn teller(operation: &Operation) -> String {
    let text = |name: &str| operation.attributes.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    format!("{}\0{}", text("service.name"), text(TELLER))
}

/// The first telling with what the second knows better: the inner one stands closer to the wire.
fn merged(first: &Operation, second: &Operation) -> Operation {
    let inner_is_second =
        second.parent.as_ref() == Some(&first.id) || (first.parent.as_ref() != Some(&second.id) && second.started_at >= first.started_at);
    let (outer, inner) = if inner_is_second { (first, second) } else { (second, first) };
    let mut merged = first.clone();
    merged.usage = closest(outer.usage, inner.usage);
    merged.cost = inner.cost.or(outer.cost);
    merged.first_token_us = outer.first_token_us.or(inner.first_token_us);
    if first.parent.as_ref() == Some(&second.id) {
        merged.parent.clone_from(&second.parent);
    }
    merged.attributes.insert(RETOLD.to_owned(), second.id.as_str().into());
    merged
}
