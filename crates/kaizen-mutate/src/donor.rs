//! Expressions and statements of a function that may be what belongs elsewhere.
//!
//! Which names occur in one is kept as a set of 64 bits: two sets are compared in no time, and a name taken for another
//! one only costs a candidate.

use crate::size::tokens;

/// What an expression can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Something true or false.
    Condition,
    /// Any other value.
    Value,
    /// A whole statement.
    Statement,
}

/// A piece of a program that can be used elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Donor<'t> {
    pub(crate) text: &'t str,
    pub(crate) class: Class,
    /// The node kind, to prefer what has the same shape.
    pub(crate) shape: u16,
    /// The variables in it.
    pub(crate) variables: Names,
    /// Every name in it.
    pub(crate) names: Names,
    pub(crate) start: usize,
}

/// A set of names, each a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Names(u64);

impl Names {
    pub(crate) fn insert(&mut self, name: &str) {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        self.0 |= 1 << ((hash >> 32) % 64);
    }

    /// Whether all of these are among the others.
    pub(crate) fn within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// The share of common names, in 0..=1.
    pub(crate) fn likeness(self, other: Self) -> f64 {
        let all = (self.0 | other.0).count_ones();
        if all == 0 { 0.0 } else { f64::from((self.0 & other.0).count_ones()) / f64::from(all) }
    }
}

/// The variables and the names of a piece of code, told apart by what stands around them.
pub(crate) fn names(text: &str) -> (Names, Names) {
    let (mut variables, mut all) = (Names::default(), Names::default());
    let tokens = tokens(text);
    for (index, token) in tokens.iter().enumerate() {
        if !token.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            continue;
        }
        all.insert(token);
        let before = index.checked_sub(1).map_or("", |index| tokens[index]);
        let after = tokens.get(index + 1).copied().unwrap_or("");
        if !matches!(before, "." | ">" | ":") && after != "(" && !is_keyword(token) {
            variables.insert(token);
        }
    }
    (variables, all)
}

fn is_keyword(token: &str) -> bool {
    matches!(
        token,
        "and"
            | "or"
            | "not"
            | "in"
            | "is"
            | "if"
            | "else"
            | "for"
            | "None"
            | "True"
            | "False"
            | "true"
            | "false"
            | "null"
            | "nil"
            | "NULL"
            | "nullptr"
            | "undefined"
            | "self"
            | "this"
            | "return"
            | "new"
            | "break"
            | "continue"
            | "raise"
            | "throw"
            | "lambda"
            | "as"
            | "mut"
            | "ref"
            | "typeof"
            | "await"
    )
}

impl<'t> Donor<'t> {
    pub(crate) fn new(text: &'t str, class: Class, shape: u16, start: usize) -> Self {
        let (variables, names) = names(text);
        Self { text, class, shape, variables, names, start }
    }
}
