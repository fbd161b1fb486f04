//! A Python of a benchmark's own, with packages from PyPI.

use super::room::answer;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter of the environment at `place` with these packages. What is there already is kept; what was left half made is ended.
pub(super) fn with_packages(place: &Path, packages: &[&str]) -> Result<PathBuf, String> {
    let python = place.join("bin/python");
    // pip comes last into an environment.
    if !place.join("bin/pip").exists() {
        answer(Command::new("python3").args(["-m", "venv"]).arg(place), "python3 -m venv")?;
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    answer(&mut pip, &format!("pip install {}", packages.join(" ")))?;
    Ok(python)
}
