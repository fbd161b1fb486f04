//! `cargo xtask TASK`: everything a developer of Kaizen runs besides `cargo build`.
//!
//! One file per task and one line in [`TASKS`]. A task prints what it finds and answers whether all is well.

mod bench;
mod capture;
mod ci;
mod docs;
mod install;
mod packages;
mod step;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A task ends well, or with what a person should read.
type Outcome = Result<(), String>;

/// One subcommand.
struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&Path) -> Outcome,
}

const TASKS: &[Task] = &[
    Task {
        name: "bench",
        about: "what the loop and the sandbox cost, against what is promised (bench loop|sandbox|gate|gateway|repair|packages|tune)",
        run: bench::run,
    },
    Task { name: "capture", about: "export telemetry from real clients anew, for the tests that read it", run: capture::run },
    Task { name: "ci", about: "install what the checks need, then format, lints, tidy and all tests", run: ci::run },
    Task { name: "docs", about: "write the pages of docs/reference that the binary tells about itself", run: docs::run },
    Task { name: "install", about: "install what the checks need (Debian packages, as root)", run: install::run },
    Task { name: "tidy", about: "check the invariants of ARCHITECTURE.md that a program can check", run: tidy::run },
];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let Some(task) = TASKS.iter().find(|task| task.name == wanted) else {
        return usage(&wanted);
    };
    match repository_root().and_then(|root| (task.run)(&root)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Cargo says where this package lies now: a target directory may have moved with its checkout since it was built.
fn repository_root() -> Result<PathBuf, String> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map(Path::to_path_buf).ok_or_else(|| "xtask lies in no directory".to_string())
}

fn usage(wanted: &str) -> ExitCode {
    if !wanted.is_empty() {
        eprintln!("error: no task '{wanted}'");
    }
    eprintln!("usage: cargo xtask TASK");
    for task in TASKS {
        eprintln!("  {:<8} {}", task.name, task.about);
    }
    ExitCode::from(2)
}
