//! In-place landings: files of the working tree and the user's index follow the ref.
//!
//! Only paths of the change are written, each by a rename, and only where the file still is what it was before.

use crate::context::Context;
use crate::error::{EngineError, io};
use crate::git::Git;
use crate::promote::Refused;
use crate::promote::landing::Landing;
use kaizen_domain::path::RepoPath;
use std::path::Path;

/// Refuses when a path of the change is modified, staged or untracked.
pub fn refuse_touched(git: &Git, paths: &[RepoPath]) -> Result<Option<Refused>, EngineError> {
    let dirty = git.dirty_paths()?;
    let touched = paths.iter().find(|path| dirty.iter().any(|other| other == path.as_bytes()));
    Ok(touched.map(|path| Refused(format!("{path} has uncommitted changes: commit or stash them first"))))
}

/// Brings the working tree and the index from the tree before to the tree after. Can be repeated: a file that
/// already is as after stays, a file that is neither before nor after is somebody's work and stays too.
pub fn bring_along(context: &Context, landing: &Landing) -> Result<(), EngineError> {
    move_files(context, landing, landing.old.as_deref(), Some(&landing.commit))
}

/// The way back of [`bring_along`].
pub fn take_back(context: &Context, landing: &Landing) -> Result<(), EngineError> {
    move_files(context, landing, Some(&landing.commit), landing.old.as_deref())
}

fn move_files(context: &Context, landing: &Landing, from: Option<&str>, to: Option<&str>) -> Result<(), EngineError> {
    for path in &landing.paths {
        let before = from.map(|tree| context.git.file_at(tree, path)).transpose()?.flatten();
        let after = to.map(|tree| context.git.file_at(tree, path)).transpose()?.flatten();
        let file = context.git.root().join(path.as_path());
        if read_file(&file)? == before.as_ref().map(|found| found.bytes.clone()) {
            write_file(&file, after.as_ref().map(|found| (found.bytes.as_slice(), found.executable)))?;
        }
        context.faults.at("promote.file")?;
    }
    match to {
        Some(tree) => context.git.refresh_index(tree, &landing.paths),
        None => Ok(()),
    }
}

fn read_file(file: &Path) -> Result<Option<Vec<u8>>, EngineError> {
    match std::fs::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io("read", file)(error)),
    }
}

/// Replaces a file in one step, keeping its permissions; `None` removes it.
fn write_file(file: &Path, content: Option<(&[u8], bool)>) -> Result<(), EngineError> {
    let Some((bytes, executable)) = content else {
        return std::fs::remove_file(file).or_else(ignore_missing).map_err(io("remove", file));
    };
    let parent = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(io("create", parent))?;
    let mut fresh = tempfile::Builder::new().prefix(".kaizen-").tempfile_in(parent).map_err(io("create a file in", parent))?;
    std::io::Write::write_all(&mut fresh, bytes).map_err(io("write", file))?;
    set_permissions(fresh.path(), file, executable)?;
    fresh.as_file().sync_all().map_err(io("write", file))?;
    fresh.persist(file).map(drop).map_err(|error| io("replace", file)(error.error))
}

fn set_permissions(fresh: &Path, file: &Path, executable: bool) -> Result<(), EngineError> {
    use std::os::unix::fs::PermissionsExt;
    let fallback = if executable { 0o755 } else { 0o644 };
    let mode = std::fs::metadata(file).map_or(fallback, |existing| existing.permissions().mode() & 0o777);
    std::fs::set_permissions(fresh, std::fs::Permissions::from_mode(mode)).map_err(io("set permissions of", fresh))
}

fn ignore_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
