//! OpenAI's responses: typed events, and whole answers.
//!
//! The place of an item among the gathered ones is its `output_index`. Every event has the next sequence number; the last one
//! is `response.completed`, `response.incomplete` or `response.failed`, and nothing follows it.

mod shape;

use super::super::Gathered;
use super::super::gathered::{Item, Went};
use super::{Head, bytes, event};
use crate::refusal::Refusal;
use crate::translate::Garbled;
use crate::translate::piece::Piece;
use crate::wire::top::Top;
use bytes::{Bytes, BytesMut};
use serde::Serialize;
use shape::{At, Delta, Done, Echo, ErrorOf, ItemAt, Numbered, PartAt, Response, Whole, item, item_id, items, part};

/// What a stream has to remember.
#[derive(Debug)]
pub(crate) struct Mouth {
    echo: Echo,
    gathered: Gathered,
    /// The items that are not done; calls stay open until the end, since their arguments may come by turns.
    open: Vec<usize>,
    sequence: u64,
    began: bool,
}

impl Mouth {
    pub(crate) fn new(request: &Top<'_>) -> Self {
        Self { echo: Echo::of(request), gathered: Gathered::default(), open: Vec::new(), sequence: 0, began: false }
    }

    pub(crate) fn begin(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        self.began = true;
        for name in ["response.created", "response.in_progress"] {
            self.response(name, head, "in_progress", None, out)?;
        }
        Ok(())
    }

    pub(crate) fn begin_once(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        if self.began { Ok(()) } else { self.begin(head, out) }
    }

    pub(crate) fn piece(&mut self, head: &Head, piece: &Piece<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        let Some(went) = self.gathered.hear(piece)? else { return Ok(()) };
        if went.new {
            self.added(head, went, out)?;
        }
        let (name, delta) = match *piece {
            Piece::Text(text) => ("response.output_text.delta", text),
            Piece::Refusal(text) => ("response.refusal.delta", text),
            Piece::Thought(text) => ("response.reasoning_text.delta", text),
            Piece::Arguments { json, .. } => ("response.function_call_arguments.delta", json),
            _ => return Ok(()),
        };
        let at = self.at(head, went.item);
        let logprobs = matches!(piece, Piece::Text(_)).then_some([]);
        self.emit(name, &Delta { at, delta, logprobs }, out)
    }

    /// A new item closes the message or the reasoning before it.
    fn added(&mut self, head: &Head, went: Went, out: &mut BytesMut) -> Result<(), Garbled> {
        self.close(head, out, |item| !matches!(item, Item::Call { .. }))?;
        self.open.push(went.item);
        let empty = match &self.gathered.items[went.item] {
            Item::Text(_) => Item::Text(String::new()),
            Item::Refusal(_) => Item::Refusal(String::new()),
            Item::Thought { .. } => Item::Thought { text: String::new(), signature: String::new() },
            call @ Item::Call { .. } => call.clone(),
        };
        let index = went.item;
        let at = ItemAt { output_index: index, item: item(head, index, &empty, "in_progress") };
        self.emit("response.output_item.added", &at, out)?;
        if matches!(empty, Item::Call { .. }) {
            return Ok(());
        }
        let at = self.at(head, index);
        self.emit("response.content_part.added", &PartAt { at, part: part(&empty) }, out)
    }

    fn close(&mut self, head: &Head, out: &mut BytesMut, which: impl Fn(&Item) -> bool) -> Result<(), Garbled> {
        let items = &self.gathered.items;
        let (closed, open) = std::mem::take(&mut self.open).into_iter().partition(|index| items.get(*index).is_some_and(&which));
        self.open = open;
        for index in Vec::<usize>::into_iter(closed) {
            // A copy, because the gathered items are needed while it is said.
            let kept = self.gathered.items[index].clone();
            self.done(head, index, &kept, out)?;
        }
        Ok(())
    }

    fn done(&mut self, head: &Head, index: usize, kept: &Item, out: &mut BytesMut) -> Result<(), Garbled> {
        let at = self.at(head, index);
        let done = Done::of(at.clone(), kept);
        let name = match kept {
            Item::Text(_) => "response.output_text.done",
            Item::Refusal(_) => "response.refusal.done",
            Item::Thought { .. } => "response.reasoning_text.done",
            Item::Call { .. } => "response.function_call_arguments.done",
        };
        self.emit(name, &done, out)?;
        if !matches!(kept, Item::Call { .. }) {
            self.emit("response.content_part.done", &PartAt { at, part: part(kept) }, out)?;
        }
        let at = ItemAt { output_index: index, item: item(head, index, kept, "completed") };
        self.emit("response.output_item.done", &at, out)
    }

    fn at(&self, head: &Head, index: usize) -> At {
        let kept = &self.gathered.items[index];
        let content_index = (!matches!(kept, Item::Call { .. })).then_some(0);
        At { item_id: item_id(head, index, kept), output_index: index, content_index }
    }

    pub(crate) fn finish(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        self.close(head, out, |_| true)?;
        let status = status(&self.gathered);
        let name = if status == "completed" { "response.completed" } else { "response.incomplete" };
        self.response(name, head, status, None, out)
    }

    pub(crate) fn fail(&mut self, head: &Head, refusal: &Refusal, out: &mut BytesMut) -> Result<(), Garbled> {
        let code = refusal.code.as_deref().unwrap_or(refusal.kind);
        self.response("response.failed", head, "failed", Some(ErrorOf { code, message: &refusal.message }), out)
    }

    fn response(
        &mut self,
        name: &'static str,
        head: &Head,
        status: &'static str,
        error: Option<ErrorOf<'_>>,
        out: &mut BytesMut,
    ) -> Result<(), Garbled> {
        let numbered = Numbered {
            kind: name,
            sequence_number: self.sequence,
            body: &Whole { response: Response { head, status, error, gathered: &self.gathered, echo: &self.echo } },
        };
        self.sequence += 1;
        event(Some(name), &numbered, out)
    }

    fn emit(&mut self, name: &'static str, body: &impl Serialize, out: &mut BytesMut) -> Result<(), Garbled> {
        let numbered = Numbered { kind: name, sequence_number: self.sequence, body };
        self.sequence += 1;
        event(Some(name), &numbered, out)
    }

    pub(crate) fn whole(&self, head: &Head, gathered: &Gathered) -> Result<Bytes, Garbled> {
        bytes(&Response { head, status: status(gathered), error: None, gathered, echo: &self.echo })
    }
}

fn status(gathered: &Gathered) -> &'static str {
    if matches!(gathered.reason(), "length" | "content_filter") { "incomplete" } else { "completed" }
}

fn outputs<'a>(head: &Head, gathered: &'a Gathered, status: &'static str) -> Vec<shape::ItemOf<'a>> {
    if status == "in_progress" { Vec::new() } else { items(head, gathered) }
}
