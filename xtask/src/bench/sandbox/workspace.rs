//! A fresh workspace over a snapshot of a large project, against the two usual ways to have one: a full copy and a worktree.
//!
//! All ways take turns. Before each, what earlier ones wrote is put on the disk, so that none pays for another; what the copies
//! themselves still have to put there when they are done is not counted against them.

use super::PROMISED;
use super::speed::{Said, speed, tiers};
use crate::bench::project;
use crate::bench::room::Room;
use crate::bench::table::{Table, milliseconds};
use crate::bench::wish::Wish;
use std::path::Path;
use std::time::Instant;

const TURNS: u32 = 5;

/// Opening a jail, one run that writes one file, and a reset.
pub(super) fn measure(room: &Room, wish: &Wish, table: &mut Table) -> Result<(), String> {
    let files = wish.scaled(20_000);
    project::only_ballast(room, files, 25_000)?;
    let snapshot = room.path().join("snapshot");
    room.run(&["cp", "-a", &text(&room.project().join("data")), &text(&snapshot)])?;
    let found = tiers(room)?;
    let mut taken = Taken::default();
    for _ in 0..if wish.quick { 1 } else { TURNS } {
        taken.turn(room, &snapshot, &found.tiers)?;
    }
    taken.tell(wish.quick, table)
}

/// Everything that was timed.
#[derive(Default)]
struct Taken {
    tiers: Vec<(String, Said)>,
    others: Said,
}

impl Taken {
    fn turn(&mut self, room: &Room, snapshot: &Path, tiers: &[String]) -> Result<(), String> {
        for tier in tiers {
            // A tier without an overlay copies everything: once a turn is enough.
            let rounds = if tier == PROMISED { "20" } else { "1" };
            settle(room)?;
            let said = speed(room, &["workspace", &text(snapshot), rounds, tier])?;
            match self.tiers.iter_mut().find(|(name, _)| name == tier) {
                Some((_, earlier)) => earlier.add(said),
                None => self.tiers.push((tier.clone(), said)),
            }
        }
        let (copy, tree) = (room.path().join("copy"), room.path().join("tree"));
        self.timed("copy", room, || room.run(&["cp", "-a", &text(snapshot), &text(&copy)]))?;
        self.timed("worktree", room, || room.git(&["worktree", "add", "--quiet", "--detach", &text(&tree)]))?;
        [&copy, &tree].into_iter().try_for_each(|path| remove(path))?;
        room.git(&["worktree", "prune"]).map(drop)
    }

    fn timed(&mut self, name: &str, room: &Room, work: impl FnOnce() -> Result<String, String>) -> Result<(), String> {
        settle(room)?;
        let begun = Instant::now();
        work()?;
        self.others.sample(name, milliseconds(begun.elapsed()));
        Ok(())
    }

    fn tell(&self, quick: bool, table: &mut Table) -> Result<(), String> {
        let of = if quick { "2,000 files, 50 MB" } else { "20,000 files, 500 MB" };
        for (tier, said) in &self.tiers {
            let whole = said.median("workspace")?;
            let what = format!("{tier}: fresh workspace, one run, reset; {of}");
            if tier == PROMISED {
                table.at_most(&what, whole, 60.0, "ms")
            } else {
                table.note(&what, whole, "ms")
            }
            table.note("  of which opening", said.median("open")?, "ms");
            table.note("  of which the reset", said.median("reset")?, "ms");
        }
        let promised = self.tiers.iter().find(|(tier, _)| tier == PROMISED);
        for (name, what) in [("copy", "a full copy, cp -a"), ("worktree", "git worktree add")] {
            let theirs = self.others.median(name)?;
            table.note(&format!("{what}; {of}"), theirs, "ms");
            if let Some((tier, said)) = promised {
                table.note(&format!("  of the time of {tier}"), theirs / said.median("workspace")?, "times");
            }
        }
        Ok(())
    }
}

/// Everything written so far is on the disk.
fn settle(room: &Room) -> Result<(), String> {
    room.run(&["sync"]).map(drop)
}

fn remove(path: &Path) -> Result<(), String> {
    std::fs::remove_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
