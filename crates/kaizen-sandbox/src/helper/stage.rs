//! The last step before a candidate that another program put into its namespaces: Landlock, the call filter, exec.
//!
//! `bwrap` leaves a process of its own beside the candidate, as the same user and unfiltered. Landlock, taken on here, is what keeps the
//! candidate from taking it over; and what cannot be executed is told as everywhere else.

use super::candidate::execute;
use super::pipes::note;
use crate::landlock::{Allowed, Network, confine};
use crate::seccomp::{Extra, filters};
use crate::sys;
use crate::wire;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use serde::{Deserialize, Serialize};
use std::ffi::{CString, OsString};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The word after the launcher's argument that leads here.
pub(super) const WORD: &str = "stage";

/// What is to be executed and what it may write.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stage {
    #[serde(with = "wire::many")]
    pub(super) argv: Vec<OsString>,
    #[serde(with = "wire::many")]
    pub(super) env: Vec<OsString>,
    #[serde(with = "wire::many")]
    pub(super) programs: Vec<OsString>,
    #[serde(with = "wire::one")]
    pub(super) cwd: PathBuf,
    #[serde(with = "wire::many")]
    pub(super) write: Vec<PathBuf>,
}

/// Becomes the candidate. `words` are the numbers of two inherited descriptors: the stage to read, and the start pipe.
pub(super) fn enter(words: &[OsString]) -> ! {
    let numbers: Vec<RawFd> = words.iter().filter_map(|word| word.to_str()?.parse().ok()).collect();
    let [told, start] = numbers[..] else { sys::exit_now(127) };
    // SAFETY: the holder's descriptors, inherited for this and owned by nothing else here.
    #[allow(unsafe_code)]
    let (told, start) = unsafe { (OwnedFd::from_raw_fd(told), OwnedFd::from_raw_fd(start)) };
    match prepare(told, &start) {
        Err(error) => note(&start, b'F', format!("confine a run: {error}").as_bytes()),
        Ok(stage) => {
            if let Err(text) = execute(&stage.cwd, &texts(&stage.programs), &texts(&stage.argv), &texts(&stage.env), &start) {
                note(&start, b'E', text.as_bytes());
            }
        }
    }
    sys::exit_now(127)
}

fn prepare(told: OwnedFd, start: &OwnedFd) -> io::Result<Stage> {
    let mut text = String::new();
    std::fs::File::from(told).read_to_string(&mut text)?;
    let stage: Stage = serde_json::from_str(&text)?;
    sys::close_all_except(&[0, 1, 2, start.as_raw_fd()])?;
    fcntl(start, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    let allowed = Allowed { read: vec![PathBuf::from("/")], write: stage.write.clone() };
    confine(&allowed, Network::Unrestricted).map_err(io::Error::other)?;
    sys::default_signals();
    for filter in filters(Extra::Nothing).map_err(io::Error::other)? {
        seccompiler::apply_filter(&filter).map_err(io::Error::other)?;
    }
    Ok(stage)
}

/// They were C strings before.
fn texts(words: &[OsString]) -> Vec<CString> {
    words.iter().map(|word| CString::new(word.clone().into_vec()).unwrap_or_default()).collect()
}
