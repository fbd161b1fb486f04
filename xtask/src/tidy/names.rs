//! A file's name says what is in it; a report belongs into git's history.

use super::Finding;
use super::tree::Tree;

const NO_SUBJECT: [&str; 9] = ["util", "utils", "helpers", "common", "misc", "manager", "service", "base", "mod"];
/// Written apart, because one of them is also a mark of unfinished work.
const REPORTS: [&str; 4] = ["SUMMARY", "NOTES", "REPORT", concat!("TO", "DO")];

/// Finds files named for nothing, and reports.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let bad = tree.files.iter().filter_map(|file| Some((&file.path, complaint(&file.path)?)));
    bad.map(|(path, message)| Finding { path: path.clone(), line: 0, message }).collect()
}

fn complaint(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let (stem, _) = file.split_once('.').unwrap_or((file, ""));
    let in_source = path.ends_with(".rs") && path.contains("/src/");
    if in_source && NO_SUBJECT.contains(&stem) {
        return Some(format!("`{stem}` says nothing: name the file after what it does (`foo.rs` + `foo/`)"));
    }
    // The name the book's builder looks for.
    let contents = path == "docs/SUMMARY.md";
    (REPORTS.contains(&stem) && !contents).then(|| "a report belongs into git's history".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_and_reports_are_found() {
        let tree = Tree::of(&[("crates/a/src/utils.rs", ""), ("crates/a/src/b/mod.rs", ""), ("NOTES.md", ""), ("docs/REPORT", "")]);
        assert_eq!(check(&tree).len(), 4);
    }

    #[test]
    fn ordinary_names_are_fine() {
        let tree =
            Tree::of(&[("crates/a/src/report.rs", ""), ("crates/a/tests/support/mod.rs", ""), ("README.md", ""), (".gitignore", "")]);
        assert!(check(&tree).is_empty());
    }
}
