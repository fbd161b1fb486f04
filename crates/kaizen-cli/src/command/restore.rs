//! `kaizen restore`
//!
//! Killed at any step it leaves the store that was there or the one of the backup, whole, and the other beside: the exchange is one
//! rename, while nobody can open either.

mod files;

use super::backup::{beside, copied, io, stamp};
use super::doctor::size;
use super::projects::{at_work, file_of, quoted, refuse};
use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::render::plural;
use kaizen_api::v1::RestoreResult;
use kaizen_engine::error::EngineError;
use kaizen_engine::scratch::{fresh, sweep};
use kaizen_store::{Location, Part, Proven, Still, Store, StoreError};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What the name of a store that was exchanged goes on with.
const KEPT: &str = ".before-restore-";

/// Proves the file, then makes it the store.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Restore) -> Result<u8, EngineError> {
    let file = &wanted.file;
    let store = file_of(&here.store, |url| {
        let back = format!("pg_restore --clean --if-exists --dbname={} {}", quoted(url), quoted(&file.display().to_string()));
        ("a PostgreSQL store is put back by its own tool".to_owned(), format!("{back}    (PGPASSWORD holds the password)"))
    })?;
    check(file)?;
    let directory = store.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(io("create", directory))?;
    sweep(directory)?;
    let room = fresh(directory, "restore")?;
    let copy = room.path().join("kaizen.db");
    copied(file, &copy)?;
    here.faults.at("restore.copied")?;
    let mut proven = Store::adopt(&copy).await.map_err(|error| of(file, error))?;
    let parts = std::mem::take(&mut proven.parts);
    here.faults.at("restore.proven")?;
    let kept = exchange(here, store, &copy, wanted.force).await?;
    let restored = if wanted.store_only { files::Restored::default() } else { files::put_back(here, &parts)? };
    here.faults.at("restore.files")?;
    told(output, store, kept, &proven, restored, &parts)
}

/// The copy is not what a person knows by its name.
fn of(file: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Unfit { why, .. } => StoreError::Unfit { path: file.to_owned(), why },
        other => other,
    }
}

fn check(file: &Path) -> Result<(), EngineError> {
    if !file.is_file() {
        return Err(EngineError::usage(format!("there is no file {}", file.display()), "name what `kaizen backup FILE` wrote"));
    }
    // Its log would not come along.
    let log = beside(file, "-wal");
    if log.metadata().is_ok_and(|found| found.len() > 0) {
        let hint = "a store in use is copied by `kaizen backup --store STORE FILE`";
        return Err(EngineError::usage(format!("{} is a store in use: {} lies beside it", file.display(), log.display()), hint));
    }
    Ok(())
}

/// Puts the proven copy in the store's place; where the old one is then.
async fn exchange(here: &Surroundings, store: &Path, copy: &Path, force: bool) -> Result<Option<PathBuf>, EngineError> {
    let there = store.metadata().is_ok_and(|found| found.len() > 0);
    let still = if there { quiet(here, store, force).await? } else { Still::unread(store).await? };
    here.faults.at("restore.still")?;
    let kept = there.then(|| beside(store, &format!("{KEPT}{}", stamp())));
    if let Some(kept) = &kept {
        second_names(store)?;
        still.keep(kept)?;
    }
    here.faults.at("restore.kept")?;
    still.put(copy)?;
    here.faults.at("restore.put")?;
    Ok(kept)
}

/// Nobody holds it, and nobody has it open.
async fn quiet(here: &Surroundings, store: &Path, force: bool) -> Result<Still, EngineError> {
    match Store::open(&Location::Sqlite(store.to_owned())).await {
        Ok(open) => {
            let leases = at_work(here, &open, now()).await;
            open.close().await;
            refuse(&leases?, "a restore")?;
            Ok(Still::of(store).await?)
        }
        Err(_) if force => Ok(Still::unread(store).await?),
        Err(error) => {
            let message = format!("the present store cannot be read, so nobody knows who holds it: {error}");
            Err(EngineError::environment(message, "end every kaizen (`kaizen serve`, `kaizen improve`), then: kaizen restore --force"))
        }
    }
}

/// A restore that was killed between its last two steps left a second name of the store itself: it goes, or it would change with it.
fn second_names(store: &Path) -> Result<(), EngineError> {
    use std::os::unix::fs::MetadataExt;
    let same = |path: &Path| {
        path.metadata().ok().zip(store.metadata().ok()).is_some_and(|(one, other)| (one.dev(), one.ino()) == (other.dev(), other.ino()))
    };
    let prefix = beside(store, KEPT);
    let directory = store.parent().unwrap_or(Path::new("."));
    for entry in std::fs::read_dir(directory).map_err(io("list", directory))? {
        let path = entry.map_err(io("list", directory))?.path();
        if path.as_os_str().as_encoded_bytes().starts_with(prefix.as_os_str().as_encoded_bytes()) && same(&path) {
            std::fs::remove_file(&path).map_err(io("remove", &path))?;
        }
    }
    Ok(())
}

fn told(
    output: &Output,
    store: &Path,
    kept: Option<PathBuf>,
    proven: &Proven,
    restored: files::Restored,
    parts: &[Part],
) -> Result<u8, EngineError> {
    let result = RestoreResult {
        schema: "kaizen.restore/1".into(),
        store: store.display().to_string(),
        kept: kept.map(|kept| kept.display().to_string()),
        schema_version: proven.schema,
        projects: proven.projects,
        records: proven.records,
        files: restored.files,
        left_out: files::left_out(parts)?.into_iter().chain(restored.refused).collect(),
    };
    output.either(&result, || text(&result, store))?;
    Ok(0)
}

fn text(result: &RestoreResult, store: &Path) -> String {
    let projects = format!("{} {}", result.projects, plural(result.projects as usize, "project"));
    let bytes = size(store.metadata().map_or(0, |found| found.len()));
    let mut lines = vec![format!("restored  {}  {bytes}, {projects}, {} audit records recomputed", result.store, result.records)];
    lines.extend(result.files.iter().map(|file| format!("  and     {file}")));
    lines.extend(result.left_out.iter().map(|what| format!("  not     {what}")));
    lines.extend(
        result.kept.iter().map(|kept| format!("what was there before: {kept}\n  back to it: kaizen restore --store-only {}", quoted(kept))),
    );
    lines.join("\n")
}
