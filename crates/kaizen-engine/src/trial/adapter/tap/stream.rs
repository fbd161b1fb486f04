//! The streams of a text: tests, plans, and subtests by their indentation.
//!
//! A block of subtests is indented by four spaces and stands before the test it belongs to. Each block must add up; a line that is
//! indented otherwise is noise.

use super::super::{RawCase, ReportFile, text};
use super::line::{self, Line, Point};
use kaizen_domain::scorecard::RunFault;
use std::time::Duration;

/// Names from the outermost, and the case.
type Found = (Vec<String>, RawCase);

/// How far subtests are indented.
const STEP: usize = 4;

/// The cases of one text, by name.
pub(super) fn parse(text: &str) -> Result<Vec<(String, RawCase)>, RunFault> {
    let mut streams = Streams { levels: vec![Level::default()], done: Vec::new(), notes: None };
    for (index, line) in text.lines().enumerate() {
        streams.line(line).map_err(|flaw| flaw.in_line(index + 1))?;
    }
    streams.ended().map(|found| found.into_iter().map(|(names, case)| (names.join(" > "), case)).collect())
}

/// The cases of a report file, which must end with a line's end.
pub(super) fn parse_file(file: &ReportFile) -> Result<Vec<(String, RawCase)>, RunFault> {
    let unreadable = |detail: String| RunFault::Unreadable { detail: format!("{}: {detail}", file.path) };
    let text = std::str::from_utf8(&file.content).map_err(|error| unreadable(format!("byte {}: not UTF-8", error.valid_up_to())))?;
    if !text.ends_with('\n') {
        return Err(RunFault::Incomplete { detail: format!("{}: the last line is cut", file.path) });
    }
    parse(text)
}

enum Flaw {
    Lacking(String),
    Wrong(String),
}

impl Flaw {
    fn in_line(self, number: usize) -> RunFault {
        match self {
            Self::Lacking(why) => RunFault::Incomplete { detail: format!("TAP line {number}: {why}") },
            Self::Wrong(why) => RunFault::Unreadable { detail: format!("TAP line {number}: {why}") },
        }
    }
}

struct Streams {
    /// The open blocks, the outermost first; never empty.
    levels: Vec<Level>,
    /// Cases of streams that came to their end.
    done: Vec<Found>,
    /// The YAML block that is open: its indentation and text.
    notes: Option<(usize, String)>,
}

#[derive(Default)]
struct Level {
    plan: Option<u64>,
    seen: u64,
    cases: Vec<Found>,
    /// Subtests of the test that is to come.
    pending: Vec<Found>,
}

impl Level {
    fn is_fulfilled(&self) -> bool {
        self.plan == Some(self.seen)
    }

    fn adds_up(&self) -> Result<(), Flaw> {
        match self.plan {
            None if self.seen > 0 => Err(Flaw::Lacking(format!("{} tests and no plan", self.seen))),
            Some(plan) if plan != self.seen => Err(Flaw::Lacking(format!("{plan} tests were planned and {} reported", self.seen))),
            _ if !self.pending.is_empty() => Err(Flaw::Lacking("subtests without the test they belong to".into())),
            _ => Ok(()),
        }
    }

    /// Numbers are not held against it: Node.js itself counts each file's tests anew. The plan counts.
    fn point(&mut self, point: &Point) {
        self.seen += 1;
        let name = text::name(&point.description);
        let name = if name.is_empty() { format!("test {}", self.seen) } else { name };
        for (names, case) in self.pending.drain(..) {
            self.cases.push(([vec![name.clone()], names].concat(), case));
        }
        self.cases.push((vec![name], RawCase::of(point.outcome)));
    }
}

impl Streams {
    fn line(&mut self, raw: &str) -> Result<(), Flaw> {
        let raw = raw.trim_end();
        let line = raw.trim_start_matches(' ');
        let indent = raw.len() - line.len();
        if self.is_note(indent, line) {
            return Ok(());
        }
        let Some(said) = line::parse(line).filter(|_| indent.is_multiple_of(STEP) && indent / STEP <= self.levels.len()) else { return Ok(()) };
        let depth = indent / STEP;
        if depth == self.levels.len() {
            self.levels.push(Level::default());
        }
        while self.levels.len() > depth + 1 {
            self.close()?;
        }
        match said {
            Line::BailOut(reason) => Err(Flaw::Lacking(format!("bail out: {reason}"))),
            Line::Version if depth == 0 => self.next_stream(),
            Line::Version => Ok(()),
            Line::Plan(count) => self.plan(count),
            Line::Point(point) => self.point(&point),
        }
    }

    /// Notes about the last test, between `---` and `...` two spaces further in.
    fn is_note(&mut self, indent: usize, line: &str) -> bool {
        if let Some((at, text)) = &mut self.notes {
            if indent == *at && line == "..." {
                let (_, text) = self.notes.take().unwrap_or_default();
                self.note(&text);
            } else {
                text.push_str(line);
                text.push('\n');
            }
            return true;
        }
        let follows = self.level().is_some_and(|level| !level.cases.is_empty()) && indent == (self.levels.len() - 1) * STEP + 2;
        if line == "---" && follows {
            self.notes = Some((indent, String::new()));
        }
        line == "---" && follows
    }

    fn note(&mut self, notes: &str) {
        let value = |key: &str| notes.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':').map(str::trim));
        let milliseconds = value("duration_ms").and_then(|text| text.parse::<f64>().ok());
        let Some((_, case)) = self.level().and_then(|level| level.cases.last_mut()) else { return };
        case.duration = milliseconds.and_then(|count| Duration::try_from_secs_f64(count / 1000.0).ok());
        case.message = case.outcome.is_failing().then(|| text::message(notes)).flatten();
    }

    fn level(&mut self) -> Option<&mut Level> {
        self.levels.last_mut()
    }

    /// The innermost block ends: its cases wait for the test they belong to.
    fn close(&mut self) -> Result<(), Flaw> {
        let Some(level) = self.levels.pop() else { return Ok(()) };
        level.adds_up()?;
        if let Some(parent) = self.levels.last_mut() {
            parent.pending.extend(level.cases);
        }
        Ok(())
    }

    fn next_stream(&mut self) -> Result<(), Flaw> {
        while self.levels.len() > 1 {
            self.close()?;
        }
        let Some(level) = self.levels.pop() else { return Ok(()) };
        level.adds_up()?;
        self.done.extend(level.cases);
        self.levels.push(Level::default());
        Ok(())
    }

    fn plan(&mut self, count: u64) -> Result<(), Flaw> {
        if self.levels.len() == 1 && self.levels[0].is_fulfilled() {
            self.next_stream()?;
        }
        match self.level() {
            Some(level) if level.plan.is_none() => level.plan = Some(count),
            _ => return Err(Flaw::Wrong("a second plan".into())),
        }
        Ok(())
    }

    fn point(&mut self, point: &Point) -> Result<(), Flaw> {
        // A stream without a version line may follow another whose plan is fulfilled.
        if self.levels.len() == 1 && self.levels[0].is_fulfilled() && self.levels[0].pending.is_empty() && point.number == Some(1) {
            self.next_stream()?;
        }
        if let Some(level) = self.level() {
            level.point(point);
        }
        Ok(())
    }

    fn ended(mut self) -> Result<Vec<Found>, RunFault> {
        let at_the_end = |flaw: Flaw| match flaw {
            Flaw::Lacking(why) => RunFault::Incomplete { detail: format!("at the end of TAP: {why}") },
            Flaw::Wrong(why) => RunFault::Unreadable { detail: format!("at the end of TAP: {why}") },
        };
        if self.notes.is_some() {
            return Err(RunFault::Incomplete { detail: "at the end of TAP: notes about a test without an end".into() });
        }
        self.next_stream().map_err(at_the_end)?;
        Ok(self.done)
    }
}
