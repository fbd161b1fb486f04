//! How fast the store takes records: an example program of its crate, built as it ships.

use crate::bench::room::answer;
use crate::bench::table::Table;
use crate::bench::wish::Wish;
use std::path::Path;
use std::process::Command;

/// Runs `crates/kaizen-store/examples/rate.rs`; its last word is the number.
pub(super) fn measure(root: &Path, wish: &Wish, table: &mut Table) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--release", "-p", "kaizen-store", "--example", "rate", "--"]).current_dir(root);
    let said = answer(command.arg(wish.scaled(200).to_string()), "the example `rate` of kaizen-store")?;
    let rate: f64 = said.trim().parse().map_err(|_| format!("no number of records per second: {said}"))?;
    table.at_least("case runs recorded durably, SQLite", rate, 100_000.0, "records/s");
    Ok(())
}
