//! A number in a file that outlives its process: written through to the kernel with each change, never forced to the disk.
//!
//! It is worth something only on the boot it was written in, whose name stands beside it, and only to its owner.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Names this boot of the machine.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// Counts up.
#[derive(Debug)]
pub struct Counter {
    path: PathBuf,
    /// The count, and the file where it stands there too.
    state: Mutex<(u64, Option<File>)>,
}

impl Counter {
    /// A count of nothing, in a file named by `mark`.
    pub fn create(directory: &Path, mark: &str) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = place(directory, mark);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all_at(format!("{:020} {}", 0, boot()?).as_bytes(), 0)?;
        Ok(Self { path, state: Mutex::new((0, Some(file))) })
    }

    /// One more; the count with it. Where the file cannot be written it is removed: no number is better than a wrong one.
    pub fn raise(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        let text = format!("{:020}", state.0);
        if state.1.as_ref().is_some_and(|file| file.write_all_at(text.as_bytes(), 0).is_err()) {
            state.1 = None;
            self.remove();
        }
        state.0
    }

    /// The count.
    pub fn count(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Removes the file: the count is written down elsewhere, or is worth nothing.
    pub fn remove(&self) {
        // One that is gone is what was wanted; one that stays is of a run that nobody asks about again.
        drop(std::fs::remove_file(&self.path));
    }

    /// What a run of this boot and this user counted; `None` where that is not known.
    pub fn read(directory: &Path, mark: &str) -> Option<u64> {
        let path = place(directory, mark);
        let found = std::fs::symlink_metadata(&path).ok()?;
        if !found.is_file() || found.uid() != std::fs::metadata("/proc/self").ok()?.uid() {
            return None;
        }
        let text = std::fs::read_to_string(&path).ok()?;
        let (count, of) = text.split_once(' ')?;
        (of == boot().ok()?).then(|| count.parse().ok()).flatten()
    }

    /// Removes what a run left that was looked into.
    pub fn clear(directory: &Path, mark: &str) {
        drop(std::fs::remove_file(place(directory, mark)));
    }
}

fn place(directory: &Path, mark: &str) -> PathBuf {
    directory.join(format!("calls-{mark}"))
}

fn boot() -> io::Result<String> {
    Ok(std::fs::read_to_string(BOOT)?.trim().to_owned())
}
