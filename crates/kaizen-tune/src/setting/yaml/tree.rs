//! The nodes of one YAML document with their places, built from the parser's events.

use super::broken;
use crate::error::TuneError;
use crate::setting::scalar::line;
use granit_parser::{Event, Parser, ScalarStyle};
use std::ops::Range;

/// How deep collections may nest.
const DEPTH: usize = 128;

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    /// Bytes of the value, without anchor and tag.
    pub(super) span: Range<usize>,
    /// The number of its anchor (of the anchor it stands for, where it is an alias); 0 without.
    pub(super) anchor: usize,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Content {
    Scalar { value: String, style: ScalarStyle, tagged: bool },
    Mapping(Vec<(Node, Node)>),
    Sequence(Vec<Node>),
    Alias,
}

impl Node {
    /// The text of a key.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    pub(super) fn is_named(&self, wanted: &str) -> bool {
        self.name() == Some(wanted)
    }
}

/// A document and the anchors its aliases use.
pub(super) struct Tree {
    root: Option<Node>,
    /// Anchor and line of every alias.
    aliases: Vec<(usize, usize)>,
}

impl Tree {
    pub(super) fn root(&self) -> Option<&Node> {
        self.root.as_ref()
    }

    /// The line of an alias of this anchor.
    pub(super) fn alias_of(&self, anchor: usize) -> Option<usize> {
        self.aliases.iter().find(|(used, _)| anchor != 0 && *used == anchor).map(|(_, line)| *line)
    }
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Tree, TuneError> {
    let mut builder = Builder { text, open: Vec::new(), root: None, aliases: Vec::new() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| TuneError::Broken { format: "YAML", what: error.to_string() })?;
        let span = span.byte_range().ok_or_else(|| broken(text, 0, "a value of unknown place"))?;
        builder.take(event, span)?;
    }
    Ok(Tree { root: builder.root, aliases: builder.aliases })
}

struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    aliases: Vec<(usize, usize)>,
}

/// A collection whose end is not reached.
struct Open {
    mapping: bool,
    items: Vec<Node>,
    from: usize,
    anchor: usize,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), TuneError> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let content = Content::Scalar { value: value.into_owned(), style, tagged: tag.is_some() };
                self.add(Node { content, span, anchor })
            }
            Event::Alias(anchor) => {
                self.aliases.push((anchor, line(self.text, span.start)));
                self.add(Node { content: Content::Alias, span, anchor: 0 })
            }
            Event::MappingStart(_, anchor, _) => self.begin(true, anchor, span.start),
            Event::SequenceStart(_, anchor, _) => self.begin(false, anchor, span.start),
            Event::MappingEnd | Event::SequenceEnd => self.end(span.end),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, mapping: bool, anchor: usize, from: usize) -> Result<(), TuneError> {
        if self.open.len() >= DEPTH {
            return Err(broken(self.text, from, "it nests too deeply"));
        }
        self.open.push(Open { mapping, items: Vec::new(), from, anchor });
        Ok(())
    }

    fn end(&mut self, to: usize) -> Result<(), TuneError> {
        let Some(Open { mapping, items, from, anchor }) = self.open.pop() else { return Ok(()) };
        let content = if mapping { Content::Mapping(paired(items)) } else { Content::Sequence(items) };
        self.add(Node { content, span: from..to, anchor })
    }

    fn add(&mut self, node: Node) -> Result<(), TuneError> {
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None if self.root.is_some() => {
                return Err(broken(self.text, node.span.start, "a second document, which one counts is unclear"));
            }
            None => self.root = Some(node),
        }
        Ok(())
    }
}

/// Keys and values follow each other.
fn paired(items: Vec<Node>) -> Vec<(Node, Node)> {
    let mut pairs = Vec::with_capacity(items.len() / 2);
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        pairs.push((key, value));
    }
    pairs
}
