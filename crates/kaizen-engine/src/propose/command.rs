//! `command`: any program edits a workshop copy; its diff is the change.
//!
//! The program runs in a jail of its own (the workshop), with what was granted to it and nothing else. It
//! gets the weakness, the failing output and the lever paths as JSON on standard input and in `KAIZEN_BRIEF`.
//! Only files inside the levers cross back; touching a protected file makes the candidate a tampering one.

use crate::config::propose::CommandProposer;
use crate::context::Context;
use crate::error::EngineError;
use crate::grant::secret::Secrets;
use crate::propose::workshop::Workshop;
use crate::propose::{Brief, Candidates, Proposer};
use crate::session::Session;
use crate::subject::code::{Candidate, Draft};
use crate::subject::{levers, may_change};
use crate::trial::judge::shell;
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

/// How much of each of its streams is kept, in bytes.
const KEPT: usize = 256 << 10;

/// The environment variable that holds the brief too, for programs that do not read standard input.
const BRIEF_VARIABLE: &str = "KAIZEN_BRIEF";

/// The environment variable with the same in words, for programs that take a task.
const TASK_VARIABLE: &str = "KAIZEN_TASK";

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
        let Work { report, written, account } = self.work(brief)?;
        let output = Some(account.output(&report));
        let nothing = |said: String| {
            Ok(Candidates { count: 0, queue: Box::new(std::iter::empty()), said: account.told(&said), output: output.clone() })
        };
        if let Some(said) = failure(&report) {
            return nothing(match unseen(brief.session.context, self.declared.run.as_str(), &report) {
                Some(why) => format!("{said}; {why}"),
                None => said,
            });
        }
        let written = match written {
            Ok(written) => written,
            Err(unusable @ (SandboxError::Special(_) | SandboxError::TooLarge(_))) => {
                return nothing(format!("what it left cannot become a change: {unusable}"));
            }
            Err(error) => return Err(error.into()),
        };
        let drafts = drafts(brief.session, written)?;
        let said = last_words(&report);
        if drafts.is_empty() {
            return nothing(format!("it made no edit inside the levers; {said}"));
        }
        if let Some((path, name)) = leaked(&drafts, &account.secrets) {
            return nothing(format!("its edit of {path} holds the value of {name}, which was granted to it alone"));
        }
        let summary = format!("{}: {}", self.name, paths(&drafts));
        let said = account.told(&said);
        let candidate = Candidate { drafts, summary, made: None };
        Ok(Candidates { count: 1, queue: Box::new(std::iter::once(Ok(candidate))), said, output: output.clone() })
    }
}

impl Command {
    fn work(&self, brief: &mut Brief<'_, '_>) -> Result<Work, EngineError> {
        let session = &*brief.session;
        let mut workshop = Workshop::open(session.context, session.backend, &session.snapshot, &self.declared.grants)?;
        let told = told(brief, workshop.root())?;
        let mut run = shell(self.declared.run.as_str(), self.declared.timeout.0);
        // Linux refuses a single variable of 128 KiB: a longer brief is on standard input only.
        if told.len() < 100_000 {
            run.env.push((BRIEF_VARIABLE.into(), told.clone().into()));
        }
        run.env.push((TASK_VARIABLE.into(), task(brief).into()));
        run.stdin = told.into_bytes();
        let report = workshop.run(&run)?;
        if report.ended == Ended::Interrupted {
            return Err(EngineError::Interrupted);
        }
        let account = Account { secrets: workshop.secrets().clone(), granted: workshop.account() };
        let written = workshop.collect(DIFF_CAP);
        workshop.close()?;
        Ok(Work { report, written, account })
    }
}

/// What came of one visit to the workshop.
struct Work {
    report: RunReport,
    written: Result<Vec<Collected>, SandboxError>,
    account: Account,
}

/// What it was granted.
struct Account {
    secrets: Secrets,
    granted: String,
}

impl Account {
    /// What may be recorded.
    fn told(&self, said: &str) -> String {
        let granted = if self.granted.is_empty() { String::new() } else { format!("; {}", self.granted) };
        self.secrets.redact(&format!("{said}{granted}").replace('\0', "\u{fffd}"))
    }

    /// Both streams, their ends where they are long.
    fn output(&self, report: &RunReport) -> Vec<u8> {
        let end = |stream: &[u8]| String::from_utf8_lossy(&stream[stream.len().saturating_sub(KEPT)..]).into_owned();
        let (out, err) = (end(&report.stdout), end(&report.stderr));
        let between = if out.is_empty() || err.is_empty() { "" } else { "\n--- standard error ---\n" };
        self.secrets.redact(&format!("{out}{between}{err}")).into_bytes()
    }
}

/// The first edit that holds a granted variable's value.
fn leaked<'d>(drafts: &'d [Draft], secrets: &'d Secrets) -> Option<(&'d RepoPath, &'d str)> {
    drafts.iter().find_map(|draft| Some((&draft.path, secrets.held_by(draft.after.as_ref().map(|(_, bytes)| bytes.as_slice())?)?)))
}

fn told(brief: &Brief<'_, '_>, root: &std::path::Path) -> Result<String, EngineError> {
    let (session, finding) = (&brief.session, &brief.weakness.finding);
    let card = session.showing(finding.cases());
    let message = |case| card.cases.get(case).and_then(|case| case.message.as_deref()).unwrap_or("");
    let levers = levers(&session.context.config, &session.snapshot);
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

fn task(brief: &Brief<'_, '_>) -> String {
    let finding = &brief.weakness.finding;
    let card = brief.session.showing(finding.cases());
    let message = |case| card.cases.get(case).and_then(|case| case.message.as_deref()).unwrap_or("no message");
    let cases: Vec<String> = finding.cases().iter().take(5).map(|case| format!("- {case}: {}", message(case))).collect();
    format!(
        "Mend this project: {}. Change the source code only, never tests or their configuration; the smallest right edit is best. \
         Tests are run for you afterwards. What {}:\n{}\n",
        finding.title,
        if finding.flaky().is_some() { "fails in some runs and passes in others" } else { "fails" },
        cases.join("\n")
    )
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

/// Where a program is that the sandbox did not find.
fn unseen(context: &Context, run: &str, report: &RunReport) -> Option<String> {
    let word = shell_words::split(run).ok()?.into_iter().next()?;
    let found = std::env::split_paths(&context.machine.path).map(|place| place.join(&word)).find(|file| file.is_file());
    let hidden = found.filter(|_| report.ended == Ended::Exit(127))?;
    Some(format!(
        "`{word}` is {}, which the sandbox does not show: install it below /usr, /opt or a tool directory (docs/guides/agents.md)",
        hidden.display()
    ))
}

fn last_words(report: &RunReport) -> String {
    let last = |stream: &[u8]| {
        let text = String::from_utf8_lossy(stream).into_owned();
        let spoken = |line: &&str| line.chars().filter(|letter| letter.is_alphanumeric()).count() > 3;
        text.lines().rev().map(str::trim).find(spoken).map(|line| line.chars().take(300).collect::<String>())
    };
    let said: Vec<String> = [&report.stderr, &report.stdout].into_iter().filter_map(|stream| last(stream)).collect();
    if said.is_empty() { "it said nothing".to_owned() } else { format!("last words: {}", said.join(" | ")) }
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
        if stays_behind(&path) && !may_change(&session.context.config, &path) {
            continue;
        }
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

/// What programs that use git write beside their edits: its data, which nothing here ever reads, and what it is to ignore.
fn stays_behind(path: &RepoPath) -> bool {
    path.as_path().components().any(|part| part.as_os_str() == ".git" || part.as_os_str() == ".gitignore")
}

fn draft_content(content: Content) -> (FileMode, Vec<u8>) {
    match content {
        Content::File { bytes, executable: false } => (FileMode::Regular, bytes),
        Content::File { bytes, executable: true } => (FileMode::Executable, bytes),
        Content::Symlink(target) => (FileMode::Symlink, target),
    }
}
