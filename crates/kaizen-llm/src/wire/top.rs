//! The top level of a JSON object: its keys in their order with the place of each value, and edits of single values.
//!
//! An edit changes the bytes of the values it names and nothing else: white space, order, numbers, unknown keys and even
//! keys given twice stay as they were sent.

use super::text::Text;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// One key of the object.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub key: Text<'a>,
    pub raw: &'a RawValue,
}

/// The object.
#[derive(Debug)]
pub(crate) struct Top<'a> {
    pub text: &'a str,
    pub entries: Vec<Entry<'a>>,
}

struct Entries<'a>(Vec<Entry<'a>>);
struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::with_capacity(12);
        while let Some((key, raw)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            entries.push(Entry { key, raw });
        }
        Ok(Entries(entries))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

impl<'a> Top<'a> {
    /// Reads an object.
    pub(crate) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        let Entries(entries) = serde_json::from_str(text)?;
        Ok(Self { text, entries })
    }

    /// The last value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.entries.iter().rev().find(|entry| &*entry.key == key).map(|entry| entry.raw)
    }

    /// Every value of a key, as the place of its bytes.
    pub(crate) fn places<'t>(&'t self, key: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        self.entries.iter().filter(move |entry| &*entry.key == key).map(|entry| self.place(entry.raw))
    }

    fn place(&self, raw: &RawValue) -> Range<usize> {
        place_of(self.text, raw)
    }

    /// Where a new first entry is put: right behind the opening brace.
    fn inside(&self) -> usize {
        self.text.find('{').map_or(0, |at| at + 1)
    }

    /// The edit that gives a key this value: in each place where it stands, or as a new first entry.
    pub(crate) fn set(&self, key: &str, value: &str) -> Vec<Edit> {
        let found: Vec<Edit> = self.places(key).map(|place| Edit { place, with: value.to_owned() }).collect();
        if found.is_empty() { vec![self.first(key, value)] } else { found }
    }

    fn first(&self, key: &str, value: &str) -> Edit {
        let comma = if self.entries.is_empty() { "" } else { "," };
        let at = self.inside();
        Edit { place: at..at, with: format!("\"{key}\":{value}{comma}") }
    }

    /// The edits that give a key of an inner object this value; the inner object is made where there is none.
    pub(crate) fn set_inner(&self, outer: &str, key: &str, value: &str) -> Vec<Edit> {
        match self.get(outer).map(|raw| (self.place(raw), Top::read(raw.get()))) {
            Some((place, Ok(inner))) => inner.set(key, value).into_iter().map(|edit| edit.moved(place.start)).collect(),
            _ => self.set(outer, &format!("{{\"{key}\":{value}}}")),
        }
    }
}

/// Where a value stands: raw values that borrow are slices of the text they were read from.
pub(crate) fn place_of(text: &str, raw: &RawValue) -> Range<usize> {
    let start = (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + raw.get().len()
}

/// One change of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub place: Range<usize>,
    pub with: String,
}

impl Edit {
    fn moved(self, by: usize) -> Self {
        Self { place: self.place.start + by..self.place.end + by, with: self.with }
    }
}

/// The text after its edits, which do not overlap.
pub(crate) fn edited(text: &str, mut edits: Vec<Edit>) -> Vec<u8> {
    edits.sort_by_key(|edit| edit.place.start);
    let mut out = Vec::with_capacity(text.len() + edits.iter().map(|edit| edit.with.len()).sum::<usize>());
    let mut at = 0;
    for edit in &edits {
        out.extend_from_slice(&text.as_bytes()[at..edit.place.start]);
        out.extend_from_slice(edit.with.as_bytes());
        at = edit.place.end;
    }
    out.extend_from_slice(&text.as_bytes()[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, key: &str, value: &str) -> String {
        String::from_utf8(edited(text, Top::read(text).unwrap().set(key, value))).unwrap()
    }

    #[test]
    fn an_edit_changes_the_value_and_nothing_else() {
        let text = "{ \"a\" : 1.0e2,\n \"mod\\u0065l\":\t\"x\" , \"a\": 2, \"z\":{} }";
        assert_eq!(set(text, "model", "\"y\""), "{ \"a\" : 1.0e2,\n \"mod\\u0065l\":\t\"y\" , \"a\": 2, \"z\":{} }");
        assert_eq!(set(text, "a", "7"), "{ \"a\" : 7,\n \"mod\\u0065l\":\t\"x\" , \"a\": 7, \"z\":{} }");
        assert_eq!(set(" {}", "k", "1"), " {\"k\":1}");
        assert_eq!(set("{\"a\":1}", "k", "1"), "{\"k\":1,\"a\":1}");
    }

    #[test]
    fn an_inner_key_is_set_where_it_stands_or_added() {
        let inner = |text: &str| {
            let edits = Top::read(text).unwrap().set_inner("o", "k", "true");
            String::from_utf8(edited(text, edits)).unwrap()
        };
        assert_eq!(inner(r#"{"o":{"k":false,"l":1}}"#), r#"{"o":{"k":true,"l":1}}"#);
        assert_eq!(inner(r#"{"o": {"l":1}}"#), r#"{"o": {"k":true,"l":1}}"#);
        assert_eq!(inner(r#"{"o":{}}"#), r#"{"o":{"k":true}}"#);
        assert_eq!(inner(r#"{"o":null}"#), r#"{"o":{"k":true}}"#);
        assert_eq!(inner(r#"{"p":1}"#), r#"{"o":{"k":true},"p":1}"#);
    }
}
