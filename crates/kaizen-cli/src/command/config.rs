//! `kaizen config`

use crate::args::{ConfigAction, ConfigCommand};
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::{configuration, settings, surrounding_repository};
use kaizen_api::v1::{Configuration, Setting};
use kaizen_engine::config::{Config, FILE, Origin};
use kaizen_engine::error::EngineError;
use kaizen_engine::scratch::Places;
use kaizen_engine::settings::{self as user, Settings};
use std::path::Path;

/// Shows every value with its origin, or checks the files. Outside of a repository there are the user's settings only.
pub async fn run(here: &Surroundings, output: &Output, wanted: &ConfigCommand) -> Result<u8, EngineError> {
    let settings = settings(here)?;
    let places = Places::prepare(&here.machine.cache)?;
    let git = surrounding_repository(here, &places.scratch)?;
    let project = git.map(|git| configuration(git.root(), output)).transpose()?;
    match wanted.action {
        ConfigAction::Check => checked(output, here.settings.as_path(), project.as_ref().map(|(_, configured)| *configured)),
        ConfigAction::Show => shown(output, here.settings.as_path(), &settings, project.as_ref()),
    }
}

fn checked(output: &Output, file: &Path, project: Option<bool>) -> Result<u8, EngineError> {
    let mut found = match project {
        Some(true) => vec![format!("{FILE} is right")],
        Some(false) => vec![format!("there is no {FILE}; what was detected works")],
        None => Vec::new(),
    };
    match file.is_file() {
        true => found.push(format!("{} is right", file.display())),
        false if project.is_none() => found.push(format!("there is no {}; the defaults hold", file.display())),
        false => {}
    }
    output.done(found.join("\n"), None).map(|()| 0)
}

fn shown(output: &Output, file: &Path, settings: &Settings, project: Option<&(Config, bool)>) -> Result<u8, EngineError> {
    let unreadable = |source| EngineError::Stored { what: "configuration", source };
    let of_user = settings.entries().map_err(unreadable)?.into_iter().map(|entry| {
        let origin = user_origin(file, &entry.origin);
        Setting { key: entry.key, value: entry.value, origin }
    });
    let of_project = match project {
        Some((config, configured)) => project_values(config, *configured).map_err(unreadable)?,
        None => Vec::new(),
    };
    let (user, project): (Vec<Setting>, Vec<Setting>) = (of_user.collect(), of_project);
    if output.json {
        output.object(&Configuration { schema: "kaizen.configuration/1".into(), values: project, user })?;
        return Ok(0);
    }
    project.iter().chain(&user).for_each(|value| output.line(format!("{:<32} {:<48} {}", value.key, value.value, value.origin)));
    Ok(0)
}

fn user_origin(file: &Path, origin: &user::Origin) -> String {
    match origin {
        user::Origin::File(line) => format!("{}:{line}", file.display()),
        user::Origin::Variable(name) => name.clone(),
        user::Origin::Default => "default".to_owned(),
    }
}

fn project_values(config: &Config, configured: bool) -> Result<Vec<Setting>, serde_json::Error> {
    let origin = |origin: Origin| match origin {
        Origin::File(line) if configured => format!("{FILE}:{line}"),
        Origin::File(_) => "detected".to_owned(),
        Origin::Default => "default".to_owned(),
    };
    let entries = config.entries()?.into_iter();
    Ok(entries.map(|entry| Setting { key: entry.key, value: entry.value, origin: origin(entry.origin) }).collect())
}
