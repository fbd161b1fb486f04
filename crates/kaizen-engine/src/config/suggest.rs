//! What somebody probably meant: the nearest key or value, or where the key belongs.

use super::check::{join, resolve};
use super::problem::Wrong;
use serde_json::Value;

/// What to say of a key that does not exist at `at`.
pub(super) fn unknown(root: &Value, at: &str, key: &str, schema: &Value) -> Wrong {
    let known: Vec<&str> = keys(schema);
    let place = if at.is_empty() { "at the top".to_owned() } else { format!("in [{at}]") };
    let hint = match (nearest(key, &known), elsewhere(root, at, key)) {
        (Some(near), _) => format!("did you mean `{near}`? known {place}: {}", known.join(", ")),
        (None, Some(section)) => format!("`{key}` belongs in [{section}]; known {place}: {}", known.join(", ")),
        (None, None) => format!("known {place}: {}", known.join(", ")),
    };
    Wrong::new("unknown key", hint)
}

/// What to say of a value outside its closed set.
pub(super) fn choice(text: &str, allowed: &[&str]) -> String {
    match nearest(text, allowed) {
        Some(near) => format!("did you mean {near:?}? possible: {}", quoted(allowed)),
        None => format!("possible: {}", quoted(allowed)),
    }
}

/// `"a", "b"`.
pub(super) fn quoted(values: &[&str]) -> String {
    values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ")
}

/// The keys a section knows.
pub(crate) fn keys(schema: &Value) -> Vec<&str> {
    schema.get("properties").and_then(Value::as_object).map(|all| all.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// The section, other than `at`, that knows the key.
fn elsewhere(root: &Value, at: &str, key: &str) -> Option<String> {
    let sections = root.get("properties")?.as_object()?.iter().map(|(name, schema)| (join("", name), resolve(root, schema)));
    let nested = sections.flat_map(|(name, schema)| {
        let inner = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let below = inner.map(|(key, schema)| (join(&name, key), resolve(root, schema))).collect::<Vec<_>>();
        std::iter::once((name, schema)).chain(below)
    });
    nested.into_iter().find(|(name, schema)| name != at && keys(schema).contains(&key)).map(|(name, _)| name)
}

/// The closest of `known` when it is close enough to be a slip of the fingers.
fn nearest<'k>(typed: &str, known: &[&'k str]) -> Option<&'k str> {
    let allowed = (typed.chars().count() / 3).clamp(1, 3);
    let ranked = known.iter().map(|name| (distance(typed, name), *name)).filter(|(edits, _)| *edits <= allowed);
    ranked.min().map(|(_, name)| name)
}

/// How many letters must be added, dropped, replaced or exchanged with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            let exchanged = if swapped { rows[i - 2][j - 2] + 1 } else { usize::MAX };
            row.push(replaced.min(exchanged).min(rows[i - 1][j] + 1).min(row[j - 1] + 1));
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_one_edit_each_and_neighbours_exchanged_are_one_too() {
        assert_eq!(distance("timeout", "timeout"), 0);
        assert_eq!(distance("timout", "timeout"), 1);
        assert_eq!(distance("tiemout", "timeout"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        assert_eq!(nearest("commmand", &["command", "checks"]), Some("command"));
        assert_eq!(nearest("colour", &["command", "checks"]), None);
    }
}
