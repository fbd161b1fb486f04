//! The words of a request: what is recorded, and what its kind is guessed from. Images are named, never copied.

use super::Face;
use crate::wire::light::{Content, Message};
use crate::wire::text::{Text, at_most};
use crate::wire::top::Top;
use serde_json::value::RawValue;

/// How much of a request's words is kept, in bytes. Whoever records less than this can still recognise a secret that lies across
/// the end of what is recorded.
pub const KEPT: usize = 272 * 1024;

/// The words of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// The last turn of the user, its first [`KEPT`] bytes. Where the last turns are what tools answered, the user's turn before them.
    pub last: String,
    /// Everything, each turn behind the name of its role; its first [`KEPT`] bytes.
    pub whole: String,
    /// How many bytes `whole` would have beyond that.
    pub left_out: usize,
}

pub(super) fn told(face: Face, top: &Top<'_>) -> Said {
    let mut said = Said::default();
    for key in ["instructions", "system"] {
        said.turn("system", &content(top.given(key)));
    }
    match face {
        Face::Chat | Face::Messages | Face::CountTokens | Face::OllamaChat => said.turns(top.given("messages")),
        Face::Responses | Face::Embeddings => said.input(top.given("input")),
        Face::OllamaGenerate => said.turn("user", &content(top.given("prompt"))),
    }
    said
}

fn content(raw: Option<&RawValue>) -> Content<'_> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

impl Said {
    fn input(&mut self, raw: Option<&RawValue>) {
        let Some(raw) = raw else { return };
        match serde_json::from_str::<Vec<Text<'_>>>(raw.get()) {
            Ok(texts) => texts.into_iter().for_each(|text| self.turn("user", &Content::Text(text))),
            Err(_) if raw.get().starts_with('"') => self.turn("user", &content(Some(raw))),
            Err(_) => self.turns(Some(raw)),
        }
    }

    fn turns(&mut self, raw: Option<&RawValue>) {
        let read = raw.and_then(|raw| serde_json::from_str::<Vec<Message<'_>>>(raw.get()).ok());
        for message in read.iter().flatten() {
            let role = message.role.as_deref().or(message.kind.as_deref()).unwrap_or("");
            self.turn(role, &message.content);
            self.turn(role, &message.output);
        }
    }

    fn turn(&mut self, role: &str, content: &Content<'_>) {
        let mut text = String::new();
        content.tell(&mut text);
        if text.is_empty() {
            return;
        }
        for piece in [role, ": ", &text, "\n"] {
            self.keep(piece);
        }
        if role == "user" && !only_results(content) {
            text.truncate(at_most(&text, KEPT).len());
            self.last = text;
        }
    }

    /// Nothing follows a gap.
    fn keep(&mut self, piece: &str) {
        let room = if self.left_out == 0 { KEPT - self.whole.len() } else { 0 };
        let kept = at_most(piece, room);
        self.whole.push_str(kept);
        self.left_out += piece.len() - kept.len();
    }
}

/// Anthropic sends what tools answered in the user's name.
fn only_results(content: &Content<'_>) -> bool {
    matches!(content, Content::Parts(parts) if parts.iter().all(|part| part.kind.as_deref() == Some("tool_result")))
}

#[cfg(test)]
mod tests {
    use super::super::text_in;
    use super::*;
    use bytes::Bytes;

    #[test]
    fn of_a_long_request_the_beginning_is_kept_and_how_much_follows() {
        let text = "ü".repeat(KEPT);
        let body = serde_json::json!({"messages": [{"role": "user", "content": text}, {"role": "user", "content": "and?"}]});
        let said = text_in(Face::Chat, &Bytes::from(body.to_string()));
        let all = "user: ".len() + text.len() + "\n".len() + "user: and?\n".len();
        assert!(said.whole.len() <= KEPT && said.whole.len() > KEPT - 4);
        assert_eq!((said.whole.len() + said.left_out, said.last.as_str()), (all, "and?"));
        let short = text_in(Face::Chat, &Bytes::from(r#"{"messages":[{"role":"user","content":"hi"}]}"#));
        assert_eq!((short.whole.as_str(), short.left_out), ("user: hi\n", 0));
    }
}
