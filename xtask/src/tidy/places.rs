//! Nothing in the tree names a place of one machine or one person.

use super::Finding;
use super::tree::{File, Tree};

/// Written apart, so that this file does not find itself.
const PLACES: [&str; 4] = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Tests may invent a user and the user's directory.
const INVENTED: &str = PLACES[2];

/// Where such a path is what the file is about, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("crates/kaizen-sandbox/tests/", "escape attempts name the directories they try to reach"),
    ("crates/kaizen-sandbox/src/conformance", "escape attempts name the directories they try to reach"),
];

/// Finds absolute paths below such places.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let ordinary = tree.files.iter().filter(|file| !EXCEPTIONS.iter().any(|(path, _)| file.path.starts_with(path)));
    ordinary.flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, text) in file.text.lines().enumerate() {
        let in_test = file.is_test() || file.source.as_ref().is_some_and(|source| source.is_test_line(index + 1));
        let forbidden = PLACES.iter().filter(|place| !(in_test && **place == INVENTED));
        for place in forbidden.filter(|place| text.match_indices(**place).any(|(at, _)| is_absolute(text, at, place.len()))) {
            findings.push(Finding { path: file.path.clone(), line: index + 1, message: format!("a path below `{place}` of one machine") });
        }
    }
    findings
}

/// True where the path begins here and goes on: `a/work/x` is relative, a bare `/home/` names nobody.
fn is_absolute(text: &str, at: usize, length: usize) -> bool {
    let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '}' | ')' | '*' | '~');
    let before = text[..at].chars().next_back();
    let after = text[at + length..].chars().next();
    !before.is_some_and(continues) && after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        let text = format!("see {}ann/kaizen", PLACES[2]);
        assert_eq!(count("docs/a.md", &text), 1);
        assert_eq!(count("crates/kaizen-sandbox/src/policy.rs", &text), 1);
        assert_eq!(count("crates/kaizen-engine/tests/a.rs", &format!("see {}x", PLACES[0])), 1);
    }

    #[test]
    fn a_test_may_invent_a_user_and_an_escape_attempt_may_name_any_directory() {
        assert_eq!(count("crates/kaizen-engine/tests/a.rs", &format!("{}me/p", INVENTED)), 0);
        assert_eq!(count("crates/kaizen-sandbox/tests/escape.rs", &format!("{}.ssh", PLACES[0])), 0);
    }

    #[test]
    fn relative_paths_and_the_bare_directory_are_fine() {
        assert_eq!(count("docs/a.md", &format!("overlay{}upper, and {} is hidden", PLACES[1], PLACES[2])), 0);
    }
}
