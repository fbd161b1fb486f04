//! Several processes on one store: racing, killed, and without the right to write.
//!
//! The other process is this test binary, told by its environment to be one of the parts below.

use crate::world::{finding, hash, postgres_place, run, sqlite_place};
use kaizen_domain::event::Event;
use kaizen_domain::weakness::{Finding, WeaknessState};
use kaizen_store::{Location, Store};
use sqlx::{Connection, SqliteConnection};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PART: &str = "KAIZEN_STORE_TEST_PART";
const PLACE: &str = "KAIZEN_STORE_TEST_PLACE";
/// Debian's `nobody`, which root becomes to lose its right to write everywhere.
const NOBODY: u32 = 65_534;

/// Not a promise but the other processes' entry: without the environment's word it does nothing.
#[test]
fn the_part_another_test_gave_this_process_is_played() {
    let (Ok(part), Ok(place)) = (std::env::var(PART), std::env::var(PLACE)) else { return };
    let Ok(location) = place.parse();
    match part.as_str() {
        "measure for ever" => run(measure_for_ever(location)),
        "append fifty" => run(append_fifty(location)),
        "open" => run(open(location)),
        "fill" => run(fill(location)),
        "take a block and hold it" => run(crate::purses::take_and_hold(location)),
        "take and settle for ever" => run(crate::purses::take_and_settle_for_ever(location)),
        other => panic!("no such part: {other}"),
    }
}

pub(crate) fn play(part: &str, location: &Location) -> Command {
    let place = match location {
        Location::Postgres(url) => url.clone(),
        other => other.to_string(),
    };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "processes::the_part_another_test_gave_this_process_is_played", "--nocapture", "--quiet"]);
    command.env(PART, part).env(PLACE, place).stdout(Stdio::piped());
    command
}

pub(crate) fn say(word: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "said: {word}").unwrap();
    out.flush().unwrap();
}

pub(crate) fn heard(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| line.split_once("said: ").map(|(_, word)| word.to_owned()))
}

/// Forty gaps with the number of the round in them.
fn round(number: i64) -> Vec<Finding> {
    (0..40).map(|gap| Finding { title: number.to_string(), ..finding(&format!("gap {gap}"), 1) }).collect()
}

/// Measures forty gaps, then none, then forty, each batch one transaction; says each round once it is acknowledged.
async fn measure_for_ever(location: Location) {
    let store = Store::open(&location).await.unwrap();
    let project = store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
    let known = store.weaknesses(project).await.unwrap();
    let mut number = known.first().map_or(0, |weakness| weakness.finding.title.parse().unwrap());
    loop {
        number += 1;
        store.record_findings(project, number, &round(number)).await.unwrap();
        say(number);
        store.record_findings(project, number, &[]).await.unwrap();
    }
}

async fn a_killed_writer_leaves_whole_batches_only(location: Location) {
    for kill_after in [1, 2, 3, 5, 8] {
        let mut child = play("measure for ever", &location).spawn().unwrap();
        let acknowledged: Vec<String> = heard(&mut child).take(kill_after).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        let last: i64 = acknowledged.last().unwrap().parse().unwrap();

        let store = Store::open(&location).await.unwrap();
        let project = store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
        let weaknesses = store.weaknesses(project).await.unwrap();
        let mut seen: Vec<(WeaknessState, i64)> = weaknesses.iter().map(|w| (w.state, w.finding.title.parse().unwrap())).collect();
        seen.dedup();
        assert_eq!((weaknesses.len(), seen.len()), (40, 1), "a batch was written in part: {seen:?}");
        assert!(seen[0].1 >= last, "round {last} was acknowledged and {seen:?} is there");
        store.verify_audit(project).await.unwrap().unwrap();
        store.close().await;
        check_integrity(&location).await;
    }
}

async fn check_integrity(location: &Location) {
    if let Location::Sqlite(path) = location {
        let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        let answer: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
        assert_eq!(answer, "ok");
    }
}

#[test]
fn a_killed_writer_leaves_whole_batches_only_in_sqlite() {
    let (location, _directory) = sqlite_place();
    run(a_killed_writer_leaves_whole_batches_only(location));
}

#[test]
fn a_killed_writer_leaves_whole_batches_only_in_postgres() {
    if let Some(location) = postgres_place() {
        run(a_killed_writer_leaves_whole_batches_only(location));
    }
}

async fn append_fifty(location: Location) {
    let store = Store::open(&location).await.unwrap();
    let project = store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
    for number in 0..50 {
        store.append_event(project, number, &Event::DecidedNotTo { detail: number.to_string() }).await.unwrap();
    }
    store.put_blob(b"the same bytes from everyone").await.unwrap();
    store.trust(project, hash("lines"), 1).await.unwrap();
}

/// The store does not exist before: creating it, migrating it and creating the project race too.
async fn processes_that_start_at_once_share_a_fresh_store(location: Location) {
    let children: Vec<Child> = (0..4).map(|_| play("append fifty", &location).spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let store = Store::open(&location).await.unwrap();
    let project = store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
    assert_eq!(store.verify_audit(project).await.unwrap().unwrap().0, 200);
    assert_eq!(store.projects().await.unwrap().len(), 1);
}

#[test]
fn processes_that_start_at_once_share_a_fresh_store_in_sqlite() {
    let (location, _directory) = sqlite_place();
    run(processes_that_start_at_once_share_a_fresh_store(location));
}

#[test]
fn processes_that_start_at_once_share_a_fresh_store_in_postgres() {
    if let Some(location) = postgres_place() {
        run(processes_that_start_at_once_share_a_fresh_store(location));
    }
}

async fn open(location: Location) {
    let opened = match Store::open(&location).await {
        Ok(store) => store.project(Path::new("/srv/new"), "new", 1).await.map(|_| ()),
        Err(error) => Err(error),
    };
    say(opened.map_or_else(|error| error.to_string(), |()| "opened".into()));
}

/// What a process hears that may read the directory and its store and write neither.
fn opened_without_the_right_to_write(directory: &Path, store: &str) -> String {
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    for path in [directory.to_owned(), directory.join("kaizen.db")].iter().filter(|path| path.exists()) {
        if root {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mode = if path.is_dir() { 0o555 } else { 0o444 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = play("open", &Location::Sqlite(directory.join(store)));
    if root {
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut child = command.spawn().unwrap();
    let word = heard(&mut child).collect::<Vec<_>>().join("; ");
    child.wait().unwrap();
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).unwrap();
    word
}

#[test]
fn a_store_in_a_read_only_directory_is_refused_with_a_hint() {
    let directory = tempfile::tempdir().unwrap();
    let word = opened_without_the_right_to_write(directory.path(), "kaizen.db");
    let place = directory.path().join("kaizen.db").display().to_string();
    let expected =
        format!("cannot open the store at '{place}'; check the path, its owner and permissions, or choose another store with --store");
    assert_eq!(word, expected);
}

#[test]
fn a_read_only_store_is_refused_with_a_hint() {
    let directory = tempfile::tempdir().unwrap();
    run(async { Store::open(&Location::Sqlite(directory.path().join("kaizen.db"))).await.unwrap().close().await });
    let word = opened_without_the_right_to_write(directory.path(), "kaizen.db");
    assert_eq!(word, "the store cannot be written; check its owner and permissions, or choose another store with --store");
}

/// Writes until the store takes no more, waits for a word, and writes again.
async fn fill(location: Location) {
    let store = Store::open(&location).await.unwrap();
    let project = store.project(Path::new("/srv/shop"), "shop", 1).await.unwrap();
    let mut bytes = vec![0; 100_000];
    let refused = loop {
        store.append_event(project, 1, &Event::Recovered { detail: "before".into() }).await.unwrap();
        match store.put_blob(&bytes).await {
            Ok(address) => say(address),
            Err(error) => break error,
        }
        bytes[0] += 1;
    };
    say(refused);
    std::io::stdin().read_line(&mut String::new()).unwrap();
    say(store.put_blob(&bytes).await.unwrap());
    store.append_event(project, 2, &Event::Recovered { detail: "after".into() }).await.unwrap();
    store.verify_audit(project).await.unwrap().unwrap();
}

#[test]
fn a_full_disk_is_named_loses_nothing_and_is_survived() {
    let (location, _directory) = sqlite_place();
    let part = play("fill", &location);
    // A limit on the size of files that can be lifted later stands for the disk: 4,096 blocks of 512 bytes.
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "trap '' XFSZ; ulimit -S -f 4096; exec \"$@\"", "sh"]).arg(part.get_program()).args(part.get_args());
    command.envs(part.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut words = heard(&mut child);
    let mut refused = String::new();
    let mut written = Vec::new();
    for word in words.by_ref() {
        match word.len() {
            64 => written.push(word),
            _ => {
                refused = word;
                break;
            }
        }
    }
    assert_eq!(refused, "the store's disk is full, over its quota or failing; free some space, or choose another store with --store");
    assert!(!written.is_empty(), "nothing was written before the disk was full");
    let lifted = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &child.id().to_string()]).status().unwrap();
    assert!(lifted.success());
    child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    written.extend(words);
    assert!(child.wait().unwrap().success());
    run(async {
        let store = Store::open(&location).await.unwrap();
        for address in &written {
            assert_eq!(store.blob(&address.parse().unwrap()).await.unwrap().map(|content| content.len()), Some(100_000));
        }
        check_integrity(&location).await;
    });
}
