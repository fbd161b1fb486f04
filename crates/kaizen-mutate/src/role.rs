//! What an identifier is for: binding a variable, using one, naming something else.
//!
//! Decided from the nodes above it, without types. When in doubt an identifier is a [`Role::Name`], which no operator
//! replaces.

use crate::language::Language;
use crate::site::Step;
use std::ops::Range;
use tree_sitter::Node;

/// The role of an identifier, with the bytes over which a binding is visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// Introduces a variable that this occurrence must keep: a parameter, a loop variable, a pattern.
    Binding(Range<usize>),
    /// Assigned to: introduces the variable (with its range) when it is new.
    Target(Option<Range<usize>>),
    /// Its value is used.
    Use,
    /// The function of a call.
    Callee,
    /// The name of something that is no variable.
    Name,
}

const PYTHON_PATTERNS: &[&str] =
    &["pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "dictionary_splat_pattern", "as_pattern_target"];
const RUST_PATTERNS: &[&str] = &[
    "tuple_pattern",
    "tuple_struct_pattern",
    "ref_pattern",
    "mut_pattern",
    "reference_pattern",
    "slice_pattern",
    "captured_pattern",
    "or_pattern",
    "match_pattern",
    "field_pattern",
    "struct_pattern",
];

/// The role of the identifier at the end of the path.
pub(crate) fn role(language: Language, path: &[Step<'_>], text: &str) -> Role {
    match language {
        Language::Python => python(path),
        Language::Rust => rust(path, text),
    }
}

/// The path up to the outermost pattern around its end.
fn out_of_patterns<'a, 't>(path: &'a [Step<'t>], patterns: &[&str]) -> &'a [Step<'t>] {
    let mut len = path.len();
    while len > 1 && patterns.contains(&path[len - 2].node.kind()) {
        len -= 1;
    }
    &path[..len]
}

/// The bytes of the nearest node of one of the kinds above the end of the path.
fn reach(path: &[Step<'_>], kinds: &[&str]) -> Range<usize> {
    let found = path[..path.len() - 1].iter().rev().find(|step| kinds.contains(&step.node.kind()));
    found.unwrap_or(&path[0]).node.byte_range()
}

fn parent<'t>(path: &[Step<'t>]) -> (Option<Node<'t>>, &'t str) {
    let field = path[path.len() - 1].field.unwrap_or("");
    (path.len().checked_sub(2).map(|index| path[index].node), field)
}

fn python(path: &[Step<'_>]) -> Role {
    const SCOPES: &[&str] = &["function_definition", "class_definition", "module"];
    const COMPREHENSIONS: &[&str] = &["list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"];
    let outer = out_of_patterns(path, PYTHON_PATTERNS);
    let (Some(above), field) = parent(outer) else { return Role::Name };
    match (above.kind(), field) {
        ("assignment", "left") | ("named_expression", "name") => Role::Target(Some(reach(outer, SCOPES))),
        ("augmented_assignment", "left") => Role::Target(None),
        ("for_statement", "left") => Role::Binding(reach(outer, SCOPES)),
        ("for_in_clause", "left") => Role::Binding(reach(outer, COMPREHENSIONS)),
        ("as_pattern", "alias") | ("except_clause", "alias") => Role::Binding(reach(outer, SCOPES)),
        ("parameters" | "lambda_parameters", _) | ("typed_parameter", "") | ("default_parameter" | "typed_default_parameter", "name") => {
            Role::Binding(reach(outer, &["function_definition", "lambda"]))
        }
        ("call", "function") => Role::Callee,
        ("keyword_argument", "name") | ("attribute", "attribute") | (_, "name") => Role::Name,
        ("case_pattern" | "dotted_name" | "delete_statement" | "keyword_pattern", _) => Role::Name,
        _ if outer.len() < path.len() => Role::Name,
        _ => Role::Use,
    }
}

fn rust(path: &[Step<'_>], text: &str) -> Role {
    let name = &text[path[path.len() - 1].node.byte_range()];
    let (Some(direct), direct_field) = parent(path) else { return Role::Name };
    let constructor = direct.kind() == "tuple_struct_pattern" && direct_field == "type";
    if name.starts_with(char::is_uppercase) || constructor {
        return if (direct.kind(), direct_field) == ("call_expression", "function") { Role::Callee } else { Role::Name };
    }
    if direct_field == "condition" {
        return Role::Use;
    }
    let outer = out_of_patterns(path, RUST_PATTERNS);
    let (Some(above), field) = parent(outer) else { return Role::Name };
    match (above.kind(), field) {
        ("let_declaration", "pattern") => Role::Binding(above.end_byte()..reach(outer, &["block", "source_file"]).end),
        ("parameter", "pattern") => Role::Binding(reach(outer, &["function_item", "closure_expression"])),
        ("closure_parameters", _) => Role::Binding(reach(outer, &["closure_expression"])),
        ("for_expression", "pattern") => Role::Binding(above.child_by_field_name("body").unwrap_or(above).byte_range()),
        ("match_arm", "pattern") => Role::Binding(above.byte_range()),
        ("let_condition", "pattern") => Role::Binding(reach(outer, &["if_expression", "while_expression", "match_arm"])),
        ("assignment_expression" | "compound_assignment_expr", "left") => Role::Target(None),
        ("call_expression", "function") => Role::Callee,
        ("generic_function", "function") | (_, "name" | "macro" | "path" | "label") => Role::Name,
        ("scoped_identifier" | "shorthand_field_initializer" | "label" | "macro_invocation", _) => Role::Name,
        _ if outer.len() < path.len() => Role::Name,
        _ => Role::Use,
    }
}
