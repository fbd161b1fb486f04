//! What the engine is told about this machine and user, read from the environment once.

use crate::args::Arguments;
use kaizen_engine::context::{FaultPlan, Machine};
use kaizen_engine::error::EngineError;
use kaizen_engine::settings;
use kaizen_store::Location;
use std::path::PathBuf;

/// The environment, read once.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// What the engine needs.
    pub machine: Machine,
    /// Where the state is.
    pub store: Location,
    /// The directory commands work in.
    pub directory: PathBuf,
    /// The file of the user's settings, which need not exist.
    pub settings: PathBuf,
    /// Where daemons count the calls they begin: best in memory, where it outlives the process and not the machine.
    pub runs: PathBuf,
    /// Faults a test injects.
    pub faults: FaultPlan,
}

impl Surroundings {
    /// A program on the search path.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.machine.path).map(|place| place.join(name)).find(|file| file.is_file())
    }
}

/// Reads the environment.
pub fn surroundings(arguments: &Arguments) -> Result<Surroundings, EngineError> {
    let current = std::env::current_dir().map_err(|error| {
        EngineError::environment(format!("the current directory cannot be read: {error}"), "change to an existing directory")
    })?;
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let machine = Machine {
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        path: std::env::var_os("PATH").unwrap_or_default(),
        cache: place("XDG_CACHE_HOME", ".cache", "cache", home.as_ref())?,
        home: home.clone(),
    };
    let store = match &arguments.store {
        Some(text) => parse_store(text)?,
        None => Location::Sqlite(place("XDG_DATA_HOME", ".local/share", "data", home.as_ref())?.join("kaizen.db")),
    };
    let directory = arguments.directory.as_ref().map_or_else(|| current.clone(), |chosen| current.join(chosen));
    let settings = place("XDG_CONFIG_HOME", ".config", "config", home.as_ref())?.join(settings::FILE);
    let runs = place("XDG_RUNTIME_DIR", ".local/state", "run", home.as_ref())?;
    Ok(Surroundings { machine, store, directory, settings, runs, faults: faults() })
}

/// The variables that may be settings. One whose value is no text is told by its name.
pub fn variables() -> Result<Vec<(String, String)>, EngineError> {
    let ours = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let ours = ours.filter(|(name, _)| name.starts_with("KAIZEN_"));
    let text = |(name, value): (String, std::ffi::OsString)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(EngineError::usage(format!("{name} is no UTF-8 text"), "set it to text, or unset it")),
    };
    ours.map(text).collect()
}

fn parse_store(text: &str) -> Result<Location, EngineError> {
    text.parse().map_err(|error| EngineError::usage(format!("--store: {error}"), "give a file, or postgres://user@host/database"))
}

/// A directory of ours: below KAIZEN_HOME where that is set, else by the XDG rules.
fn place(variable: &str, below_home: &str, name: &str, home: Option<&PathBuf>) -> Result<PathBuf, EngineError> {
    if let Some(own) = std::env::var_os("KAIZEN_HOME").filter(|value| !value.is_empty()) {
        return std::path::absolute(PathBuf::from(own).join(name))
            .map_err(|error| EngineError::usage(format!("KAIZEN_HOME: {error}"), "name a directory"));
    }
    let declared = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let found = declared.or_else(|| home.map(|home| home.join(below_home)));
    found.map(|root| root.join("kaizen")).ok_or_else(|| {
        EngineError::environment("there is no home directory", "set HOME, or KAIZEN_HOME to a directory for all of Kaizen's files")
    })
}

/// `KAIZEN_FAULT=step:abort` or `step:error`, for the tests that prove every step can be survived.
fn faults() -> FaultPlan {
    match std::env::var("KAIZEN_FAULT") {
        Ok(text) => {
            let (step, how) = text.split_once(':').unwrap_or((&text, "error"));
            FaultPlan { step: Some(step.to_owned()), abort: how == "abort" }
        }
        Err(_) => FaultPlan::default(),
    }
}

/// Milliseconds since 1970-01-01 UTC.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
