//! The verdict as Markdown: for pull requests and step summaries.

use super::text::{rows, verdict};
use kaizen_api::v1::CheckResult;
use kaizen_engine::error::EngineError;

/// A heading and a table.
pub fn report(result: &CheckResult) -> Result<String, EngineError> {
    let row = |(name, text): (&str, String)| format!("| {} | {} |\n", cell(name), cell(&text));
    let table: String = rows(result).into_iter().map(row).collect();
    Ok(format!("### kaizen check: {}\n\n| | |\n|---|---|\n{table}", cell(&verdict(result))))
}

/// Text of others in a cell: no row, column, markup or mention of its own.
fn cell(text: &str) -> String {
    let plain = text.replace(['\n', '\r'], " ");
    plain.chars().flat_map(|letter| if "\\|`*_<>[]@#&".contains(letter) { vec!['\\', letter] } else { vec![letter] }).collect()
}
