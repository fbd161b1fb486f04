//! A change: the edit as data. Content-addressed, so that no change is tried twice.

use crate::hash::ContentHash;
use crate::path::RepoPath;
use serde::{Deserialize, Serialize};

/// What a file is in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileMode {
    /// An ordinary file.
    Regular,
    /// A file with the execute bit.
    Executable,
    /// A symbolic link; its content is the target.
    Symlink,
}

/// What a path becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "becomes")]
pub enum FileState {
    /// The file with this content (as in a working tree, before git's clean filters).
    Present {
        /// Its kind.
        mode: FileMode,
        /// Where its bytes are among the store's blobs.
        content: ContentHash,
    },
    /// No file.
    Absent,
}

/// One file's edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEdit {
    /// Which file.
    pub path: RepoPath,
    /// Its content in the baseline; `None` where it is new.
    pub before: Option<ContentHash>,
    /// What it becomes.
    pub after: FileState,
}

/// A set of file edits, sorted by path, no path twice. Versioned in JSON and readable for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    version: u32,
    edits: Vec<FileEdit>,
}

/// A list of edits that is not a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAChange {
    /// There is no edit.
    #[error("a change without an edit")]
    Empty,
    /// A path occurs twice.
    #[error("two edits of '{0}' in one change")]
    Twice(RepoPath),
}

impl Change {
    /// The version of the stored form written today.
    pub const VERSION: u32 = 1;

    /// Sorts and checks the edits.
    pub fn new(mut edits: Vec<FileEdit>) -> Result<Self, NotAChange> {
        edits.sort_by(|a, b| a.path.cmp(&b.path));
        if edits.is_empty() {
            return Err(NotAChange::Empty);
        }
        match edits.windows(2).find(|pair| pair[0].path == pair[1].path) {
            Some(pair) => Err(NotAChange::Twice(pair[0].path.clone())),
            None => Ok(Self { version: Self::VERSION, edits }),
        }
    }

    /// The edits, by path.
    pub fn edits(&self) -> &[FileEdit] {
        &self.edits
    }

    /// The paths touched.
    pub fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.edits.iter().map(|edit| &edit.path)
    }

    /// The address of what the change *does*: equal for equal edits, whoever proposed them.
    pub fn hash(&self) -> ContentHash {
        let mut parts: Vec<Vec<u8>> = Vec::with_capacity(self.edits.len() * 3);
        for edit in &self.edits {
            parts.push(edit.path.as_bytes().to_vec());
            parts.push(edit.before.map_or_else(Vec::new, |hash| hash.to_string().into_bytes()));
            parts.push(match &edit.after {
                FileState::Absent => b"absent".to_vec(),
                FileState::Present { mode, content } => format!("{mode:?} {content}").into_bytes(),
            });
        }
        ContentHash::of_parts(parts.iter().map(Vec::as_slice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(path: &str, text: &str) -> FileEdit {
        let content = ContentHash::of(text.as_bytes());
        FileEdit { path: path.parse().unwrap(), before: None, after: FileState::Present { mode: FileMode::Regular, content } }
    }

    #[test]
    fn the_order_of_edits_does_not_change_the_address() {
        let one = Change::new(vec![edit("a", "1"), edit("b", "2")]).unwrap();
        let two = Change::new(vec![edit("b", "2"), edit("a", "1")]).unwrap();
        assert_eq!(one.hash(), two.hash());
        assert_ne!(one.hash(), Change::new(vec![edit("a", "1")]).unwrap().hash());
    }

    #[test]
    fn the_address_of_a_change_stays_what_it_was() {
        let removed = FileEdit { path: "src/b".parse().unwrap(), before: Some(ContentHash::of(b"1")), after: FileState::Absent };
        let change = Change::new(vec![edit("src/a", "1"), removed]).unwrap();
        assert_eq!(change.hash().to_string(), "b0b74346aca73f561b72271d2c0de0a3637a917eccce1e326621cf2ff38f5af1");
    }

    #[test]
    fn nothing_and_a_path_twice_are_no_change() {
        assert_eq!(Change::new(vec![]), Err(NotAChange::Empty));
        assert_eq!(Change::new(vec![edit("a", "1"), edit("a", "2")]), Err(NotAChange::Twice("a".parse().unwrap())));
    }

    #[test]
    fn a_stored_change_of_version_one_reads_back() {
        let stored = r#"{"version":1,"edits":[{"path":"src/top.py","before":null,"after":{"becomes":"absent"}}]}"#;
        let change: Change = serde_json::from_str(stored).unwrap();
        assert_eq!(change.edits()[0].after, FileState::Absent);
    }
}
