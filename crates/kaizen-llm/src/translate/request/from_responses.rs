//! Out of OpenAI's responses, of which nothing is kept: the whole conversation has to be in the request.

use super::from_chat;
use super::talk::{Call, Part, Role, Talk, Tool, Turn};
use crate::face::Malformed;
use crate::wire::content::Content;
use crate::wire::responses as wire;
use crate::wire::top::Top;
use serde_json::value::RawValue;

/// `store` is read so far that every answer says it is not stored.
const READ: &[&str] = &[
    "model",
    "input",
    "instructions",
    "stream",
    "max_output_tokens",
    "temperature",
    "top_p",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "text",
    "reasoning",
    "user",
    "store",
    "metadata",
    "background",
];

pub(super) fn talk<'a>(top: &Top<'a>) -> Result<Talk<'a>, Malformed> {
    let mut talk = Talk::default();
    if let Some(instructions) = top.string("instructions")? {
        talk.turns.push(Turn::text(Role::System, instructions));
    }
    match top.given("input") {
        Some(raw) if raw.get().starts_with('"') => talk.turns.extend(top.string("input")?.map(|text| Turn::text(Role::User, text))),
        _ => {
            for (index, raw) in top.array("input")?.unwrap_or_default().into_iter().enumerate() {
                item(raw, &format!("input[{index}]"), &mut talk)?;
            }
        }
    }
    talk.numbers(top);
    talk.max_output = top.count("max_output_tokens")?;
    talk.tools = tools(top, &mut talk.dropped)?;
    talk.choice = from_chat::choice(top.given("tool_choice"))?;
    talk.parallel = top.truth("parallel_tool_calls")?;
    if let Some(text) = top.object("text")? {
        talk.format = from_chat::format(text.typed("format", "an object")?, "text.format")?;
    }
    talk.effort = top.object("reasoning")?.map(|reasoning| reasoning.string("effort")).transpose()?.flatten();
    talk.user = top.string("user")?;
    talk.unread(top, READ);
    Ok(talk)
}

fn item<'a>(raw: &'a RawValue, place: &str, talk: &mut Talk<'a>) -> Result<(), Malformed> {
    let item: wire::Item<'a> = serde_json::from_str(raw.get()).map_err(|error| Malformed::value(place, error))?;
    let missing = |key: &str| Malformed::missing(&format!("{place}.{key}"));
    match item.kind.as_deref().unwrap_or("message") {
        "message" => {
            let role = match item.role.as_deref().ok_or_else(|| missing("role"))? {
                "system" | "developer" => Role::System,
                "assistant" => Role::Assistant,
                "user" => Role::User,
                other => return Err(Malformed::value(&format!("{place}.role"), format!("'{other}' is no role"))),
            };
            talk.turns.push(Turn::new(role, parts(item.content, &format!("{place}.content"))?));
        }
        "function_call" => {
            let id = item.call_id.ok_or_else(|| missing("call_id"))?;
            let name = item.name.ok_or_else(|| missing("name"))?;
            called(talk, Call { id, name, arguments: item.arguments.unwrap_or_default() });
        }
        "function_call_output" => {
            let mut turn = Turn::new(Role::Tool, parts(item.output, &format!("{place}.output"))?);
            turn.answers = Some(item.call_id.ok_or_else(|| missing("call_id"))?);
            talk.turns.extend(apart(turn));
        }
        // The reasoning of another call means nothing to this provider.
        "reasoning" => {}
        "item_reference" => return Err(Malformed::unsupported(place, "items are not kept here; send the item itself")),
        other => return Err(Malformed::value(&format!("{place}.type"), format!("'{other}' has no place with this provider"))),
    }
    Ok(())
}

/// A call belongs to the assistant's turn before it.
fn called<'a>(talk: &mut Talk<'a>, call: Call<'a>) {
    match talk.turns.last_mut() {
        Some(turn) if turn.role == Role::Assistant => turn.calls.push(call),
        _ => {
            let mut turn = Turn::new(Role::Assistant, Vec::new());
            turn.calls.push(call);
            talk.turns.push(turn);
        }
    }
}

/// Images that a tool showed, as a turn of the user's: a tool's turn carries only text elsewhere.
fn apart(mut turn: Turn<'_>) -> impl Iterator<Item = Turn<'_>> {
    let (texts, shown): (Vec<_>, Vec<_>) = std::mem::take(&mut turn.parts).into_iter().partition(|part| part.as_text().is_some());
    turn.parts = texts;
    let images = (!shown.is_empty()).then(|| Turn::new(Role::User, shown));
    std::iter::once(turn).chain(images)
}

fn parts<'a>(content: Content<'a, wire::Part<'a>>, place: &str) -> Result<Vec<Part<'a>>, Malformed> {
    match content {
        Content::Nothing => Ok(Vec::new()),
        Content::Text(text) => Ok(vec![Part::text(text)]),
        Content::Parts(parts) => parts.into_iter().enumerate().map(|(at, read)| part(read, &format!("{place}[{at}]"))).collect(),
    }
}

fn part<'a>(part: wire::Part<'a>, place: &str) -> Result<Part<'a>, Malformed> {
    let missing = |key: &str| Malformed::missing(&format!("{place}.{key}"));
    match part.kind.as_deref().unwrap_or("input_text") {
        "input_text" | "output_text" | "text" => Ok(Part::text(part.text.ok_or_else(|| missing("text"))?)),
        "refusal" => Ok(Part::text(part.refusal.ok_or_else(|| missing("refusal"))?)),
        "input_image" => Ok(Part::image(part.image_url.ok_or_else(|| missing("image_url"))?.0, None)),
        "input_file" => {
            let data = part.file_data.ok_or_else(|| missing("file_data"))?;
            let wrong = || Malformed::value(&format!("{place}.file_data"), "expected a data: URL in base64");
            Part::file(&data, part.filename, None).ok_or_else(wrong)
        }
        other => Err(Malformed::value(&format!("{place}.type"), format!("'{other}' has no place with this provider"))),
    }
}

fn tools<'a>(top: &Top<'a>, dropped: &mut Vec<String>) -> Result<Vec<Tool<'a>>, Malformed> {
    let tools: Vec<wire::Tool<'a>> = top.typed("tools", "an array of tools")?.unwrap_or_default();
    let mut read = Vec::new();
    for (index, tool) in tools.into_iter().enumerate() {
        let wire::Tool { kind, name, description, parameters, strict } = tool;
        let kind = kind.unwrap_or_default();
        if &*kind != "function" {
            dropped.push(format!("tools[{index}] ({})", &*kind));
            continue;
        }
        let name = name.ok_or_else(|| Malformed::missing(&format!("tools[{index}].name")))?;
        read.push(Tool { name, description, parameters: parameters.filter(|raw| raw.get() != "null"), strict, cache: None });
    }
    Ok(read)
}
