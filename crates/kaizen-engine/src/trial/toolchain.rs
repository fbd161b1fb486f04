//! Toolchains of the user, shown to candidates read-only, and caches of their tools, which candidates may write to without changing
//! them; nothing else of the home directory is shown.

mod cache;
pub(in crate::trial) mod interpreter;

use crate::context::Machine;
use kaizen_sandbox::policy::Bind;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Directories below the home directory that hold programs and packages, and never credentials.
const BELOW_HOME: [&str; 32] = [
    ".cargo/bin",
    ".rustup",
    ".pyenv",
    ".nvm/versions",
    ".local/bin",
    ".local/lib",
    ".local/pipx/venvs",
    ".local/share/uv/python",
    ".local/share/pipx/venvs",
    ".local/share/mise/installs",
    ".asdf/installs",
    ".sdkman/candidates",
    "go/pkg",
    // where agents and other programs install themselves
    ".local/share/uv/tools",
    ".local/share/claude/versions",
    ".local/share/fnm",
    ".local/share/pnpm",
    ".local/share/mise/shims",
    ".asdf/shims",
    ".npm-global/bin",
    ".npm-global/lib",
    ".opencode/bin",
    ".bun/bin",
    ".bun/install/global",
    ".deno/bin",
    ".volta/bin",
    ".volta/tools",
    "miniconda3",
    "miniforge3",
    "anaconda3",
    ".cache/ms-playwright",
    ".cache/puppeteer",
];

/// Variables that are only set where their directory is shown.
const POINTERS: [(&str, &str); 6] = [
    ("CARGO_HOME", ".cargo"),
    ("RUSTUP_HOME", ".rustup"),
    ("PYENV_ROOT", ".pyenv"),
    ("GOPATH", "go"),
    ("PLAYWRIGHT_BROWSERS_PATH", ".cache/ms-playwright"),
    ("PUPPETEER_CACHE_DIR", ".cache/puppeteer"),
];

/// What a jail gets of the machine's tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Toolchain {
    /// Read-only directories, then caches.
    pub binds: Vec<Bind>,
    /// The environment, complete but for what leads to the caches.
    pub env: Vec<(OsString, OsString)>,
}

/// Looks at the machine. `seed` reaches the benchmark as `KAIZEN_SEED`; `variable` reads the user's environment and is asked for the
/// places of caches only.
pub fn toolchain(machine: &Machine, root: &Path, seed: u64, variable: fn(&str) -> Option<OsString>) -> Toolchain {
    let mut shown: Vec<PathBuf> = Vec::new();
    if let Some(home) = &machine.home {
        shown.extend(BELOW_HOME.iter().map(|name| home.join(name)).filter(|path| path.is_dir()));
    }
    shown.extend(virtual_environments(machine, root));
    shown.extend(base_interpreters(machine, root, &shown));
    let caches = cache::caches(machine, root, variable);
    let binds = shown.iter().map(Bind::read_only).chain(caches.iter().cloned()).collect();
    shown.extend(caches.into_iter().map(|cache| cache.target));
    Toolchain { env: environment(machine, root, &shown, seed), binds }
}

/// Active Python environments outside the project: `PATH` entries next to a `pyvenv.cfg`.
fn virtual_environments(machine: &Machine, root: &Path) -> Vec<PathBuf> {
    let parents = std::env::split_paths(&machine.path).filter_map(|entry| entry.parent().map(Path::to_owned));
    parents.filter(|parent| parent.join("pyvenv.cfg").is_file() && !parent.starts_with(root)).collect()
}

/// Where the project, or one in a sub-directory, keeps a virtual environment.
fn own_environments(root: &Path) -> Vec<PathBuf> {
    let below = |directory: &Path| -> Vec<PathBuf> {
        // A directory that cannot be listed shows no environment either.
        let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
        let plain = entries.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b".") && entry.file_name() != "node_modules");
        plain.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
    };
    let children = below(root);
    let grandchildren: Vec<PathBuf> = children.iter().flat_map(|child| below(child)).collect();
    let places = [root.to_owned()].into_iter().chain(children).chain(grandchildren);
    places.flat_map(|place| [".venv", "venv"].map(|name| place.join(name))).filter(|place| place.join("pyvenv.cfg").is_file()).collect()
}

/// Where the interpreters lie that virtual environments only link to.
fn base_interpreters(machine: &Machine, root: &Path, shown: &[PathBuf]) -> Vec<PathBuf> {
    let project = own_environments(root);
    let homes = project.iter().chain(shown).filter_map(|place| std::fs::read_to_string(place.join("pyvenv.cfg")).ok());
    let binaries = homes.filter_map(|text| Some(PathBuf::from(text.lines().find_map(|line| line.strip_prefix("home = "))?.trim())));
    let prefixes = binaries.filter_map(|bin| Some(bin.parent()?.to_owned()));
    let system = ["/usr", "/bin", "/opt", "/nix"].map(PathBuf::from);
    let is_visible = |prefix: &PathBuf| system.iter().chain(shown).any(|place| prefix.starts_with(place));
    // Never a directory that holds more than an interpreter.
    let is_own = |prefix: &PathBuf| prefix.join("lib").is_dir() && machine.home.as_ref().is_none_or(|home| !home.starts_with(prefix));
    prefixes.filter(|prefix| !is_visible(prefix) && is_own(prefix)).collect()
}

/// The interpreters that pyenv's shims would start. A shim writes beside itself after each installation, and is slow.
fn pyenv_versions(machine: &Machine, root: &Path) -> Vec<PathBuf> {
    let Some(home) = machine.home.as_ref().map(|home| home.join(".pyenv")) else { return Vec::new() };
    let wanted = [root.join(".python-version"), home.join("version")].into_iter().find_map(|file| std::fs::read_to_string(file).ok());
    let names = wanted.unwrap_or_default();
    names.split_whitespace().map(|name| home.join("versions").join(name).join("bin")).filter(|bin| bin.is_dir()).collect()
}

fn environment(machine: &Machine, root: &Path, shown: &[PathBuf], seed: u64) -> Vec<(OsString, OsString)> {
    let mut env: Vec<(OsString, OsString)> = [
        ("HOME", "/tmp"),
        ("CI", "true"),
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("TZ", "UTC"),
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONHASHSEED", "0"),
        ("CARGO_NET_OFFLINE", "true"),
        ("GOTOOLCHAIN", "local"),
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ("CARGO_TERM_COLOR", "never"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_OPTIONAL_LOCKS", "0"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .to_vec();
    env.push(("KAIZEN_SEED".into(), seed.to_string().into()));
    env.push(("PATH".into(), search_path(machine, root, shown)));
    if let Some(home) = &machine.home {
        let pointing = POINTERS.iter().map(|(name, below)| (name, home.join(below)));
        let present = pointing.filter(|(_, directory)| shown.iter().any(|path| path.starts_with(directory)));
        env.extend(present.map(|(name, directory)| (OsString::from(name), directory.into_os_string())));
    }
    env
}

/// The user's search path, less what a candidate cannot see.
fn search_path(machine: &Machine, root: &Path, shown: &[PathBuf]) -> OsString {
    let system = ["/usr", "/bin", "/sbin", "/opt"].map(PathBuf::from);
    let visible = |entry: &PathBuf| system.iter().chain(shown).any(|path| entry.starts_with(path)) || entry.starts_with(root);
    let shims = |entry: &PathBuf| entry.ends_with(".pyenv/shims");
    let resolved = |entry: PathBuf| if shims(&entry) { [pyenv_versions(machine, root), vec![entry]].concat() } else { vec![entry] };
    let entries: Vec<PathBuf> = std::env::split_paths(&machine.path).filter(visible).flat_map(resolved).collect();
    let usable = std::env::join_paths(entries).unwrap_or_else(|_| OsString::from("/usr/local/bin:/usr/bin:/bin"));
    if usable.is_empty() { OsString::from("/usr/local/bin:/usr/bin:/bin") } else { usable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tool_directories_below_home_are_shown_and_only_visible_paths_searched() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join(".cargo/bin")).unwrap();
        std::fs::create_dir_all(home.path().join(".ssh")).unwrap();
        std::fs::write(home.path().join(".cargo/credentials.toml"), "secret").unwrap();
        let path = std::env::join_paths([home.path().join(".cargo/bin"), home.path().join("private"), "/usr/bin".into()]).unwrap();
        let machine = Machine { host: "h".into(), home: Some(home.path().into()), path, cache: home.path().into() };
        let tools = toolchain(&machine, Path::new("/project"), 7, |_| None);
        assert_eq!(tools.binds.iter().map(|bind| bind.source.clone()).collect::<Vec<_>>(), [home.path().join(".cargo/bin")]);
        let value = |name: &str| tools.env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let expected = std::env::join_paths([home.path().join(".cargo/bin"), "/usr/bin".into()]).unwrap();
        assert_eq!((value("PATH"), value("KAIZEN_SEED")), (Some(expected), Some("7".into())));
    }
}
