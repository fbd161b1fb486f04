//! Ollama's answers: lines, and whole ones, of `/api/chat` and `/api/generate`.
//!
//! Arguments are objects here, so calls are said when they are complete. How long things took is not known and not said.

use super::super::Gathered;
use super::super::gathered::Item;
use super::{Head, bytes, json, object};
use crate::translate::Garbled;
use crate::translate::piece::Piece;
use bytes::{Bytes, BytesMut};
use serde::Serialize;
use serde_json::value::RawValue;

/// What a stream has to remember.
#[derive(Debug)]
pub(crate) struct Mouth {
    generates: bool,
    gathered: Gathered,
}

#[derive(Serialize)]
struct Line<'a> {
    model: &'a str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<&'a str>,
    done: bool,
    #[serde(flatten)]
    end: Option<End>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Call<'a>>,
}

#[derive(Serialize)]
struct Call<'a> {
    id: String,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: Box<RawValue>,
}

#[derive(Serialize)]
struct End {
    done_reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_eval_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_count: Option<u64>,
}

impl Mouth {
    pub(crate) fn new(generates: bool) -> Self {
        Self { generates, gathered: Gathered::default() }
    }

    pub(crate) fn piece(&mut self, head: &Head, piece: &Piece<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        match *piece {
            Piece::Text(text) | Piece::Refusal(text) => self.line(head, text, None, Vec::new(), None, out),
            Piece::Thought(text) => self.line(head, "", Some(text), Vec::new(), None, out),
            _ => self.gathered.hear(piece).map(drop),
        }
    }

    pub(crate) fn finish(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        let gathered = std::mem::take(&mut self.gathered);
        let calls = calls(head, &gathered)?;
        if !calls.is_empty() {
            self.line(head, "", None, calls, None, out)?;
        }
        self.line(head, "", None, Vec::new(), Some(end(&gathered)), out)
    }

    pub(crate) fn whole(&self, head: &Head, gathered: &Gathered) -> Result<Bytes, Garbled> {
        let text: String = gathered.items.iter().filter_map(|item| item.as_text().or(item.as_refusal())).collect();
        let thought = gathered.joined(Item::as_thought);
        let thought = (!thought.is_empty()).then_some(thought.as_str());
        bytes(&self.shaped(head, &text, thought, calls(head, gathered)?, Some(end(gathered)))?)
    }

    fn line(
        &self,
        head: &Head,
        text: &str,
        thought: Option<&str>,
        calls: Vec<Call<'_>>,
        end: Option<End>,
        out: &mut BytesMut,
    ) -> Result<(), Garbled> {
        json(&self.shaped(head, text, thought, calls, end)?, out)?;
        out.extend_from_slice(b"\n");
        Ok(())
    }

    fn shaped<'a>(
        &self,
        head: &'a Head,
        text: &'a str,
        thought: Option<&'a str>,
        tool_calls: Vec<Call<'a>>,
        end: Option<End>,
    ) -> Result<Line<'a>, Garbled> {
        let chats = !self.generates;
        Ok(Line {
            model: &head.model,
            created_at: date(head.created)?,
            message: chats.then_some(Message { role: "assistant", content: text, thinking: thought, tool_calls }),
            response: self.generates.then_some(text),
            thinking: thought.filter(|_| self.generates),
            done: end.is_some(),
            end,
        })
    }
}

fn calls<'a>(head: &Head, gathered: &'a Gathered) -> Result<Vec<Call<'a>>, Garbled> {
    let made = gathered.calls().enumerate().map(|(index, (id, name, arguments))| {
        Ok(Call { id: head.call(id, index), function: Function { name, arguments: object(arguments)? } })
    });
    made.collect()
}

fn end(gathered: &Gathered) -> End {
    let done_reason = if gathered.reason() == "length" { "length" } else { "stop" };
    let usage = gathered.usage;
    End { done_reason, prompt_eval_count: usage.map(|usage| usage.input), eval_count: usage.map(|usage| usage.output) }
}

/// A time as RFC 3339 has it.
fn date(unix: u64) -> Result<String, Garbled> {
    let seconds = i64::try_from(unix).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let at = seconds.ok_or_else(|| Garbled::NotAnAnswer("its time is out of range".into()))?;
    Ok(at.to_string())
}
