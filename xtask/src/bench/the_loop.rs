//! What the loop itself costs: starting it, each candidate, recording, and being killed.

mod kill;
mod overhead;
mod rate;
mod start;

use super::room::Room;
use super::{Endurance, Part, Program, Subject};

/// `cargo xtask bench loop`.
pub(super) const SUBJECT: Subject = Subject {
    name: "loop",
    about: "what the loop itself costs",
    parts: PARTS,
    endurance: Endurance { flag: "--kills", about: "how many runs are killed at random moments", usual: 200 },
    program: Program { build: &["-p", "kaizen-cli"], path: "kaizen" },
};

const PARTS: &[Part] = &[
    Part { name: "start", measure: |site, wish, table| start::measure(&Room::new(&site.binary)?, wish, table) },
    Part { name: "small", measure: |site, wish, table| overhead::small(&Room::new(&site.binary)?, wish, table) },
    Part { name: "unittest", measure: |site, wish, table| overhead::unittest(&Room::new(&site.binary)?, wish, table) },
    Part { name: "large", measure: |site, wish, table| overhead::large(&Room::new(&site.binary)?, wish, table) },
    Part { name: "store", measure: |site, wish, table| rate::measure(&site.root, wish, table) },
    Part { name: "kill", measure: |site, wish, table| kill::measure(&site.binary, wish, table) },
];
