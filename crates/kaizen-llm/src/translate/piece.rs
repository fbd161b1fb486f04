//! What every stream and every whole answer is taken apart into, whoever speaks: the middle between all shapes.
//!
//! A piece borrows from the event it came from. Pieces come in the order of the answer: a start, then text, reasoning and
//! calls in turn, a finish, the usage (which may come earlier, and again: the last one counts), an end. A whole answer is the
//! same sequence at once.

use kaizen_domain::money::Usage;

/// One piece of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Piece<'a> {
    /// The answer began. What the upstream does not say is empty or 0.
    Start { id: &'a str, model: &'a str, created: u64 },
    /// Text of the answer.
    Text(&'a str),
    /// The model says that it will not answer, and why.
    Refusal(&'a str),
    /// Reasoning.
    Thought(&'a str),
    /// What lets a provider recognise its own reasoning when it is sent back.
    Signature(&'a str),
    /// So many bytes of other choices than the first.
    Elsewhere(usize),
    /// A tool is called; its arguments follow in pieces. `index` counts the calls of this answer from 0.
    Call { index: usize, id: &'a str, name: &'a str },
    /// A piece of the JSON text of a call's arguments.
    Arguments { index: usize, json: &'a str },
    /// Why it ended, in the words of chat completions; with Anthropic's upstream also which stop sequence it was.
    Finish { reason: &'a str, sequence: Option<&'a str> },
    /// The tokens.
    Usage(Usage),
    /// The upstream failed inside of its answer.
    Failed { kind: &'a str, message: &'a str },
    /// The upstream said that this was all.
    End,
}

/// Whoever takes pieces.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(Piece<'_>);
