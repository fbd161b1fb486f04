//! Answers: heard in one shape ([`hear`]), said in another ([`say`]).

pub(crate) mod embeddings;
mod gathered;
pub(crate) mod hear;
pub(crate) mod say;

use crate::face::{Asked, Face, IMAGE_TOKENS};
use bytes::Bytes;

pub(crate) use gathered::Gathered;

/// What ends a stream of this face that its upstream did not end.
pub(crate) fn closing(face: Face) -> &'static [u8] {
    match face {
        Face::Chat => b"data: [DONE]\n\n",
        Face::Messages => b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        Face::CountTokens | Face::Responses | Face::Embeddings | Face::OllamaChat | Face::OllamaGenerate => b"",
    }
}

/// The answer to `count_tokens` where no upstream counts: a quarter of the request's bytes, which is what English text comes
/// to, and the images. An estimate: say so in a header.
pub fn counted(asked: &Asked) -> Bytes {
    let images = asked.images * IMAGE_TOKENS;
    let tokens = asked.input_bound.saturating_sub(images).div_ceil(4) + images;
    Bytes::from(format!("{{\"input_tokens\":{tokens}}}"))
}
