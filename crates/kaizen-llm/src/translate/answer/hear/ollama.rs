//! Ollama's `/api/chat` and `/api/generate`, whole and streamed: a line is an answer, the last one says `done`.

use super::chat::odd;
use crate::refusal::told;
use crate::translate::Garbled;
use crate::translate::piece::{Piece, Sink};
use crate::wire::ollama::{Answer, Call};
use crate::wire::text::Text;
use kaizen_domain::money::Usage;
use serde_json::value::RawValue;

/// What has been heard so far.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    began: bool,
    calls: usize,
}

impl Ear {
    /// A line. `strict` refuses what can be passed on but not understood.
    pub(crate) fn event(&mut self, data: &str, strict: bool, sink: Sink<'_>) -> Result<(), Garbled> {
        let answer = match serde_json::from_str::<Answer<'_>>(data) {
            Ok(answer) => answer,
            Err(error) if strict => return Err(Garbled::json(&error)),
            Err(error) => return odd(data, &error),
        };
        if let Some(told) = answer.error.and_then(told) {
            sink(Piece::Failed { kind: "api_error", message: &told.message });
            return Ok(());
        }
        self.begin(&answer, sink);
        self.hear(&answer, sink);
        if answer.done == Some(true) {
            self.finish(&answer, sink);
        }
        Ok(())
    }

    pub(crate) fn whole(&mut self, text: &str, strict: bool, sink: Sink<'_>) -> Result<(), Garbled> {
        let mut ended = false;
        self.event(text, strict, &mut |piece| {
            ended |= matches!(piece, Piece::End | Piece::Failed { .. });
            sink(piece);
        })?;
        match ended || !strict {
            true => {
                sink(Piece::End);
                Ok(())
            }
            false => Err(Garbled::NotAnAnswer("it is not done".into())),
        }
    }

    fn begin(&mut self, answer: &Answer<'_>, sink: Sink<'_>) {
        if self.began {
            return;
        }
        self.began = true;
        let said = answer.created_at.as_deref().unwrap_or_default();
        let created = said.parse::<jiff::Timestamp>().map_or(0, |at| u64::try_from(at.as_second()).unwrap_or(0));
        // There is no id; the time has nanoseconds.
        let id: String = said.chars().filter(char::is_ascii_digit).collect();
        sink(Piece::Start { id: &id, model: answer.model.as_deref().unwrap_or_default(), created });
    }

    fn hear(&mut self, answer: &Answer<'_>, sink: Sink<'_>) {
        let said = answer.message.as_ref();
        let thoughts = [said.and_then(|said| said.thinking.as_deref()), answer.thinking.as_deref()];
        let texts = [said.and_then(|said| said.content.as_deref()), answer.response.as_deref()];
        for thought in thoughts.into_iter().flatten().filter(|thought| !thought.is_empty()) {
            sink(Piece::Thought(thought));
        }
        for text in texts.into_iter().flatten().filter(|text| !text.is_empty()) {
            sink(Piece::Text(text));
        }
        for call in said.and_then(|said| said.tool_calls.as_ref()).into_iter().flatten() {
            self.call(call, sink);
        }
    }

    fn call(&mut self, call: &Call<'_>, sink: Sink<'_>) {
        let index = self.calls;
        self.calls += 1;
        sink(Piece::Call { index, id: call.id.as_deref().unwrap_or_default(), name: &call.function.name });
        sink(Piece::Arguments { index, json: call.function.arguments.map_or("{}", RawValue::get) });
    }

    fn finish(&mut self, answer: &Answer<'_>, sink: Sink<'_>) {
        let reason = match answer.done_reason.as_ref().map(|Text(reason)| &**reason) {
            None | Some("stop" | "") if self.calls > 0 => "tool_calls",
            None | Some("") => "stop",
            Some(other) => other,
        };
        sink(Piece::Finish { reason, sequence: None });
        if answer.eval_count.0.is_some() || answer.prompt_eval_count.0.is_some() {
            let (input, output) = (answer.prompt_eval_count.or_zero(), answer.eval_count.or_zero());
            sink(Piece::Usage(Usage { input, output, ..Usage::default() }));
        }
        sink(Piece::End);
    }
}
