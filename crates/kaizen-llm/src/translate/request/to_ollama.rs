//! Into Ollama's own `/api/chat`, which unlike its OpenAI-compatible side carries `num_ctx` and `keep_alive`.

use super::talk::{Choice, Format, Role, Talk, Turn, What};
use super::{Target, Written};
use crate::face::{Asked, Malformed};
use crate::wire::text::Text;
use crate::wire::top::Top;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<FormatOf<'a>>,
    #[serde(skip_serializing_if = "Options::is_empty")]
    options: Options<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_alive: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    think: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Call<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<&'a str>,
}

#[derive(Serialize)]
struct Call<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    function: Called<'a>,
}

#[derive(Serialize)]
struct Called<'a> {
    name: &'a str,
    arguments: Box<RawValue>,
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum FormatOf<'a> {
    Word(&'static str),
    Schema(&'a RawValue),
}

/// What the client gave as `options` wins over the same wish in OpenAI's words, and both over the target's settings.
struct Options<'a>(Vec<(&'a str, Box<RawValue>)>);

impl Options<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Options<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

pub(super) fn written(target: &Target<'_>, asked: &Asked, talk: &Talk<'_>, top: &Top<'_>) -> Result<Written, Malformed> {
    let own = match talk.options {
        Some(raw) => Some(Top::read(raw.get()).map_err(|_| Malformed::wrong_type("options", "an object", "something else"))?),
        None => None,
    };
    let request = Request {
        model: target.model,
        messages: talk.turns.iter().enumerate().map(|(index, turn)| message(turn, index, talk)).collect::<Result<_, _>>()?,
        stream: asked.stream,
        tools: tools(talk),
        format: talk.format.as_ref().map(format),
        options: options(target, talk, own.as_ref(), top)?,
        keep_alive: keep_alive(target, talk)?,
        think: think(talk)?,
    };
    let body = serde_json::to_vec(&request).map_err(Malformed::body)?;
    Ok(Written { body, dropped: dropped(talk) })
}

fn dropped(talk: &Talk<'_>) -> Vec<String> {
    let mut dropped = talk.dropped.clone();
    let fields = [
        ("user", talk.user.is_some()),
        ("thinking", talk.thinking.is_some()),
        ("tool_choice", !talk.tools.is_empty() && matches!(talk.choice, Choice::Some | Choice::This(_))),
        ("parallel_tool_calls", talk.parallel == Some(false) && !talk.tools.is_empty()),
    ];
    dropped.extend(fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned()));
    dropped
}

fn message<'a>(turn: &'a Turn<'a>, index: usize, talk: &'a Talk<'a>) -> Result<Message<'a>, Malformed> {
    let role = match turn.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let place = format!("messages[{index}]");
    let mut tool_calls = Vec::new();
    for (at, call) in turn.calls.iter().enumerate() {
        let arguments = call.object(&format!("{place}.tool_calls[{at}].function.arguments"))?;
        tool_calls.push(Call { id: &call.id, function: Called { name: &call.name, arguments } });
    }
    Ok(Message {
        role,
        content: turn.joined("\n"),
        images: images(turn, &place)?,
        tool_calls,
        tool_name: turn.answers.as_deref().and_then(|id| talk.called(id)),
        tool_call_id: turn.answers.as_deref(),
        thinking: turn.reasoning.as_deref(),
    })
}

fn images<'a>(turn: &'a Turn<'a>, place: &str) -> Result<Vec<&'a str>, Malformed> {
    let place = format!("{place}.content");
    let mut images = Vec::new();
    for part in &turn.parts {
        match &part.what {
            What::Text(_) => {}
            What::Image { data, .. } => images.push(&**data),
            What::Link(_) => return Err(Malformed::value(&place, "Ollama takes images only as base64, not by their address")),
            What::File { .. } => return Err(Malformed::value(&place, "Ollama takes no documents")),
        }
    }
    Ok(images)
}

/// Ollama cannot be told which tool to call: one that has to be called is the only one it is shown.
fn tools<'a>(talk: &'a Talk<'a>) -> Vec<Tool<'a>> {
    let shown = |tool: &&'a super::talk::Tool<'a>| match &talk.choice {
        Choice::Never => false,
        Choice::This(name) => tool.name == *name,
        Choice::Auto | Choice::Some => true,
    };
    let function = |tool: &'a super::talk::Tool<'a>| Function {
        name: &tool.name,
        description: tool.description.as_deref(),
        parameters: tool.parameters,
    };
    talk.tools.iter().filter(shown).map(|tool| Tool { kind: "function", function: function(tool) }).collect()
}

fn format<'a>(format: &Format<'a>) -> FormatOf<'a> {
    match format {
        Format::Json => FormatOf::Word("json"),
        Format::Schema { schema, .. } => FormatOf::Schema(schema),
    }
}

fn options<'a>(target: &Target<'_>, talk: &Talk<'a>, own: Option<&Top<'a>>, top: &Top<'a>) -> Result<Options<'a>, Malformed> {
    let mut all: Vec<(&'a str, Box<RawValue>)> = Vec::new();
    for entry in own.iter().flat_map(|own| &own.entries) {
        let raw = entry.raw.get();
        // A key with escapes is none of Ollama's.
        if let Some(key) = borrowed(&entry.key) {
            all.push((key, parsed(raw)?));
        }
    }
    let mut wish = |key: &'static str, value: Option<Box<RawValue>>| {
        if let Some(value) = value.filter(|_| !all.iter().any(|(known, _)| *known == key)) {
            all.push((key, value));
        }
    };
    let numbers = [
        ("temperature", talk.temperature),
        ("top_p", talk.top_p),
        ("top_k", talk.top_k),
        ("seed", talk.seed),
        ("presence_penalty", talk.presence_penalty),
        ("frequency_penalty", talk.frequency_penalty),
        ("num_ctx", top.given("num_ctx")),
    ];
    for (key, raw) in numbers {
        wish(key, raw.map(ToOwned::to_owned));
    }
    wish("num_predict", talk.max_output.map(|limit| to_raw_value(&limit)).transpose().map_err(Malformed::body)?);
    let stop = (!talk.stop.is_empty()).then(|| to_raw_value(&talk.stop));
    wish("stop", stop.transpose().map_err(Malformed::body)?);
    wish("num_ctx", target.num_ctx.map(|size| to_raw_value(&size)).transpose().map_err(Malformed::body)?);
    Ok(Options(all))
}

fn borrowed<'a>(text: &Text<'a>) -> Option<&'a str> {
    match text.0 {
        std::borrow::Cow::Borrowed(text) => Some(text),
        std::borrow::Cow::Owned(_) => None,
    }
}

fn parsed(json: &str) -> Result<Box<RawValue>, Malformed> {
    RawValue::from_string(json.to_owned()).map_err(Malformed::body)
}

fn keep_alive(target: &Target<'_>, talk: &Talk<'_>) -> Result<Option<Box<RawValue>>, Malformed> {
    match (talk.keep_alive, target.keep_alive) {
        (Some(raw), _) => Ok(Some(raw.to_owned())),
        (None, Some(json)) => parsed(json).map(Some),
        (None, None) => Ok(None),
    }
}

/// Ollama's own word for it, else the effort, whose lowest step is none and whose highest is one that Ollama knows.
fn think(talk: &Talk<'_>) -> Result<Option<Box<RawValue>>, Malformed> {
    let word = match (talk.think, talk.effort.as_deref()) {
        (Some(raw), _) => return Ok(Some(raw.to_owned())),
        (None, None) => return Ok(None),
        (None, Some("none")) => "false",
        (None, Some("minimal" | "low")) => "\"low\"",
        (None, Some("medium")) => "\"medium\"",
        (None, Some(_)) => "\"high\"",
    };
    parsed(word).map(Some)
}
