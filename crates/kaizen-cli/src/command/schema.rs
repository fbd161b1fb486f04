//! `kaizen schema` and `kaizen completions`

use crate::args::{self, Arguments};
use crate::output::Output;
use clap::CommandFactory;
use kaizen_api::v1::{SCHEMAS, SchemaList};
use kaizen_engine::error::EngineError;

/// Prints a JSON schema, or the names of all.
pub fn run(output: &Output, wanted: &args::Schema) -> Result<u8, EngineError> {
    let Some(name) = &wanted.name else {
        let names: Vec<String> = std::iter::once("config").chain(SCHEMAS).map(str::to_owned).collect();
        let list = SchemaList { schema: "kaizen.schemas/1".into(), names };
        output.either(&list, || list.names.join("\n"))?;
        return Ok(0);
    };
    let unknown = || EngineError::usage(format!("there is no schema named {name}"), "`kaizen schema` lists the names");
    let schema =
        if name == "config" { kaizen_engine::config::schema() } else { kaizen_api::v1::schema(name).ok_or_else(unknown)?.to_value() };
    let text = serde_json::to_string_pretty(&schema).map_err(|source| EngineError::Stored { what: "schema", source })?;
    output.line(text);
    Ok(0)
}

/// Prints the completions for a shell.
pub fn completions(output: &Output, wanted: &args::Completions) -> Result<u8, EngineError> {
    let mut bytes = Vec::new();
    clap_complete::generate(wanted.shell, &mut Arguments::command(), "kaizen", &mut bytes);
    output.raw(&bytes);
    Ok(0)
}
