//! The results: what was measured, what was promised, whether it holds.

use crate::Outcome;
use std::path::Path;
use std::time::Duration;

const PAGE: &str = "docs/reference/benchmarks.md";
const END: &str = "<!-- end -->";

/// Rows in the order they were measured.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<[String; 4]>,
}

impl Table {
    /// A number with its limit: at most, in the same unit.
    pub(super) fn at_most(&mut self, what: &str, value: f64, limit: f64, unit: &str) {
        self.judged(what, format!("{} {unit}", number(value)), format!("at most {} {unit}", number(limit)), value <= limit);
    }

    /// A number with its limit: at least, in the same unit.
    pub(super) fn at_least(&mut self, what: &str, value: f64, limit: f64, unit: &str) {
        self.judged(what, format!("{} {unit}", number(value)), format!("at least {} {unit}", number(limit)), value >= limit);
    }

    /// A count of successes of which none may be missing.
    pub(super) fn all(&mut self, what: &str, good: u32, of: u32) {
        self.judged(what, format!("{good} of {of}"), "all".to_string(), good == of);
    }

    /// A number nobody promised anything about.
    pub(super) fn note(&mut self, what: &str, value: f64, unit: &str) {
        self.said(what, &format!("{} {unit}", number(value)));
    }

    /// A word instead of a number: why there is none, or what the numbers depend on.
    pub(super) fn said(&mut self, what: &str, word: &str) {
        self.rows.push([what.to_string(), word.to_string(), String::new(), String::new()]);
    }

    /// Traces of which there may be none, in the order they were found.
    pub(super) fn none(&mut self, what: &str, found: usize) {
        self.judged(what, found.to_string(), "none".to_string(), found == 0);
    }

    fn judged(&mut self, what: &str, value: String, promised: String, holds: bool) {
        self.rows.push([what.to_string(), value, promised, if holds { "holds" } else { "MISSED" }.to_string()]);
    }

    /// For a terminal and for Markdown alike.
    pub(super) fn text(&self) -> String {
        let head = ["measured", "value", "promised", ""].map(str::to_string);
        let width = |column: usize| self.rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2), width(3)];
        let line = |row: &[String; 4]| {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            format!("| {} |", cells.join(" | "))
        };
        let rule = format!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
        let rows = self.rows.iter().map(line);
        [line(&head), rule].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    }

    /// Replaces the block of this subject on the page.
    pub(super) fn write(&self, root: &Path, subject: &str) -> Outcome {
        let page = root.join(PAGE);
        let old = std::fs::read_to_string(&page).map_err(|error| format!("{PAGE}: {error}"))?;
        let begin = begin(subject);
        let new = replaced(&old, &begin, &self.text()).ok_or_else(|| format!("{PAGE} has no block between `{begin}` and `{END}`"))?;
        std::fs::write(&page, new).map_err(|error| format!("{PAGE}: {error}"))
    }
}

fn begin(subject: &str) -> String {
    format!("<!-- begin: cargo xtask bench {subject} --write -->")
}

/// The page with another block after `begin`; `None` where there is none.
pub(super) fn replaced(page: &str, begin: &str, block: &str) -> Option<String> {
    let (before, rest) = page.split_once(begin)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{begin}\n{block}\n{END}{after}"))
}

/// Three digits are enough for anybody; whole numbers from a hundred on, two digits of what is less than one.
fn number(value: f64) -> String {
    match value {
        _ if value >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        _ if value < 1.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

/// In milliseconds.
pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The middle of the values; an error where there are none.
pub(super) fn median(mut values: Vec<f64>) -> Result<f64, String> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().ok_or_else(|| "nothing was measured".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_is_called_a_miss() {
        let mut table = Table::default();
        table.at_most("slow", 21.0, 20.0, "ms");
        table.at_least("fast", 120_000.0, 100_000.0, "records/s");
        table.all("repairs", 3, 3);
        table.none("traces", 1);
        let lines: Vec<String> = table.text().lines().skip(2).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            lines,
            [
                "| slow | 21 ms | at most 20 ms | MISSED |",
                "| fast | 120000 records/s | at least 100000 records/s | holds |",
                "| repairs | 3 of 3 | all | holds |",
                "| traces | 1 | none | MISSED |"
            ]
        );
    }

    #[test]
    fn only_the_block_of_the_subject_changes() {
        let (one, two) = (begin("one"), begin("two"));
        let page = format!("a\n{one}\nold\n{END}\nb\n{two}\nold\n{END}\nc\n");
        assert_eq!(replaced(&page, &one, "new").unwrap(), format!("a\n{one}\nnew\n{END}\nb\n{two}\nold\n{END}\nc\n"));
        assert_eq!(replaced(&page, &two, "new").unwrap(), format!("a\n{one}\nold\n{END}\nb\n{two}\nnew\n{END}\nc\n"));
        assert_eq!(replaced(&page, &begin("three"), "new"), None);
    }

    #[test]
    fn the_page_has_a_block_for_every_subject() {
        let page = include_str!("../../../docs/reference/benchmarks.md");
        for subject in crate::bench::SUBJECTS {
            assert!(replaced(page, &begin(subject.name), "new").is_some(), "{}", subject.name);
        }
    }

    #[test]
    fn a_ratio_below_one_keeps_two_digits() {
        assert_eq!([0.046, 0.5, 7.25, 140.4, 3.0].map(number), ["0.05", "0.50", "7.2", "140", "3"]);
    }

    #[test]
    fn the_median_of_nothing_is_an_error() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Ok(2.0));
        assert!(median(vec![]).is_err());
    }
}
