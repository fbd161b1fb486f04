//! Python environments with packages from the index, made once below a build directory and kept.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment `name` below `room` with `packages`. Test processes take turns: the first makes it, the others
/// find it. Panics where Python cannot make environments or the index is out of reach.
pub fn with_packages(room: &Path, name: &str, packages: &[&str]) -> PathBuf {
    std::fs::create_dir_all(room).expect("a build directory");
    let turn = File::create(room.join(format!("{name}.lock"))).expect("a lock file");
    turn.lock().expect("a turn");
    let dir = room.join(name);
    let ready = dir.join("complete");
    if !ready.exists() {
        if dir.exists() {
            std::fs::remove_dir_all(&dir).expect("half an environment can be removed");
        }
        let made = Command::new("python3").args(["-m", "venv"]).arg(&dir).status().expect("python3 runs");
        assert!(made.success(), "python3 -m venv must work");
        let pip = Command::new(dir.join("bin/python3")).args(["-m", "pip", "install", "-q"]).args(packages).output().expect("pip runs");
        let said = String::from_utf8_lossy(&pip.stderr);
        assert!(pip.status.success(), "these tests need {packages:?} from the package index, once; pip says:\n{said}");
        std::fs::write(ready, "").expect("a mark");
    }
    dir
}
