//! Out of Anthropic's messages.

use super::talk::{Call, Choice, Format, Part, Role, Talk, Tool, Turn, What};
use crate::face::Malformed;
use crate::wire::content::Content;
use crate::wire::fields::kind_of;
use crate::wire::messages as wire;
use crate::wire::text::Text;
use crate::wire::top::Top;
use serde_json::value::RawValue;

const READ: &[&str] = &[
    "model",
    "messages",
    "system",
    "stream",
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "tools",
    "tool_choice",
    "output_config",
];

pub(super) fn talk<'a>(top: &Top<'a>) -> Result<Talk<'a>, Malformed> {
    let mut talk = Talk::default();
    let system: Content<'a, &'a RawValue> = top.typed("system", "a string or an array of text blocks")?.unwrap_or_default();
    let mut system = sorted(Role::System, system, "system")?;
    talk.turns.append(&mut system);
    for (index, raw) in top.array("messages")?.unwrap_or_default().into_iter().enumerate() {
        talk.turns.append(&mut turns(raw, &format!("messages[{index}]"))?);
    }
    talk.numbers(top);
    talk.max_output = top.count("max_tokens")?;
    talk.stop = top.typed("stop_sequences", "an array of strings")?.unwrap_or_default();
    talk.tools = tools(top, &mut talk.dropped)?;
    let choice: Option<wire::Choice<'a>> = top.typed("tool_choice", "an object")?;
    talk.parallel = choice.as_ref().and_then(|choice| choice.disable_parallel_tool_use).map(|disabled| !disabled);
    talk.choice = choice.map_or(Ok(Choice::Auto), chosen)?;
    talk.format = format(top)?;
    talk.unread(top, READ);
    Ok(talk)
}

/// One message of Anthropic's may be several turns: what tools answered stands in the user's name.
fn turns<'a>(raw: &'a RawValue, place: &str) -> Result<Vec<Turn<'a>>, Malformed> {
    let message: wire::Message<'a> = serde_json::from_str(raw.get()).map_err(|error| Malformed::value(place, error))?;
    let role = match &*message.role {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        other => return Err(Malformed::value(&format!("{place}.role"), format!("'{other}' is no role"))),
    };
    sorted(role, message.content, &format!("{place}.content"))
}

fn sorted<'a>(role: Role, content: Content<'a, &'a RawValue>, place: &str) -> Result<Vec<Turn<'a>>, Malformed> {
    let blocks = match content {
        Content::Nothing => return Ok(Vec::new()),
        Content::Text(text) => return Ok(vec![Turn::text(role, text)]),
        Content::Parts(blocks) => blocks,
    };
    let mut results = Vec::new();
    let mut turn = Turn::new(role, Vec::new());
    for (at, raw) in blocks.into_iter().enumerate() {
        let place = format!("{place}[{at}]");
        let block: wire::Block<'a> = serde_json::from_str(raw.get()).map_err(|error| Malformed::value(&place, error))?;
        match &*block.kind {
            "tool_result" => results.append(&mut result(block, &place)?),
            "tool_use" => turn.calls.push(call(block, &place)?),
            // Reasoning of Anthropic's is signed for Anthropic and means nothing to others.
            "thinking" | "redacted_thinking" => turn.thoughts.push(raw),
            _ => turn.parts.push(part(block, &place)?),
        }
    }
    if !(turn.parts.is_empty() && turn.calls.is_empty()) {
        results.push(turn);
    }
    Ok(results)
}

fn call<'a>(block: wire::Block<'a>, place: &str) -> Result<Call<'a>, Malformed> {
    let missing = |key: &str| Malformed::missing(&format!("{place}.{key}"));
    let arguments = block.input.map_or("{}", RawValue::get);
    Ok(Call { id: block.id.ok_or_else(|| missing("id"))?, name: block.name.ok_or_else(|| missing("name"))?, arguments: arguments.into() })
}

/// What a tool answered: its text, and its images as a turn of the user's behind it, since a tool's turn carries only text
/// elsewhere.
fn result<'a>(block: wire::Block<'a>, place: &str) -> Result<Vec<Turn<'a>>, Malformed> {
    let id = block.tool_use_id.ok_or_else(|| Malformed::missing(&format!("{place}.tool_use_id")))?;
    let parts = match block.content {
        Content::Nothing => Vec::new(),
        Content::Text(text) => vec![Part::text(text)],
        Content::Parts(blocks) => {
            let read = blocks.into_iter().enumerate().map(|(at, raw)| {
                let place = format!("{place}.content[{at}]");
                let inner: wire::Block<'a> = serde_json::from_str(raw.get()).map_err(|error| Malformed::value(&place, error))?;
                part(inner, &place)
            });
            read.collect::<Result<_, _>>()?
        }
    };
    let (texts, shown): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.as_text().is_some());
    let mut turn = Turn::new(Role::Tool, texts);
    turn.answers = Some(id);
    turn.failed = block.is_error == Some(true);
    let images = (!shown.is_empty()).then(|| Turn::new(Role::User, shown));
    Ok(std::iter::once(turn).chain(images).collect())
}

fn part<'a>(block: wire::Block<'a>, place: &str) -> Result<Part<'a>, Malformed> {
    let missing = |key: &str| Malformed::missing(&format!("{place}.{key}"));
    let cache = block.cache_control;
    let what = match &*block.kind {
        "text" => What::Text(block.text.ok_or_else(|| missing("text"))?),
        "image" => shown(block.source.ok_or_else(|| missing("source"))?, place)?,
        "document" => document(block.source.ok_or_else(|| missing("source"))?, block.title, place)?,
        other => return Err(Malformed::value(&format!("{place}.type"), format!("'{other}' has no place with this provider"))),
    };
    Ok(Part { what, cache })
}

fn shown<'a>(source: wire::Source<'a>, place: &str) -> Result<What<'a>, Malformed> {
    match (&*source.kind, source.data, source.url) {
        ("base64", Some(data), _) => Ok(What::Image { mime: mime(source.media_type, "image/png"), data }),
        ("url", _, Some(url)) => Ok(What::Link(url)),
        (other, ..) => Err(Malformed::value(&format!("{place}.source"), format!("'{other}' has no place with this provider"))),
    }
}

fn document<'a>(source: wire::Source<'a>, name: Option<Text<'a>>, place: &str) -> Result<What<'a>, Malformed> {
    match (&*source.kind, source.data) {
        ("base64", Some(data)) => Ok(What::File { mime: mime(source.media_type, "application/pdf"), data, name }),
        ("text", Some(data)) => Ok(What::Text(data)),
        (other, _) => Err(Malformed::value(&format!("{place}.source"), format!("'{other}' has no place with this provider"))),
    }
}

fn mime(given: Option<Text<'_>>, unsaid: &str) -> String {
    given.map_or_else(|| unsaid.to_owned(), |given| given.to_string())
}

fn tools<'a>(top: &Top<'a>, dropped: &mut Vec<String>) -> Result<Vec<Tool<'a>>, Malformed> {
    let tools: Vec<wire::Tool<'a>> = top.typed("tools", "an array of tools")?.unwrap_or_default();
    let mut read = Vec::new();
    for (index, tool) in tools.into_iter().enumerate() {
        match tool.kind.as_deref() {
            None | Some("custom") => read.push(Tool {
                name: tool.name,
                description: tool.description,
                parameters: tool.input_schema,
                strict: tool.strict,
                cache: tool.cache_control,
            }),
            Some(own) => dropped.push(format!("tools[{index}] ({own})")),
        }
    }
    Ok(read)
}

fn chosen(choice: wire::Choice<'_>) -> Result<Choice<'_>, Malformed> {
    match (&*choice.kind, choice.name) {
        ("auto", _) => Ok(Choice::Auto),
        ("any", _) => Ok(Choice::Some),
        ("none", _) => Ok(Choice::Never),
        ("tool", Some(name)) => Ok(Choice::This(name)),
        (other, _) => Err(Malformed::value("tool_choice", format!("'{other}' is no choice"))),
    }
}

fn format<'a>(top: &Top<'a>) -> Result<Option<Format<'a>>, Malformed> {
    let Some(config) = top.object("output_config")? else { return Ok(None) };
    let Some(format) = config.object("format")? else { return Ok(None) };
    let schema = format.given("schema").ok_or_else(|| Malformed::missing("output_config.format.schema"))?;
    match schema.get().starts_with('{') {
        true => Ok(Some(Format::Schema { name: None, schema, strict: Some(true) })),
        false => Err(Malformed::wrong_type("output_config.format.schema", "an object", kind_of(schema.get()))),
    }
}
