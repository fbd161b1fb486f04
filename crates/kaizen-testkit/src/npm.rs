//! npm packages, installed once below a build directory and kept.

use crate::kept::made_once;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The `node_modules` of `name` below `room`, with `packages`; made once.
/// Panics where npm is not there or its registry is out of reach.
pub fn with_packages(room: &Path, name: &str, packages: &[&str]) -> PathBuf {
    let made = made_once(room, name, |dir| {
        std::fs::create_dir_all(dir).expect("a directory");
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(dir).args(packages);
        let ran = npm.output().expect("npm runs: the Debian packages nodejs and npm");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "these tests need {packages:?} from npm's registry, once; npm says:\n{said}");
    });
    made.join("node_modules")
}
