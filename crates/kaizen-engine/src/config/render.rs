//! Writes the `kaizen.toml` of a newly set up project: what was detected, the person's choices, short comments.
//! What it writes is what [`super::parse`] reads back.

use super::ProjectName;
use super::limits::DeployMode;
use super::quantity::Timespan;
use crate::detect::Detected;
use toml::Value;

/// What was chosen beside what was detected. Empty choices leave Kaizen's defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// The longest one run may take, where the default is not enough.
    pub timeout: Option<Timespan>,
    /// Cases that do not count.
    pub ignore: Vec<String>,
    /// A command to run once per input.
    pub setup: Option<String>,
    /// Where promoted changes go.
    pub deploy: DeployMode,
}

fn text(value: &str) -> String {
    Value::String(value.to_owned()).to_string()
}

fn list(values: &[String]) -> String {
    Value::Array(values.iter().cloned().map(Value::String).collect()).to_string()
}

/// The file's text.
pub fn render(detected: &Detected, choices: &Choices) -> String {
    let mut lines = vec![format!("[project]\nname = {}\n", text(ProjectName::near(&detected.name).as_str()))];
    lines.push(format!("[benchmark]  # the judge; found in {}", detected.source.replace(char::is_control, " ")));
    lines.push(format!("command = {}  # run in the sandbox, in this directory, without network", text(&detected.command)));
    lines.push(format!("format = {}", text(detected.format.name())));
    if let Some(timeout) = choices.timeout {
        lines.push(format!("timeout = {}  # per run", text(&timeout.to_string())));
    }
    if let Some(setup) = &choices.setup {
        lines.push(format!("setup = {}  # once per input", text(setup)));
    }
    if !detected.protect.is_empty() {
        lines.push(format!("protect = {}  # no proposer may touch these", list(&detected.protect)));
    }
    if !choices.ignore.is_empty() {
        lines.push(format!("ignore = {}  # cases that do not count", list(&choices.ignore)));
    }
    if let Some(holdout) = &detected.holdout {
        let (command, files) = (text(&holdout.command), list(&holdout.files));
        lines.push(format!("holdout = {{ command = {command}, files = {files} }}  # hidden from proposers"));
    }
    if !detected.levers.is_empty() {
        lines.push(format!("\n[levers.code]  # what may change\nfiles = {}", list(&detected.levers)));
    }
    lines.push(format!("\n[deploy]\nmode = {}\n", mode(choices.deploy)));
    lines.join("\n")
}

fn mode(mode: DeployMode) -> &'static str {
    match mode {
        DeployMode::Branch => r#""branch"  # commits on kaizen/<name>; or "in-place""#,
        DeployMode::InPlace => r#""in-place"  # commits on the checked-out branch; or "branch""#,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::benchmark::Format;
    use crate::config::parse;
    use crate::detect::HoldoutSplit;
    use kaizen_domain::scorecard::CaseId;
    use std::path::Path;

    #[test]
    fn the_written_file_reads_back_as_what_was_detected_and_chosen() {
        let detected = Detected {
            command: "PYTHONPATH=src python3 -m pytest -q -k 'not slow' \"a\\b\"".into(),
            format: Format::Pytest,
            source: "AGENTS.md\n[evil]".into(),
            levers: vec!["src/**/*.py".into()],
            protect: vec!["tests/**".into(), "conftest.py".into()],
            name: "Word Freq!".into(),
            holdout: Some(HoldoutSplit { command: "python3 -m pytest -q holdout".into(), files: vec!["holdout/**".into()] }),
            notes: vec![],
        };
        let choices = Choices {
            timeout: Some(Timespan::limit("90s").unwrap()),
            ignore: vec!["tests/test_net.py::*".into()],
            setup: Some("make ext".into()),
            deploy: DeployMode::InPlace,
        };
        let config = parse(&render(&detected, &choices), Path::new("kaizen.toml")).unwrap();
        assert_eq!(config.project.name.as_str(), "Word-Freq");
        assert_eq!(config.benchmark.command.as_str(), detected.command);
        assert_eq!(config.benchmark.format, detected.format);
        assert_eq!(config.benchmark.timeout, choices.timeout.unwrap());
        assert_eq!(config.benchmark.setup.as_ref().unwrap().as_str(), "make ext");
        assert_eq!(config.benchmark.protect.patterns().collect::<Vec<_>>(), detected.protect);
        assert!(config.benchmark.ignores(&CaseId("tests/test_net.py::test_x".into())));
        assert_eq!(config.benchmark.holdout.as_ref().unwrap().files.patterns().collect::<Vec<_>>(), ["holdout/**"]);
        assert_eq!(config.levers.code.as_ref().unwrap().files.patterns().collect::<Vec<_>>(), detected.levers);
        assert_eq!(config.deploy.mode, DeployMode::InPlace);
    }
}
