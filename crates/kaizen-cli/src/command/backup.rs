//! `kaizen backup`

mod parts;

pub use parts::{CONFIG, MANIFEST, Manifest, SECRET};

use super::doctor::size;
use super::projects::{file_of, quoted};
use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::render::plural;
use kaizen_api::v1::BackupResult;
use kaizen_engine::error::EngineError;
use kaizen_engine::scratch::{Places, fresh};
use kaizen_store::{Proven, Store};
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Copies, proves the copy, gives it its name.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Backup) -> Result<u8, EngineError> {
    let file = absolute(&wanted.file)?;
    let source = file_of(&here.store, |url| {
        let dump = format!("pg_dump --format=custom --file={} {}", quoted(&file.display().to_string()), quoted(url));
        ("a PostgreSQL store is copied by its own tool".to_owned(), format!("{dump}    (PGPASSWORD holds the password)"))
    })?;
    check(source, &file, wanted.force)?;
    let (parts, manifest) = parts::collect(here, wanted.secrets)?;
    let partial = beside(&file, ".partial");
    empty(&partial)?;
    let made = made(here, &partial, &parts).await;
    let proven = match made {
        Ok(proven) => proven,
        Err(error) => {
            drop(std::fs::remove_file(&partial));
            return Err(error);
        }
    };
    named(&partial, &file)?;
    here.faults.at("backup.named")?;
    let bytes = std::fs::metadata(&file).map_err(io("read", &file))?.len();
    told(output, &file, bytes, proven, manifest)
}

async fn made(here: &Surroundings, partial: &Path, parts: &[kaizen_store::Part]) -> Result<Proven, EngineError> {
    let store = Store::open(&here.store).await?;
    here.faults.at("backup.begun")?;
    store.copy_into(partial, parts).await?;
    store.close().await;
    here.faults.at("backup.copied")?;
    let proven = prove(here, partial).await?;
    here.faults.at("backup.proven")?;
    Ok(proven)
}

/// Proves a copy of the file, since the proof makes a store of it.
async fn prove(here: &Surroundings, file: &Path) -> Result<Proven, EngineError> {
    let room = fresh(&Places::prepare(&here.machine.cache)?.scratch, "proof")?;
    let copy = room.path().join("kaizen.db");
    copied(file, &copy)?;
    Ok(Store::adopt(&copy).await?)
}

/// A copy that only its owner reads.
pub fn copied(from: &Path, to: &Path) -> Result<(), EngineError> {
    let copy = || -> std::io::Result<()> {
        let mut source = File::open(from)?;
        let mut target = File::options().write(true).create_new(true).mode(0o600).open(to)?;
        std::io::copy(&mut source, &mut target)?;
        target.sync_all()
    };
    copy().map_err(io("copy", from))
}

fn check(source: &Path, file: &Path, force: bool) -> Result<(), EngineError> {
    if !source.is_file() {
        let hint = "--store or KAIZEN_STORE names another; `kaizen init` in a project makes one";
        return Err(EngineError::environment(format!("there is no store at {}", source.display()), hint));
    }
    if file.is_dir() {
        return Err(EngineError::usage(format!("{} is a directory", file.display()), "name a file: kaizen backup kaizen.backup"));
    }
    let same = source.canonicalize().is_ok_and(|source| file.canonicalize().is_ok_and(|file| file == source));
    if same {
        return Err(EngineError::usage(format!("{} is the store itself", file.display()), "name another file"));
    }
    if file.exists() && !force {
        return Err(EngineError::usage(format!("{} is there already", file.display()), "--force replaces it"));
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf, EngineError> {
    std::path::absolute(path).map_err(io("read", path))
}

/// An empty file that only its owner reads; what an earlier, killed backup left goes.
fn empty(partial: &Path) -> Result<(), EngineError> {
    for end in ["", "-journal"] {
        match std::fs::remove_file(beside(partial, end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io("remove", partial)(error)),
            _ => {}
        }
    }
    File::options().write(true).create_new(true).mode(0o600).open(partial).map(drop).map_err(io("create", partial))
}

fn named(partial: &Path, file: &Path) -> Result<(), EngineError> {
    std::fs::rename(partial, file).map_err(io("rename", partial))?;
    let parent = file.parent().unwrap_or(file);
    File::open(parent).and_then(|parent| parent.sync_all()).map_err(io("write", parent))
}

/// A file's name with an end.
pub fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Attaches the path to a file operation's error.
pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> EngineError {
    let path = path.to_owned();
    move |source| EngineError::Io { action, path, source }
}

fn told(output: &Output, file: &Path, bytes: u64, proven: Proven, manifest: Manifest) -> Result<u8, EngineError> {
    let result = BackupResult {
        schema: "kaizen.backup/1".into(),
        file: file.display().to_string(),
        bytes,
        schema_version: proven.schema,
        projects: proven.projects,
        records: proven.records,
        parts: proven.parts.into_iter().map(|part| part.name).filter(|name| name != MANIFEST).collect(),
        left_out: manifest.left_out,
    };
    output.either(&result, || text(&result))?;
    Ok(0)
}

fn text(result: &BackupResult) -> String {
    let projects = format!("{} {}", result.projects, plural(result.projects as usize, "project"));
    let mut lines = vec![format!("{}  {}, {projects}, {} audit records recomputed", result.file, size(result.bytes), result.records)];
    lines.extend(result.parts.iter().map(|part| format!("  with      {part}")));
    lines.extend(result.left_out.iter().map(|what| format!("  without   {what}")));
    lines.push(format!("kaizen restore {}", quoted(&result.file)));
    lines.join("\n")
}

/// The moment as it stands in names of files.
pub fn stamp() -> String {
    super::time::rfc3339(now()).chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '.').collect()
}
