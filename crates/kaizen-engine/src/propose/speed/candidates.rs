//! Which edits could make the benchmark cheaper, and in what order they are tried: by their share of the profile, then by how far their
//! operator is trusted, then the smallest. Without a profile all functions are alike, and what is deeper in loops comes first.

use crate::error::EngineError;
use crate::propose::mutate;
use crate::propose::prior::Prior;
use crate::session::Session;
use crate::subject::code::{Candidate, Draft, Made};
use crate::trial::judge::profile::Profile;
use kaizen_mutate::{Optimisation, SourceFile, optimisations};

/// What is seen less often than this cannot gain what a promotion needs.
const RARE: f64 = 0.005;

/// A candidate with what speaks for it.
pub(super) struct Ranked {
    pub(super) candidate: Candidate,
    /// The share of the profile in the lines it makes cheaper; 0 where there is no profile.
    pub(super) share: f64,
}

/// The candidates, best first.
pub(super) fn ranked(session: &Session<'_>, profile: &Profile, prior: &Prior) -> Result<Vec<Ranked>, EngineError> {
    let texts = mutate::sources(session)?;
    let files: Vec<SourceFile<'_>> = texts.iter().map(|(path, text)| SourceFile { path, text }).collect();
    let mut all: Vec<(f64, f64, Optimisation)> = optimisations(&files)
        .into_iter()
        .map(|one| {
            let share = one.path.as_str().map_or(0.0, |path| profile.share(path, one.lines.clone()));
            let trust = one.worth * prior.factor(one.operator, &mutate::language(&one.path));
            (share, trust, one)
        })
        .collect();
    let knows = profile.says_something() && all.iter().any(|(share, _, _)| *share >= RARE);
    if knows {
        // What the profile never saw may run in a process that is not Python's, but it is tried only where nothing else is known.
        all.retain(|(share, _, _)| *share >= RARE);
    }
    // A few per cent of a profile are chance: among alike shares what is trusted more comes first.
    let place = |(share, _, one): &(f64, f64, Optimisation)| if knows { (share * 10.0).round() } else { f64::from(one.depth) };
    all.sort_by(|a, b| place(b).total_cmp(&place(a)).then(b.1.total_cmp(&a.1)).then(a.2.size.cmp(&b.2.size)));
    all.truncate(session.context.config.limits.max_candidates as usize);
    let candidate = |(share, _, one): (f64, f64, Optimisation)| {
        let text = texts.get(&one.path)?;
        let after = Some((session.snapshot.mode(&one.path), one.after.into_bytes()));
        let draft = Draft { path: one.path.clone(), before: Some(text.as_bytes().to_vec()), after };
        let made = Made { operator: one.operator, blunt: false, combined: false };
        let summary = format!("{}:{}  {}", one.path, one.line, one.summary);
        Some(Ranked { candidate: Candidate { drafts: vec![draft], summary, made: Some(made) }, share: if knows { share } else { 0.0 } })
    };
    Ok(all.into_iter().filter_map(candidate).collect())
}
