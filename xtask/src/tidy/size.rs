//! A file is read in one sitting, a function on one screen.

use super::Finding;
use super::source::{Source, block_end};
use super::tree::{File, Tree};

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 80;

/// Finds files and, outside tests, functions beyond the limits.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust().flat_map(|(file, source)| long_file(file).into_iter().chain(long_functions(file, source))).collect()
}

fn long_file(file: &File) -> Option<Finding> {
    let lines = file.text.lines().count();
    let message = format!("{lines} lines: at most {FILE_LINES}");
    (lines > FILE_LINES).then(|| Finding { path: file.path.clone(), line: 0, message })
}

fn long_functions(file: &File, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, _) in source.code.match_indices("fn ").filter(|(at, _)| starts_word(&source.code, *at)) {
        let line = source.code[..at].matches('\n').count() + 1;
        let length = block_end(&source.code, at).map_or(0, |end| source.code[at..end].matches('\n').count() + 1);
        if length > FUNCTION_LINES && !file.is_test() && !source.is_test_line(line) {
            let message = format!("a function of {length} lines: at most {FUNCTION_LINES}");
            findings.push(Finding { path: file.path.clone(), line, message });
        }
    }
    findings
}

fn starts_word(code: &str, at: usize) -> bool {
    !code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(lines: usize) -> String {
        format!("//! x\nfn long(a: [u8; 2]) -> u8 {{\n{}}}\nfn short() {{}}\n", "    let brace = '{';\n".repeat(lines - 2))
    }

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_long_function_is_found_and_one_at_the_limit_is_not() {
        assert_eq!(count("crates/a/src/a.rs", &function(81)), 1);
        assert_eq!(count("crates/a/src/a.rs", &function(80)), 0);
        assert_eq!(count("crates/a/tests/a.rs", &function(81)), 0);
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(count("crates/a/src/a.rs", &"//! x\n".repeat(601)), 1);
        assert_eq!(count("crates/a/src/a.rs", &"//! x\n".repeat(600)), 0);
    }
}
