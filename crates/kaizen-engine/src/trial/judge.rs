//! The judge: runs the benchmark in a jail, outside the candidate's reach, and scores what it reports.

pub mod batch;
pub mod probe;
pub mod profile;
mod score;

use crate::config::grant::Host;
use crate::config::pattern::{FileGlob, FileGlobs};
use crate::config::problem::Wrong;
use crate::config::{self, Config};
use crate::context::Context;
use crate::error::{EngineError, io};
use crate::grant::{Reach, Ways, start};
use crate::trial::adapter::{Adapter, Coverage, Ended as Seen, Finished, Invocation, ReportFile, Request, StandIn};
use crate::trial::snapshot::Snapshot;
use crate::trial::toolchain::{Toolchain, toolchain};
use crate::trial::{coin, counting, memory};
use kaizen_domain::path::RepoPath;
use kaizen_domain::points::Points;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, CaseResult, Measured, RunFault, Scorecard};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_sandbox::backend::Backend;
use kaizen_sandbox::counter::Counter;
use kaizen_sandbox::error::SandboxError;
use kaizen_sandbox::jail::Jail;
use kaizen_sandbox::policy::{Bind, Granted, JailSpec, Limits, Upper};
use kaizen_sandbox::run::{Ended, RunReport, RunSpec};
use kaizen_sandbox::workspace::{Collected, Content, FileWrite};
use score::{Supervised, scorecard};
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most output one run may write, in bytes.
pub const OUTPUT_CAP: u64 = 32 << 20;

/// The largest report that is read, in bytes.
const REPORT_CAP: u64 = 64 << 20;

/// Answers for one arm of one stage. What a trial drives; the benchmark in a jail is one of its kind.
pub trait Judge {
    /// Measures `arm` for `stage`; `only` restricts the run to these cases where the judge can.
    fn measure(&mut self, stage: Stage, arm: Arm, only: Option<&[CaseId]>) -> Result<Measured, EngineError>;
}

/// One measured run with what came along.
#[derive(Debug)]
pub struct Run {
    /// The scorecard or the fault.
    pub measured: Measured,
    /// Executed lines per case, when asked for.
    pub coverage: Coverage,
    /// From start to end, by the supervisor's clock.
    pub wall: Duration,
    /// Processor time of the whole process tree.
    pub cpu: Duration,
}

/// What to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// The candidate's files; empty for the baseline.
    pub writes: &'a [FileWrite],
    /// Only these cases.
    pub only: Option<&'a [CaseId]>,
    /// Ask for executed lines.
    pub trace: bool,
    /// The time limit.
    pub limit: Duration,
}

/// A benchmark command in a jail of its own, kept open over many runs; each run starts from the snapshot again.
pub struct Court<'c> {
    context: &'c Context,
    adapter: &'static dyn Adapter,
    command: String,
    jail: Box<dyn Jail>,
    ways: Ways,
    certificates: Vec<(OsString, OsString)>,
    judge_dir: PathBuf,
    report: PathBuf,
    nonce: String,
    suite: Suite,
    /// Failing cases of the baseline that stand for others; unknown before its first whole run here.
    stand_ins: Option<Vec<(CaseId, StandIn)>>,
    /// What the kernel counts of each run.
    counter: Option<Counter>,
    /// How often a batch was not to be believed here.
    distrusted: u8,
    _room: tempfile::TempDir,
}

/// What a jail is built over, where its writes go, and the hosts it may reach.
pub struct Place<'a> {
    /// The first on top.
    pub layers: Vec<PathBuf>,
    /// Where writes go.
    pub upper: Upper,
    /// Through a proxy.
    pub hosts: &'a [Host],
}

/// Which of the two suites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// What proposers see.
    Visible,
    /// What they do not.
    Holdout,
}

impl<'c> Court<'c> {
    /// Opens the jail for a suite of the snapshot.
    pub fn open(
        context: &'c Context,
        backend: &dyn Backend,
        snapshot: &Snapshot,
        adapter: &'static dyn Adapter,
        suite: Suite,
    ) -> Result<Self, EngineError> {
        let benchmark = &context.config.benchmark;
        let command = match (suite, &benchmark.holdout) {
            (Suite::Holdout, Some(holdout)) => holdout.command.as_str(),
            _ => benchmark.command.as_str(),
        };
        let layers = snapshot.layers(suite == Suite::Holdout);
        let place = Place { layers, upper: memory_upper(context), hosts: &[] };
        Ok(Self { suite, ..Self::with_place(context, backend, snapshot, adapter, command, place)? })
    }

    /// Opens a jail whose writes go to a place of their own: how layers are built.
    pub fn with_place(
        context: &'c Context,
        backend: &dyn Backend,
        snapshot: &Snapshot,
        adapter: &'static dyn Adapter,
        command: &str,
        place: Place<'_>,
    ) -> Result<Self, EngineError> {
        let room = room(context)?;
        let judge_dir = judge_files(room.path(), adapter)?;
        let channel = room.path().join("report");
        std::fs::create_dir(&channel).map_err(io("create", &channel))?;
        give_to_sandbox(&channel)?;
        let mut spec = jail_spec(context, snapshot, place.layers, place.upper, [(judge_dir.clone(), false), (channel.clone(), true)]);
        let reach = Reach::of(place.hosts, &context.config.grants.connect);
        spec.granted.ports = reach.ports();
        let mut jail = backend.open(&spec, context.interrupt.clone())?;
        let ways = reach.open(jail.as_mut())?;
        if let Some((address, why)) = reach.silent().into_iter().next() {
            let hint = "start it, or let the sandbox start one for each run: grants.start in kaizen.toml";
            return Err(EngineError::environment(format!("grants.connect names {address}, and nothing answers there: {why}"), hint));
        }
        let nonce = nonce()?;
        Ok(Self {
            context,
            adapter,
            command: command.to_owned(),
            jail,
            certificates: reach.certificates(context),
            ways,
            judge_dir,
            report: channel.join("report.jsonl"),
            nonce,
            suite: Suite::Visible,
            stand_ins: None,
            counter: counting::counter(&context.config),
            distrusted: 0,
            _room: room,
        })
    }

    /// Runs the benchmark once, from a fresh workspace. A candidate is read against what the baseline could not load.
    pub fn run(&mut self, ask: Ask<'_>) -> Result<Run, EngineError> {
        if self.stand_ins.is_none() && !ask.writes.is_empty() {
            self.run(Ask { limit: ask.limit, ..Ask::default() })?;
        }
        self.jail.reset()?;
        let run = self.run_here(ask)?;
        if ask.writes.is_empty() && ask.only.is_none() {
            self.stand_ins = Some(self.stand_ins_of(&run.measured));
        }
        Ok(run)
    }

    fn stand_ins_of(&self, measured: &Measured) -> Vec<(CaseId, StandIn)> {
        let failing = measured.iter().flat_map(Scorecard::failing);
        failing.filter_map(|case| self.adapter.stands_for(case).map(|stand_in| (case.clone(), stand_in))).collect()
    }

    /// Runs the benchmark once in the workspace as it is.
    pub fn run_here(&mut self, ask: Ask<'_>) -> Result<Run, EngineError> {
        self.context.checkpoint()?;
        let (writes, command) = self.commanded(ask.writes)?;
        self.jail.write(&writes)?;
        remove_report(&self.report)?;
        let spec = self.spec(self.adapter.prepare(&self.request(&command, ask.only, ask.trace)), ask.limit);
        let outcome = self.supervised(&spec)?;
        if let Some(detail) = start::failure(&self.context.config.grants.start, &outcome) {
            let (wall, cpu) = (outcome.wall, outcome.cpu);
            return Ok(Run { measured: Err(RunFault::NotStarted { detail }), coverage: Coverage::default(), wall, cpu });
        }
        let declared = self.declared_reports()?;
        let Some(seen) = ended(&outcome, ask.limit, self.context.config.limits.trial_memory.0) else {
            return Err(EngineError::Interrupted);
        };
        let channel = read_report(&self.report)?;
        // A reporter of ours reports nowhere else.
        let own = declared.first().map(|file| file.content.as_slice()).filter(|_| self.adapter.judge_files().is_empty());
        let report = own.or(channel.as_deref());
        let finished = Finished {
            ended: seen,
            stdout: &outcome.stdout,
            stderr: &outcome.stderr,
            report,
            reports: &declared,
            wall: outcome.wall,
            max_rss: outcome.max_rss,
        };
        Ok(self.score(&self.request(&command, ask.only, ask.trace), &finished, &outcome))
    }

    fn request<'r>(&'r self, command: &'r str, only: Option<&'r [CaseId]>, trace: bool) -> Request<'r> {
        let stand_ins = self.stand_ins.as_deref().unwrap_or_default();
        Request { command, only, stand_ins, trace, judge_dir: &self.judge_dir, report: &self.report, nonce: &self.nonce }
    }

    /// Runs a command whose end means something: not one that a person interrupted, or that the machine's lack of memory ended.
    fn supervised(&mut self, spec: &RunSpec) -> Result<RunReport, EngineError> {
        let before = memory::shortages();
        let report = self.jail.run(spec)?;
        memory::refuse(&report.ended, before, memory::shortages())?;
        if report.ended == Ended::Interrupted { Err(EngineError::Interrupted) } else { Ok(report) }
    }

    fn spec(&self, invocation: Invocation, limit: Duration) -> RunSpec {
        RunSpec {
            argv: start::before(&self.context.config.grants.start, self.pinned(invocation.argv)),
            cwd: PathBuf::new(),
            env: invocation.env,
            stdin: Vec::new(),
            wall: limit,
            output: OUTPUT_CAP,
            merge_output: invocation.merge_output,
            count: self.counter,
        }
    }

    /// The command on the processors it is limited to.
    fn pinned(&self, argv: Vec<OsString>) -> Vec<OsString> {
        let Some(processors) = &self.context.config.limits.processors else { return argv };
        ["taskset", "-c", processors.as_str()].into_iter().map(OsString::from).chain(argv).collect()
    }

    /// A candidate that tunes the benchmark's own command runs with it; its `kaizen.toml` is never written over the protected one.
    fn commanded(&self, writes: &[FileWrite]) -> Result<(Vec<FileWrite>, String), EngineError> {
        let (own, others): (Vec<&FileWrite>, Vec<&FileWrite>) = writes.iter().partition(|write| write.path == Path::new(config::FILE));
        let others = others.into_iter().cloned().collect();
        let text = own.first().and_then(|write| match &write.content {
            Some(Content::File { bytes, .. }) => std::str::from_utf8(bytes).ok(),
            _ => None,
        });
        let Some(text) = text.filter(|_| self.suite == Suite::Visible) else { return Ok((others, self.command.clone())) };
        let config = config::parse(text, Path::new(config::FILE))?;
        Ok((others, config.benchmark.command.as_str().to_owned()))
    }

    fn score(&self, request: &Request<'_>, finished: &Finished<'_>, outcome: &RunReport) -> Run {
        let (wall, cpu) = (outcome.wall, outcome.cpu);
        match self.adapter.read(request, finished) {
            Ok(reading) => {
                let coverage = reading.coverage.clone();
                let supervised = Supervised { finished, instructions: counting::value(outcome.count.as_ref()) };
                Run { measured: scorecard(&self.context.config, reading, &supervised, self.suite), coverage, wall, cpu }
            }
            Err(fault) => Run { measured: Err(fault), coverage: Coverage::default(), wall, cpu },
        }
    }

    /// The report files of `benchmark.report`, or of the format: those of this run, because it starts without what others wrote.
    fn declared_reports(&mut self) -> Result<Vec<ReportFile>, EngineError> {
        let Some(matcher) = report_globs(&self.context.config, self.adapter)? else { return Ok(Vec::new()) };
        let written = match self.jail.collect(REPORT_CAP) {
            // A pipe or a huge file in the report's way is the candidate's doing: a report nobody can read.
            Err(SandboxError::Special(_) | SandboxError::TooLarge(_)) => {
                let path = matcher.patterns().collect::<Vec<_>>().join(", ");
                return Ok(vec![ReportFile { path, content: Vec::new() }]);
            }
            collected => collected?,
        };
        let report = |file: Collected| {
            let path = RepoPath::from_bytes(file.path.as_os_str().as_encoded_bytes()).ok().filter(|path| matcher.matches(path))?;
            match file.content {
                Some(Content::File { bytes, .. }) => Some(ReportFile { path: path.to_string(), content: bytes }),
                _ => None,
            }
        };
        let mut reports: Vec<ReportFile> = written.into_iter().filter_map(report).collect();
        reports.sort_by(|one, two| one.path.cmp(&two.path));
        Ok(reports)
    }

    /// Runs the declared guardrail commands; one case each.
    pub fn checks(&mut self, writes: &[FileWrite], limit: Duration) -> Result<Measured, EngineError> {
        let mut card = Scorecard::default();
        for check in self.context.config.benchmark.checks.clone() {
            self.context.checkpoint()?;
            self.jail.reset()?;
            self.jail.write(writes)?;
            let mut run = shell(check.as_str(), limit);
            run.argv = start::before(&self.context.config.grants.start, run.argv);
            let report = self.supervised(&run)?;
            let passed = report.ended == Ended::Exit(0);
            card.cases.insert(CaseId(check.as_str().to_owned()), plain_case(passed, &report));
        }
        Ok(Ok(card))
    }

    /// Runs any command in the jail as a trial would see the world, with the way to its hosts where it has some.
    pub fn command(&mut self, spec: &RunSpec) -> Result<RunReport, EngineError> {
        let env = self.ways.env().into_iter().chain(self.certificates.clone()).chain(spec.env.iter().cloned()).collect();
        Ok(self.jail.run(&RunSpec { env, ..spec.clone() })?)
    }

    /// Hosts that were asked for and not granted, with their ports.
    pub fn refused(&self) -> Vec<String> {
        self.ways.refused()
    }

    /// The jail itself, for what only it can do.
    pub fn jail(&mut self) -> &mut dyn Jail {
        self.jail.as_mut()
    }

    /// Ends the jail; proves that nothing of it is left.
    pub fn close(self) -> Result<(), EngineError> {
        self.jail.close().map(drop).map_err(EngineError::from)
    }
}

/// Which files of the project are reports; `None` where the result comes otherwise.
pub(crate) fn report_globs(config: &Config, adapter: &dyn Adapter) -> Result<Option<FileGlobs>, EngineError> {
    let refused = |wrong: Wrong| EngineError::usage(wrong.to_string(), "mend benchmark.report");
    let own = || adapter.report_files().iter().map(|glob| FileGlob::try_from((*glob).to_owned())).collect::<Result<Vec<_>, _>>();
    let patterns = match &config.benchmark.report {
        Some(pattern) => vec![pattern.clone()],
        None => own().map_err(refused)?,
    };
    if patterns.is_empty() { Ok(None) } else { FileGlobs::new(patterns).map(Some).map_err(refused) }
}

/// A shell command with the judge's caps.
pub fn shell(command: &str, limit: Duration) -> RunSpec {
    RunSpec {
        argv: ["/bin/sh", "-c", command].map(Into::into).to_vec(),
        cwd: PathBuf::new(),
        env: Vec::new(),
        stdin: Vec::new(),
        wall: limit,
        output: OUTPUT_CAP,
        merge_output: false,
        count: None,
    }
}

fn plain_case(passed: bool, report: &RunReport) -> CaseResult {
    CaseResult {
        outcome: if passed { CaseOutcome::Pass } else { CaseOutcome::Fail },
        points: if passed { Points::ONE } else { Points::ZERO },
        worth: Points::ONE,
        category: "checks".into(),
        duration: Some(report.wall),
        message: None,
    }
}

/// A size-capped workspace in memory.
pub fn memory_upper(context: &Context) -> Upper {
    Upper::Memory { bytes: context.config.limits.trial_disk.0, inodes: 400_000 }
}

/// A room of our own for one jail: the judge's files and the report channel.
fn room(context: &Context) -> Result<tempfile::TempDir, EngineError> {
    let room = crate::scratch::fresh(&context.launcher.scratch, "court")?;
    std::fs::set_permissions(room.path(), std::fs::Permissions::from_mode(0o711)).map_err(io("set permissions of", room.path()))?;
    Ok(room)
}

pub(crate) fn judge_files(room: &Path, adapter: &dyn Adapter) -> Result<PathBuf, EngineError> {
    let directory = room.join("judge");
    std::fs::create_dir(&directory).map_err(io("create", &directory))?;
    for (name, content) in adapter.judge_files() {
        let file = directory.join(name);
        std::fs::write(&file, content).map_err(io("write", &file))?;
        // Some are programs.
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).map_err(io("set permissions of", &file))?;
    }
    Ok(directory)
}

/// Makes the user that candidates run as the owner.
pub(crate) fn give_to_sandbox(path: &Path) -> Result<(), EngineError> {
    match kaizen_sandbox::policy::sandbox_owner() {
        Some((uid, gid)) => std::os::unix::fs::chown(path, Some(uid), Some(gid)).map_err(io("change the owner of", path)),
        None => Ok(()),
    }
}

/// The jail of a snapshot; `shared` are directories of ours with whether the candidate may write there.
pub fn jail_spec<const N: usize>(
    context: &Context,
    snapshot: &Snapshot,
    layers: Vec<PathBuf>,
    upper: Upper,
    shared: [(PathBuf, bool); N],
) -> JailSpec {
    let Toolchain { mut binds, env } = toolchain(&context.machine, context.git.root(), 0, context.variable);
    binds.extend(snapshot.tools.iter().cloned());
    binds.extend(shared.map(|(path, writable)| if writable { Bind::writable(path) } else { Bind::read_only(path) }));
    let mut read_only: Vec<PathBuf> = snapshot.protected.iter().map(|path| path.as_path().to_owned()).collect();
    read_only.push(".git".into());
    let limits = &context.config.limits;
    JailSpec {
        root: context.git.root().to_owned(),
        layers,
        upper,
        read_only,
        binds,
        env,
        limits: Limits {
            memory: limits.trial_memory.0,
            processes: limits.trial_processes.into(),
            file_size: limits.trial_disk.0,
            open_files: 4096,
        },
        granted: Granted::default(),
    }
}

pub(crate) fn nonce() -> Result<String, EngineError> {
    Ok(coin::random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn remove_report(report: &Path) -> Result<(), EngineError> {
    match std::fs::symlink_metadata(report) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(report).map_err(io("remove", report)),
        _ => std::fs::remove_file(report).map_err(io("remove", report)),
    }
}

/// Reads the channel without following a link a candidate may have left there.
pub(crate) fn read_report(report: &Path) -> Result<Option<Vec<u8>>, EngineError> {
    match std::fs::symlink_metadata(report) {
        Ok(found) if found.is_file() => {}
        _ => return Ok(None),
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(report).map_err(io("open", report))?;
    file.take(REPORT_CAP).read_to_end(&mut bytes).map_err(io("read", report))?;
    Ok(Some(bytes))
}

/// `None` when the person asked to stop.
pub(crate) fn ended(report: &RunReport, limit: Duration, memory: u64) -> Option<Seen<'_>> {
    Some(match &report.ended {
        Ended::Exit(code) => Seen::Exit(*code),
        Ended::Signal(signal) => Seen::Signal(*signal),
        Ended::TimedOut => Seen::TimedOut(limit),
        Ended::Flooded => Seen::Flooded(OUTPUT_CAP),
        Ended::OutOfMemory => Seen::OutOfMemory(memory),
        Ended::NotStarted(reason) => Seen::NotStarted(reason),
        Ended::Interrupted => return None,
    })
}
