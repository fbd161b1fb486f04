//! `cargo xtask bench SUBJECT`: what a thing costs, measured on real processes and compared with what is promised.
//!
//! One file per subject and one line in [`SUBJECTS`]. Everything happens in temporary directories; the measured program is built as
//! it is installed (profile `dist`) unless `--binary` names one. A miss is printed as a miss; the task fails only where something could not be
//! measured, or where a run left something behind.

mod gate;
mod gateway;
mod packages;
mod project;
mod python;
mod repair;
mod room;
mod sandbox;
mod table;
mod the_loop;
mod tune;
mod wish;

use crate::Outcome;
use crate::step::{cargo, step};
use std::path::{Path, PathBuf};
use table::Table;
use wish::Wish;

/// What can be measured.
const SUBJECTS: &[Subject] = &[the_loop::SUBJECT, sandbox::SUBJECT, gate::SUBJECT, gateway::SUBJECT, repair::SUBJECT];

/// Measures with these flags.
type OwnPage = fn(&Path, &[String]) -> Outcome;

/// What has a page of results and flags of its own: its name, how it is asked for, what runs it.
const OWN_PAGES: &[(&str, &str, OwnPage)] = &[("packages", packages::USAGE, packages::run), ("tune", tune::USAGE, tune::run)];

/// One thing with promises about its cost, and a section of its own on the page of results.
struct Subject {
    name: &'static str,
    about: &'static str,
    /// Measured in this order; `--only` names one.
    parts: &'static [Part],
    endurance: Endurance,
    program: Program,
}

impl Subject {
    /// Whether it can be measured on real times from a file.
    fn takes_trace(&self) -> bool {
        self.name == gate::SUBJECT.name
    }
}

/// How often something is repeated that must go well every time.
struct Endurance {
    flag: &'static str,
    about: &'static str,
    usual: u32,
}

/// The program that is measured.
struct Program {
    /// Arguments of `cargo build --profile dist`.
    build: &'static [&'static str],
    /// Where that puts it, below the target directory.
    path: &'static str,
}

/// A part of a subject.
struct Part {
    name: &'static str,
    measure: fn(&Site, &Wish, &mut Table) -> Outcome,
}

/// Where the sources and the measured executable are.
struct Site {
    root: PathBuf,
    binary: PathBuf,
}

/// Measures a subject (or one part of it) and prints the table.
pub(crate) fn run(root: &Path) -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    if let [name, flags @ ..] = arguments.as_slice()
        && let Some((_, _, own)) = OWN_PAGES.iter().find(|(known, ..)| known == name)
    {
        return own(root, flags);
    }
    let (subject, wish) = wish::read(SUBJECTS, &arguments)?;
    wish.is_fit_to_write(subject)?;
    let binary = match &wish.binary {
        Some(path) => std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => build(root, &subject.program)?,
    };
    let site = Site { root: root.to_owned(), binary };
    let mut table = Table::default();
    let mut failures = Vec::new();
    for part in subject.parts.iter().filter(|part| wish.only.as_deref().is_none_or(|only| only == part.name)) {
        let measured = step(part.name, || (part.measure)(&site, &wish, &mut table));
        failures.extend(measured.err().map(|message| format!("{}: {message}", part.name)));
    }
    println!("\n{}", table.text());
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    if wish.write { table.write(root, subject.name) } else { Ok(()) }
}

fn build(root: &Path, program: &Program) -> Result<PathBuf, String> {
    let arguments = [&["build", "--profile", "dist"], program.build].concat();
    step("build", || cargo(root, &arguments, "mend what the compiler names"))?;
    Ok(target(root).join("dist").join(program.path))
}

/// Cargo's target directory, where what is fetched for a benchmark lies too.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
