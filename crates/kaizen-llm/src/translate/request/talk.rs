//! A request between two shapes: a conversation, tools, and how to answer. Named after chat completions, which can say almost
//! everything that the others can.
//!
//! Numbers and schemas are carried as the JSON they were written in: no digit and no order of keys changes.

use crate::face::Malformed;
use crate::wire::text::Text;
use crate::wire::top::Top;
use serde_json::value::RawValue;

/// What is asked for, whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Talk<'a> {
    pub turns: Vec<Turn<'a>>,
    pub tools: Vec<Tool<'a>>,
    pub choice: Choice<'a>,
    pub parallel: Option<bool>,
    pub format: Option<Format<'a>>,
    pub stop: Vec<Text<'a>>,
    pub max_output: Option<u64>,
    pub temperature: Option<&'a RawValue>,
    pub top_p: Option<&'a RawValue>,
    pub top_k: Option<&'a RawValue>,
    pub seed: Option<&'a RawValue>,
    pub presence_penalty: Option<&'a RawValue>,
    pub frequency_penalty: Option<&'a RawValue>,
    pub user: Option<Text<'a>>,
    pub effort: Option<Text<'a>>,
    /// Anthropic's settings of its reasoning, for Anthropic only.
    pub thinking: Option<&'a RawValue>,
    /// Ollama's settings, for Ollama only.
    pub options: Option<&'a RawValue>,
    pub keep_alive: Option<&'a RawValue>,
    pub think: Option<&'a RawValue>,
    /// What has no place in the middle already.
    pub dropped: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
    /// What one tool answered.
    Tool,
}

#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub role: Role,
    pub parts: Vec<Part<'a>>,
    /// The assistant's calls.
    pub calls: Vec<Call<'a>>,
    /// A tool's: the id of the call it answers.
    pub answers: Option<Text<'a>>,
    /// The assistant's reasoning as Anthropic's own blocks, which are given back to it unchanged.
    pub thoughts: Vec<&'a RawValue>,
    /// The assistant's reasoning as text.
    pub reasoning: Option<Text<'a>>,
    /// A tool's: whether it failed.
    pub failed: bool,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(role: Role, parts: Vec<Part<'a>>) -> Self {
        Self { role, parts, calls: Vec::new(), answers: None, thoughts: Vec::new(), reasoning: None, failed: false }
    }

    pub(crate) fn text(role: Role, text: Text<'a>) -> Self {
        Self::new(role, vec![Part::text(text)])
    }

    /// Its texts, joined; other parts are left out.
    pub(crate) fn joined(&self, between: &str) -> String {
        let texts: Vec<&str> = self.parts.iter().filter_map(Part::as_text).collect();
        texts.join(between)
    }
}

#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub what: What<'a>,
    /// Anthropic's mark of what its prompt cache keeps.
    pub cache: Option<&'a RawValue>,
}

#[derive(Debug)]
pub(crate) enum What<'a> {
    Text(Text<'a>),
    /// An image somewhere else.
    Link(Text<'a>),
    /// An image in base64.
    Image {
        mime: String,
        data: Text<'a>,
    },
    /// A document in base64.
    File {
        mime: String,
        data: Text<'a>,
        name: Option<Text<'a>>,
    },
}

impl<'a> Part<'a> {
    pub(crate) fn text(text: Text<'a>) -> Self {
        Self { what: What::Text(text), cache: None }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.what {
            What::Text(text) => Some(text),
            _ => None,
        }
    }

    /// An image by its address, which may hold the image itself.
    pub(crate) fn image(address: Text<'a>, cache: Option<&'a RawValue>) -> Self {
        let what = match embedded(&address) {
            Some((mime, data)) => What::Image { mime, data: data.into() },
            None => What::Link(address),
        };
        Self { what, cache }
    }

    /// A document by its address, which has to hold it.
    pub(crate) fn file(address: &Text<'a>, name: Option<Text<'a>>, cache: Option<&'a RawValue>) -> Option<Self> {
        let (mime, data) = embedded(address)?;
        Some(Self { what: What::File { mime, data: data.into(), name }, cache })
    }
}

/// Type and base64 of a `data:` address.
fn embedded(address: &str) -> Option<(String, String)> {
    let (mime, data) = address.strip_prefix("data:")?.split_once(";base64,")?;
    Some((mime.split(';').next().unwrap_or_default().to_owned(), data.to_owned()))
}

#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub id: Text<'a>,
    pub name: Text<'a>,
    /// A JSON object as text.
    pub arguments: Text<'a>,
}

impl Call<'_> {
    /// The arguments as an object: what shapes want that do not carry them as text.
    pub(crate) fn object(&self, place: &str) -> Result<Box<RawValue>, Malformed> {
        let text = if self.arguments.trim().is_empty() { "{}" } else { self.arguments.trim() };
        let raw = serde_json::from_str::<Box<RawValue>>(text).ok().filter(|raw| raw.get().starts_with('{'));
        raw.ok_or_else(|| Malformed::value(place, "expected the text of a JSON object"))
    }
}

#[derive(Debug)]
pub(crate) struct Tool<'a> {
    pub name: Text<'a>,
    pub description: Option<Text<'a>>,
    /// A JSON schema.
    pub parameters: Option<&'a RawValue>,
    pub strict: Option<bool>,
    pub cache: Option<&'a RawValue>,
}

/// Whether tools are called.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice<'a> {
    #[default]
    Auto,
    Never,
    Some,
    This(Text<'a>),
}

/// What the answer has to be.
#[derive(Debug)]
pub(crate) enum Format<'a> {
    /// Any JSON object.
    Json,
    Schema {
        name: Option<Text<'a>>,
        schema: &'a RawValue,
        strict: Option<bool>,
    },
}

impl<'a> Talk<'a> {
    /// The numbers that all shapes call the same.
    pub(crate) fn numbers(&mut self, top: &Top<'a>) {
        self.temperature = top.given("temperature");
        self.top_p = top.given("top_p");
        self.top_k = top.given("top_k");
        self.seed = top.given("seed");
        self.presence_penalty = top.given("presence_penalty");
        self.frequency_penalty = top.given("frequency_penalty");
    }

    /// Whatever is given and not among the keys that were read, is said to be dropped.
    pub(crate) fn unread(&mut self, top: &Top<'a>, read: &[&str]) {
        let unread = top.entries.iter().filter(|entry| entry.raw.get() != "null" && !read.contains(&&*entry.key));
        self.dropped.extend(unread.map(|entry| entry.key.to_string()));
    }

    /// The name of the tool that a call asked for.
    pub(crate) fn called(&self, id: &str) -> Option<&str> {
        self.turns.iter().flat_map(|turn| &turn.calls).find(|call| &*call.id == id).map(|call| &*call.name)
    }
}

impl Talk<'_> {
    /// Between two turns of the assistant's, what tools answered comes first: everybody wants it right behind the calls.
    pub(crate) fn settle(&mut self) {
        for run in self.turns.split_mut(|turn| turn.role == Role::Assistant) {
            run.sort_by_key(|turn| turn.role != Role::Tool);
        }
    }
}
