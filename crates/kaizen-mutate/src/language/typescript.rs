//! TypeScript, and TSX with a grammar of its own: JavaScript and types.

use super::description::{Description, Kind, Layout, Place, Slot};
use super::javascript;

const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Closed,
        &[
            "type_annotation",
            "type_arguments",
            "type_parameters",
            "interface_declaration",
            "type_alias_declaration",
            "ambient_declaration",
            "enum_declaration",
            "function_signature",
            "method_signature",
            "abstract_method_signature",
            "index_signature",
            "import_alias",
            "accessibility_modifier",
            "implements_clause",
            "type_predicate_annotation",
            "asserts_annotation",
            "predefined_type",
            "type_identifier",
            "generic_type",
            "union_type",
            "literal_type",
            "array_type",
            "object_type",
            "nested_type_identifier",
            "readonly_type",
            "type_query",
            "tuple_type",
            "function_type",
            "lookup_type",
            "intersection_type",
        ],
    ),
    (Kind::Container, &["internal_module", "module", "abstract_class_declaration"]),
    (Kind::Default, &["required_parameter"]),
    (Kind::Cast, &["as_expression", "satisfies_expression"]),
];

const PLACES: &[Place] = &[(
    &["required_parameter", "optional_parameter"],
    "pattern",
    Slot::Binds(&[
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    ]),
)];

pub(super) static DESCRIPTION: Description = Description {
    name: "TypeScript",
    extensions: &["ts", "mts", "cts"],
    grammar: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    ..TSX_LIKE
};

pub(super) static TSX: Description =
    Description { name: "TSX", extensions: &["tsx"], grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(), ..TSX_LIKE };

const TSX_LIKE: Description = Description {
    name: "",
    extensions: &[],
    grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
    kinds: &[javascript::KINDS, KINDS],
    places: &[PLACES, javascript::PLACES],
    patterns: javascript::PATTERNS,
    frames: javascript::FRAMES,
    member: ("object", "property"),
    words: javascript::WORDS,
    layout: Layout::Braced { parentheses: true },
    siblings: javascript::SIBLINGS,
    conversions: javascript::CONVERSIONS,
    wraps: javascript::WRAPS,
    exceptions: javascript::EXCEPTIONS,
    is_test_name: javascript::is_test_name,
    is_closed: javascript::is_test,
};
