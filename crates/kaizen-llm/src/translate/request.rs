//! Requests: from a face's shape to a provider's.

use super::Target;
use crate::face::{Asked, Face, Malformed};
use crate::wire::top::{Edit, Top};
use bytes::Bytes;

/// A request in a provider's shape.
#[derive(Debug)]
pub(crate) struct Written {
    pub body: Vec<u8>,
    pub dropped: Vec<String>,
}

pub(crate) fn written(_face: Face, _target: &Target<'_>, _asked: &Asked, _body: &Bytes) -> Result<Written, Malformed> {
    Err(Malformed::unsupported("model", "its provider speaks another shape"))
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
