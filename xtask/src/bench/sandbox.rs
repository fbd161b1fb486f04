//! What the walls cost: starting a command behind them, a fresh workspace, and whether anything outlives its jail.
//!
//! The jails are opened by the example program `speed` of kaizen-sandbox, so that nothing here is linked with it.

mod speed;
mod start;
mod traces;
mod workspace;

use super::room::Room;
use super::{Endurance, Part, Program, Subject};

/// `cargo xtask bench sandbox`.
pub(super) const SUBJECT: Subject = Subject {
    name: "sandbox",
    about: "what the walls around candidate code cost",
    parts: PARTS,
    endurance: Endurance { flag: "--runs", about: "how many runs of each tier must leave nothing behind", usual: 1000 },
    program: Program { build: &["-p", "kaizen-sandbox", "--example", "speed"], path: "examples/speed" },
};

/// The tier something is promised about.
const PROMISED: &str = "namespaces";

const PARTS: &[Part] = &[
    Part { name: "start", measure: |site, wish, table| start::measure(&Room::new(&site.binary)?, wish, table) },
    Part { name: "workspace", measure: |site, wish, table| workspace::measure(&Room::new(&site.binary)?, wish, table) },
    Part { name: "traces", measure: |site, wish, table| traces::measure(&Room::new(&site.binary)?, wish, table) },
];
