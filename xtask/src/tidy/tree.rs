//! The files a rule looks at: those git tracks and those it would take with `git add`.

use super::source::Source;
use std::path::Path;
use std::process::Command;

/// The text files of the repository. Files that are not UTF-8 are left out.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

/// One text file.
pub(super) struct File {
    /// Relative to the root, `/` between components.
    pub(super) path: String,
    pub(super) text: String,
    /// The file as Rust, where its name says so.
    pub(super) source: Option<Source>,
}

impl Tree {
    /// Reads the repository at `root`.
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let mut command = Command::new("git");
        command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
        let output = command.output().map_err(|error| format!("git could not be started: {error}"))?;
        if !output.status.success() {
            return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let listed = String::from_utf8_lossy(&output.stdout);
        let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        Ok(Self { files: paths.into_iter().filter_map(|path| read_text(root, path)).collect() })
    }

    /// The Rust files with their masked source.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files.iter().filter_map(|file| Some((file, file.source.as_ref()?)))
    }

    /// A tree of snippets, for the tests of rules.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| File::new((*path).to_string(), (*text).to_string())).collect() }
    }
}

impl File {
    fn new(path: String, text: String) -> Self {
        let source = path.ends_with(".rs").then(|| Source::new(&text));
        Self { path, text, source }
    }

    /// True for a file that holds nothing but tests.
    pub(super) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/benches/")
    }

    /// The crate of `crates/` the file belongs to.
    pub(super) fn krate(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }
}

/// A deleted file is still listed, a binary one is no text: neither can break a rule.
fn read_text(root: &Path, path: &str) -> Option<File> {
    let bytes = std::fs::read(root.join(path)).ok()?;
    Some(File::new(path.to_string(), String::from_utf8(bytes).ok()?))
}
