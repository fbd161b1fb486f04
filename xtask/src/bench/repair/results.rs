//! What a set came to: a line for each defect, and the rows of the table.

use super::defect::Defect;
use super::judgement::{Judged, Judgement};
use super::repaired::{BUDGET, Passed, Repair};
use crate::Outcome;
use crate::bench::table::{Table, median};
use serde_json::json;
use std::path::Path;

/// A defect and what became of it.
pub(super) struct Row {
    pub(super) package: &'static str,
    pub(super) defect: Defect,
    pub(super) repair: Repair,
    pub(super) judged: Judged,
}

impl Row {
    /// The first place of the search at which a candidate is right.
    fn first_right(&self) -> Option<u32> {
        let judged = self.repair.passed.iter().zip(&self.judged.passed);
        let right = judged.filter(|(_, judgement)| judgement.is_right()).map(|(one, _)| one.number);
        right.min().or(self.repair.first_passing.filter(|_| self.judged.repair.is_right()))
    }

    /// For a terminal.
    pub(super) fn line(&self) -> String {
        let Defect { file, line, operator, right, wrong, .. } = &self.defect;
        let end = match &self.judged.repair {
            Judgement::None => format!("NOT REPAIRED: {}", self.repair.said.lines().next().unwrap_or_default()),
            Judgement::Same => "same".into(),
            Judgement::Agrees(recorded, perturbed) => format!("agrees ({recorded} + {perturbed} calls): {}", self.repair.summary),
            Judgement::Differs(how) => format!("WRONG: {}\n    {}", self.repair.summary, how.chars().take(300).collect::<String>()),
            Judgement::Unknown => format!("NOBODY KNOWS: {}", self.repair.summary),
        };
        let first = self.repair.first_passing.map_or_else(|| "-".into(), |first| first.to_string());
        let asked = self.repair.asked.as_ref().map_or_else(String::new, |why| format!(" (asked: {why})"));
        let best = self.first_right().map_or_else(|| "-".into(), |first| first.to_string());
        format!(
            "{} {file}:{line} {operator}\n    {right}   =>   {wrong}\n    first {first}, first right {best}, {} passed of {} in {:.1} s: {end}{asked}",
            self.package,
            self.repair.passed.len(),
            self.repair.screened,
            self.repair.wall.as_secs_f64()
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "package": self.package, "file": self.defect.file, "line": self.defect.line, "operator": self.defect.operator,
            "right": self.defect.right, "wrong": self.defect.wrong, "judgement": format!("{:?}", self.judged.repair),
            "first_right": self.first_right(), "passed": self.passed(),
            "summary": self.repair.summary, "asked": self.repair.asked, "first": self.repair.first_passing,
            "screened": self.repair.screened, "seconds": self.repair.wall.as_secs_f64(), "each": self.repair.each, "overhead": self.repair.overhead,
            "said": self.repair.said,
        })
    }
}

impl Row {
    fn passed(&self) -> Vec<serde_json::Value> {
        let judged = self.judged.passed.iter().map(Some).chain(std::iter::repeat(None));
        let one = |(one, judgement): (&Passed, Option<&Judgement>)| {
            json!({
                "number": one.number, "summary": one.summary, "operator": one.operator, "gained": one.gained,
                "behaviour": one.behaviour, "raises": one.raises, "changes": one.changes, "blunt": one.blunt, "right": judgement.map(Judgement::is_right),
            })
        };
        self.repair.passed.iter().zip(judged).map(one).collect()
    }
}

/// Of one set.
#[derive(Default)]
pub(super) struct Results {
    pub(super) all: Vec<Row>,
}

impl Results {
    /// Keeps them for a person to look at.
    pub(super) fn keep(&self, path: &Path) -> Outcome {
        let lines: Vec<String> = self.all.iter().map(|one| one.json().to_string()).collect();
        std::fs::write(path, lines.join("\n") + "\n").map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The rows of the table.
    pub(super) fn tell(&self, tool: &str, table: &mut Table) {
        let count = |wanted: fn(&Judgement) -> bool| self.all.iter().filter(|one| wanted(&one.judged.repair)).count() as f64;
        let (all, repaired) = (self.all.len() as f64, count(|judgement| *judgement != Judgement::None));
        let right = count(Judgement::is_right);
        if all == 0.0 {
            return table.said(&format!("{tool}: defects"), "none");
        }
        table.note(&format!("{tool}: defects"), all, "");
        table.at_least(&format!("{tool}: repaired with at most {BUDGET} candidates"), 100.0 * repaired / all, 75.0, "%");
        if repaired > 0.0 {
            table.at_least(&format!("{tool}: of these right"), 100.0 * right / repaired, 85.0, "%");
        }
        table.note("  the same program as the original", count(|judgement| *judgement == Judgement::Same), "");
        table.note("  another program that behaves alike", count(|judgement| matches!(judgement, Judgement::Agrees(..))), "");
        table.note("  passes only", count(|judgement| matches!(judgement, Judgement::Differs(_))), "");
        table.note("  passes, and no call could be compared", count(|judgement| *judgement == Judgement::Unknown), "");
        let there = self.all.iter().filter(|one| one.first_right().is_some()).count() as f64;
        table.note("  a right one was among those that passed", there, "");
        table.note("  of which a person was asked", self.all.iter().filter(|one| one.repair.asked.is_some()).count() as f64, "");
        let mut middle = |what: &str, unit: &str, value: fn(&Row) -> Option<f64>| {
            if let Ok(value) = median(self.all.iter().filter_map(value).collect()) {
                table.note(what, value, unit);
            }
        };
        middle("  candidates until the first that passes, median", "", |one| one.repair.first_passing.map(f64::from));
        middle("  candidates until the first that is right, median", "", |one| one.first_right().map(f64::from));
        middle("  a whole run that repairs, median", "s", |one| one.repair.files.as_ref().map(|_| one.repair.wall.as_secs_f64()));
        middle("  a candidate, its tests among it", "ms", |one| one.repair.each);
        if let Ok(overhead) = median(self.all.iter().filter_map(|one| one.repair.overhead).collect()) {
            table.at_most(&format!("{tool}: a candidate beyond its tests"), overhead, 15.0, "ms");
        }
    }
}
