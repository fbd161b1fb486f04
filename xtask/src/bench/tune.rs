//! `cargo xtask bench tune [--quick] [--write]`: the tuner against Optuna at an equal number of runs, on functions whose best point is
//! known.
//!
//! The studies are an example program of the tuner's crate; Optuna comes from PyPI into an environment of its own below the target
//! directory. The seeds are not those the tuner was made with. A missed target is printed as missed and is no failure of the task.

mod page;
mod result;

use crate::Outcome;
use crate::bench::python::with_packages;
use crate::bench::room::answer;
use crate::bench::target;
use crate::step::step;
use result::Results;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Seeds that nothing in the tuner was chosen by; those below ninety were used for that.
const HELD_OUT: Range<u64> = 1000..1040;
const QUICK: Range<u64> = 1000..1003;
/// Runs of every study, whatever they are for.
pub(super) const BUDGET: usize = 100;
const OPTUNA: &str = "optuna>=5,<6";
pub(super) const USAGE: &str = "usage: cargo xtask bench tune [--quick] [--write]
  --quick  three seeds: to see that it works, not to quote
  --write  write docs/reference/tune.md";

/// Runs both sides and prints the tables.
pub(super) fn run(root: &Path, flags: &[String]) -> Outcome {
    let has = |wanted: &str| flags.iter().any(|flag| flag == wanted);
    let (quick, write) = (has("--quick"), has("--write"));
    if flags.iter().any(|flag| flag != "--quick" && flag != "--write") {
        return Err(USAGE.to_string());
    }
    if quick && write {
        return Err("a quick measurement is not written down\nhint: cargo xtask bench tune --write".to_string());
    }
    let target = target(root);
    let python = step("optuna", || with_packages(&target.join("bench-optuna"), &[OPTUNA]))?;
    let program = step("build", || build(root, &target))?;
    let seeds = if quick { QUICK } else { HELD_OUT };
    let driver = root.join("xtask/src/bench/tune/driver.py");
    let lines = step("studies", || studies(&program, &seeds, &python, &driver))?;
    let results = Results::read(&lines)?;
    let version = answer(Command::new(&python).args(["-c", "import optuna; print(optuna.__version__)"]), "Optuna's version")?;
    let text = page::text(&results, &seeds, &version);
    println!("\n{text}");
    let page = root.join(page::PATH);
    if write { std::fs::write(&page, text).map_err(|error| format!("{}: {error}", page::PATH)) } else { Ok(()) }
}

fn build(root: &Path, target: &Path) -> Result<PathBuf, String> {
    let arguments = ["build", "--release", "-p", "kaizen-tune", "--example", "compare"];
    crate::step::cargo(root, &arguments, "mend what the compiler names")?;
    Ok(target.join("release/examples/compare"))
}

/// Both sides at the same time; the lines of both.
fn studies(program: &Path, seeds: &Range<u64>, python: &Path, driver: &Path) -> Result<String, String> {
    let numbers = [seeds.start.to_string(), seeds.end.to_string(), BUDGET.to_string()];
    let failed = |error: std::io::Error| format!("the studies could not be run: {error}");
    let mut optuna = Command::new(python).arg(driver).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let (Some(to), Some(from)) = (optuna.stdin.take(), optuna.stdout.take()) else { return Err("no way to the driver".to_string()) };
    let mut theirs = Command::new(program);
    theirs.arg("optuna").args(&numbers).stdin(from).stdout(to).stderr(Stdio::piped());
    let running = theirs.spawn().map_err(failed)?;
    // The command holds the driver's pipes: while it lives, the driver never sees their end.
    drop(theirs);
    let ours = Command::new(program).arg("kaizen").args(&numbers).output().map_err(failed)?;
    let theirs = running.wait_with_output().map_err(failed)?;
    optuna.wait().map_err(failed)?;
    [ours, theirs].into_iter().map(|output| lines(&output)).collect::<Result<Vec<String>, String>>().map(|all| all.join("\n"))
}

/// What a side measured.
fn lines(output: &Output) -> Result<String, String> {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(text) } else { Err(format!("a side of the comparison failed: {text}")) }
}
