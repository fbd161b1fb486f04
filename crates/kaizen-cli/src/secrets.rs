//! Secrets the settings point at, read from the environment, files and the keyring: the only place that does.

use kaizen_engine::error::EngineError;
use kaizen_engine::settings::Settings;
use kaizen_engine::settings::secret::SecretPlace;
use kaizen_llm::secret::{KeySource, NoSecret};
use kaizen_server::desk::Secrets;

/// The secrets of the daemon, and what could not be read. A provider without its key serves whoever brings one; a token that
/// cannot be read is an error, since writers would be refused for no reason they can see.
pub fn of_daemon(settings: &Settings) -> Result<(Secrets, Vec<String>), EngineError> {
    let (mut secrets, mut missing) = (Secrets::default(), Vec::new());
    for (name, provider) in &settings.models.providers {
        let Some(place) = &provider.key else { continue };
        match read(place) {
            Ok(secret) => drop(secrets.providers.insert(name.clone(), secret)),
            // The usual variable of a provider nobody uses is not worth a word.
            Err(_) if matches!(place, SecretPlace::Env(_)) => {}
            Err(error) => missing.push(format!("provider {name}: {error}; {}", error.hint)),
        }
    }
    for place in &settings.serve.tokens {
        secrets.tokens.push(read(place).map_err(|error| EngineError::usage(format!("[serve] tokens: {error}"), error.hint.clone()))?);
    }
    Ok((secrets, missing))
}

/// Reads one.
pub fn read(place: &SecretPlace) -> Result<kaizen_llm::secret::Secret, NoSecret> {
    let source = match place {
        SecretPlace::Env(name) => KeySource::Env(name.clone()),
        SecretPlace::File(path) => KeySource::File(path.clone()),
        SecretPlace::Keyring(name) => KeySource::Keyring(name.clone()),
    };
    source.read(&|name| std::env::var(name).ok())
}
