//! Only `promote/` writes commits and refs of the user's repository, through the plumbing in `engine/git`.

use super::Finding;
use super::source::has_word;
use super::tree::Tree;

const ALLOWED: [&str; 6] = [
    "crates/kaizen-engine/src/promote.rs",
    "crates/kaizen-engine/src/promote/",
    "crates/kaizen-engine/src/git.rs",
    "crates/kaizen-engine/src/git/",
    "crates/kaizen-testkit/",
    "xtask/",
];
const WRITES: [&str; 3] = ["update-ref", "commit-tree", "write-tree"];

/// Finds git's writing commands elsewhere.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let elsewhere = tree.rust().filter(|(file, _)| !file.is_test() && !ALLOWED.iter().any(|allowed| file.path.starts_with(allowed)));
    for (file, source) in elsewhere {
        for (line, text) in source.uncommented_lines(true) {
            for word in WRITES.iter().filter(|word| has_word(text, word)) {
                findings.push(Finding { path: file.path.clone(), line, message: format!("`{word}` outside promote/ and engine/git") });
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_written_by_a_stage_is_found() {
        let text = "//! x\nfn f() { git([\"update-ref\", name]); }\n";
        assert_eq!(check(&Tree::of(&[("crates/kaizen-engine/src/cycle.rs", text)])).len(), 1);
        assert!(check(&Tree::of(&[("crates/kaizen-engine/src/promote/saga.rs", text)])).is_empty());
    }

    #[test]
    fn a_comment_about_it_is_fine() {
        assert!(check(&Tree::of(&[("crates/kaizen-engine/src/cycle.rs", "//! x\n// promote/ runs update-ref\n")])).is_empty());
    }
}
