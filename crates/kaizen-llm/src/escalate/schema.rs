//! Does a JSON value satisfy a JSON schema? The part of JSON Schema 2020-12 that structured answers are described with.
//!
//! A keyword that is not understood is an error when the schema is read: what cannot be checked is never taken for
//! satisfied. Annotations (`title`, `description`, `format`, ...) assert nothing, as the specification has it. Not there:
//! `pattern`, `patternProperties`, `if`, `dependent...`, `unevaluated...` and references to other documents.

use serde_json::{Map, Value};
use std::fmt;

/// How deep values and references may be nested.
const DEEPEST: usize = 100;

const SILENT: [&str; 15] = [
    "$schema",
    "$id",
    "$comment",
    "$anchor",
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "format",
    "$defs",
    "definitions",
];
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];
const COUNTS: [&str; 6] = ["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"];
const BOUNDS: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

/// A schema that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema(Value);

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema at '{at}': {why}")]
pub struct NoSchema {
    /// Where, as a JSON pointer.
    pub at: String,
    /// Why.
    pub why: String,
}

/// How a value differs from what its schema describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where in the value, as a JSON pointer.
    pub at: String,
    /// What is wrong there.
    pub why: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at.as_str() {
            "" => write!(f, "at the top: {}", self.why),
            at => write!(f, "{at}: {}", self.why),
        }
    }
}

impl Schema {
    /// Reads a schema; every keyword in it is understood or is an error.
    pub fn compile(schema: Value) -> Result<Self, NoSchema> {
        understood(&schema, &schema, "")?;
        Ok(Self(schema))
    }

    /// Checks a value; the error is the first difference.
    pub fn check(&self, value: &Value) -> Result<(), Mismatch> {
        let walk = Walk { root: &self.0 };
        walk.check(&self.0, value, "", 0)
    }
}

fn understood(root: &Value, schema: &Value, at: &str) -> Result<(), NoSchema> {
    let wrong = |why: String| Err(NoSchema { at: at.to_string(), why });
    let map = match schema {
        Value::Bool(_) => return Ok(()),
        Value::Object(map) => map,
        other => return wrong(format!("{other} is no schema")),
    };
    for (key, value) in map {
        let below = format!("{at}/{key}");
        match (key.as_str(), value) {
            ("$defs" | "definitions" | "properties", Value::Object(inner)) => {
                inner.iter().try_for_each(|(name, sub)| understood(root, sub, &format!("{below}/{name}")))?;
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(inner)) => {
                inner.iter().enumerate().try_for_each(|(place, sub)| understood(root, sub, &format!("{below}/{place}")))?;
            }
            ("not" | "items" | "additionalProperties" | "propertyNames" | "contains", sub) => understood(root, sub, &below)?,
            ("$ref", Value::String(pointer)) if resolve(root, pointer).is_some() => {}
            ("$ref", other) => return wrong(format!("{other} leads nowhere in this schema")),
            ("type", value) if types(value).all(|name| TYPES.contains(&name)) && types(value).next().is_some() => {}
            ("required", Value::Array(names)) if names.iter().all(Value::is_string) => {}
            ("enum", Value::Array(_)) | ("const", _) | ("uniqueItems", Value::Bool(_)) => {}
            (count, value) if COUNTS.contains(&count) && value.is_u64() => {}
            ("multipleOf", value) if value.as_f64().is_none_or(|step| step <= 0.0) => return wrong("multipleOf is above 0".to_string()),
            (bound, value) if BOUNDS.contains(&bound) && value.is_number() => {}
            (silent, _) if SILENT.contains(&silent) => {}
            (other, value) => return wrong(format!("'{other}': {value} is not understood")),
        }
    }
    Ok(())
}

fn types(value: &Value) -> impl Iterator<Item = &str> {
    let many = value.as_array().map(Vec::as_slice).unwrap_or_default();
    // Something that is no text is no type: it must not vanish from the list.
    std::iter::once(value).filter(|v| !v.is_array()).chain(many).map(|v| v.as_str().unwrap_or(""))
}

fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

struct Walk<'a> {
    root: &'a Value,
}

type Checked = Result<(), Mismatch>;

fn fail(at: &str, why: impl Into<String>) -> Checked {
    Err(Mismatch { at: at.to_string(), why: why.into() })
}

impl Walk<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str, depth: usize) -> Checked {
        if depth > DEEPEST {
            return fail(at, "it is nested too deeply");
        }
        match schema {
            Value::Bool(false) => fail(at, "nothing may be here"),
            Value::Object(map) => map.iter().try_for_each(|(key, rule)| self.keyword(map, key, rule, value, at, depth)),
            _ => Ok(()),
        }
    }

    fn keyword(&self, schema: &Map<String, Value>, key: &str, rule: &Value, value: &Value, at: &str, depth: usize) -> Checked {
        let holds = |sub: &Value| self.check(sub, value, at, depth + 1).is_ok();
        let each = rule.as_array().map(Vec::as_slice).unwrap_or_default();
        match key {
            "$ref" => match rule.as_str().and_then(|pointer| resolve(self.root, pointer)) {
                Some(sub) => self.check(sub, value, at, depth + 1),
                None => fail(at, "the schema leads nowhere"),
            },
            "allOf" => each.iter().try_for_each(|sub| self.check(sub, value, at, depth + 1)),
            "anyOf" if !each.iter().any(holds) => fail(at, "it is none of the allowed forms"),
            "oneOf" => match each.iter().filter(|sub| holds(sub)).count() {
                1 => Ok(()),
                0 => fail(at, "it is none of the allowed forms"),
                _ => fail(at, "it is several of the allowed forms at once"),
            },
            "not" if holds(rule) => fail(at, "it has a form that is not allowed"),
            "type" if !types(rule).any(|name| is_a(value, name)) => fail(at, format!("{} is not of type {rule}", shown(value))),
            "enum" if !each.iter().any(|allowed| same(allowed, value)) => fail(at, format!("{} is not one of {rule}", shown(value))),
            "const" if !same(rule, value) => fail(at, format!("{} is not {rule}", shown(value))),
            _ => match value {
                Value::Object(map) => self.object(schema, key, rule, map, at, depth),
                Value::Array(items) => self.array(schema, key, rule, items, at, depth),
                Value::String(text) => counted(key, rule, text.chars().count(), ["minLength", "maxLength"], "characters", at),
                Value::Number(number) => bounded(key, rule, number.as_f64().unwrap_or(f64::NAN), at),
                Value::Null | Value::Bool(_) => Ok(()),
            },
        }
    }

    fn object(&self, schema: &Map<String, Value>, key: &str, rule: &Value, map: &Map<String, Value>, at: &str, depth: usize) -> Checked {
        let below = |name: &str, sub: &Value| self.check(sub, &map[name], &pointer(at, name), depth + 1);
        match key {
            "properties" => {
                let known = rule.as_object().into_iter().flatten().filter(|(name, _)| map.contains_key(*name));
                known.into_iter().try_for_each(|(name, sub)| below(name, sub))
            }
            "additionalProperties" => {
                let named = |name: &String| schema.get("properties").and_then(|known| known.get(name)).is_some();
                map.keys().filter(|name| !named(name)).try_for_each(|name| match rule {
                    Value::Bool(false) => fail(at, format!("'{name}' does not belong here")),
                    sub => below(name, sub),
                })
            }
            "propertyNames" => map.keys().try_for_each(|name| self.check(rule, &Value::String(name.clone()), at, depth + 1)),
            "required" => {
                let missing = rule.as_array().into_iter().flatten().filter_map(Value::as_str).find(|name| !map.contains_key(*name));
                missing.map_or(Ok(()), |name| fail(at, format!("'{name}' is missing")))
            }
            _ => counted(key, rule, map.len(), ["minProperties", "maxProperties"], "entries", at),
        }
    }

    fn array(&self, schema: &Map<String, Value>, key: &str, rule: &Value, items: &[Value], at: &str, depth: usize) -> Checked {
        let each = |sub: &Value, place: usize| self.check(sub, &items[place], &pointer(at, &place.to_string()), depth + 1);
        match key {
            "prefixItems" => {
                rule.as_array().into_iter().flatten().take(items.len()).enumerate().try_for_each(|(place, sub)| each(sub, place))
            }
            "items" => {
                let before = schema.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
                (before..items.len()).try_for_each(|place| each(rule, place))
            }
            "contains" if !items.iter().any(|item| self.check(rule, item, at, depth + 1).is_ok()) => {
                fail(at, "no item has the wanted form")
            }
            "uniqueItems" if rule == &Value::Bool(true) => {
                let twice = items.iter().enumerate().any(|(place, item)| items[..place].iter().any(|other| same(item, other)));
                if twice { fail(at, "an item is there twice") } else { Ok(()) }
            }
            _ => counted(key, rule, items.len(), ["minItems", "maxItems"], "items", at),
        }
    }
}

fn pointer(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn counted(key: &str, rule: &Value, count: usize, [least, most]: [&str; 2], what: &str, at: &str) -> Checked {
    let limit = rule.as_u64().unwrap_or_default();
    match key {
        _ if key == least && (count as u64) < limit => fail(at, format!("{count} {what}, at least {limit} are wanted")),
        _ if key == most && (count as u64) > limit => fail(at, format!("{count} {what}, at most {limit} are allowed")),
        _ => Ok(()),
    }
}

fn bounded(key: &str, rule: &Value, number: f64, at: &str) -> Checked {
    let limit = rule.as_f64().unwrap_or(f64::NAN);
    let holds = match key {
        "minimum" => number >= limit,
        "maximum" => number <= limit,
        "exclusiveMinimum" => number > limit,
        "exclusiveMaximum" => number < limit,
        "multipleOf" => ((number / limit).round() - number / limit).abs() < 1e-9,
        _ => true,
    };
    if holds { Ok(()) } else { fail(at, format!("{number} breaks {key} {rule}")) }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    }
}

/// Equal as JSON Schema has it: 1 and 1.0 are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => x.len() == y.len() && x.iter().all(|(key, x)| y.get(key).is_some_and(|y| same(x, y))),
        _ => a == b,
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault(schema: Value, value: Value) -> Option<String> {
        Schema::compile(schema).unwrap().check(&value).err().map(|mismatch| mismatch.to_string())
    }

    #[test]
    fn what_a_structured_answer_is_described_with_is_checked() {
        let schema = || {
            json!({
                "type": "object", "additionalProperties": false, "required": ["name", "tags"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "maxItems": 2, "uniqueItems": true},
                    "age": {"type": ["integer", "null"], "minimum": 0},
                    "kind": {"anyOf": [{"const": "a"}, {"enum": ["b", 3]}]}
                },
                "$defs": {"tag": {"type": "string", "description": "a word"}}
            })
        };
        for (value, expected) in [
            (json!({"name": "x", "tags": ["a"], "age": 3.0, "kind": 3.0}), None),
            (json!({"name": "x", "tags": [], "age": null}), None),
            (json!({"tags": []}), Some("at the top: 'name' is missing")),
            (json!({"name": "", "tags": []}), Some("/name: 0 characters, at least 1 are wanted")),
            (json!({"name": "x", "tags": [1]}), Some("/tags/0: 1 is not of type \"string\"")),
            (json!({"name": "x", "tags": ["a", "a"]}), Some("/tags: an item is there twice")),
            (json!({"name": "x", "tags": ["a", "b", "c"]}), Some("/tags: 3 items, at most 2 are allowed")),
            (json!({"name": "x", "tags": [], "age": -1}), Some("/age: -1 breaks minimum 0")),
            (json!({"name": "x", "tags": [], "kind": "c"}), Some("/kind: it is none of the allowed forms")),
            (json!({"name": "x", "tags": [], "more": 1}), Some("at the top: 'more' does not belong here")),
            (json!([]), Some("at the top: [] is not of type \"object\"")),
        ] {
            assert_eq!(fault(schema(), value.clone()).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn combinations_hold_as_the_specification_says() {
        assert!(fault(json!({"oneOf": [{"type": "integer"}, {"minimum": 2}]}), json!(3)).is_some());
        assert_eq!(fault(json!({"oneOf": [{"type": "integer"}, {"minimum": 2}]}), json!(2.5)), None);
        assert!(fault(json!({"not": {"type": "null"}}), json!(null)).is_some());
        assert!(fault(json!({"allOf": [{"multipleOf": 0.1}, {"exclusiveMaximum": 1}]}), json!(1.0)).is_some());
        assert_eq!(fault(json!({"multipleOf": 0.1}), json!(0.3)), None);
        assert!(fault(json!({"prefixItems": [{"type": "string"}], "items": false}), json!(["a", 1])).is_some());
        assert_eq!(fault(json!(true), json!({})), None);
    }

    #[test]
    fn a_keyword_that_cannot_be_checked_is_an_error_where_it_stands() {
        for (schema, at) in [
            (json!({"properties": {"a": {"pattern": "^x"}}}), "/properties/a"),
            (json!({"type": "text"}), ""),
            (json!({"type": [3]}), ""),
            (json!({"items": [{"type": "string"}]}), "/items"),
            (json!({"$ref": "https://example.org/schema"}), ""),
            (json!({"$ref": "#/$defs/gone"}), ""),
            (json!({"minItems": -1}), ""),
            (json!({"multipleOf": 0}), ""),
            (json!({"anyOf": [7]}), "/anyOf/0"),
        ] {
            assert_eq!(Schema::compile(schema.clone()).unwrap_err().at, at, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        assert!(fault(json!({"$ref": "#"}), json!(1)).unwrap().contains("nested too deeply"));
        let tree = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert_eq!(fault(tree, json!({"next": {"next": {}}})), None);
    }
}
