//! Evidence about where a defect is: executed lines, stack traces, names in the failing tests.

use crate::error::EngineError;
use crate::trial::adapter::Coverage;
use crate::trial::snapshot::Snapshot;
use kaizen_domain::path::RepoPath;
use kaizen_domain::scorecard::{CaseId, Scorecard};
use kaizen_mutate::{Evidence, Language, function_span, identifiers, literals};
use std::collections::{BTreeMap, BTreeSet};

/// What the search needs to know to look in the right place first.
pub fn evidence(snapshot: &Snapshot, card: &Scorecard, failing: &[CaseId], coverage: &Coverage) -> Result<Evidence, EngineError> {
    let mut found =
        Evidence { suspicion: suspicion(card, failing, coverage), executed: executed(failing, coverage), ..Evidence::default() };
    for case in failing {
        let message = card.cases.get(case).and_then(|case| case.message.as_deref()).unwrap_or("");
        add_trace(&mut found, snapshot, message);
        add_words(&mut found, message);
        add_test_source(&mut found, snapshot, case)?;
    }
    Ok(found)
}

/// Ochiai (Abreu et al., 2006): ef / sqrt((ef + nf) (ef + ep)) over the cases that have coverage.
fn suspicion(card: &Scorecard, failing: &[CaseId], coverage: &Coverage) -> BTreeMap<(RepoPath, u32), f64> {
    let mut failed: BTreeMap<(RepoPath, u32), f64> = BTreeMap::new();
    let mut passed: BTreeMap<(RepoPath, u32), f64> = BTreeMap::new();
    let traced_failing = failing.iter().filter(|case| coverage.contains_key(case)).count() as f64;
    for (case, files) in coverage {
        let is_failing = failing.contains(case);
        let other_failure = !is_failing && card.cases.get(case).is_some_and(|result| result.outcome.is_failing());
        if other_failure {
            continue;
        }
        let counts = if is_failing { &mut failed } else { &mut passed };
        lines(files).for_each(|line| *counts.entry(line).or_default() += 1.0);
    }
    let score = |(line, ef): ((RepoPath, u32), f64)| {
        let ep = passed.get(&line).copied().unwrap_or(0.0);
        (line, ef / (traced_failing * (ef + ep)).sqrt())
    };
    failed.into_iter().map(score).collect()
}

fn lines(files: &BTreeMap<String, BTreeSet<u32>>) -> impl Iterator<Item = (RepoPath, u32)> {
    let parsed = files.iter().filter_map(|(path, lines)| path.parse::<RepoPath>().ok().map(|path| (path, lines)));
    parsed.flat_map(|(path, lines)| lines.iter().map(move |line| (path.clone(), *line)))
}

/// The lines failing cases ran; `None` unless every failing case was traced and ran something.
fn executed(failing: &[CaseId], coverage: &Coverage) -> Option<BTreeSet<(RepoPath, u32)>> {
    let mut all = BTreeSet::new();
    for case in failing {
        let files = coverage.get(case).filter(|files| !files.is_empty())?;
        all.extend(lines(files));
    }
    (!all.is_empty()).then_some(all)
}

/// Lines named by a stack trace: `File "x.py", line 3` and `src/x.rs:3:5`.
fn add_trace(found: &mut Evidence, snapshot: &Snapshot, message: &str) {
    for line in message.lines() {
        let python = line.trim().strip_prefix("File \"").and_then(|rest| rest.split_once("\", line "));
        let plain = python.or_else(|| line.trim().trim_start_matches("at ").split_once(':'));
        let Some((path, rest)) = plain else { continue };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse::<u32>() else { continue };
        let known = snapshot.files.iter().filter(|file| file.as_str().is_some_and(|file| names(path, file)));
        if let Some(file) = known.max_by_key(|file| file.as_bytes().len()) {
            let entry = found.suspicion.entry((file.clone(), number)).or_insert(0.0);
            *entry = entry.max(0.9);
        }
    }
}

/// Whether what stands before a line's number ends with this file, and not with a longer name.
fn names(path: &str, file: &str) -> bool {
    path.strip_suffix(file).is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
}

fn add_words(found: &mut Evidence, message: &str) {
    let words = message.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    for word in words.filter(|word| word.len() > 2 && !word.starts_with(|first: char| first.is_ascii_digit())) {
        let weight = found.names.entry(word.to_owned()).or_insert(0.0);
        *weight = weight.max(0.3);
    }
}

/// Literals that are answers of many right functions.
const COMMON: [&str; 4] = ["0", "1", "''", "\"\""];

/// Identifiers in the failing test's own source: what is really tested; and its literals: what must not be answered by heart.
fn add_test_source(found: &mut Evidence, snapshot: &Snapshot, case: &CaseId) -> Result<(), EngineError> {
    let plain = case.0.split('[').next().unwrap_or(&case.0);
    let Some(function) = plain.rsplit([':', '.']).find(|part| !part.is_empty()) else { return Ok(()) };
    for path in test_files(snapshot, plain) {
        let (Some(language), Some(text)) = (Language::of_path(path), snapshot.text(path)?) else { continue };
        let Some((start, end)) = function_span(language, &text, function) else { continue };
        for (name, line) in identifiers(language, &text) {
            if (start..=end).contains(&line) {
                found.names.insert(name, 1.0);
            }
        }
        let written = literals(language, &text).into_iter().filter(|(_, line)| (start..=end).contains(line));
        found.forbidden_literals.extend(written.map(|(text, _)| text).filter(|text| !COMMON.contains(&text.as_str())));
    }
    Ok(())
}

/// Files that may hold a case: those whose stem is one of the words of its id.
fn test_files<'a>(snapshot: &'a Snapshot, case: &str) -> impl Iterator<Item = &'a RepoPath> {
    let words: BTreeSet<String> =
        case.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-').map(str::to_owned).collect();
    snapshot.files.iter().filter(move |path| {
        let stem = path.as_path().file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
        words.contains(stem) || (words.contains("lib") && Language::of_path(path) == Some(Language::Rust))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_names_a_file_and_none_whose_name_only_ends_alike() {
        assert!(names("a.py", "a.py") && names("/room/src/a.py", "a.py") && names("thread 't' panicked at src/a.rs", "src/a.rs"));
        assert!(names("read (/room/a.js", "a.js"));
        assert!(!names("/usr/lib/data.py", "a.py") && !names("test-a.py", "a.py") && !names("b.py", "a.py"));
    }
}
