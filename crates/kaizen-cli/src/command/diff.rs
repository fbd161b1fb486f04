//! `kaizen diff`

use super::find;
use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::{Wanted, wire};
use kaizen_api::v1::Difference;
use kaizen_engine::error::EngineError;

/// Prints the difference as git does.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Diff) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let first = find::version_named(&wired, &wanted.a).await?;
    let (before, after) = match &wanted.b {
        None => (first.made.before_tree, first.made.after_tree),
        Some(other) => (first.made.after_tree, find::version_named(&wired, other).await?.made.after_tree),
    };
    let text = wired.context.git.diff(&before, &after)?;
    if output.json {
        let diff = String::from_utf8_lossy(&text).into_owned();
        output.object(&Difference { schema: "kaizen.diff/1".into(), before, after, diff })?;
    } else {
        output.raw(&text);
    }
    Ok(0)
}
