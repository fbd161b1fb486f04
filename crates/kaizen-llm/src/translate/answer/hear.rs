//! Hearing: what an upstream says, taken apart into pieces. One file per shape.

pub(crate) mod chat;

use super::super::Garbled;
use super::super::piece::Sink;
use crate::face::{Face, Tongue};

/// What has to be done with an event that is passed on as it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing.
    Plain,
    /// It carries usage and nothing else.
    UsageOnly,
    /// These entries have to be added at the beginning of its object; each has its comma.
    Lacking(String),
}

/// Hears one upstream.
#[derive(Debug)]
pub(crate) enum Ear {
    Chat(chat::Ear, bool),
}

impl Ear {
    pub(crate) fn of(face: Face, tongue: Tongue) -> Self {
        match tongue {
            Tongue::OpenAi | Tongue::Anthropic | Tongue::Ollama => Self::Chat(chat::Ear::default(), face.tongue() != Some(tongue)),
        }
    }

    /// One event of a stream.
    pub(crate) fn event(&mut self, _name: &str, data: &str, sink: Sink<'_>) -> Result<Heard, Garbled> {
        match self {
            Self::Chat(ear, strict) => ear.event(data, *strict, sink),
        }
    }

    /// A whole answer.
    pub(crate) fn whole(&mut self, text: &str, sink: Sink<'_>) -> Result<(), Garbled> {
        match self {
            Self::Chat(ear, strict) => ear.whole(text, *strict, sink),
        }
    }

    /// Whether all that matters has been said, though not that it was all.
    pub(crate) fn may_end(&self) -> bool {
        match self {
            Self::Chat(ear, _) => ear.finished,
        }
    }

    /// What ends an event that the upstream did not end.
    pub(crate) fn blank(&self) -> &'static [u8] {
        b"\n\n"
    }
}
