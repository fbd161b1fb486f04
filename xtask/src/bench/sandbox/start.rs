//! Start and teardown of `true` in every tier that works here, beside bubblewrap and beside no walls at all.

use super::PROMISED;
use super::speed::{Said, speed, tiers};
use crate::bench::room::Room;
use crate::bench::table::Table;
use crate::bench::wish::Wish;

/// A run in a jail that stays open, and a whole jail for one run.
pub(super) fn measure(room: &Room, wish: &Wish, table: &mut Table) -> Result<(), String> {
    let found = tiers(room)?;
    let rounds = wish.scaled(300).to_string();
    let said = speed(room, &[&["start", rounds.as_str()], &found.tiers.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat())?;
    let root = room.run(&["id", "-u"])? == "0";
    table.said("measured as", if root { "root" } else { "an ordinary user" });
    table.note("`true` without walls", said.median("plain")?, "ms");
    for (name, why) in &found.missing {
        table.said(&format!("{name}: `true`"), &format!("not available: {why}"));
    }
    for tier in &found.tiers {
        of_tier(tier, &said, table)?;
    }
    bubblewrap(&found, &said, table)
}

fn of_tier(tier: &str, said: &Said, table: &mut Table) -> Result<(), String> {
    let run = said.median(&format!("{tier} run"))?;
    let what = format!("{tier}: `true` in an open jail");
    if tier == PROMISED {
        table.at_most(&what, run, 10.0, "ms")
    } else {
        table.note(&what, run, "ms")
    }
    table.note(&format!("{tier}: a jail opened for `true` and closed"), said.median(&format!("{tier} jail"))?, "ms");
    Ok(())
}

/// Only where it is installed and works.
fn bubblewrap(found: &Said, said: &Said, table: &mut Table) -> Result<(), String> {
    let what = "bwrap by hand: `true` behind comparable walls";
    if let Some(why) = said.missing.get("bwrap") {
        table.said(what, why);
        return Ok(());
    }
    let theirs = said.median("bwrap")?;
    table.note(what, theirs, "ms");
    for tier in &found.tiers {
        table.note(&format!("  {tier} in an open jail, of that"), said.median(&format!("{tier} run"))? / theirs, "times");
        table.note(&format!("  {tier} with a jail of its own, of that"), said.median(&format!("{tier} jail"))? / theirs, "times");
    }
    Ok(())
}
