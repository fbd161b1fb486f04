//! The reader of one answer: cuts it into frames, hears them, and passes them on as they are or says them anew.

use super::Garbled;
use super::answer::hear::{Ear, Heard};
use super::answer::say::Mouth;
use super::answer::{Gathered, closing, embeddings};
use super::piece::Piece;
use crate::face::{Asked, Face, Tongue};
use crate::seen::Seen;
use crate::sse::{Frame, Frames, Framing};
use crate::wire::top::Top;
use bytes::{Bytes, BytesMut};
use std::borrow::Cow;

/// Turns what the upstream sends into what the client expects, and watches. One per call.
#[derive(Debug)]
pub struct Reader {
    face: Face,
    tongue: Tongue,
    frames: Frames,
    passage: Passage,
    /// Embeddings are wanted as base64.
    packed: bool,
    broken: Option<Garbled>,
}

/// What a frame passes through.
#[derive(Debug)]
struct Passage {
    ear: Ear,
    /// Absent with the same tongue: bytes are passed on.
    mouth: Option<Mouth>,
    drops_usage: bool,
    seen: Seen,
}

impl Reader {
    /// For an answer in the client's own shape.
    pub(super) fn passing(face: Face, tongue: Tongue, asked: &Asked) -> Self {
        Self::new(face, tongue, asked, None)
    }

    /// For an answer that is said in another shape; that of responses repeats a part of its request.
    pub(super) fn translating(face: Face, tongue: Tongue, asked: &Asked, request: &Top<'_>) -> Self {
        Self::new(face, tongue, asked, Some(Mouth::of(face, asked, request)))
    }

    fn new(face: Face, tongue: Tongue, asked: &Asked, mouth: Option<Mouth>) -> Self {
        let framing = if tongue == Tongue::Ollama { Framing::Lines } else { Framing::Sse };
        let passage = Passage { ear: Ear::of(face, tongue), mouth, drops_usage: !asked.wants_usage, seen: Seen::default() };
        Self { face, tongue, frames: Frames::new(framing), passage, packed: asked.base64, broken: None }
    }

    /// What the answer is called and dated with where the upstream has no id (Ollama) or no time (Anthropic): an id without
    /// a prefix, unique and made of letters, digits, `-` and `_`, and seconds since 1970-01-01 UTC. To be called before the
    /// first bytes. Without it such an id is derived from what the upstream says, and such a time is 0.
    pub fn stamp(&mut self, id: &str, unix: u64) {
        if let Some(mouth) = &mut self.passage.mouth {
            mouth.stamp(id, unix);
        }
    }

    /// Takes in a whole answer. An error that came with a good status is said in the face's shape: see [`Seen::failure`].
    pub fn whole(&mut self, body: Bytes) -> Result<Bytes, Garbled> {
        let owned = body.clone();
        let text = std::str::from_utf8(&owned).map_err(|_| Garbled::NotUtf8)?;
        let Passage { ear, mouth, seen, .. } = &mut self.passage;
        match mouth {
            _ if self.face == Face::Embeddings => embeddings::whole(self.tongue, self.packed, body, text, &mut |piece| seen.hear(&piece)),
            Some(mouth) => anew(ear, mouth, seen, text),
            None => ear.whole(text, &mut |piece| seen.hear(&piece)).map(|()| body),
        }
    }

    /// Takes in the next bytes of a stream and puts behind `out` what the client gets for them. After an error there is
    /// nothing more to be had; what was put into `out` before it is right.
    pub fn push(&mut self, bytes: &[u8], out: &mut BytesMut) -> Result<(), Garbled> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let Self { frames, passage, .. } = self;
        let pushed = frames.push(bytes, |frame| passage.take(&frame, out));
        self.broken = pushed.clone().err();
        pushed
    }

    /// The upstream has ended: puts what is missing at the end behind `out` (`[DONE]`, `message_stop`,
    /// `response.completed`), or says that the answer was cut. An upstream that failed inside the stream has been reported
    /// there; that is no error here, but [`Seen::failure`].
    pub fn finish(&mut self, out: &mut BytesMut) -> Result<(), Garbled> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let Self { frames, passage, tongue, .. } = self;
        let before = out.len();
        let mut open: &[u8] = b"";
        let last = frames.finish(|frame| {
            open = missing(&frame, *tongue);
            passage.take(&frame, out)
        });
        let ended = match last {
            // What is left is the beginning of an event.
            Err(_) => Err(Garbled::Cut),
            Ok(()) => self.close(open, out),
        };
        if ended.is_err() {
            out.truncate(before);
        }
        self.broken = ended.clone().err();
        ended
    }

    /// What is known of the answer, at any time.
    pub fn seen(&self) -> &Seen {
        &self.passage.seen
    }

    /// What is known of an answer that is over.
    pub fn into_seen(self) -> Seen {
        self.passage.seen
    }

    /// `open`: what has to be put behind the last event to end it.
    fn close(&mut self, open: &[u8], out: &mut BytesMut) -> Result<(), Garbled> {
        let Passage { ear, mouth, seen, .. } = &mut self.passage;
        let failed = seen.failure.is_some();
        if !(seen.complete || failed || ear.may_end()) {
            return Err(Garbled::Cut);
        }
        match mouth {
            Some(mouth) => mouth.finish(out)?,
            None => {
                out.extend_from_slice(open);
                if !(seen.complete || failed) {
                    out.extend_from_slice(closing(self.face));
                }
            }
        }
        seen.complete = !failed;
        Ok(())
    }
}

/// What ends a frame that its upstream did not end.
fn missing(frame: &Frame<'_>, tongue: Tongue) -> &'static [u8] {
    match frame.raw {
        _ if frame.data.is_none() => b"",
        _ if tongue == Tongue::Ollama => b"\n",
        // A CR may have been held back to see whether an LF follows.
        raw if raw.ends_with("\r\r") || raw.ends_with("\n\r") => b"",
        raw if raw.ends_with(['\n', '\r']) => b"\n",
        _ => b"\n\n",
    }
}

/// A whole answer in another shape.
fn anew(ear: &mut Ear, mouth: &mut Mouth, seen: &mut Seen, text: &str) -> Result<Bytes, Garbled> {
    let mut gathered = Gathered::default();
    let mut head = (String::new(), String::new(), 0);
    let mut fault = None;
    ear.whole(text, &mut |piece| {
        seen.hear(&piece);
        if let Piece::Start { id, model, created } = piece {
            head = (id.to_owned(), model.to_owned(), created);
        }
        fault = fault.take().or_else(|| gathered.hear(&piece).err());
    })?;
    match fault {
        Some(fault) => Err(fault),
        None => mouth.whole(&head.0, &head.1, head.2, &gathered),
    }
}

impl Passage {
    /// Hears one frame and passes it on.
    fn take(&mut self, frame: &Frame<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        let Self { ear, mouth, seen, drops_usage } = self;
        if seen.complete || seen.failure.is_some() {
            return Ok(());
        }
        match (&frame.data, mouth) {
            (None, None) => out.extend_from_slice(frame.raw.as_bytes()),
            (None, Some(mouth)) => mouth.keep_alive(frame.raw, out),
            (Some(data), None) => {
                let heard = ear.event(frame.event, data, &mut |piece| seen.hear(&piece))?;
                pass(&heard, *drops_usage, frame, out);
            }
            (Some(data), Some(mouth)) => {
                let mut fault = None;
                ear.event(frame.event, data, &mut |piece| {
                    seen.hear(&piece);
                    fault = fault.take().or_else(|| mouth.say(&piece, out).err());
                })?;
                return fault.map_or(Ok(()), Err);
            }
        }
        Ok(())
    }
}

fn pass(heard: &Heard, drops_usage: bool, frame: &Frame<'_>, out: &mut BytesMut) {
    if heard.usage_only && drops_usage {
        return;
    }
    if heard.lacking.is_empty() {
        return out.extend_from_slice(frame.raw.as_bytes());
    }
    // Only the missing keys are added; what the upstream wrote stays as it is.
    let data = frame.data.as_deref().unwrap_or_default();
    let at = data.find('{').map_or(0, |at| at + 1);
    let before = place_in(frame).unwrap_or("data: ");
    let after = place_in(frame).map_or("\n\n", |before| &frame.raw[before.len() + data.len()..]);
    for text in [before, &data[..at], &heard.lacking, &data[at..], after] {
        out.extend_from_slice(text.as_bytes());
    }
}

/// What stands before the data of a frame; absent where the data are put together of several lines.
fn place_in<'f>(frame: &Frame<'f>) -> Option<&'f str> {
    match frame.data {
        Some(Cow::Borrowed(data)) => Some(&frame.raw[..(data.as_ptr() as usize).saturating_sub(frame.raw.as_ptr() as usize)]),
        _ => None,
    }
}
