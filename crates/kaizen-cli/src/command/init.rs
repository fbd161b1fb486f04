//! `kaizen init`: finds how the project is measured, proves it, and writes `kaizen.toml`.
//!
//! Each finding is told before anything is written. The tree gets one new file and nothing else.

mod told;

use super::backup::io;
use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::{context, repository, undetected};
use kaizen_domain::scorecard::Scorecard;
use kaizen_engine::config::FILE;
use kaizen_engine::config::benchmark::Format;
use kaizen_engine::config::render::{Choices, render};
use kaizen_engine::context::{Context, Permit};
use kaizen_engine::detect::{self, Detected, HoldoutSplit, Undetected, detect};
use kaizen_engine::error::EngineError;
use kaizen_engine::git::Git;
use kaizen_engine::improve::choose_backend;
use kaizen_engine::init::outside::{self, Difference, OutsideRun};
use kaizen_engine::init::sensitivity::Sensitivity;
use kaizen_engine::init::{Attempts, Proven, Refused, configuration, prove, split, suggested_timeout};
use kaizen_engine::scratch::Places;
use kaizen_engine::trial::adapter::ADAPTERS;
use kaizen_sandbox::backend::Backend;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What `--format` may be.
fn formats() -> String {
    ADAPTERS.iter().map(|adapter| adapter.name()).collect::<Vec<_>>().join(", ")
}

/// Everything that is known when the file is written.
struct Findings {
    candidates: Vec<Detected>,
    refused: Vec<Refused>,
    proven: Proven,
    outside: Option<OutsideRun>,
    differences: Vec<Difference>,
    choices: Choices,
    holdout: Option<Holdout>,
    tier: String,
}

/// The hold-out of the project, or the one it could have.
struct Holdout {
    state: &'static str,
    split: HoldoutSplit,
    card: Option<Scorecard>,
}

/// Looks, proves, compares, and writes the file.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Init) -> Result<u8, EngineError> {
    let places = Places::prepare(&here.machine.cache)?;
    let git = repository(here, &places.scratch)?;
    refuse_existing(git.root(), wanted.force)?;
    let candidates = candidates(here, &git, wanted)?;
    told::found(output, git.root(), &candidates);
    let Some(first) = candidates.first() else { return Err(none_of(wanted)) };
    let config = configuration(first, &Choices::default())?;
    let mut context = context(here, output, git, config, Permit::default()).await?;
    let backend = choose_backend(&context)?;
    let Attempts { refused, proven } = prove(&mut context, backend.as_ref(), &candidates).await?;
    // Questions follow, and a spinner would draw over them.
    context.progress = Box::new(|_| {});
    told::refused(output, &refused);
    let Some(proven) = proven else { return Err(nothing_works(&context, &refused)?) };
    told::proven(output, &proven, backend.tier());
    feels(&proven)?;
    let tier = backend.tier().to_string();
    let choices = Choices { timeout: Some(suggested_timeout(proven.wall)), ..Choices::default() };
    let mut findings = Findings { candidates, refused, proven, outside: None, differences: vec![], choices, holdout: None, tier };
    compare(&context, output, wanted, &mut findings)?;
    set_aside(&mut context, backend.as_ref(), output, &mut findings).await?;
    write(&context, &findings, wanted.force)?;
    told::written(output, &findings);
    if output.json {
        output.object(&told::result(context.git.root(), &findings))?;
    }
    Ok(0)
}

fn refuse_existing(root: &Path, force: bool) -> Result<(), EngineError> {
    if force || root.join(FILE).symlink_metadata().is_err() {
        return Ok(());
    }
    Err(EngineError::usage(
        format!("{FILE} is already here"),
        "`kaizen config show` prints what is in force; kaizen init --force looks again and replaces it",
    ))
}

fn candidates(here: &Surroundings, git: &Git, wanted: &args::Init) -> Result<Vec<Detected>, EngineError> {
    let format = wanted.format.as_deref().map(format_named).transpose()?;
    match (&wanted.command, format) {
        (Some(command), Some(format)) => Ok(vec![named(git.root(), command, format)?]),
        (Some(_), None) => Err(EngineError::usage("--command needs --format", format!("how its result is read: {}", formats()))),
        (None, wanted) => {
            let all = detected(here, git.root())?;
            Ok(all.into_iter().filter(|candidate| wanted.is_none_or(|format| candidate.format == format)).collect())
        }
    }
}

/// A sub-directory in which somebody asks comes before the root, where it is a project of its own.
fn detected(here: &Surroundings, root: &Path) -> Result<Vec<Detected>, EngineError> {
    let failed = |source| EngineError::Io { action: "resolve", path: here.directory.clone(), source };
    let asked = here.directory.canonicalize().map_err(failed)?;
    let below = asked.strip_prefix(root).map_or_else(|_| Ok(Vec::new()), |part| detect::detect_below(root, part)).map_err(undetected)?;
    if below.is_empty() { detect(root).map_err(nothing_found) } else { Ok(below) }
}

fn format_named(name: &str) -> Result<Format, EngineError> {
    serde_json::from_value(name.into())
        .map_err(|_| EngineError::usage(format!("there is no format {name:?}"), format!("one of: {}", formats())))
}

/// What detection says about levers and protected files, with the person's own command.
fn named(root: &Path, command: &str, format: Format) -> Result<Detected, EngineError> {
    let detected = match detect(root) {
        Ok(all) => all.iter().find(|one| one.format == format).or(all.first()).cloned(),
        Err(Undetected::NoBenchmark { .. }) => None,
        Err(other) => return Err(undetected(other)),
    };
    let found = match detected {
        Some(found) => found,
        None => detect::bare(root).map_err(undetected)?,
    };
    let holdout = found.holdout.filter(|_| found.format == format);
    Ok(Detected { command: command.to_owned(), format, source: "--command".into(), holdout, notes: vec![], ..found })
}

/// Detection's refusal with everything it looked for.
fn nothing_found(refusal: Undetected) -> EngineError {
    match refusal {
        Undetected::NoBenchmark { seen, looked_for, hint } => {
            let command = format!("or name it: kaizen init --command 'COMMAND' --format FORMAT ({})", formats());
            EngineError::usage(
                format!("no benchmark was found: {seen}; looked for {}", looked_for.join(", ")),
                format!("{hint}; {command}"),
            )
        }
        other => undetected(other),
    }
}

fn none_of(wanted: &args::Init) -> EngineError {
    let format = wanted.format.as_deref().unwrap_or("that kind");
    EngineError::usage(format!("no benchmark of format {format} was found"), "leave --format out, or name the --command as well")
}

fn nothing_works(context: &Context, refused: &[Refused]) -> Result<EngineError, EngineError> {
    let dirty = context.git.dirty_paths()?.len();
    let uncommitted =
        if dirty > 0 { format!("; {dirty} paths are not committed, and the commit is what is measured") } else { String::new() };
    let (why, hint) = refused.first().map_or(("no candidate was run", "name one"), |first| (first.why.as_str(), first.hint.as_str()));
    let own = format!("or name another: kaizen init --command 'COMMAND' --format FORMAT ({})", formats());
    Ok(EngineError::baseline(why, format!("{hint}{uncommitted}; {own}")))
}

/// A benchmark that does not feel broken code would promote anything.
fn feels(proven: &Proven) -> Result<(), EngineError> {
    match &proven.sensitivity {
        Sensitivity::Unmoved { cause, mend, .. } => Err(EngineError::baseline(cause, mend)),
        Sensitivity::Moved { .. } | Sensitivity::Untested { .. } => Ok(()),
    }
}

/// Runs the benchmark once outside the sandbox, where somebody said yes to that.
fn compare(context: &Context, output: &Output, wanted: &args::Init, findings: &mut Findings) -> Result<(), EngineError> {
    let proven = &findings.proven;
    findings.differences = outside::missing_files(context.git.root(), &proven.files, &proven.card);
    let question = "Run it once outside the sandbox too, in a throw-away copy, with your home directory and the network?";
    if wanted.yes || output.confirm(question) {
        let (run, found) = outside_twice(context, proven)?;
        let known = findings.differences.iter().map(|one| one.case.clone()).collect::<Vec<_>>();
        findings.differences.extend(found.into_iter().filter(|one| !known.contains(&one.case)));
        findings.outside = Some(run);
    }
    told::compared(output, findings);
    let ignorable: Vec<String> = findings.differences.iter().filter(|one| one.ignorable).map(|one| one.case.0.clone()).collect();
    if !ignorable.is_empty() && (wanted.yes || output.confirm("Leave these cases out of the score?")) {
        refuse_empty(findings, ignorable.len())?;
        findings.choices.ignore = ignorable;
    }
    Ok(())
}

/// Once; where cases differ, once more, to tell those that the sandbox changes from those that end now so and now so.
fn outside_twice(context: &Context, proven: &Proven) -> Result<(OutsideRun, Vec<Difference>), EngineError> {
    let zone = outside::zone(context.variable);
    let command = context.config.benchmark.command.as_str();
    let own = outside::Surroundings { home: context.machine.home.as_deref(), zone: zone.as_deref(), command };
    let different =
        |run: &OutsideRun| run.cases.as_ref().map_or_else(|_| Vec::new(), |cases| outside::differences(&proven.card, cases, own));
    let first = outside::run(context, proven)?;
    let found = different(&first);
    if found.is_empty() {
        return Ok((first, found));
    }
    let both = outside::twice(first, outside::run(context, proven)?, &proven.card);
    let found = different(&both);
    Ok((both, found))
}

fn refuse_empty(findings: &Findings, ignored: usize) -> Result<(), EngineError> {
    if findings.proven.card.executed() > ignored {
        return Ok(());
    }
    let why = findings.differences.iter().find(|one| one.ignorable).map_or("", |one| one.why.as_str());
    Err(EngineError::baseline(
        format!("no case works in the sandbox ({why})"),
        "choose a benchmark that needs neither network nor home directory; `kaizen sandbox -- COMMAND` shows what it sees",
    ))
}

/// The hold-out that was found, or one that could be set aside without moving a file.
async fn set_aside(context: &mut Context, backend: &dyn Backend, output: &Output, findings: &mut Findings) -> Result<(), EngineError> {
    let proven = &findings.proven;
    if let Some(split) = proven.candidate.holdout.clone() {
        findings.holdout = Some(Holdout { state: "found", split, card: proven.holdout.clone() });
    } else if let Some(split) = split::suggest(&proven.candidate, &proven.files, &proven.card) {
        let question = format!("Set {} aside as a hold-out that no proposer sees?", split.files.join(", "));
        let with = Detected { holdout: Some(split.clone()), ..proven.candidate.clone() };
        let again = if output.confirm(&question) { prove(context, backend, &[with]).await?.proven } else { None };
        findings.holdout = Some(match again {
            Some(again) => {
                findings.proven = again;
                Holdout { state: "added", split, card: findings.proven.holdout.clone() }
            }
            None => Holdout { state: "suggested", split, card: None },
        });
    }
    told::holdout(output, findings);
    Ok(())
}

fn write(context: &Context, findings: &Findings, force: bool) -> Result<(), EngineError> {
    let root = context.git.root();
    let file = root.join(FILE);
    let text = render(&findings.proven.candidate, &findings.choices);
    // What cannot be read back is never written.
    configuration(&findings.proven.candidate, &findings.choices)?;
    let failed = |action: &'static str| io(action, &file);
    // Whole or not at all: the file that is there may be the only one of its kind.
    let mut fresh = tempfile::Builder::new();
    let fresh = fresh.prefix(".kaizen.toml-").permissions(Permissions::from_mode(0o666)).tempfile_in(root).map_err(failed("create"))?;
    fresh.as_file().write_all(text.as_bytes()).and_then(|()| fresh.as_file().sync_all()).map_err(failed("write"))?;
    context.faults.at("init.written")?;
    let named = if force { fresh.persist(&file) } else { fresh.persist_noclobber(&file) };
    named.map(drop).map_err(|error| failed("create")(error.error))
}
