//! Anthropic's messages, whole and streamed.
//!
//! The usage comes in two parts: what was read at the start, what was written at the end. Both are said when they come, so
//! that a cut answer has at least the first.

use super::chat::odd;
use crate::refusal::told;
use crate::translate::Garbled;
use crate::translate::piece::{Piece, Sink};
use crate::wire::messages::{Answer, Delta, Event, Spoken, Usage};
use serde_json::value::RawValue;

/// What has been heard so far.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    /// Whether a reason to stop has been given.
    pub finished: bool,
    usage: Usage,
    /// The index of the block of each call.
    calls: Vec<u64>,
}

impl Ear {
    /// An event. `strict` refuses what can be passed on but not understood.
    pub(crate) fn event(&mut self, name: &str, data: &str, strict: bool, sink: Sink<'_>) -> Result<(), Garbled> {
        let event = match serde_json::from_str::<Event<'_>>(data) {
            Ok(event) => event,
            Err(error) if strict => return Err(Garbled::json(&error)),
            Err(error) => return odd(data, &error),
        };
        match event.kind.as_deref().unwrap_or(name) {
            "message_start" => self.start(&event, sink),
            "content_block_start" => self.block(&event, sink),
            "content_block_delta" => self.delta(&event, sink),
            "message_delta" => self.finish(&event, sink),
            "message_stop" => sink(Piece::End),
            "error" => failed(event.error, sink),
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn whole(&mut self, text: &str, strict: bool, sink: Sink<'_>) -> Result<(), Garbled> {
        let answer = match serde_json::from_str::<Answer<'_>>(text) {
            Ok(answer) => answer,
            Err(error) if strict => return Err(Garbled::json(&error)),
            Err(error) => {
                odd(text, &error)?;
                sink(Piece::End);
                return Ok(());
            }
        };
        match (&answer.content, answer.error) {
            (_, Some(error)) => failed(Some(error), sink),
            (None, None) if answer.input_tokens.0.is_none() => return Err(Garbled::NotAnAnswer("it has no content".into())),
            _ => self.answer(&answer, sink),
        }
        sink(Piece::End);
        Ok(())
    }

    fn answer(&mut self, answer: &Answer<'_>, sink: Sink<'_>) {
        begun(answer, sink);
        for (index, block) in answer.content.iter().flatten().enumerate() {
            self.begin(block, index as u64, sink);
        }
        if let Some(reason) = answer.stop_reason.as_deref() {
            sink(Piece::Finish { reason: reason_of(reason), sequence: answer.stop_sequence.as_deref() });
        }
        self.used(answer.usage, sink);
    }

    fn start(&mut self, event: &Event<'_>, sink: Sink<'_>) {
        let Some(message) = &event.message else { return };
        begun(message, sink);
        self.used(message.usage, sink);
    }

    fn block(&mut self, event: &Event<'_>, sink: Sink<'_>) {
        if let Some(block) = &event.content_block {
            self.begin(block, event.index.or_zero(), sink);
        }
    }

    fn begin(&mut self, block: &Spoken<'_>, index: u64, sink: Sink<'_>) {
        match &*block.kind {
            "tool_use" => {
                self.calls.push(index);
                let call = self.calls.len() - 1;
                sink(Piece::Call { index: call, id: text(&block.id), name: text(&block.name) });
                // In a stream the input is empty here and follows in pieces.
                if let Some(input) =
                    block.input.map(RawValue::get).filter(|input| !input.trim_matches(['{', '}', ' ', '\t', '\r', '\n']).is_empty())
                {
                    sink(Piece::Arguments { index: call, json: input });
                }
            }
            "text" => spoken(text(&block.text), Piece::Text, sink),
            "thinking" => {
                spoken(text(&block.thinking), Piece::Thought, sink);
                spoken(text(&block.signature), Piece::Signature, sink);
            }
            _ => {}
        }
    }

    fn delta(&mut self, event: &Event<'_>, sink: Sink<'_>) {
        let Some(delta) = &event.delta else { return };
        let Delta { text: said, partial_json, thinking, signature, .. } = delta;
        spoken(text(said), Piece::Text, sink);
        spoken(text(thinking), Piece::Thought, sink);
        spoken(text(signature), Piece::Signature, sink);
        let json = text(partial_json);
        match self.calls.iter().position(|call| *call == event.index.or_zero()) {
            Some(index) => spoken(json, |json| Piece::Arguments { index, json }, sink),
            // A tool of the provider's own.
            None if !json.is_empty() => sink(Piece::Elsewhere(json.len())),
            None => {}
        }
    }

    fn finish(&mut self, event: &Event<'_>, sink: Sink<'_>) {
        let reason = event.delta.as_ref().and_then(|delta| delta.stop_reason.as_deref());
        if let Some(reason) = reason {
            self.finished = true;
            let sequence = event.delta.as_ref().and_then(|delta| delta.stop_sequence.as_deref());
            sink(Piece::Finish { reason: reason_of(reason), sequence });
        }
        self.used(event.usage, sink);
    }

    /// What is not said again stays as it was said before.
    fn used(&mut self, usage: Option<Usage>, sink: Sink<'_>) {
        let Some(now) = usage else { return };
        let before = &mut self.usage;
        for (field, said) in [
            (&mut before.input_tokens, now.input_tokens),
            (&mut before.output_tokens, now.output_tokens),
            (&mut before.cache_creation_input_tokens, now.cache_creation_input_tokens),
            (&mut before.cache_read_input_tokens, now.cache_read_input_tokens),
        ] {
            if said.0.is_some() {
                *field = said;
            }
        }
        sink(Piece::Usage(self.usage.read()));
    }
}

fn begun(answer: &Answer<'_>, sink: Sink<'_>) {
    sink(Piece::Start { id: text(&answer.id), model: text(&answer.model), created: 0 });
}

fn text<'t>(given: &'t Option<crate::wire::text::Text<'_>>) -> &'t str {
    given.as_deref().unwrap_or_default()
}

fn spoken<'t>(said: &'t str, piece: impl Fn(&'t str) -> Piece<'t>, sink: Sink<'_>) {
    if !said.is_empty() {
        sink(piece(said));
    }
}

fn failed(error: Option<&RawValue>, sink: Sink<'_>) {
    let told = error.and_then(told);
    let kind = told.as_ref().and_then(|told| told.kind.as_deref()).unwrap_or("api_error");
    let message = told.as_ref().map_or("the upstream failed and did not say why", |told| &told.message);
    sink(Piece::Failed { kind, message });
}

/// Chat completions' word for a reason of Anthropic's; one without a word there stays.
fn reason_of(reason: &str) -> &str {
    match reason {
        "end_turn" | "stop_sequence" => "stop",
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        other => other,
    }
}

impl Usage {
    /// As the domain counts: Anthropic's input leaves out what its cache read or wrote.
    fn read(&self) -> kaizen_domain::money::Usage {
        let cache_read = self.cache_read_input_tokens.or_zero();
        let cache_write = self.cache_creation_input_tokens.or_zero();
        kaizen_domain::money::Usage {
            input: self.input_tokens.or_zero().saturating_add(cache_read).saturating_add(cache_write),
            output: self.output_tokens.or_zero(),
            cache_read,
            cache_write,
            reasoning: 0,
        }
    }
}
