//! Settings from the environment: `KAIZEN_BUDGET_MONTHLY=20` is `budget.monthly = 20`, `KAIZEN_MODELS_PROVIDERS_LAB_KEY=...` is
//! `models.providers.lab.key`. Lists may be written with commas, everything else that is no text as in TOML.

use crate::config::check::{allows, join, resolve};
use crate::config::problem::Wrong;
use crate::config::suggest::keys;
use serde_json::Value;
use toml::Table;

/// A variable as a part of the file.
pub(super) struct Placed {
    /// The key's path.
    pub(super) key: String,
    /// The key and its value inside the tables around it.
    pub(super) table: Table,
}

/// Where a variable belongs. `None`: it is none of ours; a known section with an unknown key is an error.
pub(super) fn place(schema: &Value, name: &str, text: &str) -> Option<Result<Placed, Wrong>> {
    let rest = name.strip_prefix("KAIZEN_")?.to_ascii_lowercase();
    let sections = schema.get("properties")?.as_object()?;
    let section = sections.keys().find(|section| rest == **section || rest.starts_with(&format!("{section}_")))?;
    let Some((path, declared)) = find(schema, schema, &rest) else {
        let known: Vec<&str> = sections.get(section).map(|one| keys(resolve(schema, one))).unwrap_or_default();
        let hint = format!("known in [{section}]: {}", known.join(", "));
        return Some(Err(Wrong::new(format!("[{section}] has no such key"), hint)));
    };
    let key = path.iter().fold(String::new(), |at, part| join(&at, part));
    let value = value(schema, declared, text);
    let nested = path.iter().rev().fold(value, |value, part| toml::Value::Table(Table::from_iter([(part.clone(), value)])));
    let toml::Value::Table(table) = nested else { return None };
    Some(Ok(Placed { key, table }))
}

/// The path whose parts, joined by `_`, are the name. Names of tables that a person chose end where the rest fits.
fn find<'s>(root: &'s Value, section: &'s Value, rest: &str) -> Option<(Vec<String>, &'s Value)> {
    for (key, declared) in section.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if rest == key {
            return Some((vec![key.clone()], declared));
        }
        let below = rest.strip_prefix(key.as_str()).and_then(|below| below.strip_prefix('_'));
        if let Some((path, found)) = below.and_then(|below| find(root, resolve(root, declared), below)) {
            return Some(([vec![key.clone()], path].concat(), found));
        }
    }
    let each = section.get("additionalProperties").map(|each| resolve(root, each)).filter(|each| each.get("properties").is_some())?;
    rest.match_indices('_').filter(|(at, _)| *at > 0).find_map(|(at, _)| {
        let (path, found) = find(root, each, &rest[at + 1..])?;
        Some(([vec![rest[..at].to_owned()], path].concat(), found))
    })
}

/// The text as the value its key takes. What does not fit stays text, for the check to refuse.
fn value(root: &Value, declared: &Value, text: &str) -> toml::Value {
    let schema = resolve(root, declared);
    if allows(schema, "array") && !text.trim_start().starts_with('[') {
        let item = schema.get("items").unwrap_or(&Value::Null);
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        return toml::Value::Array(items.map(|one| value(root, item, one)).collect());
    }
    let read = (!allows(schema, "string")).then(|| format!("value = {text}").parse::<Table>().ok()).flatten();
    read.and_then(|mut table| table.remove("value")).unwrap_or_else(|| toml::Value::String(text.to_owned()))
}
