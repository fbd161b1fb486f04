//! The mutation tools and the packages' sources, fetched once into the target directory.

use crate::bench::python::with_packages;
use crate::bench::room::answer;
use crate::bench::{Site, target};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What makes the defects and what compares behaviour.
const TOOLS: [&str; 4] = ["cosmic-ray==8.7.0", "mutmut==2.4.5", "setuptools==75.8.0", "wheel==0.45.1"];
/// What runs the packages' tests, beside what each of them asks for.
pub(super) const RUNNER: [&str; 2] = ["pytest==8.3.4", "cloudpickle==3.1.1"];

/// A Python with the tools, and a directory for sources and results.
pub(super) struct Environment {
    place: PathBuf,
    python: PathBuf,
    scripts: PathBuf,
}

impl Environment {
    /// Made where it is not there yet.
    pub(super) fn open(site: &Site) -> Result<Self, String> {
        let place = target(&site.root).join("bench-repair");
        let python = with_packages(&place.join("tools"), &TOOLS)?;
        Ok(Self { place, python, scripts: site.root.join("xtask/src/bench/repair") })
    }

    /// Where sources and results are.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// The Python that has the tools.
    pub(super) fn python(&self) -> &Path {
        &self.python
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
