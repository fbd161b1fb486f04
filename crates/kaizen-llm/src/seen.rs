//! What was seen of one answer while it passed through: tokens, text, why it ended. Recorded, settled and shown later.

use crate::translate::piece::Piece;
use crate::wire::text::at_most;
use kaizen_domain::money::Usage;

/// How much of an answer's text is kept, in bytes; as much as of a request's.
pub const OUTPUT_LIMIT: usize = crate::face::KEPT;
/// How much of an upstream's own words about a failure is kept, in bytes.
const FAILURE_LIMIT: usize = 2_000;

/// An upstream that reported a failure inside an answer that had a good status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The upstream's word for it: `overloaded_error`, `server_error`; `upstream_error` where it gave none.
    pub kind: String,
    /// What it said, cut short.
    pub message: String,
}

/// What is known of an answer so far. It is right at any time, also after a cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The tokens as the upstream counted them; absent where it did not (yet): unknown is not zero. After a cut it is what was
    /// counted until then (Anthropic's upstream: the input, and almost nothing of the output).
    pub usage: Option<Usage>,
    /// The model that answers, as the upstream names it.
    pub model: Option<String>,
    /// Why the answer ended, in the words of chat completions (`stop`, `length`, `tool_calls`, `content_filter`); a word
    /// that has none there stays as it is.
    pub finish: Option<String>,
    /// The text of the first choice, at most [`OUTPUT_LIMIT`] bytes, without the reasoning.
    pub output: String,
    /// How many bytes of that text there were beyond this.
    pub left_out: u64,
    /// How many tools the model called.
    pub tool_calls: u32,
    /// How many bytes of text, reasoning and tool arguments were generated, in all choices: an estimate of the tokens where
    /// an answer was cut before its usage came.
    pub output_bytes: u64,
    /// Whether anything of the answer has arrived.
    pub began: bool,
    /// Whether it ended as it should.
    pub complete: bool,
    /// What the upstream reported inside the answer. The client has been told in its own shape.
    pub failure: Option<Trouble>,
}

impl Seen {
    pub(crate) fn hear(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Start { model, .. } => self.start(model),
            Piece::Text(text) => self.text(text),
            Piece::Refusal(text) => self.text(text),
            Piece::Thought(text) | Piece::Arguments { json: text, .. } => self.output_bytes += text.len() as u64,
            Piece::Signature(_) => {}
            Piece::Elsewhere(bytes) => self.output_bytes += *bytes as u64,
            Piece::Call { .. } => self.tool_calls += 1,
            Piece::Finish { reason, .. } => self.finish = Some((*reason).to_owned()),
            Piece::Usage(usage) => self.usage = Some(*usage),
            Piece::Failed { kind, message } => {
                self.failure = Some(Trouble { kind: (*kind).to_owned(), message: at_most(message, FAILURE_LIMIT).to_owned() });
            }
            Piece::End => self.complete = self.failure.is_none(),
        }
    }

    fn start(&mut self, model: &str) {
        self.began = true;
        if self.model.is_none() && !model.is_empty() {
            self.model = Some(model.to_owned());
        }
    }

    fn text(&mut self, text: &str) {
        self.output_bytes += text.len() as u64;
        // Nothing follows a gap.
        let room = if self.left_out == 0 { OUTPUT_LIMIT - self.output.len() } else { 0 };
        let kept = at_most(text, room);
        self.output.push_str(kept);
        self.left_out += (text.len() - kept.len()) as u64;
    }
}
