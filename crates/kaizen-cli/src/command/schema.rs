//! `kaizen schema`

use crate::args;
use crate::output::Output;
use kaizen_api::v1::{SchemaList, schemas};
use kaizen_engine::error::EngineError;

/// The files a person writes: `kaizen.toml` and `config.toml`.
const FILES: [&str; 2] = ["config", "settings"];

/// Prints a JSON schema, or the names of all.
pub fn run(output: &Output, wanted: &args::Schema) -> Result<u8, EngineError> {
    let Some(name) = &wanted.name else {
        let names: Vec<String> = FILES.into_iter().chain(schemas()).map(str::to_owned).collect();
        let list = SchemaList { schema: "kaizen.schemas/1".into(), names };
        output.either(&list, || list.names.join("\n"))?;
        return Ok(0);
    };
    let unknown = || EngineError::usage(format!("there is no schema named {name}"), "`kaizen schema` lists the names");
    let schema = match name.as_str() {
        "config" => kaizen_engine::config::schema(),
        "settings" => kaizen_engine::settings::schema(),
        name => kaizen_api::v1::schema(name).ok_or_else(unknown)?.to_value(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|source| EngineError::Stored { what: "schema", source })?;
    output.line(text);
    Ok(0)
}
