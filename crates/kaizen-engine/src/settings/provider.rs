//! The providers that are there without configuration, and what a declared one need not say.

use toml::{Table, Value};

/// What is known of a provider by its name or its kind.
struct Known {
    kind: &'static str,
    base_url: &'static str,
    key: Option<&'static str>,
    models: &'static [&'static str],
}

const OPENAI: Known = Known {
    kind: "openai",
    base_url: "https://api.openai.com/v1",
    key: Some("env:OPENAI_API_KEY"),
    models: &["gpt-*", "chatgpt-*", "o1*", "o3*", "o4*", "codex-*", "text-embedding-*", "ft:*"],
};
const ANTHROPIC: Known =
    Known { kind: "anthropic", base_url: "https://api.anthropic.com", key: Some("env:ANTHROPIC_API_KEY"), models: &["claude-*"] };
/// Its models carry a tag after a colon.
const OLLAMA: Known = Known { kind: "ollama", base_url: "http://127.0.0.1:11434", key: None, models: &["*:*"] };

/// Fills in what a provider's name or kind implies and nobody said. Whatever is not a table is left for the types to refuse.
pub(super) fn complete(settings: &mut Table) {
    let Some(models) = table(settings, "models") else { return };
    let Some(providers) = table(models, "providers") else { return };
    for built_in in [OPENAI, ANTHROPIC, OLLAMA] {
        let Some(provider) = table(providers, built_in.kind) else { continue };
        // A name of ours that somebody gave to another kind of provider means theirs.
        if provider.get("kind").is_none_or(|kind| kind.as_str() == Some(built_in.kind)) {
            let elsewhere = provider.contains_key("base_url");
            add(provider, "kind", built_in.kind.into());
            // The key and the names of the official service are not those of another server with its interface.
            if !elsewhere {
                built_in.key.into_iter().for_each(|key| add(provider, "key", key.into()));
            }
            add(provider, "models", Value::Array(built_in.models.iter().map(|pattern| (*pattern).into()).collect()));
        }
    }
    for (name, provider) in providers.iter_mut() {
        let Some(provider) = provider.as_table_mut() else { continue };
        let kind = provider.get("kind").and_then(Value::as_str).unwrap_or(OPENAI.kind);
        // Only OpenAI's interface has many homes.
        match kind {
            "openai" if name == OPENAI.kind => add(provider, "base_url", OPENAI.base_url.into()),
            "anthropic" => add(provider, "base_url", ANTHROPIC.base_url.into()),
            "ollama" => add(provider, "base_url", OLLAMA.base_url.into()),
            _ => {}
        }
    }
}

fn add(provider: &mut Table, key: &str, value: Value) {
    provider.entry(key).or_insert(value);
}

fn table<'t>(within: &'t mut Table, key: &str) -> Option<&'t mut Table> {
    within.entry(key).or_insert_with(|| Value::Table(Table::new())).as_table_mut()
}
