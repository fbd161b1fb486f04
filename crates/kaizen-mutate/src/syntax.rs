//! Questions about nodes that operators of every language ask.

use crate::language::Language;
use crate::language::description::Kind;
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
pub(crate) fn arguments(language: Language, call: Node<'_>) -> Vec<Node<'_>> {
    match call.child_by_field_name("arguments") {
        Some(list) if language.kind(list) == Kind::Arguments => named(list),
        _ => Vec::new(),
    }
}

/// The called name and what it is called on.
pub(crate) fn callee<'t>(language: Language, call: Node<'t>) -> Option<(Node<'t>, Option<Node<'t>>)> {
    let Some(function) = call.child_by_field_name("function") else {
        let name = call.child_by_field_name("name").filter(|_| language.kind(call) == Kind::Call)?;
        return Some((name, call.child_by_field_name("object")));
    };
    match language.kind(function) {
        Kind::Identifier => Some((function, None)),
        Kind::Member => member(language, function).map(|(object, name)| (name, Some(object))),
        Kind::Scoped => Some((function.child_by_field_name("name")?, None)),
        _ => None,
    }
}

/// The object and the name of a member expression.
pub(crate) fn member<'t>(language: Language, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let (object, name) = language.description().member;
    node.child_by_field_name(object).zip(node.child_by_field_name(name))
}

/// What is indexed, and by what.
pub(crate) fn index_parts<'t>(language: Language, node: Node<'t>) -> Option<(Node<'t>, Vec<Node<'t>>)> {
    let mut parts = named(node).into_iter();
    let value = (language.kind(node) == Kind::Index).then(|| parts.next()).flatten()?;
    let indexes = parts.flat_map(|part| if part.kind() == "subscript_argument_list" { named(part) } else { vec![part] });
    Some((value, indexes.collect()))
}

/// The condition of a branch, a loop, a choice or a filter, without the parentheses that its syntax asks for.
pub(crate) fn condition<'t>(language: Language, node: Node<'t>) -> Option<Node<'t>> {
    let found = match language.kind(node) {
        Kind::Filter => node.named_child(0),
        Kind::Ternary => return node.child_by_field_name("condition").or_else(|| node.named_child(1)),
        Kind::For if language == Language::Go => go_condition(node),
        Kind::If | Kind::While | Kind::For => node.child_by_field_name("condition"),
        _ => None,
    };
    let found = found.filter(|found| found.is_named() && found.kind() != "empty_statement")?;
    match found.kind() {
        "condition_clause" => found.child_by_field_name("value").filter(|value| value.kind() != "declaration"),
        "parenthesized_expression" if !matches!(language, Language::Python | Language::Rust | Language::Go) => {
            named(found).first().copied()
        }
        _ => Some(found),
    }
}

fn go_condition(node: Node<'_>) -> Option<Node<'_>> {
    let head = node.named_child(0)?;
    match head.kind() {
        "for_clause" => head.child_by_field_name("condition"),
        "range_clause" | "block" => None,
        _ => Some(head),
    }
}

/// Left side, the token that assigns, and right side of an assignment or a declaration.
pub(crate) fn assigned(node: Node<'_>) -> Option<(Node<'_>, Node<'_>, Node<'_>)> {
    let field = |names: [&str; 4]| names.into_iter().find_map(|name| node.child_by_field_name(name));
    let left = field(["left", "pattern", "name", "declarator"])?;
    let right = field(["right", "value", "", ""])?;
    let assigns = |token: &Node<'_>| !token.is_named() && token.kind().ends_with('=');
    let token = operator_of(node).or_else(|| children(node).into_iter().find(assigns))?;
    Some((only(left), token, only(right)))
}

/// The only expression of a list of expressions, any other node itself.
pub(crate) fn only(node: Node<'_>) -> Node<'_> {
    match (node.kind(), node.named_child_count(), node.named_child(0)) {
        ("expression_list", 1, Some(inner)) => inner,
        _ => node,
    }
}

/// The value that a return hands back.
pub(crate) fn returned(node: Node<'_>) -> Option<Node<'_>> {
    named(node).first().copied().map(only)
}

/// Whether an operator token compares.
pub(crate) fn compares(operator: &str) -> bool {
    matches!(operator, "<" | "<=" | ">" | ">=" | "==" | "!=" | "===" | "!==" | "in" | "not in" | "is" | "is not")
}

/// Whether an operator token calculates with numbers.
pub(crate) fn calculates(operator: &str) -> bool {
    matches!(operator, "+" | "-" | "*" | "/" | "//" | "%" | "**")
}

/// The other one of and / or.
pub(crate) fn counterpart(operator: &str) -> Option<&'static str> {
    match operator {
        "and" => Some("or"),
        "or" => Some("and"),
        "&&" => Some("||"),
        "||" => Some("&&"),
        _ => None,
    }
}

/// Whether a node is a binary expression with an operator that `asked` accepts.
fn is_binary(language: Language, node: Node<'_>, asked: fn(&str) -> bool) -> bool {
    language.kind(node) == Kind::Binary && operator_of(node).is_some_and(|token| asked(token.kind()))
}

/// Whether a node is a comparison.
pub(crate) fn is_comparison(language: Language, node: Node<'_>) -> bool {
    language.kind(node) == Kind::Comparison || is_binary(language, node, compares)
}

/// Whether a node is `a + b` or another calculation.
pub(crate) fn is_calculation(language: Language, node: Node<'_>) -> bool {
    is_binary(language, node, calculates)
}

/// Whether a node is `a and b` or `a or b`.
pub(crate) fn is_connective(language: Language, node: Node<'_>) -> bool {
    is_binary(language, node, |operator| counterpart(operator).is_some())
}

/// Whether a node negates a condition.
pub(crate) fn is_negation(language: Language, node: Node<'_>) -> bool {
    language.kind(node) == Kind::Unary && node.child(0).is_some_and(|sign| matches!(sign.kind(), "not" | "!"))
}

/// Whether a node is a literal text, or a character where one cannot calculate with it.
pub(crate) fn is_string(language: Language, node: Node<'_>) -> bool {
    match language.kind(node) {
        Kind::Text | Kind::Pieces => true,
        Kind::Character => language == Language::Rust,
        Kind::Literal => matches!(node.kind(), "raw_string_literal" | "template_string"),
        _ => false,
    }
}

/// What names or computes a value in one piece.
pub(crate) fn is_term(kind: Kind) -> bool {
    matches!(kind, Kind::Identifier | Kind::Member | Kind::Call | Kind::Index)
}

/// Whether a node binds tighter than every binary operator.
pub(crate) fn is_tight(language: Language, node: Node<'_>) -> bool {
    let kind = language.kind(node);
    is_term(kind)
        || matches!(
            kind,
            Kind::Parentheses
                | Kind::Number
                | Kind::Boolean
                | Kind::Nothing
                | Kind::Text
                | Kind::Character
                | Kind::This
                | Kind::Scoped
                | Kind::Array
                | Kind::Literal
        )
        || node.kind() == "slice_expression"
}

/// Whether a member can be asked of a node as it stands.
pub(crate) fn takes_member(language: Language, node: Node<'_>) -> bool {
    let kind = language.kind(node);
    is_term(kind) || matches!(kind, Kind::Parentheses | Kind::This | Kind::Text | Kind::Array) || node.kind() == "slice_expression"
}

/// A node's text, in parentheses unless it binds tighter than any operator.
pub(crate) fn tight(language: Language, node: Node<'_>, text: &str) -> String {
    if is_tight(language, node) { text.to_owned() } else { format!("({text})") }
}

/// Whether a node may hold a number: no literal, string, comparison, collection or function.
pub(crate) fn may_be_number(language: Language, node: Node<'_>) -> bool {
    let kind = language.kind(node);
    is_term(kind)
        || kind == Kind::Cast
        || is_calculation(language, node)
        || (kind == Kind::Unary && node.child(0).is_some_and(|sign| sign.kind() == "-"))
        || (kind == Kind::Parentheses && node.named_child(0).is_some_and(|inner| may_be_number(language, inner)))
}

/// The node that holds a function's name, wherever the grammar puts it.
pub(crate) fn function_name(node: Node<'_>) -> Option<Node<'_>> {
    if let Some(name) = node.child_by_field_name("name") {
        return Some(name);
    }
    let mut declarator = node.child_by_field_name("declarator")?;
    while let Some(inner) = declarator.child_by_field_name("declarator").or_else(|| declarator.child_by_field_name("name")) {
        declarator = inner;
    }
    Some(declarator)
}

/// The list of a function's parameters.
pub(crate) fn parameters(node: Node<'_>) -> Option<Node<'_>> {
    let mut holder = node;
    loop {
        if let Some(found) = holder.child_by_field_name("parameters") {
            return Some(found);
        }
        holder = holder.child_by_field_name("declarator")?;
    }
}
