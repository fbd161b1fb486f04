//! The packages: popular, thousands of lines, none of ours, with their tests in what they publish.

/// Where a package is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registry {
    /// Python.
    PyPi,
    /// JavaScript.
    Npm,
    /// Rust.
    Crates,
}

impl Registry {
    /// As people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PyPi => "PyPI",
            Self::Npm => "npm",
            Self::Crates => "crates.io",
        }
    }
}

/// A package and how its maintainers install and run its tests.
pub(super) struct Package {
    pub(super) registry: Registry,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// Lines of shell in the project's root.
    pub(super) install: &'static [&'static str],
    /// The suite as people type it, outside.
    pub(super) outside: &'static str,
    /// How that counts its cases.
    pub(super) counts: Counts,
    /// Files a maintainer has ignored although the archive has them, or that the install leaves: kept out of the commit.
    pub(super) ignored: &'static [&'static str],
}

/// Who says how many cases ran outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// pytest's last line.
    Pytest,
    /// The sum of cargo's summaries.
    Cargo,
    /// The summary of Node's own runner.
    Node,
    /// The tool counts assertions: the run of `init` outside, which reads case by case.
    Init,
}

/// What lies in every checkout and in no commit.
pub(super) const IGNORED: &[&str] = &[".venv", "node_modules", "target", "__pycache__", "*.egg-info", ".pytest_cache", ".hypothesis"];

const VENV: &str = "python3 -m venv .venv && .venv/bin/python -m pip install --quiet --upgrade pip";

const PYTEST: &str = ".venv/bin/python -m pytest -p no:cacheprovider";

const NODE: &str = "npm install --no-audit --no-fund --silent";

const fn python(name: &'static str, version: &'static str, install: &'static [&'static str]) -> Package {
    Package { registry: Registry::PyPi, name, version, install, outside: PYTEST, counts: Counts::Pytest, ignored: &[] }
}

const fn node(name: &'static str, version: &'static str, outside: &'static str, counts: Counts) -> Package {
    Package { registry: Registry::Npm, name, version, install: &[NODE], outside, counts, ignored: &["package-lock.json"] }
}

const fn rust(name: &'static str, version: &'static str) -> Package {
    Package {
        registry: Registry::Crates,
        name,
        version,
        install: &["cargo fetch --quiet"],
        outside: "cargo test --no-fail-fast",
        counts: Counts::Cargo,
        ignored: &[],
    }
}

/// All of them.
pub(super) const PACKAGES: &[Package] = &[
    python("attrs", "26.1.0", &[VENV, ".venv/bin/pip install --quiet -e . --group tests"]),
    // The way of its maintainers: `uv sync` makes `.venv` from uv.lock.
    python("click", "8.5.1", &["\"$UV\" sync --quiet --frozen --group tests"]),
    python("jinja2", "3.1.6", &[VENV, ".venv/bin/pip install --quiet -e . -r requirements/tests.txt"]),
    python("pluggy", "1.7.0", &["\"$UV\" sync --quiet --frozen --group testing"]),
    python("requests", "2.34.2", &[VENV, ".venv/bin/pip install --quiet -r requirements-dev.txt"]),
    python("sqlparse", "0.6.1", &[VENV, ".venv/bin/pip install --quiet -e . pytest"]),
    node("avvio", "9.3.1", "npx borp", Counts::Init),
    node("fast-json-stringify", "7.3.6", "node --test", Counts::Node),
    node("fastify", "5.12.8", "npx borp", Counts::Init),
    node("find-my-way", "9.3.0", "npx borp", Counts::Init),
    node("light-my-request", "6.8.1", "node --test", Counts::Node),
    rust("bytes", "1.12.1"),
    rust("indexmap", "2.14.2"),
    rust("itertools", "0.14.0"),
    rust("semver", "1.0.28"),
    rust("url", "2.5.8"),
];
