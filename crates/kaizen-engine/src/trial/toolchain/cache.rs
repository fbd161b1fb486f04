//! Caches of package managers and compilers, below the user's home directory or where the tool's variable says.
//!
//! Candidates may write to them and change nothing of the user's ([`Access::Fleeting`]). A tool is pointed at its cache only where
//! candidates can write to it: npm, uv and pip fail or complain with a cache they can only read, and start cold without one.
//! Nothing that may hold credentials is shown: of npm's directory only the contents of packages, and of a directory that a variable
//! names only what looks like a cache and nothing else.

use crate::context::Machine;
use kaizen_sandbox::policy::{Access, Bind};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// One tool's cache.
struct Known {
    /// What moves it, for the user; the first that is set counts.
    moved_by: &'static [&'static str],
    below_home: &'static str,
    /// The only part that is shown, where it is not the whole.
    part: Option<&'static str>,
    /// Where it is shown, when not at its own path: below the home directory that tools find inside, `/tmp`.
    inside: Option<&'static str>,
    /// What leads the tool to it.
    pointed_by: Option<&'static str>,
}

const WHOLE: Known = Known { moved_by: &[], below_home: "", part: None, inside: None, pointed_by: None };

/// Cargo's own have no variables of their own, `CARGO_HOME` leads to them. A variable for yarn's would switch off a project's own cache.
/// npm also writes beside what it caches, and runs programs from there.
const CACHES: [Known; 9] = [
    Known { below_home: ".cargo/registry", ..WHOLE },
    Known { below_home: ".cargo/git", ..WHOLE },
    Known { moved_by: &["PIP_CACHE_DIR"], below_home: ".cache/pip", pointed_by: Some("PIP_CACHE_DIR"), ..WHOLE },
    Known {
        moved_by: &["npm_config_cache", "NPM_CONFIG_CACHE"],
        below_home: ".npm",
        part: Some("_cacache"),
        inside: Some("/tmp/.npm"),
        pointed_by: Some("npm_config_cache"),
    },
    Known { moved_by: &["YARN_CACHE_FOLDER"], below_home: ".cache/yarn", inside: Some("/tmp/.cache/yarn"), ..WHOLE },
    Known {
        moved_by: &["npm_config_store_dir", "NPM_CONFIG_STORE_DIR"],
        below_home: ".local/share/pnpm/store",
        pointed_by: Some("npm_config_store_dir"),
        ..WHOLE
    },
    Known { moved_by: &["GOCACHE"], below_home: ".cache/go-build", pointed_by: Some("GOCACHE"), ..WHOLE },
    Known { moved_by: &["GOMODCACHE"], below_home: "go/pkg/mod", pointed_by: Some("GOMODCACHE"), ..WHOLE },
    Known { moved_by: &["UV_CACHE_DIR"], below_home: ".cache/uv", pointed_by: Some("UV_CACHE_DIR"), ..WHOLE },
];

/// Files that tools leave at the top of their caches. Settings and credentials are files too, and not among these.
const MARKS: [&str; 7] = ["CACHEDIR.TAG", ".gitignore", ".lock", "README", "trim.txt", "testexpire.txt", "_lastverified"];

/// The caches that exist on the machine. `variable` reads the user's environment.
pub(super) fn caches(machine: &Machine, root: &Path, variable: fn(&str) -> Option<OsString>) -> Vec<Bind> {
    CACHES.iter().filter_map(|known| known.found(machine, root, variable)).collect()
}

impl Known {
    fn found(&self, machine: &Machine, root: &Path, variable: fn(&str) -> Option<OsString>) -> Option<Bind> {
        let moved = self.moved_by.iter().find_map(|name| variable(name)).map(PathBuf::from);
        let whole = match moved {
            Some(place) => is_usable(&self.shown_of(&place), machine, root).then_some(place)?,
            None => machine.home.as_ref()?.join(self.below_home),
        };
        let source = self.shown_of(&whole);
        if !source.is_dir() || root.starts_with(&source) {
            return None;
        }
        let inside = self.inside.map_or(whole, PathBuf::from);
        let env = self.pointed_by.map(|name| (OsString::from(name), inside.clone().into_os_string()));
        Some(Bind { source, target: self.shown_of(&inside), access: Access::Fleeting { env: env.into_iter().collect() } })
    }

    fn shown_of(&self, whole: &Path) -> PathBuf {
        self.part.map_or_else(|| whole.to_owned(), |part| whole.join(part))
    }
}

/// Whether a directory that a variable names is below the home directory or the system's, outside the project, and looks like a cache.
fn is_usable(place: &Path, machine: &Machine, root: &Path) -> bool {
    let Ok(real) = place.canonicalize() else { return false };
    let system = ["/usr", "/opt", "/nix"].map(PathBuf::from);
    let homes = machine.home.iter().filter_map(|home| home.canonicalize().ok());
    let is_below = homes.chain(system).any(|above| real.starts_with(&above) && real != above);
    is_below && place.is_absolute() && !real.starts_with(root) && looks_like_a_cache(&real)
}

/// Directories that are not hidden, and the files tools leave there.
fn looks_like_a_cache(place: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(place) else { return false };
    entries.into_iter().all(|entry| {
        entry.is_ok_and(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            MARKS.contains(&name.as_str()) || (is_directory && (name == ".tmp" || !name.starts_with('.')))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(home: &Path) -> Machine {
        Machine { host: "h".into(), home: Some(home.to_owned()), path: OsString::new(), cache: home.to_owned() }
    }

    /// Source, target and variables of a bind.
    type Shown = (String, String, Vec<(String, String)>);

    fn shown(binds: &[Bind]) -> Vec<Shown> {
        let text = |path: &Path| path.display().to_string();
        let env = |bind: &Bind| match &bind.access {
            Access::Fleeting { env } => {
                env.iter().map(|(name, value)| (name.to_string_lossy().into(), value.to_string_lossy().into())).collect()
            }
            other => panic!("{other:?}"),
        };
        binds.iter().map(|bind| (text(&bind.source), text(&bind.target), env(bind))).collect()
    }

    #[test]
    fn caches_that_exist_are_shown_and_their_tools_pointed_at_them_without_npms_settings_and_logs() {
        let room = tempfile::tempdir().unwrap();
        let home = room.path().canonicalize().unwrap();
        for name in [".npm/_cacache", ".npm/_logs", ".cache/pip", ".cargo/git", ".cache/other"] {
            std::fs::create_dir_all(home.join(name)).unwrap();
        }
        let at = |name: &str| home.join(name).display().to_string();
        let expected = [
            (at(".cargo/git"), at(".cargo/git"), vec![]),
            (at(".cache/pip"), at(".cache/pip"), vec![("PIP_CACHE_DIR".to_owned(), at(".cache/pip"))]),
            (at(".npm/_cacache"), "/tmp/.npm/_cacache".into(), vec![("npm_config_cache".to_owned(), "/tmp/.npm".to_owned())]),
        ];
        assert_eq!(shown(&caches(&machine(&home), Path::new("/project"), |_| None)), expected);
    }

    #[test]
    fn a_cache_moved_by_its_variable_is_shown_only_where_it_is_a_cache_and_nothing_else() {
        let room = tempfile::tempdir().unwrap();
        let home = room.path().canonicalize().unwrap();
        let good = home.join("caches/pip/wheels");
        std::fs::create_dir_all(&good).unwrap();
        std::fs::create_dir_all(home.join("config/http")).unwrap();
        std::fs::write(home.join("config/pip.conf"), "[global]\nindex-url = https://me:secret@example.org/").unwrap();
        std::fs::create_dir_all(home.join("hidden/.ssh")).unwrap();
        std::os::unix::fs::symlink("/var", home.join("link")).unwrap();
        let usable = |name: &str, root: &str| is_usable(&home.join(name), &machine(&home), &home.join(root));
        let answers = ["caches/pip", "", "config", "hidden", "link", "absent"].map(|name| usable(name, "project"));
        assert_eq!(answers, [true, false, false, false, false, false]);
        assert!(!usable("caches/pip", "caches"), "it lies in the project");
        assert!(!is_usable(Path::new("/proc/self/task"), &machine(&home), Path::new("/project")), "neither home nor system");
    }
}
