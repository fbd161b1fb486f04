//! C.

use super::description::{Description, Kind, Layout, Place, Slot, Words};
use tree_sitter::Node;

pub(super) const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Closed,
        &[
            "comment",
            "preproc_include",
            "preproc_def",
            "preproc_function_def",
            "preproc_call",
            "preproc_directive",
            "preproc_defined",
            "type_definition",
            "type_descriptor",
            "type_identifier",
            "primitive_type",
            "sized_type_specifier",
            "struct_specifier",
            "union_specifier",
            "enum_specifier",
            "type_qualifier",
            "storage_class_specifier",
            "attribute_specifier",
            "string_content",
            "escape_sequence",
            "character",
            "gnu_asm_expression",
            "system_lib_string",
        ],
    ),
    (Kind::Container, &["preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "linkage_specification"]),
    (Kind::Body, &["translation_unit", "compound_statement", "declaration_list"]),
    (Kind::Function, &["function_definition"]),
    (Kind::Statement, &["expression_statement"]),
    (Kind::Return, &["return_statement"]),
    (Kind::Break, &["break_statement"]),
    (Kind::Continue, &["continue_statement"]),
    (Kind::If, &["if_statement"]),
    (Kind::While, &["while_statement", "do_statement"]),
    (Kind::For, &["for_statement"]),
    (Kind::Ternary, &["conditional_expression"]),
    (Kind::Assignment, &["assignment_expression"]),
    (Kind::Declaration, &["init_declarator"]),
    (Kind::Binary, &["binary_expression"]),
    (Kind::Unary, &["unary_expression"]),
    (Kind::Update, &["update_expression"]),
    (Kind::Parentheses, &["parenthesized_expression"]),
    (Kind::Cast, &["cast_expression"]),
    (Kind::Call, &["call_expression"]),
    (Kind::Member, &["field_expression"]),
    (Kind::Index, &["subscript_expression"]),
    (Kind::Identifier, &["identifier"]),
    (Kind::Number, &["number_literal"]),
    (Kind::Text, &["string_literal"]),
    (Kind::Pieces, &["concatenated_string"]),
    (Kind::Character, &["char_literal"]),
    (Kind::Boolean, &["true", "false"]),
    (Kind::Nothing, &["null"]),
    (Kind::Literal, &["pointer_expression", "sizeof_expression"]),
    (Kind::Arguments, &["argument_list"]),
];

const BLOCKS: &[&str] = &["compound_statement", "for_statement", "translation_unit"];

pub(super) const PLACES: &[Place] = &[
    (&["array_declarator"], "size", Slot::Use),
    (&["init_declarator", "declaration"], "declarator", Slot::After(BLOCKS)),
    (&["parameter_declaration"], "declarator", Slot::Binds(&["function_definition"])),
    (&["assignment_expression"], "left", Slot::Assigned),
    (&["call_expression"], "function", Slot::Callee),
    (&["function_declarator", "field_designator", "enumerator", "preproc_ifdef", "preproc_if"], "*", Slot::Name),
];

pub(super) const WORDS: Words =
    Words { and: "&&", or: "||", not: "!", yes: "true", no: "false", nothing: Some("NULL"), own: "", pass: ";", empty: None, least: None };

pub(super) static DESCRIPTION: Description = Description {
    name: "C",
    extensions: &["c"],
    grammar: || tree_sitter_c::LANGUAGE.into(),
    kinds: &[KINDS],
    places: &[PLACES],
    patterns: &["pointer_declarator", "array_declarator", "parenthesized_declarator"],
    frames: &[("compound_statement", "void f(void) {", "}"), ("translation_unit", "", "")],
    member: ("argument", "field"),
    words: WORDS,
    layout: Layout::Braced { parentheses: true },
    siblings: SIBLINGS,
    conversions: &["abs", "labs", "fabs", "tolower", "toupper", "floor", "ceil", "round", "strdup"],
    wraps: &["strlen({})", "abs({})", "tolower({})", "toupper({})", "fabs({})", "(double){}", "(int){}", "(unsigned char){}"],
    exceptions: &[],
    is_test_name,
    is_closed: is_test,
};

pub(super) fn is_test_name(stem: &str) -> bool {
    let lower = stem.to_lowercase();
    lower.starts_with("test_") || lower.ends_with("_test") || lower.ends_with("_tests") || matches!(lower.as_str(), "test" | "tests")
}

/// A function named a test, or written with a macro of a test framework.
pub(super) fn is_test(node: Node<'_>, text: &str) -> bool {
    let declarator = (node.kind() == "function_definition").then(|| node.child_by_field_name("declarator")).flatten();
    let name = declarator.map_or("", |declarator| &text[declarator.byte_range()]);
    name.starts_with("test_") || ["TEST(", "TEST_F(", "TEST_P(", "TEST_CASE(", "BOOST_AUTO_TEST_CASE("].iter().any(|m| name.starts_with(m))
}

pub(super) const SIBLINGS: &[&[&str]] = &[
    &["min", "max"],
    &["MIN", "MAX"],
    &["fmin", "fmax"],
    &["tolower", "toupper"],
    &["isalpha", "isdigit", "isalnum", "isspace", "ispunct"],
    &["islower", "isupper"],
    &["strchr", "strrchr"],
    &["strcpy", "strcat"],
    &["strncpy", "strncat"],
    &["strcmp", "strncmp", "strcasecmp"],
    &["memcpy", "memmove"],
    &["malloc", "calloc"],
    &["strlen", "sizeof"],
    &["floor", "ceil", "round", "trunc"],
    &["sin", "cos"],
    &["atoi", "atol", "atof"],
    &["abs", "labs", "fabs"],
    &["fopen", "freopen"],
    &["getc", "getchar", "fgetc"],
    &["printf", "puts"],
];
