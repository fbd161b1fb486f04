//! What GitHub Actions is told: an annotation and the step's summary.

use super::super::report::{Page, markdown};
use super::text::verdict;
use crate::output::Output;
use kaizen_api::v1::CheckResult;
use kaizen_engine::error::EngineError;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Writes both when run in a workflow; else nothing.
pub fn tell(output: &Output, result: &CheckResult, page: &Page) -> Result<(), EngineError> {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return Ok(());
    }
    output.note(annotation(result));
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from) else { return Ok(()) };
    let text = markdown(page);
    let written = OpenOptions::new().append(true).create(true).open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| EngineError::Io { action: "write", path, source })
}

/// A workflow command; what others wrote cannot end it or begin another.
fn annotation(result: &CheckResult) -> String {
    let level = match (result.exit_code, result.verdict.as_str()) {
        (0, "cannot_tell") => "warning",
        (0, _) => "notice",
        _ => "error",
    };
    let lost = if result.lost.is_empty() { String::new() } else { format!(", lost {}", result.lost.join(", ")) };
    let text = format!("{}{lost}", verdict(result));
    format!("::{level} title=kaizen check::{}", text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}
