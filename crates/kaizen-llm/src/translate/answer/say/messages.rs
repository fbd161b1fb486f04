//! Anthropic's messages: events, and whole answers.
//!
//! Blocks of a stream follow one another and never overlap. An upstream may write the arguments of several calls by turns:
//! the first call's go out as they come, those of the others when it is their turn at the end.

use super::super::Gathered;
use super::super::gathered::{Item, Went};
use super::{Head, bytes, event, object};
use crate::translate::Garbled;
use crate::translate::piece::Piece;
use bytes::{Bytes, BytesMut};
use kaizen_domain::money::Usage;
use serde::Serialize;
use serde_json::value::RawValue;

/// What a stream has to remember.
#[derive(Debug)]
pub(crate) struct Mouth {
    /// Whether reasoning is told: only who asked for it expects it.
    thinks: bool,
    gathered: Gathered,
    /// The item whose block is open.
    open: Option<usize>,
    /// How many blocks were begun.
    blocks: u64,
    /// The calls that wait for their turn.
    waiting: Vec<usize>,
}

#[derive(Serialize)]
struct Message<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    role: &'static str,
    model: &'a str,
    content: Vec<Block<'a>>,
    stop_reason: Option<&'static str>,
    stop_sequence: Option<&'a str>,
    usage: UsageOf,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    Thinking { thinking: &'a str, signature: &'a str },
    Text { text: &'a str },
    ToolUse { id: String, name: &'a str, input: Box<RawValue> },
}

#[derive(Default, Serialize)]
struct UsageOf {
    input_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
    output_tokens: u64,
}

impl From<Usage> for UsageOf {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.input.saturating_sub(usage.cache_read).saturating_sub(usage.cache_write),
            cache_creation_input_tokens: usage.cache_write,
            cache_read_input_tokens: usage.cache_read,
            output_tokens: usage.output,
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    MessageStart { message: Message<'a> },
    ContentBlockStart { index: u64, content_block: Block<'a> },
    ContentBlockDelta { index: u64, delta: Delta<'a> },
    ContentBlockStop { index: u64 },
    MessageDelta { delta: Stop<'a>, usage: UsageOf },
    MessageStop,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Delta<'a> {
    #[serde(rename = "text_delta")]
    Text { text: &'a str },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: &'a str },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: &'a str },
    #[serde(rename = "signature_delta")]
    Signature { signature: &'a str },
}

#[derive(Serialize)]
struct Stop<'a> {
    stop_reason: Option<&'static str>,
    stop_sequence: Option<&'a str>,
}

impl Event<'_> {
    fn say(&self, out: &mut BytesMut) -> Result<(), Garbled> {
        let name = match self {
            Self::MessageStart { .. } => "message_start",
            Self::ContentBlockStart { .. } => "content_block_start",
            Self::ContentBlockDelta { .. } => "content_block_delta",
            Self::ContentBlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStop => "message_stop",
        };
        event(Some(name), self, out)
    }
}

impl Mouth {
    pub(crate) fn new(thinks: bool) -> Self {
        Self { thinks, gathered: Gathered::default(), open: None, blocks: 0, waiting: Vec::new() }
    }

    pub(crate) fn begin(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        let message = message(head, Vec::new(), Stop { stop_reason: None, stop_sequence: None }, UsageOf::default());
        Event::MessageStart { message }.say(out)
    }

    pub(crate) fn piece(&mut self, head: &Head, piece: &Piece<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        if matches!(piece, Piece::Thought(_) | Piece::Signature(_)) && !self.thinks {
            return Ok(());
        }
        let Some(went) = self.gathered.hear(piece)? else { return Ok(()) };
        match *piece {
            Piece::Call { .. } if self.in_call() => {
                self.waiting.push(went.item);
                return Ok(());
            }
            Piece::Arguments { .. } if self.open != Some(went.item) => return Ok(()),
            _ => {}
        }
        self.turn_to(head, went, out)?;
        let delta = match *piece {
            Piece::Text(text) | Piece::Refusal(text) => Delta::Text { text },
            Piece::Thought(thinking) => Delta::Thinking { thinking },
            Piece::Signature(signature) => Delta::Signature { signature },
            Piece::Arguments { json, .. } => Delta::InputJson { partial_json: json },
            _ => return Ok(()),
        };
        self.delta(delta, out)
    }

    fn in_call(&self) -> bool {
        self.open.is_some_and(|open| matches!(self.gathered.items.get(open), Some(Item::Call { .. })))
    }

    fn delta(&self, delta: Delta<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        Event::ContentBlockDelta { index: self.blocks.saturating_sub(1), delta }.say(out)
    }

    /// Opens the block of an item, once what was open is closed.
    fn turn_to(&mut self, head: &Head, went: Went, out: &mut BytesMut) -> Result<(), Garbled> {
        if self.open == Some(went.item) {
            return Ok(());
        }
        self.close(head, out)?;
        self.start(head, went.item, out)
    }

    fn start(&mut self, head: &Head, item: usize, out: &mut BytesMut) -> Result<(), Garbled> {
        let content_block = match &self.gathered.items[item] {
            Item::Text(_) | Item::Refusal(_) => Block::Text { text: "" },
            Item::Thought { .. } => Block::Thinking { thinking: "", signature: "" },
            Item::Call { id, name, .. } => Block::ToolUse { id: head.call(id, item), name, input: object("")? },
        };
        Event::ContentBlockStart { index: self.blocks, content_block }.say(out)?;
        self.open = Some(item);
        self.blocks += 1;
        Ok(())
    }

    /// Closes what is open, and says the calls that have waited for that.
    fn close(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        self.stop(out)?;
        for item in std::mem::take(&mut self.waiting) {
            self.start(head, item, out)?;
            if let Item::Call { arguments, .. } = &self.gathered.items[item]
                && !arguments.is_empty()
            {
                self.delta(Delta::InputJson { partial_json: arguments }, out)?;
            }
            self.stop(out)?;
        }
        Ok(())
    }

    fn stop(&mut self, out: &mut BytesMut) -> Result<(), Garbled> {
        match self.open.take() {
            Some(_) => Event::ContentBlockStop { index: self.blocks - 1 }.say(out),
            None => Ok(()),
        }
    }

    /// The reason to stop waits for the usage, which may come after it.
    pub(crate) fn finish(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        self.close(head, out)?;
        let usage = self.gathered.usage.map(UsageOf::from).unwrap_or_default();
        Event::MessageDelta { delta: stop(&self.gathered), usage }.say(out)?;
        Event::MessageStop.say(out)
    }

    pub(crate) fn whole(&self, head: &Head, gathered: &Gathered) -> Result<Bytes, Garbled> {
        let mut content = Vec::new();
        for (index, item) in gathered.items.iter().enumerate() {
            match item {
                Item::Thought { .. } if !self.thinks => {}
                Item::Thought { text, signature } => content.push(Block::Thinking { thinking: text, signature }),
                Item::Text(text) | Item::Refusal(text) => content.push(Block::Text { text }),
                Item::Call { id, name, arguments } => {
                    content.push(Block::ToolUse { id: head.call(id, index), name, input: object(arguments)? });
                }
            }
        }
        let usage = gathered.usage.map(UsageOf::from).unwrap_or_default();
        bytes(&message(head, content, stop(gathered), usage))
    }
}

fn stop(gathered: &Gathered) -> Stop<'_> {
    let refused = gathered.items.iter().any(|item| item.as_refusal().is_some());
    let stop_reason = match gathered.reason() {
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        _ if refused => "refusal",
        _ if gathered.sequence.is_some() => "stop_sequence",
        _ => "end_turn",
    };
    Stop { stop_reason: Some(stop_reason), stop_sequence: gathered.sequence.as_deref() }
}

fn message<'a>(head: &'a Head, content: Vec<Block<'a>>, stop: Stop<'a>, usage: UsageOf) -> Message<'a> {
    let Stop { stop_reason, stop_sequence } = stop;
    let id = format!("msg_{}", head.id);
    Message { id, kind: "message", role: "assistant", model: &head.model, content, stop_reason, stop_sequence, usage }
}
