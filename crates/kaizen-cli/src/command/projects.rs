//! The project a command is about, and who is at work in the store.

use crate::machine::Surroundings;
use kaizen_engine::error::EngineError;
use kaizen_engine::git::Git;
use kaizen_engine::lease::has_ended;
use kaizen_engine::scratch::Places;
use kaizen_store::{Lease, Location, Project, Store};
use std::path::Path;

/// What the names of the leases of daemons begin with; their address follows.
pub const DAEMON: &str = "serve ";

/// The project of a name, id or directory, else the one around the working directory. It must be known to the store.
pub async fn chosen(here: &Surroundings, store: &Store, named: Option<&str>) -> Result<Project, EngineError> {
    let known = store.projects().await?;
    let Some(named) = named else { return around(here, known) };
    let path = here.directory.join(named).canonicalize().ok();
    let is_meant = |project: &&Project| {
        project.name == named || project.id.to_string() == named || project.root == Path::new(named) || path.as_ref() == Some(&project.root)
    };
    let mut meant: Vec<&Project> = known.iter().filter(is_meant).collect();
    match (meant.pop(), meant.len()) {
        (Some(project), 0) => Ok(project.clone()),
        (Some(project), _) => {
            meant.push(project);
            let those = meant.iter().map(|one| format!("{} ({})", one.id, one.root.display())).collect::<Vec<_>>().join(", ");
            Err(EngineError::usage(format!("several projects are called {named}: {those}"), "name one by its id: --project p1"))
        }
        (None, _) => Err(EngineError::usage(format!("the store knows no project {named}"), known_ones(&known))),
    }
}

fn around(here: &Surroundings, known: Vec<Project>) -> Result<Project, EngineError> {
    let hint = known_ones(&known);
    let places = Places::prepare(&here.machine.cache)?;
    let Some(git) = Git::find(&here.directory, &places.scratch)? else {
        return Err(EngineError::usage(format!("{} is in no repository", here.directory.display()), hint));
    };
    let root = git.root().to_owned();
    let found = known.into_iter().find(|project| project.root == root);
    found.ok_or_else(|| EngineError::usage(format!("the store knows nothing of {}", root.display()), hint))
}

fn known_ones(known: &[Project]) -> String {
    let names: Vec<String> =
        known.iter().filter(|one| !one.root.as_os_str().is_empty()).map(|one| format!("{} ({})", one.name, one.id)).collect();
    if names.is_empty() { "it is empty: --store or KAIZEN_STORE names another".into() } else { format!("--project: {}", names.join(", ")) }
}

/// Leases of processes that are at work: alive on this machine, or not known to have ended on another.
pub async fn at_work(here: &Surroundings, store: &Store, now: i64) -> Result<Vec<Lease>, EngineError> {
    let host = &here.machine.host;
    let works = |lease: &Lease| if lease.holder.host == *host { !has_ended(&lease.holder, host) } else { lease.until > now };
    Ok(store.leases().await?.into_iter().filter(works).collect())
}

/// Where the daemon that holds a lease is reached from this machine; `None` where a run of a project holds it.
pub fn daemon_of(lease: &Lease) -> Option<String> {
    let address = lease.name.strip_prefix(DAEMON)?;
    // One that listens everywhere is reached at the loopback.
    let port = address.strip_prefix("0.0.0.0:").or_else(|| address.strip_prefix("[::]:"));
    Some(port.map_or_else(|| address.to_owned(), |port| format!("127.0.0.1:{port}")))
}

/// Refuses while somebody is at work.
pub fn refuse(at_work: &[Lease], what: &str) -> Result<(), EngineError> {
    let Some(first) = at_work.first() else { return Ok(()) };
    let who = format!("process {} on {} holds {} of {}", first.holder.pid, first.holder.host, first.name, first.project_name);
    Err(EngineError::environment(format!("{who}: {what} would pull the store away under it"), "`kaizen stop` ends it and keeps its state"))
}

/// The file of a store that is one.
pub fn file_of(location: &Location, postgres: impl FnOnce(&str) -> (String, String)) -> Result<&Path, EngineError> {
    match location {
        Location::Sqlite(file) => Ok(file),
        Location::Memory => Err(EngineError::usage("a store in memory ends with its process", "name a file with --store")),
        Location::Postgres(_) => {
            let (message, hint) = postgres(&without_secrets(&location.to_string()));
            Err(EngineError::environment(message, hint))
        }
    }
}

/// An address without what is shown in a password's place: it can be typed, and asks for the password.
fn without_secrets(shown: &str) -> String {
    let (place, query) = shown.split_once('?').unwrap_or((shown, ""));
    let kept: Vec<&str> = query.split('&').filter(|part| !part.is_empty() && !part.ends_with("=***")).collect();
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("{}{query}", place.replace(":***@", "@"))
}

/// A word of a shell's command line.
pub fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@=+,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_its_password_can_be_typed() {
        let rows = [
            ("postgres://kai:***@h:5432/db", "postgres://kai@h:5432/db"),
            ("postgres://h/db?user=kai&password=***&sslmode=require", "postgres://h/db?user=kai&sslmode=require"),
            ("postgres://h/db?password=***", "postgres://h/db"),
        ];
        for (shown, typed) in rows {
            assert_eq!(without_secrets(shown), typed);
        }
    }

    #[test]
    fn a_word_with_more_than_plain_letters_is_quoted() {
        assert_eq!([quoted("a/b.c"), quoted("it's"), quoted("")], ["a/b.c", r"'it'\''s'", "''"]);
    }
}
