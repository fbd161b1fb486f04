//! Into Anthropic's messages.
//!
//! Turns of one role that follow each other become one message, so that all results of parallel calls stand together. Empty
//! texts are left out, which Anthropic refuses.

use super::talk::{Choice, Format, Part, Role, Talk, Turn, What};
use super::{Target, Written};
use crate::face::{Asked, Malformed};
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    max_tokens: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    system: Vec<Block<'a>>,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop_sequences: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<ToolChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Vec<Block<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Block<'a> {
    /// As it came.
    Raw(&'a RawValue),
    Made(Made<'a>),
}

#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    what: Kind<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind<'a> {
    Text {
        text: &'a str,
    },
    Image {
        source: Source<'a>,
    },
    Document {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
    },
    ToolUse {
        id: &'a str,
        name: &'a str,
        input: Box<RawValue>,
    },
    ToolResult {
        tool_use_id: &'a str,
        content: Vec<Block<'a>>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Source<'a> {
    Base64 { media_type: &'a str, data: &'a str },
    Url { url: &'a str },
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    input_schema: Schema<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Schema<'a> {
    Given(&'a RawValue),
    /// A tool without parameters.
    Empty {
        #[serde(rename = "type")]
        kind: &'static str,
        properties: Nothing,
    },
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct ToolChoice<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_parallel_tool_use: bool,
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    format: OutputFormat<'a>,
}

#[derive(Serialize)]
struct OutputFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'a RawValue,
}

#[derive(Serialize)]
struct Metadata<'a> {
    user_id: &'a str,
}

/// Anthropic has no mode for JSON without a schema: the model is asked in words.
const JSON_IN_WORDS: &str = "Answer with one JSON object and nothing else: no code fence, no text before or after it.";

pub(super) fn written(target: &Target<'_>, asked: &Asked, talk: &Talk<'_>) -> Result<Written, Malformed> {
    let hottest = serde_json::value::to_raw_value(&1).map_err(Malformed::body)?;
    let mut dropped = dropped(talk);
    let too_hot = asked.temperature.is_some_and(|temperature| temperature > 1.0);
    dropped.extend(too_hot.then(|| "temperature (capped at 1)".to_owned()));
    let request = Request {
        model: target.model,
        max_tokens: talk.max_output.unwrap_or(target.max_output),
        system: system(talk),
        messages: messages(&talk.turns)?,
        stream: asked.stream,
        temperature: if too_hot { Some(&hottest) } else { talk.temperature },
        top_p: talk.top_p,
        top_k: talk.top_k,
        stop_sequences: talk.stop.iter().map(|stop| &**stop).filter(|stop| !stop.trim().is_empty()).collect(),
        tools: talk.tools.iter().map(tool).collect(),
        tool_choice: choice(talk),
        output_config: config(talk),
        thinking: talk.thinking,
        metadata: talk.user.as_deref().map(|user_id| Metadata { user_id }),
    };
    let body = serde_json::to_vec(&request).map_err(Malformed::body)?;
    Ok(Written { body, dropped })
}

fn dropped(talk: &Talk<'_>) -> Vec<String> {
    let mut dropped = talk.dropped.clone();
    let fields = [
        ("seed", talk.seed.is_some()),
        ("presence_penalty", moves(talk.presence_penalty)),
        ("frequency_penalty", moves(talk.frequency_penalty)),
        ("reasoning_effort", talk.effort.is_some()),
        ("options", talk.options.is_some()),
        ("keep_alive", talk.keep_alive.is_some()),
        ("think", talk.think.is_some()),
        ("stop (white space only)", talk.stop.iter().any(|stop| stop.trim().is_empty())),
        ("response_format (asked for in words)", matches!(talk.format, Some(Format::Json))),
    ];
    dropped.extend(fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned()));
    dropped
}

/// Whether a penalty is one: clients send zeros.
fn moves(raw: Option<&RawValue>) -> bool {
    raw.is_some_and(|raw| raw.get().parse::<f64>() != Ok(0.0))
}

fn system<'a>(talk: &'a Talk<'a>) -> Vec<Block<'a>> {
    let said = talk.turns.iter().filter(|turn| turn.role == Role::System).flat_map(|turn| &turn.parts);
    let mut blocks: Vec<Block<'a>> = said.filter_map(block).collect();
    if matches!(talk.format, Some(Format::Json)) {
        blocks.push(made(Kind::Text { text: JSON_IN_WORDS }, None));
    }
    blocks
}

fn messages<'a>(turns: &'a [Turn<'a>]) -> Result<Vec<Message<'a>>, Malformed> {
    let mut messages: Vec<Message<'a>> = Vec::new();
    for (index, turn) in turns.iter().enumerate().filter(|(_, turn)| turn.role != Role::System) {
        let role = if turn.role == Role::Assistant { "assistant" } else { "user" };
        let content = blocks(turn, index)?;
        match messages.last_mut() {
            _ if content.is_empty() => {}
            Some(last) if last.role == role => last.content.extend(content),
            _ => messages.push(Message { role, content }),
        }
    }
    Ok(messages)
}

fn blocks<'a>(turn: &'a Turn<'a>, index: usize) -> Result<Vec<Block<'a>>, Malformed> {
    let texts = turn.parts.iter().filter_map(block);
    if turn.role == Role::Tool {
        let tool_use_id = turn.answers.as_deref().unwrap_or_default();
        return Ok(vec![made(Kind::ToolResult { tool_use_id, content: texts.collect(), is_error: turn.failed }, None)]);
    }
    let mut blocks: Vec<Block<'a>> = turn.thoughts.iter().map(|thought| Block::Raw(thought)).chain(texts).collect();
    for (at, call) in turn.calls.iter().enumerate() {
        let input = call.object(&format!("messages[{index}].tool_calls[{at}].function.arguments"))?;
        blocks.push(made(Kind::ToolUse { id: &call.id, name: &call.name, input }, None));
    }
    Ok(blocks)
}

fn block<'a>(part: &'a Part<'a>) -> Option<Block<'a>> {
    let what = match &part.what {
        What::Text(text) if text.trim().is_empty() => return None,
        What::Text(text) => Kind::Text { text },
        What::Link(url) => Kind::Image { source: Source::Url { url } },
        What::Image { mime, data } => Kind::Image { source: Source::Base64 { media_type: mime, data } },
        What::File { mime, data, name } => Kind::Document { source: Source::Base64 { media_type: mime, data }, title: name.as_deref() },
    };
    Some(made(what, part.cache))
}

fn made<'a>(what: Kind<'a>, cache_control: Option<&'a RawValue>) -> Block<'a> {
    Block::Made(Made { what, cache_control })
}

fn tool<'a>(tool: &'a super::talk::Tool<'a>) -> Tool<'a> {
    let empty = Schema::Empty { kind: "object", properties: Nothing {} };
    let input_schema = tool.parameters.map_or(empty, Schema::Given);
    Tool { name: &tool.name, description: tool.description.as_deref(), input_schema, cache_control: tool.cache }
}

fn choice<'a>(talk: &'a Talk<'a>) -> Option<ToolChoice<'a>> {
    let single = talk.parallel == Some(false);
    let (kind, name) = match &talk.choice {
        _ if talk.tools.is_empty() => return None,
        Choice::Auto if !single => return None,
        Choice::Auto => ("auto", None),
        Choice::Never => return Some(ToolChoice { kind: "none", name: None, disable_parallel_tool_use: false }),
        Choice::Some => ("any", None),
        Choice::This(name) => ("tool", Some(&**name)),
    };
    Some(ToolChoice { kind, name, disable_parallel_tool_use: single })
}

fn config<'a>(talk: &Talk<'a>) -> Option<OutputConfig<'a>> {
    match talk.format {
        Some(Format::Schema { schema, .. }) => Some(OutputConfig { format: OutputFormat { kind: "json_schema", schema } }),
        _ => None,
    }
}
