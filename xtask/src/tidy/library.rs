//! Library crates do not print, read the environment or the home directory, or exit: the program decides about those.

use super::Finding;
use super::source::has_word;
use super::tree::{File, Tree};

/// Crates that are programs or serve tests.
const PROGRAMS: [&str; 2] = ["kaizen-cli", "kaizen-testkit"];

/// Single files that are programs inside a library crate, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("crates/kaizen-sandbox/src/helper.rs", "runs as its own process inside the sandbox and ends by exiting"),
    ("crates/kaizen-sandbox/src/helper/", "the same process"),
    ("crates/kaizen-sandbox/src/bin/", "the same process as a program of its own, for tests"),
];

const FORBIDDEN: [&str; 9] = ["println!", "eprintln!", "print!", "eprint!", "dbg!", "std::env::", "env::var", "process::exit", "home_dir"];

/// They live beside the environment and read nothing of it.
const PURE: [&str; 3] = ["std::env::consts", "std::env::split_paths", "std::env::join_paths"];

/// Finds side doors in library crates.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in tree.rust().filter(|(file, _)| is_library(file)) {
        for (line, text) in source.code_lines(true) {
            let text = PURE.iter().fold(text.to_string(), |text, pure| text.replace(pure, ""));
            for word in FORBIDDEN.iter().filter(|word| has_word_or_path(&text, word)) {
                findings.push(Finding { path: file.path.clone(), line, message: format!("`{word}` in a library crate") });
            }
        }
    }
    findings
}

fn is_library(file: &File) -> bool {
    let excepted = EXCEPTIONS.iter().any(|(path, _)| file.path.starts_with(path));
    file.krate().is_some_and(|krate| !PROGRAMS.contains(&krate)) && file.path.contains("/src/") && !file.is_test() && !excepted
}

/// `std::env::` and `println!` end in signs: what follows them may be anything, what precedes them may not.
fn has_word_or_path(text: &str, word: &str) -> bool {
    if word.ends_with(':') || word.ends_with('!') {
        let touches = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        return text.match_indices(word).any(|(at, _)| !touches(text[..at].chars().next_back()));
    }
    has_word(text, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, line: &str) -> usize {
        check(&Tree::of(&[(path, &format!("//! x\n{line}\n"))])).len()
    }

    #[test]
    fn printing_environment_and_exit_are_found_in_a_library() {
        for bad in ["println!(\"x\");", "eprint!(\"x\");", "let home = std::env::home_dir();", "std::process::exit(1);", "env::var(\"A\");"]
        {
            assert!(count("crates/kaizen-engine/src/a.rs", bad) > 0, "{bad}");
        }
    }

    #[test]
    fn the_program_its_tests_and_the_named_exceptions_may() {
        assert_eq!(count("crates/kaizen-cli/src/output.rs", "println!(\"x\");"), 0);
        assert_eq!(count("crates/kaizen-engine/tests/a.rs", "println!(\"x\");"), 0);
        assert_eq!(count("crates/kaizen-sandbox/src/helper.rs", "std::process::exit(1);"), 0);
        assert_eq!(count("crates/kaizen-engine/src/a.rs", "let os = std::env::consts::OS; // println!"), 0);
    }
}
