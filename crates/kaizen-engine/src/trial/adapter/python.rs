//! What the unittest and pytest adapters share: the environment that carries the reporter into every Python process of the command.
//! It knows nothing of either tool.

use super::report::verdict;
use super::stand_in::fold;
use super::{Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::{CaseId, RunFault};

/// Tests, what changes how they are found or what imports mean, and what would shadow the judge's reporter.
pub(super) const PROTECTED: [&str; 13] = [
    "tests/**",
    "**/tests/**",
    "test/**",
    "**/test_*.py",
    "**/*_test.py",
    "**/sitecustomize.py",
    "**/usercustomize.py",
    "**/*.pth",
    "kaizen_*.py",
    "setup.cfg",
    "tox.ini",
    "noxfile.py",
    "pyproject.toml",
];

/// A selection longer than this is not handed over; everything runs and the reading is cut down. One variable holds at most 128 KiB.
const LONGEST_SELECTION: usize = 100_000;

/// The channel's source, part of both reporters.
pub(super) const REPORT_PY: (&str, &str) = ("kaizen_report.py", include_str!("reporter/kaizen_report.py"));

/// What records calls and answers them, beside both reporters.
pub(super) const PROBE_PY: (&str, &str) = ("kaizen_probe.py", include_str!("reporter/kaizen_probe.py"));

/// The command in a shell, with the reporter of this format on the path.
pub(super) fn invocation(format: &str, request: &Request<'_>) -> Invocation {
    let mut invocation = Invocation::shell(&keep_judge_on_path(request))
        .with("PYTHONPATH", request.judge_dir)
        .with("PYTHONDONTWRITEBYTECODE", "1")
        .with("PYTHONHASHSEED", "0")
        .with("KAIZEN_FORMAT", format)
        .with("KAIZEN_REPORT", request.report)
        .with("KAIZEN_NONCE", request.nonce);
    if let Some(only) = request.only.and_then(selection) {
        invocation = invocation.with("KAIZEN_ONLY", only).with("KAIZEN_ONLY_BELOW", below(request));
    }
    if request.trace {
        invocation = invocation.with("KAIZEN_TRACE", "1");
    }
    invocation
}

/// How the ids of those cases begin that a selected stand-in stands for, by line.
fn below(request: &Request<'_>) -> String {
    let selected = |case: &CaseId| request.only.is_some_and(|only| only.contains(case));
    let stand_ins = request.stand_ins.iter().filter(|(case, _)| selected(case));
    stand_ins.flat_map(|(_, stand_in)| stand_in.prefixes.iter().map(String::as_str)).collect::<Vec<_>>().join("\n")
}

/// The ids by line; `None` when they cannot be handed over so.
fn selection(only: &[CaseId]) -> Option<String> {
    let ids: Vec<&str> = only.iter().map(|id| id.0.as_str()).collect();
    let text = ids.join("\n");
    (text.len() <= LONGEST_SELECTION && !ids.iter().any(|id| id.contains(['\n', '\0']))).then_some(text)
}

/// `PYTHONPATH=src python -m unittest` would replace our entry of the path: ours is put in front of theirs.
fn keep_judge_on_path(request: &Request<'_>) -> String {
    const ASSIGNMENT: &str = "PYTHONPATH=";
    let judge = request.judge_dir.to_string_lossy();
    let quoted = shell_words::quote(&judge);
    let mut rewritten = String::with_capacity(request.command.len());
    let mut rest = request.command;
    while let Some(at) = rest.find(ASSIGNMENT) {
        let starts_word = rest[..at].chars().next_back().or(rewritten.chars().next_back()).is_none_or(|before| !before.is_alphanumeric());
        let (done, more) = rest.split_at(at + ASSIGNMENT.len());
        rewritten.push_str(done);
        if starts_word && !rewritten.ends_with("_PYTHONPATH=") {
            rewritten.push_str(&quoted);
            // An empty entry of the path would mean the current directory.
            rewritten.push_str(if more.starts_with(|next: char| !next.is_whitespace() && next != ';') { ":" } else { "" });
        }
        rest = more;
    }
    rewritten + rest
}

/// What a Python must do to report.
const HINT: &str = "the tests must run in a Python that honours PYTHONPATH (no -I, -E or -S, no PYTHONPATH replaced by a script)";

/// Reads the report and holds it against how the process ended. `explain` may know better what an exit code without report means.
pub(super) fn read(
    request: &Request<'_>,
    finished: &Finished<'_>,
    explain: fn(i32, &Finished<'_>) -> Option<RunFault>,
) -> Result<Reading, RunFault> {
    let mut reading = verdict(request, finished, HINT, explain)?;
    fold(&mut reading, request.stand_ins);
    reading.select(request.only)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn command(command: &str) -> String {
        let request = Request {
            command,
            only: None,
            stand_ins: &[],
            trace: false,
            judge_dir: Path::new("/judge"),
            report: Path::new("/report"),
            nonce: "n",
        };
        keep_judge_on_path(&request)
    }

    #[test]
    fn a_path_set_by_the_command_keeps_the_reporter_in_front() {
        assert_eq!(command("PYTHONPATH=src python3 -m unittest"), "PYTHONPATH=/judge:src python3 -m unittest");
        assert_eq!(command("env PYTHONPATH=\"a b\" x"), "env PYTHONPATH=/judge:\"a b\" x");
        assert_eq!(command("PYTHONPATH= x; MYPYTHONPATH=a MY_PYTHONPATH=b"), "PYTHONPATH=/judge x; MYPYTHONPATH=a MY_PYTHONPATH=b");
    }

    #[test]
    fn a_selection_that_does_not_fit_a_variable_is_not_handed_over() {
        let many: Vec<CaseId> = (0..20_000).map(|number| CaseId(format!("tests.a.{number}"))).collect();
        assert_eq!(selection(&many), None);
        assert_eq!(selection(&many[..2]).as_deref(), Some("tests.a.0\ntests.a.1"));
        assert_eq!(selection(&[CaseId("a\nb".into())]), None);
    }
}
