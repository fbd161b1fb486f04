//! Answers: heard in one shape, said in another.

pub(crate) mod hear;

use super::piece::Piece;
use crate::face::{Asked, Face};
use crate::seen::Seen;
use bytes::{Bytes, BytesMut};

/// Says an answer in a face's shape.
#[derive(Debug)]
pub(crate) struct Mouth;

/// A whole answer, put together from its pieces.
#[derive(Debug, Default)]
pub(crate) struct Gathered;

impl Gathered {
    pub(crate) fn hear(&mut self, _piece: &Piece<'_>) {}
}

impl Mouth {
    pub(crate) fn of(_face: Face, _asked: &Asked) -> Self {
        Self
    }
    pub(crate) fn stamp(&mut self, _id: &str, _unix: u64) {}
    pub(crate) fn say(&mut self, _piece: &Piece<'_>, _out: &mut BytesMut) {}
    pub(crate) fn finish(&mut self, _out: &mut BytesMut) {}
    pub(crate) fn whole(&mut self, _gathered: &Gathered, _seen: &mut Seen) -> Bytes {
        Bytes::new()
    }
}

/// What ends a stream of this face that its upstream did not end.
pub(crate) fn closing(face: Face) -> &'static [u8] {
    match face {
        Face::Chat => b"data: [DONE]\n\n",
        Face::Messages => b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        _ => b"",
    }
}

/// The answer to `count_tokens` where no upstream counts: the upper bound of the request's tokens divided by four, which is
/// what English text comes to. An estimate: say so in a header.
pub fn counted(asked: &Asked) -> Bytes {
    let images = asked.images * crate::face::IMAGE_TOKENS;
    let tokens = asked.input_bound.saturating_sub(images).div_ceil(4) + images;
    Bytes::from(format!("{{\"input_tokens\":{tokens}}}"))
}
