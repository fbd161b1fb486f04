//! What the walls cost: jails of every tier are opened, used and closed, and each step's time is printed.
//!
//! `cargo xtask bench sandbox` builds this program, runs it and reads it. Usage: `speed SCRATCH WORK ...`, where SCRATCH is an
//! empty directory of its own. Every line is fields with tabs between them: `sample NAME MILLISECONDS`, `tier NAME`,
//! `missing NAME WHY` for what this machine does not have, and `left WHAT` for what a jail should have taken with it.

mod place;
mod report;
mod start;
mod traces;
mod workspace;

use place::Place;
use std::error::Error;

/// What went wrong with our own work.
type Outcome = Result<(), Box<dyn Error>>;

/// The argument with which this program starts itself as a holder.
const HOLD: &str = "hold";

const USAGE: &str = "usage: speed SCRATCH tiers | start ROUNDS TIER... | workspace SNAPSHOT ROUNDS TIER | traces RUNS TIER";

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [HOLD, ..] => kaizen_sandbox::helper::helper_main(),
        [scratch, "tiers"] => start::tiers(&Place::new(scratch)?),
        [scratch, "start", rounds, ref tiers @ ..] => start::measure(&Place::new(scratch)?, rounds.parse()?, tiers),
        [scratch, "workspace", snapshot, rounds, tier] => {
            workspace::measure(&Place::new(scratch)?, snapshot.as_ref(), rounds.parse()?, tier.parse()?)
        }
        [scratch, "traces", runs, tier] => traces::leave(&Place::new(scratch)?, runs.parse()?, tier.parse()?),
        _ => Err(USAGE.into()),
    }
}
