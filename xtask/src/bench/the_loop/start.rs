//! How long a person waits for a command that does nothing: the median of twenty starts.

use crate::bench::project;
use crate::bench::room::{Room, answer};
use crate::bench::table::{Table, median, milliseconds};
use crate::bench::wish::Wish;
use std::time::Instant;

/// `kaizen --version` and `kaizen status`, in a project that has been improved once.
pub(super) fn measure(room: &Room, wish: &Wish, table: &mut Table) -> Result<(), String> {
    project::one_slip(room)?;
    answer(&mut room.command(&["improve"]), "kaizen improve")?;
    for arguments in ["--version", "status"] {
        let mut times = Vec::new();
        for _ in 0..wish.scaled(20).max(5) {
            let begun = Instant::now();
            answer(&mut room.command(&[arguments]), arguments)?;
            times.push(milliseconds(begun.elapsed()));
        }
        table.at_most(&format!("kaizen {arguments}"), median(times)?, 50.0, "ms");
    }
    Ok(())
}
