//! `kaizen man`: the manual pages, made of the same texts as `--help`.

use crate::args::{self, Arguments};
use crate::output::Output;
use clap::CommandFactory;
use kaizen_api::v1::ManPages;
use kaizen_engine::error::EngineError;

/// Writes a page for the program and one for each command.
pub fn run(output: &Output, wanted: &args::Man) -> Result<u8, EngineError> {
    let directory = &wanted.directory;
    let failed = |source| EngineError::Io { action: "write the pages into", path: directory.clone(), source };
    std::fs::create_dir_all(directory).map_err(failed)?;
    let command = Arguments::command();
    // A hidden command has a page too: it is only left out of the short list.
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let shown = names.into_iter().fold(command, |command, name| command.mut_subcommand(name, |one| one.hide(false)));
    clap_mangen::generate_to(shown, directory).map_err(failed)?;
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        pages.extend(Some(name).filter(|name| name.starts_with("kaizen") && name.ends_with(".1")));
    }
    pages.sort();
    let result = ManPages { schema: "kaizen.man/1".into(), directory: directory.display().to_string(), pages };
    output.either(&result, || format!("{} pages in {}; man {}/kaizen.1", result.pages.len(), result.directory, result.directory))?;
    Ok(0)
}
