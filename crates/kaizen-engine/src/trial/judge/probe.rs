//! The reporter as a probe: what functions are called with in the cases, and what a candidate answers to such calls.
//!
//! Calls are opaque here: they are pickles made inside the sandbox and read only there. A probe that says nothing, or stops half-way,
//! is no fault: whoever asks compares what there is.

use super::{Ask, Court, read_report, remove_report};
use crate::error::{EngineError, io};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What a probe is to do.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted<'a> {
    /// Keep the arguments of the functions around these lines, by file.
    Record(&'a BTreeMap<String, BTreeSet<u32>>),
    /// Answer these recorded calls, and the same perturbed ones for everybody.
    Replay(&'a [Value]),
}

#[derive(Deserialize)]
struct Line {
    nonce: String,
    #[serde(default)]
    probe: Value,
}

impl Court<'_> {
    /// Runs the command once from a fresh workspace; the lines of the probe. Empty where the format has none.
    pub fn probe(&mut self, ask: Ask<'_>, wanted: &Wanted<'_>) -> Result<Vec<Value>, EngineError> {
        if !self.adapter.probes() {
            return Ok(Vec::new());
        }
        self.context.checkpoint()?;
        self.jail.reset()?;
        let (writes, command) = self.commanded(ask.writes)?;
        self.jail.write(&writes)?;
        remove_report(&self.report)?;
        let file = self.probe_file(wanted)?;
        let mut invocation = self.adapter.prepare(&self.request(&command, ask.only, false));
        invocation.env.push(("KAIZEN_PROBE".into(), file.clone().into()));
        let spec = self.spec(invocation, ask.limit);
        self.supervised(&spec)?;
        std::fs::remove_file(&file).map_err(io("remove", &file))?;
        Ok(lines(&read_report(&self.report)?.unwrap_or_default(), &self.nonce))
    }

    /// What a probe is to do, where it will read it.
    pub(super) fn probe_file(&self, wanted: &Wanted<'_>) -> Result<PathBuf, EngineError> {
        let file = self.report.with_file_name("probe.json");
        let text = serde_json::to_vec(wanted).map_err(|source| EngineError::Stored { what: "probe", source })?;
        std::fs::write(&file, text).map_err(io("write", &file))?;
        Ok(file)
    }
}

/// The probe's lines of a report; others, and half a line at the end, are somebody else's.
pub(super) fn lines(report: &[u8], nonce: &str) -> Vec<Value> {
    let read = report.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    read.filter(|line| line.nonce == nonce && !line.probe.is_null()).map(|line| line.probe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_of_this_run_count() {
        let report = b"{\"nonce\": \"n\", \"probe\": [1]}\n{\"nonce\": \"other\", \"probe\": [2]}\n{\"nonce\": \"n\", \"begin\": 1}\n{\"nonce\": \"n\", \"pro";
        assert_eq!(lines(report, "n"), [serde_json::json!([1])]);
    }
}
