//! SPECIFICATION.md holds numbered promises; each names tests as `test: name`, and those tests exist.
//!
//! A promise is a line that begins with a number and a full stop; it reaches to the next promise or heading.

use super::Finding;
use super::source::has_word;
use super::tree::Tree;

const FILE: &str = "SPECIFICATION.md";
const MARK: &str = "test: ";

/// Finds promises without a test and tests that do not exist.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(specification) = tree.files.iter().find(|file| file.path == FILE) else { return Vec::new() };
    let mut findings = Vec::new();
    for (line, promise) in promises(&specification.text) {
        let tests = tests_of(&promise);
        if tests.is_empty() {
            findings.push(finding(line, "a promise without `test: name`".to_string()));
        }
        let missing = tests.into_iter().filter(|test| !exists(tree, test));
        findings.extend(missing.map(|test| finding(line, format!("no test function is called `{test}`"))));
    }
    findings
}

fn finding(line: usize, message: String) -> Finding {
    Finding { path: FILE.into(), line, message }
}

/// (first line, text) of each promise.
fn promises(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if is_numbered(line) {
            found.push((index + 1, String::new()));
            inside = true;
        } else if line.starts_with('#') {
            inside = false;
        }
        if let Some((_, promise)) = found.last_mut().filter(|_| inside) {
            promise.push_str(line);
            promise.push('\n');
        }
    }
    found
}

fn is_numbered(line: &str) -> bool {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    digits > 0 && line[digits..].starts_with(". ")
}

fn tests_of(promise: &str) -> Vec<&str> {
    let name = |at: usize| promise[at + MARK.len()..].split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))).next();
    let full = promise.match_indices(MARK).filter_map(|(at, _)| name(at));
    full.map(|path| path.rsplit("::").next().unwrap_or(path)).filter(|name| !name.is_empty()).collect()
}

fn exists(tree: &Tree, test: &str) -> bool {
    let definition = format!("fn {test}");
    tree.rust().any(|(file, source)| {
        let lines = source.code_lines(false).filter(|(_, text)| text.contains(&definition));
        lines.into_iter().any(|(line, text)| has_word(text, &definition) && (file.is_test() || source.is_test_line(line)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: (&str, &str) = ("crates/a/tests/a.rs", "#[test]\nfn nothing_is_lost() {}\n");

    fn messages(specification: &str) -> Vec<(usize, String)> {
        let findings = check(&Tree::of(&[(FILE, specification), TESTS]));
        findings.into_iter().map(|finding| (finding.line, finding.message)).collect()
    }

    #[test]
    fn a_promise_with_an_existing_test_holds() {
        assert_eq!(messages("# Promises\n\n1. Nothing is lost.\n   `test: a::nothing_is_lost`\n"), []);
    }

    #[test]
    fn a_promise_without_a_test_is_found() {
        assert_eq!(messages("1. Nothing is lost.\n## Next\ntest: nothing_is_lost\n"), [(1, "a promise without `test: name`".to_string())]);
    }

    #[test]
    fn a_test_that_does_not_exist_is_found() {
        assert_eq!(messages("1. Lost. `test: nothing_is`\n"), [(1, "no test function is called `nothing_is`".to_string())]);
    }

    #[test]
    fn without_a_specification_there_is_nothing_to_check() {
        assert!(check(&Tree::of(&[TESTS])).is_empty());
    }
}
