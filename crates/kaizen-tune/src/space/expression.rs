//! Conditions and constraints: `pool.kind != 'process' or cache.entries <= 4096`.
//!
//! Comparisons, `and`, `or`, `not`, parentheses, `+ - * /`, numbers, texts in single or double quotes, `true`, `false`, names with
//! dots and list indices; an odd name stands in backquotes. A part that names a parameter without effect is unknown, and unknown
//! stays unknown unless the other side decides (Kleene's three values). It has no functions, assignments or loops.

mod parse;
mod token;

use super::value::{Configuration, Value};
use crate::error::TuneError;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A condition that was read from text, which it prints again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression {
    text: String,
    pub(super) tree: Node,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Literal(Value),
    Name(String),
    Not(Box<Node>),
    Minus(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Plus,
    Minus,
    Times,
    Over,
}

impl Operator {
    pub(super) fn is_logic(self) -> bool {
        matches!(self, Self::Or | Self::And)
    }

    pub(super) fn is_arithmetic(self) -> bool {
        matches!(self, Self::Plus | Self::Minus | Self::Times | Self::Over)
    }
}

impl Expression {
    /// Whether it holds; nothing where that depends on a parameter without effect.
    pub fn holds(&self, configuration: &Configuration) -> Option<bool> {
        truth(self.tree.value(configuration)?)
    }

    /// The parameters it names, each once, in the order of the text.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.tree.names(&mut names);
        names
    }
}

fn truth(value: Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(value),
        _ => None,
    }
}

impl Node {
    fn names<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Literal(_) => {}
            Self::Name(name) if found.contains(&name.as_str()) => {}
            Self::Name(name) => found.push(name),
            Self::Not(inner) | Self::Minus(inner) => inner.names(found),
            Self::Binary(_, left, right) => [left, right].into_iter().for_each(|side| side.names(found)),
        }
    }

    fn value(&self, configuration: &Configuration) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Name(name) => configuration.get(name).cloned(),
            Self::Not(inner) => truth(inner.value(configuration)?).map(|value| Value::Bool(!value)),
            Self::Minus(inner) => inner.value(configuration)?.number().map(|value| Value::Float(-value)),
            Self::Binary(operator, left, right) => combined(*operator, left.value(configuration), right.value(configuration)),
        }
    }
}

fn combined(operator: Operator, left: Option<Value>, right: Option<Value>) -> Option<Value> {
    if operator.is_logic() {
        return logic(operator, left.and_then(truth), right.and_then(truth)).map(Value::Bool);
    }
    let (left, right) = (left?, right?);
    if operator.is_arithmetic() {
        return arithmetic(operator, left.number()?, right.number()?).map(Value::Float);
    }
    compared(operator, &left, &right).map(Value::Bool)
}

/// One side that decides is enough.
fn logic(operator: Operator, left: Option<bool>, right: Option<bool>) -> Option<bool> {
    let deciding = operator == Operator::Or;
    if left == Some(deciding) || right == Some(deciding) {
        return Some(deciding);
    }
    left.and(right).map(|_| !deciding)
}

/// Nothing where the result is no finite number.
fn arithmetic(operator: Operator, left: f64, right: f64) -> Option<f64> {
    let result = match operator {
        Operator::Plus => left + right,
        Operator::Minus => left - right,
        Operator::Times => left * right,
        _ => left / right,
    };
    result.is_finite().then_some(result)
}

fn compared(operator: Operator, left: &Value, right: &Value) -> Option<bool> {
    let order = match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        _ => match (left.number(), right.number()) {
            (Some(left), Some(right)) => left.partial_cmp(&right)?,
            // A choice may hold texts and numbers: they are different, and neither comes first.
            _ => {
                return [(Operator::Equal, false), (Operator::Unequal, true)]
                    .into_iter()
                    .find(|(one, _)| *one == operator)
                    .map(|(_, is)| is);
            }
        },
    };
    Some(match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::Unequal => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::AtMost => order != Ordering::Greater,
        Operator::More => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

impl FromStr for Expression {
    type Err = TuneError;
    fn from_str(text: &str) -> Result<Self, TuneError> {
        Ok(Self { text: text.to_owned(), tree: parse::parse(text)? })
    }
}

impl TryFrom<String> for Expression {
    type Error = TuneError;
    fn try_from(text: String) -> Result<Self, TuneError> {
        text.parse()
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.text
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
