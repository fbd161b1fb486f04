//! Hearing: what an upstream says, taken apart into pieces. One file per shape.

mod chat;
mod messages;
mod ollama;

use crate::face::{Face, Tongue};
use crate::translate::Garbled;
use crate::translate::piece::Sink;

/// What has to be done with an event that is passed on as it is; nothing by default.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// It carries usage and nothing else.
    pub usage_only: bool,
    /// These entries have to be added at the beginning of its object; each has its comma.
    pub lacking: String,
}

/// Hears one upstream.
#[derive(Debug)]
pub(crate) struct Ear {
    shape: Shape,
    /// Whether everything has to be understood, because it will be said anew.
    strict: bool,
}

#[derive(Debug)]
enum Shape {
    Chat(chat::Ear),
    Messages(messages::Ear),
    Ollama(ollama::Ear),
}

impl Ear {
    pub(crate) fn of(face: Face, tongue: Tongue) -> Self {
        let shape = match tongue {
            Tongue::OpenAi => Shape::Chat(chat::Ear::default()),
            Tongue::Anthropic => Shape::Messages(messages::Ear::default()),
            Tongue::Ollama => Shape::Ollama(ollama::Ear::default()),
        };
        Self { shape, strict: face.tongue() != Some(tongue) }
    }

    /// One event of a stream.
    pub(crate) fn event(&mut self, name: &str, data: &str, sink: Sink<'_>) -> Result<Heard, Garbled> {
        match &mut self.shape {
            Shape::Chat(ear) => ear.event(data, self.strict, sink),
            Shape::Messages(ear) => ear.event(name, data, self.strict, sink).map(|()| Heard::default()),
            Shape::Ollama(ear) => ear.event(data, self.strict, sink).map(|()| Heard::default()),
        }
    }

    /// A whole answer.
    pub(crate) fn whole(&mut self, text: &str, sink: Sink<'_>) -> Result<(), Garbled> {
        match &mut self.shape {
            Shape::Chat(ear) => ear.whole(text, self.strict, sink),
            Shape::Messages(ear) => ear.whole(text, self.strict, sink),
            Shape::Ollama(ear) => ear.whole(text, self.strict, sink),
        }
    }

    /// Whether all that matters has been said, though not that it was all. Ollama says both at once.
    pub(crate) fn may_end(&self) -> bool {
        match &self.shape {
            Shape::Chat(ear) => ear.finished,
            Shape::Messages(ear) => ear.finished,
            Shape::Ollama(_) => false,
        }
    }
}
