//! Reads the events of `go test -json`.
//!
//! Lines that are no events are other commands' output, but for the two that older versions write in plain text about packages they
//! could not build. What begins like an event and is none was damaged: the run is unreadable.

use super::super::sound::add_case;
use super::super::{RawCase, text};
use super::PACKAGE;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How much output of one test or package is held.
const OUTPUT_LIMIT: usize = 8000;

/// How events begin, in every version.
const EVENT: [&str; 3] = ["{\"Time\":", "{\"Action\":", "{\"ImportPath\":"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    package: Option<String>,
    import_path: Option<String>,
    test: Option<String>,
    elapsed: Option<f64>,
    output: Option<String>,
    failed_build: Option<String>,
}

/// The packages of one run, in the order of their first events; a package tested twice is there twice.
#[derive(Debug, Default)]
pub(super) struct Output {
    packages: Vec<Package>,
    last: BTreeMap<String, usize>,
    builds: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Package {
    name: String,
    tests: BTreeMap<String, Test>,
    output: String,
    /// The test binary came to its own end: it printed its verdict by itself.
    finished: bool,
    ended: Option<CaseOutcome>,
    failed_build: Option<String>,
}

#[derive(Debug, Default)]
struct Test {
    output: String,
    ended: Option<(CaseOutcome, Option<Duration>)>,
}

impl Output {
    pub(super) fn parse(text: &str) -> Result<Self, RunFault> {
        let mut output = Self::default();
        for (index, line) in text.lines().enumerate() {
            output.line(line).map_err(|why| RunFault::Unreadable { detail: format!("line {}: {why}", index + 1) })?;
        }
        Ok(output)
    }

    /// Whether nothing was said about any package.
    pub(super) fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        if EVENT.iter().any(|start| line.starts_with(start)) {
            let event: Event = serde_json::from_str(line).map_err(|error| error.to_string())?;
            return self.take(event);
        }
        if let Some(package) = unbuilt(line) {
            let package = self.package(package)?;
            package.output.push_str(line);
            package.ended = Some(CaseOutcome::Fail);
        }
        Ok(())
    }

    fn take(&mut self, event: Event) -> Result<(), String> {
        let Some(name) = &event.package else {
            let build = self.builds.entry(event.import_path.unwrap_or_default()).or_default();
            keep(build, event.output.as_deref().unwrap_or_default());
            return Ok(());
        };
        self.package(name)?.take(event)
    }

    /// The package's run that is open, or a new one.
    fn package(&mut self, name: &str) -> Result<&mut Package, String> {
        let open = self.last.get(name).copied().filter(|at| self.packages[*at].ended.is_none());
        let at = open.unwrap_or(self.packages.len());
        if at == self.packages.len() {
            self.packages.push(Package { name: name.to_owned(), ..Package::default() });
            self.last.insert(name.to_owned(), at);
        }
        self.packages.get_mut(at).ok_or_else(|| format!("package {name} is unknown"))
    }

    /// Every case, or what did not come to its end. `stderr` holds the errors of builds in older versions.
    pub(super) fn cases(&self, stderr: &str) -> Result<BTreeMap<CaseId, RawCase>, RunFault> {
        let mut cases = BTreeMap::new();
        for package in &self.packages {
            for (id, case) in package.cases(&self.builds, stderr)? {
                add_case(&mut cases, id, case)?;
            }
        }
        Ok(cases)
    }
}

impl Package {
    fn take(&mut self, event: Event) -> Result<(), String> {
        let outcome = outcome(&event.action);
        let Some(name) = event.test else {
            let output = event.output.as_deref().unwrap_or_default();
            self.finished |= matches!(output.trim_end(), "PASS" | "FAIL");
            keep(&mut self.output, output);
            self.failed_build = event.failed_build.or_else(|| self.failed_build.take());
            self.ended = outcome;
            return Ok(());
        };
        let test = self.tests.entry(name.clone()).or_default();
        keep(&mut test.output, event.output.as_deref().unwrap_or_default());
        let Some(outcome) = outcome else { return Ok(()) };
        let elapsed = event.elapsed.map(Duration::try_from_secs_f64).transpose().map_err(|error| format!("Elapsed of {name}: {error}"))?;
        match test.ended.replace((outcome, elapsed)) {
            Some((before, _)) if before != outcome => Err(format!("test {name} ended as {before:?} and as {outcome:?}")),
            _ => Ok(()),
        }
    }

    fn cases(&self, builds: &BTreeMap<String, String>, stderr: &str) -> Result<Vec<(CaseId, RawCase)>, RunFault> {
        let open: Vec<&String> = self.tests.iter().filter(|(_, test)| test.ended.is_none()).map(|(name, _)| name).collect();
        let incomplete = |detail: String| RunFault::Incomplete { detail: format!("package {}: {detail}", self.name) };
        let failing = self.tests.values().any(|test| matches!(test.ended, Some((outcome, _)) if outcome.is_failing()));
        match self.ended {
            None => Err(incomplete("it began and did not end".into())),
            Some(CaseOutcome::Fail) if !(self.finished && failing && open.is_empty()) => Ok(vec![self.broken(builds, stderr)]),
            Some(_) if !open.is_empty() => Err(incomplete(format!("test {} began and did not end", open[0]))),
            Some(CaseOutcome::Pass | CaseOutcome::Skip) if failing => {
                Err(RunFault::Unreadable { detail: format!("package {} passed although a test of it failed", self.name) })
            }
            Some(_) => Ok(self.tests.iter().filter_map(|(name, test)| Some((self.id(name), test.case()?))).collect()),
        }
    }

    fn id(&self, test: &str) -> CaseId {
        CaseId(format!("{}::{}", self.name, text::name(test)))
    }

    /// One error in place of all cases.
    fn broken(&self, builds: &BTreeMap<String, String>, stderr: &str) -> (CaseId, RawCase) {
        let build = self.failed_build.as_ref().and_then(|build| builds.get(build)).or_else(|| builds.get(&self.name));
        let last = self.tests.values().rfind(|test| test.output.contains("panic: ")).map(|test| test.output.as_str());
        let section = || section(stderr, &self.name);
        let said = build.map(String::as_str).or(last).map_or_else(|| section().unwrap_or_else(|| self.output.clone()), str::to_owned);
        let said = if said == self.output { said } else { format!("{said}\n{}", self.output) };
        (CaseId(format!("{}{PACKAGE}", self.name)), RawCase { message: text::message(&said), ..RawCase::of(CaseOutcome::Error) })
    }
}

impl Test {
    fn case(&self) -> Option<RawCase> {
        let (outcome, duration) = self.ended?;
        let lines = self.output.lines().filter(|line| !line.starts_with("=== ") && !line.trim_start().starts_with("--- "));
        let message = outcome.is_failing().then(|| text::message(&lines.map(str::trim).collect::<Vec<_>>().join("\n"))).flatten();
        Some(RawCase { duration, message, ..RawCase::of(outcome) })
    }
}

fn outcome(action: &str) -> Option<CaseOutcome> {
    match action {
        "pass" => Some(CaseOutcome::Pass),
        "fail" => Some(CaseOutcome::Fail),
        "skip" => Some(CaseOutcome::Skip),
        _ => None,
    }
}

fn keep(text: &mut String, more: &str) {
    if text.len() < OUTPUT_LIMIT {
        text.push_str(more);
    }
}

/// The package of `FAIL<tab>PACKAGE [build failed]`.
fn unbuilt(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("FAIL\t")?;
    rest.strip_suffix(" [build failed]").or_else(|| rest.strip_suffix(" [setup failed]"))
}

/// What was said below `# PACKAGE` on standard error.
fn section(stderr: &str, package: &str) -> Option<String> {
    let is_head = |line: &&str| line.strip_prefix("# ").is_some_and(|rest| rest == package || rest.starts_with(&format!("{package} ")));
    let lines = stderr.lines().skip_while(|line| !is_head(line)).skip(1).take_while(|line| !line.starts_with("# "));
    Some(lines.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty())
}
