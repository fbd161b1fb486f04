//! OpenAI's chat completions, whole and streamed.
//!
//! This runs for every event of every stream that is passed on: nothing is copied unless it holds escapes, unknown fields
//! are skipped, and an odd type in a field that is only watched does not fail the call.

use super::Heard;
use crate::refusal::told;
use crate::translate::Garbled;
use crate::translate::piece::{Piece, Sink};
use crate::wire::chat::{Answer, Calls, Choice, Said, Usage};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// A chunk's choices with everything that stands in them.
#[derive(Deserialize)]
struct Bare {
    choices: Vec<BareChoice>,
}

#[derive(Deserialize)]
struct BareChoice {
    delta: Option<Map<String, Value>>,
    finish_reason: Option<IgnoredAny>,
}

/// Whether no choice of a chunk says anything: LiteLLM tells the usage beside an empty one.
fn says_nothing(data: &str) -> bool {
    let empty = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    let silent =
        |choice: &BareChoice| choice.finish_reason.is_none() && choice.delta.as_ref().is_some_and(|delta| delta.values().all(empty));
    serde_json::from_str::<Bare>(data).is_ok_and(|chunk| chunk.choices.iter().all(silent))
}

/// What has been heard so far.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    began: bool,
    /// Whether a reason to finish has been given.
    pub finished: bool,
    /// The upstream's index of each call of the first choice, in the order in which they began.
    calls: Vec<u64>,
    id: String,
    model: String,
}

impl Ear {
    /// An event. `strict` refuses what can be passed on but not understood.
    pub(crate) fn event(&mut self, data: &str, strict: bool, sink: Sink<'_>) -> Result<Heard, Garbled> {
        if data.trim() == "[DONE]" {
            sink(Piece::End);
            return Ok(Heard::default());
        }
        let answer = match serde_json::from_str::<Answer<'_>>(data) {
            Ok(answer) => answer,
            Err(error) if strict => return Err(Garbled::json(&error)),
            Err(error) => return odd(data, &error).map(|()| Heard::default()),
        };
        self.hear(&answer, sink);
        let usage_only = answer.usage.is_some() && (answer.choices.as_ref().is_none_or(Vec::is_empty) || says_nothing(data));
        Ok(Heard { usage_only, lacking: self.lacking(&answer) })
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
        if answer.choices.is_none() && answer.error.is_none() {
            return Err(Garbled::NotAnAnswer("it has no choices".into()));
        }
        self.hear(&answer, sink);
        sink(Piece::End);
        Ok(())
    }

    fn lacking(&self, answer: &Answer<'_>) -> String {
        let named = answer.id.is_some() && answer.object.is_some() && answer.model.is_some();
        if answer.error.is_some() || (answer.choices.is_some() && named) {
            return String::new();
        }
        let mut missing = String::new();
        for (key, given, value) in [("id", &answer.id, &self.id), ("model", &answer.model, &self.model)] {
            if given.is_none() {
                missing += &format!("\"{key}\":{},", serde_json::Value::from(value.as_str()));
            }
        }
        // OpenAI's own client leaves out chunks that do not say that they are some.
        if answer.object.is_none() {
            missing += "\"object\":\"chat.completion.chunk\",";
        }
        if answer.choices.is_none() {
            missing += "\"choices\":[],";
        }
        missing
    }

    fn hear(&mut self, answer: &Answer<'_>, sink: Sink<'_>) {
        if let Some(told) = answer.error.and_then(told) {
            return sink(Piece::Failed { kind: told.kind.as_deref().unwrap_or("upstream_error"), message: &told.message });
        }
        self.begin(answer, sink);
        for choice in answer.choices.iter().flatten() {
            self.choice(choice, sink);
        }
        if let Some(usage) = &answer.usage {
            sink(Piece::Usage(usage.read()));
        }
    }

    fn begin(&mut self, answer: &Answer<'_>, sink: Sink<'_>) {
        let id = answer.id.as_deref().unwrap_or_default();
        let model = answer.model.as_deref().unwrap_or_default();
        // Azure's first chunk speaks of the prompt only and names neither.
        let nothing_yet = answer.choices.as_ref().is_none_or(Vec::is_empty) && model.is_empty();
        if self.began || nothing_yet {
            return;
        }
        self.began = true;
        self.id = id.to_owned();
        self.model = model.to_owned();
        sink(Piece::Start { id, model, created: answer.created.or_zero() });
    }

    fn choice(&mut self, choice: &Choice<'_>, sink: Sink<'_>) {
        let first = choice.index.or_zero() == 0;
        match choice.delta.as_ref().or(choice.message.as_ref()) {
            Some(said) if first => self.said(said, sink),
            Some(said) => sink(Piece::Elsewhere(said.bytes())),
            None => {}
        }
        if let Some(reason) = choice.finish_reason.as_deref().filter(|_| first) {
            self.finished = true;
            sink(Piece::Finish { reason, sequence: None });
        }
    }

    fn said<'s>(&mut self, said: &'s Said<'_>, sink: Sink<'_>) {
        let spoken = |text: Option<&'s str>| text.filter(|text| !text.is_empty());
        let thought = spoken(said.thought()).map(Piece::Thought);
        let text = spoken(said.content.as_deref()).map(Piece::Text);
        let refusal = spoken(said.refusal.as_deref()).map(Piece::Refusal);
        for piece in [thought, text, refusal].into_iter().flatten() {
            sink(piece);
        }
        for call in said.tool_calls.iter().flatten() {
            self.call(call, sink);
        }
    }

    fn call(&mut self, call: &Calls<'_>, sink: Sink<'_>) {
        let function = call.function.as_ref();
        let name = function.and_then(|function| function.name.as_deref()).unwrap_or_default();
        let index = self.place(call, name, sink);
        if let Some(json) = function.and_then(|function| function.arguments.as_deref()).filter(|json| !json.is_empty()) {
            sink(Piece::Arguments { index, json });
        }
    }

    /// Where a call stands among those of this answer; one not heard of before is announced. Some upstreams (and whole
    /// answers) give no index: then a call with a name is a new one, and one without goes on with the last.
    fn place(&mut self, call: &Calls<'_>, name: &str, sink: Sink<'_>) -> usize {
        let last = self.calls.last().copied();
        let known = match (call.index.0, last) {
            (Some(index), _) => self.calls.iter().position(|known| *known == index),
            (None, Some(_)) if name.is_empty() => Some(self.calls.len() - 1),
            (None, _) => None,
        };
        if let Some(known) = known {
            return known;
        }
        // Indexes that were never given are counted from the far end, where none of an upstream's own are.
        self.calls.push(call.index.0.unwrap_or(u64::MAX - self.calls.len() as u64));
        let index = self.calls.len() - 1;
        sink(Piece::Call { index, id: call.id.as_deref().unwrap_or_default(), name });
        index
    }
}

/// JSON that is an object but has a watched field of a type nobody expects is passed on unwatched.
pub(super) fn odd(data: &str, error: &serde_json::Error) -> Result<(), Garbled> {
    let readable = error.is_data() && data.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(data).is_ok();
    if readable { Ok(()) } else { Err(Garbled::json(error)) }
}

impl Said<'_> {
    fn thought(&self) -> Option<&str> {
        self.reasoning_content.as_deref().or(self.reasoning.as_deref())
    }

    fn bytes(&self) -> usize {
        let texts = [self.thought(), self.content.as_deref(), self.refusal.as_deref()];
        let calls = self.tool_calls.iter().flatten().filter_map(|call| call.function.as_ref()?.arguments.as_deref());
        texts.into_iter().flatten().chain(calls).map(str::len).sum()
    }
}

impl Usage {
    /// As the domain counts: what is cached is a part of the input, what is reasoning a part of the output.
    pub(crate) fn read(&self) -> kaizen_domain::money::Usage {
        let input = self.prompt_tokens_details.unwrap_or_default();
        let output = self.completion_tokens_details.unwrap_or_default();
        kaizen_domain::money::Usage {
            input: self.prompt_tokens.or_zero(),
            output: self.completion_tokens.or_zero(),
            cache_read: input.cached_tokens.0.or(self.prompt_cache_hit_tokens.0).unwrap_or(0),
            cache_write: input.cache_write_tokens.or_zero(),
            reasoning: output.reasoning_tokens.or_zero(),
        }
    }
}
