//! What lies in a backup beside the store: config.toml without secrets, and secrets where they were asked for.

use crate::machine::Surroundings;
use crate::secrets;
use crate::wire::settings;
use kaizen_engine::error::EngineError;
use kaizen_engine::settings::secret::SecretPlace;
use kaizen_store::Part;
use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item};

/// The name of the user's settings.
pub const CONFIG: &str = "config.toml";
/// The name of what is said about the backup itself.
pub const MANIFEST: &str = "manifest.json";
/// What the names of secrets begin with: `secret:file:/path`, `secret:keyring:NAME`.
pub const SECRET: &str = "secret:";

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this description.
    pub format: u32,
    /// The Kaizen that wrote it.
    pub kaizen: String,
    /// When, RFC 3339.
    pub at: String,
    /// The machine.
    pub host: String,
    /// What is not in it, and why.
    pub left_out: Vec<String>,
}

/// Every part, and what they say.
pub fn collect(here: &Surroundings, secrets: bool) -> Result<(Vec<Part>, Manifest), EngineError> {
    let (mut parts, mut left_out) = (Vec::new(), Vec::new());
    match std::fs::read_to_string(&here.settings) {
        Ok(text) => {
            places(here, &text, secrets, &mut parts, &mut left_out);
            let kept = if secrets { Some(text) } else { without_headers(&text, &mut left_out) };
            parts.extend(kept.map(|text| Part { name: CONFIG.into(), content: text.into_bytes() }));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(EngineError::Io { action: "read", path: here.settings.clone(), source }),
    }
    let at = super::super::time::rfc3339(crate::machine::now());
    let manifest = Manifest { format: 1, kaizen: env!("CARGO_PKG_VERSION").into(), at, host: here.machine.host.clone(), left_out };
    let content = serde_json::to_vec(&manifest).map_err(|source| EngineError::Stored { what: "manifest", source })?;
    parts.push(Part { name: MANIFEST.into(), content });
    Ok((parts, manifest))
}

/// Values of headers may be secrets: they are taken out, and named.
fn without_headers(text: &str, left_out: &mut Vec<String>) -> Option<String> {
    let Ok(mut document) = text.parse::<DocumentMut>() else {
        left_out.push(format!("{CONFIG}: it is no TOML, and what in it is a secret cannot be told"));
        return None;
    };
    let providers = document.get_mut("models").and_then(|models| models.get_mut("providers")).and_then(Item::as_table_like_mut);
    for (name, provider) in providers.into_iter().flat_map(|table| table.iter_mut()) {
        let Some(provider) = provider.as_table_like_mut() else { continue };
        let headers = provider.get("headers").and_then(Item::as_table_like);
        let names: Vec<String> = headers.into_iter().flat_map(|table| table.iter()).map(|(header, _)| header.to_owned()).collect();
        if !names.is_empty() {
            provider.remove("headers");
            left_out.extend(
                names
                    .iter()
                    .map(|header| format!("models.providers.{}.headers.{header} of {CONFIG}: its value may be a secret", name.get())),
            );
        }
    }
    Some(document.to_string())
}

/// Secrets that the file points at.
fn places(here: &Surroundings, text: &str, wanted: bool, parts: &mut Vec<Part>, left_out: &mut Vec<String>) {
    let settings = match settings(here) {
        Ok(settings) => settings,
        Err(error) => {
            left_out.push(format!("the keys that {CONFIG} names: {error}"));
            return;
        }
    };
    let keys = settings.models.providers.values().filter_map(|provider| provider.key.as_ref());
    for place in keys.chain(&settings.serve.tokens) {
        let name = format!("{SECRET}{place}");
        // The usual variable of a provider that the file says nothing about is no part of it.
        if !text.contains(&place.to_string()) || parts.iter().any(|part| part.name == name) {
            continue;
        }
        match (place, wanted) {
            (SecretPlace::Env(_), _) => left_out.push(format!("{place}: the environment is not copied")),
            (_, false) => left_out.push(format!("{place}: a secret (--secrets copies it, in clear)")),
            (_, true) => match secrets::read(place) {
                Ok(secret) => parts.push(Part { name, content: secret.expose().as_bytes().to_vec() }),
                Err(error) => left_out.push(format!("{place}: {error}")),
            },
        }
    }
    left_out.sort();
    left_out.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_headers_are_taken_out_and_named_and_all_else_stays_as_it_was_written() {
        let text = "# mine\n[models.providers.team]\nbase_url = \"https://x\" # there\nheaders = { \"X-Key\" = \"s3cret\" }\n\n[models.providers.other.headers]\nY = \"s3cret\"\n";
        let mut left_out = Vec::new();
        let kept = without_headers(text, &mut left_out).unwrap();
        assert!(kept.contains("# mine") && kept.contains("base_url = \"https://x\" # there") && !kept.contains("s3cret"), "{kept}");
        assert_eq!(left_out.len(), 2, "{left_out:?}");
        assert!(without_headers("[broken s3cret", &mut left_out).is_none() && !left_out.concat().contains("s3cret"));
    }
}
