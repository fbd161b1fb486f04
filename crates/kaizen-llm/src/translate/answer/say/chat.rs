//! Chat completions: chunks, and whole answers.

use super::super::Gathered;
use super::super::gathered::{Item, reason};
use super::{Head, bytes, event};
use crate::translate::Garbled;
use crate::translate::piece::Piece;
use bytes::{Bytes, BytesMut};
use kaizen_domain::money::Usage;
use serde::Serialize;

/// What a stream has to remember.
#[derive(Debug)]
pub(crate) struct Mouth {
    wants_usage: bool,
    usage: Option<Usage>,
    /// The reasoning that waits for its signature.
    thought: String,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: String,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [ChunkChoice<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<UsageOf>,
}

#[derive(Serialize)]
struct ChunkChoice<'a> {
    index: u64,
    delta: Delta<'a>,
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_blocks: Option<[Thinking<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[CallDelta<'a>; 1]>,
}

/// Anthropic's reasoning, in a form that can be sent back.
#[derive(Serialize)]
struct Thinking<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    thinking: &'a str,
    signature: &'a str,
}

#[derive(Serialize)]
struct CallDelta<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    function: FunctionDelta<'a>,
}

#[derive(Serialize)]
struct FunctionDelta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

#[derive(Serialize)]
struct UsageOf {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: InputDetails,
    completion_tokens_details: OutputDetails,
}

#[derive(Serialize)]
struct InputDetails {
    cached_tokens: u64,
}

#[derive(Serialize)]
struct OutputDetails {
    reasoning_tokens: u64,
}

impl From<Usage> for UsageOf {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.input,
            completion_tokens: usage.output,
            total_tokens: usage.total(),
            prompt_tokens_details: InputDetails { cached_tokens: usage.cache_read },
            completion_tokens_details: OutputDetails { reasoning_tokens: usage.reasoning },
        }
    }
}

impl Mouth {
    pub(crate) fn new(wants_usage: bool) -> Self {
        Self { wants_usage, usage: None, thought: String::new() }
    }

    pub(crate) fn begin(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        choice(head, Delta { role: Some("assistant"), content: Some(""), ..Delta::default() }, None, out)
    }

    pub(crate) fn piece(&mut self, head: &Head, piece: &Piece<'_>, out: &mut BytesMut) -> Result<(), Garbled> {
        let delta = match *piece {
            Piece::Text(text) => Delta { content: Some(text), ..Delta::default() },
            Piece::Refusal(text) => Delta { refusal: Some(text), ..Delta::default() },
            Piece::Thought(text) => {
                self.thought.push_str(text);
                Delta { reasoning_content: Some(text), ..Delta::default() }
            }
            Piece::Signature(signature) => return self.signed(head, signature, out),
            Piece::Call { index, id, name } => {
                let function = FunctionDelta { name: Some(name), arguments: "" };
                let call = CallDelta { index, id: Some(head.call(id, index)), kind: Some("function"), function };
                Delta { tool_calls: Some([call]), ..Delta::default() }
            }
            Piece::Arguments { index, json } => {
                let call = CallDelta { index, id: None, kind: None, function: FunctionDelta { name: None, arguments: json } };
                Delta { tool_calls: Some([call]), ..Delta::default() }
            }
            Piece::Finish { reason: word, .. } => return choice(head, Delta::default(), Some(reason(word)), out),
            Piece::Usage(usage) => {
                self.usage = Some(usage);
                return Ok(());
            }
            Piece::Start { .. } | Piece::Elsewhere(_) | Piece::Failed { .. } | Piece::End => return Ok(()),
        };
        choice(head, delta, None, out)
    }

    fn signed(&mut self, head: &Head, signature: &str, out: &mut BytesMut) -> Result<(), Garbled> {
        let thought = std::mem::take(&mut self.thought);
        let block = Thinking { kind: "thinking", thinking: &thought, signature };
        choice(head, Delta { thinking_blocks: Some([block]), ..Delta::default() }, None, out)
    }

    pub(crate) fn finish(&mut self, head: &Head, out: &mut BytesMut) -> Result<(), Garbled> {
        if let Some(usage) = self.usage.filter(|_| self.wants_usage) {
            event(None, &chunk(head, &[], Some(usage.into())), out)?;
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
        Ok(())
    }

    pub(crate) fn whole(&self, head: &Head, gathered: &Gathered) -> Result<Bytes, Garbled> {
        let text = gathered.joined(Item::as_text);
        let refusal = gathered.joined(Item::as_refusal);
        let thought = gathered.joined(Item::as_thought);
        let calls = gathered.calls().enumerate().map(|(index, (id, name, arguments))| CallOf {
            id: head.call(id, index),
            kind: "function",
            function: FunctionDelta { name: Some(name), arguments: if arguments.is_empty() { "{}" } else { arguments } },
        });
        let message = Message {
            role: "assistant",
            content: gathered.items.iter().any(|item| item.as_text().is_some()).then_some(text),
            refusal: (!refusal.is_empty()).then_some(refusal),
            reasoning_content: (!thought.is_empty()).then_some(thought),
            thinking_blocks: thinking(gathered),
            tool_calls: calls.collect(),
        };
        bytes(&Answer {
            id: format!("chatcmpl-{}", head.id),
            object: "chat.completion",
            created: head.created,
            model: &head.model,
            choices: [Choice { index: 0, message, logprobs: None, finish_reason: gathered.reason() }],
            usage: gathered.usage.map(UsageOf::from),
        })
    }
}

fn thinking(gathered: &Gathered) -> Vec<Thinking<'_>> {
    let signed = gathered.items.iter().filter_map(|item| match item {
        Item::Thought { text, signature } if !signature.is_empty() => Some(Thinking { kind: "thinking", thinking: text, signature }),
        _ => None,
    });
    signed.collect()
}

fn chunk<'a>(head: &'a Head, choices: &'a [ChunkChoice<'a>], usage: Option<UsageOf>) -> Chunk<'a> {
    let id = format!("chatcmpl-{}", head.id);
    Chunk { id, object: "chat.completion.chunk", created: head.created, model: &head.model, choices, usage }
}

fn choice(head: &Head, delta: Delta<'_>, finish_reason: Option<&'static str>, out: &mut BytesMut) -> Result<(), Garbled> {
    event(None, &chunk(head, &[ChunkChoice { index: 0, delta, finish_reason }], None), out)
}

#[derive(Serialize)]
struct Answer<'a> {
    id: String,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<UsageOf>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u64,
    message: Message<'a>,
    logprobs: Option<()>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Option<String>,
    refusal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thinking_blocks: Vec<Thinking<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<CallOf<'a>>,
}

#[derive(Serialize)]
struct CallOf<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    function: FunctionDelta<'a>,
}
