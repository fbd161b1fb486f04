//! Every page below `docs/` has its line in `docs/SUMMARY.md`, the table of contents of the book, and every line has its page.

use super::Finding;
use super::tree::Tree;
use std::collections::BTreeSet;

const SUMMARY: &str = "docs/SUMMARY.md";

/// Finds pages nobody is led to, and lines that lead nowhere.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(summary) = tree.files.iter().find(|file| file.path == SUMMARY) else { return Vec::new() };
    let listed: BTreeSet<String> = summary.text.lines().filter_map(page).collect();
    let of_docs = tree.files.iter().map(|file| &file.path).filter(|path| path.starts_with("docs/") && path.ends_with(".md"));
    let pages: BTreeSet<String> = of_docs.filter(|path| *path != SUMMARY).cloned().collect();
    let unlisted = pages.difference(&listed).map(|page| finding(page, "the page is not listed in docs/SUMMARY.md"));
    let missing = listed.difference(&pages).map(|page| finding(SUMMARY, &format!("there is no {page}")));
    unlisted.chain(missing).collect()
}

/// The page a line of the summary leads to, from the root.
fn page(line: &str) -> Option<String> {
    let (_, rest) = line.trim_start().strip_prefix("- [")?.rsplit_once("](")?;
    Some(format!("docs/{}", rest.strip_suffix(')')?))
}

fn finding(path: &str, message: &str) -> Finding {
    Finding { path: path.into(), line: 0, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_a_line_and_a_line_without_a_page_are_found() {
        let summary = (SUMMARY, "# Book\n\n- [One](guides/one.md)\n- [Gone](guides/gone.md)\n");
        let findings = check(&Tree::of(&[summary, ("docs/guides/one.md", ""), ("docs/guides/two.md", ""), ("README.md", "")]));
        let paths: Vec<&str> = findings.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["docs/guides/two.md", SUMMARY]);
    }
}
