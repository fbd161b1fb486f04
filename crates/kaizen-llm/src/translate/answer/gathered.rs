//! An answer put together from its pieces: what is said whole, and what a stream has to repeat at its end.

use crate::translate::Garbled;
use crate::translate::piece::Piece;
use kaizen_domain::money::Usage;

/// The most that is put together of one answer, in bytes; a model that says more has lost its way.
const LIMIT: usize = 64 * 1024 * 1024;

/// One thing in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Thought { text: String, signature: String },
    Text(String),
    Refusal(String),
    Call { id: String, name: String, arguments: String },
}

/// Where a piece went: the place of its item, and whether it began it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Went {
    pub item: usize,
    pub new: bool,
}

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub items: Vec<Item>,
    pub finish: Option<String>,
    pub sequence: Option<String>,
    pub usage: Option<Usage>,
    /// Kind and message.
    pub failed: Option<(String, String)>,
    /// The place of each call among the items.
    calls: Vec<usize>,
    bytes: usize,
}

impl Gathered {
    /// Takes in a piece; says where it went if it belongs to an item.
    pub(crate) fn hear(&mut self, piece: &Piece<'_>) -> Result<Option<Went>, Garbled> {
        if let Piece::Text(text) | Piece::Refusal(text) | Piece::Thought(text) | Piece::Arguments { json: text, .. } = piece {
            self.bytes += text.len();
        }
        if self.bytes > LIMIT {
            return Err(Garbled::TooLong);
        }
        match *piece {
            Piece::Text(text) => return Ok(Some(self.text(text))),
            Piece::Refusal(text) => return Ok(Some(self.refusal(text))),
            Piece::Thought(text) => return Ok(Some(self.thought(text, ""))),
            Piece::Signature(text) => return Ok(Some(self.thought("", text))),
            Piece::Call { id, name, .. } => return Ok(Some(self.call(id, name))),
            Piece::Arguments { index, json } => return Ok(self.arguments(index, json)),
            Piece::Finish { reason, sequence } => {
                self.finish = Some(reason.to_owned());
                self.sequence = sequence.map(str::to_owned);
            }
            Piece::Usage(usage) => self.usage = Some(usage),
            Piece::Failed { kind, message } => self.failed = Some((kind.to_owned(), message.to_owned())),
            Piece::Start { .. } | Piece::Elsewhere(_) | Piece::End => {}
        }
        Ok(None)
    }

    fn text(&mut self, text: &str) -> Went {
        if let Some(Item::Text(before)) = self.items.last_mut() {
            before.push_str(text);
            return self.last();
        }
        self.add(Item::Text(text.to_owned()))
    }

    fn refusal(&mut self, text: &str) -> Went {
        if let Some(Item::Refusal(before)) = self.items.last_mut() {
            before.push_str(text);
            return self.last();
        }
        self.add(Item::Refusal(text.to_owned()))
    }

    /// A signature closes a thought: what follows is another one.
    fn thought(&mut self, text: &str, signed: &str) -> Went {
        if let Some(Item::Thought { text: before, signature }) = self.items.last_mut()
            && (signature.is_empty() || text.is_empty())
        {
            before.push_str(text);
            signature.push_str(signed);
            return self.last();
        }
        self.add(Item::Thought { text: text.to_owned(), signature: signed.to_owned() })
    }

    fn call(&mut self, id: &str, name: &str) -> Went {
        self.calls.push(self.items.len());
        self.add(Item::Call { id: id.to_owned(), name: name.to_owned(), arguments: String::new() })
    }

    fn arguments(&mut self, index: usize, json: &str) -> Option<Went> {
        let item = *self.calls.get(index)?;
        if let Some(Item::Call { arguments, .. }) = self.items.get_mut(item) {
            arguments.push_str(json);
        }
        Some(Went { item, new: false })
    }

    fn add(&mut self, item: Item) -> Went {
        self.items.push(item);
        Went { item: self.items.len() - 1, new: true }
    }

    fn last(&self) -> Went {
        Went { item: self.items.len() - 1, new: false }
    }

    /// All texts of one sort, joined.
    pub(crate) fn joined(&self, pick: impl Fn(&Item) -> Option<&str>) -> String {
        self.items.iter().filter_map(pick).collect()
    }

    /// The calls: id, name and arguments.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.items.iter().filter_map(|item| match item {
            Item::Call { id, name, arguments } => Some((id.as_str(), name.as_str(), arguments.as_str())),
            _ => None,
        })
    }

    /// The reason in one of the words that chat completions have.
    pub(crate) fn reason(&self) -> &'static str {
        reason(self.finish.as_deref().unwrap_or("stop"))
    }
}

/// The nearest of the words that chat completions have.
pub(crate) fn reason(word: &str) -> &'static str {
    match word {
        "length" | "max_tokens" => "length",
        "tool_calls" | "function_call" => "tool_calls",
        "content_filter" => "content_filter",
        _ => "stop",
    }
}

impl Item {
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_refusal(&self) -> Option<&str> {
        if let Self::Refusal(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_thought(&self) -> Option<&str> {
        if let Self::Thought { text, .. } = self { Some(text) } else { None }
    }
}
