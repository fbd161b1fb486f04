//! The reader of one answer: cuts it into frames, hears them, and passes them on as they are or says them anew.

use super::answer::{Gathered, Mouth};
use super::piece::Piece;
use super::{Garbled, Target};
use crate::face::{Asked, Face, Tongue};
use crate::seen::Seen;
use crate::sse::{Frame, Frames, Framing};
use crate::translate::answer::hear::{Ear, Heard};
use bytes::{Bytes, BytesMut};

/// Turns what the upstream sends into what the client expects, and watches. One per call.
#[derive(Debug)]
pub struct Reader {
    face: Face,
    frames: Frames,
    ear: Ear,
    /// Absent with the same tongue: bytes are passed on.
    mouth: Option<Mouth>,
    drop_usage: bool,
    seen: Seen,
    broken: Option<Garbled>,
}

impl Reader {
    pub(super) fn between(face: Face, target: &Target<'_>, asked: &Asked) -> Self {
        let framing = if target.tongue == Tongue::Ollama { Framing::Lines } else { Framing::Sse };
        Self {
            face,
            frames: Frames::new(framing),
            ear: Ear::of(face, target.tongue),
            mouth: (face.tongue() != Some(target.tongue)).then(|| Mouth::of(face, asked)),
            drop_usage: !asked.wants_usage,
            seen: Seen::default(),
            broken: None,
        }
    }

    /// What the answer is called and dated with where the upstream has no id (Ollama) or no time (Anthropic): an id without
    /// a prefix, unique and made of letters, digits, `-` and `_`, and seconds since 1970-01-01 UTC. Without this such an id
    /// is derived from what the upstream says, and the time is 0.
    pub fn stamp(&mut self, id: &str, unix: u64) {
        if let Some(mouth) = &mut self.mouth {
            mouth.stamp(id, unix);
        }
    }

    /// Takes in a whole answer. An error that came with a good status is passed on too: see [`Seen::failure`].
    pub fn whole(&mut self, body: Bytes) -> Result<Bytes, Garbled> {
        let text = std::str::from_utf8(&body).map_err(|_| Garbled::NotUtf8)?;
        let Self { ear, seen, mouth, .. } = self;
        let mut gathered = Gathered::default();
        let translated = mouth.is_some();
        let heard = ear.whole(text, &mut |piece: Piece<'_>| {
            seen.hear(&piece);
            if translated {
                gathered.hear(&piece);
            }
        });
        match (heard, mouth) {
            (Err(error), _) => Err(error),
            (Ok(()), None) => Ok(body),
            (Ok(()), Some(mouth)) => Ok(mouth.whole(&gathered, &mut self.seen)),
        }
    }

    /// Takes in the next bytes of a stream and puts behind `out` what the client gets for them. After an error there is
    /// nothing more to be had; what was put into `out` before it is right.
    pub fn push(&mut self, bytes: &[u8], out: &mut BytesMut) -> Result<(), Garbled> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let Self { frames, ear, mouth, seen, drop_usage, .. } = self;
        let pushed = frames.push(bytes, |frame| take(ear, mouth, seen, *drop_usage, &frame, out));
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
        let Self { frames, ear, mouth, seen, drop_usage, .. } = self;
        let mut open = false;
        let last = frames.finish(|frame| {
            open = true;
            take(ear, mouth, seen, *drop_usage, &frame, out)
        });
        let ended = last.map_err(|_| Garbled::Cut).and_then(|()| self.close(open, out));
        self.broken = ended.clone().err();
        ended
    }

    /// What is known of the answer, at any time.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    fn close(&mut self, open: bool, out: &mut BytesMut) -> Result<(), Garbled> {
        if self.seen.failure.is_some() {
            return Ok(());
        }
        if !self.seen.complete && !self.ear.may_end() {
            return Err(Garbled::Cut);
        }
        match &mut self.mouth {
            Some(mouth) => mouth.finish(out),
            // The last event had no blank line behind it.
            None if open => out.extend_from_slice(self.ear.blank()),
            None => {}
        }
        if self.mouth.is_none() && !self.seen.complete {
            out.extend_from_slice(super::answer::closing(self.face));
        }
        self.seen.complete = true;
        Ok(())
    }
}

/// Hears one frame and passes it on.
fn take(
    ear: &mut Ear,
    mouth: &mut Option<Mouth>,
    seen: &mut Seen,
    drop_usage: bool,
    frame: &Frame<'_>,
    out: &mut BytesMut,
) -> Result<(), Garbled> {
    if seen.complete || seen.failure.is_some() {
        return Ok(());
    }
    let Some(mouth) = mouth else {
        let heard = match &frame.data {
            Some(data) => ear.event(frame.event, data, &mut |piece: Piece<'_>| seen.hear(&piece))?,
            None => Heard::Plain,
        };
        pass(heard, drop_usage, frame, out);
        return Ok(());
    };
    let Some(data) = &frame.data else { return Ok(()) };
    ear.event(frame.event, data, &mut |piece: Piece<'_>| {
        seen.hear(&piece);
        mouth.say(&piece, out);
    })?;
    Ok(())
}

fn pass(heard: Heard, drop_usage: bool, frame: &Frame<'_>, out: &mut BytesMut) {
    match heard {
        Heard::UsageOnly if drop_usage => {}
        Heard::Lacking(missing) => {
            // Only the missing keys are added; what the upstream wrote stays as it is.
            let at = frame.raw.find('{').map_or(0, |at| at + 1);
            out.extend_from_slice(&frame.raw.as_bytes()[..at]);
            out.extend_from_slice(missing.as_bytes());
            out.extend_from_slice(&frame.raw.as_bytes()[at..]);
        }
        Heard::Plain | Heard::UsageOnly => out.extend_from_slice(frame.raw.as_bytes()),
    }
}
