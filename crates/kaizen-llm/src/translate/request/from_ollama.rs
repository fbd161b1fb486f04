//! Out of Ollama's own API, both of `/api/chat` and `/api/generate`.

use super::from_chat;
use super::talk::{Call, Format, Part, Role, Talk, Turn, What};
use crate::face::{Face, Malformed};
use crate::wire::ollama as wire;
use crate::wire::text::Text;
use crate::wire::top::Top;
use serde_json::value::RawValue;

const READ: &[&str] = &["model", "messages", "prompt", "system", "images", "stream", "options", "format", "tools", "keep_alive", "think"];
/// The options that have a place elsewhere.
const OPTIONS: &[&str] = &["num_predict", "temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty", "stop"];
/// What only Ollama itself can do.
const OWN: &[&str] = &["suffix", "template", "context", "raw"];

pub(super) fn talk<'a>(face: Face, top: &Top<'a>) -> Result<Talk<'a>, Malformed> {
    if let Some(own) = OWN.iter().find(|key| top.given(key).is_some_and(|raw| !matches!(raw.get(), "\"\"" | "false" | "[]"))) {
        return Err(Malformed::unsupported(own, "only Ollama has it, and this model has another provider"));
    }
    let turns = if face == Face::OllamaGenerate { generate(top)? } else { chat(top)? };
    let mut talk = Talk { turns, ..Talk::default() };
    if talk.turns.is_empty() {
        return Err(Malformed::missing(if face == Face::OllamaGenerate { "prompt" } else { "messages" }));
    }
    if let Some(options) = top.object("options")? {
        talk.numbers(&options);
        talk.stop = from_chat::stop(&options)?;
        let limit: Option<i64> = options.typed("num_predict", "an integer")?;
        talk.max_output = limit.and_then(|limit| u64::try_from(limit).ok());
        let unread = options.entries.iter().filter(|entry| !OPTIONS.contains(&&*entry.key));
        talk.dropped.extend(unread.map(|entry| format!("options.{}", &*entry.key)));
    }
    talk.format = format(top)?;
    let tools: Vec<crate::wire::chat::request::Tool<'a>> = top.typed("tools", "an array of tools")?.unwrap_or_default();
    talk.tools = tools.into_iter().filter_map(|tool| Some(from_chat::function(tool.function?, None))).collect();
    talk.effort = effort(top.given("think"));
    talk.unread(top, READ);
    Ok(talk)
}

fn generate<'a>(top: &Top<'a>) -> Result<Vec<Turn<'a>>, Malformed> {
    let system = top.string("system")?.filter(|system| !system.is_empty());
    let prompt = top.string("prompt")?.filter(|prompt| !prompt.is_empty());
    let Some(prompt) = prompt else { return Ok(Vec::new()) };
    let images: Vec<Text<'a>> = top.typed("images", "an array of strings")?.unwrap_or_default();
    let parts = std::iter::once(Part::text(prompt)).chain(images.into_iter().map(image)).collect();
    let asked = Turn::new(Role::User, parts);
    Ok(system.map(|system| Turn::text(Role::System, system)).into_iter().chain([asked]).collect())
}

fn chat<'a>(top: &Top<'a>) -> Result<Vec<Turn<'a>>, Malformed> {
    let mut turns: Vec<Turn<'a>> = Vec::new();
    // Calls have no ids in this shape's older versions; they are answered in their order.
    let mut made = 0_usize;
    let mut open: std::collections::VecDeque<(String, String)> = std::collections::VecDeque::new();
    for (index, raw) in top.array("messages")?.unwrap_or_default().into_iter().enumerate() {
        let place = format!("messages[{index}]");
        let message: wire::Message<'a> = serde_json::from_str(raw.get()).map_err(|error| Malformed::value(&place, error))?;
        let role = role(&message.role, &place)?;
        let mut parts: Vec<Part<'a>> = message.content.into_iter().filter(|text| !text.is_empty()).map(Part::text).collect();
        parts.extend(message.images.into_iter().flatten().map(image));
        let mut turn = Turn::new(role, parts);
        turn.reasoning = message.thinking;
        for call in message.tool_calls.into_iter().flatten() {
            made += 1;
            let id = call.id.map_or_else(|| format!("call_{made}"), |id| id.to_string());
            open.push_back((id.clone(), call.function.name.to_string()));
            let arguments = call.function.arguments.map_or("{}", RawValue::get);
            turn.calls.push(Call { id: id.into(), name: call.function.name, arguments: arguments.into() });
        }
        if role == Role::Tool {
            let at = open.iter().position(|(id, name)| match (&message.tool_call_id, &message.tool_name) {
                (Some(known), _) => **known == **id,
                (None, Some(known)) => **known == **name,
                (None, None) => true,
            });
            let (id, _) = at.and_then(|at| open.remove(at)).ok_or_else(|| Malformed::value(&place, "it answers no tool call"))?;
            turn.answers = Some(id.into());
        }
        turns.push(turn);
    }
    Ok(turns)
}

fn role(role: &str, place: &str) -> Result<Role, Malformed> {
    match role {
        "system" => Ok(Role::System),
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        "tool" => Ok(Role::Tool),
        other => Err(Malformed::value(&format!("{place}.role"), format!("'{other}' is no role"))),
    }
}

/// Ollama's images have no type; it shows in their first bytes.
fn image(data: Text<'_>) -> Part<'_> {
    let mime = match data.get(..4).unwrap_or_default() {
        "/9j/" => "image/jpeg",
        "R0lG" => "image/gif",
        "UklG" => "image/webp",
        _ => "image/png",
    };
    Part { what: What::Image { mime: mime.to_owned(), data }, cache: None }
}

fn format<'a>(top: &Top<'a>) -> Result<Option<Format<'a>>, Malformed> {
    match top.given("format") {
        None => Ok(None),
        Some(raw) if raw.get() == "\"\"" => Ok(None),
        Some(raw) if raw.get() == "\"json\"" => Ok(Some(Format::Json)),
        Some(raw) if raw.get().starts_with('{') => Ok(Some(Format::Schema { name: None, schema: raw, strict: None })),
        Some(raw) => Err(Malformed::value("format", format!("{} is neither \"json\" nor a schema", raw.get()))),
    }
}

/// `think` is a truth value or one of the words that others have for their effort.
fn effort(raw: Option<&RawValue>) -> Option<Text<'_>> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}
