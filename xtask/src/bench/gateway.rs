//! What the gateway adds to a call, next to the gateways people use today, and what the daemon takes in.
//!
//! The provider behind all of them is one of ours that answers in microseconds. Every round measures each system in turn, so that
//! what the machine does in between meets all of them alike. Peers are taken from PyPI and npm into the target directory; one that
//! cannot be had is said to be absent.

mod calls;
mod client;
mod daemon;
mod ingest;
mod kill;
mod load;
mod peer;
mod process;
mod streams;

use super::{Endurance, Part, Program, Subject};

/// `cargo xtask bench gateway`.
pub(super) const SUBJECT: Subject = Subject {
    name: "gateway",
    about: "what the gateway adds to a call, and what the daemon takes in",
    parts: PARTS,
    endurance: Endurance { flag: "--kills", about: "how often the daemon is killed while it takes records in", usual: 50 },
    program: Program { build: &["-p", "kaizen-cli"], path: "kaizen" },
};

const PARTS: &[Part] = &[
    Part { name: "calls", measure: calls::measure },
    Part { name: "streams", measure: streams::measure },
    Part { name: "ingest", measure: ingest::measure },
    Part { name: "kill", measure: kill::measure },
];
