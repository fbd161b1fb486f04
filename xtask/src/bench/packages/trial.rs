//! One package: its tests outside, then `init`, then `measure`; what agrees and which line is missing.

use super::list::{Counts, Package};
use super::page::Row;
use super::{install, source};
use crate::bench::room::Room;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Fetches, installs, runs and compares.
pub(super) fn of(package: &'static Package, binary: &Path, target: &Path) -> Result<Row, String> {
    let archive = source::archive(package, target)?;
    let room = install::checkout(package, &archive, binary, target)?;
    let outside = outside(package, &room)?;
    let init = answered(&mut room.command(&["init", "--yes", "--json"]))?;
    let Some(found) = init.result else { return Ok(Row::refused(package, outside, &init.said)) };
    let measured = answered(&mut room.command(&["measure", "--json"]))?;
    let Some(measured) = measured.result else { return Ok(Row::refused(package, outside, &measured.said)) };
    Row::of(package, outside, &found, &measured)
}

/// Cases by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cases {
    pub(super) passing: u64,
    pub(super) executed: u64,
}

/// The suite outside, by the tool's own summary; `None` where the tool does not count cases.
fn outside(package: &Package, room: &Room) -> Result<Option<Cases>, String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", package.outside]).current_dir(room.project()).stdin(Stdio::null());
    shell.env_remove("CARGO_TARGET_DIR").env("CI", "true").env("NO_COLOR", "1");
    let output = shell.output().map_err(|error| format!("{}: {error}", package.outside))?;
    let said = both(&output);
    let counted = match package.counts {
        Counts::Init => return Ok(None),
        Counts::Pytest => pytest(&said),
        Counts::Cargo => cargo(&said),
        Counts::Node => node(&said),
    };
    counted.map(Some).ok_or_else(|| format!("`{}` counts no cases outside:\n{}", package.outside, last(&said)))
}

fn both(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream).into_owned()).join("\n")
}

fn last(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// `=== 3 failed, 1450 passed, 7 skipped, 2 xfailed in 3.2s ===`. An expected failure is a pass.
fn pytest(said: &str) -> Option<Cases> {
    let line = said.lines().rev().find(|line| line.contains(" in ") && (line.contains(" passed") || line.contains(" failed")))?;
    let words: Vec<&str> = line.split([' ', ',', '=']).filter(|word| !word.is_empty()).collect();
    let of = |kinds: &[&str]| -> u64 {
        words.windows(2).filter(|pair| kinds.contains(&pair[1])).filter_map(|pair| pair[0].parse::<u64>().ok()).sum()
    };
    let passing = of(&["passed", "xfailed", "xpassed"]);
    Some(Cases { passing, executed: passing + of(&["failed", "error", "errors"]) })
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; ...`, once for each suite.
fn cargo(said: &str) -> Option<Cases> {
    let number = |line: &str, kind: &str| -> Option<u64> {
        line.split(';').find_map(|part| part.trim().strip_suffix(kind)?.rsplit(' ').find(|word| !word.is_empty())?.parse().ok())
    };
    let lines = said.lines().filter(|line| line.starts_with("test result: "));
    lines.map(|line| Some((number(line, "passed")?, number(line, "failed")?))).try_fold(None, |sum: Option<Cases>, counted| {
        let ((passed, failed), sum) = (counted?, sum.unwrap_or_default());
        Some(Some(Cases { passing: sum.passing + passed, executed: sum.executed + passed + failed }))
    })?
}

/// `ℹ pass 12` or `# pass 12`, and the same for `fail`.
fn node(said: &str) -> Option<Cases> {
    let of = |kind: &str| -> Option<u64> {
        said.lines().rev().find_map(|line| line.trim_start_matches(['ℹ', '#', ' ']).strip_prefix(kind)?.trim().parse().ok())
    };
    let (passing, failing) = (of("pass ")?, of("fail ")?);
    Some(Cases { passing, executed: passing + failing })
}

/// The last line of a command's answer, and what it told people.
struct Answered {
    result: Option<Value>,
    said: String,
}

fn answered(command: &mut Command) -> Result<Answered, String> {
    let output = command.output().map_err(|error| format!("kaizen could not be started: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let result: Value = serde_json::from_str(line).map_err(|error| format!("kaizen's answer cannot be read: {error}: {line} {said}"))?;
    if output.status.success() {
        return Ok(Answered { result: Some(result), said });
    }
    let told = ["error", "hint"].map(|key| result[key].as_str().unwrap_or_default());
    Ok(Answered { result: None, said: told.join("; ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tools_own_summary_is_counted() {
        let said = "x in y passed\n==== 3 failed, 1450 passed, 7 skipped, 2 xfailed, 1 error in 3.20s ====\n";
        assert_eq!(pytest(said), Some(Cases { passing: 1452, executed: 1456 }));
        assert_eq!(pytest("12 passed in 0.10s"), Some(Cases { passing: 12, executed: 12 }));
        let suites = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                      test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(cargo(suites), Some(Cases { passing: 14, executed: 15 }));
        assert_eq!(node("ℹ tests 5\nℹ suites 1\nℹ pass 4\nℹ fail 1\n"), Some(Cases { passing: 4, executed: 5 }));
        assert_eq!(node("# tests 5\n# pass 4\n# fail 1\n"), Some(Cases { passing: 4, executed: 5 }));
        assert_eq!((pytest("boom"), cargo("boom"), node("boom")), (None, None, None));
    }
}
