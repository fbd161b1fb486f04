//! The baseline snapshot: one immutable copy of a tree in the cache, never the user's working tree.
//!
//! Files carry one old fixed time, so that whatever a candidate writes is strictly newer and no stale bytecode or
//! build product can pass for fresh. `.git` is synthetic: one commit, no history. Hold-out files lie apart and are
//! only mounted for hold-out runs. Ignored tool directories of the project are shown read-only.

mod setup;
mod shelf;

use crate::config::pattern::{FileGlob, FileGlobs};
use crate::config::problem::Wrong;
use crate::config::protected::always_protected;
use crate::context::Context;
use crate::error::{EngineError, io};
use crate::git::{TreeEdit, TreeEntry};
use crate::progress::Progress;
use crate::trial::adapter::{Adapter, BUILD_FILES};
use crate::trial::toolchain::interpreter;
use kaizen_domain::benchmark::BenchmarkId;
use kaizen_domain::change::FileMode;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::path::RepoPath;
use kaizen_sandbox::policy::Bind;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Changes whenever snapshots are laid out differently.
const FORMAT: &str = "1";

/// The time every file of a snapshot carries: 2001-09-09T01:46:40Z, older than anything a trial writes.
const OLD: Duration = Duration::from_secs(1_000_000_000);

/// Ignored directories that tools need and candidates may read.
const TOOL_DIRECTORIES: [&str; 5] = [".venv", "venv", "node_modules", ".tox", ".nox"];

/// Files from which such directories are made.
const MANIFESTS: [&str; 4] = ["package.json", "pyproject.toml", "setup.py", "requirements.txt"];

/// An immutable state of the project, ready to be mounted.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Its identity: tree, layout and hold-out rules.
    pub id: ContentHash,
    /// The git tree it holds.
    pub tree: String,
    /// The judge's identity.
    pub benchmark: BenchmarkId,
    /// Every file of the tree, hold-out included.
    pub files: Vec<RepoPath>,
    /// Files that are restored and read-only, hold-out not included.
    pub protected: Vec<RepoPath>,
    /// Read-only tool directories.
    pub tools: Vec<Bind>,
    /// Those of its files that are not plain ones.
    modes: BTreeMap<RepoPath, FileMode>,
    directory: PathBuf,
    guard: Guard,
    setup: Option<setup::Shared>,
    _used: Arc<File>,
}

/// Which files judge and which are hidden.
#[derive(Debug, Clone)]
struct Guard {
    always: FileGlobs,
    judging: FileGlobs,
    holdout: FileGlobs,
    /// What a shared set-up layer depends on; judging as well.
    inputs: FileGlobs,
}

impl Snapshot {
    /// Takes (or finds) the snapshot of `tree`. The copy is made under a temporary name and renamed when complete.
    pub fn take(context: &Context, tree: &str, commit: &str, adapter: &dyn Adapter) -> Result<Self, EngineError> {
        let guard = Guard::of(context, adapter)?;
        let entries = context.git.entries(tree)?;
        let id = identity(context, tree)?;
        let shelf = context.machine.cache.join("snapshots");
        let directory = shelf.join(id.to_string());
        let used = Arc::new(shelf::hold(&shelf, &id.to_string())?);
        shelf::prune(&shelf)?;
        let setup = setup::Shared::of(context, &entries, &guard)?;
        if !directory.join("tree").is_dir() {
            build(context, tree, commit, &guard, &entries, &directory)?;
        }
        let files: Vec<RepoPath> = entries.iter().filter_map(|entry| RepoPath::from_bytes(&entry.path).ok()).collect();
        let modes = entries.iter().filter_map(|entry| Some((RepoPath::from_bytes(&entry.path).ok()?, odd_mode(entry)?))).collect();
        let protected = files.iter().filter(|path| guard.protects(path) && !guard.holdout.matches(path)).cloned().collect();
        let benchmark = benchmark_id(context, &entries, &guard);
        let (tree, tools) = (tree.to_owned(), tools(context.git.root(), &files));
        Ok(Self { id, tree, benchmark, files, protected, tools, modes, directory, guard, setup, _used: used })
    }

    /// The bytes of a file as the candidate sees them in DEV; `None` where there is none, hold-out files included.
    pub fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, EngineError> {
        let file = self.directory.join("tree").join(path.as_path());
        match std::fs::symlink_metadata(&file) {
            Ok(found) if found.is_file() => std::fs::read(&file).map(Some).map_err(io("read", file)),
            Ok(found) if found.is_symlink() => {
                let target = std::fs::read_link(&file).map_err(io("read", &file))?;
                Ok(Some(std::os::unix::ffi::OsStringExt::into_vec(target.into_os_string())))
            }
            Ok(_) => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io("read", file)(error)),
        }
    }

    /// Whether a change may never touch `path`: it judges, steers the judge, or is hidden.
    pub fn protects(&self, path: &RepoPath) -> bool {
        self.guard.protects(path)
    }

    /// The layers to mount, topmost first.
    pub fn layers(&self, holdout: bool) -> Vec<PathBuf> {
        let visible = ["built", "setup", "git", "tree"];
        let hidden: &[&str] = if holdout { &["built-holdout", "holdout"] } else { &[] };
        let names = hidden.iter().chain(&visible);
        names.map(|name| self.layer(name)).filter(|path| path.is_dir()).collect()
    }

    /// Where a layer of that name belongs.
    pub fn layer(&self, name: &str) -> PathBuf {
        match &self.setup {
            Some(shared) if name == "setup" => shared.layer.clone(),
            _ => self.directory.join(name),
        }
    }

    /// A directory with the files that a shared set-up layer is built over, and no others; `None` where the layer is this snapshot's own
    /// and built over the whole tree. `scratch` is where it is made.
    pub fn setup_inputs(&self, scratch: &Path) -> Result<Option<tempfile::TempDir>, EngineError> {
        let Some(shared) = &self.setup else { return Ok(None) };
        let inputs = crate::scratch::fresh(scratch, "inputs")?;
        shared.copy_inputs(&self.directory.join("tree"), inputs.path())?;
        Ok(Some(inputs))
    }

    /// Fails where a shared set-up layer would hide a file of this tree.
    pub fn check_setup(&self) -> Result<(), EngineError> {
        let visible = self.files.iter().filter(|path| !self.guard.holdout.matches(path)).cloned();
        self.setup.as_ref().map_or(Ok(()), |shared| shared.check(visible))
    }

    /// The text of all hold-out files, for the judge's own use: it never reaches a proposer.
    pub fn hidden_text(&self) -> Result<String, EngineError> {
        let mut text = String::new();
        for path in self.files.iter().filter(|path| self.guard.holdout.matches(path)) {
            let file = self.layer("holdout").join(path.as_path());
            let found = std::fs::symlink_metadata(&file).map_err(io("read", &file))?;
            if found.is_file() {
                text += &String::from_utf8_lossy(&std::fs::read(&file).map_err(io("read", file))?);
            }
        }
        Ok(text)
    }

    /// What kind of file it is; plain where there is none.
    pub fn mode(&self, path: &RepoPath) -> FileMode {
        self.modes.get(path).copied().unwrap_or(FileMode::Regular)
    }

    /// The text of a file as [`Self::read`] has it; `None` for a link, and for what is not UTF-8.
    pub fn text(&self, path: &RepoPath) -> Result<Option<String>, EngineError> {
        if self.mode(path) == FileMode::Symlink {
            return Ok(None);
        }
        Ok(self.read(path)?.and_then(|bytes| String::from_utf8(bytes).ok()))
    }
}

impl Guard {
    fn of(context: &Context, adapter: &dyn Adapter) -> Result<Self, EngineError> {
        let wrong = |wrong: Wrong| EngineError::usage(wrong.to_string(), "shorten benchmark.protect in kaizen.toml");
        let always = always_protected().map_err(wrong)?;
        let globs = |patterns: Vec<String>| -> Result<FileGlobs, EngineError> {
            let parsed: Result<Vec<FileGlob>, _> = patterns.into_iter().map(FileGlob::try_from).collect();
            FileGlobs::new(parsed.map_err(wrong)?).map_err(wrong)
        };
        let own = adapter.protected().into_iter().chain(BUILD_FILES).map(str::to_owned);
        let declared = context.config.benchmark.protect.patterns().map(str::to_owned);
        let inputs = setup::patterns(context);
        let judging = globs(own.chain(declared).chain(inputs.iter().cloned()).collect())?;
        let holdout = context.config.benchmark.holdout.as_ref().map_or_else(FileGlobs::default, |holdout| holdout.files.clone());
        Ok(Self { always, judging, holdout, inputs: globs(inputs)? })
    }

    fn protects(&self, path: &RepoPath) -> bool {
        [&self.always, &self.judging, &self.holdout].iter().any(|globs| globs.matches(path))
    }
}

/// The identity a snapshot of `tree` has or would have on this machine.
pub fn identity(context: &Context, tree: &str) -> Result<ContentHash, EngineError> {
    let holdout: Vec<&str> = context.config.benchmark.holdout.iter().flat_map(|holdout| holdout.files.patterns()).collect();
    let setup = context.config.benchmark.setup.as_ref().map_or("", |setup| setup.as_str());
    let owner = format!("{:?}", kaizen_sandbox::policy::sandbox_owner());
    let root = context.git.root().as_os_str();
    let parts = [
        FORMAT.as_bytes(),
        tree.as_bytes(),
        owner.as_bytes(),
        root.as_encoded_bytes(),
        setup.as_bytes(),
        context.config.benchmark.command.as_str().as_bytes(),
    ];
    // A set-up may build for the interpreter it finds.
    let tools = match &context.config.benchmark.setup {
        Some(_) => vec![interpreter::identity(&context.machine, context.git.root())?.to_string()],
        None => Vec::new(),
    };
    let inputs = setup::patterns(context);
    let declared = holdout.into_iter().chain(inputs.iter().map(String::as_str)).chain(tools.iter().map(String::as_str));
    Ok(ContentHash::of_parts(parts.into_iter().chain(declared.map(str::as_bytes))))
}

fn benchmark_id(context: &Context, entries: &[TreeEntry], guard: &Guard) -> BenchmarkId {
    let benchmark = &context.config.benchmark;
    let judging = entries.iter().filter_map(|entry| RepoPath::from_bytes(&entry.path).ok().map(|path| (path, entry)));
    let hashed = judging.filter(|(path, _)| guard.judging.matches(path) || guard.holdout.matches(path));
    let protected: Vec<_> = hashed.map(|(path, entry)| (path, ContentHash::of(entry.object.as_bytes()))).collect();
    let settings = format!("{:?} {:?} {:?}", benchmark.points, benchmark.ignore, benchmark.holdout);
    BenchmarkId::of(benchmark.command.as_str(), benchmark.format.name(), &settings, &protected)
}

fn build(context: &Context, tree: &str, commit: &str, guard: &Guard, entries: &[TreeEntry], directory: &Path) -> Result<(), EngineError> {
    context.report(Progress::Preparing { what: format!("snapshot of {} files", entries.len()) });
    let parent = directory.parent().unwrap_or(directory);
    let fresh = crate::scratch::fresh(parent, "new")?;
    let at = |name: &str| fresh.path().join(name);
    std::fs::create_dir(at("tree")).map_err(io("create", at("tree")))?;
    context.git.export(tree, &at("tree"))?;
    let hidden = move_holdout(guard, entries, &at("tree"), &at("holdout"))?;
    let visible = if hidden.is_empty() { tree.to_owned() } else { context.git.write_tree(tree, &hidden)? };
    std::fs::create_dir(at("git")).map_err(io("create", at("git")))?;
    context.git.synthesise(&visible, Some(commit), &at("git"))?;
    make_old(fresh.path())?;
    let kept = fresh.keep();
    match std::fs::rename(&kept, directory) {
        Ok(()) => Ok(()),
        // Another process finished the same snapshot first: its copy is as good.
        Err(_) if directory.join("tree").is_dir() => std::fs::remove_dir_all(&kept).map_err(io("remove", kept)),
        Err(error) => Err(io("rename", kept)(error)),
    }
}

/// Moves the hold-out files out of the visible tree; returns the edits that hide them from git as well.
fn move_holdout(guard: &Guard, entries: &[TreeEntry], tree: &Path, holdout: &Path) -> Result<Vec<TreeEdit>, EngineError> {
    let mut hidden = Vec::new();
    let paths = entries.iter().filter_map(|entry| RepoPath::from_bytes(&entry.path).ok());
    for path in paths.filter(|path| guard.holdout.matches(path)) {
        let (from, to) = (tree.join(path.as_path()), holdout.join(path.as_path()));
        let parent = to.parent().unwrap_or(holdout);
        std::fs::create_dir_all(parent).map_err(io("create", parent))?;
        std::fs::rename(&from, &to).map_err(io("move", &from))?;
        remove_empty_parents(&from, tree);
        hidden.push(TreeEdit { path, content: None });
    }
    Ok(hidden)
}

fn odd_mode(entry: &TreeEntry) -> Option<FileMode> {
    match entry.mode.as_str() {
        "100755" => Some(FileMode::Executable),
        "120000" => Some(FileMode::Symlink),
        _ => None,
    }
}

/// Directories that held nothing but hold-out files would tell of them.
fn remove_empty_parents(file: &Path, tree: &Path) {
    let parents = file.ancestors().skip(1).take_while(|parent| *parent != tree);
    for parent in parents {
        if std::fs::remove_dir(parent).is_err() {
            return;
        }
    }
}

/// Gives every file one old time and, when the engine is root, the sandbox's owner.
pub fn make_old(directory: &Path) -> Result<(), EngineError> {
    let owner = kaizen_sandbox::policy::sandbox_owner();
    let times = std::fs::FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + OLD).set_accessed(SystemTime::UNIX_EPOCH + OLD);
    for entry in walkdir::WalkDir::new(directory).contents_first(true) {
        let entry = entry.map_err(|error| io("walk", directory)(error.into()))?;
        if let Some((uid, gid)) = owner {
            std::os::unix::fs::lchown(entry.path(), Some(uid), Some(gid)).map_err(io("change the owner of", entry.path()))?;
        }
        if !entry.path_is_symlink() {
            let file = std::fs::File::open(entry.path()).map_err(io("open", entry.path()))?;
            file.set_times(times).map_err(io("set the time of", entry.path()))?;
        }
    }
    Ok(())
}

/// Tool directories of the root, and of the projects below it.
fn tools(root: &Path, files: &[RepoPath]) -> Vec<Bind> {
    let present = tool_directories(files).into_iter().map(|name| root.join(name)).filter(|path| path.is_dir());
    present.map(Bind::read_only).collect()
}

/// Where tool directories of a project with these files would lie, relative to its root: beside what they are made from.
pub fn tool_directories(files: &[RepoPath]) -> Vec<PathBuf> {
    let is_manifest = |path: &Path| path.file_name().and_then(|name| name.to_str()).is_some_and(|name| MANIFESTS.contains(&name));
    let made = files.iter().map(RepoPath::as_path).filter(|path| is_manifest(path)).filter_map(Path::parent);
    let places: BTreeSet<&Path> = made.chain([Path::new("")]).collect();
    places.into_iter().flat_map(|place| TOOL_DIRECTORIES.iter().map(|name| place.join(name))).collect()
}
