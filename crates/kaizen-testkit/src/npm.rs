//! npm packages, installed once below a build directory and kept.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The `node_modules` of `name` below `room`, with `packages`. Test processes take turns: the first makes it, the others find it.
/// Panics where npm is not there or its registry is out of reach.
pub fn with_packages(room: &Path, name: &str, packages: &[&str]) -> PathBuf {
    std::fs::create_dir_all(room).expect("a build directory");
    let turn = File::create(room.join(format!("{name}.lock"))).expect("a lock file");
    turn.lock().expect("a turn");
    let dir = room.join(name);
    let ready = dir.join("complete");
    if !ready.exists() {
        if dir.exists() {
            std::fs::remove_dir_all(&dir).expect("half an installation can be removed");
        }
        std::fs::create_dir_all(&dir).expect("a directory");
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(&dir).args(packages);
        let made = npm.output().expect("npm runs: the Debian packages nodejs and npm");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "these tests need {packages:?} from npm's registry, once; npm says:\n{said}");
        std::fs::write(ready, "").expect("a mark");
    }
    dir.join("node_modules")
}
