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
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that are passed on to the command: SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM. Ctrl-C of a terminal reaches it without us.
const PASSED: [i32; 6] = [1, INTERRUPT, 3, 10, 12, TERMINATE];
const INTERRUPT: i32 = 2;
const TERMINATE: i32 = 15;
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
    let duration_us = u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX);
    let kept = async { keep(here, Operation { session, ..operation(&wanted.command, kind, began, duration_us, ending)? }).await };
    // The command has run and its exit code is what counts: that it could not be recorded is said, and changes nothing.
    if let Err(error) = kept.await {
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
    // Before there is a command: what comes from here on is not ours to die of.
    let heard: Vec<_> = PASSED.into_iter().filter_map(|number| Some((number, signal(SignalKind::from_raw(number)).ok()?))).collect();
    let ending = match wrapped::start(command, directory) {
        Ok(running) => waited(running, heard).await,
        Err(error) => {
            eprintln!("kaizen record: {}: {error}", command.first().map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
            Err(error)
        }
    };
    let code = ending.as_ref().map_or_else(missing, |(end, _)| end.exit_code());
    (code, ending)
}

async fn waited(running: Wrapped, heard: Vec<(i32, Signal)>) -> Ending {
    let pid = running.pid();
    let passing: Vec<_> = heard.into_iter().map(|(number, signals)| tokio::spawn(pass(pid, number, signals))).collect();
    let ending = tokio::task::spawn_blocking(|| running.wait()).await.map_err(std::io::Error::other).flatten();
    passing.iter().for_each(tokio::task::JoinHandle::abort);
    ending
}

/// Passes one kind of signal on for as long as the command runs.
async fn pass(pid: u32, number: i32, mut signals: Signal) {
    let terminal = std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
    while signals.recv().await.is_some() {
        if number != INTERRUPT || !terminal {
            wrapped::pass_on(pid, number);
        }
    }
}

fn operation(command: &[OsString], kind: Option<Kind>, began: i64, duration_us: u64, ending: Ending) -> Result<Operation, EngineError> {
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
        kind: kind.map_or_else(|| named("--kind", program.chars().take(40).collect()), Ok)?,
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
        Ok((End::Signal(INTERRUPT | TERMINATE), words)) => (Outcome::Cancelled, failed("interrupted".into(), words)),
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
