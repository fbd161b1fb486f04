//! Files of a backup beside the store: config.toml, and secrets that were asked for. What is there and differs is kept beside.

use super::super::backup::{CONFIG, MANIFEST, Manifest, SECRET, beside, io, stamp};
use crate::machine::Surroundings;
use kaizen_engine::error::EngineError;
use kaizen_engine::settings::secret::SecretPlace;
use kaizen_llm::secret::{Secret, keep_in_keyring};
use kaizen_store::Part;
use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// What became of the files.
#[derive(Debug, Default)]
pub struct Restored {
    /// What was put back, for people.
    pub files: Vec<String>,
    /// What was not, and why.
    pub refused: Vec<String>,
}

/// Puts every part back where it belongs.
pub fn put_back(here: &Surroundings, parts: &[Part]) -> Result<Restored, EngineError> {
    let mut restored = Restored::default();
    for part in parts {
        if part.name == CONFIG {
            restored.files.extend(exchanged(&here.settings, &part.content)?);
        } else if let Some(place) = part.name.strip_prefix(SECRET) {
            secret(place, &part.content, &mut restored)?;
        }
    }
    Ok(restored)
}

/// What the backup says is not in it.
pub fn left_out(parts: &[Part]) -> Result<Vec<String>, EngineError> {
    let Some(part) = parts.iter().find(|part| part.name == MANIFEST) else { return Ok(Vec::new()) };
    let manifest: Manifest = serde_json::from_slice(&part.content).map_err(|source| EngineError::Stored { what: "manifest", source })?;
    Ok(manifest.left_out)
}

/// Writes a file whole or not at all; `None` where it holds just that already.
fn exchanged(file: &Path, content: &[u8]) -> Result<Option<String>, EngineError> {
    let present = match std::fs::read(file) {
        Ok(present) => Some(present),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(io("read", file)(error)),
    };
    if present.as_deref() == Some(content) {
        return Ok(None);
    }
    let parent = file.parent().unwrap_or(Path::new("/"));
    DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(io("create", parent))?;
    let new = beside(file, &format!(".new-{}", std::process::id()));
    write(&new, content)?;
    let mut said = file.display().to_string();
    if present.is_some() {
        let kept = beside(file, &format!(".before-restore-{}", stamp()));
        std::fs::hard_link(file, &kept).or_else(|_| std::fs::copy(file, &kept).map(drop)).map_err(io("keep", &kept))?;
        said = format!("{said} (what was there before: {})", kept.display());
    }
    std::fs::rename(&new, file).map_err(io("rename", &new))?;
    Ok(Some(said))
}

fn write(file: &Path, content: &[u8]) -> Result<(), EngineError> {
    let written = || -> std::io::Result<()> {
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(file)?;
        file.write_all(content)?;
        file.sync_all()
    };
    written().map_err(io("write", file))
}

/// A secret goes where it was; another one that is there stays.
fn secret(place: &str, content: &[u8], restored: &mut Restored) -> Result<(), EngineError> {
    match SecretPlace::try_from(place.to_owned()) {
        Ok(SecretPlace::File(path)) if path.exists() => {
            let present = std::fs::read(&path).map_err(io("read", &path))?;
            if present.trim_ascii() != content.trim_ascii() {
                restored.refused.push(format!("{place}: another secret is there, and stays"));
            }
        }
        Ok(SecretPlace::File(path)) => {
            restored.files.extend(exchanged(&path, content)?);
        }
        Ok(SecretPlace::Keyring(name)) => match std::str::from_utf8(content).ok().and_then(Secret::new) {
            Some(secret) => match keep_in_keyring(&name, &secret) {
                Ok(()) => restored.files.push(place.to_owned()),
                Err(error) => restored.refused.push(format!("{place}: {error}")),
            },
            None => restored.refused.push(format!("{place}: it is empty")),
        },
        Ok(SecretPlace::Env(_)) | Err(_) => restored.refused.push(format!("{place}: not a place for a secret")),
    }
    Ok(())
}
