//! Completions that know what there is: ids, names and models are read from the store while a word is typed.
//!
//! Nobody reads an error in the middle of a line: whatever keeps the store from being read completes nothing. Nothing is created, and a
//! store that does not answer at once is not waited for.

use crate::args::Arguments;
use crate::machine::surroundings;
use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::Shells;
use kaizen_domain::hypothesis::HypothesisState;
use kaizen_domain::id::ProjectId;
use kaizen_domain::version::VersionState;
use kaizen_domain::weakness::WeaknessState;
use kaizen_store::{Location, Project, Store, StoreError};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

/// What the scripts set to ask for candidates.
const VARIABLE: &str = "KAIZEN_COMPLETE";

/// How long a person waits for a word.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How many candidates are shown: the newest.
const MOST: usize = 200;

type Candidates = Vec<CompletionCandidate>;

/// Answers a shell that asks for candidates, and ends the process; else nothing.
pub fn answer() {
    CompleteEnv::with_factory(Arguments::command).var(VARIABLE).bin("kaizen").complete();
}

/// The script a shell reads once.
pub fn script(shell: &str, completer: &str) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    let known = Shells::builtins();
    let shell = known.completer(shell).ok_or_else(|| std::io::Error::other(format!("no script for {shell}")))?;
    shell.write_registration(VARIABLE, "kaizen", "kaizen", completer, &mut script)?;
    Ok(script)
}

/// Ids of everything: weaknesses, hypotheses, trials, versions.
pub fn ids() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        of_project(async |store, project| {
            let mut all = found_versions(store, project, false).await?;
            all.extend(found_hypotheses(store, project, false).await?);
            all.extend(store.trials(project).await?.into_iter().rev().map(|trial| candidate(trial.id, &trial.tier)));
            all.extend(found_weaknesses(store, project, false).await?);
            Ok(all)
        })
    })
}

/// Versions; `kaizen rollback` takes back those that are active.
pub fn versions() -> ArgValueCandidates {
    ArgValueCandidates::new(|| of_project(async |store, project| found_versions(store, project, false).await))
}

/// Versions that can be taken back.
pub fn active_versions() -> ArgValueCandidates {
    ArgValueCandidates::new(|| of_project(async |store, project| found_versions(store, project, true).await))
}

/// Hypotheses that wait for a person.
pub fn waiting() -> ArgValueCandidates {
    ArgValueCandidates::new(|| of_project(async |store, project| found_hypotheses(store, project, true).await))
}

/// Weaknesses that are not resolved.
pub fn open_weaknesses() -> ArgValueCandidates {
    ArgValueCandidates::new(|| of_project(async |store, project| found_weaknesses(store, project, true).await))
}

/// What versions are of.
pub fn subjects() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        of_project(async |store, project| {
            let mut names: Vec<String> = store.versions(project).await?.into_iter().map(|version| version.made.subject).collect();
            names.sort();
            names.dedup();
            Ok(names.into_iter().map(CompletionCandidate::new).collect())
        })
    })
}

/// Projects the store knows.
pub fn projects() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        of_store(async |store, _| {
            let known = store.projects().await?.into_iter().filter(|project| !project.root.as_os_str().is_empty());
            Ok(known.map(|project| candidate(&project.name, &project.root.display().to_string())).collect())
        })
    })
}

/// Models that were asked.
pub fn models() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        of_store(async |store, _| Ok(store.asked_models().await?.into_iter().map(CompletionCandidate::new).collect()))
    })
}

/// Gateway keys that still hold.
pub fn keys() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        of_store(async |store, _| {
            let valid = store.keys().await?.into_iter().filter(|key| key.revoked_at.is_none());
            Ok(valid.map(|key| CompletionCandidate::new(key.name)).collect())
        })
    })
}

async fn found_versions(store: &Store, project: ProjectId, active: bool) -> Result<Candidates, StoreError> {
    let versions = store.versions(project).await?.into_iter().rev();
    let shown = versions.filter(|version| !active || version.state == VersionState::Active);
    Ok(shown.map(|version| candidate(version.id, &version.made.summary)).collect())
}

async fn found_hypotheses(store: &Store, project: ProjectId, waiting: bool) -> Result<Candidates, StoreError> {
    let all = store.hypotheses(project).await?.into_iter().rev();
    let shown = all.filter(|one| !waiting || one.state == HypothesisState::AwaitingPermission);
    Ok(shown.map(|one| candidate(one.id, one.leader.as_ref().map_or(one.idea.root_cause.as_str(), |leader| &leader.summary))).collect())
}

async fn found_weaknesses(store: &Store, project: ProjectId, open: bool) -> Result<Candidates, StoreError> {
    let all = store.weaknesses(project).await?.into_iter();
    let shown = all.filter(|one| !open || one.state != WeaknessState::Resolved);
    Ok(shown.map(|one| candidate(one.id, &one.finding.title)).collect())
}

/// A word with what it stands for; text of others must not steer the shell.
fn candidate(word: impl ToString, about: &str) -> CompletionCandidate {
    let about: String =
        crate::clean::clean(about, false).chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).take(60).collect();
    CompletionCandidate::new(word.to_string()).help(Some(about.into()))
}

fn of_project(ask: impl AsyncFnOnce(&Store, ProjectId) -> Result<Candidates, StoreError>) -> Candidates {
    of_store(async |store, directory| {
        let around = |project: &Project| !project.root.as_os_str().is_empty() && directory.starts_with(&project.root);
        let known = store.projects().await?.into_iter().filter(around).max_by_key(|project| project.root.as_os_str().len());
        match known {
            Some(project) => ask(store, project.id).await,
            None => Ok(Vec::new()),
        }
    })
}

fn of_store(ask: impl AsyncFnOnce(&Store, &Path) -> Result<Candidates, StoreError>) -> Candidates {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let asked = async {
        let here = surroundings(&typed()?).ok()?;
        let directory = here.directory.canonicalize().ok()?;
        if let Location::Sqlite(file) = &here.store {
            file.is_file().then_some(())?;
        }
        let store = Store::open(&here.store).await.ok()?;
        let found = ask(&store, &directory).await.ok();
        store.close().await;
        found
    };
    let mut found = runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await.ok().flatten() }).unwrap_or_default();
    found.truncate(MOST);
    // In this order, and not by the alphabet: v10 is newer than v9.
    found.into_iter().enumerate().map(|(place, one)| one.display_order(Some(place))).collect()
}

/// The options in the line so far that say where to look.
fn typed() -> Option<Arguments> {
    let mut words = std::env::args_os().skip_while(|word| word != "--").skip(1).collect::<Vec<OsString>>().into_iter();
    let mut taken: Vec<OsString> = vec!["kaizen".into()];
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("-C" | "--store") => taken.extend([Some(word), words.next()].into_iter().flatten()),
            Some(text) if text.starts_with("--store=") || (text.starts_with("-C") && text.len() > 2) => taken.push(word),
            _ => {}
        }
    }
    Arguments::try_parse_from(taken).ok()
}
