//! Paths inside a repository: relative, normal, never inside `.git`, any bytes git allows.

use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A file's path relative to the repository's root, `/` between components.
///
/// It cannot be empty or absolute, holds no `.`/`..`/empty component, no NUL, and no component that any file
/// system may take for `.git`: a change can therefore never leave the tree or reach git's own files.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "StoredPath", into = "StoredPath")]
pub struct RepoPath(Vec<u8>);

/// How a path is written in JSON: text when it is UTF-8, else its bytes.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredPath {
    Text(String),
    Bytes(Vec<u8>),
}

/// A path that may not be part of a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a path inside the repository")]
pub struct NotInRepository(pub String);

impl RepoPath {
    /// Checks and wraps the bytes git uses for a path.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotInRepository> {
        let normal = !bytes.is_empty() && !bytes.contains(&0) && bytes.split(|byte| *byte == b'/').all(is_plain);
        if normal { Ok(Self(bytes.to_vec())) } else { Err(NotInRepository(String::from_utf8_lossy(bytes).into_owned())) }
    }

    /// The path as git's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path for the file system.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The path as text where it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

fn is_plain(component: &[u8]) -> bool {
    !matches!(component, b"" | b"." | b"..") && !is_git_directory(component)
}

/// `.git` in any case, with trailing dots or spaces, or as NTFS short name.
fn is_git_directory(component: &[u8]) -> bool {
    let trimmed = component.iter().rposition(|byte| !matches!(byte, b'.' | b' ')).map_or(&[][..], |end| &component[..=end]);
    trimmed.eq_ignore_ascii_case(b".git") || trimmed.eq_ignore_ascii_case(b"git~1")
}

impl std::str::FromStr for RepoPath {
    type Err = NotInRepository;
    fn from_str(text: &str) -> Result<Self, NotInRepository> {
        Self::from_bytes(text.as_bytes())
    }
}

impl TryFrom<StoredPath> for RepoPath {
    type Error = NotInRepository;
    fn try_from(stored: StoredPath) -> Result<Self, NotInRepository> {
        match stored {
            StoredPath::Text(text) => Self::from_bytes(text.as_bytes()),
            StoredPath::Bytes(bytes) => Self::from_bytes(&bytes),
        }
    }
}

impl From<RepoPath> for StoredPath {
    fn from(path: RepoPath) -> Self {
        match String::from_utf8(path.0) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        }
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_out_of_the_tree_and_into_git_are_refused() {
        for bad in ["", "/etc/passwd", "a//b", "../x", "a/./b", ".git/config", "sub/.GIT/hooks/x", ".git./x", "GIT~1/x", "a\0b"] {
            assert!(RepoPath::from_bytes(bad.as_bytes()).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn names_that_only_resemble_git_are_ordinary() {
        for good in ["a.git", ".gitignore", "src/.github/x", "..."] {
            assert!(RepoPath::from_bytes(good.as_bytes()).is_ok(), "{good:?} was refused");
        }
    }

    #[test]
    fn a_name_that_is_not_utf8_survives_json() {
        let path = RepoPath::from_bytes(b"caf\xe9.txt").unwrap();
        let json = serde_json::to_string(&path).unwrap();
        assert_eq!(serde_json::from_str::<RepoPath>(&json).unwrap(), path);
    }
}
