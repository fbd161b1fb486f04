//! In-place landings: files of the working tree and the user's index follow the ref.
//!
//! Only paths of the change are written, each by a rename, and only where the file still is what it was before.

use crate::context::Context;
use crate::error::{EngineError, io};
use crate::git::Git;
use crate::promote::Refused;
use crate::promote::landing::Landing;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::path::RepoPath;
use kaizen_domain::version::DeployMode;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Refuses when a path of the change is modified, staged or untracked.
pub fn refuse_touched(git: &Git, paths: &[RepoPath]) -> Result<Option<Refused>, EngineError> {
    let dirty = git.dirty_paths()?;
    let touched = paths.iter().find(|path| dirty.iter().any(|other| other == path.as_bytes()));
    Ok(touched.map(|path| Refused(format!("{path} has uncommitted changes: commit or stash them first"))))
}

/// [`refuse_touched`] as an error, where promotions go into the working tree; `then` is what a person does about it.
pub fn require_untouched(context: &Context, mode: DeployMode, paths: &[RepoPath], then: &str) -> Result<(), EngineError> {
    match mode {
        DeployMode::Branch => Ok(()),
        DeployMode::InPlace => {
            refuse_touched(&context.git, paths)?.map_or(Ok(()), |refused| Err(EngineError::environment(refused.0, then)))
        }
    }
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
            write_file(context, &file, after.as_ref().map(|found| (found.bytes.as_slice(), found.executable)))?;
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

/// Replaces a file in one step, keeping who may read and write it; `None` removes it.
fn write_file(context: &Context, file: &Path, content: Option<(&[u8], bool)>) -> Result<(), EngineError> {
    let Some((bytes, executable)) = content else {
        return std::fs::remove_file(file).or_else(ignore_missing).map_err(io("remove", file));
    };
    let parent = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(io("create", parent))?;
    let fresh = fresh_name(file, bytes);
    let replaced = replace(context, file, &fresh, bytes, executable);
    if replaced.is_err() {
        std::fs::remove_file(&fresh).or_else(ignore_missing).map_err(io("remove", &fresh))?;
    }
    replaced
}

fn replace(context: &Context, file: &Path, fresh: &Path, bytes: &[u8], executable: bool) -> Result<(), EngineError> {
    // A killed run may have left it.
    std::fs::remove_file(fresh).or_else(ignore_missing).map_err(io("remove", fresh))?;
    let mut opened = std::fs::File::options().write(true).create_new(true).open(fresh).map_err(io("create", fresh))?;
    std::io::Write::write_all(&mut opened, bytes).map_err(io("write", fresh))?;
    set_permissions(fresh, file, executable)?;
    opened.sync_all().map_err(io("write", fresh))?;
    context.faults.at("promote.fresh_file")?;
    std::fs::rename(fresh, file).map_err(io("replace", file))
}

/// What a file is called until it takes its place. The name follows from what it becomes, so that whoever comes after a kill
/// finds what was left.
fn fresh_name(file: &Path, bytes: &[u8]) -> PathBuf {
    let name = file.file_name().unwrap_or_default().as_bytes();
    file.with_file_name(format!(".kaizen-{}", ContentHash::of_parts([name, bytes]).short()))
}

/// Removes what a killed landing left beside the files of its change.
pub fn sweep(context: &Context, landing: &Landing) -> Result<(), EngineError> {
    for path in &landing.paths {
        let file = context.git.root().join(path.as_path());
        for tree in landing.old.iter().chain([&landing.commit]) {
            if let Some(found) = context.git.file_at(tree, path)? {
                let left = fresh_name(&file, &found.bytes);
                std::fs::remove_file(&left).or_else(ignore_missing).map_err(io("remove", &left))?;
            }
        }
    }
    Ok(())
}

fn set_permissions(fresh: &Path, file: &Path, executable: bool) -> Result<(), EngineError> {
    use std::os::unix::fs::PermissionsExt;
    let kept = std::fs::metadata(file).map_or(0o644, |existing| existing.permissions().mode() & 0o666);
    // Who may read what runs may run it.
    let mode = if executable { kept | (kept & 0o444) >> 2 } else { kept };
    std::fs::set_permissions(fresh, std::fs::Permissions::from_mode(mode)).map_err(io("set permissions of", fresh))
}

fn ignore_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
