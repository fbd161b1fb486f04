//! How long models took to load on this machine: what it costs to have one back.
//!
//! A file of the cache: losing it costs nothing but a guess from the model's size.

use kaizen_engine::error::EngineError;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Milliseconds of the last loading, by server and model.
pub struct Timings {
    file: PathBuf,
    known: BTreeMap<String, u64>,
}

impl Timings {
    /// Those of this cache; none where nothing was measured, or where the file is not ours.
    pub fn read(cache: &Path) -> Self {
        let file = cache.join("model-loads.json");
        let known = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { file, known }
    }

    /// What is known of a model.
    pub fn of(&self, server: &str, model: &str) -> Option<u64> {
        self.known.get(&key(server, model)).copied()
    }

    /// Keeps what was measured.
    pub fn keep(mut self, server: &str, model: &str, took: u64) -> Result<(), EngineError> {
        self.known.insert(key(server, model), took);
        self.write().map_err(|source| EngineError::Io { action: "write", path: self.file.clone(), source })
    }

    fn write(&self) -> std::io::Result<()> {
        let directory = self.file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory)?;
        let mut fresh = tempfile::NamedTempFile::new_in(directory)?;
        fresh.write_all(serde_json::to_string(&self.known)?.as_bytes())?;
        fresh.persist(&self.file).map(drop).map_err(|error| error.error)
    }
}

fn key(server: &str, model: &str) -> String {
    format!("{server} {model}")
}
