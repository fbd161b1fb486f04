//! Which existing test files could be set aside as a hold-out, without moving any of them.
//!
//! It only suggests files whose cases all pass: what fails is a weakness and must stay in sight.

use crate::config::benchmark::Format;
use crate::config::pattern::CaseGlob;
use crate::detect::{Detected, HoldoutSplit, entered, is_test_file, split_directory};
use kaizen_domain::path::RepoPath;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, Scorecard};
use std::path::Path;

/// One file in this many is set aside.
const EVERY: usize = 4;

/// A hold-out made of files the benchmark has; `None` where too few of them pass, or the runner cannot run one alone.
pub fn suggest(candidate: &Detected, files: &[RepoPath], card: &Scorecard) -> Option<HoldoutSplit> {
    let texts: Vec<&str> = files.iter().filter_map(RepoPath::as_str).collect();
    match candidate.format {
        Format::Pytest => pytest(&candidate.command, &texts, card),
        Format::Unittest => unittest(&candidate.command, &texts, card),
        Format::CargoTest => cargo(&texts, card),
        _ => None,
    }
}

/// Where a hold-out of the person's own would lie, and the command that runs it; `COMMAND` where no runner's is known.
pub fn own(candidate: &Detected) -> HoldoutSplit {
    let runner = |module: &str| match candidate.command.split_once(module) {
        Some((interpreter, _)) => format!("{interpreter}{module}"),
        None => format!("python3 {module}"),
    };
    let directory = split_directory(&candidate.command).0;
    let below = |pattern: &str| directory.as_ref().map_or(pattern.to_owned(), |part| format!("{}/{pattern}", globset::escape(part)));
    let (command, files) = match candidate.format {
        Format::Pytest => (format!("{} -q holdout", runner("-m pytest")), below("holdout/**")),
        Format::Unittest => (format!("{} discover -s holdout", runner("-m unittest")), below("holdout/**")),
        Format::CargoTest => {
            let command = "cargo test --test holdout";
            (directory.as_ref().map_or(command.to_owned(), |part| entered(command, part)), below("tests/holdout.rs"))
        }
        _ => ("COMMAND".to_owned(), "holdout/**".to_owned()),
    };
    HoldoutSplit { command, files: vec![files] }
}

/// The test files with cases that all pass; none where it would leave the benchmark without a file.
fn passing<'f>(files: &[&'f str], card: &Scorecard) -> Vec<&'f str> {
    let tests: Vec<&str> = files.iter().copied().filter(|file| is_test_file(file) && !file.starts_with("holdout/")).collect();
    let with_cases = tests.iter().filter(|file| card.cases.keys().any(|id| lives_in(id, file))).count();
    if with_cases < 2 { Vec::new() } else { tests.into_iter().filter(|file| all_pass(card, |id| lives_in(id, file))).collect() }
}

/// Whether some of these cases pass and none fails.
fn all_pass(card: &Scorecard, these: impl Fn(&CaseId) -> bool) -> bool {
    let outcomes: Vec<CaseOutcome> = card.cases.iter().filter(|(id, _)| these(id)).map(|(_, case)| case.outcome).collect();
    outcomes.contains(&CaseOutcome::Pass) && !outcomes.iter().any(|outcome| outcome.is_failing())
}

/// Whether the case is of that file, also where ids start below the file's directory.
fn lives_in(id: &CaseId, file: &str) -> bool {
    let name = Path::new(file).file_name().and_then(|name| name.to_str()).unwrap_or(file);
    [file, name].into_iter().any(|pattern| CaseGlob::try_from(globset::escape(pattern)).is_ok_and(|glob| glob.matches(id)))
}

fn pytest(command: &str, files: &[&str], card: &Scorecard) -> Option<HoldoutSplit> {
    let passing = passing(files, card);
    let count = passing.len().div_ceil(EVERY);
    let chosen: Vec<String> = passing.into_iter().rev().step_by(EVERY).take(count).map(str::to_owned).collect();
    // A word with a quote cannot be taken apart here, and behind a `cd` paths begin elsewhere.
    if chosen.is_empty() || command.contains(['\'', '"', '\\', '&']) || chosen.iter().any(|file| shell_words::quote(file) != *file) {
        return None;
    }
    let directory = |word: &str| chosen.iter().any(|file| Path::new(file).starts_with(word.trim_end_matches('/')));
    let options: Vec<&str> = command.split(' ').filter(|word| !directory(word) && !is_test_file(word)).collect();
    Some(HoldoutSplit {
        command: format!("{} {}", options.join(" "), chosen.join(" ")),
        files: chosen.iter().map(|file| globset::escape(file)).collect(),
    })
}

/// Discovery takes one pattern of file names, so one file is set aside.
fn unittest(command: &str, files: &[&str], card: &Scorecard) -> Option<HoldoutSplit> {
    let chosen = passing(files, card).pop()?;
    let name = Path::new(chosen).file_name()?.to_str()?;
    let unique = files.iter().filter(|file| Path::new(file).file_name() == Path::new(name).file_name()).count() == 1;
    let plain = command.contains("discover") && shell_words::quote(name) == name && !command.contains([';', '|', '&']);
    (unique && plain).then(|| HoldoutSplit { command: format!("{command} -p {name}"), files: vec![globset::escape(chosen)] })
}

/// Integration tests of the root package are programs of their own.
fn cargo(files: &[&str], card: &Scorecard) -> Option<HoldoutSplit> {
    let stems = files.iter().filter_map(|file| file.strip_prefix("tests/")?.strip_suffix(".rs"));
    let programs: Vec<&str> = stems.filter(|stem| !stem.contains('/')).collect();
    let passes = |stem: &&&str| all_pass(card, |id| id.0.starts_with(&format!("tests/{stem}::")));
    let chosen = programs.iter().rev().find(passes).filter(|_| programs.len() > 1)?;
    Some(HoldoutSplit { command: format!("cargo test --test {chosen}"), files: vec![format!("tests/{chosen}.rs")] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::points::Points;
    use kaizen_domain::scorecard::CaseResult;

    fn card(cases: &[(&str, CaseOutcome)]) -> Scorecard {
        let result = |outcome| CaseResult {
            outcome,
            points: Points::ONE,
            worth: Points::ONE,
            category: "all".into(),
            duration: None,
            message: None,
        };
        Scorecard { cases: cases.iter().map(|(id, outcome)| (CaseId((*id).into()), result(*outcome))).collect(), ..Scorecard::default() }
    }

    #[test]
    fn a_file_whose_cases_pass_is_set_aside_and_one_that_fails_stays_in_sight() {
        let files = ["tests/test_a.py", "tests/test_b.py", "src/a.py"];
        let card = card(&[("tests/test_a.py::test_x", CaseOutcome::Pass), ("tests/test_b.py::test_y", CaseOutcome::Fail)]);
        let split = pytest("python3 -m pytest -q tests", &files, &card).unwrap();
        assert_eq!((split.command.as_str(), split.files), ("python3 -m pytest -q tests/test_a.py", vec!["tests/test_a.py".to_owned()]));
    }

    #[test]
    fn discovery_is_narrowed_to_one_file() {
        let files = ["tests/test_a.py", "tests/test_b.py"];
        let card = card(&[("test_a.T.test_x", CaseOutcome::Pass), ("test_b.T.test_y", CaseOutcome::Pass)]);
        let split = unittest("python3 -m unittest discover -s tests", &files, &card).unwrap();
        assert_eq!(split.command, "python3 -m unittest discover -s tests -p test_b.py");
    }

    #[test]
    fn a_single_test_file_cannot_be_split() {
        let card = card(&[("test_a.py::test_x", CaseOutcome::Pass)]);
        assert_eq!(pytest("python3 -m pytest -q", &["test_a.py"], &card), None);
        assert_eq!(cargo(&["tests/a.rs", "src/lib.rs"], &card), None);
    }

    #[test]
    fn an_integration_test_that_fails_stays_in_sight() {
        let card = card(&[("tests/a::one", CaseOutcome::Pass), ("tests/b::one", CaseOutcome::Fail), ("lib::one", CaseOutcome::Pass)]);
        let split = cargo(&["tests/a.rs", "tests/b.rs", "src/lib.rs"], &card).unwrap();
        assert_eq!((split.command.as_str(), split.files), ("cargo test --test a", vec!["tests/a.rs".to_owned()]));
    }

    #[test]
    fn a_hold_out_of_ones_own_is_described_for_the_runner_at_hand() {
        let described = |command: &str, format| {
            let (source, name) = (String::new(), String::new());
            let (levers, protect, notes) = (Vec::new(), Vec::new(), Vec::new());
            let candidate = Detected { command: command.to_owned(), format, source, levers, protect, name, holdout: None, notes };
            let HoldoutSplit { command, files } = own(&candidate);
            (command, files.concat())
        };
        for (command, format, expected) in [
            ("python3 -m unittest discover -s tests", Format::Unittest, ("python3 -m unittest discover -s holdout", "holdout/**")),
            ("cd back && python3 -m pytest -q tests", Format::Pytest, ("cd back && python3 -m pytest -q holdout", "back/holdout/**")),
            ("cd core && cargo test", Format::CargoTest, ("cd core && cargo test --test holdout", "core/tests/holdout.rs")),
            ("npx jest", Format::Jest, ("COMMAND", "holdout/**")),
        ] {
            assert_eq!(described(command, format), (expected.0.to_owned(), expected.1.to_owned()));
        }
    }
}
