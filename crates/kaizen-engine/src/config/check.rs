//! Checks a parsed file against the published JSON schema, so that editors and Kaizen never disagree, and turns
//! every difference into a problem with a place and a mend. Each text format leads to the check of its own type.
//!
//! It knows the few schema keywords our own types produce and is no general validator.

use super::benchmark::CommandLine;
use super::grant::{Address, Device, HomePath, Host, Variable};
use super::lever::Condition;
use super::metric::MetricSource;
use super::pattern::{CaseGlob, FileGlob};
use super::problem::{Problem, Source, Wrong};
use super::quantity::{ByteSize, Percent, Processors, Timespan};
use super::suggest;
use crate::settings::models::{BaseUrl, ModelName, ModelPattern};
use crate::settings::record::Redaction;
use crate::settings::secret::{Hidden, SecretPlace};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// What the check of one file found.
pub(crate) struct Checked<'a> {
    root: &'a Value,
    source: &'a Source<'a>,
    /// Everything wrong.
    pub(crate) problems: Vec<Problem>,
    /// The line of every key that was set, and of every item of a list.
    pub(crate) lines: BTreeMap<String, u32>,
}

/// Walks the whole file.
pub(crate) fn check<'a>(root: &'a Value, source: &'a Source<'a>, table: &Spanned<DeTable<'_>>) -> Checked<'a> {
    let mut checked = Checked { root, source, problems: Vec::new(), lines: BTreeMap::new() };
    checked.table("", root, table.get_ref(), table.span());
    checked
}

/// `benchmark` and `points` give `benchmark.points`; a key that is not bare is quoted.
pub(crate) fn join(parent: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let key = if bare { key.to_owned() } else { format!("{key:?}") };
    if parent.is_empty() { key } else { format!("{parent}.{key}") }
}

/// The schema a reference or an optional value stands for.
pub(crate) fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/")) {
        return root.get("$defs").and_then(|defs| defs.get(name)).map_or(schema, |target| resolve(root, target));
    }
    let present = |options: &'a Vec<Value>| options.iter().find(|option| option.get("type") != Some(&Value::from("null")));
    schema.get("anyOf").and_then(Value::as_array).and_then(present).map_or(schema, |option| resolve(root, option))
}

fn keywords<'a>(schema: &'a Value, keyword: &str) -> Option<&'a Map<String, Value>> {
    schema.get(keyword).and_then(Value::as_object)
}

/// Whether a schema takes values of this kind.
pub(crate) fn allows(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => kind == "string" && !choices(schema).is_empty(),
    }
}

/// The allowed values of a closed set.
fn choices(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let constants =
        described.flat_map(|one| one.get("const").into_iter().chain(one.get("enum").and_then(Value::as_array).into_iter().flatten()));
    listed.chain(constants).filter_map(Value::as_str).collect()
}

impl Checked<'_> {
    fn report(&mut self, span: Range<usize>, key: &str, wrong: Wrong) {
        self.problems.push(self.source.problem(span, key.to_owned(), wrong));
    }

    fn value(&mut self, at: &str, declared: &Value, found: &Spanned<DeValue<'_>>) {
        let schema = resolve(self.root, declared);
        let format = declared.get("format").or_else(|| schema.get("format")).and_then(Value::as_str);
        let wrong = match found.get_ref() {
            DeValue::Table(table) if allows(schema, "object") => return self.table(at, schema, table, found.span()),
            DeValue::Array(array) if allows(schema, "array") => return self.array(at, declared, schema, array, found.span()),
            DeValue::String(text) if allows(schema, "string") => text_wrong(text, schema, format),
            DeValue::Boolean(_) if allows(schema, "boolean") => None,
            DeValue::Integer(number) if allows(schema, "integer") || allows(schema, "number") => {
                let value = i64::from_str_radix(number.as_str(), number.radix());
                value.map_or_else(|_| Some(mistyped(found.get_ref(), schema)), |value| number_wrong(value as f64, schema))
            }
            DeValue::Float(number) if allows(schema, "number") => {
                number.as_str().parse().map_or_else(|_| Some(mistyped(found.get_ref(), schema)), |value| number_wrong(value, schema))
            }
            other => Some(mistyped(other, schema)),
        };
        if let Some(wrong) = wrong {
            self.report(found.span(), at, wrong);
        }
    }

    fn array(&mut self, at: &str, declared: &Value, schema: &Value, array: &DeArray<'_>, span: Range<usize>) {
        let least = declared.get("minItems").or_else(|| schema.get("minItems")).and_then(Value::as_u64);
        if least.is_some_and(|least| (array.len() as u64) < least) {
            self.report(span, at, Wrong::new("the list is empty", format!("name at least one{}", example(declared))));
        }
        let Some(item) = schema.get("items") else { return };
        for (index, value) in array.iter().enumerate() {
            let path = format!("{at}[{index}]");
            self.lines.insert(path.clone(), self.source.place(value.span().start).0);
            self.value(&path, item, value);
        }
    }

    fn table(&mut self, at: &str, schema: &Value, table: &DeTable<'_>, span: Range<usize>) {
        let known = keywords(schema, "properties");
        for (key, value) in table.iter() {
            let path = join(at, key.get_ref());
            self.lines.insert(path.clone(), self.source.place(key.span().start).0);
            let declared = known.and_then(|known| known.get(key.get_ref().as_ref()));
            match declared.or_else(|| schema.get("additionalProperties").filter(|any| any.is_object())) {
                Some(declared) => {
                    if let Some(wrong) = schema.get("propertyNames").and_then(|names| key_wrong(key.get_ref(), names)) {
                        self.report(key.span(), &path, wrong);
                    }
                    self.value(&path, declared, value);
                }
                None => self.report(key.span(), &path, suggest::unknown(self.root, at, key.get_ref(), schema)),
            }
        }
        self.missing(at, schema, table, span);
    }

    fn missing(&mut self, at: &str, schema: &Value, table: &DeTable<'_>, span: Range<usize>) {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| !table.keys().any(|key| key.get_ref() == name)) {
            let declared = keywords(schema, "properties").and_then(|known| known.get(name)).unwrap_or(&Value::Null);
            let section = resolve(self.root, declared).get("properties").is_some();
            let hint = match (section, at) {
                (true, _) => format!("add a section [{}]", join(at, name)),
                (false, "") => format!("add {name}{}", example(declared)),
                (false, at) => format!("add to [{at}]: {name}{}", example(declared)),
            };
            self.report(span.clone(), &join(at, name), Wrong::new("missing", hint));
        }
    }
}

/// ` = "an example"`, where the schema has one.
fn example(declared: &Value) -> String {
    let first = declared.get("examples").and_then(Value::as_array).and_then(|all| all.first());
    first.map_or_else(String::new, |value| format!(" = {value}"))
}

fn key_wrong(key: &str, names: &Value) -> Option<Wrong> {
    format_wrong(key, names.get("format").and_then(Value::as_str)?)
}

fn text_wrong(text: &str, schema: &Value, format: Option<&str>) -> Option<Wrong> {
    let allowed = choices(schema);
    if allowed.is_empty() {
        return format.and_then(|format| format_wrong(text, format));
    }
    (!allowed.contains(&text)).then(|| Wrong::new(format!("{text:?} is not one of the values"), suggest::choice(text, &allowed)))
}

fn format_wrong(text: &str, format: &str) -> Option<Wrong> {
    let owned = text.to_owned();
    match format {
        "kaizen-duration" => Timespan::try_from(owned).err(),
        "kaizen-processors" => Processors::try_from(owned).err(),
        "kaizen-percent" => Percent::try_from(owned).err(),
        "kaizen-time-limit" => Timespan::limit(text).err(),
        "kaizen-size" => ByteSize::try_from(owned).err(),
        "kaizen-file-pattern" => FileGlob::try_from(owned).err(),
        "kaizen-case-pattern" => CaseGlob::try_from(owned).err(),
        "kaizen-command" => CommandLine::try_from(owned).err(),
        "kaizen-metric-source" => MetricSource::try_from(owned).err(),
        "kaizen-project-name" => super::ProjectName::try_from(owned).err(),
        "kaizen-name" => name_wrong(text),
        "kaizen-address" => Address::try_from(owned).err(),
        "kaizen-host" => Host::try_from(owned).err(),
        "kaizen-home-path" => HomePath::try_from(owned).err(),
        "kaizen-variable" => Variable::try_from(owned).err(),
        "kaizen-condition" => Condition::try_from(owned).err(),
        "kaizen-device" => Device::try_from(owned).err(),
        "kaizen-secret-place" => SecretPlace::try_from(owned).err(),
        "kaizen-header-value" => Hidden::try_from(owned).err(),
        "kaizen-header" => header_wrong(text),
        "kaizen-url" => BaseUrl::try_from(owned).err(),
        "kaizen-model" => ModelName::try_from(owned).err(),
        "kaizen-model-pattern" => ModelPattern::try_from(owned).err(),
        "kaizen-redaction" => Redaction::try_from(owned).err(),
        _ => None,
    }
}

fn name_wrong(text: &str) -> Option<Wrong> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let hint = "write a name of lower-case letters, digits and '-': \"ruff\", \"claude-2\"";
    (text.is_empty() || !text.chars().all(fits)).then(|| Wrong::new(format!("{text:?} is not a name"), hint))
}

fn header_wrong(text: &str) -> Option<Wrong> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let hint = "write a header's name: \"x-team\"";
    (text.is_empty() || !text.bytes().all(fits)).then(|| Wrong::new(format!("{text:?} is no header"), hint))
}

fn number_wrong(value: f64, schema: &Value) -> Option<Wrong> {
    let bound = |keyword| schema.get(keyword).and_then(Value::as_f64);
    let low = bound("minimum").is_some_and(|least| value < least) || bound("exclusiveMinimum").is_some_and(|below| value <= below);
    let high = bound("maximum").is_some_and(|most| value > most);
    let what = match value.is_finite() {
        false => format!("{value} is not a finite number"),
        true if low || high => format!("{value} is out of range"),
        true => return None,
    };
    Some(Wrong::new(what, format!("write {}", expected(schema))))
}

fn mistyped(found: &DeValue<'_>, schema: &Value) -> Wrong {
    let shown = match found {
        DeValue::String(text) => format!("{:?}", text.as_ref()),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a section".to_owned(),
    };
    let expected = expected(schema);
    let kind = expected.split([',', ':']).next().unwrap_or(&expected).to_owned();
    Wrong::new(format!("{shown} is not {kind}"), format!("write {expected}"))
}

/// What a schema asks for, in words.
fn expected(schema: &Value) -> String {
    let number = |keyword| schema.get(keyword).and_then(Value::as_f64);
    let range = match (number("minimum"), number("exclusiveMinimum"), number("maximum")) {
        (Some(least), _, Some(most)) => format!(", from {least} to {most}"),
        (None, Some(least), Some(most)) => format!(", more than {least} and at most {most}"),
        (Some(least), _, None) => format!(", at least {least}"),
        _ => String::new(),
    };
    let sample = schema.get("examples").and_then(Value::as_array).and_then(|all| all.first());
    let sample = sample.map_or_else(String::new, |value| format!(": {value}"));
    if !choices(schema).is_empty() {
        return format!("a text, one of {}", suggest::quoted(&choices(schema)));
    }
    match schema {
        one if allows(one, "integer") => format!("a whole number{range}"),
        one if allows(one, "number") => format!("a number{range}"),
        one if allows(one, "boolean") => "true or false".to_owned(),
        one if allows(one, "string") => format!("a text{sample}"),
        one if allows(one, "array") => match schema.get("items").and_then(|item| item.get("examples")).and_then(|all| all.get(0)) {
            Some(item) => format!("a list: [{item}]"),
            None => "a list".to_owned(),
        },
        _ => "a section".to_owned(),
    }
}
