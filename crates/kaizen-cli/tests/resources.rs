//! What the machine refuses: a full disk, a read-only repository, a held lock, a clock that jumps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::patterns::{ADULT, CALC, FITS};
use kaizen_testkit::project::{Project, Said, said};
use kaizen_testkit::traces::{repaired_once, sql};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Nothing was promoted and the error says what to do; with the obstacle gone the next run does it.
fn refused_then_repaired(project: &Project, refused: &Said, parts: &[&str], mend: impl FnOnce()) {
    assert_eq!(refused.code, Some(3), "{refused:?}");
    for part in parts.iter().chain(&["hint:"]) {
        assert!(refused.err.contains(part), "{part:?} is missing: {}", refused.err);
    }
    let before = project.git(["rev-parse", "main"]);
    assert_eq!(project.git(["for-each-ref", "--format=%(refname:short)"]), "main");
    mend();
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    repaired_once(project, &before, "kaizen/calc");
}

#[test]
fn a_held_lock_of_the_branch_is_named_and_waited_for_by_nobody() {
    let project = Project::small(KAIZEN);
    project.write(".git/refs/heads/kaizen/calc.lock", "");
    let lock = project.root().join(".git/refs/heads/kaizen/calc.lock");
    let said = project.kaizen(["improve"]);
    refused_then_repaired(&project, &said, &["calc.lock"], || std::fs::remove_file(lock).unwrap());
}

#[test]
fn a_held_lock_of_the_index_stops_an_in_place_promotion_until_it_is_gone() {
    let project = Project::small(KAIZEN);
    let (before, original) = (project.git(["rev-parse", "main"]), project.read("src/calc.py"));
    let live = ["improve", "--in-place", "--auto"];
    project.write(".git/index.lock", "");
    let said = project.kaizen(live);
    assert!(said.code == Some(3) && said.err.contains("index.lock") && said.err.contains("hint:"), "{said:?}");
    let mended = original.replace("18 < age", "18 <= age");
    assert!([&original, &mended].contains(&&project.read("src/calc.py")));
    std::fs::remove_file(project.root().join(".git/index.lock")).unwrap();
    let said = project.kaizen(live);
    assert_eq!(said.code, Some(0), "{said:?}");
    repaired_once(&project, &before, "main");
    assert_eq!((project.read("src/calc.py"), project.git(["status", "--porcelain"])), (mended, String::new()));
}

fn set_writable(directory: &Path, writable: bool) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_writable(&path, writable);
        }
    }
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(if writable { 0o755 } else { 0o555 })).unwrap();
}

#[test]
fn a_read_only_repository_is_measured_but_nothing_is_promoted() {
    let project = Project::small(KAIZEN);
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if !root {
        set_writable(&project.root().join(".git"), false);
        let said = project.kaizen(["improve"]);
        return refused_then_repaired(&project, &said, &["not writable for this user"], || {
            set_writable(&project.root().join(".git"), true)
        });
    }
    // Permissions do not stop root: a read-only mount does, seen by this one command.
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && cd \"$0\" && exec \"$@\"";
    let kaizen = project.command(["improve"]);
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).arg(project.root()).arg(KAIZEN).arg("improve").env_clear();
    command.envs(kaizen.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
    let said = said(&command.output().unwrap());
    refused_then_repaired(&project, &said, &["not writable"], || {});
}

/// A `git` before the real one in the search path, whose sub-command fails as on a full disk.
fn git_without_space(project: &Project, sub_command: &str) -> std::ffi::OsString {
    let directory = project.room().join("bin");
    std::fs::create_dir_all(&directory).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|place| place.join("git")).find(|git| git.is_file()).unwrap();
    let full = "echo 'error: unable to write file: No space left on device' >&2; exit 128";
    let script =
        format!("#!/bin/sh\nfor word; do [ \"$word\" = {sub_command} ] && {{ {full}; }}; done\nexec '{}' \"$@\"\n", real.display());
    std::fs::write(directory.join("git"), script).unwrap();
    std::fs::set_permissions(directory.join("git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let places = std::iter::once(directory).chain(std::env::split_paths(&path));
    std::env::join_paths(places).unwrap()
}

#[test]
fn a_disk_that_is_full_when_git_writes_stops_the_promotion() {
    for sub_command in ["update-index", "write-tree", "update-ref"] {
        let project = Project::small(KAIZEN);
        // The snapshot writes below the cache, not into the repository: it is there before the disk is full.
        assert_eq!(project.kaizen(["measure", "--runs", "1"]).code, Some(0));
        let path = git_without_space(&project, sub_command);
        let said = said(&project.command(["improve"]).env("PATH", path).output().unwrap());
        refused_then_repaired(&project, &said, &["No space left on device", "the disk is full"], || {});
    }
}

/// Runs `improve` while the repository's `.git` lies on a disk of its own with `free` bytes left.
fn improve_with_little_room(project: &Project, free: usize) -> Said {
    let script = "set -e; cd \"$0\"; cp -a .git ../git-copy; mount -t tmpfs -o size=1m,mode=0755 none .git; cp -a ../git-copy/. .git/; \
        rm -r ../git-copy; left=$(df -B1 --output=avail .git | tail -1); head -c $((left - $1)) /dev/zero > .git/filler; exec \"$2\" improve";
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let user: &[&str] = if root { &[] } else { &["--user", "--map-current-user", "--keep-caps"] };
    let kaizen = project.command(["improve"]);
    let mut command = Command::new("unshare");
    command.args(user).args(["--mount", "sh", "-c", script]).arg(project.root()).args([&free.to_string(), KAIZEN]).env_clear();
    command.envs(kaizen.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
    said(&command.output().unwrap())
}

#[test]
fn a_disk_that_fills_up_under_git_leaves_the_branch_as_it_was() {
    let (mut stopped, mut free) = (0, 0);
    loop {
        let project = Project::small(KAIZEN);
        assert_eq!(project.kaizen(["measure", "--runs", "1"]).code, Some(0));
        let said = improve_with_little_room(&project, free);
        if said.code == Some(0) {
            break;
        }
        refused_then_repaired(&project, &said, &["disk is full"], || {});
        (stopped, free) = (stopped + 1, free + 4096);
    }
    assert!(stopped >= 4, "the disk was full {stopped} times");
}

#[test]
fn a_disk_that_is_full_when_the_store_writes_loses_nothing_that_was_recorded() {
    let (mut stopped, mut limit) = (0, 16 << 10);
    loop {
        let project = Project::small(KAIZEN);
        let before = project.git(["rev-parse", "main"]);
        // No file may grow beyond the limit: the store's log is the largest, and fails wherever it has come to.
        let mut command = Command::new("sh");
        let script = "trap '' XFSZ; exec prlimit --fsize=\"$0\": \"$@\"";
        let kaizen = project.command(["improve"]);
        command.args(["-c", script, &limit.to_string(), KAIZEN, "improve"]).env_clear().current_dir(project.root());
        command.envs(kaizen.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
        let first = said(&command.output().unwrap());
        assert!(matches!(first.code, Some(0 | 3)), "limit {limit}: {first:?}");
        let second = project.kaizen(["improve"]);
        assert_eq!(second.code, Some(0), "limit {limit}: {first:?} {second:?}");
        repaired_once(&project, &before, "kaizen/calc");
        if first.code == Some(0) {
            break;
        }
        assert!(first.err.contains("error: "), "limit {limit}: {first:?}");
        (stopped, limit) = (stopped + 1, limit * 2);
    }
    assert!(stopped >= 3, "the limit was met {stopped} times");
}

#[test]
fn the_cache_keeps_the_last_snapshots_and_no_more() {
    let project = Project::small(KAIZEN);
    let snapshots = || {
        let entries = std::fs::read_dir(project.home().join("cache/snapshots")).unwrap();
        entries.flatten().filter(|entry| entry.path().is_dir()).count()
    };
    for round in 0..11 {
        project.write("src/more.py", format!("ROUND = {round}\n"));
        project.commit("More");
        assert_eq!(project.kaizen(["measure", "--runs", "1"]).code, Some(0));
        assert!(snapshots() <= 9, "{} snapshots after {round} rounds", snapshots());
    }
    assert!(snapshots() >= 8);
    project.git(["checkout", "--quiet", "HEAD~10"]);
    assert_eq!(project.kaizen(["measure", "--runs", "1"]).code, Some(0), "one that was removed is made again");
}

#[test]
fn a_trial_waits_for_its_place_on_the_machine_and_says_so() {
    let project = Project::small(KAIZEN);
    assert_eq!(project.kaizen(["measure", "--runs", "1"]).code, Some(0));
    let place = project.home().join("cache/slots/0");
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    let taken = std::fs::File::create(place).unwrap();
    taken.lock().unwrap();
    let mut waiting = project.start(["improve"]);
    let mut lines = BufReader::new(waiting.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("waiting: another kaizen measures on this machine")));
    assert!(waiting.try_wait().unwrap().is_none());
    drop(taken);
    lines.for_each(drop);
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
}

#[test]
fn a_clock_that_jumped_back_stops_nothing() {
    let project = Project::of_patterns(KAIZEN, CALC, &[ADULT, FITS]);
    let first = project.kaizen(["improve", "--cycles", "1"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    for (table, column) in
        [("weakness", "changed_at"), ("hypothesis", "changed_at"), ("trial", "started_at"), ("version", "at"), ("tried", "at")]
    {
        sql(&project, &format!("UPDATE {table} SET {column} = {column} + 315360000000"));
    }
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let lease = format!("INSERT INTO lease SELECT id, 'loop', '{}', 4194999, 1, 9000000000000 FROM project", host.trim());
    sql(&project, &lease);
    let second = project.kaizen(["improve", "--json"]);
    assert_eq!((second.code, second.result()["promoted"].as_array().unwrap().len()), (Some(0), 1), "{second:?}");
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    let verified = project.kaizen(["log", "--verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}
