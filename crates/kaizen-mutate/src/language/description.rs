//! What is said about a language, so that operators ask for roles and not for node kinds.
//!
//! One [`Description`] per language, each in a file beside this one. A description holds facts about the grammar and the
//! language's words; it decides nothing.

use tree_sitter::Node;

/// What a node is, in words that all languages share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing that an operator asks for.
    Other,
    /// No node has this kind: operators that ask for it see every statement of a function.
    AnyStatement,
    /// Never edited, neither it nor what is below: comments, imports, types, annotations.
    Closed,
    /// Holds items that are edited one by one: a namespace, a class, a conditional compilation.
    Container,
    /// Its children are statements or items.
    Body,
    /// The body of a class or the like: its children are items.
    Members,
    /// Several expressions that stand for one place, as in Go's `a, b = b, a`.
    List,
    /// A function with statements.
    Function,
    /// A function written as an expression.
    Lambda,
    /// An expression as a statement.
    Statement,
    /// A statement that hands a value back.
    Return,
    /// Leaves a loop.
    Break,
    /// Goes on with a loop.
    Continue,
    /// Raises or throws.
    Raise,
    /// A branch.
    If,
    /// A loop with a condition only.
    While,
    /// A loop with a start, a condition and a step.
    For,
    /// A loop over the elements of something.
    ForEach,
    /// A loop without a condition.
    Loop,
    /// A choice between two expressions.
    Ternary,
    /// The condition of a comprehension.
    Filter,
    /// `x = y`, `x += y`.
    Assignment,
    /// A variable introduced with a value.
    Declaration,
    /// Two operands and an operator.
    Binary,
    /// A chain of comparisons, as Python has it.
    Comparison,
    /// One operand with an operator before it.
    Unary,
    /// `x++`.
    Update,
    /// An expression in parentheses.
    Parentheses,
    /// A conversion by type.
    Cast,
    /// Waits for a value.
    Await,
    /// A range such as `0..n`.
    Range,
    /// A call.
    Call,
    /// The creation of an object.
    New,
    /// A field or method of an object.
    Member,
    /// An element of a collection.
    Index,
    /// A part of a sequence; in Python what stands between the brackets.
    Slice,
    /// A name within a module or type.
    Scoped,
    /// A variable's name or any other bare name.
    Identifier,
    /// The object itself.
    This,
    /// A literal number.
    Number,
    /// A literal text.
    Text,
    /// A literal character.
    Character,
    /// True or false.
    Boolean,
    /// The value that is none.
    Nothing,
    /// A literal list.
    Array,
    /// Any other literal or comprehension that stands by itself.
    Literal,
    /// The arguments of a call.
    Arguments,
    /// An argument given by name.
    Named,
    /// A parameter with a default.
    Default,
    /// The pieces of a text written in several.
    Pieces,
}

impl Kind {
    /// The kind declared last, for tables by kind.
    pub(crate) const LAST: Self = Self::Pieces;
}

/// What an identifier at one place of the grammar is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Its value is used.
    Use,
    /// The function of a call.
    Callee,
    /// Names something that is no variable.
    Name,
    /// Assigned to.
    Assigned,
    /// Assigned to, and introduced when it is new: visible in the nearest of these.
    Target(&'static [&'static str]),
    /// Introduced: visible in the whole of the nearest of these.
    Binds(&'static [&'static str]),
    /// Introduced: visible from here to the end of the nearest of these.
    After(&'static [&'static str]),
    /// Introduced: visible in the field `body` of the node.
    Body,
}

/// Nodes above an identifier, the field that it (or the pattern around it) fills (`*` for any), and what it is there.
pub(crate) type Place = (&'static [&'static str], &'static str, Slot);

/// Words of a language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    pub(crate) and: &'static str,
    pub(crate) or: &'static str,
    /// Put before what is negated.
    pub(crate) not: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    /// The value that is none, when the language has one.
    pub(crate) nothing: Option<&'static str>,
    /// The object itself, followed by what leads to its fields.
    pub(crate) own: &'static str,
    /// A statement that does nothing.
    pub(crate) pass: &'static str,
    /// Whether `{}` is empty, as a condition.
    pub(crate) empty: Option<&'static str>,
    /// The smaller and the larger of `{a}` and `{b}`.
    pub(crate) least: Option<(&'static str, &'static str)>,
}

/// How statements are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// By indentation.
    Indented,
    /// In braces, with conditions in parentheses or without.
    Braced {
        /// Whether a condition needs parentheses.
        parentheses: bool,
    },
}

/// Everything operators need to know about a language.
#[derive(Debug)]
pub(crate) struct Description {
    /// The language's name as people write it.
    pub(crate) name: &'static str,
    pub(crate) extensions: &'static [&'static str],
    pub(crate) grammar: fn() -> tree_sitter::Language,
    pub(crate) kinds: &'static [&'static [(Kind, &'static [&'static str])]],
    pub(crate) places: &'static [&'static [Place]],
    /// Patterns: an identifier in one of them is what the outermost of them is.
    pub(crate) patterns: &'static [&'static str],
    /// For the kind of a body: what must stand before and after one of its children for a file. The first is the default.
    pub(crate) frames: &'static [(&'static str, &'static str, &'static str)],
    /// The fields of a member expression: the object and the member.
    pub(crate) member: (&'static str, &'static str),
    pub(crate) words: Words,
    pub(crate) layout: Layout,
    /// Functions and methods mistaken for each other.
    pub(crate) siblings: &'static [&'static [&'static str]],
    /// Conversions whose argument or receiver may be what was meant.
    pub(crate) conversions: &'static [&'static str],
    /// Calls that may be missing around an expression, `{}` being the expression.
    pub(crate) wraps: &'static [&'static str],
    /// Types of exceptions mistaken for each other.
    pub(crate) exceptions: &'static [&'static str],
    /// Whether a file name without folders is one of a test.
    pub(crate) is_test_name: fn(&str) -> bool,
    /// Whether a node holds tests, or must not be edited for another reason that its kind does not tell.
    pub(crate) is_closed: fn(Node<'_>, &str) -> bool,
}

/// The text of a node's field `name`.
pub(super) fn name_of<'s>(node: Node<'_>, text: &'s str) -> Option<&'s str> {
    node.child_by_field_name("name").and_then(|name| text.get(name.byte_range()))
}
