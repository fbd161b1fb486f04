//! The table of operators: what can be changed, in which language, and how much we trust such a change.
//!
//! One row per operator, one file per family. A row names the node kinds at which its function is asked; a kind that a
//! language lacks is ignored there. The prior is relative: 1 is the kind of slip most often found.

mod argument;
mod arithmetic;
mod boolean;
mod callee;
mod comparison;
mod constant;
mod off_by_one;
mod returns;
mod statement;
mod variable;

use crate::language::Language;
use crate::site::{Change, Site};

pub(crate) type Propose = fn(&Site<'_, '_>, &mut Vec<Change>);

/// One way to change a program.
#[derive(Debug)]
pub struct OperatorInfo {
    /// Its stable name, as in an edit.
    pub name: &'static str,
    /// The languages in which it is used.
    pub languages: &'static [Language],
    /// What it changes, in a sentence.
    pub description: &'static str,
    /// A change it makes, `before -> after`.
    pub example: &'static str,
    pub(crate) prior: f64,
    pub(crate) kinds: &'static [&'static str],
    pub(crate) propose: Propose,
}

/// All operators, for search and for the generated reference.
pub fn operators() -> &'static [OperatorInfo] {
    OPERATORS
}

const BOTH: &[Language] = &[Language::Python, Language::Rust];
const PYTHON: &[Language] = &[Language::Python];
const RUST: &[Language] = &[Language::Rust];

const fn row(
    name: &'static str,
    languages: &'static [Language],
    prior: f64,
    kinds: &'static [&'static str],
    propose: Propose,
    description: &'static str,
    example: &'static str,
) -> OperatorInfo {
    OperatorInfo { name, languages, description, example, prior, kinds, propose }
}

const COMPARISONS: &[&str] = &["comparison_operator", "binary_expression"];
const CALCULATIONS: &[&str] = &["binary_operator", "binary_expression"];
const CONNECTIVES: &[&str] = &["boolean_operator", "binary_expression"];
const AUGMENTED: &[&str] = &["augmented_assignment", "compound_assignment_expr"];
const NEGATIONS: &[&str] = &["not_operator", "unary_expression"];
const CONDITIONALS: &[&str] = &[
    "if_statement",
    "elif_clause",
    "while_statement",
    "conditional_expression",
    "if_clause",
    "if_expression",
    "while_expression",
    "boolean_operator",
    "binary_expression",
];
const CALLS: &[&str] = &["call", "call_expression"];
const INTEGERS: &[&str] = &["integer", "integer_literal"];
const NUMBERS: &[&str] = &["integer", "integer_literal", "float", "float_literal"];
const STRINGS: &[&str] = &["string", "string_literal", "char_literal"];
const NUMERIC: &[&str] = &[
    "identifier",
    "attribute",
    "field_expression",
    "call",
    "call_expression",
    "subscript",
    "index_expression",
    "type_cast_expression",
    "binary_operator",
    "binary_expression",
    "parenthesized_expression",
    "unary_operator",
];
const SIGNABLE: &[&str] = &[
    "unary_operator",
    "unary_expression",
    "identifier",
    "attribute",
    "field_expression",
    "call",
    "call_expression",
    "subscript",
    "index_expression",
];
const RETURNS: &[&str] = &["return_statement", "return_expression", "function_item"];
const INDEXES: &[&str] = &["subscript", "index_expression"];
const LOOP_CONTROL: &[&str] = &["break_statement", "continue_statement", "break_expression", "continue_expression"];

/// The table.
pub(crate) static OPERATORS: &[OperatorInfo] = &[
    row("comparison", BOTH, 1.0, COMPARISONS, comparison::relation, "Replaces a comparison by another one.", "a < b -> a <= b"),
    row("connective", BOTH, 0.9, CONNECTIVES, boolean::connective, "Exchanges and / or.", "a and b -> a or b"),
    row("boolean-operand", BOTH, 0.4, CONNECTIVES, boolean::operand, "Drops one side of an and / or.", "a && b -> a"),
    row("negate-condition", BOTH, 0.6, CONDITIONALS, boolean::negate, "Negates a condition.", "if done: -> if not done:"),
    row("drop-not", BOTH, 0.85, NEGATIONS, boolean::drop_not, "Drops a negation.", "not done -> done"),
    row("arithmetic", BOTH, 0.85, CALCULATIONS, arithmetic::binary, "Replaces an arithmetic operator.", "a + b -> a - b"),
    row("bitwise", BOTH, 0.8, CALCULATIONS, arithmetic::bitwise, "Replaces a bit operator.", "a & b -> a | b"),
    row("augmented", BOTH, 0.75, AUGMENTED, arithmetic::augmented, "Replaces the operator of an augmented assignment.", "n += k -> n -= k"),
    row(
        "accumulate",
        BOTH,
        0.4,
        &["assignment", "assignment_expression"],
        arithmetic::accumulate,
        "Adds to a variable instead of replacing it, in a loop.",
        "n = k -> n += k",
    ),
    row("unary-minus", BOTH, 0.35, SIGNABLE, arithmetic::unary_minus, "Removes or inserts a sign.", "return -x -> return x"),
    row(
        "operand-swap",
        BOTH,
        0.55,
        CALCULATIONS,
        arithmetic::operand_swap,
        "Exchanges the operands of a non-commutative operator.",
        "a - b -> b - a",
    ),
    row("integer-step", BOTH, 0.9, INTEGERS, off_by_one::integer, "Moves an integer literal by one.", "range(1, n) -> range(0, n)"),
    row(
        "bound-step",
        BOTH,
        0.8,
        NUMERIC,
        off_by_one::bound,
        "Adds or subtracts one where a number is a bound, an index or an operand of a comparison.",
        "range(n) -> range(n + 1)",
    ),
    row("drop-step", BOTH, 0.9, CALCULATIONS, off_by_one::drop_step, "Drops a + 1 or - 1.", "counts[:n - 1] -> counts[:n]"),
    row(
        "slice-bound",
        PYTHON,
        0.6,
        &["slice", "for_statement"],
        off_by_one::slice,
        "Adds or removes a bound of a slice.",
        "a[:-1] -> a[:]",
    ),
    row("range-start", PYTHON, 0.55, CALLS, off_by_one::range_start, "Adds or removes the start of a range.", "range(n) -> range(1, n)"),
    row(
        "range-inclusive",
        RUST,
        0.9,
        &["range_expression", "range_pattern"],
        off_by_one::inclusive,
        "Exchanges exclusive and inclusive ranges.",
        "0..n -> 0..=n",
    ),
    row(
        "number",
        BOTH,
        0.55,
        NUMBERS,
        constant::number,
        "Replaces a number by a common one or by one of the same function.",
        "n * 2 -> n * 1",
    ),
    row("boolean", BOTH, 0.8, &["true", "false", "boolean_literal"], constant::boolean, "Exchanges true and false.", "True -> False"),
    row(
        "nothing",
        PYTHON,
        0.3,
        &["none", "list", "integer"],
        constant::nothing,
        "Exchanges None and other empty values.",
        "return None -> return 0",
    ),
    row(
        "string",
        BOTH,
        0.5,
        STRINGS,
        constant::string,
        "Replaces a string by the empty one or by one of the same function.",
        "\"id\" -> \"name\"",
    ),
    row("argument-swap", BOTH, 0.65, CALLS, argument::swap, "Exchanges two arguments of a call.", "f(a, b) -> f(b, a)"),
    row(
        "argument-drop",
        PYTHON,
        0.3,
        CALLS,
        argument::drop_one,
        "Drops a keyword argument or the last argument.",
        "sorted(a, reverse=True) -> sorted(a)",
    ),
    row("get-default", PYTHON, 0.4, CALLS, argument::default, "Adds or changes the default of a lookup.", "d.get(k) -> d.get(k, 0)"),
    row("index-swap", BOTH, 0.7, INDEXES, argument::index_swap, "Exchanges two indexes.", "a[i][j] -> a[j][i]"),
    row("variable", BOTH, 0.75, &["identifier"], variable::variable, "Uses another variable in scope.", "lo -> hi"),
    row(
        "attribute",
        BOTH,
        0.6,
        &["attribute", "field_expression"],
        variable::attribute,
        "Uses another attribute of the same object.",
        "self.low -> self.high",
    ),
    row("sibling-call", BOTH, 0.85, CALLS, callee::sibling, "Calls the well-known counterpart of a function.", "min(a) -> max(a)"),
    row(
        "similar-call",
        BOTH,
        0.55,
        CALLS,
        callee::similar,
        "Calls a similarly named function or method of the file.",
        "self.push(x) -> self.push_all(x)",
    ),
    row("unwrap-call", BOTH, 0.35, CALLS, callee::unwrap, "Drops a conversion and keeps what it converts.", "abs(x) -> x"),
    row("negate-return", BOTH, 0.55, RETURNS, returns::negate, "Negates a returned condition.", "return a == b -> return not a == b"),
    row(
        "return-variable",
        BOTH,
        0.35,
        &["return_statement", "return_expression"],
        returns::variable,
        "Returns a variable instead of an expression.",
        "return [] -> return found",
    ),
    row(
        "missing-return",
        PYTHON,
        0.5,
        &["expression_statement"],
        returns::missing,
        "Returns the value of a call that is thrown away.",
        "f(x) -> return f(x)",
    ),
    row(
        "loop-control",
        BOTH,
        0.6,
        LOOP_CONTROL,
        statement::loop_control,
        "Exchanges break and continue, or removes one.",
        "break -> continue",
    ),
    row(
        "repeat-branch",
        BOTH,
        0.15,
        &["if_statement", "while_statement", "if_expression", "while_expression"],
        statement::repeat,
        "Makes an if a while and back.",
        "if n: -> while n:",
    ),
];
