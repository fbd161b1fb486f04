//! The audit chain: each record hashes the one before it, so that no record can be altered or dropped unseen.
//!
//! What it proves: given a head that was published (in a commit's `Kaizen-Audit` trailer, in a report), the
//! records up to it are the ones that existed then. It does not prove that they were true when written.

use crate::event::Event;
use crate::hash::ContentHash;
use serde::{Deserialize, Serialize};

/// One link of a project's chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// The place in the chain, from 1, without gaps.
    pub sequence: i64,
    /// Milliseconds since 1970-01-01 UTC. Clocks may jump; the order is `sequence`.
    pub at: i64,
    /// The event's JSON exactly as it was hashed.
    pub body: String,
    /// The hash of the record before; the hash of nothing for the first.
    pub previous: ContentHash,
    /// The hash of this record.
    pub hash: ContentHash,
}

/// The chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the audit chain breaks at record {sequence}: {why}")]
pub struct BrokenChain {
    /// Where.
    pub sequence: i64,
    /// How.
    pub why: &'static str,
}

/// The head of an empty chain.
pub fn genesis() -> ContentHash {
    ContentHash::of(b"")
}

/// The body that is hashed for an event.
pub fn body(event: &Event) -> Result<String, serde_json::Error> {
    serde_json::to_string(event)
}

/// The record that follows `previous`.
pub fn link(sequence: i64, at: i64, body: String, previous: ContentHash) -> AuditRecord {
    let hash = hash_of(sequence, at, &body, previous);
    AuditRecord { sequence, at, body, previous, hash }
}

fn hash_of(sequence: i64, at: i64, body: &str, previous: ContentHash) -> ContentHash {
    let (sequence, at, previous) = (sequence.to_string(), at.to_string(), previous.to_string());
    ContentHash::of_parts([sequence.as_bytes(), at.as_bytes(), body.as_bytes(), previous.as_bytes()])
}

/// Checks records in order from the first; returns the head.
pub fn verify<'a>(records: impl IntoIterator<Item = &'a AuditRecord>) -> Result<ContentHash, BrokenChain> {
    let (mut head, mut expected) = (genesis(), 1);
    for record in records {
        let broken = |why| Err(BrokenChain { sequence: record.sequence, why });
        if record.sequence != expected {
            return broken("a record is missing before it");
        }
        if record.previous != head {
            return broken("it does not follow the record before it");
        }
        if hash_of(record.sequence, record.at, &record.body, record.previous) != record.hash {
            return broken("its content was altered");
        }
        head = record.hash;
        expected += 1;
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(bodies: &[&str]) -> Vec<AuditRecord> {
        let mut head = genesis();
        let numbered = bodies.iter().zip(1..);
        let follow = |(body, sequence): (&&str, i64)| {
            let record = link(sequence, 7, (*body).to_owned(), head);
            head = record.hash;
            record
        };
        numbered.map(follow).collect()
    }

    #[test]
    fn an_untouched_chain_verifies_to_its_last_hash() {
        let records = chain(&["a", "b", "c"]);
        assert_eq!(verify(&records), Ok(records[2].hash));
    }

    #[test]
    fn the_hash_of_a_record_stays_what_it_was() {
        let record = link(1, 7, "{}".into(), genesis());
        assert_eq!(record.hash.to_string(), "d07fd9f3e736284fb6abfa1734dea40c2e7c77b5610f60eededc87de1f4a5345");
    }

    #[test]
    fn an_altered_a_dropped_and_a_swapped_record_are_found() {
        let mut altered = chain(&["a", "b", "c"]);
        altered[1].body = "B".into();
        assert_eq!(verify(&altered).unwrap_err().sequence, 2);
        let mut dropped = chain(&["a", "b", "c"]);
        dropped.remove(1);
        assert_eq!(verify(&dropped).unwrap_err().sequence, 3);
        let mut swapped = chain(&["a", "b", "c"]);
        swapped.swap(0, 1);
        assert_eq!(verify(&swapped).unwrap_err().sequence, 2);
    }
}
