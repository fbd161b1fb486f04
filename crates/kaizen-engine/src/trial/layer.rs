//! Layers on top of a snapshot's tree: the declared set-up, and build products, so that a candidate rebuilds only
//! what it changed. Built in the sandbox without network; kept next to the snapshot, which they belong to, but for a
//! set-up that names its inputs: that one is built over them alone and shared by every snapshot that has them.

use crate::config::grant::Host;
use crate::context::Context;
use crate::detect::split_directory;
use crate::error::{EngineError, io};
use crate::progress::Progress;
use crate::trial::adapter::Adapter;
use crate::trial::judge::{Court, Place, give_to_sandbox, shell};
use crate::trial::snapshot::Snapshot;
use kaizen_domain::path::RepoPath;
use kaizen_sandbox::backend::Backend;
use kaizen_sandbox::policy::Upper;
use kaizen_sandbox::run::Ended;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest a layer may take to build.
const LIMIT: Duration = Duration::from_secs(3600);

/// How much of each stream of a failed set-up is shown.
const LAST_LINES: usize = 8;

/// The layer of `benchmark.setup`.
const SETUP: &str = "setup";

/// What is kept of a build run: the directory a tool builds into, beside the file that says so.
const BUILDS: [(&str, &str); 2] = [("Cargo.toml", "target"), ("CMakeLists.txt", "build")];

/// Builds the layers that are missing.
pub fn build(context: &Context, backend: &dyn Backend, snapshot: &mut Snapshot, adapter: &'static dyn Adapter) -> Result<(), EngineError> {
    if let Some(command) = &context.config.benchmark.setup {
        let (command, hosts) = (command.as_str(), context.config.grants.setup.as_slice());
        one(context, backend, snapshot, adapter, Plan { name: SETUP, command, holdout: false, must_succeed: true, keep: None, hosts })?;
        snapshot.check_setup()?;
    }
    let built = build_directories(&snapshot.files, context.config.benchmark.command.as_str());
    if !built.is_empty() {
        let visible = context.config.benchmark.command.as_str();
        let plan = Plan { name: "built", command: visible, holdout: false, must_succeed: false, keep: Some(&built), hosts: &[] };
        one(context, backend, snapshot, adapter, plan)?;
        if let Some(holdout) = &context.config.benchmark.holdout {
            let command = holdout.command.as_str();
            let plan = Plan { name: "built-holdout", command, holdout: true, must_succeed: false, keep: Some(&built), hosts: &[] };
            one(context, backend, snapshot, adapter, plan)?;
        }
    }
    Ok(())
}

/// Where tools build that find what they built before: beside the file that steers them, in the root or where the command begins, and
/// where the project itself has nothing.
fn build_directories(files: &[RepoPath], command: &str) -> Vec<PathBuf> {
    let has = |path: &Path| files.iter().any(|file| file.as_path() == path);
    let places: BTreeSet<PathBuf> = split_directory(command).0.map(PathBuf::from).into_iter().chain([PathBuf::new()]).collect();
    let steered = |place: &PathBuf| {
        BUILDS.iter().filter(|(manifest, _)| has(&place.join(manifest))).map(|(_, directory)| place.join(directory)).collect::<Vec<_>>()
    };
    let found = places.iter().flat_map(steered);
    found.filter(|directory| !files.iter().any(|file| file.as_path().starts_with(directory))).collect()
}

struct Plan<'a> {
    name: &'static str,
    command: &'a str,
    holdout: bool,
    must_succeed: bool,
    keep: Option<&'a [PathBuf]>,
    hosts: &'a [Host],
}

fn one(
    context: &Context,
    backend: &dyn Backend,
    snapshot: &Snapshot,
    adapter: &'static dyn Adapter,
    plan: Plan<'_>,
) -> Result<(), EngineError> {
    let place = snapshot.layer(plan.name);
    if place.is_dir() {
        return Ok(());
    }
    context.report(Progress::Preparing { what: format!("{} layer: {}", plan.name, plan.command) });
    let fresh = crate::scratch::fresh(place.parent().and_then(Path::parent).unwrap_or(&place), "layer")?;
    open_to_sandbox(fresh.path())?;
    let upper = Upper::Directory(fresh.path().to_owned());
    let inputs = if plan.name == SETUP { snapshot.setup_inputs(&context.launcher.scratch)? } else { None };
    inputs.iter().try_for_each(|inputs| open_to_sandbox(inputs.path()))?;
    let layers = inputs.as_ref().map_or_else(|| snapshot.layers(plan.holdout), |inputs| vec![inputs.path().to_owned()]);
    let place_of_work = Place { layers, upper, hosts: plan.hosts };
    let mut court = Court::with_place(context, backend, snapshot, adapter, plan.command, place_of_work)?;
    let report = court.command(&shell(plan.command, LIMIT))?;
    let refused = court.refused();
    court.close()?;
    match report.ended {
        Ended::Interrupted => return Err(EngineError::Interrupted),
        Ended::Exit(0) => {}
        _ if !plan.must_succeed => {}
        other => {
            let last = [&report.stdout, &report.stderr].map(|stream| last_lines(stream)).concat();
            return Err(EngineError::baseline(
                format!("benchmark.setup did not succeed ({other:?}):{last}"),
                setup_hint(&refused, inputs.is_some()),
            ));
        }
    }
    if let Some(keep) = plan.keep {
        keep_only(fresh.path(), Path::new(""), keep)?;
    }
    put(fresh.keep(), &place)
}

/// Gives a finished layer its name, in one step.
fn put(layer: PathBuf, place: &Path) -> Result<(), EngineError> {
    let parent = place.parent().unwrap_or(place);
    std::fs::create_dir_all(parent).map_err(io("create", parent))?;
    match std::fs::rename(&layer, place) {
        Ok(()) => Ok(()),
        // Another process finished the same layer first: its own is as good.
        Err(_) if place.is_dir() => std::fs::remove_dir_all(&layer).map_err(io("remove", layer)),
        Err(error) => Err(io("rename", layer)(error)),
    }
}

/// The last lines that say something, each on a line of its own.
fn last_lines(stream: &[u8]) -> String {
    let text = String::from_utf8_lossy(stream).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].iter().map(|line| format!("\n  {line}")).collect()
}

fn setup_hint(refused: &[String], has_inputs: bool) -> String {
    match refused {
        [] if has_inputs => "it sees no files but those of benchmark.setup_inputs: name the others that it needs".into(),
        [] => "it runs in the sandbox, may write nothing but the project and reaches only the hosts of grants.setup".into(),
        hosts => format!("it asked for {}: grants.setup in kaizen.toml names the hosts it may reach", hosts.join(", ")),
    }
}

fn open_to_sandbox(directory: &Path) -> Result<(), EngineError> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).map_err(io("set permissions of", directory))?;
    give_to_sandbox(directory)
}

/// Removes what a build run left beside its build directories: logs and caches of one run are no state of the project.
fn keep_only(root: &Path, below: &Path, keep: &[PathBuf]) -> Result<(), EngineError> {
    let directory = root.join(below);
    for entry in std::fs::read_dir(&directory).map_err(io("list", &directory))? {
        let name = entry.map_err(io("list", &directory))?.file_name();
        let (place, path) = (below.join(&name), directory.join(&name));
        if keep.contains(&place) {
            continue;
        }
        let is_directory = std::fs::symlink_metadata(&path).map_err(io("read", &path))?.is_dir();
        if is_directory && keep.iter().any(|kept| kept.starts_with(&place)) {
            keep_only(root, &place, keep)?;
            continue;
        }
        let removed = if is_directory { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.map_err(io("remove", path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_build_into_is_kept_and_nothing_beside_it() {
        let files =
            ["Cargo.toml", "src/lib.rs", "native/CMakeLists.txt", "web/CMakeLists.txt", "web/build/x"].map(|file| file.parse().unwrap());
        assert_eq!(build_directories(&files, "cargo test"), [PathBuf::from("target")]);
        assert_eq!(build_directories(&files, "cd web && ctest"), [PathBuf::from("target")]);
        let keep = build_directories(&files, "cd native && ctest");
        assert_eq!(keep, [PathBuf::from("target"), PathBuf::from("native/build")]);
        let room = tempfile::tempdir().unwrap();
        for file in ["target/a/b", "native/build/c", "native/log", "web/build/d", "log"] {
            std::fs::create_dir_all(room.path().join(file).parent().unwrap()).unwrap();
            std::fs::write(room.path().join(file), "").unwrap();
        }
        keep_only(room.path(), Path::new(""), &keep).unwrap();
        let mut left: Vec<PathBuf> = walkdir::WalkDir::new(room.path())
            .into_iter()
            .filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_file()))
            .map(|entry| entry.path().strip_prefix(room.path()).unwrap().to_owned())
            .collect();
        left.sort();
        assert_eq!(left, [PathBuf::from("native/build/c"), PathBuf::from("target/a/b")]);
    }
}
