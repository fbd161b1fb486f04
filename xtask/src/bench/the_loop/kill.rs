//! `kill -9` at random moments: the branch is before or after, the next run repairs exactly once, nothing stays behind.

use crate::bench::project::{self, scrambled};
use crate::bench::room::{Room, answer, what_stays};
use crate::bench::table::Table;
use crate::bench::wish::Wish;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const BRANCH: &str = "kaizen/bench";

/// Kills `wish.times` runs and looks at what is left after each and after the next run.
pub(super) fn measure(binary: &Path, wish: &Wish, table: &mut Table) -> Result<(), String> {
    let whole = undisturbed(&Room::new(binary)?)?;
    let (mut good, mut midway) = (0, 0);
    let mut damage = Vec::new();
    for seed in 1..=wish.times {
        let room = Room::new(binary)?;
        project::one_slip(&room)?;
        let killed = kill_at(&room, moment(seed, whole))?;
        midway += u32::from(killed);
        match left_whole(&room) {
            Ok(()) => good += 1,
            Err(what) => damage.push(format!("seed {seed}: {what}")),
        }
    }
    table.all("killed runs after which the next one repairs exactly once", good, wish.times);
    table.note("  of which were killed before their end", f64::from(midway), "runs");
    if damage.is_empty() { Ok(()) } else { Err(format!("a kill left damage\n{}", damage.join("\n"))) }
}

fn undisturbed(room: &Room) -> Result<Duration, String> {
    project::one_slip(room)?;
    let begun = Instant::now();
    answer(&mut room.command(&["improve"]), "kaizen improve")?;
    Ok(begun.elapsed())
}

/// Spread over the whole run; the same seed gives the same share of it.
fn moment(seed: u32, whole: Duration) -> Duration {
    let mixed = (0..4).fold(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15), |state, _| scrambled(state));
    whole.mul_f64((mixed >> 11) as f64 / (1u64 << 53) as f64)
}

/// True where the process was still at work.
fn kill_at(room: &Room, moment: Duration) -> Result<bool, String> {
    let mut child = room
        .command(&["improve"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("kaizen could not be started: {error}"))?;
    std::thread::sleep(moment);
    let at_work = child.try_wait().map_err(|error| error.to_string())?.is_none();
    child.kill().and_then(|()| child.wait()).map_err(|error| format!("kill: {error}"))?;
    Ok(at_work)
}

fn left_whole(room: &Room) -> Result<(), String> {
    no_process(room)?;
    let between = promotions(room)?;
    if between > 1 {
        return Err(format!("{between} commits on {BRANCH} after the kill"));
    }
    clean(room)?;
    answer(&mut room.command(&["improve"]), "the next kaizen improve")?;
    let after = promotions(room)?;
    if after != 1 || !room.git(&["show", &format!("{BRANCH}:steps/age.py")])?.contains("18 <= age") {
        return Err(format!("{between} commits after the kill, {after} after the next run, or not the repair"));
    }
    clean(room)?;
    answer(&mut room.command(&["log", "--verify"]), "kaizen log --verify")?;
    no_process(room)?;
    no_directory(room)
}

/// Commits on Kaizen's branch that are not on the user's.
fn promotions(room: &Room) -> Result<u32, String> {
    if room.git(&["branch", "--list", BRANCH])?.is_empty() {
        return Ok(0);
    }
    let count = room.git(&["rev-list", "--count", &format!("main..{BRANCH}")])?;
    count.parse().map_err(|_| format!("git counted {count}"))
}

/// The user's working tree and index are as they were, the object store is whole.
fn clean(room: &Room) -> Result<(), String> {
    let status = room.git(&["status", "--porcelain"])?;
    if !status.is_empty() {
        return Err(format!("the working tree changed: {status}"));
    }
    room.git(&["fsck", "--connectivity-only", "--no-dangling"]).map(drop)
}

fn no_process(room: &Room) -> Result<(), String> {
    let left = what_stays(|| room.processes())?;
    if left.is_empty() { Ok(()) } else { Err(format!("still running: {}", left.join("; "))) }
}

/// Nothing of a run that is over stays in the cache but complete snapshots.
fn no_directory(room: &Room) -> Result<(), String> {
    let cache = room.home().join("cache");
    let names = |name: &str| -> Result<Vec<String>, String> {
        let entries = std::fs::read_dir(cache.join(name)).map_err(|error| format!("{name}: {error}"))?;
        Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    };
    let mut left = names("scratch")?;
    left.extend(names("snapshots")?.into_iter().filter(|name| name.contains('-')));
    if left.is_empty() { Ok(()) } else { Err(format!("left in the cache: {}", left.join(", "))) }
}
