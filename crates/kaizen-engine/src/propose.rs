//! Who proposes changes. One file per proposer and one line in [`proposers`].

pub mod canary;
pub mod command;
pub mod mutate;
pub mod prior;
pub mod search;
pub mod speed;
pub mod triage;
pub mod tune;
pub mod workshop;

use crate::config::propose::ProposerKind;
use crate::context::Context;
use crate::error::EngineError;
use crate::session::Session;
use crate::subject::code::Candidate;
use kaizen_domain::hypothesis::{Category, Provenance};
use kaizen_domain::weakness::Weakness;

/// What a proposer is told.
pub struct Brief<'a, 's> {
    /// The weakness to close.
    pub weakness: &'a Weakness,
    /// The measured baseline and its jails.
    pub session: &'a mut Session<'s>,
    /// Seed of the search.
    pub seed: u64,
    /// What operators came to in earlier searches.
    pub prior: prior::Prior,
    /// Whether a change of this proposer was proven for the weakness on this very baseline before, and a person may have said no to it:
    /// more of the same kind is looked for, but nothing farther-fetched.
    pub answered: bool,
}

/// Candidates in the order they should be tried, made on demand.
pub struct Candidates {
    /// How many there are at most.
    pub count: usize,
    /// The candidates.
    pub queue: Box<dyn Iterator<Item = Result<Candidate, EngineError>> + Send>,
    /// Why there are none, or what the proposer said, for people.
    pub said: String,
    /// What a program printed.
    pub output: Option<Vec<u8>>,
}

/// One kind of proposer.
pub trait Proposer: Send + Sync {
    /// Its name: `mutate`, `command:ruff`.
    fn name(&self) -> String;

    /// Who makes the edits.
    fn provenance(&self) -> Provenance;

    /// What kind of thing it changes.
    fn category(&self) -> Category {
        Category::Code
    }

    /// Whether it has anything to say about a weakness.
    fn applies(&self, _weakness: &Weakness) -> bool {
        true
    }

    /// Whether it finds anything to work on for a weakness in this project; `Some` says why not.
    fn idle(&self, _session: &Session<'_>, _weakness: &Weakness) -> Result<Option<String>, EngineError> {
        Ok(None)
    }

    /// Whether it makes quantities better by edits that are measured one after another.
    fn is_speed(&self) -> bool {
        false
    }

    /// Whether its search is a study: combinations of settings, measured one after another.
    fn is_study(&self) -> bool {
        false
    }

    /// Whether its search looks on after the first candidate that passes, to choose among all that do.
    fn looks_on(&self) -> bool {
        false
    }

    /// What it believes about a weakness, in plain language.
    fn root_cause(&self, weakness: &Weakness) -> String;

    /// How it looks for a change, in plain language.
    fn strategy(&self) -> String;

    /// Its candidates for a weakness.
    fn candidates(&self, brief: &mut Brief<'_, '_>) -> Result<Candidates, EngineError>;
}

/// The proposers that apply to a project, in the order they are tried. `only` restricts them by name: `mutate`,
/// `command`, `command:ruff` or `ruff`.
pub fn proposers(context: &Context, only: Option<&str>) -> Vec<Box<dyn Proposer>> {
    let propose = &context.config.propose;
    let mut all: Vec<Box<dyn Proposer>> = Vec::new();
    for kind in propose.applying(&context.config.levers) {
        match kind {
            ProposerKind::Mutate => all.push(Box::new(mutate::Mutate)),
            ProposerKind::Tune => all.push(Box::new(tune::Tune)),
            ProposerKind::Command => {
                all.extend(propose.command.iter().map(|(name, command)| {
                    Box::new(command::Command { name: name.clone(), declared: command.clone() }) as Box<dyn Proposer>
                }))
            }
        }
    }
    all.retain(|proposer| only.is_none_or(|wanted| is_named(&proposer.name(), wanted)));
    all
}

fn is_named(name: &str, wanted: &str) -> bool {
    name == wanted || name.split_once(':').is_some_and(|(kind, own)| kind == wanted || own == wanted)
}
