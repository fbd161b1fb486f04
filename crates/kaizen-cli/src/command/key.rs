//! `kaizen key`

use super::time;
use crate::args::{KeyAction, KeyAdd, KeyCommand, Scope};
use crate::machine::{Surroundings, now};
use crate::output::Output;
use kaizen_api::v1::{KeyList, KeyMade, KeyShown};
use kaizen_domain::hash::ContentHash;
use kaizen_domain::money::Usd;
use kaizen_engine::error::EngineError;
use kaizen_engine::trial::coin::random;
use kaizen_llm::secret::{Secret, keep_in_keyring};
use kaizen_store::{GatewayKey, KeyRules, Store};
use zeroize::Zeroizing;

/// What a key begins with, so that it is known for one wherever it turns up.
const MARK: &str = "kz_";

/// Makes, lists or revokes keys; keeps one of a provider.
pub async fn run(here: &Surroundings, output: &Output, wanted: &KeyCommand) -> Result<u8, EngineError> {
    let store = Store::open(&here.store).await?;
    match &wanted.action {
        KeyAction::Add(wanted) => add(&store, output, wanted).await?,
        KeyAction::List => list(&store, output).await?,
        KeyAction::Keep { name } => keep(output, name)?,
        KeyAction::Revoke { name } => revoke(&store, output, name).await?,
    }
    store.close().await;
    Ok(0)
}

async fn add(store: &Store, output: &Output, wanted: &KeyAdd) -> Result<(), EngineError> {
    let rules = rules(wanted)?;
    let key: String =
        MARK.chars().chain(random::<24>()?.iter().flat_map(|byte| format!("{byte:02x}").chars().collect::<Vec<_>>())).collect();
    if !store.add_key(&wanted.name, ContentHash::of(key.as_bytes()), &rules, now()).await? {
        return Err(EngineError::usage(
            format!("there is or was a key named {}", wanted.name),
            "take another name: records name their tenant by it",
        ));
    }
    let made = KeyMade { schema: "kaizen.key/1".into(), name: wanted.name.clone(), key };
    if !output.json {
        output.note(format!("The key of {}, shown this once; only its hash is kept:", made.name));
    }
    output.either(&made, || made.key.clone())
}

fn rules(wanted: &KeyAdd) -> Result<KeyRules, EngineError> {
    let fits = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
    if wanted.name.is_empty() || wanted.name.len() > 64 || !wanted.name.chars().all(fits) {
        return Err(EngineError::usage(
            format!("{:?} cannot name a key", wanted.name),
            "write letters, digits, '-', '_' and '.', at most 64",
        ));
    }
    let amount = |dollars: f64| Usd::from_dollars(dollars).filter(|usd| *usd >= Usd::ZERO);
    let refused = || EngineError::usage("--budget is no amount of money", "write US dollars: --budget 5");
    let budget = wanted.budget.map(|dollars| amount(dollars).ok_or_else(refused)).transpose()?;
    if wanted.models.iter().any(|pattern| pattern.is_empty() || pattern.contains(char::is_whitespace)) {
        return Err(EngineError::usage("--model names no models", "write a name or a pattern: --model 'gpt-*'"));
    }
    let words = [(Scope::Record, "record"), (Scope::Manage, "manage")];
    let scopes = words.into_iter().filter(|(scope, _)| wanted.scopes.contains(scope)).map(|(_, word)| word.to_owned()).collect();
    Ok(KeyRules { budget, rate: wanted.rate, models: wanted.models.clone(), scopes })
}

/// Puts a provider's own key where only this user's processes find it.
fn keep(output: &Output, name: &str) -> Result<(), EngineError> {
    if name.is_empty() || name.contains(char::is_control) {
        return Err(EngineError::usage(format!("{name:?} cannot name an entry of the keyring"), "name it by its provider: openai"));
    }
    let none = || EngineError::usage("standard input holds no key", format!("kaizen key keep {name} < FILE, or type it"));
    let secret = Secret::new(&typed(output)?).ok_or_else(none)?;
    keep_in_keyring(name, &secret).map_err(|error| EngineError::environment(error.to_string(), error.hint))?;
    let done = format!("the keyring of this user holds it until the machine restarts; config.toml names it key = \"keyring:{name}\"");
    output.done(done, Some(name.to_owned()))
}

/// The first line of standard input; what is typed is not shown.
fn typed(output: &Output) -> Result<Zeroizing<String>, EngineError> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let input = std::io::stdin();
    let shown = tcgetattr(&input).ok();
    if let Some(shown) = &shown {
        output.note("The key (it is not shown):");
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&input, OptionalActions::Flush, &hidden).map_err(|error| unread(error.into()))?;
    }
    let mut line = Zeroizing::new(String::new());
    let read = input.read_line(&mut line);
    if let Some(shown) = &shown {
        tcsetattr(&input, OptionalActions::Flush, shown).map_err(|error| unread(error.into()))?;
    }
    read.map(|_| line).map_err(unread)
}

fn unread(source: std::io::Error) -> EngineError {
    EngineError::Io { action: "read", path: "standard input".into(), source }
}

async fn list(store: &Store, output: &Output) -> Result<(), EngineError> {
    let keys = store.keys().await?;
    let list = KeyList { schema: "kaizen.keys/1".into(), keys: keys.iter().map(shown).collect() };
    output.either(&list, || match list.keys.is_empty() {
        true => "there are no keys; `kaizen key add NAME` makes one".to_owned(),
        false => list.keys.iter().map(row).collect::<Vec<_>>().join("\n"),
    })
}

fn shown(key: &GatewayKey) -> KeyShown {
    KeyShown {
        name: key.name.clone(),
        hash: key.hash.short(),
        budget_usd: key.rules.budget.map(Usd::dollars),
        rate: key.rules.rate,
        models: key.rules.models.clone(),
        scopes: key.rules.scopes.clone(),
        created_at: key.created_at,
        revoked_at: key.revoked_at,
    }
}

fn row(key: &KeyShown) -> String {
    let budget = key.budget_usd.map_or_else(|| "no budget of its own".to_owned(), |usd| format!("{usd:.2} USD a month"));
    let rate = key.rate.map_or_else(String::new, |rate| format!(", {rate} calls a minute"));
    let models = if key.models.is_empty() { "all models".to_owned() } else { key.models.join(" ") };
    let scopes = if key.scopes.is_empty() { String::new() } else { format!(", may {}", key.scopes.join(" and ")) };
    let state =
        key.revoked_at.map_or_else(|| format!("made {}", time::rfc3339(key.created_at)), |at| format!("REVOKED {}", time::rfc3339(at)));
    format!("{:<20} {budget}{rate}, {models}{scopes}   {state}", key.name)
}

async fn revoke(store: &Store, output: &Output, name: &str) -> Result<(), EngineError> {
    if !store.revoke_key(name, now()).await? {
        return Err(EngineError::usage(format!("there is no key named {name} that still holds"), "`kaizen key list` shows all"));
    }
    let done = format!("the key of {name} is worthless now");
    output.done(done, Some(name.to_owned()))
}
