//! Records that could not be read, with their reasons: of this project, and of what the daemon was sent.

use super::super::time;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::wire::project;
use kaizen_api::v1::{Rejected, RejectedList};
use kaizen_engine::error::EngineError;
use kaizen_store::{DeadLetter, Store};

/// How much of a record a line shows.
const SHOWN: usize = 200;

/// Shows the newest.
pub async fn run(here: &Surroundings, output: &Output, limit: u32) -> Result<u8, EngineError> {
    let store = Store::open(&here.store).await?;
    let mut projects = vec![store.gateway_project(now()).await?, project(here, &store).await?];
    projects.dedup();
    let mut found = Vec::new();
    for project in projects {
        found.extend(store.dead_letters(project, None, limit).await?);
    }
    store.close().await;
    found.sort_by_key(|letter| std::cmp::Reverse(letter.id));
    found.truncate(limit as usize);
    let list = RejectedList { schema: "kaizen.rejected/1".into(), rejected: found.into_iter().map(shown).collect(), next: None };
    output.either(&list, || match list.rejected.is_empty() {
        true => "every record could be read".to_owned(),
        false => list.rejected.iter().map(line).collect::<Vec<_>>().join("\n"),
    })?;
    Ok(0)
}

fn shown(letter: DeadLetter) -> Rejected {
    let DeadLetter { id, at, source, reason, raw } = letter;
    Rejected { id, at, source, reason, raw }
}

fn line(rejected: &Rejected) -> String {
    let beginning: String = rejected.raw.chars().take(SHOWN).map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    format!("{}  {}: {}\n    {beginning}", time::rfc3339(rejected.at), rejected.source, rejected.reason)
}
