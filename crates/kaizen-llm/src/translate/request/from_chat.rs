//! Out of chat completions.

use super::talk::{Call, Choice, Format, Part, Role, Talk, Tool, Turn};
use crate::face::Malformed;
use crate::wire::chat::request as wire;
use crate::wire::content::Content;
use crate::wire::text::Text;
use crate::wire::top::Top;
use serde_json::value::RawValue;

/// What is read here, or by the gateway itself.
const READ: &[&str] = &[
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "stop",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "user",
    "reasoning_effort",
    "thinking",
    "options",
    "keep_alive",
    "think",
    "num_ctx",
    "logprobs",
    "logit_bias",
    "store",
];

/// What would change the answer and has no place elsewhere, with the values that ask for nothing.
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("n", &["1"]),
    ("logprobs", &["false"]),
    ("logit_bias", &["{}"]),
    ("functions", &["[]"]),
    ("audio", &[]),
    ("web_search_options", &[]),
];

pub(super) fn talk<'a>(top: &Top<'a>) -> Result<Talk<'a>, Malformed> {
    for (key, idle) in ELSEWHERE {
        if top.given(key).is_some_and(|raw| !idle.contains(&raw.get())) {
            return Err(Malformed::unsupported(key, "the provider of this model has nothing like it"));
        }
    }
    let mut talk = Talk { turns: turns(top)?, ..Talk::default() };
    talk.numbers(top);
    talk.max_output = top.count("max_completion_tokens")?.max(top.count("max_tokens")?);
    talk.stop = stop(top)?;
    talk.tools = tools(top, &mut talk.dropped)?;
    talk.choice = choice(top.given("tool_choice"))?;
    talk.parallel = top.truth("parallel_tool_calls")?;
    talk.format = format(top.typed("response_format", "an object")?, "response_format")?;
    talk.user = top.string("user")?;
    talk.effort = top.string("reasoning_effort")?;
    talk.thinking = top.given("thinking");
    talk.options = top.given("options");
    talk.keep_alive = top.given("keep_alive");
    talk.think = top.given("think");
    talk.unread(top, READ);
    Ok(talk)
}

fn turns<'a>(top: &Top<'a>) -> Result<Vec<Turn<'a>>, Malformed> {
    let raws = top.array("messages")?.unwrap_or_default();
    raws.into_iter().enumerate().map(|(index, raw)| turn(raw, &format!("messages[{index}]"))).collect()
}

fn turn<'a>(raw: &'a RawValue, place: &str) -> Result<Turn<'a>, Malformed> {
    let message: wire::Message<'a> = serde_json::from_str(raw.get()).map_err(|error| Malformed::value(place, error))?;
    let role = match &*message.role {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        other => return Err(Malformed::value(&format!("{place}.role"), format!("'{other}' is no role that this provider knows"))),
    };
    if role == Role::Tool && message.tool_call_id.is_none() {
        return Err(Malformed::missing(&format!("{place}.tool_call_id")));
    }
    let mut turn = Turn::new(role, parts(message.content, place)?);
    turn.calls = message.tool_calls.into_iter().flatten().map(call).collect();
    turn.answers = message.tool_call_id;
    turn.thoughts = message.thinking_blocks.unwrap_or_default();
    turn.reasoning = message.reasoning_content;
    Ok(turn)
}

fn call(call: wire::Call<'_>) -> Call<'_> {
    Call { id: call.id.unwrap_or_default(), name: call.function.name, arguments: call.function.arguments.unwrap_or_default() }
}

fn parts<'a>(content: Content<'a, wire::Part<'a>>, place: &str) -> Result<Vec<Part<'a>>, Malformed> {
    match content {
        Content::Nothing => Ok(Vec::new()),
        Content::Text(text) => Ok(vec![Part::text(text)]),
        Content::Parts(parts) => parts.into_iter().enumerate().map(|(at, read)| part(read, &format!("{place}.content[{at}]"))).collect(),
    }
}

fn part<'a>(part: wire::Part<'a>, place: &str) -> Result<Part<'a>, Malformed> {
    let cache = part.cache_control;
    let missing = |key: &str| Malformed::missing(&format!("{place}.{key}"));
    match &*part.kind {
        "text" => Ok(Part { cache, ..Part::text(part.text.ok_or_else(|| missing("text"))?) }),
        "refusal" => Ok(Part::text(part.refusal.ok_or_else(|| missing("refusal"))?)),
        "image_url" => Ok(Part::image(part.image_url.ok_or_else(|| missing("image_url"))?.0, cache)),
        "file" => {
            let file = part.file.ok_or_else(|| missing("file"))?;
            let data = file.file_data.ok_or_else(|| missing("file.file_data"))?;
            let wrong = || Malformed::value(&format!("{place}.file.file_data"), "expected a data: URL in base64");
            Part::file(&data, file.filename, cache).ok_or_else(wrong)
        }
        other => Err(Malformed::value(&format!("{place}.type"), format!("'{other}' has no place with this provider"))),
    }
}

pub(super) fn stop<'a>(top: &Top<'a>) -> Result<Vec<Text<'a>>, Malformed> {
    match top.given("stop") {
        Some(raw) if raw.get().starts_with('"') => Ok(top.string("stop")?.into_iter().collect()),
        _ => Ok(top.typed("stop", "a string or an array of strings")?.unwrap_or_default()),
    }
}

/// The tools that are functions; others belong to their provider.
fn tools<'a>(top: &Top<'a>, dropped: &mut Vec<String>) -> Result<Vec<Tool<'a>>, Malformed> {
    let tools: Vec<wire::Tool<'a>> = top.typed("tools", "an array of tools")?.unwrap_or_default();
    let mut read = Vec::new();
    for (index, tool) in tools.into_iter().enumerate() {
        let kind = tool.kind.unwrap_or_default();
        match tool.function {
            Some(function) => read.push(self::function(function, tool.cache_control)),
            None if &*kind == "function" => return Err(Malformed::missing(&format!("tools[{index}].function"))),
            None => dropped.push(format!("tools[{index}] ({})", &*kind)),
        }
    }
    Ok(read)
}

pub(super) fn function<'a>(function: wire::Function<'a>, cache: Option<&'a RawValue>) -> Tool<'a> {
    let wire::Function { name, description, parameters, strict } = function;
    Tool { name, description, parameters: parameters.filter(|raw| raw.get() != "null"), strict, cache }
}

pub(super) fn choice<'a>(raw: Option<&'a RawValue>) -> Result<Choice<'a>, Malformed> {
    let wrong = |text: &str| Malformed::value("tool_choice", format!("{text} is no choice that this provider knows"));
    let Some(text) = raw.map(RawValue::get) else { return Ok(Choice::Auto) };
    match text {
        "\"auto\"" => return Ok(Choice::Auto),
        "\"none\"" => return Ok(Choice::Never),
        "\"required\"" => return Ok(Choice::Some),
        _ => {}
    }
    let read: wire::Choice<'a> = serde_json::from_str(text).map_err(|_| wrong(text))?;
    let function = read.kind.as_deref().is_none_or(|kind| kind == "function");
    let name = read.function.map(|function| function.name).or(read.name).filter(|_| function);
    name.map(Choice::This).ok_or_else(|| wrong(text))
}

pub(super) fn format<'a>(format: Option<wire::Format<'a>>, place: &str) -> Result<Option<Format<'a>>, Malformed> {
    let Some(format) = format else { return Ok(None) };
    match format.kind.as_deref() {
        None | Some("text") => Ok(None),
        Some("json_object") => Ok(Some(Format::Json)),
        Some("json_schema") => {
            let flat = wire::Schema { name: format.name, schema: format.schema, strict: format.strict };
            let wire::Schema { name, schema, strict } = format.json_schema.unwrap_or(flat);
            let schema = schema.ok_or_else(|| Malformed::missing(&format!("{place}.json_schema.schema")))?;
            Ok(Some(Format::Schema { name, schema, strict }))
        }
        Some(other) => Err(Malformed::value(&format!("{place}.type"), format!("'{other}' is no known format"))),
    }
}
