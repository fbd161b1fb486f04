//! Whether a repair is right: the same program as the published one, or one that behaves like it.

use super::defect::Defect;
use super::environment::Environment;
use super::package::Prepared;
use super::repaired::{Files, Repair};
use crate::bench::room::answer;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Perturbed inputs are those of this seed.
const SEED: &str = "6";
/// More candidates of one search are not compared.
const MOST: usize = 16;

/// How a repair compares with the original.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Judgement {
    /// There is none.
    None,
    /// The same program.
    Same,
    /// The same answers: to so many recorded and so many perturbed calls.
    Agrees(u64, u64),
    /// Another answer.
    Differs(String),
    /// No call could be recorded: nobody knows, and it does not count as right.
    Unknown,
}

impl Judgement {
    pub(super) fn is_right(&self) -> bool {
        matches!(self, Self::Same | Self::Agrees(..))
    }
}

/// Of the repair, and of every candidate that passed in its search.
pub(super) struct Judged {
    pub(super) repair: Judgement,
    pub(super) passed: Vec<Judgement>,
}

/// Compares them in fresh processes.
pub(super) fn of(prepared: &Prepared, environment: &Environment, defect: &Defect, repair: &Repair) -> Result<Judged, String> {
    let whole = |edited: &Files| -> Files {
        let mut files = Files::from([(defect.file.clone(), defect.text.clone())]);
        files.extend(edited.clone());
        files
    };
    let mut versions: Vec<Files> = repair.files.iter().cloned().collect();
    versions.extend(repair.passed.iter().take(MOST).map(|one| whole(&one.files)));
    if versions.is_empty() {
        return Ok(Judged { repair: Judgement::None, passed: Vec::new() });
    }
    let bench = Comparison { prepared, environment, defect };
    let calls = bench.recorded()?;
    let judged: Result<Vec<Judgement>, String> = versions.iter().map(|files| bench.judged(files, calls.as_deref())).collect();
    let mut judged = judged?.into_iter();
    let of_repair = if repair.files.is_some() { judged.next() } else { None };
    Ok(Judged { repair: of_repair.unwrap_or(Judgement::None), passed: judged.collect() })
}

struct Comparison<'a> {
    prepared: &'a Prepared,
    environment: &'a Environment,
    defect: &'a Defect,
}

impl Comparison<'_> {
    /// The calls that the original's tests make of the function the defect is in.
    fn recorded(&self) -> Result<Option<PathBuf>, String> {
        let calls = self.prepared.room.path().join("calls");
        if calls.exists() {
            std::fs::remove_file(&calls).map_err(|error| format!("{}: {error}", calls.display()))?;
        }
        let mut record = self.script();
        record.arg("record").arg(self.prepared.right()).args([&self.defect.file, &self.defect.line.to_string()]);
        record.arg(&calls).arg("--").args(self.prepared.arguments());
        // Its tests say what they say of the original; what counts is the file of calls.
        drop(record.output().map_err(|error| format!("behaviour.py: {error}"))?);
        Ok(calls.exists().then_some(calls))
    }

    fn judged(&self, files: &Files, calls: Option<&Path>) -> Result<Judgement, String> {
        if self.is_same(files)? {
            return Ok(Judgement::Same);
        }
        let Some(calls) = calls else { return Ok(Judgement::Unknown) };
        let one = self.answers(calls, "right.answers")?;
        for (path, text) in files {
            put(&self.prepared.right().join(path), text)?;
        }
        let other = self.answers(calls, "repair.answers");
        for path in files.keys() {
            self.put_back(path)?;
        }
        read(&answer(self.script().arg("same").arg(one).arg(other?), "behaviour.py same")?)
    }

    /// The published file, from the room's other copy: nothing is edited there but the defect, and that is taken back.
    fn put_back(&self, path: &str) -> Result<(), String> {
        let from = self.prepared.published().join(path);
        std::fs::copy(&from, self.prepared.right().join(path)).map(drop).map_err(|error| format!("{}: {error}", from.display()))
    }

    fn script(&self) -> Command {
        let mut command = Command::new(self.prepared.python());
        command.arg(self.environment.script("behaviour.py")).env("PYTHONHASHSEED", "0").env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    fn answers(&self, calls: &Path, name: &str) -> Result<PathBuf, String> {
        let mut command = self.script();
        command.arg("answer").arg(self.prepared.right()).arg(&self.defect.file).arg(calls).arg(SEED);
        let output = command.output().map_err(|error| format!("behaviour.py: {error}"))?;
        let path = self.prepared.room.path().join(name);
        // A repair that ends the process in the middle answers less, and that is a difference.
        std::fs::write(&path, output.stdout).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    /// Whether they are the published program but for layout and comments.
    fn is_same(&self, files: &Files) -> Result<bool, String> {
        let program =
            "import ast, sys; one, other = (ast.dump(ast.parse(open(path).read())) for path in sys.argv[1:]); print(one == other)";
        for (path, text) in files {
            let repaired = self.prepared.room.path().join("repaired.py");
            put(&repaired, text)?;
            let mut command = Command::new(self.prepared.python());
            command.args(["-c", program]).arg(self.prepared.published().join(path)).arg(repaired);
            if answer(&mut command, "python")? != "True" {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn put(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn read(said: &str) -> Result<Judgement, String> {
    let value: Value = serde_json::from_str(said).map_err(|error| format!("behaviour.py: {error}: {said}"))?;
    let number = |name: &str| value[name].as_u64().unwrap_or_default();
    Ok(match &value["differs"] {
        Value::Null if number("recorded") == 0 => Judgement::Unknown,
        Value::Null => Judgement::Agrees(number("recorded"), number("perturbed")),
        found => Judgement::Differs(found.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_differs_is_no_agreement_and_no_calls_prove_nothing() {
        assert_eq!(read(r#"{"recorded": 3, "perturbed": 5, "differs": null}"#), Ok(Judgement::Agrees(3, 5)));
        assert_eq!(read(r#"{"recorded": 0, "perturbed": 0, "differs": null}"#), Ok(Judgement::Unknown));
        assert!(!read(r#"{"recorded": 3, "perturbed": 5, "differs": {"input": "1"}}"#).unwrap().is_right());
    }
}
