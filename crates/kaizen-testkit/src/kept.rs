//! Installations below a build directory, made once and kept.

use std::fs::File;
use std::path::{Path, PathBuf};

/// The directory `name` below `room`, as `make` filled it. Test processes take turns: the first makes it, the others find it.
/// What an earlier one left half made is made again.
pub fn made_once(room: &Path, name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    std::fs::create_dir_all(room).expect("a build directory");
    let turn = File::create(room.join(format!("{name}.lock"))).expect("a lock file");
    turn.lock().expect("a turn");
    let dir = room.join(name);
    let ready = dir.join("complete");
    if !ready.exists() {
        if dir.exists() {
            std::fs::remove_dir_all(&dir).expect("half an installation can be removed");
        }
        make(&dir);
        std::fs::write(ready, "").expect("a mark");
    }
    dir
}
