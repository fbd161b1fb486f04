//! What another implementation of the same worlds and the same gates found (`reference.tsv`), and the differences from it.
//!
//! Every figure is compared in standard errors of both simulations. A comparison that is off, a row nobody simulated and a row nobody
//! knows are said in lines that begin with `@off`. Which figures are compared is the tables' matter.

use crate::at_most;
use crate::figure::Figure;
use std::collections::BTreeMap;

/// How many standard errors a figure may be off: of the about 1,500 figures, chance alone puts none there in 99 of 100 simulations.
const LIMIT: f64 = 4.5;

/// What the root mean square of the differences of a table of at least [`MANY`] figures may be; 1 is expected.
const TYPICAL: f64 = 1.5;

const MANY: usize = 20;

/// The effects of the tables of worlds.
pub const EFFECTS: [f64; 8] = [-0.20, -0.05, -0.01, 0.0, 0.01, 0.05, 0.10, 0.20];

/// The comparison of one table, row by row.
pub struct Comparison {
    table: String,
    rows: BTreeMap<&'static str, Vec<f64>>,
    differences: Vec<f64>,
    off: Vec<String>,
}

impl Comparison {
    /// Of this table of the reference.
    pub fn of(table: &str) -> Self {
        let lines = include_str!("reference.tsv").lines().filter_map(|line| line.split_once('\t'));
        let mine = lines.filter(|(of, _)| *of == table).filter_map(|(_, rest)| rest.split_once('\t'));
        let figures = |figures: &str| figures.split('\t').map(|figure| figure.parse().unwrap_or(f64::NAN)).collect();
        let rows = mine.map(|(row, rest)| (row, figures(rest))).collect();
        Self { table: table.to_owned(), rows, differences: Vec::new(), off: Vec::new() }
    }

    /// One row, once: our figures from the reference's.
    pub fn row(&mut self, name: &str, figures: impl FnOnce(&[f64]) -> Vec<Figure>) -> Vec<Figure> {
        let Some(theirs) = self.rows.remove(name) else {
            self.off.push(format!("{}, {name}: the reference has no such row", self.table));
            return Vec::new();
        };
        let figures = figures(&theirs);
        if figures.len() != theirs.len() {
            self.off.push(format!("{}, {name}: {} figures, the reference has {}", self.table, figures.len(), theirs.len()));
        }
        for (place, figure) in figures.iter().enumerate() {
            let off = figure.off();
            self.differences.push(off);
            if !within(off, LIMIT) {
                let [ours, theirs] = [figure.told(), figure.told_theirs()];
                self.off.push(format!(
                    "{}, {name}, figure {}: {ours}, reference {theirs}, {off:+.1} standard errors",
                    self.table,
                    place + 1
                ));
            }
        }
        figures
    }

    /// A row printed in three lines of a table: ours, the reference's, the difference.
    pub fn print(&mut self, name: &str, figures: impl FnOnce(&[f64]) -> Vec<Figure>) -> Vec<Figure> {
        let figures = self.row(name, figures);
        let line =
            |head: &str, of: fn(&Figure) -> String| println!("| {head} | {} |", figures.iter().map(of).collect::<Vec<_>>().join(" | "));
        line(name, Figure::told);
        line("- reference", Figure::told_theirs);
        line("- standard errors", |figure| format!("{:+.1}", figure.off()));
        figures
    }

    /// Says how far off the table is as a whole, and what is missing.
    pub fn end(mut self) {
        self.off.extend(self.rows.keys().map(|row| format!("{}, {row}: not simulated", self.table)));
        let count = self.differences.len();
        let largest = self.differences.iter().fold(0.0, |most: f64, off| if off.is_nan() { f64::INFINITY } else { most.max(off.abs()) });
        let typical = (self.differences.iter().map(|off| off * off).sum::<f64>() / count.max(1) as f64).sqrt();
        if count >= MANY && !within(typical, TYPICAL) {
            self.off.push(format!("{}: {typical:.2} standard errors in the root mean square", self.table));
        }
        println!("\n{count} figures, {largest:.1} standard errors off at most, {typical:.2} in the root mean square.");
        at_most(&format!("largest difference from the reference: {}, {count} figures", self.table), largest, LIMIT, "standard errors");
        self.off.iter().for_each(|off| println!("@off\t{off}"));
    }
}

fn within(off: f64, limit: f64) -> bool {
    off.abs() <= limit
}
