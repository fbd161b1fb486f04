//! What one screened candidate costs beyond the project's own benchmark, and how much memory the loop holds.
//!
//! `improve --json` says when each candidate begins; the time between two of these lines, taken by the reader, is one
//! candidate. From the median of these the median of the same command, run plainly on the host, is subtracted: what
//! remains is reset, write, start in the jail, reading, scoring and recording.

use crate::bench::project;
use crate::bench::room::Room;
use crate::bench::table::{Table, median, milliseconds};
use crate::bench::wish::Wish;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const SCREENED: &str = "\"progress\":\"screened\"";
const PREPARING: &str = "\"progress\":\"preparing\"";
const BASELINE: &str = "\"progress\":\"baseline\"";

/// One run of the loop as its reader saw it.
struct Watched {
    /// Milliseconds from each candidate to the next.
    each: Vec<f64>,
    /// Milliseconds from the snapshot's begin to the measured baseline, three runs of the benchmark included.
    prepared: Option<f64>,
    /// The most memory the process held, in MB.
    memory: f64,
}

/// A benchmark that costs next to nothing.
pub(super) fn small(room: &Room, wish: &Wish, table: &mut Table) -> Result<(), String> {
    project::nothing_to_gain(room, wish.scaled(300))?;
    project::commit(room)?;
    let (watched, own) = beside(room, &["/bin/sh", "-c", "cat report.json"])?;
    table.at_most("per candidate, small project", median(watched.each)? - own, 20.0, "ms");
    table.at_most("memory of the loop, small project", watched.memory, 60.0, "MB");
    Ok(())
}

/// A real test runner: starting Python is the project's own time.
pub(super) fn unittest(room: &Room, wish: &Wish, table: &mut Table) -> Result<(), String> {
    project::impossible_unittest(room, wish.scaled(300))?;
    project::commit(room)?;
    let (watched, own) = beside(room, &["python3", "-m", "unittest", "-q", "tests.test_walk.WalkTest.test_walks"])?;
    table.at_most("per candidate, unittest", median(watched.each)? - own, 20.0, "ms");
    table.note("  one case by python3 -m unittest on the host", own, "ms");
    Ok(())
}

/// Twenty thousand files, half a gigabyte.
pub(super) fn large(room: &Room, wish: &Wish, table: &mut Table) -> Result<(), String> {
    project::nothing_to_gain(room, wish.scaled(300))?;
    project::ballast(room, wish.scaled(20_000), 25_000)?;
    project::commit(room)?;
    let (watched, own) = beside(room, &["/bin/sh", "-c", "cat report.json"])?;
    let name = if wish.quick { "2,000 files, 50 MB" } else { "20,000 files, 500 MB" };
    table.at_most(&format!("per candidate, {name}"), median(watched.each)? - own, 100.0, "ms");
    table.note(&format!("  once: snapshot of {name}"), watched.prepared.ok_or("no snapshot was announced")? / 1000.0, "s");
    table.at_most(&format!("memory of the loop, {name}"), watched.memory, 60.0, "MB");
    Ok(())
}

/// The loop, and the command's own milliseconds taken half before it and half after: the machine may be busy with other things.
fn beside(room: &Room, command: &[&str]) -> Result<(Watched, f64), String> {
    let mut own = plainly(room, command)?;
    let watched = watch(room)?;
    own.extend(plainly(room, command)?);
    Ok((watched, median(own)?))
}

/// Runs the loop to its end.
fn watch(room: &Room) -> Result<Watched, String> {
    let mut child = room
        .command(&["improve", "--json", "--exit-zero"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("kaizen could not be started: {error}"))?;
    let (done, ended) = mpsc::channel();
    let pid = child.id();
    let memory = std::thread::spawn(move || peak_memory(pid, &ended));
    let output = child.stdout.take().ok_or("no output")?;
    let (mut begun, mut started, mut prepared) = (Vec::new(), None, None);
    for line in BufReader::new(output).lines() {
        let (line, now) = (line.map_err(|error| format!("kaizen's output: {error}"))?, Instant::now());
        if line.contains(SCREENED) {
            begun.push(now);
        } else if line.contains(PREPARING) {
            started.get_or_insert(now);
        } else if line.contains(BASELINE) {
            prepared = started.map(|started: Instant| milliseconds(now - started));
        }
    }
    drop(done);
    let status = child.wait().map_err(|error| format!("kaizen could not be waited for: {error}"))?;
    if !status.success() {
        let mut said = String::new();
        child.stderr.take().ok_or("no diagnostics")?.read_to_string(&mut said).map_err(|error| error.to_string())?;
        return Err(format!("kaizen improve ended with {status}\n{said}"));
    }
    let memory = memory.join().map_err(|_| "the watcher of the memory ended early")?;
    let each = begun.windows(2).map(|pair| milliseconds(pair[1] - pair[0])).collect();
    Ok(Watched { each, prepared, memory })
}

/// The high-water mark the kernel keeps, read until the process ends. In MB.
fn peak_memory(pid: u32, ended: &mpsc::Receiver<()>) -> f64 {
    let mut peak = 0.0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
        peak = kilobytes.map_or(peak, |now| f64::max(peak, now / 1024.0));
        if ended.recv_timeout(Duration::from_millis(20)) == Err(mpsc::RecvTimeoutError::Disconnected) {
            return peak;
        }
    }
}

/// Milliseconds the same command takes without Kaizen, ten times.
fn plainly(room: &Room, command: &[&str]) -> Result<Vec<f64>, String> {
    let mut times = Vec::new();
    for _ in 0..10 {
        let begun = Instant::now();
        room.run(command)?;
        times.push(milliseconds(begun.elapsed()));
    }
    Ok(times)
}
