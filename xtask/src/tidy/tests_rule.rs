//! A test waits for what it needs and always runs; nothing is left half done.

use super::Finding;
use super::source::has_word;
use super::tree::{File, Tree};

/// Written apart, so that this file does not find itself.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
/// A function that asks again and again for a condition, up to a deadline, may rest in between.
const POLL: &str = "fn wait_until";
const SLEEPS: [&str; 2] = ["thread::sleep", "time::sleep"];

/// Test data that is never compiled, with the reason.
const EXCEPTIONS: &[(&str, &str)] =
    &[("crates/kaizen-engine/tests/adapters/broad_lib.rs", "the adapters read what an ignored test looks like")];

/// Finds marks of unfinished work in any file, ignored tests and tests that sleep.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(|file| unfinished(file).into_iter().chain(tests(file))).collect()
}

fn unfinished(file: &File) -> Vec<Finding> {
    let lines = file.text.lines().enumerate().filter(|(_, text)| UNFINISHED.iter().any(|mark| has_word(text, mark)));
    lines.map(|(index, _)| finding(file, index + 1, "unfinished work: finish it or write an issue")).collect()
}

fn tests(file: &File) -> Vec<Finding> {
    let excepted = EXCEPTIONS.iter().any(|(path, _)| file.path == *path);
    let Some(source) = file.source.as_ref().filter(|_| !excepted) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut polls = false;
    for (line, text) in source.code_lines(false) {
        if has_word(text, "fn") {
            polls = text.contains(POLL);
        }
        if text.contains("#[ignore") {
            findings.push(finding(file, line, "an ignored test proves nothing"));
        }
        let in_test = file.is_test() || source.is_test_line(line);
        if in_test && !polls && SLEEPS.iter().any(|sleep| text.contains(sleep)) {
            findings.push(finding(file, line, "a test that sleeps is slow or flaky: wait for the event"));
        }
    }
    findings
}

fn finding(file: &File, line: usize, message: &str) -> Finding {
    Finding { path: file.path.clone(), line, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn unfinished_work_is_found_in_any_file() {
        let note = format!("# {}: later", concat!("TO", "DO"));
        assert_eq!(count("docs/a.md", &note), 1);
        assert_eq!(count("docs/a.md", "mktemp /tmp/a.XXXXXX"), 0);
    }

    #[test]
    fn ignored_and_sleeping_tests_are_found() {
        assert_eq!(count("crates/a/src/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}"), 1);
        assert_eq!(count("crates/a/tests/a.rs", "fn f() { std::thread::sleep(d); }"), 1);
        assert_eq!(count("crates/a/src/a.rs", "#[cfg(test)]\nmod tests {\n    fn f() { tokio::time::sleep(d).await; }\n}"), 1);
    }

    #[test]
    fn a_program_may_sleep_and_so_may_a_poll_with_a_deadline() {
        let poll = "fn wait_until(f: impl Fn() -> bool) {\n    while !f() { std::thread::sleep(d); }\n}\nfn other() {\n    std::thread::sleep(d);\n}";
        assert_eq!(check(&Tree::of(&[("crates/a/tests/a.rs", poll)])).iter().map(|finding| finding.line).collect::<Vec<_>>(), [5]);
        assert_eq!(count("crates/a/src/a.rs", "fn f() { std::thread::sleep(d); }"), 0);
    }
}
