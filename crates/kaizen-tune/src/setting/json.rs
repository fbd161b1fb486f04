//! JSON, scanned for the place of one value. `//` and `/* */` comments and trailing commas are borne with, since many programs'
//! settings have them; everything else is as strict as JSON.

use super::key::{self, Step};
use super::scalar::{Place, Quote, duplicate, line, missing, not_scalar};
use crate::error::TuneError;
use crate::space::value::Value;
use std::ops::Range;

/// How deep lists and objects may nest.
const DEPTH: usize = 128;

/// Where the value at a key stands.
pub(super) fn place(text: &str, key: &str) -> Result<Place, TuneError> {
    let steps = key::parse(key)?;
    let mut scanner = Scanner { text, key, at: 0, depth: 0, found: None, near: Vec::new() };
    scanner.value(Some(&steps))?;
    scanner.blank()?;
    if scanner.at < text.len() {
        return Err(scanner.broken("something follows the end"));
    }
    let near = scanner.near;
    scanner.found.ok_or_else(|| missing(key, near.iter().map(String::as_str)))
}

struct Scanner<'a> {
    text: &'a str,
    key: &'a str,
    at: usize,
    depth: usize,
    found: Option<Place>,
    /// Keys of the object where the path ended.
    near: Vec<String>,
}

impl Scanner<'_> {
    fn broken(&self, what: &str) -> TuneError {
        TuneError::Broken { format: "JSON", what: format!("{what}, line {}", line(self.text, self.at)) }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on to the next thing that counts.
    fn blank(&mut self) -> Result<(), TuneError> {
        loop {
            let rest = self.rest();
            let length = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            let comment = match rest[length..].get(..2) {
                Some("//") => rest[length..].find('\n').unwrap_or(rest.len() - length),
                Some("/*") => match rest[length + 2..].find("*/") {
                    Some(end) => end + 4,
                    None => return Err(self.broken("a comment without end")),
                },
                _ => 0,
            };
            self.at += length + comment;
            if comment == 0 {
                return Ok(());
            }
        }
    }

    fn taken(&mut self, byte: u8) -> Result<bool, TuneError> {
        self.blank()?;
        let fits = self.peek() == Some(byte);
        self.at += usize::from(fits);
        Ok(fits)
    }

    /// One value; `path` leads on from here to the wanted one.
    fn value(&mut self, path: Option<&[Step]>) -> Result<(), TuneError> {
        self.blank()?;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.broken("it nests too deeply"));
        }
        match self.peek() {
            Some(b'{') => self.object(path)?,
            Some(b'[') => self.list(path)?,
            _ => self.scalar(path)?,
        }
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self, path: Option<&[Step]>) -> Result<(), TuneError> {
        self.must_lead_on(path, "an object")?;
        self.at += 1;
        let mut seen: Option<usize> = None;
        let mut names = Vec::new();
        while !self.taken(b'}')? {
            let from = self.at;
            let name = self.string()?;
            if !self.taken(b':')? {
                return Err(self.broken("\":\" is missing"));
            }
            let inside = match path {
                Some([Step::Name(wanted), rest @ ..]) if *wanted == name => Some(rest),
                _ => None,
            };
            if inside.is_some() {
                if let Some(first) = seen {
                    return Err(duplicate(self.text, self.key, first, from));
                }
                seen = Some(from);
            }
            names.push(name);
            self.value(inside)?;
            self.comma(b'}')?;
        }
        if path.is_some() && seen.is_none() {
            self.near = names;
        }
        Ok(())
    }

    fn list(&mut self, path: Option<&[Step]>) -> Result<(), TuneError> {
        self.must_lead_on(path, "a list")?;
        self.at += 1;
        let mut index = 0;
        while !self.taken(b']')? {
            let inside = match path {
                Some([Step::Index(wanted), rest @ ..]) if *wanted == index => Some(rest),
                _ => None,
            };
            self.value(inside)?;
            self.comma(b']')?;
            index += 1;
        }
        Ok(())
    }

    fn must_lead_on(&self, path: Option<&[Step]>, what: &str) -> Result<(), TuneError> {
        if path == Some(&[]) { Err(not_scalar(self.key, what)) } else { Ok(()) }
    }

    /// Between items stands a comma; after the last one it may.
    fn comma(&mut self, end: u8) -> Result<(), TuneError> {
        if self.taken(b',')? || self.peek() == Some(end) { Ok(()) } else { Err(self.broken("\",\" is missing")) }
    }

    fn scalar(&mut self, path: Option<&[Step]>) -> Result<(), TuneError> {
        let from = self.at;
        if self.peek() == Some(b'"') {
            let text = self.string()?;
            self.keep(path, from..self.at, Value::Text(text), Quote::Double);
            return Ok(());
        }
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(rest.len());
        let plain = serde_json::from_str::<serde_json::Value>(&rest[..length]).map_err(|_| self.broken("a value is missing or no JSON"))?;
        self.at += length;
        let value = match plain {
            serde_json::Value::Bool(truth) => Value::Bool(truth),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Value::Int(whole),
                (None, Some(real)) => Value::Float(real),
                (None, None) => return Err(self.broken("a number out of range")),
            },
            _ if path == Some(&[]) => return Err(not_scalar(self.key, "null")),
            _ => return Ok(()),
        };
        self.keep(path, from..self.at, value, Quote::None);
        Ok(())
    }

    fn keep(&mut self, path: Option<&[Step]>, span: Range<usize>, value: Value, quote: Quote) {
        if path == Some(&[]) {
            let raw = self.text[span.clone()].to_owned();
            self.found = Some(Place { span, raw, value, quote });
        }
    }

    fn string(&mut self) -> Result<String, TuneError> {
        let from = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.broken("a name or value in quotes is missing"));
        }
        let mut escaped = false;
        for (offset, byte) in self.text.bytes().enumerate().skip(from + 1) {
            if byte == b'"' && !escaped {
                self.at = offset + 1;
                return serde_json::from_str(&self.text[from..self.at]).map_err(|_| self.broken("a text that is no JSON"));
            }
            escaped = byte == b'\\' && !escaped;
        }
        Err(self.broken("a text without end"))
    }
}
