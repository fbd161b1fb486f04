//! The table of operators: what can be changed, in which language, and how much we trust such a change.
//!
//! One row per operator, one file per family. A row names the kinds of node at which its function is asked. The prior is
//! relative: 1 is the kind of slip most often found.

mod argument;
mod arithmetic;
mod boolean;
mod callee;
mod comparison;
mod constant;
mod donor;
mod guard;
mod layout;
mod off_by_one;
mod returns;
pub(crate) mod speed;
mod statement;
mod table;
mod variable;
mod wrap;

use crate::language::Language;
use crate::language::description::Kind;
use crate::site::{Change, Site};

pub(crate) use table::OPERATORS;

pub(crate) type Propose = fn(&Site<'_, '_>, &mut Vec<Change>);

/// One way to change a program.
#[derive(Debug, Clone, Copy)]
pub struct OperatorInfo {
    /// Its stable name, as in an edit.
    pub name: &'static str,
    /// The languages in which it is used.
    pub languages: &'static [Language],
    /// What it changes, in a sentence.
    pub description: &'static str,
    pub(crate) examples: &'static [(&'static [Language], &'static str)],
    pub(crate) prior: f64,
    pub(crate) kinds: &'static [Kind],
    pub(crate) propose: Propose,
}

impl OperatorInfo {
    /// A change it makes in a language, `before -> after`; `None` where it is not used.
    pub fn example(&self, language: Language) -> Option<&'static str> {
        let used = self.languages.contains(&language);
        self.examples.iter().find(|(languages, _)| used && languages.contains(&language)).map(|(_, example)| *example)
    }

    /// How much it is trusted before anything was learned, in 0..=1 and relative to the others.
    pub fn trust(&self) -> f64 {
        self.prior
    }
}

/// All operators, for search and for the generated reference.
pub fn operators() -> &'static [OperatorInfo] {
    &OPERATORS
}
