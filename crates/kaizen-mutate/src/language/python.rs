//! Python 3.

use super::description::{Description, Kind, Layout, Place, Slot, Words, name_of};
use tree_sitter::Node;

const SCOPES: &[&str] = &["function_definition", "class_definition", "module"];
const COMPREHENSIONS: &[&str] = &["list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"];

const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Closed,
        &[
            "comment",
            "import_statement",
            "import_from_statement",
            "future_import_statement",
            "decorator",
            "type",
            "global_statement",
            "nonlocal_statement",
            "type_alias_statement",
            "type_parameter",
            "string_start",
            "string_end",
            "string_content",
        ],
    ),
    (Kind::Container, &["class_definition", "decorated_definition"]),
    (Kind::Body, &["module", "block"]),
    (Kind::List, &["expression_list"]),
    (Kind::Function, &["function_definition"]),
    (Kind::Lambda, &["lambda"]),
    (Kind::Statement, &["expression_statement"]),
    (Kind::Return, &["return_statement"]),
    (Kind::Break, &["break_statement"]),
    (Kind::Continue, &["continue_statement"]),
    (Kind::Raise, &["raise_statement"]),
    (Kind::If, &["if_statement", "elif_clause"]),
    (Kind::While, &["while_statement"]),
    (Kind::ForEach, &["for_statement"]),
    (Kind::Ternary, &["conditional_expression"]),
    (Kind::Filter, &["if_clause"]),
    (Kind::Assignment, &["assignment", "augmented_assignment"]),
    (Kind::Binary, &["binary_operator", "boolean_operator"]),
    (Kind::Comparison, &["comparison_operator"]),
    (Kind::Unary, &["not_operator", "unary_operator"]),
    (Kind::Parentheses, &["parenthesized_expression"]),
    (Kind::Await, &["await"]),
    (Kind::Call, &["call"]),
    (Kind::Member, &["attribute"]),
    (Kind::Index, &["subscript"]),
    (Kind::Slice, &["slice"]),
    (Kind::Identifier, &["identifier"]),
    (Kind::Number, &["integer", "float"]),
    (Kind::Text, &["string"]),
    (Kind::Pieces, &["concatenated_string"]),
    (Kind::Boolean, &["true", "false"]),
    (Kind::Nothing, &["none"]),
    (Kind::Array, &["list"]),
    (Kind::Literal, &["tuple", "dictionary", "set", "list_comprehension", "set_comprehension", "dictionary_comprehension"]),
    (Kind::Arguments, &["argument_list"]),
    (Kind::Default, &["default_parameter", "typed_default_parameter"]),
    (Kind::Named, &["keyword_argument"]),
];

const PLACES: &[Place] = &[
    (&["assignment"], "left", Slot::Target(SCOPES)),
    (&["named_expression"], "name", Slot::Target(SCOPES)),
    (&["augmented_assignment"], "left", Slot::Assigned),
    (&["for_statement"], "left", Slot::Binds(SCOPES)),
    (&["for_in_clause"], "left", Slot::Binds(COMPREHENSIONS)),
    (&["as_pattern", "except_clause"], "alias", Slot::Binds(SCOPES)),
    (&["parameters", "lambda_parameters"], "*", Slot::Binds(&["function_definition", "lambda"])),
    (&["typed_parameter"], "", Slot::Binds(&["function_definition", "lambda"])),
    (&["default_parameter", "typed_default_parameter"], "name", Slot::Binds(&["function_definition", "lambda"])),
    (&["call"], "function", Slot::Callee),
    (&["attribute"], "attribute", Slot::Name),
    (&["case_pattern", "dotted_name", "delete_statement", "keyword_pattern"], "*", Slot::Name),
];

pub(super) static DESCRIPTION: Description = Description {
    name: "Python",
    extensions: &["py"],
    grammar: || tree_sitter_python::LANGUAGE.into(),
    kinds: &[KINDS],
    places: &[PLACES],
    patterns: &["pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "dictionary_splat_pattern", "as_pattern_target"],
    frames: &[("module", "", "\n")],
    member: ("object", "attribute"),
    words: Words {
        and: "and",
        or: "or",
        not: "not ",
        yes: "True",
        no: "False",
        nothing: Some("None"),
        own: "self.",
        pass: "pass",
        empty: Some("not {}"),
        least: Some(("min({a}, {b})", "max({a}, {b})")),
    },
    layout: Layout::Indented,
    siblings: SIBLINGS,
    conversions: CONVERSIONS,
    wraps: &[
        "{}.strip()",
        "{}.lower()",
        "{}.copy()",
        "list({})",
        "int({})",
        "str({})",
        "sorted({})",
        "len({})",
        "abs({})",
        "set({})",
        "float({})",
        "{}.split()",
        "{}.items()",
        "tuple({})",
        "reversed({})",
        "{}.upper()",
    ],
    exceptions: &[
        "ValueError",
        "TypeError",
        "KeyError",
        "IndexError",
        "AttributeError",
        "ZeroDivisionError",
        "RuntimeError",
        "LookupError",
        "StopIteration",
        "NotImplementedError",
        "OSError",
        "FileNotFoundError",
    ],
    is_test_name: |stem| stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "conftest" | "tests"),
    is_closed: |node, text| is_bare_string(node) || is_test(node, text),
};

/// A docstring, or any other string that is a whole statement.
fn is_bare_string(node: Node<'_>) -> bool {
    node.kind() == "expression_statement"
        && node.named_child_count() == 1
        && node.named_child(0).is_some_and(|child| matches!(child.kind(), "string" | "concatenated_string"))
}

fn is_test(node: Node<'_>, text: &str) -> bool {
    match node.kind() {
        "function_definition" => name_of(node, text).is_some_and(|name| name.starts_with("test")),
        "class_definition" => {
            let bases = node.child_by_field_name("superclasses").map_or("", |bases| &text[bases.byte_range()]);
            name_of(node, text).is_some_and(|name| name.starts_with("Test")) || bases.contains("TestCase")
        }
        _ => false,
    }
}

const SIBLINGS: &[&[&str]] = &[
    &["lower", "upper", "title", "capitalize", "casefold"],
    &["startswith", "endswith"],
    &["strip", "lstrip", "rstrip"],
    &["removeprefix", "removesuffix"],
    &["append", "extend", "add", "update"],
    &["append", "appendleft"],
    &["pop", "popleft"],
    &["insert", "append"],
    &["remove", "discard"],
    &["any", "all"],
    &["min", "max"],
    &["min", "sum", "max"],
    &["sorted", "list", "reversed", "set"],
    &["keys", "values", "items"],
    &["find", "rfind", "index", "rindex"],
    &["split", "rsplit", "splitlines"],
    &["partition", "rpartition"],
    &["floor", "ceil", "round", "trunc"],
    &["int", "round", "float"],
    &["isdigit", "isalpha", "isalnum", "isnumeric", "isspace"],
    &["islower", "isupper"],
    &["ljust", "rjust", "center"],
    &["union", "intersection", "difference", "symmetric_difference"],
    &["issubset", "issuperset"],
    &["bisect_left", "bisect_right", "bisect"],
    &["insort_left", "insort_right", "insort"],
    &["heappush", "heappop"],
    &["nlargest", "nsmallest"],
    &["permutations", "combinations", "product", "combinations_with_replacement"],
    &["sin", "cos"],
    &["ord", "chr"],
    &["repr", "str"],
    &["match", "search", "fullmatch"],
    &["range", "len"],
];

const CONVERSIONS: &[&str] = &[
    "abs", "int", "float", "str", "sorted", "reversed", "list", "set", "tuple", "round", "lower", "upper", "strip", "lstrip", "rstrip",
    "floor", "ceil",
];
