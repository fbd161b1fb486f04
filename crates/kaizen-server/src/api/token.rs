//! Writes need a token: a key of Kaizen's that may write, or one from the settings. So does what is read from another machine.

use crate::keys::{Keys, PREFIX};
use crate::problem::Problem;
use axum::http::{HeaderMap, header};
use kaizen_llm::secret::Secret;

/// What a key needs to write records; `manage` includes it.
const WRITE: [&str; 2] = ["record", "manage"];

/// Lets a writer pass; `tokens` are those of the settings.
pub async fn writer(keys: &Keys, tokens: &[Secret], headers: &HeaderMap) -> Result<(), Problem> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    let Some(shown) = shown.map(str::trim).filter(|text| !text.is_empty()) else { return Err(missing()) };
    if tokens.iter().any(|token| same(token.expose(), shown)) {
        return Ok(());
    }
    if !shown.starts_with(PREFIX) {
        return Err(Problem::new(401, "this token is not known").hint("kaizen key add NAME --scope record"));
    }
    match keys.find(shown).await {
        Ok(Some(key)) if key.rules.scopes.iter().any(|scope| WRITE.contains(&scope.as_str())) => Ok(()),
        Ok(Some(key)) => Err(Problem::new(403, format!("the key '{}' may not write", key.name)).hint("kaizen key add NAME --scope record")),
        Ok(None) => Err(Problem::new(401, "this key is not known, or was revoked").hint("kaizen key list")),
        Err(error) => Err(Problem::new(503, format!("the key could not be looked up: {error}"))),
    }
}

fn missing() -> Problem {
    Problem::new(401, "this needs a token").hint("send `authorization: Bearer KEY`; kaizen key add NAME --scope record prints one")
}

/// Compares without telling by its time how much was right.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_the_same_when_every_byte_is() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }
}
