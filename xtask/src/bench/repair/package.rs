//! The packages that get defects, and a room for each with its sources, its tests and a Python to run them.

use super::environment::{Environment, RUNNER};
use crate::bench::python::with_packages;
use crate::bench::room::{Room, answer};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A package of PyPI whose source distribution has its tests.
pub(super) struct Package {
    pub(super) name: &'static str,
    version: &'static str,
    /// What gets defects and may be repaired, as globs.
    pub(super) files: &'static [&'static str],
    /// What pytest is given.
    tests: &'static [&'static str],
    /// What its tests import beside it.
    needs: &'static [&'static str],
}

/// The first ones are a quick look.
pub(super) const PACKAGES: &[Package] = &[
    Package { name: "inflection", version: "0.5.1", files: &["inflection/*.py"], tests: &["test_inflection.py"], needs: &[] },
    Package { name: "toolz", version: "1.0.0", files: &["toolz/*.py"], tests: &["toolz/tests"], needs: &[] },
    Package { name: "tabulate", version: "0.9.0", files: &["tabulate/__init__.py"], tests: &["test"], needs: &[] },
    Package { name: "jmespath", version: "1.0.1", files: &["jmespath/*.py"], tests: &["tests"], needs: &[] },
    Package { name: "parse", version: "1.20.2", files: &["parse.py"], tests: &["tests"], needs: &[] },
    Package {
        name: "cachetools",
        version: "5.5.0",
        files: &["src/cachetools/*.py"],
        tests: &["-o", "pythonpath=src", "tests"],
        needs: &[],
    },
    Package {
        name: "isodate",
        version: "0.6.1",
        files: &["src/isodate/*.py"],
        tests: &["-o", "pythonpath=src", "src/isodate/tests"],
        needs: &["six==1.17.0"],
    },
    Package { name: "roman", version: "4.2", files: &["src/roman.py"], tests: &["-o", "pythonpath=src", "src/tests.py"], needs: &[] },
];

/// A package in a room, ready to be broken and repaired.
pub(super) struct Prepared {
    pub(super) package: &'static Package,
    pub(super) room: Room,
}

impl Prepared {
    /// Unpacks it, gives it a Python, and looks whether its own tests pass.
    pub(super) fn open(package: &'static Package, environment: &Environment, binary: &Path) -> Result<Self, String> {
        let prepared = Self { package, room: Room::new(binary)? };
        let source = environment.source(package.name, package.version)?;
        for place in [prepared.room.project(), prepared.right(), prepared.published()] {
            std::fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
            let mut tar = Command::new("tar");
            answer(tar.arg("xzf").arg(&source).args(["--strip-components=1", "-C"]).arg(&place), "tar")?;
        }
        with_packages(&prepared.room.project().join(".venv"), &[&RUNNER[..], package.needs].concat())?;
        prepared.room.write(".gitignore", b".venv\n__pycache__\n*.pyc\n")?;
        prepared.room.write("kaizen.toml", prepared.config().as_bytes())?;
        prepared.room.run(&prepared.command(&[])).map_err(|said| format!("the tests of {} do not pass here: {said}", package.name))?;
        Ok(prepared)
    }

    /// The sources as they were published, for whoever runs them: between two runs a repair may stand in.
    pub(super) fn right(&self) -> PathBuf {
        self.room.path().join("right")
    }

    /// The sources as they were published; nothing is ever written there.
    pub(super) fn published(&self) -> PathBuf {
        self.room.path().join("published")
    }

    /// The package's own Python.
    pub(super) fn python(&self) -> PathBuf {
        self.room.project().join(".venv/bin/python")
    }

    /// What pytest is given to run the suite.
    pub(super) fn arguments(&self) -> Vec<&'static str> {
        [&["-q", "-o", "addopts=", "-p", "no:cacheprovider"], self.package.tests].concat()
    }

    /// The suite, with more arguments.
    pub(super) fn command<'a>(&self, more: &[&'a str]) -> Vec<&'a str> {
        [&[".venv/bin/python", "-m", "pytest"], self.arguments().as_slice(), more].concat()
    }

    fn config(&self) -> String {
        let files: Vec<String> = self.package.files.iter().map(|glob| format!("\"{glob}\"")).collect();
        format!(
            "[project]\nname = \"bench\"\n\n[benchmark]\ncommand = \"{}\"\nformat = \"pytest\"\n\n[levers.code]\nfiles = [{}]\n\n\
             [propose]\nuse = [\"mutate\"]\n\n[limits]\nmax_candidates = {}\n\n[gate]\ncanary_rate = 0\n",
            self.command(&[]).join(" "),
            files.join(", "),
            super::repaired::BUDGET
        )
    }
}
