//! `kaizen record`

mod lines;
mod rejected;

use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::wire::{project, redactor, settings};
use kaizen_domain::operation::{Failure, Kind, Operation, Outcome, SessionId, Source};
use kaizen_engine::error::EngineError;
use kaizen_engine::exec::wrapped::{self, End, Wrapped};
use kaizen_engine::trial::coin::random;
use kaizen_store::Store;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};

/// Signals that are passed on to the command; Ctrl-C of a terminal reaches it without us.
const PASSED: [i32; 5] = [1, 3, 15, 10, 12];
const INTERRUPT: i32 = 2;
/// What a shell exits with when a command is not there, and when it cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;

/// Records lines, or a command; or shows what could not be recorded.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Record) -> Result<u8, EngineError> {
    if wanted.rejected {
        return rejected::run(here, output, wanted.limit).await;
    }
    let kind = wanted.kind.clone().map(|kind| named::<Kind>("--kind", kind)).transpose()?;
    let session = wanted.session.clone().map(|session| named::<SessionId>("--session", session)).transpose()?;
    if wanted.command.is_empty() {
        return lines::run(here, output, kind.as_ref(), session.as_ref()).await;
    }
    let (began, clock) = (now(), Instant::now());
    let (code, ending) = attended(&wanted.command, &here.directory).await;
    let mut operation = operation(&wanted.command, began, u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX), ending)?;
    operation.session = session;
    operation.kind = kind.unwrap_or(operation.kind);
    // The command has run and its exit code is what counts: that it could not be recorded is said, and changes nothing.
    if let Err(error) = keep(here, operation).await {
        output.note(format!("kaizen record: not recorded: {error}"));
    }
    Ok(code)
}

fn named<T: TryFrom<String, Error: std::fmt::Display>>(flag: &str, text: String) -> Result<T, EngineError> {
    T::try_from(text).map_err(|error| EngineError::usage(format!("{flag}: {error}"), "give another name"))
}

/// How a command ended: its end with its last words, or why there was none.
type Ending = Result<(End, String), std::io::Error>;

/// Runs the command to its end; signals that reach us reach it.
async fn attended(command: &[OsString], directory: &Path) -> (u8, Ending) {
    let missing = |error: &std::io::Error| if error.kind() == std::io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN };
    let ending = match wrapped::start(command, directory) {
        Ok(running) => waited(running).await,
        Err(error) => {
            eprintln!("kaizen record: {}: {error}", command.first().map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
            Err(error)
        }
    };
    let code = ending.as_ref().map_or_else(missing, |(end, _)| end.exit_code());
    (code, ending)
}

async fn waited(running: Wrapped) -> Ending {
    let pid = running.pid();
    let passing: Vec<_> = PASSED.into_iter().chain([INTERRUPT]).map(|number| tokio::spawn(pass(pid, number))).collect();
    let ending = tokio::task::spawn_blocking(|| running.wait()).await.map_err(std::io::Error::other).flatten();
    passing.iter().for_each(tokio::task::JoinHandle::abort);
    ending
}

/// Passes one kind of signal on for as long as the command runs.
async fn pass(pid: u32, number: i32) {
    let Ok(mut signals) = signal(SignalKind::from_raw(number)) else { return };
    let terminal = std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
    while signals.recv().await.is_some() {
        if number != INTERRUPT || !terminal {
            wrapped::pass_on(pid, number);
        }
    }
}

fn operation(command: &[OsString], began: i64, duration_us: u64, ending: Ending) -> Result<Operation, EngineError> {
    let words: Vec<String> = command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let program =
        words.first().and_then(|word| Path::new(word).file_name()).map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let (outcome, error) = judged(&ending);
    let mut attributes = BTreeMap::from([("command".to_owned(), words.join(" ").chars().take(2_000).collect::<String>().into())]);
    match &ending {
        Ok((End::Code(code), _)) => attributes.insert("exit_code".to_owned(), (*code).into()),
        Ok((End::Signal(signal), _)) => attributes.insert("signal".to_owned(), (*signal).into()),
        Err(_) => None,
    };
    let id: String = random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Operation {
        id: named("id", id)?,
        kind: named("--kind", program.chars().take(60).collect())?,
        started_at: began,
        duration_us,
        first_token_us: None,
        outcome,
        error,
        session: None,
        parent: None,
        tenant: None,
        model: None,
        usage: None,
        cost: None,
        offline: None,
        cache: None,
        route: None,
        quality: None,
        source: Source::Record,
        content: None,
        attributes,
    })
}

fn judged(ending: &Ending) -> (Outcome, Option<Failure>) {
    let failed = |kind: String, message: &str| Some(Failure { kind, message: message.to_owned() });
    match ending {
        Ok((End::Code(0), _)) => (Outcome::Ok, None),
        Ok((End::Code(code), words)) => (Outcome::Failed, failed(format!("exit_{code}"), words)),
        Ok((End::Signal(INTERRUPT | 15), words)) => (Outcome::Cancelled, failed("interrupted".into(), words)),
        Ok((End::Signal(signal), words)) => (Outcome::Failed, failed(format!("signal_{signal}"), words)),
        Err(error) => (Outcome::Failed, failed("not_started".into(), &error.to_string())),
    }
}

async fn keep(here: &Surroundings, mut operation: Operation) -> Result<(), EngineError> {
    let settings = settings(here)?;
    redactor(&settings)?.operation(&mut operation);
    let store = Store::open(&here.store).await?;
    let project = project(here, &store).await?;
    store.record_operations(project, &[operation]).await?;
    store.close().await;
    Ok(())
}
