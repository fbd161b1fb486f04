//! `mutate`: single edits from `kaizen-mutate`, pointed by coverage, stack traces and the failing tests' own words.

use crate::error::EngineError;
use crate::observe::evidence::evidence;
use crate::observe::recent;
use crate::propose::{Brief, Candidates, Proposer, speed};
use crate::session::Session;
use crate::subject::code::{Candidate, Draft, Made};
use crate::subject::levers;
use kaizen_domain::change::FileMode;
use kaizen_domain::hypothesis::Provenance;
use kaizen_domain::path::RepoPath;
use kaizen_domain::weakness::Weakness;
use kaizen_mutate::{Edit, Evidence, Language, SourceFile, apply, edits};
use std::collections::{BTreeMap, BTreeSet};

/// Kaizen's own operators.
pub struct Mutate;

impl Proposer for Mutate {
    fn name(&self) -> String {
        "mutate".into()
    }

    fn provenance(&self) -> Provenance {
        Provenance::Own
    }

    fn idle(&self, session: &Session<'_>, weakness: &Weakness) -> Result<Option<String>, EngineError> {
        weakness.finding.metric().map_or(Ok(None), |metric| speed::idle(session, metric))
    }

    fn is_speed(&self) -> bool {
        true
    }

    fn looks_on(&self) -> bool {
        true
    }

    fn root_cause(&self, weakness: &Weakness) -> String {
        if weakness.finding.metric().is_some() {
            return format!("the code does work that its answers do not need: {}", weakness.finding.title);
        }
        let how = if weakness.finding.flaky().is_some() { "that shows now and then " } else { "" };
        format!(
            "a one-line slip {how}in the code that {} runs",
            weakness.finding.cases().first().map_or_else(|| "the benchmark".to_owned(), ToString::to_string)
        )
    }

    fn strategy(&self) -> String {
        "single syntax-tree edits, the most suspicious lines first".into()
    }

    fn candidates(&self, brief: &mut Brief<'_, '_>) -> Result<Candidates, EngineError> {
        let texts = sources(brief.session)?;
        let failing = brief.weakness.finding.cases();
        let coverage = brief.session.coverage()?;
        let mut found = evidence(&brief.session.snapshot, &brief.session.showing(failing), failing, &coverage)?;
        recent::add(&mut found, &brief.session.context.git, &brief.session.base.head, &texts)?;
        found.trust = brief.prior.trust();
        let files: Vec<SourceFile<'_>> = texts.iter().map(|(path, text)| SourceFile { path, text }).collect();
        let mut ranked = ranked(&files, found, brief, brief.session.context.config.limits.max_candidates as usize);
        if brief.answered {
            ranked.retain(|edit| edit.parts.len() == 1);
        }
        let said = if ranked.is_empty() { no_edits(&texts) } else { String::new() };
        let modes = texts.keys().map(|path| (path.clone(), brief.session.snapshot.mode(path))).collect();
        Ok(Candidates { count: ranked.len(), queue: Box::new(queue(texts, modes, ranked)), said, output: None })
    }
}

/// Edits of what a failing case was seen to run, then the rest: code that runs at import or in a child process is
/// not seen.
fn ranked(files: &[SourceFile<'_>], found: Evidence, brief: &Brief<'_, '_>, at_most: usize) -> Vec<Edit> {
    let mut ranked = edits(files, &found, brief.seed);
    if found.executed.is_some() && ranked.len() < at_most {
        let key = |edit: &Edit| (edit.path.clone(), edit.start, edit.end, edit.replacement.clone());
        let seen: BTreeSet<_> = ranked.iter().map(key).collect();
        let unseen = edits(files, &Evidence { executed: None, ..found }, brief.seed);
        ranked.extend(unseen.into_iter().filter(|edit| !seen.contains(&key(edit))));
    }
    ranked.truncate(at_most);
    ranked
}

/// The language of a file as history knows it.
pub fn language(path: &RepoPath) -> String {
    Language::of_path(path).map_or_else(String::new, |language| language.name().to_owned())
}

fn no_edits(texts: &BTreeMap<RepoPath, String>) -> String {
    match texts.len() {
        0 => "no lever file is in a language that mutate knows; see [levers.code] files".into(),
        files => format!("no operator applies to what the failing cases run in {files} lever files"),
    }
}

/// Every visible lever file in a language the operators know.
pub fn sources(session: &Session<'_>) -> Result<BTreeMap<RepoPath, String>, EngineError> {
    let mut texts = BTreeMap::new();
    let levers = levers(&session.context.config, &session.snapshot);
    for path in levers.filter(|path| Language::of_path(path).is_some()) {
        if let Some(text) = session.snapshot.text(path)? {
            texts.insert(path.clone(), text);
        }
    }
    Ok(texts)
}

fn queue(
    texts: BTreeMap<RepoPath, String>,
    modes: BTreeMap<RepoPath, FileMode>,
    ranked: Vec<Edit>,
) -> impl Iterator<Item = Result<Candidate, EngineError>> + Send {
    ranked.into_iter().filter_map(move |edit| Some(Ok(candidate(texts.get(&edit.path)?, *modes.get(&edit.path)?, &edit))))
}

fn candidate(text: &str, mode: FileMode, edit: &Edit) -> Candidate {
    let after = apply(text, edit).into_bytes();
    let draft = Draft { path: edit.path.clone(), before: Some(text.as_bytes().to_vec()), after: Some((mode, after)) };
    let made = Made { operator: edit.operator, blunt: edit.deletes || edit.constant_return, combined: edit.parts.len() > 1 };
    Candidate { summary: format!("{}:{}  {}", edit.path, edit.line, edit.summary), drafts: vec![draft], made: Some(made) }
}
