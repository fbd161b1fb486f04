//! JavaScript, JSX included.

use super::description::{Description, Kind, Layout, Place, Slot, Words};
use tree_sitter::Node;

const FUNCTIONS: &[&str] = &[
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "generator_function",
    "generator_function_declaration",
];

pub(super) const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Closed,
        &[
            "comment",
            "html_comment",
            "hash_bang_line",
            "import_statement",
            "export_clause",
            "decorator",
            "string_fragment",
            "escape_sequence",
            "regex",
            "jsx_text",
            "jsx_opening_element",
            "jsx_closing_element",
            "debugger_statement",
        ],
    ),
    (Kind::Container, &["export_statement", "class_declaration", "class"]),
    (Kind::Body, &["program", "statement_block"]),
    (Kind::Members, &["class_body"]),
    (
        Kind::Function,
        &["function_declaration", "function_expression", "method_definition", "generator_function", "generator_function_declaration"],
    ),
    (Kind::Lambda, &["arrow_function"]),
    (Kind::Statement, &["expression_statement"]),
    (Kind::Return, &["return_statement"]),
    (Kind::Break, &["break_statement"]),
    (Kind::Continue, &["continue_statement"]),
    (Kind::Raise, &["throw_statement"]),
    (Kind::If, &["if_statement"]),
    (Kind::While, &["while_statement", "do_statement"]),
    (Kind::For, &["for_statement"]),
    (Kind::ForEach, &["for_in_statement"]),
    (Kind::Ternary, &["ternary_expression"]),
    (Kind::Assignment, &["assignment_expression", "augmented_assignment_expression"]),
    (Kind::Declaration, &["variable_declarator"]),
    (Kind::Binary, &["binary_expression"]),
    (Kind::Unary, &["unary_expression"]),
    (Kind::Update, &["update_expression"]),
    (Kind::Parentheses, &["parenthesized_expression"]),
    (Kind::Await, &["await_expression"]),
    (Kind::Call, &["call_expression"]),
    (Kind::New, &["new_expression"]),
    (Kind::Member, &["member_expression"]),
    (Kind::Index, &["subscript_expression"]),
    (Kind::Identifier, &["identifier"]),
    (Kind::This, &["this"]),
    (Kind::Number, &["number"]),
    (Kind::Text, &["string"]),
    (Kind::Boolean, &["true", "false"]),
    (Kind::Nothing, &["null", "undefined"]),
    (Kind::Array, &["array"]),
    (Kind::Literal, &["template_string"]),
    (Kind::Arguments, &["arguments"]),
    (Kind::Default, &["assignment_pattern"]),
];

const BLOCKS: &[&str] = &["statement_block", "for_statement", "switch_body", "program"];

pub(super) const PLACES: &[Place] = &[
    (&["variable_declarator"], "name", Slot::After(BLOCKS)),
    (&["formal_parameters"], "*", Slot::Binds(FUNCTIONS)),
    (&["arrow_function"], "parameter", Slot::Binds(&["arrow_function"])),
    (&["for_in_statement"], "left", Slot::Binds(&["for_in_statement"])),
    (&["catch_clause"], "parameter", Slot::Binds(&["catch_clause"])),
    (&["assignment_expression", "augmented_assignment_expression"], "left", Slot::Assigned),
    (&["call_expression"], "function", Slot::Callee),
    (&["new_expression"], "constructor", Slot::Callee),
    (&["assignment_pattern"], "right", Slot::Use),
    (&["class_heritage", "export_specifier", "jsx_self_closing_element"], "*", Slot::Name),
];

pub(super) const PATTERNS: &[&str] =
    &["array_pattern", "object_pattern", "pair_pattern", "rest_pattern", "assignment_pattern", "object_assignment_pattern"];

pub(super) const WORDS: Words = Words {
    and: "&&",
    or: "||",
    not: "!",
    yes: "true",
    no: "false",
    nothing: Some("null"),
    own: "this.",
    pass: "{}",
    empty: Some("{}.length === 0"),
    least: Some(("Math.min({a}, {b})", "Math.max({a}, {b})")),
};

pub(super) const FRAMES: &[(&str, &str, &str)] =
    &[("statement_block", "async function f() {", "}"), ("program", "", ""), ("class_body", "class C {", "}")];

pub(super) const WRAPS: &[&str] = &[
    "{}.trim()",
    "{}.toLowerCase()",
    "{}.slice()",
    "[...{}]",
    "Number({})",
    "String({})",
    "{}.length",
    "Math.abs({})",
    "Math.floor({})",
    "{}.reverse()",
    "{}.toUpperCase()",
    "Math.round({})",
];

pub(super) const EXCEPTIONS: &[&str] = &["Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError"];

pub(super) static DESCRIPTION: Description = Description {
    name: "JavaScript",
    extensions: &["js", "mjs", "cjs", "jsx"],
    grammar: || tree_sitter_javascript::LANGUAGE.into(),
    kinds: &[KINDS],
    places: &[PLACES],
    patterns: PATTERNS,
    frames: FRAMES,
    member: ("object", "property"),
    words: WORDS,
    layout: Layout::Braced { parentheses: true },
    siblings: SIBLINGS,
    conversions: CONVERSIONS,
    wraps: WRAPS,
    exceptions: EXCEPTIONS,
    is_test_name,
    is_closed: is_test,
};

pub(super) fn is_test_name(stem: &str) -> bool {
    let marked = stem.split(['.', '-', '_']).any(|part| matches!(part, "test" | "tests" | "spec"));
    marked || matches!(stem, "test" | "tests")
}

/// `describe(...)`, `it(...)`, `test(...)` and their kin as statements: what they are given is a test.
pub(super) fn is_test(node: Node<'_>, text: &str) -> bool {
    let call = (node.kind() == "expression_statement").then(|| node.named_child(0)).flatten();
    let callee = call.filter(|call| call.kind() == "call_expression").and_then(|call| call.child_by_field_name("function"));
    let Some(name) = callee.map(|callee| &text[callee.byte_range()]) else { return is_directive(node) };
    let first = name.split(['.', '(']).next().unwrap_or(name);
    let tests = matches!(first, "describe" | "it" | "test" | "suite" | "beforeEach" | "afterEach" | "beforeAll" | "afterAll" | "expect");
    tests && call.is_some_and(takes_a_function_or_text)
}

fn takes_a_function_or_text(call: Node<'_>) -> bool {
    let arguments = call.child_by_field_name("arguments");
    let first = arguments.and_then(|arguments| arguments.named_child(0));
    first
        .is_some_and(|first| matches!(first.kind(), "string" | "template_string" | "arrow_function" | "function_expression" | "identifier"))
}

/// `'use strict';`
fn is_directive(node: Node<'_>) -> bool {
    node.kind() == "expression_statement"
        && node.named_child_count() == 1
        && node.named_child(0).is_some_and(|only| only.kind() == "string")
}

pub(super) const SIBLINGS: &[&[&str]] = &[
    &["toLowerCase", "toUpperCase"],
    &["startsWith", "endsWith", "includes"],
    &["trim", "trimStart", "trimEnd"],
    &["push", "unshift", "concat"],
    &["pop", "shift"],
    &["indexOf", "lastIndexOf", "findIndex"],
    &["find", "filter", "findLast", "findIndex"],
    &["some", "every"],
    &["map", "filter", "flatMap", "forEach"],
    &["slice", "splice", "substring"],
    &["keys", "values", "entries"],
    &["min", "max"],
    &["floor", "ceil", "round", "trunc"],
    &["padStart", "padEnd"],
    &["replace", "replaceAll"],
    &["add", "delete", "has"],
    &["set", "get", "has"],
    &["reduce", "reduceRight"],
    &["parseInt", "parseFloat", "Number"],
    &["isNaN", "isFinite", "isInteger"],
    &["charAt", "charCodeAt", "codePointAt"],
    &["sin", "cos"],
    &["match", "matchAll", "search", "test"],
    &["all", "any", "race"],
];

pub(super) const CONVERSIONS: &[&str] = &[
    "trim",
    "trimStart",
    "trimEnd",
    "toLowerCase",
    "toUpperCase",
    "reverse",
    "sort",
    "abs",
    "floor",
    "ceil",
    "round",
    "trunc",
    "Number",
    "String",
    "parseInt",
    "parseFloat",
    "Boolean",
    "toString",
];
