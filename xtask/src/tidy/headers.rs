//! A reader learns from the first line of a file what it is for. Only attributes of the whole file may precede it.

use super::Finding;
use super::tree::Tree;

/// Every Rust file opens with `//!`.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let bare = tree.rust().filter(|(file, _)| !opens_with_purpose(&file.text));
    bare.map(|(file, _)| Finding { path: file.path.clone(), line: 1, message: "does not open with `//!`: say what it is".into() }).collect()
}

fn opens_with_purpose(text: &str) -> bool {
    text.lines().find(|line| !line.starts_with("#![") && !line.is_empty()).is_some_and(|line| line.starts_with("//!"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        let tree =
            Tree::of(&[("a.rs", "use x;\n//! late\n"), ("b.rs", "//! b\n"), ("c.rs", "#![allow(x)]\n\n//! c\n"), ("d.py", "import x")]);
        assert_eq!(check(&tree).iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(), ["a.rs"]);
    }
}
