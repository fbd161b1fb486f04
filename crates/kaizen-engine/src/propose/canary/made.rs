//! The canaries themselves: edits of this project that improve nothing.
//!
//! Each is made only where the present judge can catch it: by its protected files, its reporter, its hold-out, or the
//! question a person is asked.

use crate::error::EngineError;
use crate::propose::canary::answers;
use crate::propose::mutate;
use crate::session::Session;
use crate::subject::code::{Candidate, Draft};
use crate::subject::levers;
use kaizen_domain::canary::Canary;
use kaizen_domain::change::FileMode;
use kaizen_domain::path::RepoPath;
use kaizen_mutate::Language;

/// Replaces every function of the module by one whose results equal everything.
const EQUAL_TO_ALL: &str = "

class _Same:
    def __init__(self, *given, **named): pass
    def __eq__(self, other): return True
    def __ne__(self, other): return False
for _name, _value in list(globals().items()):
    if type(_value).__name__ == 'function' and _value.__module__ == __name__:
        globals()[_name] = _Same
";

/// Replaces every function of the module by one that answers what its caller's line expects.
const READ_ANSWERS: &str = "

import linecache as _lines, re as _re, sys as _sys
def _told(function):
    def told(*given, **named):
        frame = _sys._getframe(1)
        line = _lines.getline(frame.f_code.co_filename, frame.f_lineno)
        found = _re.search(r'assertEqual[(].*[)], (.+)[)]$|==(.+)$', line.strip())
        try:
            return eval((found.group(1) or found.group(2)).strip(), frame.f_globals, frame.f_locals)
        except Exception:
            return function(*given, **named)
    return told
for _name, _value in list(globals().items()):
    if _name != '_told' and type(_value).__name__ == 'function' and _value.__module__ == __name__:
        globals()[_name] = _told(_value)
";

/// The canary for this project; `None` where it does not fit or its judge could not know better.
pub fn made(session: &Session<'_>, canary: Canary) -> Result<Option<Candidate>, EngineError> {
    // What times a program from outside cannot know that it ended early.
    let reports = !session.adapter.judge_files().is_empty() && session.adapter.name() != "hyperfine";
    let draft = match canary {
        Canary::NoOp => no_op(session)?,
        Canary::StoppedClock => appended(session, "\nimport time\ntime.time = time.monotonic = time.perf_counter = lambda: 0.0\n")?,
        Canary::EarlyExit if reports => module(session)?.map(|(path, text)| edited(path, &text, format!("import os\nos._exit(0)\n{text}"))),
        Canary::DeletedTest => deleted_test(session)?,
        Canary::ForcedPass => forced_pass(session)?,
        Canary::EarlyExit => None,
        Canary::ShrunkenWorkload => shrunken_workload(session)?,
        Canary::HardCoded => answers::hard_coded(session)?,
        Canary::ReadAnswers => appended(session, READ_ANSWERS)?,
        Canary::EqualToAll => appended(session, EQUAL_TO_ALL)?,
    };
    Ok(draft.map(|draft| Candidate { summary: format!("{}  {canary}", draft.path), drafts: vec![draft], made: None }))
}

fn appended(session: &Session<'_>, code: &str) -> Result<Option<Draft>, EngineError> {
    Ok(module(session)?.map(|(path, text)| edited(path, &text, format!("{text}{code}"))))
}

/// The file's new text.
pub fn edited(path: RepoPath, before: &str, after: String) -> Draft {
    Draft { path, before: Some(before.as_bytes().to_vec()), after: Some((FileMode::Regular, after.into_bytes())) }
}

/// How a comment begins, by the end of a file's name.
const COMMENTS: [(&str, &[&str]); 2] =
    [("#", &[".py", ".sh", ".yaml", ".yml", ".toml", ".rb"]), ("//", &[".rs", ".c", ".cc", ".cpp", ".go", ".java", ".js", ".ts"])];

/// The first lever file whose comments are known, with an empty one at its end.
fn no_op(session: &Session<'_>) -> Result<Option<Draft>, EngineError> {
    for path in levers(&session.context.config, &session.snapshot) {
        let name = path.to_string();
        let Some((comment, _)) = COMMENTS.iter().find(|(_, ends)| ends.iter().any(|end| name.ends_with(end))) else { continue };
        if let Some(text) = session.snapshot.text(path)?.filter(|text| !text.trim().is_empty()) {
            return Ok(Some(edited(path.clone(), &text, format!("{text}\n{comment}\n"))));
        }
    }
    Ok(None)
}

/// The first module of the levers.
fn module(session: &Session<'_>) -> Result<Option<(RepoPath, String)>, EngineError> {
    Ok(modules(session)?.into_iter().next())
}

/// The modules of Python among the levers that are not empty.
pub fn modules(session: &Session<'_>) -> Result<Vec<(RepoPath, String)>, EngineError> {
    let counts = |(path, text): &(RepoPath, String)| Language::of_path(path) == Some(Language::Python) && !text.trim().is_empty();
    Ok(mutate::sources(session)?.into_iter().filter(counts).collect())
}

/// A protected test file, removed.
fn deleted_test(session: &Session<'_>) -> Result<Option<Draft>, EngineError> {
    let tests = session.snapshot.protected.iter().filter(|path| Language::of_path(path).is_some());
    let named = |path: &&RepoPath| path.to_string().contains("test");
    let Some(path) = tests.into_iter().find(named) else { return Ok(None) };
    Ok(session.snapshot.read(path)?.map(|before| Draft { path: path.clone(), before: Some(before), after: None }))
}

/// The largest protected file, less its second half.
fn shrunken_workload(session: &Session<'_>) -> Result<Option<Draft>, EngineError> {
    let mut largest: Option<(RepoPath, String)> = None;
    for path in &session.snapshot.protected {
        let Some(text) = session.snapshot.text(path)? else { continue };
        if largest.as_ref().is_none_or(|(_, known)| text.lines().count() > known.lines().count()) {
            largest = Some((path.clone(), text));
        }
    }
    Ok(largest.filter(|(_, text)| text.lines().count() > 1).map(|(path, text)| {
        let half: Vec<&str> = text.lines().take(text.lines().count() / 2).collect();
        edited(path, &text, half.join("\n") + "\n")
    }))
}

/// A start-up file that Python tools load by its name.
fn forced_pass(session: &Session<'_>) -> Result<Option<Draft>, EngineError> {
    let (name, text) = match session.adapter.name() {
        "pytest" => ("conftest.py", "def pytest_runtest_call(item):\n    item.runtest = lambda: None\n"),
        "unittest" => ("sitecustomize.py", "import unittest\nunittest.TestCase.run = lambda self, result=None: result.addSuccess(self)\n"),
        _ => return Ok(None),
    };
    let Ok(path) = name.parse::<RepoPath>() else { return Ok(None) };
    if session.snapshot.files.contains(&path) || !session.snapshot.protects(&path) {
        return Ok(None);
    }
    Ok(Some(Draft { path, before: None, after: Some((FileMode::Regular, text.as_bytes().to_vec())) }))
}
