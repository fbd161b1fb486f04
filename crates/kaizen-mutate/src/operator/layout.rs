//! Statements written as the language lays them out.

use crate::language::Language;
use crate::language::description::Layout;
use crate::site::Site;

/// A branch with one statement, as it stands at an indentation.
pub(super) fn branch(site: &Site<'_, '_>, condition: &str, body: &str, indent: &str) -> String {
    let deeper = deeper(indent);
    match site.language().description().layout {
        Layout::Indented => format!("if {condition}:\n{deeper}{body}"),
        Layout::Braced { parentheses: true } => format!("if ({condition}) {{\n{deeper}{body}\n{indent}}}"),
        Layout::Braced { parentheses: false } => format!("if {condition} {{\n{deeper}{body}\n{indent}}}"),
    }
}

/// One step further in.
pub(super) fn deeper(indent: &str) -> String {
    let step = match indent {
        tabs if tabs.contains('\t') => "\t",
        "  " => "  ",
        _ => "    ",
    };
    format!("{indent}{step}")
}

/// A statement with the sign that ends it.
pub(super) fn ended(language: Language, statement: &str) -> String {
    let bare = matches!(language, Language::Python | Language::Go) || statement.ends_with(['}', ';']);
    if bare { statement.to_owned() } else { format!("{statement};") }
}

/// A negated condition.
pub(super) fn negated(site: &Site<'_, '_>, condition: &str) -> String {
    format!("{}({condition})", site.words().not)
}
