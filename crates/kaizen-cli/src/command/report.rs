//! Reports as files: one page, told as JUnit, Markdown, HTML and JSON.
//!
//! Everything others can name (cases, files, messages of tests, settings) is text in all four: it ends no element, opens no link, starts
//! no command and steers no terminal.

mod html;
mod junit;
mod markdown;
pub mod plot;

use crate::clean::clean;
use kaizen_engine::error::EngineError;
use plot::Plot;
use serde::Serialize;
use std::path::{Path, PathBuf};

pub use markdown::markdown;

/// How a verdict or a line is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// Neither.
    Plain,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Which command says it: `kaizen check`.
    pub title: String,
    /// The answer in a few words.
    pub verdict: String,
    /// How the answer is to be seen.
    pub tone: Tone,
    /// Name and text of each line of the head; lines without a name go on.
    pub rows: Vec<(String, String)>,
    /// What comes below.
    pub sections: Vec<Section>,
    /// Cases, for tools that count them; the verdict is one of them where it can fail.
    pub cases: Vec<Case>,
    /// How long the work took.
    pub seconds: f64,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Name and text of each line.
    pub rows: Vec<(String, String)>,
    /// The heads and rows of its table.
    pub table: Option<(Vec<&'static str>, Vec<Vec<String>>)>,
    /// What is drawn; HTML only.
    pub plots: Vec<Plot>,
    /// Whether it is long and may be folded away.
    pub long: bool,
}

/// A case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub end: End,
    /// What is to be read about it.
    pub text: String,
    /// How long it took.
    pub seconds: Option<f64>,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Passed.
    Passed,
    /// Failed, in one line.
    Failed(String),
    /// Was not run.
    Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Junit,
    Markdown,
    Html,
    Json,
}

const KINDS: [(&str, Kind); 4] = [("junit", Kind::Junit), ("markdown", Kind::Markdown), ("html", Kind::Html), ("json", Kind::Json)];

/// The reports somebody asked for.
#[derive(Debug)]
pub struct Reports(Vec<(Kind, PathBuf)>);

impl Reports {
    /// Reads `KIND=FILE`; what could not be written later is refused now, before the work.
    pub fn asked(wanted: &[String]) -> Result<Self, EngineError> {
        wanted.iter().map(|text| one(text)).collect::<Result<_, _>>().map(Self)
    }

    /// Whether nobody asked for one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes them; `result` is what `--json` prints.
    pub fn write(&self, page: &Page, result: &impl Serialize) -> Result<(), EngineError> {
        for (kind, path) in &self.0 {
            let text = match kind {
                Kind::Junit => junit::junit(page),
                Kind::Markdown => markdown(page),
                Kind::Html => html::html(page),
                Kind::Json => json(result)?,
            };
            std::fs::write(path, text).map_err(|source| EngineError::Io { action: "write", path: path.clone(), source })?;
        }
        Ok(())
    }
}

fn one(text: &str) -> Result<(Kind, PathBuf), EngineError> {
    let refused = || EngineError::usage(format!("'{text}' is no report"), "write KIND=FILE with junit, markdown, html or json");
    let (kind, path) = text.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or_else(refused)?;
    let (_, kind) = KINDS.iter().find(|(name, _)| *name == kind).ok_or_else(refused)?;
    let path = PathBuf::from(path);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !parent.is_dir() || path.is_dir() {
        let what = if path.is_dir() {
            format!("{} is a directory", path.display())
        } else {
            format!("there is no directory {}", parent.display())
        };
        return Err(EngineError::usage(what, "name a file in a directory that exists"));
    }
    Ok((*kind, path))
}

fn json(result: &impl Serialize) -> Result<String, EngineError> {
    let text = serde_json::to_string_pretty(result).map_err(|source| EngineError::Stored { what: "result", source })?;
    Ok(text + "\n")
}

/// Text of others for a file: what steers terminals and the direction of reading is replaced.
fn harmless(text: &str) -> String {
    clean(text, false).chars().map(|letter| if matches!(letter, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { letter }).collect()
}

/// Text of others as text of HTML and XML.
fn escape(text: &str) -> String {
    harmless(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A name and its text.
pub fn row(name: &str, text: impl Into<String>) -> (String, String) {
    (name.to_owned(), text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plot::Curve;

    /// What a test may be called by somebody who wants more than a name.
    const EVIL: &str = "</script><img src=x onerror=alert(1)>]]>\"'&|`@team [x](http://e) \u{202e}\u{1b}[2J\n::error::gone\n# head";

    pub fn evil() -> Page {
        let curve = Curve { name: EVIL.into(), logs: vec![0.5, -1.0, 6.0] };
        let section = Section {
            title: EVIL.into(),
            rows: vec![row(EVIL, EVIL)],
            table: Some((vec!["name"], vec![vec![EVIL.into()]])),
            plots: vec![Plot::evidence(EVIL, vec![curve], 4.6), Plot::pairs(EVIL, &[0.1, -0.2], None)],
            long: true,
        };
        Page {
            title: "kaizen check".into(),
            verdict: EVIL.into(),
            tone: Tone::Bad,
            rows: vec![row("lost", EVIL)],
            sections: vec![section],
            cases: vec![Case { name: EVIL.into(), end: End::Failed(EVIL.into()), text: EVIL.into(), seconds: Some(0.1) }],
            seconds: 1.0,
        }
    }

    #[test]
    fn nothing_of_others_is_more_than_text_in_any_report() {
        let page = evil();
        for (kind, text) in [("html", html::html(&page)), ("junit", junit::junit(&page)), ("markdown", markdown(&page))] {
            for forbidden in ["<img", "</script>", "\u{202e}", "\u{1b}"] {
                assert!(!text.contains(forbidden), "{kind} holds {forbidden:?}: {text}");
            }
        }
        let markdown = markdown(&page);
        for forbidden in ["\n::error", "\n# head", "[x](", " @team", "|`"] {
            assert!(!markdown.contains(forbidden), "{forbidden:?}: {markdown}");
        }
        assert!(!html::html(&page).contains("<script"));
    }

    #[test]
    fn what_cannot_be_written_is_refused_before_the_work() {
        let asked = |text: &str| Reports::asked(&[text.to_owned()]).map(|_| ()).map_err(|error| error.to_string());
        assert!(asked("pdf=x").unwrap_err().contains("is no report"));
        assert!(asked("html=").is_err() && asked("html=/no/such/place/x").unwrap_err().contains("/no/such/place"));
        assert!(asked("junit=/tmp").unwrap_err().contains("is a directory"));
        assert!(asked("junit=x.xml").is_ok());
    }
}
