//! `kaizen schema` and `kaizen completions`

use crate::args::{self, Arguments};
use crate::complete;
use crate::output::Output;
use clap::CommandFactory;
use kaizen_api::v1::{SCHEMAS, SchemaList};
use kaizen_engine::error::EngineError;

/// The files a person writes: `kaizen.toml` and `config.toml`.
const FILES: [&str; 2] = ["config", "settings"];

/// Prints a JSON schema, or the names of all.
pub fn run(output: &Output, wanted: &args::Schema) -> Result<u8, EngineError> {
    let Some(name) = &wanted.name else {
        let names: Vec<String> = FILES.into_iter().chain(SCHEMAS).map(str::to_owned).collect();
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

/// Prints the completions for a shell: a script that asks this program, or with `--static` one that knows the commands alone.
pub fn completions(output: &Output, wanted: &args::Completions) -> Result<u8, EngineError> {
    let mut bytes = Vec::new();
    if wanted.fixed {
        clap_complete::generate(wanted.shell, &mut Arguments::command(), "kaizen", &mut bytes);
    } else {
        let unsaid = |error: std::io::Error| EngineError::environment(error.to_string(), "kaizen completions --static SHELL needs less");
        let program = std::env::current_exe().map_err(unsaid)?;
        bytes = complete::script(&wanted.shell.to_string(), &program.to_string_lossy()).map_err(unsaid)?;
    }
    output.raw(&bytes);
    Ok(0)
}
