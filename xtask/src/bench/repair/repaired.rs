//! One defect repaired by the real binary, and what that took.

use super::defect::Defect;
use super::environment::Environment;
use super::package::Prepared;
use crate::bench::room::answer;
use crate::bench::table::{median, milliseconds};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Candidates a search may screen.
pub(super) const BUDGET: u32 = 500;

/// Fewer candidates do not tell what one takes.
const ENOUGH: u32 = 8;

/// Files that are not as published, by path.
pub(super) type Files = BTreeMap<String, String>;

/// A candidate that passed in the search.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Passed {
    /// Its place in the search.
    pub(super) number: u32,
    pub(super) summary: String,
    pub(super) operator: String,
    pub(super) gained: f64,
    pub(super) behaviour: u32,
    pub(super) raises: u32,
    #[serde(default)]
    pub(super) changes: u32,
    #[serde(default)]
    pub(super) blunt: bool,
    /// What it edits.
    pub(super) files: Files,
}

/// What became of a defect.
#[derive(Debug, Clone, Default)]
pub(super) struct Repair {
    /// The files the repair leaves otherwise than published (or the same); `None` where there is no repair.
    pub(super) files: Option<Files>,
    /// Everything that passed, the leader first.
    pub(super) passed: Vec<Passed>,
    /// The leader in one line.
    pub(super) summary: String,
    /// Whether a person was asked first.
    pub(super) asked: Option<String>,
    /// Candidates screened until the first that passed, where one did.
    pub(super) first_passing: Option<u32>,
    /// Candidates screened in all.
    pub(super) screened: u32,
    pub(super) wall: Duration,
    /// Milliseconds of one candidate, the mean of the whole search: the runs of the whole suite for those that gained a case among them.
    pub(super) each: Option<f64>,
    /// The same, less those of the failing cases run plainly.
    pub(super) overhead: Option<f64>,
    /// How the search or the trial ended.
    pub(super) said: String,
}

/// Repairs it, with the defect in the project's only commit.
pub(super) fn repair(prepared: &Prepared, environment: &Environment, defect: &Defect) -> Result<Repair, String> {
    defect.put(prepared)?;
    committed(prepared)?;
    let mut repair = improved(prepared)?;
    if repair.files.is_some() {
        let changed = prepared.room.git(&["diff", "--name-only", "main", "kaizen/bench"])?;
        let paths = changed.lines().filter(|path| *path != defect.file).chain([defect.file.as_str()]);
        let read = |path: &str| Ok((path.to_owned(), prepared.room.git(&["show", &format!("kaizen/bench:{path}")])? + "\n"));
        repair.files = Some(paths.map(read).collect::<Result<Files, String>>()?);
    }
    repair.passed = passed(prepared, environment)?;
    repair.first_passing = repair.passed.iter().map(|one| one.number).min().or(repair.first_passing);
    defect.take_back(prepared)?;
    Ok(repair)
}

fn passed(prepared: &Prepared, environment: &Environment) -> Result<Vec<Passed>, String> {
    let mut command = Command::new(prepared.python());
    command.arg(environment.script("passing.py")).arg(prepared.room.home().join("data/kaizen.db"));
    // A binary of before searches looked on has no such table: its leader is all there is to know.
    let Ok(said) = answer(&mut command, "passing.py") else { return Ok(Vec::new()) };
    let read = |line: &str| serde_json::from_str(line).map_err(|error| format!("passing.py: {error}"));
    said.lines().map(read).collect()
}

fn committed(prepared: &Prepared) -> Result<(), String> {
    for old in [prepared.room.project().join(".git"), prepared.room.home()] {
        if old.exists() {
            std::fs::remove_dir_all(&old).map_err(|error| format!("{}: {error}", old.display()))?;
        }
    }
    prepared.room.git(&["init", "--quiet", "--initial-branch=main"])?;
    prepared.room.git(&["add", "--all"])?;
    prepared.room.git(&["commit", "--quiet", "-m", "As it is"]).map(drop)
}

fn improved(prepared: &Prepared) -> Result<Repair, String> {
    let begun = Instant::now();
    let mut command = prepared.room.command(&["improve", "--json", "--exit-zero", "--cycles", "1"]);
    let failed = |error: std::io::Error| format!("kaizen could not be started: {error}");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let output = child.stdout.take().ok_or("kaizen says nothing")?;
    let mut seen = Seen::default();
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| format!("kaizen's output: {error}"))?;
        if let Ok(event) = serde_json::from_str::<Value>(&line) {
            seen.take(&event, Instant::now());
        }
    }
    let output = child.wait_with_output().map_err(failed)?;
    seen.repair.wall = begun.elapsed();
    if !output.status.success() {
        seen.repair.said = String::from_utf8_lossy(&output.stderr).trim().to_string();
    }
    if let Some(hypothesis) = seen.asked.clone() {
        answer(&mut prepared.room.command(&["approve", &hypothesis]), "kaizen approve")?;
        seen.repair.files = Some(Files::new());
    }
    seen.repair.each = seen.each();
    seen.repair.overhead = overhead(prepared, seen.repair.each)?;
    Ok(seen.repair)
}

/// What the binary tells on the way.
#[derive(Default)]
struct Seen {
    repair: Repair,
    asked: Option<String>,
    /// When the search began, and when its last candidate so far had its turn.
    searched: Option<(Instant, Instant)>,
}

impl Seen {
    fn take(&mut self, event: &Value, now: Instant) {
        let word = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| event[name].as_u64().and_then(|number| u32::try_from(number).ok());
        match event["progress"].as_str() {
            Some("search") => self.searched = Some((now, now)),
            Some("screened") => {
                self.repair.screened = number("tried").unwrap_or(self.repair.screened);
                self.searched = self.searched.map(|(begun, _)| (begun, now));
            }
            Some("leader") => {
                self.repair.first_passing = number("tried");
                self.repair.summary = word("summary");
            }
            Some("ended") => self.repair.said = word("why"),
            Some("asked") => {
                self.asked = Some(word("hypothesis"));
                self.repair.asked = Some(word("why"));
            }
            Some("promoted") => self.repair.files = Some(Files::new()),
            Some("decided") if self.repair.said.is_empty() => self.repair.said = event["decision"].to_string(),
            _ => {}
        }
    }

    /// Milliseconds of one candidate; `None` where there were too few to tell.
    fn each(&self) -> Option<f64> {
        let (begun, last) = self.searched.filter(|_| self.repair.screened >= ENOUGH)?;
        Some(milliseconds(last - begun) / f64::from(self.repair.screened))
    }
}

/// What a candidate took beyond the failing cases run plainly; `None` where too few candidates were screened to tell.
fn overhead(prepared: &Prepared, each: Option<f64>) -> Result<Option<f64>, String> {
    let failing = failing(prepared)?;
    let Some(each) = each else { return Ok(None) };
    if failing.is_empty() || failing.iter().any(|case| case.contains('<')) {
        return Ok(None);
    }
    let only: Vec<&str> = failing.iter().map(String::as_str).collect();
    let arguments = [&[".venv/bin/python", "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider"], only.as_slice()].concat();
    let mut own = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        // They fail: that is what they are here for.
        drop(prepared.room.run(&arguments));
        own.push(milliseconds(begun.elapsed()));
    }
    Ok(Some(each - median(own)?))
}

/// Every case that failed before.
fn failing(prepared: &Prepared) -> Result<Vec<String>, String> {
    let said = answer(&mut prepared.room.command(&["weaknesses", "--all", "--json"]), "kaizen weaknesses")?;
    let listed: Value = serde_json::from_str(&said).map_err(|error| format!("kaizen weaknesses: {error}"))?;
    let cases = listed["weaknesses"].as_array().into_iter().flatten().filter_map(|weakness| weakness["cases"].as_array());
    Ok(cases.flatten().filter_map(|case| Some(case.as_str()?.to_owned())).collect())
}
