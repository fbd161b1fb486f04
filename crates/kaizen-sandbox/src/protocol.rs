//! What engine and holder say to each other: frames of a 4-byte little-endian length and JSON, over one Unix socket pair.
//!
//! The holder answers every request with one reply, except `Interrupt`, which has none and may come at any time.

use crate::backend::Tier;
use crate::caps::Caps;
use crate::error::SandboxError;
use crate::policy::{JailSpec, Limits};
use crate::run::{RunReport, RunSpec};
use crate::wire;
use crate::workspace::{Collected, FileWrite};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// The engine's side.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    Open {
        tier: Tier,
        spec: JailSpec,
        #[serde(with = "wire::one")]
        scratch: PathBuf,
    },
    Run(RunSpec),
    /// From a holder to its deputy in a container only, without a reply: the limits of runs from now on.
    Limit(Limits),
    Interrupt,
    Write(Vec<FileWrite>),
    Reset,
    Collect(u64),
    Close,
}

/// The holder's side.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    Opened {
        #[serde(with = "wire::one")]
        root: PathBuf,
        caps: Caps,
    },
    Report(RunReport),
    Collected(Vec<Collected>),
    Done,
    Failed(Failure),
}

/// An error on its way to the engine.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Failure {
    Setup(String),
    Outside(#[serde(with = "wire::one")] PathBuf),
    Protected(#[serde(with = "wire::one")] PathBuf),
    TooLarge(u64),
    Special(#[serde(with = "wire::one")] PathBuf),
    Full,
    Survivors(String),
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Outside(path) => Self::Outside(path),
            SandboxError::Protected(path) => Self::Protected(path),
            SandboxError::TooLarge(cap) => Self::TooLarge(cap),
            SandboxError::Special(path) => Self::Special(path),
            SandboxError::Full => Self::Full,
            SandboxError::Survivors(text) => Self::Survivors(text),
            SandboxError::Setup(text) | SandboxError::Gone(text) => Self::Setup(text),
            SandboxError::Launch { source, .. } => Self::Setup(source.to_string()),
        }
    }
}

impl From<Failure> for SandboxError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Outside(path) => Self::Outside(path),
            Failure::Protected(path) => Self::Protected(path),
            Failure::TooLarge(cap) => Self::TooLarge(cap),
            Failure::Special(path) => Self::Special(path),
            Failure::Full => Self::Full,
            Failure::Survivors(text) => Self::Survivors(text),
            Failure::Setup(text) => Self::Setup(text),
        }
    }
}

/// Writes one frame.
pub(crate) fn send<T: Serialize>(to: &mut impl Write, message: &T) -> io::Result<()> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let length = u32::try_from(frame.len() - 4).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "message above 4 GiB"))?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    to.write_all(&frame)
}

/// Reads one frame; `None` when the other side has closed.
pub(crate) fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut frame = Vec::new();
    let expected = u64::from(u32::from_le_bytes(length));
    if from.take(expected).read_to_end(&mut frame)? as u64 != expected {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&frame)?))
}
