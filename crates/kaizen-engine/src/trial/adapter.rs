//! Adapters: each turns a benchmark command into something that reports cases to the judge, and reads what came back.
//!
//! One file each, all of them in [`ADAPTERS`]. An adapter prepares an invocation and reads a finished one; it never runs anything
//! itself. A reading holds what the tool said about every case and nothing else: whatever is missing, contradictory or malformed is a
//! [`RunFault`], never a smaller success. Points by declaration, categories and the comparison of case sets belong to the caller.
//! Code under test that shares the reporting process can lie about itself; [`Adapter::in_process`] says where that is so.

mod bench_json;
mod cargo_test;
mod criterion;
mod ctest;
mod ctrf;
mod exit_code;
mod go_bench;
mod go_test;
mod google_benchmark;
mod hyperfine;
mod jest;
mod json;
mod junit;
mod mocha;
mod nextest;
mod node;
mod node_test;
mod profile;
mod pytest;
mod pytest_benchmark;
mod python;
pub mod quantity;
mod regex;
mod report;
mod shell;
mod sound;
mod stand_in;
mod tap;
mod text;
mod time;
mod unittest;
mod vitest;
mod whole;

use kaizen_domain::points::Points;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
pub use profile::{PROFILER, profiled};
pub use stand_in::StandIn;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use text::shortened;

/// Every adapter, in the order in which people are shown them.
pub const ADAPTERS: &[&dyn Adapter] = &[
    &unittest::Unittest,
    &pytest::Pytest,
    &cargo_test::CargoTest,
    &nextest::Nextest,
    &go_test::GoTest,
    &jest::JEST,
    &vitest::VITEST,
    &mocha::MOCHA,
    &node_test::NODE_TEST,
    &ctest::Ctest,
    &junit::Junit,
    &tap::Tap,
    &ctrf::Ctrf,
    &json::Json,
    &exit_code::ExitCode,
    &time::Time,
    &hyperfine::Hyperfine,
    &criterion::Criterion,
    &pytest_benchmark::PytestBenchmark,
    &google_benchmark::GoogleBenchmark,
    &go_bench::GoBench,
    &bench_json::BenchJson,
    &regex::Regex,
];

/// The adapter for a `format` of the configuration.
pub fn adapter(name: &str) -> Option<&'static dyn Adapter> {
    ADAPTERS.iter().copied().find(|adapter| adapter.name() == name)
}

/// What one run should do.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The benchmark command, a line of shell.
    pub command: &'a str,
    /// Run and report only these cases; what else runs because a tool cannot leave it out is not reported.
    pub only: Option<&'a [CaseId]>,
    /// The baseline's failing cases that stand for others, see [`Adapter::stands_for`].
    pub stand_ins: &'a [(CaseId, StandIn)],
    /// Also report which lines each case executed, where the adapter can.
    pub trace: bool,
    /// Where the adapter's [`Adapter::judge_files`] lie inside the sandbox, read-only.
    pub judge_dir: &'a Path,
    /// The file inside the sandbox the reporter appends to; fresh for each run.
    pub report: &'a Path,
    /// Unguessable; every line of the report carries it.
    pub nonce: &'a str,
}

/// How to start the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Program and arguments.
    pub argv: Vec<OsString>,
    /// Variables added to the run's environment, replacing those of the same name.
    pub env: Vec<(OsString, OsString)>,
    /// Standard error must go to the very descriptor of standard output, because their order matters.
    pub merge_output: bool,
}

impl Invocation {
    /// A shell runs the line.
    fn shell(command: &str) -> Self {
        Self { argv: ["/bin/sh", "-c", command].map(OsString::from).to_vec(), env: Vec::new(), merge_output: false }
    }

    /// Adds a variable.
    fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }
}

/// How the process ended, as its supervisor saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended<'a> {
    /// It exited with this code.
    Exit(i32),
    /// This signal ended it.
    Signal(i32),
    /// It ran into this limit.
    TimedOut(Duration),
    /// It wrote more than this many bytes.
    Flooded(u64),
    /// It used more than this many bytes of memory.
    OutOfMemory(u64),
    /// It could not be started, for this reason.
    NotStarted(&'a str),
}

/// A report file the run wrote in the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Relative to the project's root.
    pub path: String,
    /// What it holds.
    pub content: Vec<u8>,
}

/// A run that is over.
#[derive(Debug, Clone, Copy)]
pub struct Finished<'a> {
    /// How it ended.
    pub ended: Ended<'a>,
    /// What it wrote to standard output; both streams in order when they were merged.
    pub stdout: &'a [u8],
    /// What it wrote to standard error; empty when merged.
    pub stderr: &'a [u8],
    /// The report file's content; `None` when there is no such file.
    pub report: Option<&'a [u8]>,
    /// Report files the run wrote in the project, those of `benchmark.report` or else of [`Adapter::report_files`], ordered by path.
    pub reports: &'a [ReportFile],
    /// From start to end, by the supervisor's clock.
    pub wall: Duration,
    /// Peak resident memory in bytes.
    pub max_rss: u64,
}

/// One case as the tool reported it.
#[derive(Debug, Clone, PartialEq)]
pub struct RawCase {
    /// How it ended.
    pub outcome: CaseOutcome,
    /// How long it took, where the tool says so.
    pub duration: Option<Duration>,
    /// Points earned and worth, where the benchmark itself gives points.
    pub points: Option<(Points, Points)>,
    /// The category, where the benchmark itself names one.
    pub category: Option<String>,
    /// The failure as the tool reported it, shortened.
    pub message: Option<String>,
}

impl RawCase {
    /// A case of which only the outcome is known.
    pub fn of(outcome: CaseOutcome) -> Self {
        Self { outcome, duration: None, points: None, category: None, message: None }
    }
}

/// The lines each case executed: file (relative to the project's root) to line numbers from 1.
pub type Coverage = BTreeMap<CaseId, BTreeMap<String, BTreeSet<u32>>>;

/// What a complete run showed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Every case by id.
    pub cases: BTreeMap<CaseId, RawCase>,
    /// Measured quantities, all finite. `seconds` and `max_rss_bytes` are always the supervisor's.
    pub metrics: BTreeMap<String, f64>,
    /// Executed lines per case; only when the request asked for a trace and the adapter can.
    pub coverage: Coverage,
}

impl Reading {
    /// The cases, with what the supervisor measured.
    fn of(cases: BTreeMap<CaseId, RawCase>, finished: &Finished<'_>) -> Self {
        let mut reading = Self { cases, ..Self::default() };
        reading.measure(finished);
        reading
    }

    /// Adds what the supervisor measured; it owns these names.
    fn measure(&mut self, finished: &Finished<'_>) {
        self.metrics.insert("seconds".into(), finished.wall.as_secs_f64());
        // Memory sizes stay far below 2^53 bytes, where a double is exact.
        #[allow(clippy::cast_precision_loss)]
        self.metrics.insert("max_rss_bytes".into(), finished.max_rss as f64);
    }

    /// Keeps the selected cases. One that was selected and is not there makes the run incomplete.
    fn select(mut self, only: Option<&[CaseId]>) -> Result<Self, RunFault> {
        let Some(only) = only else { return Ok(self) };
        let only: BTreeSet<&CaseId> = only.iter().collect();
        let missing: Vec<String> = only.iter().filter(|id| !self.cases.contains_key(id)).map(ToString::to_string).collect();
        if !missing.is_empty() {
            return Err(RunFault::Incomplete { detail: format!("selected but not reported: {}", shortened(&missing)) });
        }
        self.cases.retain(|id, _| only.contains(id));
        self.coverage.retain(|id, _| only.contains(id));
        Ok(self)
    }
}

/// One way of reading benchmarks. Stateless.
pub trait Adapter: Sync {
    /// The `format` of the configuration.
    fn name(&self) -> &'static str;

    /// Globs, relative to the project's root, of files that judge or steer the judge: restored from the baseline and read-only.
    /// Which files judge a plain command is the command's affair; the configuration's `protect` names them.
    fn protected(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Name and content of the files that must lie in [`Request::judge_dir`].
    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Globs, relative to the project's root, of report files to read where the configuration names none.
    fn report_files(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether [`Request::only`] leaves out cases when this command runs, so that fewer cases cost less time.
    fn can_select(&self, _command: &str) -> bool {
        false
    }

    /// Whether candidate code runs inside the process that reports, and so could report about itself. Where nothing says
    /// where a command draws the line, the worse is assumed.
    fn in_process(&self) -> bool {
        true
    }

    /// How results reach the judge, in one sentence for people.
    fn channel(&self) -> &'static str;

    /// What a candidate could still do to its own result, in one sentence for people.
    fn unprevented(&self) -> &'static str;

    /// Whether its reporter can record calls and answer them ([`kaizen_probe.py`](self)).
    fn probes(&self) -> bool {
        false
    }

    /// Whether its reporter can run many candidates in one run of the command ([`kaizen_batch.py`](self)).
    fn batches(&self) -> bool {
        false
    }

    /// What a failing case stands for that is no test of its own: a module that could not be loaded.
    fn stands_for(&self, _case: &CaseId) -> Option<StandIn> {
        None
    }

    /// How to start the run: the command in a shell, unless the tool needs more.
    fn prepare(&self, request: &Request<'_>) -> Invocation {
        Invocation::shell(request.command)
    }

    /// What the run showed, or why it showed nothing.
    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault>;
}

/// What follows where candidate code runs inside the process that reports.
pub const RULE: &str = "Edits by programs need a hold-out or a person's word; every promotion is labelled \"passes, not proven right\".";

/// Build files through which a command may reach the tests: who edits them edits the judge.
pub const BUILD_FILES: [&str; 3] = ["Makefile", "makefile", "GNUmakefile"];
