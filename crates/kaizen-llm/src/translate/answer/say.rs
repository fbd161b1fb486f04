//! Saying: pieces of an answer put into the shape a client expects. One file per shape, each for streams and whole answers.

mod chat;
mod messages;
mod ollama;
mod responses;

use super::Gathered;
use crate::face::{Asked, Face};
use crate::refusal::{Refusal, refusal};
use crate::translate::Garbled;
use crate::translate::piece::Piece;
use crate::wire::top::Top;
use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;

/// Name and date of an answer.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// Without the prefix that each shape has of its own.
    pub id: String,
    pub model: String,
    /// In seconds since 1970-01-01 UTC.
    pub created: u64,
    pub began: bool,
    stamped: Option<(String, u64)>,
}

impl Head {
    /// Takes over what the upstream said; what it did not say comes from the stamp.
    fn begin(&mut self, id: &str, model: &str, created: u64) {
        let (stamp, now) = self.stamped.clone().unwrap_or_default();
        self.began = true;
        self.id = if id.is_empty() { stamp } else { bare(id).to_owned() };
        self.created = if created == 0 { now } else { created };
        self.model = model.to_owned();
    }

    /// The id of a call that the upstream gave none.
    fn call(&self, id: &str, index: usize) -> String {
        if id.is_empty() { format!("call_{}_{index}", self.id) } else { id.to_owned() }
    }
}

/// An id without the prefix of its shape.
fn bare(id: &str) -> &str {
    ["chatcmpl-", "msg_", "resp_"].iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id)
}

/// Says an answer in a face's shape.
#[derive(Debug)]
pub(crate) struct Mouth {
    face: Face,
    head: Head,
    shape: Shape,
    /// For each call, whether any of its arguments were said.
    calls: Vec<bool>,
    /// Whether nothing more is to be said.
    closed: bool,
}

#[derive(Debug)]
enum Shape {
    Chat(chat::Mouth),
    Messages(messages::Mouth),
    Responses(Box<responses::Mouth>),
    Ollama(ollama::Mouth),
}

impl Mouth {
    pub(crate) fn of(face: Face, asked: &Asked, request: &Top<'_>) -> Self {
        let shape = match face {
            Face::Chat | Face::Embeddings => Shape::Chat(chat::Mouth::new(asked.wants_usage)),
            Face::Messages | Face::CountTokens => Shape::Messages(messages::Mouth::new(asked.wants_thinking)),
            Face::Responses => Shape::Responses(Box::new(responses::Mouth::new(request))),
            Face::OllamaChat => Shape::Ollama(ollama::Mouth::new(false)),
            Face::OllamaGenerate => Shape::Ollama(ollama::Mouth::new(true)),
        };
        Self { face, head: Head::default(), shape, calls: Vec::new(), closed: false }
    }

    pub(crate) fn stamp(&mut self, id: &str, unix: u64) {
        self.head.stamped = Some((id.to_owned(), unix));
    }

    /// Puts what a client gets for a piece of a stream behind `out`.
    pub(crate) fn say(&mut self, piece: &Piece<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        match piece {
            _ if self.closed => Ok(()),
            Piece::Elsewhere(_) => Ok(()),
            Piece::Start { id, model, created } => self.begin(id, model, *created, out),
            Piece::Failed { kind, message } => self.fail(&Refusal::inside(kind, message), out),
            Piece::End => self.finish(out),
            other => {
                self.begin("", "", 0, out)?;
                self.count(other, out)?;
                self.piece(other, out)
            }
        }
    }

    /// Clients read arguments as JSON: a call that ends without any has the empty object.
    fn count(&mut self, piece: &Piece<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        match *piece {
            Piece::Call { .. } => self.calls.push(false),
            Piece::Arguments { index, .. } => {
                if let Some(said) = self.calls.get_mut(index) {
                    *said = true;
                }
            }
            Piece::Finish { .. } => {
                for (index, said) in std::mem::take(&mut self.calls).into_iter().enumerate() {
                    if !said {
                        self.piece(&Piece::Arguments { index, json: "{}" }, out)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// An upstream's sign of life, so that nobody in between gives up; lines of JSON have none.
    pub(crate) fn keep_alive(&self, raw: &str, out: &mut BytesMut) {
        let events = !matches!(self.face, Face::OllamaChat | Face::OllamaGenerate);
        if raw.starts_with(':') && events && !self.closed {
            out.extend_from_slice(b": waiting\n\n");
        }
    }

    fn begin(&mut self, id: &str, model: &str, created: u64, out: &mut BytesMut) -> Result<(), Garbled> {
        if self.head.began {
            return Ok(());
        }
        self.head.begin(id, model, created);
        match &mut self.shape {
            Shape::Chat(mouth) => mouth.begin(&self.head, out),
            Shape::Messages(mouth) => mouth.begin(&self.head, out),
            Shape::Responses(mouth) => mouth.begin(&self.head, out),
            Shape::Ollama(_) => Ok(()),
        }
    }

    fn piece(&mut self, piece: &Piece<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        match &mut self.shape {
            Shape::Chat(mouth) => mouth.piece(&self.head, piece, out),
            Shape::Messages(mouth) => mouth.piece(&self.head, piece, out),
            Shape::Responses(mouth) => mouth.piece(&self.head, piece, out),
            Shape::Ollama(mouth) => mouth.piece(&self.head, piece, out),
        }
    }

    fn fail(&mut self, refusal: &Refusal, out: &mut BytesMut) -> Result<(), Garbled> {
        self.closed = true;
        if let Shape::Responses(mouth) = &mut self.shape {
            mouth.begin_once(&self.head, out)?;
            return mouth.fail(&self.head, refusal, out);
        }
        out.extend_from_slice(&crate::refusal::stream_refusal(self.face, refusal));
        Ok(())
    }

    /// Ends the stream, once.
    pub(crate) fn finish(&mut self, out: &mut BytesMut) -> Result<(), Garbled> {
        if self.closed {
            return Ok(());
        }
        self.begin("", "", 0, out)?;
        self.closed = true;
        match &mut self.shape {
            Shape::Chat(mouth) => mouth.finish(&self.head, out),
            Shape::Messages(mouth) => mouth.finish(&self.head, out),
            Shape::Responses(mouth) => mouth.finish(&self.head, out),
            Shape::Ollama(mouth) => mouth.finish(&self.head, out),
        }
    }

    /// A whole answer with what the upstream said of its name and date.
    pub(crate) fn whole(&mut self, id: &str, model: &str, created: u64, gathered: &Gathered) -> Result<Bytes, Garbled> {
        if let Some((kind, message)) = &gathered.failed {
            return Ok(refusal(self.face, &Refusal::inside(kind, message)).1);
        }
        self.head.begin(id, model, created);
        match &mut self.shape {
            Shape::Chat(mouth) => mouth.whole(&self.head, gathered),
            Shape::Messages(mouth) => mouth.whole(&self.head, gathered),
            Shape::Responses(mouth) => mouth.whole(&self.head, gathered),
            Shape::Ollama(mouth) => mouth.whole(&self.head, gathered),
        }
    }
}

/// Puts JSON behind `out`.
fn json(value: &impl Serialize, out: &mut BytesMut) -> Result<(), Garbled> {
    serde_json::to_writer(out.writer(), value).map_err(|error| Garbled::json(&error))
}

/// A whole answer as bytes.
pub(super) fn bytes(value: &impl Serialize) -> Result<Bytes, Garbled> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|error| Garbled::json(&error))
}

/// An event of a stream, with its name where it has one.
fn event(name: Option<&str>, value: &impl Serialize, out: &mut BytesMut) -> Result<(), Garbled> {
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\n");
    }
    out.extend_from_slice(b"data: ");
    json(value, out)?;
    out.extend_from_slice(b"\n\n");
    Ok(())
}

/// The arguments of a call as an object, for shapes that do not carry them as text.
fn object(arguments: &str) -> Result<Box<serde_json::value::RawValue>, Garbled> {
    let text = if arguments.trim().is_empty() { "{}" } else { arguments.trim() };
    let raw = serde_json::from_str::<Box<serde_json::value::RawValue>>(text).ok().filter(|raw| raw.get().starts_with('{'));
    raw.ok_or_else(|| Garbled::NotAnAnswer("the arguments of a tool call are no JSON object".into()))
}
