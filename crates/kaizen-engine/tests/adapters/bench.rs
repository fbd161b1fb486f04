//! A project in a temporary directory, and how an adapter sees one run of a command in it.

use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
use kaizen_engine::trial::adapter::{Adapter, Ended, Finished, Reading, Request, StandIn, adapter};
use serde_json::Value;
use std::io::{Read, pipe};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

pub(crate) const NONCE: &str = "3f1c";

/// A temporary project.
pub(crate) struct Project {
    dir: tempfile::TempDir,
    adapter: &'static dyn Adapter,
    path: Vec<PathBuf>,
    stand_ins: Vec<(CaseId, StandIn)>,
}

/// What a run for many candidates left behind.
pub(crate) struct Batch {
    pub(crate) said: Vec<Value>,
    pub(crate) readings: Vec<Result<Reading, RunFault>>,
}

/// What a run left behind.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) ended: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) report: Option<Vec<u8>>,
    pub(crate) wall: Duration,
}

impl Run {
    pub(crate) fn finished(&self) -> Finished<'_> {
        let ended = self.ended.map(Ended::Exit).or(self.signal.map(Ended::Signal)).unwrap();
        let report = self.report.as_deref();
        Finished { ended, stdout: &self.stdout, stderr: b"", report, reports: &[], wall: self.wall, max_rss: 4096 }
    }
}

impl Project {
    pub(crate) fn new(format: &str, files: &[(&str, &str)]) -> Self {
        let project =
            Self { dir: tempfile::tempdir().unwrap(), adapter: adapter(format).unwrap(), path: Vec::new(), stand_ins: Vec::new() };
        std::fs::create_dir(project.dir.path().join("judge")).unwrap();
        std::fs::create_dir(project.root()).unwrap();
        for (name, content) in project.adapter.judge_files() {
            let file = project.dir.path().join("judge").join(name);
            std::fs::write(&file, content).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        for (name, content) in files {
            project.write(name, content);
        }
        project
    }

    /// Programs of this directory come first.
    pub(crate) fn with_path(mut self, path: &Path) -> Self {
        self.path.push(path.to_owned());
        self
    }

    /// What follows is read against this baseline.
    pub(crate) fn set_baseline(&mut self, baseline: &Reading) {
        let failing = baseline.cases.iter().filter(|(_, case)| case.outcome.is_failing()).map(|(id, _)| id);
        self.stand_ins = failing.filter_map(|id| Some((id.clone(), self.adapter.stands_for(id)?))).collect();
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn request<'a>(&'a self, paths: &'a (PathBuf, PathBuf), command: &'a str, only: Option<&'a [CaseId]>, trace: bool) -> Request<'a> {
        Request { command, only, stand_ins: &self.stand_ins, trace, judge_dir: &paths.0, report: &paths.1, nonce: NONCE }
    }

    pub(crate) fn run_with(&self, command: &str, only: Option<&[CaseId]>, trace: bool) -> (Run, Result<Reading, RunFault>) {
        let paths = (self.dir.path().join("judge"), self.dir.path().join("report"));
        if paths.1.exists() {
            std::fs::remove_file(&paths.1).unwrap();
        }
        let request = self.request(&paths, command, only, trace);
        let run = self.spawn(&request);
        let reading = self.adapter.read(&request, &run.finished());
        (run, reading)
    }

    /// What a run that is over shows when its report is another.
    pub(crate) fn read_again(&self, command: &str, run: &Run, report: &[u8]) -> Result<Reading, RunFault> {
        let paths = (self.dir.path().join("judge"), self.dir.path().join("report"));
        let finished = Finished { report: Some(report), ..run.finished() };
        self.adapter.read(&self.request(&paths, command, None, false), &finished)
    }

    /// One run for many candidates: what the main report says (a line each), and what is read of every candidate that was told of, by its
    /// number; the files as they are come first and last.
    pub(crate) fn run_batch(&self, command: &str, only: Option<&[CaseId]>, candidates: &[&[(&str, &str)]]) -> Batch {
        let paths = (self.dir.path().join("judge"), self.dir.path().join("report"));
        let request = self.request(&paths, command, only, false);
        let path = |name: &str| self.root().join(name).to_str().unwrap().to_owned();
        let files = |files: &&[(&str, &str)]| files.iter().map(|(name, text)| (path(name), (*text).to_owned())).collect::<Vec<_>>();
        let all = [Vec::new()].into_iter().chain(candidates.iter().map(files)).chain([Vec::new()]).collect::<Vec<_>>();
        let told = serde_json::json!({ "root": self.root(), "seconds": 60.0, "spare": 4.0, "times": 10.0, "candidates": all });
        let file = self.dir.path().join("batch.json");
        std::fs::write(&file, told.to_string()).unwrap();
        let run = self.spawn_with(&request, &[("KAIZEN_BATCH", &file)]);
        let text = String::from_utf8(run.report.clone().unwrap_or_default()).unwrap();
        let said: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let readings = said.iter().filter_map(|line| {
            let status = ExitStatus::from_raw(i32::try_from(line["status"].as_i64()?).unwrap());
            let report = std::fs::read(self.dir.path().join(format!("report.{}", line["candidate"].as_u64()?))).ok();
            let child = Run { ended: status.code(), signal: status.signal(), stdout: Vec::new(), report, wall: run.wall };
            Some(self.adapter.read(&request, &child.finished()))
        });
        Batch { readings: readings.collect(), said }
    }

    fn spawn(&self, request: &Request<'_>) -> Run {
        self.spawn_with(request, &[])
    }

    fn spawn_with(&self, request: &Request<'_>, more: &[(&str, &Path)]) -> Run {
        let invocation = self.adapter.prepare(request);
        let (mut output, writer) = pipe().unwrap();
        let mut command = Command::new(&invocation.argv[0]);
        let inherited = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths(self.path.iter().cloned().chain(std::env::split_paths(&inherited))).unwrap();
        command
            .args(&invocation.argv[1..])
            .current_dir(self.root())
            .env("PATH", path)
            .env("CI", "true")
            .env("CARGO_TARGET_DIR", self.dir.path().join("target"));
        for unwanted in
            ["PYTHONPATH", "RUST_TEST_THREADS", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "MAKEFLAGS", "MAKELEVEL", "NODE_OPTIONS", "GOFLAGS"]
        {
            command.env_remove(unwanted);
        }
        command.envs(invocation.env).envs(more.iter().copied()).stdout(writer.try_clone().unwrap()).stderr(writer);
        let began = Instant::now();
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut stdout = Vec::new();
        output.read_to_end(&mut stdout).unwrap();
        let status = child.wait().unwrap();
        let report = std::fs::read(request.report).ok();
        Run { ended: status.code(), signal: status.signal(), stdout, report, wall: began.elapsed() }
    }

    /// A run that must give a reading.
    pub(crate) fn read(&self, command: &str) -> Reading {
        let (run, reading) = self.run_with(command, None, false);
        reading.unwrap_or_else(|fault| panic!("{fault}\n{}", String::from_utf8_lossy(&run.stdout)))
    }

    /// A run of selected cases that must give a reading.
    pub(crate) fn read_only(&self, command: &str, only: &[&str]) -> Reading {
        let (run, reading) = self.run_with(command, Some(&ids(only)), false);
        reading.unwrap_or_else(|fault| panic!("{fault}\n{}", String::from_utf8_lossy(&run.stdout)))
    }

    /// A run that must be a fault.
    pub(crate) fn fault(&self, command: &str) -> RunFault {
        self.run_with(command, None, false).1.unwrap_err()
    }
}

pub(crate) fn ids(names: &[&str]) -> Vec<CaseId> {
    names.iter().map(|name| CaseId((*name).into())).collect()
}

/// The ids and outcomes of a reading, one line each.
pub(crate) fn outcomes(reading: &Reading) -> String {
    reading.cases.iter().map(|(id, case)| format!("{id} {}\n", word(case.outcome))).collect()
}

fn word(outcome: CaseOutcome) -> &'static str {
    match outcome {
        CaseOutcome::Pass => "pass",
        CaseOutcome::Fail => "fail",
        CaseOutcome::Error => "error",
        CaseOutcome::Skip => "skip",
    }
}

/// The expected lines, without the indentation of the test's source.
pub(crate) fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

pub(crate) fn message<'a>(reading: &'a Reading, id: &str) -> &'a str {
    reading.cases[&CaseId(id.into())].message.as_deref().unwrap_or_else(|| panic!("{id} has no message"))
}

/// The fault's kind and what it tells people.
#[track_caller]
pub(crate) fn assert_fault(fault: &RunFault, kind: &str, parts: &[&str]) {
    let debug = format!("{fault:?}");
    assert!(debug.starts_with(kind), "{kind} expected: {debug}");
    for part in parts {
        assert!(fault.to_string().contains(part), "{part:?} is not in: {fault}");
    }
}
