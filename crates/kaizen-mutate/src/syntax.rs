//! Questions about nodes that operators of both languages ask.
//!
//! Node kinds of one language never mean something else in the other, so one list serves both.

use tree_sitter::Node;

/// The token in the field `operator`.
pub(crate) fn operator_of<'t>(node: Node<'t>) -> Option<Node<'t>> {
    node.child_by_field_name("operator")
}

/// The named children without comments.
pub(crate) fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let children = (0..node.named_child_count() as u32).filter_map(|index| node.named_child(index));
    children.filter(|child| !child.is_extra()).collect()
}

/// All children, tokens included.
pub(crate) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    (0..node.child_count()).filter_map(|index| node.child(index)).filter(|child| !child.is_extra()).collect()
}

/// The arguments of a call.
pub(crate) fn arguments(call: Node<'_>) -> Vec<Node<'_>> {
    match call.child_by_field_name("arguments") {
        Some(list) if matches!(list.kind(), "argument_list" | "arguments") => named(list),
        _ => Vec::new(),
    }
}

/// Whether an operator token compares.
pub(crate) fn compares(operator: &str) -> bool {
    matches!(operator, "<" | "<=" | ">" | ">=" | "==" | "!=" | "in" | "not in" | "is" | "is not")
}

/// Whether an operator token calculates with numbers.
pub(crate) fn calculates(operator: &str) -> bool {
    matches!(operator, "+" | "-" | "*" | "/" | "//" | "%" | "**")
}

/// Whether a node is a comparison.
pub(crate) fn is_comparison(node: Node<'_>) -> bool {
    node.kind() == "comparison_operator"
        || (node.kind() == "binary_expression" && operator_of(node).is_some_and(|token| compares(token.kind())))
}

/// Whether a node is `a + b` or another calculation.
pub(crate) fn is_calculation(node: Node<'_>) -> bool {
    matches!(node.kind(), "binary_operator" | "binary_expression") && operator_of(node).is_some_and(|token| calculates(token.kind()))
}

/// Whether a node is a literal string of either language.
pub(crate) fn is_string(node: Node<'_>) -> bool {
    matches!(node.kind(), "string" | "concatenated_string" | "string_literal" | "raw_string_literal" | "char_literal")
}

/// What names or computes a value in one piece.
const TERMS: [&str; 7] = ["identifier", "attribute", "field_expression", "call", "call_expression", "subscript", "index_expression"];

/// Whether a node binds tighter than every binary operator.
pub(crate) fn is_tight(node: Node<'_>) -> bool {
    TERMS.contains(&node.kind())
        || matches!(
            node.kind(),
            "parenthesized_expression"
                | "integer"
                | "integer_literal"
                | "float"
                | "float_literal"
                | "true"
                | "false"
                | "none"
                | "boolean_literal"
                | "string"
                | "string_literal"
                | "self"
                | "scoped_identifier"
                | "list"
                | "tuple"
                | "dictionary"
                | "set"
                | "list_comprehension"
                | "macro_invocation"
                | "char_literal"
        )
}

/// A node's text, in parentheses unless it binds tighter than any operator.
pub(crate) fn tight(node: Node<'_>, text: &str) -> String {
    if is_tight(node) { text.to_owned() } else { format!("({text})") }
}

/// Whether a node may hold a number: no literal, string, comparison, collection or function.
pub(crate) fn may_be_number(node: Node<'_>) -> bool {
    TERMS.contains(&node.kind())
        || node.kind() == "type_cast_expression"
        || is_calculation(node)
        || (node.kind() == "unary_operator" && operator_of(node).is_some_and(|token| token.kind() == "-"))
        || (node.kind() == "parenthesized_expression" && node.named_child(0).is_some_and(may_be_number))
}
