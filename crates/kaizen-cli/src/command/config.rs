//! `kaizen config`

use crate::args::{ConfigAction, ConfigCommand};
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::{configuration, repository};
use kaizen_api::v1::{Done, Setting, Settings};
use kaizen_engine::config::{FILE, Origin};
use kaizen_engine::error::EngineError;
use kaizen_engine::scratch::Places;

/// Shows every value with its origin, or checks the file.
pub async fn run(here: &Surroundings, output: &Output, wanted: &ConfigCommand) -> Result<u8, EngineError> {
    let places = Places::prepare(&here.machine.cache)?;
    let git = repository(here, &places.scratch)?;
    let (config, configured) = configuration(git.root(), output)?;
    if matches!(wanted.action, ConfigAction::Check) {
        let done = if configured { format!("{FILE} is right") } else { format!("there is no {FILE}; what was detected works") };
        output.either(&Done { schema: "kaizen.done/1".into(), done: done.clone(), id: None }, || done)?;
        return Ok(0);
    }
    let entries = config.entries().map_err(|source| EngineError::Stored { what: "configuration", source })?;
    let origin = |origin: Origin| match origin {
        Origin::File(line) if configured => format!("{FILE}:{line}"),
        Origin::File(_) => "detected".to_owned(),
        Origin::Default => "default".to_owned(),
    };
    if output.json {
        let values = entries.into_iter().map(|entry| Setting { key: entry.key, value: entry.value, origin: origin(entry.origin) });
        output.object(&Settings { schema: "kaizen.settings/1".into(), values: values.collect() })?;
        return Ok(0);
    }
    entries.iter().for_each(|entry| output.line(format!("{:<32} {:<48} {}", entry.key, entry.value, origin(entry.origin))));
    Ok(0)
}
