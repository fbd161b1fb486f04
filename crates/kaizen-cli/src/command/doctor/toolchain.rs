//! What `doctor` says about the tools this project is built and tested with. Files are read; nothing is started.

use super::{ok, warning};
use crate::machine::Surroundings;
use kaizen_api::v1::Check;
use std::path::{Path, PathBuf};

/// A language, the files that tell of it, the program it needs, and where to get that.
struct Language {
    name: &'static str,
    files: &'static [&'static str],
    program: &'static str,
    mend: &'static str,
}

const LANGUAGES: [Language; 4] = [
    Language {
        name: "python",
        files: &["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "tox.ini"],
        program: "python3",
        mend: "apt-get install python3, or put python3 on the search path",
    },
    Language {
        name: "node",
        files: &["package.json"],
        program: "node",
        mend: "install Node.js (https://nodejs.org), or put node on the search path",
    },
    Language { name: "rust", files: &["Cargo.toml"], program: "cargo", mend: "https://rustup.rs" },
    Language { name: "go", files: &["go.mod"], program: "go", mend: "https://go.dev/dl, or put go on the search path" },
];

/// Environments a Python project may bring.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];

/// What package managers of Node write, and the command that installs by it.
const LOCKS: [(&str, &str); 4] = [
    ("package-lock.json", "npm ci"),
    ("pnpm-lock.yaml", "pnpm install --frozen-lockfile"),
    ("yarn.lock", "yarn install"),
    ("bun.lock", "bun install"),
];

/// The languages of the project at `root`, each with its program and what it installed.
pub(super) fn checks(here: &Surroundings, root: &Path) -> Vec<Check> {
    let mut found = Vec::new();
    for language in LANGUAGES.iter().filter(|language| language.files.iter().any(|file| root.join(file).is_file())) {
        found.push(match program(here, root, language.program) {
            Some(file) => ok(&format!("{} of this project", language.name), file.display().to_string()),
            None => warning(
                &format!("{} of this project", language.name),
                format!("{} is not on the search path", language.program),
                language.mend,
            ),
        });
    }
    found.extend(ENVIRONMENTS.iter().map(|name| root.join(name)).filter(|place| place.exists()).map(|place| environment(&place)));
    found.extend(packages(root));
    found
}

fn program(here: &Surroundings, root: &Path, name: &str) -> Option<PathBuf> {
    let own = ENVIRONMENTS.iter().map(|place| root.join(place).join("bin").join(name)).find(|file| file.is_file());
    own.or_else(|| here.program(name))
}

/// A virtual environment holds a link to the interpreter it was made with, and breaks when that goes.
fn environment(place: &Path) -> Check {
    let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let anew = format!("make it anew: rm -r {name} && python3 -m venv {name}, and install into it");
    let Ok(text) = std::fs::read_to_string(place.join("pyvenv.cfg")) else {
        return warning(&name, format!("{} is no virtual environment: it has no pyvenv.cfg", place.display()), anew);
    };
    let value = |key: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.into_iter().find(|(found, _)| found.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let version = value("version").or_else(|| value("version_info")).unwrap_or_else(|| "of an unknown version".into());
    if !place.join("bin/python").is_file() {
        let from = value("home").map_or_else(String::new, |home| format!(" from {home}"));
        return warning(&name, format!("its python {version}{from} is gone"), anew);
    }
    ok(&name, format!("python {version}"))
}

/// Packages that a lock file names and that are not there.
fn packages(root: &Path) -> Option<Check> {
    if !root.join("package.json").is_file() {
        return None;
    }
    let (lock, install) = LOCKS.iter().find(|(lock, _)| root.join(lock).is_file())?;
    let modules = root.join("node_modules");
    // Yarn may keep packages elsewhere, and says so in a file.
    if modules.is_dir() || root.join(".pnp.cjs").is_file() {
        return Some(ok("node packages", format!("installed ({lock})")));
    }
    Some(warning(
        "node packages",
        format!("{lock} is there and node_modules is not"),
        format!("{install}, or benchmark.setup in kaizen.toml"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_whose_interpreter_is_gone_is_told_with_its_origin() {
        let room = tempfile::tempdir().unwrap();
        let place = room.path().join(".venv");
        std::fs::create_dir_all(place.join("bin")).unwrap();
        assert!(environment(&place).detail.contains("no pyvenv.cfg"));
        std::fs::write(place.join("pyvenv.cfg"), "home = /opt/python/bin\nversion = 3.9.2\n").unwrap();
        std::os::unix::fs::symlink("/opt/python/bin/python-that-is-gone", place.join("bin/python")).unwrap();
        let broken = environment(&place);
        assert_eq!((broken.state.as_str(), broken.detail.as_str()), ("warning", "its python 3.9.2 from /opt/python/bin is gone"));
        std::fs::remove_file(place.join("bin/python")).unwrap();
        std::fs::write(place.join("bin/python"), "").unwrap();
        assert_eq!((environment(&place).state.as_str(), environment(&place).detail.as_str()), ("ok", "python 3.9.2"));
    }

    #[test]
    fn packages_that_only_a_lock_file_knows_are_named_with_the_command_that_installs_them() {
        let room = tempfile::tempdir().unwrap();
        assert_eq!(packages(room.path()), None);
        for file in ["package.json", "pnpm-lock.yaml"] {
            std::fs::write(room.path().join(file), "{}").unwrap();
        }
        assert!(packages(room.path()).unwrap().mend.unwrap().starts_with("pnpm install"));
        std::fs::create_dir(room.path().join("node_modules")).unwrap();
        assert_eq!(packages(room.path()).unwrap().state, "ok");
    }
}
