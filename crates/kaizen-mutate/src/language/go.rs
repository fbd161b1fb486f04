//! Go.

use super::description::{Description, Kind, Layout, Place, Slot, Words, name_of};
use tree_sitter::Node;

const FUNCTIONS: &[&str] = &["function_declaration", "method_declaration", "func_literal"];
const BLOCKS: &[&str] = &["block", "if_statement", "for_statement", "expression_switch_statement", "source_file"];

const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Closed,
        &[
            "comment",
            "package_clause",
            "import_declaration",
            "type_declaration",
            "type_arguments",
            "type_parameter_list",
            "type_identifier",
            "qualified_type",
            "pointer_type",
            "slice_type",
            "array_type",
            "map_type",
            "channel_type",
            "function_type",
            "interface_type",
            "struct_type",
            "generic_type",
            "escape_sequence",
            "interpreted_string_literal_content",
            "raw_string_literal_content",
        ],
    ),
    (Kind::Body, &["source_file", "statement_list"]),
    (Kind::List, &["expression_list"]),
    (Kind::Function, &["function_declaration", "method_declaration", "func_literal"]),
    (Kind::Statement, &["expression_statement"]),
    (Kind::Return, &["return_statement"]),
    (Kind::Break, &["break_statement"]),
    (Kind::Continue, &["continue_statement"]),
    (Kind::If, &["if_statement"]),
    (Kind::For, &["for_statement"]),
    (Kind::Assignment, &["assignment_statement"]),
    (Kind::Declaration, &["short_var_declaration", "var_spec", "const_spec"]),
    (Kind::Binary, &["binary_expression"]),
    (Kind::Unary, &["unary_expression"]),
    (Kind::Update, &["inc_statement", "dec_statement"]),
    (Kind::Parentheses, &["parenthesized_expression"]),
    (Kind::Cast, &["type_conversion_expression"]),
    (Kind::Call, &["call_expression"]),
    (Kind::Member, &["selector_expression"]),
    (Kind::Index, &["index_expression"]),
    (Kind::Slice, &["slice_expression"]),
    (Kind::Identifier, &["identifier"]),
    (Kind::Number, &["int_literal", "float_literal"]),
    (Kind::Text, &["interpreted_string_literal"]),
    (Kind::Character, &["rune_literal"]),
    (Kind::Boolean, &["true", "false"]),
    (Kind::Nothing, &["nil"]),
    (Kind::Literal, &["composite_literal", "raw_string_literal"]),
    (Kind::Arguments, &["argument_list"]),
];

const PLACES: &[Place] = &[
    (&["parameter_declaration", "variadic_parameter_declaration"], "name", Slot::Binds(FUNCTIONS)),
    (&["short_var_declaration"], "left", Slot::After(BLOCKS)),
    (&["var_spec", "const_spec"], "name", Slot::After(BLOCKS)),
    (&["range_clause"], "left", Slot::Binds(&["for_statement"])),
    (&["assignment_statement"], "left", Slot::Assigned),
    (&["call_expression"], "function", Slot::Callee),
    (&["literal_element"], "*", Slot::Name),
    (&["field_declaration", "method_elem"], "*", Slot::Name),
];

pub(super) static DESCRIPTION: Description = Description {
    name: "Go",
    extensions: &["go"],
    grammar: || tree_sitter_go::LANGUAGE.into(),
    kinds: &[KINDS],
    places: &[PLACES],
    patterns: &[],
    frames: &[("statement_list", "package p\nfunc f() {\n", "\n}\n"), ("source_file", "package p\n", "\n")],
    member: ("operand", "field"),
    words: Words {
        and: "&&",
        or: "||",
        not: "!",
        yes: "true",
        no: "false",
        nothing: Some("nil"),
        own: "",
        pass: "{}",
        empty: Some("len({}) == 0"),
        least: Some(("min({a}, {b})", "max({a}, {b})")),
    },
    layout: Layout::Braced { parentheses: false },
    siblings: SIBLINGS,
    conversions: &["Abs", "ToLower", "ToUpper", "TrimSpace", "Floor", "Ceil", "Round", "int", "float64", "string", "abs"],
    wraps: &["strings.TrimSpace({})", "strings.ToLower({})", "len({})", "int({})", "float64({})", "string({})", "math.Abs({})", "abs({})"],
    exceptions: &[],
    is_test_name: |stem| stem.ends_with("_test"),
    is_closed: is_test,
};

fn is_test(node: Node<'_>, text: &str) -> bool {
    node.kind() == "function_declaration"
        && name_of(node, text).is_some_and(|name| ["Test", "Benchmark", "Fuzz", "Example"].iter().any(|first| begins(name, first)))
}

/// Whether a name is a word or begins with it, as `TestAdd` does and `Testable` does not.
fn begins(name: &str, word: &str) -> bool {
    name.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

const SIBLINGS: &[&[&str]] = &[
    &["min", "max"],
    &["Min", "Max"],
    &["HasPrefix", "HasSuffix", "Contains"],
    &["TrimPrefix", "TrimSuffix"],
    &["TrimLeft", "TrimRight", "Trim", "TrimSpace"],
    &["ToLower", "ToUpper", "Title"],
    &["Index", "LastIndex", "IndexByte"],
    &["Split", "SplitN", "Fields"],
    &["Floor", "Ceil", "Round", "Trunc"],
    &["Sin", "Cos"],
    &["Atoi", "Itoa"],
    &["ParseInt", "ParseUint", "ParseFloat"],
    &["IsLetter", "IsDigit", "IsSpace", "IsUpper", "IsLower"],
    &["ToUpper", "ToLower"],
    &["Lock", "Unlock", "RLock", "RUnlock"],
    &["Front", "Back"],
    &["PushFront", "PushBack"],
    &["Next", "Prev"],
    &["Print", "Println", "Printf"],
    &["Sprint", "Sprintln", "Sprintf"],
    &["Before", "After", "Equal"],
    &["len", "cap"],
    &["Ints", "Strings", "Float64s"],
    &["Replace", "ReplaceAll"],
    &["Push", "Pop"],
    &["Left", "Right"],
];
