//! What the adapters of Python's tools share: the environment that carries the reporter into every Python process of the command.
//! It knows nothing of any of them.

use super::report::{selection, verdict};
use super::shell::in_front;
use super::stand_in::fold;
use super::{Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::{CaseId, RunFault};
use std::path::Path;

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

/// The channel's source, part of both reporters.
pub(super) const REPORT_PY: (&str, &str) = ("kaizen_report.py", include_str!("reporter/kaizen_report.py"));

/// What records calls and answers them, beside both reporters.
pub(super) const PROBE_PY: (&str, &str) = ("kaizen_probe.py", include_str!("reporter/kaizen_probe.py"));

/// What forks a child for each of many candidates, beside both reporters.
pub(super) const BATCH_PY: (&str, &str) = ("kaizen_batch.py", include_str!("reporter/kaizen_batch.py"));

/// The command in a shell, with the reporter of this format on the path.
pub(super) fn invocation(format: &str, request: &Request<'_>) -> Invocation {
    let mut invocation = Invocation::shell(&keep_judge_on_path(request.command, request.judge_dir))
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

/// `PYTHONPATH=src python -m unittest` would replace our entry of the path: ours is put in front of theirs.
pub(super) fn keep_judge_on_path(command: &str, judge: &Path) -> String {
    let judge = judge.to_string_lossy();
    let quoted = shell_words::quote(&judge);
    // An empty entry of the path would mean the current directory.
    let is_more = |next: char| !next.is_whitespace() && next != ';';
    in_front(command, "PYTHONPATH", |more| if more.starts_with(is_more) { format!("{quoted}:") } else { quoted.to_string() })
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

    fn command(command: &str) -> String {
        keep_judge_on_path(command, Path::new("/judge"))
    }

    #[test]
    fn a_path_set_by_the_command_keeps_the_reporter_in_front() {
        assert_eq!(command("PYTHONPATH=src python3 -m unittest"), "PYTHONPATH=/judge:src python3 -m unittest");
        assert_eq!(command("env PYTHONPATH=\"a b\" x"), "env PYTHONPATH=/judge:\"a b\" x");
        assert_eq!(command("PYTHONPATH= x; MYPYTHONPATH=a MY_PYTHONPATH=b"), "PYTHONPATH=/judge x; MYPYTHONPATH=a MY_PYTHONPATH=b");
    }
}
