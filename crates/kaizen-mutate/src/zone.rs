//! Where no edit may ever be made: tests, comments, docstrings, imports, decorators, attributes, types.
//!
//! Tests are recognised by path, by name and by attribute; a repair must not weaken what it is judged by.

use crate::language::Language;
use crate::site::Step;
use kaizen_domain::path::RepoPath;
use tree_sitter::Node;

const PYTHON: &[&str] = &[
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
];

const RUST: &[&str] = &[
    "line_comment",
    "block_comment",
    "attribute_item",
    "inner_attribute_item",
    "use_declaration",
    "macro_definition",
    "extern_crate_declaration",
    "type_arguments",
    "type_parameters",
    "where_clause",
    "lifetime",
    "visibility_modifier",
    "struct_item",
    "enum_item",
    "union_item",
    "type_item",
    "trait_bounds",
    "generic_type",
    "reference_type",
    "type_identifier",
    "scoped_type_identifier",
    "array_type",
    "tuple_type",
    "function_type",
    "pointer_type",
    "abstract_type",
    "dynamic_type",
    "primitive_type",
    "string_content",
];

/// Whether a file holds tests, judged by its path alone.
pub(crate) fn is_test_file(path: &RepoPath) -> bool {
    let text = String::from_utf8_lossy(path.as_bytes());
    let (folders, name) = text.rsplit_once('/').unwrap_or(("", &text));
    let stem = name.split('.').next().unwrap_or(name);
    folders.split('/').any(|folder| matches!(folder, "tests" | "test"))
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || matches!(stem, "conftest" | "tests")
}

/// Whether nothing at or below the last node of the path may be edited.
pub(crate) fn is_closed(language: Language, path: &[Step<'_>], text: &str) -> bool {
    let node = path[path.len() - 1].node;
    match language {
        Language::Python => PYTHON.contains(&node.kind()) || is_bare_string(node) || is_python_test(node, text),
        Language::Rust => RUST.contains(&node.kind()) || is_opaque_macro(node, text) || is_rust_test(node, text),
    }
}

/// A docstring, or any other string that is a whole statement.
fn is_bare_string(node: Node<'_>) -> bool {
    node.kind() == "expression_statement"
        && node.named_child_count() == 1
        && node.named_child(0).is_some_and(|child| matches!(child.kind(), "string" | "concatenated_string"))
}

fn is_python_test(node: Node<'_>, text: &str) -> bool {
    match node.kind() {
        "function_definition" => name_of(node, text).is_some_and(|name| name.starts_with("test")),
        "class_definition" => {
            let bases = node.child_by_field_name("superclasses").map_or("", |bases| &text[bases.byte_range()]);
            name_of(node, text).is_some_and(|name| name.starts_with("Test")) || bases.contains("TestCase")
        }
        _ => false,
    }
}

/// Only a `vec!` is read below its name: other macros' tokens are not known to be expressions.
fn is_opaque_macro(node: Node<'_>, text: &str) -> bool {
    node.kind() == "macro_invocation" && node.child_by_field_name("macro").is_none_or(|name| &text[name.byte_range()] != "vec")
}

fn is_rust_test(node: Node<'_>, text: &str) -> bool {
    matches!(node.kind(), "mod_item" | "function_item" | "impl_item")
        && attributes_above(node).any(|attribute| is_test_attribute(&text[attribute.byte_range()]))
}

fn attributes_above(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(node.prev_named_sibling(), |before| before.prev_named_sibling())
        .take_while(|before| matches!(before.kind(), "attribute_item" | "line_comment" | "block_comment"))
        .filter(|before| before.kind() == "attribute_item")
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`, `#[rstest]`, ... but not `#[cfg(not(test))]`.
fn is_test_attribute(attribute: &str) -> bool {
    let words = |word: &str| attribute.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word);
    (words("test") || words("rstest") || words("test_case") || words("quickcheck")) && !attribute.contains("not(test")
}

fn name_of<'s>(node: Node<'_>, text: &'s str) -> Option<&'s str> {
    node.child_by_field_name("name").map(|name| &text[name.byte_range()])
}
