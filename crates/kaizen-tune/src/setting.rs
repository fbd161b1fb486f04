//! One value in a settings file: read it, or replace it where it stands.
//!
//! Only the value's own bytes change: comments, order, quotes, line ends, a byte order mark and everything else stay. Each format
//! finds the place of a value; what is written is read back before it is handed out, so a value that would not survive is an error
//! and never a broken file. What cannot be replaced in place (a block text, an alias, a list) is refused, not guessed at. Keys are
//! never added: a setting that is not there has no present value to compare with.

mod command;
mod env;
mod ini;
mod json;
pub mod key;
mod scalar;
mod toml;
mod yaml;

use crate::error::TuneError;
use crate::space::value::Value;
use scalar::Place;
use serde::{Deserialize, Serialize};

/// How settings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// TOML.
    Toml,
    /// YAML, one document.
    Yaml,
    /// JSON; comments and trailing commas are borne with.
    Json,
    /// Sections of `key = value` or `key: value`; also files without sections, such as postgresql.conf.
    Ini,
    /// Lines of `NAME=value`.
    Env,
    /// The arguments of a command line; the key is the flag: `--threads`.
    Args,
    /// The assignments in front of a command line: `NAME=value program`.
    CommandEnv,
}

impl Format {
    /// The format a file's name stands for; `args` and `env` stand for the benchmark's command line.
    pub fn of_name(name: &str) -> Option<Self> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match (name, ending.as_str()) {
            ("args", _) => Some(Self::Args),
            ("env", _) => Some(Self::CommandEnv),
            _ if file == ".env" || file.starts_with(".env.") || ending == "env" => Some(Self::Env),
            (_, "toml") => Some(Self::Toml),
            (_, "yaml" | "yml") => Some(Self::Yaml),
            (_, "json" | "jsonc") => Some(Self::Json),
            (_, "ini" | "cfg" | "conf" | "cnf" | "properties") => Some(Self::Ini),
            _ => None,
        }
    }

    /// Whether the text is the benchmark's command line and not a file.
    pub fn is_command_line(self) -> bool {
        matches!(self, Self::Args | Self::CommandEnv)
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::Ini => "INI",
            Self::Env => "env file",
            Self::Args | Self::CommandEnv => "command line",
        }
    }

    /// Whether the format itself tells numbers, texts and truth values apart.
    fn has_types(self) -> bool {
        matches!(self, Self::Toml | Self::Yaml | Self::Json)
    }
}

const MARK: &str = "\u{feff}";

/// The value at a key. Formats without types answer with what the text looks like: a number where it is one.
pub fn read(format: Format, text: &str, key: &str) -> Result<Value, TuneError> {
    place(format, text.strip_prefix(MARK).unwrap_or(text), key).map(|place| place.value)
}

/// The text with the value at a key replaced, and every other byte as it was. A value equal to the present one changes nothing.
/// Fails where the key is missing, there twice or no plain value, where the value's type would change, or where the value cannot be
/// written so that it reads back.
pub fn write(format: Format, text: &str, key: &str, value: &Value) -> Result<String, TuneError> {
    let (mark, body) = text.strip_prefix(MARK).map_or(("", text), |body| (MARK, body));
    let place = place(format, body, key)?;
    if place.value.is_same(value) {
        return Ok(text.to_owned());
    }
    if format.has_types() {
        scalar::must_fit(key, &place, value)?;
    }
    let unwritable = |what: &str| TuneError::Unwritable { key: key.to_owned(), value: value.clone(), what: what.to_owned() };
    let pointed = with_point(&place, value).filter(|_| format.has_types());
    let written = render(format, &place, pointed.as_ref().unwrap_or(value))
        .ok_or_else(|| unwritable("its characters have no place in this format"))?;
    let changed = format!("{mark}{}{written}{}", &body[..place.span.start], &body[place.span.end..]);
    let back = read(format, &changed, key).map_err(|error| unwritable(&error.to_string()))?;
    if back.is_same(value) || back.to_string() == written { Ok(changed) } else { Err(unwritable("it would read back as something else")) }
}

/// A whole number with the point of the number it replaces: some programs ask for one.
fn with_point(place: &Place, value: &Value) -> Option<Value> {
    match (&place.value, value) {
        (Value::Float(_), Value::Int(whole)) => Some(Value::Float(*whole as f64)).filter(|_| whole.unsigned_abs() < 1 << 53),
        _ => None,
    }
}

fn place(format: Format, text: &str, key: &str) -> Result<Place, TuneError> {
    match format {
        Format::Toml => toml::place(text, key),
        Format::Yaml => yaml::place(text, key),
        Format::Json => json::place(text, key),
        Format::Ini => ini::place(text, key),
        Format::Env => env::place(text, key),
        Format::Args => command::argument(text, key),
        Format::CommandEnv => command::assignment(text, key),
    }
}

fn render(format: Format, place: &Place, value: &Value) -> Option<String> {
    let plain = match (value, scalar::spelling(&place.raw, value)) {
        (_, Some(word)) => word,
        (Value::Float(number), None) => scalar::float(*number),
        (Value::Text(text), None) => return text_of(format, place, text),
        (other, None) => other.to_string(),
    };
    if format.has_types() { Some(plain) } else { text_of(format, place, &plain) }
}

fn text_of(format: Format, place: &Place, text: &str) -> Option<String> {
    match format {
        Format::Toml => Some(toml::text(place.quote, text)),
        Format::Yaml => yaml::text(place.quote, text),
        Format::Json => serde_json::to_string(text).ok(),
        Format::Ini => ini::text(place.quote, text),
        Format::Env => env::text(place.quote, text),
        Format::Args | Format::CommandEnv => command::text(place.quote, text),
    }
}
