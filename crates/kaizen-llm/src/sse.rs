//! Server-sent events and lines of JSON, cut out of bytes that arrive in any pieces.
//!
//! A frame is one event with the blank line that ends it, or one line: its raw bytes are handed over too, so that they can be
//! passed on as they came; all raw bytes together are the input. Lines may end in LF, CR LF or CR. What is not yet a whole
//! frame is held back, at most [`FRAME_LIMIT`] bytes of it. Nothing here knows JSON.

use crate::translate::Garbled;
use std::borrow::Cow;

/// The longest frame, in bytes.
pub const FRAME_LIMIT: usize = 8 * 1024 * 1024;

/// How a stream is cut into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `text/event-stream`.
    Sse,
    /// `application/x-ndjson`.
    Lines,
}

/// One event or line.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// All of its bytes, line ends and comments included.
    pub raw: &'a str,
    /// The event's name; empty where none is given.
    pub event: &'a str,
    /// Its data; several `data` lines are joined by LF. `None` for comments and blank lines.
    pub data: Option<Cow<'a, str>>,
}

/// Cuts a stream into frames.
#[derive(Debug)]
pub struct Frames {
    framing: Framing,
    held: Vec<u8>,
    scan: Scan,
}

/// How far the held bytes have been looked at: the start of the line under way, and the first byte not yet seen.
#[derive(Debug, Clone, Copy, Default)]
struct Scan {
    line: usize,
    next: usize,
}

impl Frames {
    /// At the beginning of a stream.
    pub fn new(framing: Framing) -> Self {
        Self { framing, held: Vec::new(), scan: Scan::default() }
    }

    /// Takes in the next bytes and hands over every frame that they complete.
    pub fn push(&mut self, bytes: &[u8], mut on: impl FnMut(Frame<'_>) -> Result<(), Garbled>) -> Result<(), Garbled> {
        if self.held.is_empty() {
            let rest = self.cut(bytes, &mut on)?;
            self.held.extend_from_slice(&bytes[rest..]);
        } else {
            let mut held = std::mem::take(&mut self.held);
            held.extend_from_slice(bytes);
            let rest = self.cut(&held, &mut on)?;
            held.drain(..rest);
            self.held = held;
        }
        if self.held.len() > FRAME_LIMIT { Err(Garbled::TooLong) } else { Ok(()) }
    }

    /// The stream has ended: hands over what is left as if it had been ended properly.
    pub fn finish(&mut self, mut on: impl FnMut(Frame<'_>) -> Result<(), Garbled>) -> Result<(), Garbled> {
        let held = std::mem::take(&mut self.held);
        self.scan = Scan::default();
        if held.is_empty() { Ok(()) } else { on(self.frame(&held)?) }
    }

    /// Hands over all whole frames and says where the first incomplete one begins.
    fn cut(&mut self, bytes: &[u8], on: &mut impl FnMut(Frame<'_>) -> Result<(), Garbled>) -> Result<usize, Garbled> {
        let mut start = 0;
        while let Some(end) = self.end(&bytes[start..]) {
            if end > FRAME_LIMIT {
                return Err(Garbled::TooLong);
            }
            self.scan = Scan::default();
            on(self.frame(&bytes[start..start + end])?)?;
            start += end;
        }
        Ok(start)
    }

    /// The end of the first frame.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(found) = memchr::memchr2(b'\n', b'\r', &bytes[self.scan.next..]) {
            let at = self.scan.next + found;
            // Whether a CR is followed by its LF is known only when one more byte is here.
            let after = match (bytes[at], bytes.get(at + 1)) {
                (b'\n', _) => at + 1,
                (_, Some(b'\n')) => at + 2,
                (_, Some(_)) => at + 1,
                (_, None) => {
                    self.scan.next = at;
                    return None;
                }
            };
            if self.framing == Framing::Lines || at == self.scan.line {
                return Some(after);
            }
            self.scan = Scan { line: after, next: after };
        }
        self.scan.next = bytes.len();
        None
    }

    fn frame<'a>(&self, bytes: &'a [u8]) -> Result<Frame<'a>, Garbled> {
        let raw = std::str::from_utf8(bytes).map_err(|_| Garbled::NotUtf8)?;
        match self.framing {
            Framing::Sse => Ok(event(raw)),
            Framing::Lines => {
                let line = raw.trim_start_matches('\u{feff}').trim();
                Ok(Frame { raw, event: "", data: (!line.is_empty()).then_some(Cow::Borrowed(line)) })
            }
        }
    }
}

fn event(raw: &str) -> Frame<'_> {
    let mut frame = Frame { raw, event: "", data: None };
    for line in raw.trim_start_matches('\u{feff}').split(['\n', '\r']) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => frame.data = Some(joined(frame.data.take(), value)),
            "event" => frame.event = value,
            _ => {}
        }
    }
    frame
}

fn joined<'a>(before: Option<Cow<'a, str>>, value: &'a str) -> Cow<'a, str> {
    match before {
        None => Cow::Borrowed(value),
        Some(before) => {
            let mut data = before.into_owned();
            data.push('\n');
            data.push_str(value);
            Cow::Owned(data)
        }
    }
}
