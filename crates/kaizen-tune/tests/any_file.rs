//! Files nobody wrote by hand: random trees in random layouts, checked with the parsers other programs use.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_tune::setting::{Format, read, write};
use kaizen_tune::space::value::Value;
use proptest::prelude::*;
use serde_json::{Map, Value as Tree, json};
use std::ops::Range;

/// A scalar that every format can hold.
fn scalar() -> impl Strategy<Value = Tree> {
    prop_oneof![
        any::<bool>().prop_map(Tree::from),
        any::<i32>().prop_map(Tree::from),
        (-1e6..1e6_f64).prop_map(Tree::from),
        (-300..300_i32).prop_map(|exponent| json!(1.25 * 10_f64.powi(exponent))),
        text().prop_map(Tree::from),
    ]
}

/// Texts with what breaks naive writers: quotes, signs of the formats, words that mean something, several bytes a character.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,5}",
        "[a-zA-Z0-9 #:'\"{}\\[\\],&*!|>%@`~=;ü€\\\\-]{0,12}",
        prop::sample::select(vec![
            "yes",
            "no",
            "on",
            "null",
            "~",
            "1",
            "1.5",
            "0x1f",
            "1e3",
            "2001-01-01",
            "12:30:00",
            "- a",
            "a: b",
            "a #b",
            " a",
            "a ",
            "<<",
            "true",
            "",
            "-",
            "=",
            "y"
        ])
        .prop_map(str::to_owned),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let name = "[a-z]{1,4}|[a-z]\\.[a-z]|[a-z] [a-z]|ü|[0-9]{1,2}|y|on|'|#";
    let node = scalar().prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::from),
            prop::collection::btree_map(name, inner, 0..5).prop_map(|map| Tree::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map(name, node, 1..6).prop_map(|map| Tree::Object(map.into_iter().collect()))
}

/// A text under construction, the places of its scalars, and a stream of layout decisions.
struct Writer {
    text: String,
    leaves: Vec<(String, Range<usize>, Tree)>,
    layout: Vec<u8>,
    at: usize,
    newline: &'static str,
}

impl Writer {
    fn new(layout: Vec<u8>) -> Self {
        let newline = if layout.first().is_some_and(|byte| byte % 2 == 0) { "\n" } else { "\r\n" };
        Self { text: String::new(), leaves: Vec::new(), layout, at: 0, newline }
    }

    fn decide(&mut self, among: u8) -> u8 {
        self.at += 1;
        self.layout[self.at % self.layout.len()] % among
    }

    fn leaf(&mut self, path: &str, written: &str, value: &Tree) {
        let from = self.text.len();
        self.text += written;
        self.leaves.push((path.to_owned(), from..self.text.len(), value.clone()));
    }

    fn line_end(&mut self, comment: &str) {
        if self.decide(3) == 0 {
            self.text += &format!("  {comment} note 'x': [1, \"");
        }
        self.text += self.newline;
        if self.decide(4) == 0 {
            self.text += self.newline;
        }
    }

    fn json(&mut self, path: &str, node: &Tree) {
        let blank = |writer: &mut Self| {
            let blanks = ["", " ", "\t", writer.newline, "  // a \" { \n", "/* , } */"];
            let chosen = usize::from(writer.decide(6));
            writer.text += blanks[chosen];
        };
        blank(self);
        match node {
            Tree::Object(map) => {
                self.text.push('{');
                for (index, (name, value)) in map.iter().enumerate() {
                    blank(self);
                    self.text += &json!(name).to_string();
                    blank(self);
                    self.text.push(':');
                    self.json(&joined(path, name), value);
                    self.text += if index + 1 < map.len() { "," } else { "" };
                }
                blank(self);
                self.text.push('}');
            }
            Tree::Array(items) => {
                self.text.push('[');
                for (index, value) in items.iter().enumerate() {
                    self.json(&format!("{path}[{index}]"), value);
                    self.text += if index + 1 < items.len() { "," } else { "" };
                }
                self.text.push(']');
            }
            value => self.leaf(path, &value.to_string(), value),
        }
        blank(self);
    }

    fn yaml(&mut self, path: &str, node: &Tree, indent: usize) {
        let flow = self.decide(4) == 0;
        match node {
            Tree::Object(map) if !map.is_empty() && !flow => {
                self.text += self.newline;
                for (name, value) in map {
                    self.text += &format!("{}{}:", " ".repeat(indent), quoted_name(name));
                    self.yaml(&joined(path, name), value, indent + 2);
                }
            }
            Tree::Array(items) if !items.is_empty() && !flow => {
                self.text += self.newline;
                for (index, value) in items.iter().enumerate() {
                    self.text += &format!("{}-", " ".repeat(indent));
                    self.yaml(&format!("{path}[{index}]"), value, indent + 2);
                }
            }
            _ => {
                self.text.push(' ');
                self.yaml_flow(path, node);
                self.line_end("#");
            }
        }
    }

    fn yaml_flow(&mut self, path: &str, node: &Tree) {
        match node {
            Tree::Object(map) => {
                self.text.push('{');
                for (name, value) in map {
                    self.text += &format!("{}: ", quoted_name(name));
                    self.yaml_flow(&joined(path, name), value);
                    self.text += ", ";
                }
                self.text.push('}');
            }
            Tree::Array(items) => {
                self.text.push('[');
                for (index, value) in items.iter().enumerate() {
                    self.yaml_flow(&format!("{path}[{index}]"), value);
                    self.text += ", ";
                }
                self.text.push(']');
            }
            Tree::String(text) => {
                let written = match self.decide(3) {
                    0 => json!(text).to_string(),
                    1 if !text.is_empty()
                        && text.chars().all(|c| c.is_ascii_lowercase())
                        && !["y", "n", "on", "no", "yes", "off", "null", "true", "false"].contains(&text.as_str()) =>
                    {
                        text.clone()
                    }
                    _ => format!("'{}'", text.replace('\'', "''")),
                };
                self.leaf(path, &written, node);
            }
            value => self.leaf(path, &value.to_string(), value),
        }
    }

    fn toml(&mut self, path: &str, map: &Map<String, Tree>) {
        let (tables, plain): (Vec<_>, Vec<_>) = map.iter().partition(|(_, value)| value.is_object());
        for (name, value) in plain {
            self.text += &format!("{} = ", json!(name));
            self.toml_value(&joined(path, name), value);
            self.line_end("#");
        }
        for (name, value) in tables {
            let path = joined(path, name);
            self.text += &format!("[{path}] # table{}", self.newline);
            self.toml(&path, value.as_object().unwrap());
        }
    }

    fn toml_value(&mut self, path: &str, node: &Tree) {
        match node {
            Tree::Object(map) => {
                self.text.push('{');
                for (index, (name, value)) in map.iter().enumerate() {
                    self.text += &format!("{} = ", json!(name));
                    self.toml_value(&joined(path, name), value);
                    self.text += if index + 1 < map.len() { ", " } else { "" };
                }
                self.text.push('}');
            }
            Tree::Array(items) => {
                self.text.push('[');
                for (index, value) in items.iter().enumerate() {
                    self.toml_value(&format!("{path}[{index}]"), value);
                    self.text += ", ";
                }
                self.text.push(']');
            }
            Tree::String(text) if !text.contains('\'') && self.decide(2) == 0 => self.leaf(path, &format!("'{text}'"), node),
            value => self.leaf(path, &value.to_string(), value),
        }
    }
}

fn quoted_name(name: &str) -> String {
    json!(name).to_string()
}

fn joined(path: &str, name: &str) -> String {
    let name = if name.contains('\'') { format!("\"{name}\"") } else { format!("'{name}'") };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn value_of(tree: &Tree) -> Value {
    serde_json::from_value(tree.clone()).unwrap()
}

/// A value of the same type as `old`.
fn alike(old: &Tree, number: i32, real: f64, text: &str) -> Tree {
    match old {
        Tree::Bool(old) => json!(!old),
        Tree::Number(old) if old.is_f64() => json!(real),
        Tree::Number(_) => json!(number),
        _ => json!(text),
    }
}

/// Numbers are compared as numbers: 5 and 5.0 are one value to a program that reads it.
fn equal(left: &Tree, right: &Tree) -> bool {
    match (left, right) {
        (Tree::Number(left), Tree::Number(right)) => left.as_f64() == right.as_f64(),
        (Tree::Array(left), Tree::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Tree::Object(left), Tree::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}

/// Every leaf of one text reads as itself, writes back as the same bytes, and takes a new value without touching anything else.
fn check(format: Format, writer: &Writer, parse: impl Fn(&str) -> Tree, pick: usize, new: (i32, f64, String)) {
    let text = &writer.text;
    let before = parse(text);
    for (path, _, value) in &writer.leaves {
        assert_eq!(
            read(format, text, path).unwrap_or_else(|error| panic!("{path} in\n{text}\n{error}")),
            value_of(value),
            "{path} in\n{text}"
        );
        assert_eq!(write(format, text, path, &value_of(value)).unwrap(), *text);
    }
    if writer.leaves.is_empty() {
        return;
    }
    let (path, span, old) = &writer.leaves[pick % writer.leaves.len()];
    let new = alike(old, new.0, new.1, &new.2);
    let after = write(format, text, path, &value_of(&new)).unwrap_or_else(|error| panic!("{path} = {new} in\n{text}\n{error}"));
    assert!(after.starts_with(&text[..span.start]) && after.ends_with(&text[span.end..]), "{text}\n{after}");
    let mut expected = before;
    *leaf_of(&mut expected, path) = new;
    assert!(equal(&parse(&after), &expected), "{path}\n{text}\n{after}\n{expected}");
}

fn leaf_of<'t>(tree: &'t mut Tree, path: &str) -> &'t mut Tree {
    use kaizen_tune::setting::key::{Step, parse};
    parse(path).unwrap().into_iter().fold(tree, |at, step| match step {
        Step::Name(name) => at.get_mut(name).unwrap(),
        Step::Index(index) => at.get_mut(index).unwrap(),
    })
}

fn without_comments(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = &rest[rest.find("*/").unwrap() + 2..];
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            plain += &rest[..end.unwrap() + 2];
            rest = &rest[end.unwrap() + 2..];
        } else {
            plain.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    plain
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn json_files(tree in tree(), layout in prop::collection::vec(any::<u8>(), 1..60), pick: usize, new in (any::<i32>(), -1e9..1e9_f64, text())) {
        let mut writer = Writer::new(layout);
        writer.json("", &tree);
        check(Format::Json, &writer, |text| serde_json::from_str(&without_comments(text)).unwrap(), pick, new);
    }

    #[test]
    fn yaml_files(tree in tree(), layout in prop::collection::vec(any::<u8>(), 1..60), pick: usize, new in (any::<i32>(), -1e9..1e9_f64, text())) {
        let mut writer = Writer::new(layout);
        writer.text = if writer.decide(2) == 0 { "# head\n---" } else { "---" }.to_owned();
        writer.yaml("", &tree, 0);
        check(Format::Yaml, &writer, |text| serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")), pick, new);
    }

    #[test]
    fn toml_files(tree in tree(), layout in prop::collection::vec(any::<u8>(), 1..60), pick: usize, new in (any::<i32>(), -1e9..1e9_f64, text())) {
        let mut writer = Writer::new(layout);
        writer.toml("", tree.as_object().unwrap());
        let parse = |text: &str| serde_json::to_value(text.parse::<toml::Table>().unwrap_or_else(|error| panic!("{error}\n{text}"))).unwrap();
        check(Format::Toml, &writer, parse, pick, new);
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(text in "[a-z0-9 :=#'\"{}\\[\\],&*!|>\\\\\n\t\r;./-]{0,60}", key in "[a-z\\[\\]0-9.'\"]{1,8}") {
        use Format::{Args, CommandEnv, Env, Ini, Json, Toml, Yaml};
        for format in [Toml, Yaml, Json, Ini, Env, Args, CommandEnv] {
            if let Ok(value) = read(format, &text, &key) {
                prop_assert_eq!(write(format, &text, &key, &value).unwrap(), text.clone());
            }
            if let Ok(after) = write(format, &text, &key, &Value::Int(7)) {
                prop_assert_eq!(read(format, &after, &key).unwrap().number(), Some(7.0));
            }
        }
    }
}
