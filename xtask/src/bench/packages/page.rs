//! The table of packages and its page.

use super::list::{PACKAGES, Package};
use super::trial::Cases;
use crate::Outcome;
use crate::bench::table::replaced;
use serde_json::Value;
use std::path::Path;

const PAGE: &str = "docs/reference/packages.md";
const BEGIN: &str = "<!-- begin: cargo xtask bench packages --write -->";

const HEAD: &str = "| package | cases inside | outside | the same | benchmark that `init` wrote | line to add |";
const RULE: &str = "|---|---|---|---|---|---|";

/// What one package came to.
#[derive(Debug)]
pub(super) struct Row {
    package: &'static str,
    cells: Vec<String>,
}

impl Row {
    /// `init` or `measure` ended without a result; `said` tells why and what to do.
    pub(super) fn refused(package: &'static Package, outside: Option<Cases>, said: &str) -> Self {
        let cells = vec!["-".into(), counted(outside), "**no**".into(), "-".into(), cell(said)];
        Self { package: package.name, cells: [vec![titled(package)], cells].concat() }
    }

    /// What `init` and `measure` found.
    pub(super) fn of(package: &'static Package, outside: Option<Cases>, init: &Value, measured: &Value) -> Result<Self, String> {
        let number = |value: &Value, name: &str| value[name].as_u64().ok_or_else(|| format!("{name} is missing in {value}"));
        let inside = Cases { passing: number(measured, "passing")?, executed: number(measured, "executed")? };
        let compared = match outside {
            Some(own) => own,
            None => Cases { passing: number(&init["outside"], "passing")?, executed: number(&init["outside"], "executed")? },
        };
        let differences = init["differences"].as_array().map_or(&[][..], Vec::as_slice);
        let same = differences.is_empty() && inside == compared;
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let cells = vec![
            titled(package),
            counted(Some(inside)),
            counted(Some(compared)),
            if same { "yes".into() } else { "**no**".into() },
            format!("`{}` ({}, from {})", cell(&text(&init["command"])), text(&init["format"]), cell(&text(&init["source"]))),
            mends(differences),
        ];
        Ok(Self { package: package.name, cells })
    }

    /// For the page and for a terminal.
    pub(super) fn line(&self) -> String {
        format!("| {} |", self.cells.join(" | "))
    }
}

fn titled(package: &Package) -> String {
    format!("{} {} ({})", package.name, package.version, package.registry.name())
}

fn counted(cases: Option<Cases>) -> String {
    cases.map_or_else(|| "-".into(), |cases| format!("{}/{}", cases.passing, cases.executed))
}

/// One line without what would end a cell.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The lines that `init` named, each with why and how often.
fn mends(differences: &[Value]) -> String {
    let Some(first) = differences.first() else { return "none".into() };
    let why = first["why"].as_str().unwrap_or("-");
    // What only the sandbox runs, or what passes there alone, asks for no line.
    let mend = first["mend"].as_str().map_or_else(|| "no line".to_owned(), |mend| format!("`{}`", cell(mend)));
    let more = if differences.len() > 1 { format!(" and {} more", differences.len() - 1) } else { String::new() };
    format!("{mend}{more}: {}", cell(why))
}

/// Rows below their head.
pub(super) fn table(rows: &[String]) -> String {
    [HEAD, RULE].into_iter().map(str::to_owned).chain(rows.iter().cloned()).collect::<Vec<_>>().join("\n")
}

/// Replaces the rows that were measured and leaves the others.
pub(super) fn write(root: &Path, rows: &[Row]) -> Outcome {
    let page = root.join(PAGE);
    let old = std::fs::read_to_string(&page).map_err(|error| format!("{PAGE}: {error}"))?;
    let new = replaced(&old, BEGIN, &table(&merged(&old, rows))).ok_or_else(|| format!("{PAGE} has no block after `{BEGIN}`"))?;
    std::fs::write(&page, new).map_err(|error| format!("{PAGE}: {error}"))
}

/// One row for each package that was ever measured, in the order of the list.
fn merged(old: &str, rows: &[Row]) -> Vec<String> {
    let kept = |name: &str| old.lines().find(|line| line.starts_with(&format!("| {name} "))).map(str::to_owned);
    let row = |package: &Package| rows.iter().find(|row| row.package == package.name).map(Row::line).or_else(|| kept(package.name));
    PACKAGES.iter().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(differences: Value) -> Row {
        let init = json!({
            "command": "a | b", "format": "pytest", "source": "AGENTS.md", "differences": differences,
            "outside": {"passing": 3, "executed": 4},
        });
        Row::of(&PACKAGES[0], None, &init, &json!({"passing": 3, "executed": 4})).unwrap()
    }

    #[test]
    fn a_package_without_differences_and_with_the_same_counts_is_the_same() {
        let line = row(json!([])).line();
        assert!(line.contains("| 3/4 | 3/4 | yes | `a \\| b` (pytest, from AGENTS.md) | none |"), "{line}");
        let other = Row::of(&PACKAGES[0], Some(Cases { passing: 2, executed: 4 }), &json!({}), &json!({"passing": 3, "executed": 4}));
        assert!(other.unwrap().line().contains("| **no** |"));
    }

    #[test]
    fn the_line_to_add_is_the_one_that_init_named() {
        let line = row(json!([{"why": "it needs\nthe network", "mend": "ignore = [\"x\"]"}, {}])).line();
        assert!(line.contains("| **no** |") && line.contains("`ignore = [\"x\"]` and 1 more: it needs the network"), "{line}");
        assert!(Row::refused(&PACKAGES[0], None, "error: a\nhint: b").line().contains("error: a hint: b"));
    }

    #[test]
    fn rows_of_other_packages_stay() {
        let old = format!("{BEGIN}\n{HEAD}\n{RULE}\n| semver 1 (crates.io) | kept |\n<!-- end -->");
        let lines = merged(&old, &[row(json!([]))]);
        assert_eq!((lines.len(), lines[1].as_str()), (2, "| semver 1 (crates.io) | kept |"));
    }

    #[test]
    fn the_page_has_a_block_for_the_table() {
        assert!(replaced(include_str!("../../../../docs/reference/packages.md"), BEGIN, "new").is_some());
    }
}
