//! Python environments with packages from the index, made once below a build directory and kept.

use crate::kept::made_once;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment `name` below `room` with `packages`; made once.
/// Panics where Python cannot make environments or the index is out of reach.
pub fn with_packages(room: &Path, name: &str, packages: &[&str]) -> PathBuf {
    made_once(room, name, |dir| {
        let made = Command::new("python3").args(["-m", "venv"]).arg(dir).status().expect("python3 runs");
        assert!(made.success(), "python3 -m venv must work");
        let pip = Command::new(dir.join("bin/python3")).args(["-m", "pip", "install", "-q"]).args(packages).output().expect("pip runs");
        let said = String::from_utf8_lossy(&pip.stderr);
        assert!(pip.status.success(), "these tests need {packages:?} from the package index, once; pip says:\n{said}");
    })
}
