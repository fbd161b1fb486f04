//! What `doctor` says about the disk and the clock.

use super::{missing, ok, size, warning};
use crate::machine::Surroundings;
use kaizen_api::v1::Check;
use kaizen_store::Location;
use std::path::{Path, PathBuf};

/// Free space below which work soon stops, in bytes.
const SCARCE: u64 = 2 << 30;

/// Free space below which it does not begin.
const NONE: u64 = 64 << 20;

/// Files that can still be made, below which work soon stops: a snapshot holds each file of a project.
const FEW_FILES: u64 = 20_000;

/// 2025-01-01: no clock of a machine that runs this is before it.
const BUILT_AFTER: i64 = 1_735_689_600_000;

/// What programs that keep the clock leave for others to see.
const KEEPERS: [(&str, &str); 5] = [
    ("/run/systemd/timesync/synchronized", "systemd-timesyncd"),
    ("/run/chrony/chronyd.pid", "chrony"),
    ("/run/chronyd.pid", "chrony"),
    ("/run/ntpd.pid", "ntpd"),
    ("/run/openntpd.pid", "openntpd"),
];

struct Room {
    place: PathBuf,
    bytes: u64,
    files: u64,
    /// Some file systems have no limit of files, and say 0.
    counts_files: bool,
}

/// Free space where snapshots and where state go: the scarcest of them.
pub(super) fn disk(here: &Surroundings) -> Vec<Check> {
    let mut places: Vec<PathBuf> = vec![here.machine.cache.clone()];
    if let Location::Sqlite(file) = &here.store {
        places.extend(file.parent().map(Path::to_owned));
    }
    let rooms = places.into_iter().filter_map(room);
    rooms.min_by_key(|room| room.bytes).map(|room| told(&room, &here.machine.cache)).into_iter().collect()
}

fn room(place: PathBuf) -> Option<Room> {
    let found = rustix::fs::statvfs(&place).ok()?;
    Some(Room { place, bytes: found.f_bavail * found.f_frsize, files: found.f_favail, counts_files: found.f_files > 0 })
}

fn told(room: &Room, cache: &Path) -> Check {
    let detail = format!("{} free for {}", size(room.bytes), room.place.display());
    let mend = format!("kaizen gc --max-size 0 empties {}; or set KAIZEN_HOME to another disk", cache.display());
    match room.bytes {
        0..NONE => missing("disk", detail, mend),
        NONE..SCARCE => warning("disk", detail, mend),
        _ if room.counts_files && room.files < FEW_FILES => {
            warning("disk", format!("{detail}, and no more than {} more files", room.files), mend)
        }
        _ => ok("disk", detail),
    }
}

/// The time, and who keeps it right.
pub(super) fn clock(now: i64) -> Check {
    let said = jiff::Timestamp::from_millisecond(now).map_or_else(|_| format!("{now} ms"), |stamp| stamp.to_string());
    if now < BUILT_AFTER {
        return warning("clock", format!("{said} is in the past"), "set the clock: timedatectl set-ntp true");
    }
    match KEEPERS.iter().find(|(mark, _)| Path::new(mark).exists()) {
        Some((_, keeper)) => ok("clock", format!("{said}, kept by {keeper}")),
        // In a container or a virtual machine the host keeps it.
        None => ok("clock", format!("{said}; nothing seen that keeps it (in a container its host does)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(bytes: u64, files: u64) -> String {
        told(&Room { place: "/a".into(), bytes, files, counts_files: files > 0 }, Path::new("/c")).state
    }

    #[test]
    fn little_space_is_a_warning_and_none_is_missing_and_files_count_too() {
        assert_eq!(
            [state(NONE - 1, 9), state(SCARCE - 1, 9), state(SCARCE, 9), state(SCARCE, FEW_FILES), state(SCARCE, 0)],
            ["missing", "warning", "warning", "ok", "ok"]
        );
    }

    #[test]
    fn a_clock_before_this_program_was_built_is_wrong() {
        assert_eq!([clock(BUILT_AFTER - 1).state, clock(BUILT_AFTER).state], ["warning", "ok"]);
    }
}
