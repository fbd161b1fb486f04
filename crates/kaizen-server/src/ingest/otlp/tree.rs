//! How the spans of one request hang together: who is kept below whom, and who merely repeats the tokens of those below.
//!
//! Only the request at hand is known here: a parent in another request is taken at its word.

use std::collections::HashMap;

/// A trace and a span in it.
pub(super) type Place<'a> = (&'a [u8], &'a [u8]);

/// Deeper trees than this are cut: real ones are not, and a circle has to end.
const DEPTH: usize = 256;

/// What the tree has to know of a span.
pub(super) struct Node<'a> {
    /// Where it is.
    pub(super) place: Place<'a>,
    /// Its parent's span id; empty at a root.
    pub(super) parent: &'a [u8],
    /// Whether it becomes an operation.
    pub(super) kept: bool,
    /// Whether it asked a model and counted tokens.
    pub(super) counts: bool,
}

/// Where a kept span hangs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Above<'a> {
    /// Nothing is above it.
    Nothing,
    /// The node with this index.
    Node(usize),
    /// A span that did not come with this request.
    Elsewhere(&'a [u8]),
}

/// The spans of a request.
pub(super) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    index: HashMap<Place<'a>, usize>,
}

impl<'a> Tree<'a> {
    /// Of these.
    pub(super) fn of(nodes: Vec<Node<'a>>) -> Self {
        let index = nodes.iter().enumerate().map(|(at, node)| (node.place, at)).collect();
        Self { nodes, index }
    }

    fn parent(&self, at: usize) -> Above<'a> {
        let node = &self.nodes[at];
        if node.parent.iter().all(|byte| *byte == 0) {
            return Above::Nothing;
        }
        self.index.get(&(node.place.0, node.parent)).map_or(Above::Elsewhere(node.parent), |above| Above::Node(*above))
    }

    /// The nearest span above that is kept.
    pub(super) fn above(&self, at: usize) -> Above<'a> {
        let mut above = self.parent(at);
        for _ in 0..DEPTH {
            match above {
                Above::Node(other) if other == at => return Above::Nothing,
                Above::Node(other) if !self.nodes[other].kept => above = self.parent(other),
                found => return found,
            }
        }
        Above::Nothing
    }

    /// For each span, whether one below it counts tokens: what it counts itself is a repetition then.
    pub(super) fn repeats(&self) -> Vec<bool> {
        let mut repeats = vec![false; self.nodes.len()];
        for at in (0..self.nodes.len()).filter(|at| self.nodes[*at].counts) {
            let mut above = self.parent(at);
            for _ in 0..DEPTH {
                let Above::Node(other) = above else { break };
                if other == at || repeats[other] {
                    break;
                }
                repeats[other] = true;
                above = self.parent(other);
            }
        }
        repeats
    }
}
