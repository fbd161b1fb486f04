//! Values of granted variables, kept out of whatever is recorded and of every edit.

use std::ffi::OsString;

/// Shorter values are no secrets, and would be found everywhere.
const SHORTEST: usize = 6;

/// The variables a workshop was given.
#[derive(Clone, Default)]
pub struct Secrets(Vec<(String, OsString)>);

impl Secrets {
    /// Takes the named variables from an environment; those it does not have are returned by name.
    pub fn take<'n>(names: impl Iterator<Item = &'n str>, get: impl Fn(&str) -> Option<OsString>) -> (Self, Vec<String>) {
        let (mut taken, mut missing) = (Vec::new(), Vec::new());
        for name in names {
            match get(name) {
                Some(value) => taken.push((name.to_owned(), value)),
                None => missing.push(name.to_owned()),
            }
        }
        (Self(taken), missing)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As an environment.
    pub fn env(&self) -> Vec<(OsString, OsString)> {
        self.0.iter().map(|(name, value)| (name.into(), value.clone())).collect()
    }

    fn values(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_encoded_bytes()));
        all.filter(|(_, value)| value.len() >= SHORTEST)
    }

    /// The text with each value replaced by its variable's name; the longest first, since one may be part of another.
    pub fn redact(&self, text: &str) -> String {
        let mut longest_first: Vec<_> = self.values().collect();
        longest_first.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        let replace = |text: String, (name, value): (&str, &[u8])| match std::str::from_utf8(value) {
            Ok(value) => text.replace(value, &format!("[{name}]")),
            Err(_) => text,
        };
        longest_first.into_iter().fold(text.to_owned(), replace)
    }

    /// The variable whose value these bytes hold.
    pub fn held_by(&self, bytes: &[u8]) -> Option<&str> {
        let holds = |value: &[u8]| bytes.windows(value.len()).any(|part| part == value);
        self.values().find(|(_, value)| holds(value)).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_replaced_in_texts_and_found_in_edits_and_absent_ones_are_told() {
        let get = |name: &str| match name {
            "API_KEY" => Some(OsString::from("sk-12345")),
            "MODE" => Some(OsString::from("on")),
            _ => None,
        };
        let (secrets, missing) = Secrets::take(["API_KEY", "MODE", "ABSENT"].into_iter(), get);
        assert_eq!(missing, ["ABSENT"]);
        assert_eq!(secrets.env().len(), 2);
        assert_eq!(secrets.redact("key sk-12345, on and on"), "key [API_KEY], on and on");
        assert_eq!(secrets.held_by(b"KEY = 'sk-12345'"), Some("API_KEY"));
        assert_eq!(secrets.held_by(b"on and on"), None);
    }

    #[test]
    fn a_value_that_is_part_of_another_leaves_nothing_of_the_longer_one() {
        let get = |name: &str| Some(OsString::from(if name == "USER" { "sk-1234" } else { "sk-1234-5678" }));
        let (secrets, _) = Secrets::take(["USER", "TOKEN"].into_iter(), get);
        assert_eq!(secrets.redact("sk-1234-5678 of sk-1234"), "[TOKEN] of [USER]");
    }
}
