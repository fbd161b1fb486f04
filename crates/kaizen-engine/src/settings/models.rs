//! `[models]`: who serves models, by name, and how much of this machine they may take.

use super::secret::{Hidden, SecretPlace};
use crate::config::check::join;
use crate::config::problem::{Wrong, text_schema, text_type};
use crate::config::quantity::{ByteSize, Timespan};
use kaizen_domain::money::Price;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Who serves models, and what this machine may hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Models {
    /// Who serves models, by a name of your choice. `openai`, `anthropic` and `ollama` are there without configuration.
    #[schemars(extend("propertyNames" = { "format": "kaizen-name" }))]
    pub providers: BTreeMap<String, Provider>,
    /// The memory of the graphics card; without it, what is found on this machine.
    #[schemars(extend("examples" = ["16GB"]))]
    pub vram: Option<ByteSize>,
    /// The share of that memory that models may take.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub vram_share: f64,
    /// Models that stay loaded and are the last to make room.
    pub hot: Vec<ModelName>,
}

impl Default for Models {
    fn default() -> Self {
        Self { providers: BTreeMap::new(), vram: None, vram_share: 0.9, hot: Vec::new() }
    }
}

/// Somebody who serves models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Provider {
    /// Which interface it speaks.
    pub kind: ProviderKind,
    /// Where it is. `anthropic` and `ollama` know their own; any OpenAI-compatible server is told by its own.
    #[schemars(extend("examples" = ["https://api.openai.com/v1"]))]
    pub base_url: Option<BaseUrl>,
    /// Where its key is: `env:NAME`, `file:/path` or `keyring:NAME`. A client's own key is passed through without one.
    #[schemars(extend("examples" = ["env:OPENAI_API_KEY"]))]
    pub key: Option<SecretPlace>,
    /// The longest a whole call may take.
    #[schemars(extend("format" = "kaizen-time-limit"))]
    pub timeout: Timespan,
    /// The longest it may stay silent.
    #[schemars(extend("format" = "kaizen-time-limit"))]
    pub idle_timeout: Timespan,
    /// Models it serves when they are asked for without its name; `*` stands for any text. The most exact pattern wins.
    #[schemars(extend("examples" = [["gpt-*"]]))]
    pub models: Vec<ModelPattern>,
    /// Prices in USD for a million tokens, by model or pattern, where the price list is wrong or knows none.
    pub prices: BTreeMap<ModelPattern, ModelPrice>,
    /// Headers added to every call. Values are never shown.
    #[schemars(extend("propertyNames" = { "format": "kaizen-header" }))]
    pub headers: BTreeMap<String, Hidden>,
    /// With kind `script`: the file of answers.
    pub file: Option<PathBuf>,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            kind: ProviderKind::Openai,
            base_url: None,
            key: None,
            timeout: Timespan(Duration::from_secs(600)),
            idle_timeout: Timespan(Duration::from_secs(120)),
            models: Vec::new(),
            prices: BTreeMap::new(),
            headers: BTreeMap::new(),
            file: None,
        }
    }
}

/// Which interface a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// Ollama's own.
    Ollama,
    /// OpenAI's, or any server compatible with it.
    Openai,
    /// Anthropic's.
    Anthropic,
    /// None: answers come from a file. For demonstrations and tests.
    Script,
}

/// What a model asks for, in USD for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelPrice {
    /// Of requests.
    #[schemars(range(min = 0, max = 100_000))]
    pub input: f64,
    /// Of answers.
    #[schemars(range(min = 0, max = 100_000))]
    pub output: f64,
    /// Of requests read from its prompt cache; else as `input`.
    #[schemars(range(min = 0, max = 100_000))]
    pub cache_read: Option<f64>,
    /// Of requests written to its prompt cache; else as `input`.
    #[schemars(range(min = 0, max = 100_000))]
    pub cache_write: Option<f64>,
}

impl From<ModelPrice> for Price {
    fn from(price: ModelPrice) -> Self {
        Self { input: price.input, output: price.output, cache_read: price.cache_read, cache_write: price.cache_write }
    }
}

/// Where a server is: `http://` or `https://`, a host, a port and a path, without a final `/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(String);

text_type!(BaseUrl);
text_schema!(BaseUrl, "kaizen-url", "http://127.0.0.1:11434");

impl TryFrom<String> for BaseUrl {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let hint = r#"write it with http:// or https:// and without user and query: "http://127.0.0.1:11434""#;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
        let host = rest.split('/').next().unwrap_or_default();
        // A user part may hold a password, which is not repeated.
        if host.contains('@') || rest.contains(['?', '#']) {
            return Err(Wrong::new("this address holds a user, a query or a fragment", hint));
        }
        match host.is_empty() || text.contains(|sign: char| sign.is_control() || sign.is_whitespace()) {
            true => Err(Wrong::new(format!("{text:?} is no address of a server"), hint)),
            false => Ok(Self(text.trim_end_matches('/').to_owned())),
        }
    }
}

/// A model with its provider: `ollama/llama3.1:8b`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName(String);

text_type!(ModelName);
text_schema!(ModelName, "kaizen-model", "ollama/llama3.1:8b");

impl ModelName {
    /// The provider's name.
    pub fn provider(&self) -> &str {
        self.0.split_once('/').map_or("", |(provider, _)| provider)
    }

    /// The model as its provider names it.
    pub fn model(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, model)| model)
    }
}

impl TryFrom<String> for ModelName {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let parts = text.split_once('/').filter(|(provider, model)| !provider.is_empty() && !model.is_empty());
        let hint = r#"write the provider too: "ollama/llama3.1:8b""#;
        match parts.is_some() && !text.contains(|sign: char| sign.is_control() || sign.is_whitespace()) {
            true => Ok(Self(text)),
            false => Err(Wrong::new(format!("{text:?} names no model of a provider"), hint)),
        }
    }
}

/// Models by name; `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelPattern(String);

text_type!(ModelPattern);
text_schema!(ModelPattern, "kaizen-model-pattern", "gpt-*");

impl TryFrom<String> for ModelPattern {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        match text.is_empty() || text.contains(|sign: char| sign.is_control() || sign.is_whitespace()) {
            true => Err(Wrong::new(format!("{text:?} names no models"), r#"write a name, or a pattern with '*': "gpt-*""#)),
            false => Ok(Self(text)),
        }
    }
}

impl Models {
    /// What is wrong with a model whose provider nobody declared.
    pub(super) fn unknown_provider(&self, model: &ModelName) -> Option<Wrong> {
        if self.providers.contains_key(model.provider()) {
            return None;
        }
        let known: Vec<&str> = self.providers.keys().map(String::as_str).collect();
        let hint = format!("declare [models.providers.{}], or use one of: {}", model.provider(), known.join(", "));
        Some(Wrong::new(format!("there is no provider {:?}", model.provider()), hint))
    }

    /// Providers that lack what their kind needs.
    pub(super) fn conflicts(&self) -> Vec<(String, Wrong)> {
        let lacking = |(name, provider): (&String, &Provider)| {
            let at = join("models.providers", name);
            match provider.kind {
                ProviderKind::Script if provider.file.is_none() => {
                    let hint = "add file = \"answers.toml\"";
                    Some((format!("{at}.kind"), Wrong::new("a script needs the file of its answers", hint)))
                }
                ProviderKind::Script => None,
                _ if provider.base_url.is_none() => Some((at, Wrong::new("it is not said where it is", "add base_url = \"https://...\""))),
                _ => None,
            }
        };
        self.providers.iter().filter_map(lacking).collect()
    }
}
