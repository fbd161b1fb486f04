//! `kaizen trust`

use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::wire::{Wanted, what_needs_trust, wire};
use kaizen_engine::config::FILE;
use kaizen_engine::error::EngineError;

/// Shows the host commands of `kaizen.toml` and allows exactly these.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Trust) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let context = &wired.context;
    let lines = context.config.host_lines();
    for line in &lines {
        output.note(format!("  {FILE}:{}  {} = {}", line.line, line.key, line.text));
    }
    if lines.is_empty() {
        let done = "there is nothing to trust: kaizen.toml names no programs of its own and grants nothing";
        return output.done(done, None).map(|()| 0);
    }
    if !wanted.yes && !output.confirm("Allow these, and only these?") {
        return Err(EngineError::Waiting { message: "nothing was trusted".into(), hint: "kaizen trust --yes".into() });
    }
    context.store.trust(context.project, context.config.trust_hash(context.git.root()), now()).await?;
    let what = what_needs_trust(context);
    let file = context.git.root().join(FILE);
    output.done(format!("trusted {what} of {}; any change asks again", file.display()), None).map(|()| 0)
}
