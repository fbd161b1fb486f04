//! Into chat completions.
//!
//! A text alone is written as a string and not as a list of one part, which not every compatible server reads.

use super::Written;
use super::talk::{Choice, Format, Part, Role, Talk, Turn, What};
use crate::face::Asked;
use crate::wire::text::Text;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    stop: &'a [Text<'a>],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<ToolChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Content<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Call<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Nothing,
    Text(String),
    Parts(Vec<ContentPart<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ContentPart<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: Url },
    File { file: FileData<'a> },
}

#[derive(Serialize)]
struct Url {
    url: String,
}

#[derive(Serialize)]
struct FileData<'a> {
    filename: &'a str,
    file_data: String,
}

#[derive(Serialize)]
struct Call<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    function: Called<'a>,
}

#[derive(Serialize)]
struct Called<'a> {
    name: &'a str,
    arguments: &'a str,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ToolChoice<'a> {
    Word(&'static str),
    This {
        #[serde(rename = "type")]
        kind: &'static str,
        function: Named<'a>,
    },
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ResponseFormat<'a> {
    JsonObject,
    JsonSchema { json_schema: Schema<'a> },
}

#[derive(Serialize)]
struct Schema<'a> {
    name: &'a str,
    schema: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

pub(super) fn written(model: &str, asked: &Asked, talk: &Talk<'_>) -> serde_json::Result<Written> {
    let mut dropped = talk.dropped.clone();
    dropped.extend(talk.top_k.map(|_| "top_k".to_owned()));
    let newer = wants_newer_limit(model);
    let request = Request {
        model,
        messages: messages(&talk.turns),
        stream: asked.stream,
        stream_options: asked.stream.then_some(StreamOptions { include_usage: true }),
        max_tokens: talk.max_output.filter(|_| !newer),
        max_completion_tokens: talk.max_output.filter(|_| newer),
        temperature: talk.temperature,
        top_p: talk.top_p,
        seed: talk.seed,
        presence_penalty: talk.presence_penalty,
        frequency_penalty: talk.frequency_penalty,
        stop: &talk.stop,
        tools: tools(talk),
        tool_choice: choice(talk),
        parallel_tool_calls: talk.parallel.filter(|_| !talk.tools.is_empty()),
        response_format: talk.format.as_ref().map(format),
        reasoning_effort: talk.effort.as_deref(),
        user: talk.user.as_deref(),
    };
    Ok(Written { body: serde_json::to_vec(&request)?, dropped })
}

/// OpenAI's own models refuse `max_tokens` from their reasoning ones on, and all of them know the newer name; other servers
/// may know only the older one. Open models that OpenAI published (`gpt-oss`) run on those.
fn wants_newer_limit(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let reasoning = name.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    reasoning || name.starts_with("chatgpt-") || (name.starts_with("gpt-") && !name.starts_with("gpt-oss"))
}

/// All that the system says stands at the beginning, in one message.
fn messages<'a>(turns: &'a [Turn<'a>]) -> Vec<Message<'a>> {
    let of_system: Vec<String> = turns.iter().filter(|turn| turn.role == Role::System).map(|turn| turn.joined("\n")).collect();
    let system = (!of_system.is_empty()).then(|| Message {
        role: "system",
        content: Content::Text(of_system.join("\n\n")),
        tool_calls: Vec::new(),
        tool_call_id: None,
    });
    system.into_iter().chain(turns.iter().filter(|turn| turn.role != Role::System).map(message)).collect()
}

fn message<'a>(turn: &'a Turn<'a>) -> Message<'a> {
    let calls = turn.calls.iter().map(|call| Call {
        id: &call.id,
        kind: "function",
        function: Called { name: &call.name, arguments: if call.arguments.is_empty() { "{}" } else { &call.arguments } },
    });
    let role = match turn.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    Message { role, content: content(turn), tool_calls: calls.collect(), tool_call_id: turn.answers.as_deref() }
}

fn content<'a>(turn: &'a Turn<'a>) -> Content<'a> {
    let only_text = turn.parts.iter().all(|part| part.as_text().is_some());
    match (turn.role, turn.parts.len()) {
        (Role::Assistant, 0) if !turn.calls.is_empty() => Content::Nothing,
        // Neither role may carry anything but text.
        (Role::Assistant | Role::Tool, _) => Content::Text(turn.joined("\n")),
        (_, 0 | 1) if only_text => Content::Text(turn.joined("")),
        _ => Content::Parts(turn.parts.iter().map(part).collect()),
    }
}

fn part<'a>(part: &'a Part<'a>) -> ContentPart<'a> {
    match &part.what {
        What::Text(text) => ContentPart::Text { text },
        What::Link(url) => ContentPart::ImageUrl { image_url: Url { url: url.to_string() } },
        What::Image { mime, data } => ContentPart::ImageUrl { image_url: Url { url: format!("data:{mime};base64,{}", &**data) } },
        What::File { mime, data, name } => {
            let filename = name.as_deref().unwrap_or("document");
            ContentPart::File { file: FileData { filename, file_data: format!("data:{mime};base64,{}", &**data) } }
        }
    }
}

fn tools<'a>(talk: &'a Talk<'a>) -> Vec<Tool<'a>> {
    let function = |tool: &'a super::talk::Tool<'a>| Function {
        name: &tool.name,
        description: tool.description.as_deref(),
        parameters: tool.parameters,
        strict: tool.strict,
    };
    talk.tools.iter().map(|tool| Tool { kind: "function", function: function(tool) }).collect()
}

fn choice<'a>(talk: &'a Talk<'a>) -> Option<ToolChoice<'a>> {
    match &talk.choice {
        _ if talk.tools.is_empty() => None,
        Choice::Auto => None,
        Choice::Never => Some(ToolChoice::Word("none")),
        Choice::Some => Some(ToolChoice::Word("required")),
        Choice::This(name) => Some(ToolChoice::This { kind: "function", function: Named { name } }),
    }
}

fn format<'a>(format: &'a Format<'a>) -> ResponseFormat<'a> {
    match format {
        Format::Json => ResponseFormat::JsonObject,
        Format::Schema { name, schema, strict } => {
            let name = name.as_deref().unwrap_or("answer");
            ResponseFormat::JsonSchema { json_schema: Schema { name, schema, strict: *strict } }
        }
    }
}
