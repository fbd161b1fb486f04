//! A fresh workspace over a snapshot: a jail is opened, a run writes one file, everything is put back.

use crate::Outcome;
use crate::place::{Place, command, ends, give};
use crate::report::{sample, timed};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::run::Ended;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// That many workspaces, one after another.
pub(crate) fn measure(place: &Place, snapshot: &Path, rounds: usize, tier: Tier) -> Outcome {
    give(snapshot)?;
    let protected = any_file(snapshot)?;
    let writes = command(&["/bin/sh", "-c", "echo changed > written"]);
    for _ in 0..rounds {
        let begun = Instant::now();
        let mut jail = timed("open", || place.open(tier, &[snapshot], &[&protected]))?;
        timed("run", || ends(jail.as_mut(), &writes, &Ended::Exit(0)))?;
        timed("reset", || jail.reset())?;
        sample("workspace", begun.elapsed());
        let left = jail.collect(0)?;
        if !left.is_empty() {
            return Err(format!("after the reset these differ: {left:?}").into());
        }
        timed("close", || jail.close())?;
    }
    Ok(())
}

/// The snapshot's first file, relative to it: as every project has one that candidates cannot change.
fn any_file(snapshot: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let mut here = snapshot.to_owned();
    while here.is_dir() {
        let mut entries = std::fs::read_dir(&here)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
        entries.sort();
        here = entries.into_iter().next().ok_or("the snapshot is empty")?;
    }
    Ok(here.strip_prefix(snapshot)?.to_owned())
}
