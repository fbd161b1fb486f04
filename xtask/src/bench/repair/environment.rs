//! The mutation tools and the packages' sources, fetched once into the target directory.

use crate::bench::Site;
use crate::bench::room::answer;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What makes the defects and what compares behaviour.
const TOOLS: [&str; 4] = ["cosmic-ray==8.7.0", "mutmut==2.4.5", "setuptools==75.8.0", "wheel==0.45.1"];
/// What runs the packages' tests, beside what each of them asks for.
pub(super) const RUNNER: [&str; 2] = ["pytest==8.3.4", "cloudpickle==3.1.1"];

/// A Python with the tools, and a directory for sources and results.
pub(super) struct Environment {
    place: PathBuf,
    scripts: PathBuf,
}

impl Environment {
    /// Made where it is not there yet.
    pub(super) fn open(site: &Site) -> Result<Self, String> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| site.root.join("target"), PathBuf::from);
        let environment = Self { place: target.join("bench-repair"), scripts: site.root.join("xtask/src/bench/repair") };
        if !environment.python().exists() {
            install(&environment.place.join("tools"), &TOOLS)?;
        }
        Ok(environment)
    }

    /// Where sources and results are.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// The Python that has the tools.
    pub(super) fn python(&self) -> PathBuf {
        self.place.join("tools/bin/python")
    }

    /// A script of this benchmark.
    pub(super) fn script(&self, name: &str) -> PathBuf {
        self.scripts.join(name)
    }

    /// The source distribution of a package, as its maintainers published it.
    pub(super) fn source(&self, name: &str, version: &str) -> Result<PathBuf, String> {
        let sources = self.place.join("sources");
        let file = sources.join(format!("{name}-{version}.tar.gz"));
        if !file.exists() {
            let mut pip = Command::new(self.python());
            pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:"]);
            pip.args(["--no-build-isolation", "--dest"]).arg(&sources).arg(format!("{name}=={version}"));
            answer(&mut pip, &format!("pip download {name}"))?;
        }
        Ok(file)
    }
}

/// A Python of its own with these packages.
pub(super) fn install(place: &Path, packages: &[&str]) -> Result<(), String> {
    answer(Command::new("python3").args(["-m", "venv"]).arg(place), "python3 -m venv")?;
    let mut pip = Command::new(place.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    answer(&mut pip, &format!("pip install {}", packages.join(" "))).map(drop)
}
