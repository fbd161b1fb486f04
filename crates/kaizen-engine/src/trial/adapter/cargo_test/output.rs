//! Reads the merged output of cargo and the test harnesses it ran.
//!
//! Tests may write to the same stream. A result is taken only inside an open block (`running N tests` to `test result:`), and a block
//! counts only when announced, listed and summed-up numbers agree; so stray output can spoil a run, and never improve one.

use super::super::RawCase;
use super::super::sound::add_case;
use super::super::text::head;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
use std::collections::{BTreeMap, BTreeSet};

/// How much of a failure's text is kept: its beginning, because a backtrace follows.
const MESSAGE_LIMIT: usize = 2000;

/// The suites of one run, and what else cargo said.
#[derive(Debug, Default)]
pub(super) struct Output {
    suites: Vec<Suite>,
    errors: Vec<String>,
    compile_error: bool,
    stopped_early: bool,
}

#[derive(Debug)]
struct Suite {
    kind: Kind,
    blocks: Vec<Block>,
    /// What cargo said when the test process died.
    died: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Lib(String),
    Doc(String),
    Other(String),
}

#[derive(Debug, Default)]
struct Block {
    announced: u64,
    part: Part,
    results: Vec<(String, CaseOutcome)>,
    /// A test whose name is printed and whose result is not, and the last text since.
    pending: Option<(String, String)>,
    texts: BTreeMap<String, String>,
    text_of: Option<String>,
    /// Passed, failed, ignored, measured.
    summary: Option<[u64; 4]>,
}

#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
enum Part {
    #[default]
    Results,
    Texts,
    Names,
}

impl Output {
    pub(super) fn parse(stream: &[u8]) -> Self {
        let mut output = Self::default();
        for line in String::from_utf8_lossy(stream).lines() {
            output.line(line);
        }
        output
    }

    pub(super) fn has_no_suite(&self) -> bool {
        self.suites.is_empty()
    }

    /// Cargo's own errors, when it ran no test at all.
    pub(super) fn why_nothing_was_built(&self) -> Option<String> {
        let reason = if self.compile_error { "does not compile" } else { "cargo ran no test" };
        (!self.errors.is_empty()).then(|| format!("{reason}: {}", self.errors.join("; ")))
    }

    fn line(&mut self, line: &str) {
        let in_texts = self.open_block().is_some_and(|block| block.part == Part::Texts);
        if !in_texts && let Some(kind) = header(line) {
            self.suites.push(Suite { kind, blocks: Vec::new(), died: None });
        } else if let Some(block) = self.open_block() {
            block.line(line);
            self.cargo_said(line);
        } else if let Some(announced) = announcement(line)
            && let Some(suite) = self.suites.last_mut()
        {
            suite.blocks.push(Block { announced, ..Block::default() });
        } else {
            self.cargo_said(line);
        }
    }

    fn open_block(&mut self) -> Option<&mut Block> {
        self.suites.last_mut()?.blocks.last_mut().filter(|block| block.summary.is_none())
    }

    fn cargo_said(&mut self, line: &str) {
        let trimmed = line.trim_start();
        if line.contains("error: test failed, to rerun") || line.contains("error: doctest failed, to rerun") {
            self.stopped_early = true;
        } else if line.starts_with("error: ") && (line.ends_with(" target failed:") || line.ends_with(" targets failed:")) {
            self.stopped_early = false;
        } else if let Some(suite) = self.suites.last_mut() {
            if trimmed.starts_with("process didn't exit successfully") {
                suite.died = Some(trimmed.to_owned());
            }
        } else if line.starts_with("error: could not compile") {
            self.compile_error = true;
        } else if self.errors.len() < 6 && (line.starts_with("error") || (trimmed.starts_with("--> ") && !self.errors.is_empty())) {
            self.errors.push(trimmed.to_owned());
        }
    }

    /// Every case, or what does not add up.
    pub(super) fn cases(&self) -> Result<BTreeMap<CaseId, RawCase>, RunFault> {
        let mut cases = BTreeMap::new();
        for (suite, name) in self.suites.iter().zip(self.names()) {
            suite.adds_up(&name)?;
            for (test, case) in suite.tests() {
                if test.contains(char::REPLACEMENT_CHARACTER) {
                    return Err(RunFault::Unreadable { detail: format!("the name of a test in {name} is not UTF-8: {test:?}") });
                }
                add_case(&mut cases, CaseId(format!("{name}::{test}")), case)?;
            }
        }
        if self.stopped_early {
            let detail = "cargo stopped after the first failing target: run it with --no-fail-fast".to_owned();
            return Err(RunFault::Incomplete { detail });
        }
        Ok(cases)
    }

    /// The name of each suite, unique in this run.
    fn names(&self) -> Vec<String> {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        let mut unique = |name: String| {
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 { name } else { format!("{name}#{count}") }
        };
        let several = self.crates().len() > 1;
        let plain = |word: &str, name: &str| if several { format!("{word}/{name}") } else { word.to_owned() };
        let name = |suite: &Suite| match &suite.kind {
            Kind::Lib(name) => plain("lib", name),
            Kind::Doc(name) => plain("doc", name),
            Kind::Other(name) => name.clone(),
        };
        self.suites.iter().map(|suite| unique(name(suite))).collect()
    }

    fn crates<'a>(&'a self) -> BTreeSet<&'a str> {
        let name = |suite: &'a Suite| match &suite.kind {
            Kind::Lib(name) | Kind::Doc(name) => Some(name.as_str()),
            Kind::Other(_) => None,
        };
        self.suites.iter().filter_map(name).collect()
    }
}

impl Suite {
    fn adds_up(&self, name: &str) -> Result<(), RunFault> {
        let died = self.died.as_ref().map(|line| format!(": {line}")).unwrap_or_default();
        if self.blocks.is_empty() {
            let detail = format!("suite {name} announced no tests{died} (a harness of its own cannot be read)");
            return Err(RunFault::Incomplete { detail });
        }
        for block in &self.blocks {
            let (announced, listed) = (block.announced, block.results.len());
            let Some(summary) = block.summary else {
                let detail = format!("suite {name} announced {announced} tests and reported {listed}, without a `test result` line{died}");
                return Err(RunFault::Incomplete { detail });
            };
            if announced != listed as u64 {
                return Err(RunFault::Incomplete {
                    detail: format!("suite {name} announced {announced} tests and reported {listed}{died}"),
                });
            }
            block.agrees(summary).map_err(|why| RunFault::Unreadable { detail: format!("suite {name}: {why}") })?;
        }
        Ok(())
    }

    /// Tests with their results, under names that stay when lines move.
    fn tests(&self) -> Vec<(String, RawCase)> {
        let results =
            self.blocks.iter().flat_map(|block| block.results.iter().map(|(name, outcome)| (name.clone(), block.case(name, *outcome))));
        if !matches!(self.kind, Kind::Doc(_)) {
            return results.collect();
        }
        let mut tests: Vec<((String, u32), RawCase)> = results.map(|(name, case)| (item_and_line(&name), case)).collect();
        tests.sort_by(|(one, _), (two, _)| one.cmp(two));
        let mut count: BTreeMap<String, u32> = BTreeMap::new();
        let number = |((item, _), case): ((String, u32), RawCase)| {
            let count = count.entry(item.clone()).or_default();
            *count += 1;
            (if *count == 1 { item } else { format!("{item}#{count}") }, case)
        };
        tests.into_iter().map(number).collect()
    }
}

impl Block {
    fn line(&mut self, line: &str) {
        match self.part {
            Part::Results if line == "failures:" => {
                self.settle();
                self.part = Part::Texts;
            }
            Part::Texts if line == "failures:" => self.part = Part::Names,
            Part::Texts => self.text(line),
            Part::Results | Part::Names => {
                if let Some(summary) = summary(line) {
                    self.settle();
                    self.summary = Some(summary);
                } else if self.part == Part::Results {
                    self.result(line);
                }
            }
        }
    }

    fn result(&mut self, line: &str) {
        let Some((name, rest)) = test_line(line) else {
            if let Some((_, last)) = self.pending.as_mut().filter(|_| !line.is_empty()) {
                line.clone_into(last);
            }
            return;
        };
        self.settle();
        match outcome(rest) {
            Some(outcome) => self.results.push((name.to_owned(), outcome)),
            None => self.pending = Some((name.to_owned(), rest.to_owned())),
        }
    }

    /// With one thread the harness prints the name, the test writes what it likes, and the result is the last word before the next test.
    fn settle(&mut self) {
        let Some((name, last)) = self.pending.take() else { return };
        if last.ends_with("FAILED") {
            self.results.push((name, CaseOutcome::Fail));
        } else if last.ends_with("ok") {
            self.results.push((name, CaseOutcome::Pass));
        }
    }

    fn text(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            self.text_of = Some(name.to_owned());
        } else if let Some(name) = &self.text_of {
            let text = self.texts.entry(name.clone()).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }

    fn case(&self, name: &str, outcome: CaseOutcome) -> RawCase {
        let text = self.texts.get(name).filter(|_| outcome == CaseOutcome::Fail);
        RawCase { message: text.map(|text| message(text)), ..RawCase::of(outcome) }
    }

    fn agrees(&self, [passed, failed, ignored, measured]: [u64; 4]) -> Result<(), String> {
        let count = |outcome| self.results.iter().filter(|(_, listed)| *listed == outcome).count() as u64;
        let listed = [count(CaseOutcome::Pass), count(CaseOutcome::Fail), count(CaseOutcome::Skip)];
        if listed == [passed + measured, failed, ignored] {
            return Ok(());
        }
        Err(format!("its summary says {passed} passed, {failed} failed, {ignored} ignored; the lines say {listed:?}"))
    }
}

/// `     Running unittests src/lib.rs (target/debug/deps/name-0123456789abcdef)` and its kin. A test process that dies leaves its last
/// line open, so the header may not be alone.
fn header(line: &str) -> Option<Kind> {
    if let Some((_, name)) = line.split_once("   Doc-tests ") {
        return Some(Kind::Doc(name.to_owned()));
    }
    let (path, program) = line.split_once("     Running ")?.1.strip_suffix(')')?.split_once(" (")?;
    let program = program.rsplit('/').next().unwrap_or(program);
    let name = program.rsplit_once('-').map_or(program, |(name, _)| name);
    let unit = path.strip_prefix("unittests ");
    Some(match unit {
        Some(path) if path.ends_with("lib.rs") => Kind::Lib(name.to_owned()),
        Some(path) if path.starts_with("examples/") => Kind::Other(path.trim_end_matches(".rs").to_owned()),
        Some(path) if path.ends_with("main.rs") || path.starts_with("src/bin/") => Kind::Other(format!("bin/{name}")),
        Some(path) => Kind::Other(format!("unit/{}", path.trim_end_matches(".rs"))),
        None => Kind::Other(path.trim_end_matches(".rs").to_owned()),
    })
}

/// `running 3 tests`
fn announcement(line: &str) -> Option<u64> {
    let count = line.strip_prefix("running ")?;
    count.strip_suffix(" tests").or_else(|| count.strip_suffix(" test"))?.parse().ok()
}

/// Name and remainder of `test NAME ... REST`; output of another test may stand before it on the same line.
fn test_line(line: &str) -> Option<(&str, &str)> {
    let (before, rest) = line.split_once(" ... ").or_else(|| Some((line.strip_suffix(" ...")?, "")))?;
    let name = before.strip_prefix("test ").or_else(|| before.rsplit_once("test ").map(|(_, name)| name))?;
    let modes = [" - should panic", " - compile fail", " - compile"];
    Some((modes.iter().find_map(|mode| name.strip_suffix(mode)).unwrap_or(name), rest))
}

fn outcome(rest: &str) -> Option<CaseOutcome> {
    match rest.split([' ', ',']).next()? {
        "ok" if rest == "ok" || rest.starts_with("ok <") => Some(CaseOutcome::Pass),
        "bench:" => Some(CaseOutcome::Pass),
        "FAILED" if rest == "FAILED" || rest.starts_with("FAILED <") || rest.starts_with("FAILED (") => Some(CaseOutcome::Fail),
        "ignored" => Some(CaseOutcome::Skip),
        _ => None,
    }
}

/// `test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.09s`
fn summary(line: &str) -> Option<[u64; 4]> {
    let counts = line.strip_prefix("test result: ").and_then(|rest| rest.strip_prefix("ok. ").or_else(|| rest.strip_prefix("FAILED. ")))?;
    let mut parts = counts.split("; ");
    let mut take = |word: &str| parts.next()?.strip_suffix(word)?.trim_end().parse::<u64>().ok();
    Some([take("passed")?, take("failed")?, take("ignored")?, take("measured")?])
}

/// `src/lib.rs - add (line 10)` without its line, and the line.
fn item_and_line(name: &str) -> (String, u32) {
    let parts = name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (line "));
    match parts.and_then(|(item, line)| Some((item, line.parse().ok()?))) {
        Some((item, line)) => (item.to_owned(), line),
        None => (name.to_owned(), 0),
    }
}

/// From the panic on; the thread's number before it changes with each run.
fn message(text: &str) -> String {
    let from = text.find("panicked at ").unwrap_or(0);
    head(text[from..].trim(), MESSAGE_LIMIT).to_owned()
}
