//! `kaizen trust`

use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::wire::{Wanted, what_needs_trust, wire};
use kaizen_api::v1::Done;
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
        return say(output, "there is nothing to trust: kaizen.toml names no programs of its own and grants nothing");
    }
    if !wanted.yes && !output.confirm("Allow these, and only these?") {
        return Err(EngineError::Waiting { message: "nothing was trusted".into(), hint: "kaizen trust --yes".into() });
    }
    context.store.trust(context.project, context.config.trust_hash(context.git.root()), now()).await?;
    let what = what_needs_trust(context);
    say(output, &format!("trusted {what} of {}; any change asks again", context.git.root().join(FILE).display()))
}

fn say(output: &Output, done: &str) -> Result<u8, EngineError> {
    output.either(&Done { schema: "kaizen.done/1".into(), done: done.to_owned(), id: None }, || done.to_owned())?;
    Ok(0)
}
