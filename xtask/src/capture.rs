//! `cargo xtask capture`: makes the golden captures of telemetry anew.
//!
//! Real clients with real instrumentations, installed in pinned versions from their registries below the build directory, talk to
//! a local upstream and export to a local socket. Needs Python, Node and the registries; no test runs this.

use crate::Outcome;
use crate::step::step;
use std::path::Path;
use std::process::Command;

/// The sets of Python clients; the packages of each are in `NAME.txt` beside the script.
const SETS: [&str; 5] = ["genai", "genai-middle", "openllmetry", "openllmetry-first", "openinference"];

/// Writes them anew.
pub(crate) fn run(root: &Path) -> Outcome {
    let source = root.join("crates/kaizen-server/tests/capture");
    let golden = root.join("crates/kaizen-server/tests/golden");
    let room = root.join("target/capture");
    for set in SETS {
        step(set, || python(set, &source, &room.join(set), &golden))?;
    }
    step("node", || node(&source.join("node"), &room.join("node"), &golden))
}

fn python(set: &str, source: &Path, environment: &Path, golden: &Path) -> Outcome {
    let python = environment.join("bin/python3");
    if !python.exists() {
        ran(Command::new("python3").args(["-m", "venv"]).arg(environment))?;
    }
    ran(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(source.join(format!("{set}.txt"))))?;
    ran(Command::new(&python).arg(source.join("clients.py")).arg(set).arg(golden))
}

/// Node's exporters are the ones that write OTLP JSON.
fn node(source: &Path, place: &Path, golden: &Path) -> Outcome {
    std::fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
    for file in ["package.json", "client.mjs"] {
        std::fs::copy(source.join(file), place.join(file)).map_err(|error| format!("{file}: {error}"))?;
    }
    ran(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(place))?;
    ran(Command::new("node").arg("client.mjs").arg(golden).current_dir(place))
}

fn ran(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed\nhint: it needs Python 3, Node and their registries")) }
}
