//! Whether an expression can mean anything in a space: its names are known, what it compares is of one type, and it is true or
//! false in the end.

use super::Parameter;
use super::expression::{Expression, Node, Operator};
use super::kind::Kind;
use super::value::Value;
use crate::error::TuneError;

/// What a part of an expression is; `Any` for a choice that mixes types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Text,
    Truth,
    Any,
}

impl Type {
    fn fits(self, other: Self) -> bool {
        self == other || self == Self::Any || other == Self::Any
    }

    fn named(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Truth => "true or false",
            Self::Any => "a choice",
        }
    }
}

/// Checks one condition or constraint.
pub(super) fn check(parameters: &[Parameter], expression: &Expression) -> Result<(), TuneError> {
    let wrong = |what: String| TuneError::Parameter { name: expression.to_string(), what };
    let found = of(parameters, &expression.tree).map_err(wrong)?;
    if found.fits(Type::Truth) { Ok(()) } else { Err(wrong(format!("is {}, not a condition", found.named()))) }
}

fn of(parameters: &[Parameter], node: &Node) -> Result<Type, String> {
    match node {
        Node::Literal(value) => Ok(of_value(value)),
        Node::Name(name) => match parameters.iter().find(|parameter| parameter.name == *name) {
            Some(parameter) => Ok(of_kind(&parameter.kind)),
            None => Err(format!("there is no parameter {name}; known: {}", known(parameters))),
        },
        Node::Not(inner) => expect(of(parameters, inner)?, Type::Truth, "\"not\""),
        Node::Minus(inner) => expect(of(parameters, inner)?, Type::Number, "\"-\""),
        Node::Binary(operator, left, right) => {
            [(left, right), (right, left)].into_iter().try_for_each(|(name, value)| possible(parameters, *operator, name, value))?;
            joined(*operator, of(parameters, left)?, of(parameters, right)?)
        }
    }
}

/// A choice that is compared with a text it never has is a slip of the fingers.
fn possible(parameters: &[Parameter], operator: Operator, name: &Node, value: &Node) -> Result<(), String> {
    let (Operator::Equal | Operator::Unequal, Node::Name(name), Node::Literal(Value::Text(text))) = (operator, name, value) else {
        return Ok(());
    };
    match parameters.iter().find(|parameter| parameter.name == *name).map(|parameter| &parameter.kind) {
        Some(kind @ Kind::Choice { values }) if of_kind(kind) == Type::Text && !values.iter().any(|one| one.to_string() == *text) => {
            Err(format!("{name} is never '{text}'; it is {}", kind.expected()))
        }
        _ => Ok(()),
    }
}

fn joined(operator: Operator, left: Type, right: Type) -> Result<Type, String> {
    if operator.is_logic() {
        return expect(left, Type::Truth, "\"and\" or \"or\"").and_then(|_| expect(right, Type::Truth, "\"and\" or \"or\""));
    }
    if operator.is_arithmetic() {
        return expect(left, Type::Number, "arithmetic").and_then(|_| expect(right, Type::Number, "arithmetic"));
    }
    if left.fits(right) { Ok(Type::Truth) } else { Err(format!("compares {} with {}", left.named(), right.named())) }
}

fn expect(found: Type, wanted: Type, of: &str) -> Result<Type, String> {
    if found.fits(wanted) { Ok(wanted) } else { Err(format!("{of} needs {}, not {}", wanted.named(), found.named())) }
}

fn of_value(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::Truth,
        Value::Int(_) | Value::Float(_) => Type::Number,
        Value::Text(_) => Type::Text,
    }
}

fn of_kind(kind: &Kind) -> Type {
    match kind {
        Kind::Int { .. } | Kind::Float { .. } => Type::Number,
        Kind::Bool => Type::Truth,
        Kind::Choice { values } => {
            let mut types = values.iter().map(of_value);
            let first = types.next().unwrap_or(Type::Any);
            if types.all(|other| other == first) { first } else { Type::Any }
        }
    }
}

fn known(parameters: &[Parameter]) -> String {
    parameters.iter().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>().join(", ")
}
