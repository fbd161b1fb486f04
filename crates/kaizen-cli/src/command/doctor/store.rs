//! What `doctor` says about the store: whether it opens, and whether it is whole.

use super::{missing, ok, size};
use crate::command::backup::beside;
use crate::output::chain;
use kaizen_api::v1::Check;
use kaizen_engine::error::EngineError;
use kaizen_store::{Location, Store, StoreError};
use std::path::Path;

/// Whether it opens, and its size with the log that is not folded in yet.
pub(super) fn opened(location: &Location, store: &Result<Store, StoreError>) -> Check {
    match store {
        Ok(_) => ok("store", format!("{location}, schema {}{}", kaizen_store::schema_version(), stored(location))),
        Err(error) => missing("store", format!("{location}: {}", chain(error)), mend(error)),
    }
}

fn stored(location: &Location) -> String {
    let Location::Sqlite(file) = location else { return String::new() };
    let bytes = |path: &Path| path.metadata().map_or(0, |found| found.len());
    format!(", {}", size(bytes(file) + bytes(&beside(file, "-wal"))))
}

fn mend(error: &StoreError) -> String {
    match error {
        StoreError::TooNew { .. } => "upgrade kaizen, or choose another store with --store".into(),
        StoreError::Unreachable { .. } => "start the server, or choose another store with --store".into(),
        StoreError::Full(_) => "free some space".into(),
        StoreError::Corrupt { .. } | StoreError::Database(_) => {
            "kaizen restore FILE puts a backup back; or choose another store with --store".into()
        }
        _ => "make it readable and writable, or choose another with --store".into(),
    }
}

/// What the database finds wrong with its pages, and what no longer agrees with its audit chain.
pub(super) async fn whole(store: &Store) -> Result<Vec<Check>, EngineError> {
    let mend = "kaizen backup may still save it; kaizen restore FILE puts a backup back";
    let flaws = match store.flaws().await {
        Ok(flaws) => flaws,
        Err(error) => vec![error.to_string()],
    };
    if let Some(first) = flaws.first() {
        return Ok(vec![missing("store pages", first.clone(), mend)]);
    }
    let (mut records, mut broken) = (0, Vec::new());
    for project in store.projects().await? {
        match store.verify_audit(project.id).await? {
            Ok((count, _)) => records += count,
            Err(found) => {
                let said = format!("{}: {found}", project.name);
                broken.push(missing(
                    "audit chain",
                    said,
                    "somebody changed the record: kaizen log --verify says where; kaizen restore FILE",
                ));
            }
        }
    }
    if broken.is_empty() {
        return Ok(vec![ok("store pages", format!("whole; {records} audit records recomputed"))]);
    }
    Ok(broken)
}
