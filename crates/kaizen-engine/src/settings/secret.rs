//! Where a secret is, and values that are never shown. The settings hold no secret themselves.

use crate::config::problem::{Wrong, text_schema};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// Where a secret is: `env:NAME` a variable, `file:/path` a file's first line, `keyring:NAME` the user's keyring.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SecretPlace {
    /// A variable of the environment.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
    /// An entry of the user's keyring.
    Keyring(String),
}

text_schema!(SecretPlace, "kaizen-secret-place", "env:OPENAI_API_KEY");

impl TryFrom<String> for SecretPlace {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let variable = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match text.split_once(':') {
            Some(("env", name)) if variable(name) => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if path.starts_with('/') => Ok(Self::File(path.into())),
            Some(("keyring", name)) if !name.is_empty() && !name.contains(char::is_control) => Ok(Self::Keyring(name.to_owned())),
            // The text may be the secret itself: it is not repeated.
            _ => Err(Wrong::new(
                "this does not say where the secret is",
                r#"the file holds no secrets: write "env:OPENAI_API_KEY", "file:/path/to/key" or "keyring:openai""#,
            )),
        }
    }
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Keyring(name) => write!(f, "keyring:{name}"),
        }
    }
}

impl From<SecretPlace> for String {
    fn from(place: SecretPlace) -> Self {
        place.to_string()
    }
}

/// The value of a header, which may be a secret: neither printed nor written anywhere.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hidden(String);

text_schema!(Hidden, "kaizen-header-value", "team-7");

impl Hidden {
    /// What it is.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Hidden {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let fits = text.bytes().all(|byte| byte == b'\t' || (32..127).contains(&byte));
        let wrong = || Wrong::new("this cannot be the value of a header", "write printable ASCII on one line");
        if fits { Ok(Self(text)) } else { Err(wrong()) }
    }
}

impl Serialize for Hidden {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[hidden]")
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}
