//! Places for trials on this machine: `limits.concurrent_trials` of them, taken by file locks that die with their holder.

use crate::context::Context;
use crate::error::{EngineError, io};
use crate::progress::Progress;
use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

/// A taken place; free again when dropped.
#[derive(Debug)]
pub struct Slot {
    _lock: File,
}

/// Waits for a free place. Says so once when it has to, and stops waiting when the person asks to stop.
pub fn take(context: &Context) -> Result<Slot, EngineError> {
    let mut told = false;
    loop {
        if let Some(slot) = try_take(context)? {
            return Ok(slot);
        }
        context.checkpoint()?;
        if !told {
            context.report(Progress::Note { text: "waiting: another kaizen measures on this machine (limits.concurrent_trials)".into() });
            told = true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn try_take(context: &Context) -> Result<Option<Slot>, EngineError> {
    let directory: PathBuf = context.machine.cache.join("slots");
    std::fs::create_dir_all(&directory).map_err(io("create", &directory))?;
    for place in 0..context.config.limits.concurrent_trials {
        let path = directory.join(place.to_string());
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io("open", &path))?;
        match file.try_lock() {
            Ok(()) => return Ok(Some(Slot { _lock: file })),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(io("lock", path)(error)),
        }
    }
    Ok(None)
}
