//! `command`: any program edits a workshop copy; its diff is the change.
//!
//! The program runs in a jail of its own (the workshop): no hold-out, no store, no network, no home directory. It
//! gets the weakness, the failing output and the lever paths as JSON on standard input and in `KAIZEN_BRIEF`.
//! Only files inside the levers cross back; touching a protected file makes the candidate a tampering one.

use crate::config::propose::CommandProposer;
use crate::error::EngineError;
use crate::propose::{Brief, Candidates, Proposer};
use crate::session::Session;
use crate::subject::code::{Candidate, Draft};
use crate::subject::may_change;
use crate::trial::judge::{jail_spec, memory_upper, shell};
use kaizen_domain::change::FileMode;
use kaizen_domain::hypothesis::Provenance;
use kaizen_domain::path::RepoPath;
use kaizen_domain::weakness::Weakness;
use kaizen_sandbox::error::SandboxError;
use kaizen_sandbox::run::{Ended, RunReport};
use kaizen_sandbox::workspace::{Collected, Content};
use serde::Serialize;

/// The largest diff a program may leave, in bytes.
const DIFF_CAP: u64 = 64 << 20;

/// The environment variable that holds the brief too, for programs that do not read standard input.
const BRIEF_VARIABLE: &str = "KAIZEN_BRIEF";

/// A program declared under `[propose.command.NAME]`.
pub struct Command {
    /// Its name.
    pub name: String,
    /// How it is run.
    pub declared: CommandProposer,
}

/// What the program is told. Fields are only ever added.
#[derive(Debug, Serialize)]
struct Told<'a> {
    schema: &'static str,
    weakness: ToldWeakness<'a>,
    failing: Vec<ToldCase<'a>>,
    paths: Vec<String>,
    root: String,
    seed: u64,
}

#[derive(Debug, Serialize)]
struct ToldWeakness<'a> {
    id: String,
    title: &'a str,
    description: &'a str,
    cases: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct ToldCase<'a> {
    case: &'a str,
    message: &'a str,
}

impl Proposer for Command {
    fn name(&self) -> String {
        format!("command:{}", self.name)
    }

    fn provenance(&self) -> Provenance {
        Provenance::Program { name: self.name.clone() }
    }

    fn root_cause(&self, weakness: &Weakness) -> String {
        format!("whatever {} finds about: {}", self.name, weakness.finding.title)
    }

    fn strategy(&self) -> String {
        format!("run `{}` in a workshop and take its diff", self.declared.run.as_str())
    }

    fn candidates(&self, brief: &mut Brief<'_, '_>) -> Result<Candidates, EngineError> {
        let (report, collected) = self.work(brief)?;
        let nothing = |said| Ok(Candidates { count: 0, queue: Box::new(std::iter::empty()), said });
        if let Some(said) = failure(&report) {
            return nothing(said);
        }
        let written = match collected {
            Ok(written) => written,
            Err(unusable @ (SandboxError::Special(_) | SandboxError::TooLarge(_))) => {
                return nothing(format!("what it left cannot become a change: {unusable}"));
            }
            Err(error) => return Err(error.into()),
        };
        let drafts = drafts(brief.session, written)?;
        let said = last_words(&report);
        let summary = format!("{}: {}", self.name, paths(&drafts));
        let found: Vec<_> = if drafts.is_empty() { Vec::new() } else { vec![Ok(Candidate { drafts, summary })] };
        let said = if found.is_empty() { format!("it made no edit inside the levers; {said}") } else { said };
        Ok(Candidates { count: found.len(), queue: Box::new(found.into_iter()), said })
    }
}

impl Command {
    fn work(&self, brief: &mut Brief<'_, '_>) -> Result<(RunReport, Result<Vec<Collected>, SandboxError>), EngineError> {
        let session = &*brief.session;
        let mut spec = jail_spec(session.context, &session.snapshot, session.snapshot.layers(false), memory_upper(session.context), []);
        // In the workshop everything but git's data is writable: whoever touches the judge is to be seen doing it.
        spec.read_only = vec![".git".into()];
        let mut jail = session.backend.open(&spec, session.context.interrupt.clone())?;
        let told = told(brief, jail.root())?;
        let mut run = shell(self.declared.run.as_str(), self.declared.timeout.0);
        // Linux refuses a single variable of 128 KiB: a longer brief is on standard input only.
        if told.len() < 100_000 {
            run.env.push((BRIEF_VARIABLE.into(), told.clone().into()));
        }
        run.stdin = told.into_bytes();
        let report = jail.run(&run)?;
        if report.ended == Ended::Interrupted {
            return Err(EngineError::Interrupted);
        }
        let written = jail.collect(DIFF_CAP);
        jail.close()?;
        Ok((report, written))
    }
}

fn told(brief: &Brief<'_, '_>, root: &std::path::Path) -> Result<String, EngineError> {
    let (session, finding) = (&brief.session, &brief.weakness.finding);
    let message = |case| session.card.cases.get(case).and_then(|case| case.message.as_deref()).unwrap_or("");
    let levers = session.snapshot.files.iter().filter(|path| may_change(&session.context.config, path) && !session.snapshot.protects(path));
    let told = Told {
        schema: "kaizen.brief/1",
        weakness: ToldWeakness {
            id: brief.weakness.id.to_string(),
            title: &finding.title,
            description: &finding.description,
            cases: finding.cases().iter().map(|case| case.0.as_str()).collect(),
        },
        failing: finding.cases().iter().map(|case| ToldCase { case: &case.0, message: message(case) }).collect(),
        paths: levers.map(ToString::to_string).collect(),
        root: root.display().to_string(),
        seed: brief.seed,
    };
    serde_json::to_string(&told).map_err(|source| EngineError::Stored { what: "brief", source })
}

/// A program that did not end well has not finished its edit: nothing of it is taken.
fn failure(report: &RunReport) -> Option<String> {
    let how = match &report.ended {
        Ended::Exit(0) => return None,
        Ended::Exit(code) => format!("it exited with {code}"),
        Ended::Signal(signal) => format!("signal {signal} ended it"),
        Ended::TimedOut => "it ran into its time limit".into(),
        Ended::Flooded => "it wrote too much output".into(),
        Ended::OutOfMemory => "it used too much memory".into(),
        Ended::Interrupted => "it was interrupted".into(),
        Ended::NotStarted(reason) => format!("it could not be started: {reason}"),
    };
    Some(format!("{how}; {}", last_words(report)))
}

fn last_words(report: &RunReport) -> String {
    let bytes = if report.stderr.is_empty() { &report.stdout } else { &report.stderr };
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    format!("last words: {}", line.trim().chars().take(300).collect::<String>())
}

fn paths(drafts: &[Draft]) -> String {
    let shown: Vec<String> = drafts.iter().take(3).map(|draft| draft.path.to_string()).collect();
    match drafts.len() {
        0..=3 => shown.join(", "),
        more => format!("{} and {} more files", shown.join(", "), more - 3),
    }
}

/// What crosses from the workshop: edits of files inside the levers, and edits of protected files as evidence of
/// tampering. Other files (caches, logs, whatever git ignores) stay behind.
fn drafts(session: &Session<'_>, written: Vec<Collected>) -> Result<Vec<Draft>, EngineError> {
    let paths: Vec<&[u8]> = written.iter().map(|file| file.path.as_os_str().as_encoded_bytes()).collect();
    let ignored = session.context.git.ignored(&paths)?;
    let mut drafts = Vec::new();
    for file in written {
        let Ok(path) = RepoPath::from_bytes(file.path.as_os_str().as_encoded_bytes()) else { continue };
        let existed = session.snapshot.files.contains(&path);
        let counts = may_change(&session.context.config, &path) || session.snapshot.protects(&path);
        if !counts || (!existed && ignored.iter().any(|other| other == path.as_bytes())) {
            continue;
        }
        let before = if existed { session.snapshot.read(&path)? } else { None };
        let after = file.content.map(draft_content);
        if before.as_deref() != after.as_ref().map(|(_, bytes)| bytes.as_slice()) {
            drafts.push(Draft { path, before, after });
        }
    }
    Ok(drafts)
}

fn draft_content(content: Content) -> (FileMode, Vec<u8>) {
    match content {
        Content::File { bytes, executable: false } => (FileMode::Regular, bytes),
        Content::File { bytes, executable: true } => (FileMode::Executable, bytes),
        Content::Symlink(target) => (FileMode::Symlink, target),
    }
}
