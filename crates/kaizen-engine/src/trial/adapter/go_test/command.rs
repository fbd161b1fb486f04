//! Rewrites the `go test` calls of a line of shell: results as JSON, no cached ones, none left out, selected tests only.

use super::super::shell::{LONGEST_SELECTION, calls, edited};
use kaizen_domain::scorecard::CaseId;
use std::ops::Range;

/// Options that would hide or repeat results. They take `=VALUE` or nothing.
const DROPPED: [&str; 5] = ["-json", "-v", "-count", "-failfast", "-x"];

/// Whether a call of `go test` is visible in the line.
pub(super) fn calls_go_test(command: &str) -> bool {
    !go_tests(command).is_empty()
}

/// The line with its calls rewritten.
pub(super) fn rewrite(command: &str, only: Option<&[CaseId]>) -> String {
    let selected = only.and_then(selected).filter(|pattern| pattern.len() <= LONGEST_SELECTION);
    let edits = go_tests(command).iter().flat_map(|words| edits(command, words, selected.as_deref())).collect();
    edited(command, edits)
}

fn go_tests(command: &str) -> Vec<Vec<Range<usize>>> {
    calls(command, "go", |words| words.first() == Some(&"test"))
}

/// A pattern of the tests the cases belong to; `None` where a whole package is among them.
fn selected(only: &[CaseId]) -> Option<String> {
    let names: Option<std::collections::BTreeSet<&str>> = only
        .iter()
        .map(|id| id.0.split_once("::").map(|(_, test)| test.split('/').next().unwrap_or(test)).filter(|name| !name.starts_with('<')))
        .collect();
    let names: Vec<&str> = names?.into_iter().map(|name| name.split('#').next().unwrap_or(name)).collect();
    Some(format!("^({})$", names.join("|")))
}

fn edits(line: &str, words: &[Range<usize>], selected: Option<&str>) -> Vec<(Range<usize>, String)> {
    let text = |range: &Range<usize>| &line[range.clone()];
    let own = |range: &&Range<usize>| !matches!(text(range), "-args" | "--args");
    let options: Vec<&Range<usize>> = words[2..].iter().take_while(own).collect();
    let name = |range: &Range<usize>| {
        let option = text(range).split('=').next().unwrap_or_default();
        if option.starts_with("--") { option[1..].to_owned() } else { option.to_owned() }
    };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for (index, range) in options.iter().enumerate().filter(|(_, range)| DROPPED.contains(&name(range).as_str())) {
        edits.push(((*range).clone(), String::new()));
        let value = options.get(index + 1).filter(|_| matches!(text(range), "-count" | "--count"));
        edits.extend(value.map(|value| ((*value).clone(), String::new())));
    }
    let has_run = options.iter().any(|range| name(range) == "-run");
    let run = selected.filter(|_| !has_run).map(|pattern| format!(" -run {}", shell_words::quote(pattern))).unwrap_or_default();
    let after_test = words[1].end;
    edits.push((after_test..after_test, format!(" -json -count=1{run}")));
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_json_and_never_cached_repeated_or_left_out() {
        assert_eq!(rewrite("go test ./...", None), "go test -json -count=1 ./...");
        assert_eq!(
            rewrite("go vet ./... && CGO_ENABLED=0 go test -v -race -count 3 --failfast ./a -args -v | tee log", None),
            "go vet ./... && CGO_ENABLED=0 go test -json -count=1  -race    ./a -args -v | tee log"
        );
        for not_a_call in ["make test", "go build ./...", "echo go test", ""] {
            assert!(!calls_go_test(not_a_call) && rewrite(not_a_call, None) == not_a_call, "{not_a_call}");
        }
    }

    #[test]
    fn selected_tests_are_named_by_the_test_they_belong_to() {
        let ids = |names: &[&str]| names.iter().map(|name| CaseId((*name).into())).collect::<Vec<_>>();
        let only = ids(&["m/a::TestX/one_two", "m/a::TestX/three", "m/b::TestY"]);
        assert_eq!(rewrite("go test ./...", Some(&only)), "go test -json -count=1 -run '^(TestX|TestY)$' ./...");
        assert_eq!(rewrite("go test -run Z ./...", Some(&only)), "go test -json -count=1 -run Z ./...");
        assert_eq!(rewrite("go test ./...", Some(&ids(&["m/a::<package>"]))), "go test -json -count=1 ./...");
        let many: Vec<CaseId> = (0..20_000).map(|number| CaseId(format!("m/a::Test{number}"))).collect();
        assert_eq!(rewrite("go test ./...", Some(&many)), "go test -json -count=1 ./...", "it does not fit an argument");
    }
}
