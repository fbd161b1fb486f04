//! What a command left behind: changed files of a repository, processes, mounts, scratch directories.

use crate::project::Project;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Everything of a repository that only its owner may change: bytes, permissions and times of every file, but not
/// git's objects, nor the refs and logs below `kaizen/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(BTreeMap<PathBuf, (u32, i64, Vec<u8>)>);

const OURS: [&str; 3] = [".git/objects", ".git/refs/heads/kaizen", ".git/logs/refs/heads/kaizen"];

impl Fingerprint {
    /// Of a repository as it stands.
    pub fn of(root: &Path) -> Self {
        let mut found = BTreeMap::new();
        let mut waiting = vec![root.to_owned()];
        while let Some(directory) = waiting.pop() {
            for entry in std::fs::read_dir(&directory).expect("a readable directory") {
                let path = entry.expect("an entry").path();
                let name = path.strip_prefix(root).expect("a path below the root").to_owned();
                let data = std::fs::symlink_metadata(&path).expect("metadata");
                if OURS.iter().any(|ours| name == Path::new(ours)) {
                    continue;
                }
                if data.is_dir() {
                    waiting.push(path);
                    found.insert(name, (data.permissions().mode(), 0, Vec::new()));
                    continue;
                }
                let bytes = if data.is_symlink() {
                    std::fs::read_link(&path).expect("a link").into_os_string().into_encoded_bytes()
                } else {
                    std::fs::read(&path).expect("a readable file")
                };
                found.insert(name, (data.permissions().mode(), data.mtime_nsec() + data.mtime() * 1_000_000_000, bytes));
            }
        }
        Self(found)
    }

    /// The paths in which two differ.
    pub fn differences(&self, other: &Self) -> Vec<PathBuf> {
        let all: BTreeSet<&PathBuf> = self.0.keys().chain(other.0.keys()).collect();
        all.into_iter().filter(|path| self.0.get(*path) != other.0.get(*path)).cloned().collect()
    }
}

/// Asks again until the answer is yes; panics with `what` when it does not come, however busy the machine is.
pub fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !ready() {
        assert!(Instant::now() < until, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Processes (dead ones not collected yet included) whose command line, directory or environment names `project`,
/// and everything they are the parents of is reached the same way: a jail's processes work in the project's path.
pub fn survivors(project: &Project) -> Vec<String> {
    let needle = project.room().as_os_str().as_encoded_bytes().to_vec();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let directory = entry.path();
        let Some(pid) = directory.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok()) else { continue };
        // A process that ends while it is looked at is no survivor.
        let read = |name: &str| std::fs::read(directory.join(name)).unwrap_or_default();
        let place = std::fs::read_link(directory.join("cwd")).unwrap_or_default();
        let texts = [read("cmdline"), read("environ"), read("mountinfo"), place.into_os_string().into_encoded_bytes()];
        if pid != std::process::id() && texts.iter().any(|text| text.windows(needle.len()).any(|part| part == needle)) {
            found.push(format!("{pid}: {}", String::from_utf8_lossy(&texts[0]).replace('\0', " ")));
        }
    }
    found
}

/// Mounts of this process' namespace that name the project.
pub fn mounts(project: &Project) -> Vec<String> {
    let all = std::fs::read_to_string("/proc/self/mountinfo").expect("mountinfo");
    let needle = project.room().to_string_lossy().into_owned();
    all.lines().filter(|line| line.contains(&needle)).map(str::to_owned).collect()
}

/// What lies in Kaizen's cache that the next command was to remove.
pub fn leftovers(project: &Project) -> Vec<PathBuf> {
    let cache = project.home().join("cache");
    let list = |name: &str| -> Vec<PathBuf> {
        std::fs::read_dir(cache.join(name)).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
    };
    let half_made = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains('-'));
    list("scratch").into_iter().chain(list("snapshots").into_iter().filter(half_made)).collect()
}

/// Runs a statement on the project's store behind Kaizen's back; what it returns, one row a line.
pub fn sql(project: &Project, statement: &str) -> String {
    let program = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\nfor row in db.execute(sys.argv[2]): print(*row)\ndb.commit()";
    let store = project.home().join("data/kaizen.db");
    let output = Command::new("python3").args(["-c", program]).arg(store).arg(statement).output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Asserts that the small project's defect is repaired exactly once on `branch`: one active version, one commit since
/// `before`, a log that holds, and nothing left in the cache.
pub fn repaired_once(project: &Project, before: &str, branch: &str) {
    let versions = project.kaizen(["versions", "--json"]).result();
    let states: Vec<&str> = versions["versions"].as_array().expect("a list").iter().filter_map(|one| one["state"].as_str()).collect();
    assert_eq!(states, ["active"]);
    assert_eq!(project.git(["rev-list", "--count", &format!("{before}..{branch}")]), "1");
    assert_eq!(project.git(["diff", "--numstat", before, branch]), "1\t1\tsrc/calc.py");
    assert_eq!(versions["versions"][0]["commit"].as_str(), Some(project.git(["rev-parse", branch]).as_str()));
    let verified = project.kaizen(["log", "--verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(sql(project, "SELECT count(*) FROM saga WHERE ended_at IS NULL"), "0");
    nothing_left(project);
}

/// Asserts that no process, mount or half-made directory of the project is left.
pub fn nothing_left(project: &Project) {
    wait_until("the end of every process", || survivors(project).is_empty());
    assert_eq!((mounts(project), leftovers(project)), (vec![], vec![]));
}
