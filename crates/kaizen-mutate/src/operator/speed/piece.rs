//! What an optimiser makes of a file: pieces of new text, in lines that fit where they go.

use super::code::{At, Code};
use std::ops::Range;

/// New text for a span of the file.
pub(crate) type Piece = (Range<usize>, String);

/// One way to make a file cheaper.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The node that is shown to people.
    pub(crate) at: At,
    /// The node whose cost becomes less: a loop, a function, or `at` itself.
    pub(crate) region: At,
    /// Not overlapping.
    pub(crate) pieces: Vec<Piece>,
    /// In 0..=1, compares the finds of one optimiser.
    pub(crate) weight: f64,
}

impl Found {
    /// A find where only one node becomes another text.
    pub(crate) fn one(code: &Code<'_>, at: At, text: impl Into<String>, weight: f64) -> Self {
        let region = code.loops(at).last().copied().unwrap_or(at);
        Self { at, region, pieces: vec![code.replaced(at, text)], weight }
    }
}

impl Code<'_> {
    pub(crate) fn replaced(&self, at: At, text: impl Into<String>) -> Piece {
        (self.span(at), text.into())
    }

    /// A line of its own before a statement.
    pub(crate) fn line_before(&self, statement: At, line: &str) -> Option<Piece> {
        // Where a body has no braces, two lines would be another body.
        (self.statement(statement) == Some(statement)).then_some(())?;
        let indent = self.indent(statement)?;
        let start = self.span(statement).start;
        Some((start..start, format!("{line}\n{indent}")))
    }

    /// A line of its own after a statement; on the same line where the statement shares its line.
    pub(crate) fn line_after(&self, statement: At, line: &str) -> Option<Piece> {
        let Some(indent) = self.indent(statement) else {
            let end = self.span(statement).end;
            return Some((end..end, format!("; {line}")));
        };
        let end = self.line_end(statement)?;
        Some((end..end, format!("\n{indent}{line}")))
    }

    /// What makes a Python module known to the file; nothing where it is.
    pub(crate) fn import(&self, line: &str) -> Option<Vec<Piece>> {
        let statements = self.kids(0);
        if statements.iter().any(|at| self.text(*at) == line) {
            return Some(vec![]);
        }
        let leads = |at: &At| self.is(*at, "future_import_statement") || self.expression(*at).is_some_and(|inner| self.is(inner, "string"));
        let first = statements.iter().find(|at| !leads(at))?;
        let start = self.span(*first).start;
        (self.indent(*first) == Some("")).then(|| vec![(start..start, format!("{line}\n"))])
    }

    /// Statements that run a node again and again, innermost first: loops, and what holds a comprehension around it.
    pub(crate) fn anchors(&self, at: At) -> Vec<At> {
        let mut found = Vec::new();
        let mut inner = at;
        for up in self.ancestors(at) {
            if self.is_function(up) {
                break;
            }
            let comprehension = self.kind(up).ends_with("comprehension") || self.is(up, "generator_expression");
            let first_source = self.is(inner, "for_in_clause") && self.kids(up).get(1) == Some(&inner);
            if comprehension && !first_source {
                found.extend(self.statement(up));
            }
            inner = up;
        }
        found.extend(self.loops(at));
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup();
        found
    }
}
