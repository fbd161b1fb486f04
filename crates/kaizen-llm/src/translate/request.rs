//! Requests: from a face's shape through [`talk::Talk`] to a provider's. One file per shape and direction.

mod from_chat;
mod from_messages;
mod from_ollama;
mod from_responses;
mod talk;
mod to_chat;
mod to_messages;
mod to_ollama;

use super::Target;
use crate::face::{Asked, Face, Malformed, Tongue};
use crate::wire::top::{Edit, Top};

/// A request in a provider's shape.
#[derive(Debug)]
pub(crate) struct Written {
    pub body: Vec<u8>,
    pub dropped: Vec<String>,
}

/// The request anew.
pub(crate) fn written(face: Face, target: &Target<'_>, asked: &Asked, top: &Top<'_>) -> Result<Written, Malformed> {
    let mut talk = match face {
        Face::Embeddings => return crate::wire::embeddings::written(target, top),
        Face::CountTokens => {
            return Err(Malformed::unsupported("model", "its provider does not count tokens; only Anthropic's does"));
        }
        Face::Chat => from_chat::talk(top)?,
        Face::Messages => from_messages::talk(top)?,
        Face::Responses => from_responses::talk(top)?,
        Face::OllamaChat | Face::OllamaGenerate => from_ollama::talk(face, top)?,
    };
    talk.settle();
    match target.tongue {
        Tongue::OpenAi => to_chat::written(target.model, asked, &talk).map_err(Malformed::body),
        Tongue::Anthropic => to_messages::written(target, asked, &talk),
        Tongue::Ollama => to_ollama::written(target, asked, &talk, top),
    }
}

/// What the target's settings add to a request of Ollama's own shape.
pub(crate) fn settings(target: &Target<'_>, top: &Top<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let asks = |key| top.object("options").ok().flatten().is_some_and(|options| options.given(key).is_some());
    if let Some(size) = target.num_ctx.filter(|_| !asks("num_ctx")) {
        edits.extend(top.set_inner("options", "num_ctx", &size.to_string()));
    }
    if let Some(keep) = target.keep_alive.filter(|_| top.given("keep_alive").is_none()) {
        edits.extend(top.set("keep_alive", keep));
    }
    edits
}
