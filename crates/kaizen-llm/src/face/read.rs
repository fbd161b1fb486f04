//! Reading a request: one function per shape, each over the top level of the body.
//!
//! Values are checked where the gateway acts on them; whatever else is wrong with a request its upstream will say.

use super::{Asked, Face, IMAGE_TOKENS, Malformed};
use crate::wire::fields::kind_of;
use crate::wire::light::{Content, Images, Message};
use crate::wire::top::Top;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub(super) fn read(face: Face, top: &Top<'_>) -> Result<Asked, Malformed> {
    top.once(keys(face))?;
    let asked = blank(face, top.model()?);
    match face {
        Face::Chat => chat(top, asked),
        Face::Messages | Face::CountTokens => messages(top, asked),
        Face::Responses => responses(top, asked),
        Face::Embeddings => embeddings(top, asked),
        Face::OllamaChat | Face::OllamaGenerate => ollama(top, asked),
    }
}

/// The keys of each shape that are acted upon, here or when the request is sent on.
fn keys(face: Face) -> &'static [&'static str] {
    const CHAT: &[&str] = &[
        "model",
        "messages",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "n",
        "temperature",
        "tools",
        "response_format",
    ];
    match face {
        Face::Chat => CHAT,
        Face::Messages | Face::CountTokens => &["model", "messages", "stream", "max_tokens", "system", "temperature", "tools"],
        Face::Responses => &["model", "input", "stream", "max_output_tokens", "instructions", "temperature", "tools", "text"],
        Face::Embeddings => &["model", "input", "encoding_format", "dimensions"],
        Face::OllamaChat | Face::OllamaGenerate => {
            &["model", "messages", "prompt", "system", "images", "stream", "options", "format", "tools", "keep_alive"]
        }
    }
}

fn blank(face: Face, model: String) -> Asked {
    Asked {
        face,
        model,
        stream: false,
        max_output: None,
        choices: 1,
        input_bound: 0,
        wants_usage: false,
        metadata: BTreeMap::new(),
        temperature: None,
        has_tools: false,
        images: 0,
        base64: false,
        wants_thinking: false,
    }
}

fn chat(top: &Top<'_>, mut asked: Asked) -> Result<Asked, Malformed> {
    let images = conversation(top, "messages", &asked)?;
    sampling(top, &mut asked)?;
    asked.max_output = top.count("max_completion_tokens")?.max(top.count("max_tokens")?);
    asked.choices = top.count("n")?.unwrap_or(1).max(1);
    let options = top.object("stream_options")?;
    asked.wants_usage = options.map(|options| options.truth("include_usage")).transpose()?.flatten().unwrap_or(false);
    asked.metadata = metadata(top.given("metadata"));
    Ok(bounded(top, asked, images))
}

fn messages(top: &Top<'_>, mut asked: Asked) -> Result<Asked, Malformed> {
    let mut images = conversation(top, "messages", &asked)?;
    sampling(top, &mut asked)?;
    asked.max_output = top.count("max_tokens")?;
    if asked.max_output.is_none() && asked.face == Face::Messages {
        return Err(Malformed::missing("max_tokens"));
    }
    images.of_content(&content(top, "system")?);
    asked.wants_usage = true;
    asked.metadata = metadata(top.given("metadata"));
    let thinking = top.object("thinking")?.and_then(|thinking| thinking.string("type").ok().flatten());
    asked.wants_thinking = thinking.is_some_and(|kind| &*kind != "disabled");
    Ok(bounded(top, asked, images))
}

fn responses(top: &Top<'_>, mut asked: Asked) -> Result<Asked, Malformed> {
    if top.given("previous_response_id").is_some() {
        return Err(Malformed::unsupported("previous_response_id", "responses are not kept here; send the whole conversation as 'input'"));
    }
    if top.given("conversation").is_some() {
        return Err(Malformed::unsupported("conversation", "conversations are not kept here; send the whole conversation as 'input'"));
    }
    if top.truth("background")? == Some(true) {
        return Err(Malformed::unsupported("background", "responses are not kept here, so none can be fetched later"));
    }
    let images = match top.given("input").map(RawValue::get) {
        None => return Err(Malformed::missing("input")),
        Some(text) if text.starts_with('"') => Images::default(),
        Some(_) => conversation(top, "input", &asked)?,
    };
    sampling(top, &mut asked)?;
    asked.max_output = top.count("max_output_tokens")?;
    asked.wants_usage = true;
    asked.metadata = metadata(top.given("metadata"));
    Ok(bounded(top, asked, images))
}

fn embeddings(top: &Top<'_>, mut asked: Asked) -> Result<Asked, Malformed> {
    let input = top.given("input").ok_or_else(|| Malformed::missing("input"))?;
    crate::wire::embeddings::check(input)?;
    asked.base64 = match top.string("encoding_format")?.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(other) => return Err(Malformed::value("encoding_format", format!("'{other}' is neither 'float' nor 'base64'"))),
    };
    asked.max_output = Some(0);
    Ok(bounded(top, asked, Images::default()))
}

fn ollama(top: &Top<'_>, mut asked: Asked) -> Result<Asked, Malformed> {
    // Without messages Ollama loads the model (or unloads it); that is no mistake.
    let mut images = match (asked.face, top.given("messages")) {
        (Face::OllamaChat, Some(_)) => conversation(top, "messages", &asked)?,
        _ => Images::default(),
    };
    for image in top.typed::<Vec<crate::wire::text::Text<'_>>>("images", "an array of strings")?.unwrap_or_default() {
        images.add(&image);
    }
    asked.stream = top.truth("stream")?.unwrap_or(true);
    asked.wants_usage = true;
    asked.has_tools = top.array("tools")?.is_some_and(|tools| !tools.is_empty());
    if let Some(options) = top.object("options")? {
        let inside = |malformed: Malformed| Malformed { param: malformed.param.map(|param| format!("options.{param}")), ..malformed };
        asked.max_output = options.typed::<i64>("num_predict", "an integer").map_err(inside)?.and_then(|limit| u64::try_from(limit).ok());
        asked.temperature = options.number("temperature").map_err(inside)?;
    }
    Ok(bounded(top, asked, images))
}

fn sampling(top: &Top<'_>, asked: &mut Asked) -> Result<(), Malformed> {
    asked.stream = top.truth("stream")?.unwrap_or(false);
    asked.temperature = top.number("temperature")?;
    asked.has_tools = top.array("tools")?.is_some_and(|tools| !tools.is_empty());
    Ok(())
}

fn bounded(top: &Top<'_>, mut asked: Asked, images: Images) -> Asked {
    asked.images = images.count;
    asked.input_bound = (top.text.len() as u64).saturating_sub(images.bytes) + images.count * IMAGE_TOKENS;
    asked
}

/// Looks at every message: each is an object with a role (or, in Responses, a type).
fn conversation(top: &Top<'_>, key: &str, asked: &Asked) -> Result<Images, Malformed> {
    let raw = top.given(key).ok_or_else(|| Malformed::missing(key))?;
    let messages: Vec<Message<'_>> = serde_json::from_str(raw.get()).map_err(|error| blamed(key, raw, &error))?;
    if messages.is_empty() && key == "messages" && asked.face != Face::OllamaChat {
        return Err(Malformed { code: Some("empty_array"), ..Malformed::value(key, "expected an array with at least 1 message") });
    }
    let mut images = Images::default();
    for (index, message) in messages.iter().enumerate() {
        if message.role.is_none() && (key == "messages" || message.kind.is_none()) {
            return Err(Malformed::missing(&format!("{key}[{index}].role")));
        }
        images.of_message(message);
    }
    Ok(images)
}

/// Finds the message at fault, for the error's sake.
fn blamed(key: &str, raw: &RawValue, error: &serde_json::Error) -> Malformed {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
        return Malformed::wrong_type(key, "an array of objects", kind_of(raw.get()));
    };
    for (index, item) in items.iter().enumerate() {
        let place = format!("{key}[{index}]");
        let Ok(inner) = Top::read(item.get()) else { return Malformed::wrong_type(&place, "an object", kind_of(item.get())) };
        if let Some(role) = inner.get("role").filter(|role| !role.get().starts_with('"')) {
            return Malformed::wrong_type(&format!("{place}.role"), "a string", kind_of(role.get()));
        }
        let Err(fault) = serde_json::from_str::<Message<'_>>(item.get()) else { continue };
        let part = ["content", "images", "output"].into_iter().find(|part| inner.get(part).is_some_and(|raw| !fits(part, raw)));
        let place = part.map_or(place.clone(), |part| format!("{place}.{part}"));
        return Malformed { code: Some("invalid_type"), ..Malformed::value(&place, fault) };
    }
    Malformed::value(key, error)
}

fn fits(part: &str, raw: &RawValue) -> bool {
    match part {
        "images" => serde_json::from_str::<Option<Vec<String>>>(raw.get()).is_ok(),
        _ => serde_json::from_str::<Content<'_>>(raw.get()).is_ok(),
    }
}

fn content<'a>(top: &Top<'a>, key: &str) -> Result<Content<'a>, Malformed> {
    Ok(top.typed(key, "a string or an array of objects")?.unwrap_or_default())
}

/// What is no object has no pairs; whether it may be something else is the upstream's to say.
fn metadata(raw: Option<&RawValue>) -> BTreeMap<String, String> {
    let Some(Ok(pairs)) = raw.map(|raw| Top::read(raw.get())) else { return BTreeMap::new() };
    let value = |raw: &RawValue| match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).ok(),
        Some(b'{' | b'[' | b'n') | None => None,
        Some(_) => Some(raw.get().to_owned()),
    };
    pairs.entries.iter().filter_map(|entry| Some((entry.key.to_string(), value(entry.raw)?))).collect()
}
