//! What the checks need beside git's clone and the Rust toolchain, each found by trying it.

use crate::install::answers;
use std::path::Path;

/// One program the tests use.
pub(crate) struct Need {
    /// Its name.
    pub(crate) what: &'static str,
    /// Debian's package with it.
    pub(crate) package: &'static str,
    /// What cannot be tested without it.
    pub(crate) because: &'static str,
    works: fn() -> bool,
}

/// Everything needed; one line each.
pub(crate) const NEEDS: &[Need] = &[
    Need { what: "git", package: "git", because: "promotion is git plumbing", works: || answers("git", &["--version"]) },
    Need { what: "make", package: "make", because: "the allocator is built with it", works: || answers("make", &["--version"]) },
    Need { what: "python3", package: "python3", because: "projects in Python are tried", works: || answers("python3", &["--version"]) },
    Need {
        what: "python3 -m venv",
        package: "python3-venv",
        because: "benchmarks run in virtual environments",
        works: || answers("python3", &["-c", "import venv, ensurepip"]),
    },
    Need {
        what: "bwrap",
        package: "bubblewrap",
        because: "the sandbox is tried in the bubblewrap tier too",
        works: || answers("bwrap", &["--version"]),
    },
    Need {
        what: "podman",
        package: "podman",
        because: "the sandbox is tried in the container tier, and in a container",
        works: || answers("podman", &["--version"]),
    },
    Need {
        what: "runc",
        package: "runc",
        because: "podman's usual runtime does not start where cgroups are of both versions",
        works: || answers("runc", &["--version"]) || answers("/usr/sbin/runc", &["--version"]),
    },
    Need { what: "initdb", package: "postgresql", because: "the store's suite runs on PostgreSQL too", works: has_initdb },
    Need {
        what: "node",
        package: "nodejs",
        because: "the gateway is tried with a client of Node",
        works: || answers("node", &["--version"]),
    },
    Need { what: "npm", package: "npm", because: "the client of Node comes from its registry", works: || answers("npm", &["--version"]) },
    Need {
        what: "hyperfine",
        package: "hyperfine",
        because: "projects timed by it are tried",
        works: || answers("hyperfine", &["--version"]),
    },
    Need { what: "tmux", package: "tmux", because: "the command line is tried in a real terminal", works: || answers("tmux", &["-V"]) },
    Need {
        what: "setpriv",
        package: "util-linux",
        because: "PostgreSQL and the sandbox are tried without root's rights",
        works: || answers("setpriv", &["--version"]),
    },
];

/// What does not work on this machine.
pub(crate) fn missing() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !(need.works)()).collect()
}

/// Debian keeps PostgreSQL's programs outside the path, one directory per version.
fn has_initdb() -> bool {
    answers("initdb", &["--version"]) || any_version_has_initdb(Path::new("/usr/lib/postgresql"))
}

fn any_version_has_initdb(versions: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(versions) else { return false };
    entries.flatten().any(|version| version.path().join("bin/initdb").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initdb_is_found_below_the_directory_of_any_version() {
        let root = std::env::temp_dir().join(format!("xtask-initdb-{}", std::process::id()));
        assert!(!any_version_has_initdb(&root));
        std::fs::create_dir_all(root.join("15/bin")).unwrap();
        assert!(!any_version_has_initdb(&root));
        std::fs::write(root.join("15/bin/initdb"), "").unwrap();
        assert!(any_version_has_initdb(&root));
        std::fs::remove_dir_all(&root).unwrap();
    }
}
