//! Candidate code runs only through the sandbox, so programs are started in as few places as can be read.
//!
//! The sandbox, `engine/git` (git itself) and `engine/exec` (commands the user declared and trusted); tests start what they like.

use super::Finding;
use super::tree::Tree;

const ALLOWED: [&str; 7] = [
    "crates/kaizen-sandbox/",
    "crates/kaizen-engine/src/git.rs",
    "crates/kaizen-engine/src/git/",
    "crates/kaizen-engine/src/exec.rs",
    "crates/kaizen-engine/src/exec/",
    "crates/kaizen-testkit/",
    "xtask/",
];
const SPAWNS: [&str; 6] = ["Command::new", "process::Command", "tokio::process", "nix::unistd::fork", "execve", "posix_spawn"];

/// Finds programs started elsewhere.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let elsewhere = tree.rust().filter(|(file, _)| !file.is_test() && !ALLOWED.iter().any(|allowed| file.path.starts_with(allowed)));
    for (file, source) in elsewhere {
        for (line, text) in source.code_lines(true) {
            // clap's type has the same name and starts nothing.
            let text = text.replace("clap::Command::new", "");
            if let Some(word) = SPAWNS.iter().find(|word| text.contains(**word)) {
                findings.push(Finding {
                    path: file.path.clone(),
                    line,
                    message: format!("`{word}` outside sandbox, engine/git and engine/exec"),
                });
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str) -> usize {
        check(&Tree::of(&[(path, "//! x\nfn f() { std::process::Command::new(\"sh\"); }\n")])).len()
    }

    #[test]
    fn a_program_started_by_a_stage_is_found() {
        assert_eq!(count("crates/kaizen-engine/src/trial/judge.rs"), 1);
        assert_eq!(count("crates/kaizen-cli/src/command/demo.rs"), 1);
    }

    #[test]
    fn the_named_places_and_tests_may() {
        for path in ["crates/kaizen-sandbox/src/run.rs", "crates/kaizen-engine/src/git/plumbing.rs", "crates/kaizen-cli/tests/improve.rs"] {
            assert_eq!(count(path), 0, "{path}");
        }
        let tree =
            Tree::of(&[("crates/kaizen-store/src/a.rs", "#[cfg(test)]\nmod tests {\n    fn f() { Command::new(\"initdb\"); }\n}\n")]);
        assert!(check(&tree).is_empty());
    }
}
