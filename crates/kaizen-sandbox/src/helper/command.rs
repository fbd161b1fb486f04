//! A run's command in the form that exec takes.

use crate::error::SandboxError;
use crate::run::RunSpec;
use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

pub(super) struct Command {
    pub(super) argv: Vec<CString>,
    pub(super) env: Vec<CString>,
    /// Full paths to try, in order.
    pub(super) programs: Vec<CString>,
    pub(super) cwd: PathBuf,
}

impl Command {
    pub(super) fn of(spec: &RunSpec, jail_env: &[(OsString, OsString)], root: &Path) -> Result<Self, SandboxError> {
        let plain = spec.cwd.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !plain {
            return Err(SandboxError::Outside(spec.cwd.clone()));
        }
        let env: BTreeMap<&OsStr, &OsStr> =
            jail_env.iter().chain(&spec.env).map(|(name, value)| (name.as_os_str(), value.as_os_str())).collect();
        let programs = programs(spec, env.get(OsStr::new("PATH")).copied())?;
        let argv = spec.argv.iter().map(|argument| text(argument.as_bytes())).collect::<Result<_, _>>()?;
        let env = env.iter().map(|(name, value)| text(&[name.as_bytes(), b"=", value.as_bytes()].concat())).collect::<Result<_, _>>()?;
        Ok(Self { argv, env, programs, cwd: root.join(&spec.cwd) })
    }
}

/// Where exec looks: the program itself when it holds a `/`, else each directory of `PATH`.
fn programs(spec: &RunSpec, path: Option<&OsStr>) -> Result<Vec<CString>, SandboxError> {
    let program = spec.argv.first().ok_or_else(|| SandboxError::Setup("run an empty command".to_owned()))?;
    if program.as_bytes().contains(&b'/') {
        return Ok(vec![text(program.as_bytes())?]);
    }
    let path = path.unwrap_or(OsStr::new("/usr/local/bin:/usr/bin:/bin"));
    std::env::split_paths(path).map(|directory| text(directory.join(program).as_os_str().as_bytes())).collect()
}

fn text(bytes: &[u8]) -> Result<CString, SandboxError> {
    CString::new(bytes).map_err(|_| SandboxError::Setup("pass a NUL byte to a command".to_owned()))
}
