//! Settings in files as a subject: one value replaced where it stands, every other byte kept.

use crate::config::lever::{Place, Tunable};
use crate::config::{Config, FILE};
use crate::error::EngineError;
use crate::subject::Subject;
use crate::subject::code::{Candidate, Draft};
use crate::trial::snapshot::Snapshot;
use kaizen_domain::change::FileMode;
use kaizen_domain::path::RepoPath;
use kaizen_tune::error::TuneError;
use kaizen_tune::setting::{Format, read, write};
use kaizen_tune::space::value::{Configuration, Value};
use std::collections::BTreeMap;

/// Settings under `[levers.config]`.
pub struct Settings;

impl Subject for Settings {
    fn name(&self) -> &'static str {
        "config"
    }

    fn may_change(&self, config: &Config, path: &RepoPath) -> bool {
        config.levers.config.keys().any(|file| file.as_bytes() == path.as_bytes())
    }
}

/// The files settings stand in, with the values they have.
pub struct Files {
    tunable: Tunable,
    /// By file; the benchmark's command under [`COMMAND`].
    texts: BTreeMap<String, String>,
    /// By file.
    modes: BTreeMap<RepoPath, FileMode>,
    /// The project's `kaizen.toml`, where the command stands.
    project: String,
}

/// Where the benchmark's command is kept among the texts.
const COMMAND: &str = "the benchmark's command";

impl Files {
    /// Reads them from the baseline.
    pub fn read(tunable: Tunable, config: &Config, snapshot: &Snapshot) -> Result<Self, EngineError> {
        let (mut texts, mut modes) = (BTreeMap::new(), BTreeMap::new());
        for place in &tunable.places {
            if place.format.is_command_line() {
                texts.insert(COMMAND.to_owned(), config.benchmark.command.as_str().to_owned());
                continue;
            }
            let missing = || {
                EngineError::usage(
                    format!("levers.config names {}, which is no file of the project", place.file),
                    "git add it, or mend the name",
                )
            };
            let path: RepoPath = place.file.parse().map_err(|_| missing())?;
            if snapshot.protects(&path) {
                let what = format!("levers.config names {path}, which is protected");
                return Err(EngineError::usage(what, "take it out of benchmark.protect, or move the settings to a file of their own"));
            }
            texts.insert(place.file.clone(), snapshot.text(&path)?.ok_or_else(missing)?);
            let mode = snapshot.mode(&path);
            modes.insert(path, mode);
        }
        let project = FILE.parse::<RepoPath>().ok().map(|path| snapshot.text(&path)).transpose()?.flatten();
        if texts.contains_key(COMMAND) && project.is_none() {
            let what = "a lever of the benchmark's command line needs a kaizen.toml that is committed";
            return Err(EngineError::usage(what, "git add kaizen.toml && git commit"));
        }
        Ok(Self { tunable, texts, modes, project: project.unwrap_or_default() })
    }

    /// What may vary.
    pub fn tunable(&self) -> &Tunable {
        &self.tunable
    }

    /// The configuration the files hold.
    pub fn present(&self) -> Result<Configuration, EngineError> {
        let mut values: Vec<(String, Value)> = Vec::new();
        for place in &self.tunable.places {
            let text = self.texts.get(text_of(place)).map_or("", String::as_str);
            values.push((place.name.clone(), read(place.format, text, &place.name).map_err(|error| in_file(&place.file, &error))?));
        }
        self.tunable.space.adopt(&values).map_err(|error| in_file("levers.config", &error))
    }

    /// The files with another configuration, as a candidate; settings without effect stay as they are.
    pub fn candidate(&self, wanted: &Configuration, present: &Configuration) -> Result<Candidate, EngineError> {
        let mut texts = self.texts.clone();
        for place in &self.tunable.places {
            let Some((value, text)) = wanted.get(&place.name).zip(texts.get_mut(text_of(place))) else { continue };
            *text = write(place.format, text, &place.name, value).map_err(|error| in_file(&place.file, &error))?;
        }
        let changed = texts.into_iter().filter(|(file, after)| self.texts.get(file) != Some(after));
        let drafts = changed.map(|(file, after)| self.draft(&file, after)).collect::<Result<_, _>>()?;
        Ok(Candidate { drafts, summary: self.summary(wanted, present), made: None })
    }

    /// A changed file; a changed command changes `kaizen.toml`.
    fn draft(&self, file: &str, after: String) -> Result<Draft, EngineError> {
        let (file, before, after) = match file {
            COMMAND => {
                let changed = write(Format::Toml, &self.project, "benchmark.command", &Value::Text(after));
                (FILE, &self.project, changed.map_err(|error| in_file(FILE, &error))?)
            }
            file => (file, self.texts.get(file).unwrap_or(&self.project), after),
        };
        let wrong = |_| EngineError::usage(format!("{file} is no path of the project"), "mend [levers.config]");
        let path: RepoPath = file.parse().map_err(wrong)?;
        let mode = self.modes.get(&path).copied().unwrap_or(FileMode::Regular);
        Ok(Draft { path, before: Some(before.clone().into_bytes()), after: Some((mode, after.into_bytes())) })
    }

    /// `settings.yaml  cache.entries 256 -> 4096`.
    fn summary(&self, wanted: &Configuration, present: &Configuration) -> String {
        let of = |name: &str| self.tunable.places.iter().find(|place| place.name == name).map_or("", |place| place.file.as_str());
        let changes: Vec<String> = wanted
            .changes(present)
            .map(|(name, value)| {
                let before = present.get(name).map_or_else(|| "-".to_owned(), ToString::to_string);
                format!("{}  {name} {before} -> {value}", of(name))
            })
            .collect();
        changes.join(", ")
    }
}

/// Under which name the text is kept that holds a setting.
fn text_of(place: &Place) -> &str {
    if place.format.is_command_line() { COMMAND } else { &place.file }
}

fn in_file(file: &str, error: &TuneError) -> EngineError {
    EngineError::usage(
        format!("{file}: {error}"),
        "mend the file or [levers.config] in kaizen.toml: `kaizen schema config` says what may stand there",
    )
}
