//! Reads one JUnit XML document: suites in suites, cases, what is in a case.
//!
//! A document must be whole and say no more than it shows: a suite that counts more cases or failures than it holds lost some. Entities
//! are never defined by a document, so none expands. Producers that count assertions instead of cases are known by their mark.

use super::super::{RawCase, text};
use kaizen_domain::scorecard::CaseOutcome;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::time::Duration;

/// The most elements within each other.
const DEEPEST: usize = 64;
/// How much text of one element is held.
const TEXT_LIMIT: usize = 8000;

/// One case: the class or suite it belongs to, its name, what became of it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) class: String,
    pub(super) name: String,
    pub(super) raw: RawCase,
}

/// What is wrong with a document.
#[derive(Debug)]
pub(super) enum Flaw {
    /// Its end, or cases that it counts, are not there.
    Lacking(String),
    /// It is no such document, or contradicts itself.
    Wrong(String),
}

/// The cases of a document in their order.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Case>, Flaw> {
    let text = std::str::from_utf8(bytes).map_err(|error| Flaw::Wrong(format!("byte {}: not UTF-8", error.valid_up_to())))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut document = Document::default();
    loop {
        let event = reader.read_event();
        let at = reader.buffer_position();
        match event {
            Ok(Event::Eof) => return document.whole(),
            Ok(event) => document.take(event).map_err(|flaw| flaw.at(at))?,
            // Whatever breaks off at the very end was cut.
            Err(error) if usize::try_from(at).is_ok_and(|at| at >= text.len()) => {
                return Err(Flaw::Lacking(format!("it breaks off: {error}")));
            }
            Err(error) => return Err(Flaw::Wrong(format!("byte {at}: {error}"))),
        }
    }
}

impl Flaw {
    fn at(self, position: u64) -> Self {
        match self {
            Self::Lacking(why) => Self::Lacking(format!("byte {position}: {why}")),
            Self::Wrong(why) => Self::Wrong(format!("byte {position}: {why}")),
        }
    }
}

#[derive(Default)]
struct Document {
    open: Vec<Element>,
    cases: Vec<Case>,
    has_root: bool,
}

enum Element {
    Suite(Suite),
    Case(Open),
    /// A failure, an error or a reason to skip, with its text.
    Said {
        outcome: CaseOutcome,
        text: String,
    },
    Other,
}

struct Suite {
    name: String,
    /// What it says of itself.
    tests: Option<u64>,
    failing: u64,
    /// Where its cases begin in the document.
    from: usize,
}

struct Open {
    class: Option<String>,
    name: String,
    duration: Option<Duration>,
    outcome: CaseOutcome,
    text: String,
}

impl Document {
    fn take(&mut self, event: Event<'_>) -> Result<(), Flaw> {
        match event {
            Event::Start(start) => self.open(&start),
            Event::Empty(start) => self.open(&start).and_then(|()| self.close()),
            Event::End(_) => self.close(),
            Event::Text(text) => self.said(&text.xml10_content()),
            Event::CData(text) => self.said(&text.xml10_content()),
            Event::GeneralRef(reference) => self.said(&resolved(&reference)?),
            Event::DocType(_) => Err(Flaw::Wrong("a document type is not read".into())),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Flaw> {
        if self.open.len() >= DEEPEST {
            return Err(Flaw::Wrong(format!("more than {DEEPEST} elements within each other")));
        }
        let name = start.local_name();
        if self.open.is_empty() {
            if self.has_root || !matches!(name.as_ref(), "testsuites" | "testsuite") {
                return Err(Flaw::Wrong(format!("<{}> where <testsuites> or <testsuite> should be the only root", name.as_ref())));
            }
            self.has_root = true;
        }
        let in_case = matches!(self.open.last(), Some(Element::Case(_)));
        let element = match name.as_ref() {
            "testsuites" | "testsuite" => Element::Suite(suite(start, self.cases.len())?),
            "testcase" => Element::Case(case(start)?),
            "failure" if in_case => said(start, CaseOutcome::Fail)?,
            "error" if in_case => said(start, CaseOutcome::Error)?,
            "skipped" if in_case => said(start, CaseOutcome::Skip)?,
            _ => Element::Other,
        };
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Flaw> {
        match self.open.pop() {
            Some(Element::Said { outcome, text }) => {
                if let Some(Element::Case(case)) = self.open.last_mut() {
                    case.hear(outcome, &text);
                }
                Ok(())
            }
            Some(Element::Case(case)) => {
                let class = case.class.clone().unwrap_or_else(|| self.suites());
                self.cases.push(case.closed(class));
                Ok(())
            }
            Some(Element::Suite(suite)) => suite.agrees(&self.cases[suite.from..]),
            Some(Element::Other) | None => Ok(()),
        }
    }

    /// The names of the suites around, for cases without a class.
    fn suites(&self) -> String {
        let names = self.open.iter().filter_map(|element| match element {
            Element::Suite(suite) => Some(suite.name.as_str()).filter(|name| !name.is_empty()),
            _ => None,
        });
        names.collect::<Vec<_>>().join(" > ")
    }

    fn said(&mut self, more: &str) -> Result<(), Flaw> {
        match self.open.last_mut() {
            Some(Element::Said { text, .. }) if text.len() < TEXT_LIMIT => text.push_str(more),
            None if !more.trim().is_empty() => return Err(Flaw::Wrong("text outside the root".into())),
            _ => {}
        }
        Ok(())
    }

    fn whole(self) -> Result<Vec<Case>, Flaw> {
        if !self.has_root || !self.open.is_empty() {
            return Err(Flaw::Lacking(format!("it ends with {} elements open", self.open.len())));
        }
        Ok(self.cases)
    }
}

impl Open {
    /// The worst that is said counts.
    fn hear(&mut self, outcome: CaseOutcome, text: &str) {
        let rank = |outcome| match outcome {
            CaseOutcome::Pass => 0,
            CaseOutcome::Skip => 1,
            CaseOutcome::Fail => 2,
            CaseOutcome::Error => 3,
        };
        if rank(outcome) > rank(self.outcome) {
            self.outcome = outcome;
        }
        if outcome.is_failing() {
            self.text.push_str(text);
            self.text.push('\n');
        }
    }

    fn closed(self, class: String) -> Case {
        let message = text::message(&self.text);
        Case { class, name: self.name, raw: RawCase { duration: self.duration, message, ..RawCase::of(self.outcome) } }
    }
}

impl Suite {
    fn agrees(&self, cases: &[Case]) -> Result<(), Flaw> {
        let failing = cases.iter().filter(|case| case.raw.outcome.is_failing()).count() as u64;
        let shown = cases.len() as u64;
        if let Some(tests) = self.tests.filter(|tests| *tests > shown) {
            return Err(Flaw::Lacking(format!("suite {:?} counts {tests} cases and holds {shown}", self.name)));
        }
        if self.failing > failing {
            return Err(Flaw::Wrong(format!("suite {:?} counts {} failures and shows {failing}", self.name, self.failing)));
        }
        Ok(())
    }
}

fn suite(start: &BytesStart<'_>, from: usize) -> Result<Suite, Flaw> {
    let counts_assertions = attribute(start, "hostname")?.is_some_and(|host| host == "tbd");
    let count = |name| -> Result<Option<u64>, Flaw> {
        let Some(text) = attribute(start, name)?.filter(|text| !text.is_empty() && !counts_assertions) else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| Flaw::Wrong(format!("{name}={text:?} is no number")))
    };
    let failing = count("failures")?.unwrap_or(0).saturating_add(count("errors")?.unwrap_or(0));
    Ok(Suite { name: text::name(&attribute(start, "name")?.unwrap_or_default()), tests: count("tests")?, failing, from })
}

fn case(start: &BytesStart<'_>) -> Result<Open, Flaw> {
    let name = attribute(start, "name")?.map(|name| text::name(&name)).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Flaw::Wrong("a <testcase> without a name".into()))?;
    let class = attribute(start, "classname")?.map(|class| text::name(&class)).filter(|class| !class.is_empty());
    let duration = attribute(start, "time")?.as_deref().and_then(seconds);
    // What was not run says so in words of its producer.
    let says = |name, words: &[&str]| Ok::<bool, Flaw>(attribute(start, name)?.is_some_and(|value| words.contains(&value.as_str())));
    let left_out = says("status", &["notrun", "disabled", "skipped"])? || says("result", &["suppressed", "skipped"])?;
    let outcome = if says("status", &["fail", "failed"])? {
        CaseOutcome::Fail
    } else if left_out {
        CaseOutcome::Skip
    } else {
        CaseOutcome::Pass
    };
    Ok(Open { class, name, duration, outcome, text: String::new() })
}

fn said(start: &BytesStart<'_>, outcome: CaseOutcome) -> Result<Element, Flaw> {
    let text = attribute(start, "message")?.map(|message| format!("{message}\n")).unwrap_or_default();
    Ok(Element::Said { outcome, text })
}

/// Seconds however a locale writes them; nothing where they cannot be read, because no verdict hangs on them.
fn seconds(text: &str) -> Option<Duration> {
    let plain = if text.contains('.') { text.replace(',', "") } else { text.replace(',', ".") };
    Duration::try_from_secs_f64(plain.trim().parse().ok()?).ok()
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, Flaw> {
    let wrong = |error: &dyn std::fmt::Display| Flaw::Wrong(format!("attribute {name}: {error}"));
    let Some(attribute) = start.try_get_attribute(name).map_err(|error| wrong(&error))? else { return Ok(None) };
    let mut value = String::new();
    let mut rest = attribute.value.as_ref();
    while let Some((before, more)) = rest.split_once('&') {
        let (reference, after) = more.split_once(';').ok_or_else(|| wrong(&"a reference without an end"))?;
        value.push_str(before);
        value.push_str(&resolved(&BytesRef::new(reference))?);
        rest = after;
    }
    value.push_str(rest);
    Ok(Some(value))
}

/// A character or one of the five predefined entities. Tools write characters that XML does not have; a mark stands for those.
fn resolved(reference: &BytesRef<'_>) -> Result<String, Flaw> {
    if reference.is_char_ref() {
        return Ok(reference.resolve_char_ref().ok().flatten().unwrap_or(char::REPLACEMENT_CHARACTER).to_string());
    }
    let name = reference.xml10_content();
    resolve_xml_entity(&name).map(str::to_owned).ok_or_else(|| Flaw::Wrong(format!("entity {name:?} is not defined")))
}
