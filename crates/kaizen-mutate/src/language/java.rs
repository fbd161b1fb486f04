//! Java.

use super::description::{Description, Kind, Layout, Place, Slot, Words, name_of};
use tree_sitter::Node;

const FUNCTIONS: &[&str] = &["method_declaration", "constructor_declaration", "compact_constructor_declaration", "lambda_expression"];
const BLOCKS: &[&str] =
    &["block", "for_statement", "constructor_body", "switch_block_statement_group", "class_body", "interface_body", "enum_body", "program"];

const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Closed,
        &[
            "line_comment",
            "block_comment",
            "package_declaration",
            "import_declaration",
            "annotation",
            "marker_annotation",
            "modifiers",
            "annotation_type_declaration",
            "type_arguments",
            "type_parameters",
            "type_identifier",
            "scoped_type_identifier",
            "generic_type",
            "array_type",
            "integral_type",
            "floating_point_type",
            "boolean_type",
            "void_type",
            "superclass",
            "super_interfaces",
            "throws",
            "catch_type",
            "string_fragment",
            "escape_sequence",
            "multiline_string_fragment",
            "assert_statement",
        ],
    ),
    (Kind::Container, &["class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "enum_body_declarations"]),
    (Kind::Body, &["program", "block", "constructor_body"]),
    (Kind::Members, &["class_body", "interface_body", "enum_body"]),
    (Kind::Function, &["method_declaration", "constructor_declaration", "compact_constructor_declaration"]),
    (Kind::Lambda, &["lambda_expression"]),
    (Kind::Statement, &["expression_statement"]),
    (Kind::Return, &["return_statement"]),
    (Kind::Break, &["break_statement"]),
    (Kind::Continue, &["continue_statement"]),
    (Kind::Raise, &["throw_statement"]),
    (Kind::If, &["if_statement"]),
    (Kind::While, &["while_statement", "do_statement"]),
    (Kind::For, &["for_statement"]),
    (Kind::ForEach, &["enhanced_for_statement"]),
    (Kind::Ternary, &["ternary_expression"]),
    (Kind::Assignment, &["assignment_expression"]),
    (Kind::Declaration, &["variable_declarator"]),
    (Kind::Binary, &["binary_expression"]),
    (Kind::Unary, &["unary_expression"]),
    (Kind::Update, &["update_expression"]),
    (Kind::Parentheses, &["parenthesized_expression"]),
    (Kind::Cast, &["cast_expression"]),
    (Kind::Call, &["method_invocation"]),
    (Kind::New, &["object_creation_expression"]),
    (Kind::Member, &["field_access"]),
    (Kind::Index, &["array_access"]),
    (Kind::Scoped, &["scoped_identifier"]),
    (Kind::Identifier, &["identifier"]),
    (Kind::This, &["this"]),
    (
        Kind::Number,
        &[
            "decimal_integer_literal",
            "decimal_floating_point_literal",
            "hex_integer_literal",
            "octal_integer_literal",
            "binary_integer_literal",
        ],
    ),
    (Kind::Text, &["string_literal"]),
    (Kind::Character, &["character_literal"]),
    (Kind::Boolean, &["true", "false"]),
    (Kind::Nothing, &["null_literal"]),
    (Kind::Literal, &["array_creation_expression", "class_literal"]),
    (Kind::Arguments, &["argument_list"]),
];

const PLACES: &[Place] = &[
    (&["variable_declarator"], "name", Slot::After(BLOCKS)),
    (&["formal_parameter"], "name", Slot::Binds(FUNCTIONS)),
    (&["inferred_parameters"], "*", Slot::Binds(&["lambda_expression"])),
    (&["lambda_expression"], "parameters", Slot::Binds(&["lambda_expression"])),
    (&["enhanced_for_statement"], "name", Slot::Binds(&["enhanced_for_statement"])),
    (&["catch_formal_parameter"], "name", Slot::Binds(&["catch_clause"])),
    (&["resource"], "name", Slot::Binds(&["try_with_resources_statement"])),
    (&["assignment_expression"], "left", Slot::Assigned),
    (&["method_invocation"], "name", Slot::Callee),
    (&["field_access"], "field", Slot::Name),
    (&["scoped_identifier", "method_reference", "labeled_statement", "break_statement", "continue_statement"], "*", Slot::Name),
    (&["switch_label", "enum_constant"], "*", Slot::Name),
];

pub(super) static DESCRIPTION: Description = Description {
    name: "Java",
    extensions: &["java"],
    grammar: || tree_sitter_java::LANGUAGE.into(),
    kinds: &[KINDS],
    places: &[PLACES],
    patterns: &[],
    frames: &[
        ("block", "class C { void f() {", "}}"),
        ("constructor_body", "class C { void f() {", "}}"),
        ("class_body", "class C {", "}"),
        ("interface_body", "interface C {", "}"),
        ("enum_body", "enum C {", "}"),
        ("program", "", ""),
    ],
    member: ("object", "field"),
    words: Words {
        and: "&&",
        or: "||",
        not: "!",
        yes: "true",
        no: "false",
        nothing: Some("null"),
        own: "this.",
        pass: "{}",
        empty: None,
        least: Some(("Math.min({a}, {b})", "Math.max({a}, {b})")),
    },
    layout: Layout::Braced { parentheses: true },
    siblings: SIBLINGS,
    conversions: &[
        "abs",
        "trim",
        "strip",
        "toLowerCase",
        "toUpperCase",
        "floor",
        "ceil",
        "round",
        "toString",
        "reversed",
        "intValue",
        "valueOf",
        "parseInt",
    ],
    wraps: &[
        "{}.trim()",
        "{}.toLowerCase()",
        "{}.clone()",
        "new ArrayList<>({})",
        "Math.abs({})",
        "String.valueOf({})",
        "{}.size()",
        "{}.length()",
        "Integer.parseInt({})",
        "{}.toString()",
    ],
    exceptions: &[
        "IllegalArgumentException",
        "IllegalStateException",
        "NullPointerException",
        "IndexOutOfBoundsException",
        "NoSuchElementException",
        "UnsupportedOperationException",
        "ArithmeticException",
        "NumberFormatException",
        "RuntimeException",
    ],
    is_test_name: |stem| stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("IT") || begins(stem, "Test"),
    is_closed: is_test,
};

fn begins(name: &str, word: &str) -> bool {
    name.strip_prefix(word).is_some_and(|rest| rest.starts_with(char::is_uppercase))
}

/// A method or class marked by a test framework, or a class that is named a test.
fn is_test(node: Node<'_>, text: &str) -> bool {
    let marks = || node.named_child(0).filter(|first| first.kind() == "modifiers").and_then(|marks| text.get(marks.byte_range()));
    let marked =
        || marks().is_some_and(|marks| ["@Test", "@ParameterizedTest", "@Before", "@After"].iter().any(|mark| marks.contains(mark)));
    match node.kind() {
        "method_declaration" => marked(),
        "class_declaration" => {
            let inherits = node.child_by_field_name("superclass").map_or("", |above| &text[above.byte_range()]);
            marked() || inherits.contains("TestCase") || name_of(node, text).is_some_and(|name| name.ends_with("Test"))
        }
        _ => false,
    }
}

const SIBLINGS: &[&[&str]] = &[
    &["min", "max"],
    &["toLowerCase", "toUpperCase"],
    &["startsWith", "endsWith", "contains"],
    &["indexOf", "lastIndexOf"],
    &["trim", "strip", "stripLeading", "stripTrailing"],
    &["equals", "equalsIgnoreCase"],
    &["floor", "ceil", "round", "rint"],
    &["add", "remove", "addAll", "offer"],
    &["addFirst", "addLast"],
    &["removeFirst", "removeLast"],
    &["getFirst", "getLast"],
    &["pollFirst", "pollLast"],
    &["peekFirst", "peekLast"],
    &["push", "offer", "add"],
    &["pop", "poll", "peek", "remove"],
    &["get", "getOrDefault"],
    &["put", "putIfAbsent"],
    &["keySet", "values", "entrySet"],
    &["containsKey", "containsValue", "contains"],
    &["getKey", "getValue"],
    &["size", "length", "isEmpty"],
    &["anyMatch", "allMatch", "noneMatch"],
    &["map", "filter", "flatMap", "mapToInt"],
    &["isDigit", "isLetter", "isLetterOrDigit", "isWhitespace"],
    &["isUpperCase", "isLowerCase"],
    &["floorKey", "ceilingKey", "lowerKey", "higherKey"],
    &["headMap", "tailMap", "subMap"],
    &["firstKey", "lastKey"],
    &["first", "last"],
    &["limit", "skip"],
    &["findFirst", "findAny"],
    &["append", "insert"],
    &["replace", "replaceAll", "replaceFirst"],
    &["isPresent", "isEmpty"],
    &["sin", "cos"],
    &["floorDiv", "floorMod"],
    &["hasNext", "hasPrevious"],
    &["next", "previous"],
];
