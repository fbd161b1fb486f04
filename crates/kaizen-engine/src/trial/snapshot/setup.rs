//! A set-up layer that several snapshots share, because the project says what it depends on (`benchmark.setup_inputs`).
//!
//! Its key is everything the set-up can see: the inputs, its command, the hosts it may reach, the machine's tools, the path it is built
//! at. It is built over the inputs alone, so it cannot hold a copy of anything else, and it is not used where it would hide a file of the
//! project.

use super::{Guard, shelf};
use crate::config::pattern::FileGlobs;
use crate::context::Context;
use crate::error::{EngineError, io};
use crate::git::TreeEntry;
use crate::trial::toolchain::interpreter::{self, VERSION_FILES};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::path::RepoPath;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Changes whenever such layers are made differently.
const FORMAT: &str = "1";

/// Where a shared layer lies, held.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) layer: PathBuf,
    inputs: BTreeSet<RepoPath>,
    _used: Arc<File>,
}

/// Every pattern whose files are inputs; none where nothing is shared.
pub(super) fn patterns(context: &Context) -> Vec<String> {
    let declared: Vec<String> = context.config.benchmark.setup_inputs.patterns().map(str::to_owned).collect();
    let implied: &[&str] = if declared.is_empty() { &[] } else { &VERSION_FILES };
    declared.into_iter().chain(implied.iter().map(|name| (*name).to_owned())).collect()
}

impl Shared {
    /// Finds where the layer of a tree belongs; `None` where the project declares no inputs.
    pub(super) fn of(context: &Context, entries: &[TreeEntry], guard: &Guard) -> Result<Option<Self>, EngineError> {
        let benchmark = &context.config.benchmark;
        let Some(command) = benchmark.setup.as_ref().filter(|_| !benchmark.setup_inputs.is_empty()) else { return Ok(None) };
        let visible = entries.iter().filter_map(|entry| RepoPath::from_bytes(&entry.path).ok().map(|path| (path, entry)));
        let inputs: Vec<(RepoPath, &TreeEntry)> =
            visible.filter(|(path, _)| guard.inputs.matches(path) && !guard.holdout.matches(path)).collect();
        each_matches(&benchmark.setup_inputs, &inputs)?;
        let hosts = benchmark_hosts(context);
        let owner = format!("{:?}", kaizen_sandbox::policy::sandbox_owner());
        let tools = interpreter::identity(&context.machine, context.git.root())?.to_string();
        let root = context.git.root().as_os_str().as_encoded_bytes();
        let fixed = [FORMAT.as_bytes(), command.as_str().as_bytes(), hosts.as_bytes(), owner.as_bytes(), tools.as_bytes(), root];
        let files = inputs.iter().flat_map(|(_, entry)| [entry.path.as_slice(), entry.mode.as_bytes(), entry.object.as_bytes()]);
        let key = ContentHash::of_parts(fixed.into_iter().chain(files)).to_string();
        let place = context.machine.cache.join("setups");
        let used = Arc::new(shelf::hold(&place, &key)?);
        shelf::prune(&place)?;
        let layer = place.join(key).join("layer");
        Ok(Some(Self { layer, inputs: inputs.into_iter().map(|(path, _)| path).collect(), _used: used }))
    }

    /// Copies the inputs out of the whole tree.
    pub(super) fn copy_inputs(&self, tree: &Path, to: &Path) -> Result<(), EngineError> {
        for path in &self.inputs {
            let (from, here) = (tree.join(path.as_path()), to.join(path.as_path()));
            let parent = here.parent().unwrap_or(to);
            std::fs::create_dir_all(parent).map_err(io("create", parent))?;
            let entry = std::fs::symlink_metadata(&from).map_err(io("read", &from))?;
            if entry.is_symlink() {
                let leads = std::fs::read_link(&from).map_err(io("read", &from))?;
                std::os::unix::fs::symlink(leads, &here).map_err(io("link", here))?;
            } else if entry.is_file() {
                std::fs::copy(&from, &here).map_err(io("copy", from))?;
            }
        }
        super::make_old(to)
    }

    /// Fails where the layer would hide a file that is no input: the set-up never saw it.
    pub(super) fn check(&self, visible: impl Iterator<Item = RepoPath>) -> Result<(), EngineError> {
        for path in visible.filter(|path| !self.inputs.contains(path)) {
            if kaizen_sandbox::layers::hides(&self.layer, path.as_path()).map_err(io("read", &self.layer))? {
                let what = format!("benchmark.setup made what is in the way of {path}, a file of the project that it did not see");
                return Err(EngineError::baseline(what, format!("name {path} in benchmark.setup_inputs, or let setup write elsewhere")));
            }
        }
        Ok(())
    }
}

fn benchmark_hosts(context: &Context) -> String {
    context.config.grants.setup.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn each_matches(declared: &FileGlobs, inputs: &[(RepoPath, &TreeEntry)]) -> Result<(), EngineError> {
    match declared.unmatched(inputs.iter().map(|(path, _)| path)) {
        None => Ok(()),
        Some(pattern) => {
            let hint = "name files that are committed and not held out: [\"requirements.txt\", \"package-lock.json\"]";
            Err(EngineError::usage(format!("benchmark.setup_inputs: {pattern:?} matches no file of the project"), hint))
        }
    }
}
