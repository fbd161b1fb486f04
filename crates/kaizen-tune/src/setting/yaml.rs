//! YAML, by the places its parser reports. One document; plain and quoted values on one line can be replaced. Block texts, aliases,
//! tagged values, and whatever an alias elsewhere would change along, are refused.

mod tree;

use super::key::{self, Step};
use super::scalar::{Place, Quote, duplicate, line, missing, not_scalar};
use crate::error::TuneError;
use crate::space::value::Value;
use granit_parser::ScalarStyle;
use tree::{Content, Node, Tree};

/// Where the value at a key stands.
pub(super) fn place(text: &str, key: &str) -> Result<Place, TuneError> {
    let steps = key::parse(key)?;
    let tree = tree::read(text)?;
    let mut node = tree.root().ok_or_else(|| missing(key, []))?;
    must_be_alone(&tree, node, key)?;
    for step in &steps {
        node = walk(text, node, step, key)?;
        must_be_alone(&tree, node, key)?;
    }
    scalar(text, node, key)
}

fn walk<'t>(text: &str, node: &'t Node, step: &Step, key: &str) -> Result<&'t Node, TuneError> {
    match (&node.content, step) {
        (Content::Alias, _) => Err(not_scalar(key, "reached through an alias: change it where its anchor is")),
        (Content::Mapping(pairs), Step::Name(name)) => {
            let mut fitting = pairs.iter().filter(|(name_node, _)| name_node.is_named(name));
            match (fitting.next(), fitting.next()) {
                (Some((_, value)), None) => Ok(value),
                (Some((first, _)), Some((second, _))) => Err(duplicate(text, key, first.span.start, second.span.start)),
                (None, _) => {
                    let merged = pairs.iter().any(|(name_node, _)| name_node.is_named("<<"));
                    let error = missing(key, pairs.iter().filter_map(|(name_node, _)| name_node.name()));
                    Err(if merged { not_scalar(key, "not written there (a merge key may bring it)") } else { error })
                }
            }
        }
        (Content::Sequence(items), Step::Index(index)) => items.get(*index).ok_or_else(|| missing(key, [])),
        _ => Err(missing(key, [])),
    }
}

/// What has an anchor that an alias uses is several settings at once.
fn must_be_alone(tree: &Tree, node: &Node, key: &str) -> Result<(), TuneError> {
    match tree.alias_of(node.anchor) {
        Some(at) => Err(not_scalar(key, &format!("shared: an alias in line {at} would change along"))),
        None => Ok(()),
    }
}

fn scalar(text: &str, node: &Node, key: &str) -> Result<Place, TuneError> {
    let (value, style) = match &node.content {
        Content::Alias => return Err(not_scalar(key, "an alias: change it where its anchor is")),
        Content::Mapping(_) => return Err(not_scalar(key, "a mapping")),
        Content::Sequence(_) => return Err(not_scalar(key, "a list")),
        Content::Scalar { tagged: true, .. } => return Err(not_scalar(key, "tagged")),
        Content::Scalar { value, style, .. } => (value, *style),
    };
    let raw = text[node.span.clone()].to_owned();
    if raw.contains('\n') || matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        return Err(not_scalar(key, "a text of several lines"));
    }
    if style == ScalarStyle::Plain && is_octal_to_some(&raw) {
        return Err(not_scalar(key, "a number with a leading zero, which old and new YAML read differently"));
    }
    let (value, quote) = match style {
        ScalarStyle::Plain => (plain(&raw).ok_or_else(|| not_scalar(key, "empty"))?, Quote::None),
        ScalarStyle::SingleQuoted => (Value::Text(value.clone()), Quote::Single),
        _ => (Value::Text(value.clone()), Quote::Double),
    };
    Ok(Place { span: node.span.clone(), raw, value, quote })
}

/// `010`: eight by YAML 1.1, ten by 1.2.
fn is_octal_to_some(raw: &str) -> bool {
    let digits = raw.trim_start_matches(['+', '-']);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// What a plain value means by YAML 1.2's core schema; nothing for null.
fn plain(raw: &str) -> Option<Value> {
    match raw {
        "" | "~" | "null" | "Null" | "NULL" => return None,
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    let radix = |prefix: &str, radix| raw.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok());
    let whole = raw.parse().ok().or_else(|| radix("0x", 16)).or_else(|| radix("0o", 8)).map(Value::Int);
    let numeric =
        raw.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')) && raw.contains(|c: char| c.is_ascii_digit());
    let real = || raw.parse().ok().filter(|number: &f64| numeric && number.is_finite()).map(Value::Float);
    whole.or_else(real).or_else(|| Some(Value::Text(raw.to_owned())))
}

/// A text in the quotes of the one it replaces. Without quotes only where no YAML parser, old or new, takes it for something else.
pub(super) fn text(quote: Quote, text: &str) -> Option<String> {
    let controls = text.contains(|c: char| c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}'));
    match quote {
        Quote::None if is_plain(text) => Some(text.to_owned()),
        Quote::None | Quote::Single if !controls => Some(format!("'{}'", text.replace('\'', "''"))),
        _ if controls => None,
        _ => Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
    }
}

fn is_plain(text: &str) -> bool {
    const TAKEN: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ""];
    let begins = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '_'));
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '.' | '+');
    begins && text.chars().all(inside) && !TAKEN.contains(&text.to_ascii_lowercase().as_str())
}

/// A file that is no YAML, or more than one document.
fn broken(text: &str, at: usize, what: &str) -> TuneError {
    TuneError::Broken { format: "YAML", what: format!("{what}, line {}", line(text, at)) }
}
