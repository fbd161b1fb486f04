//! What an identifier is for: binding a variable, using one, naming something else.
//!
//! Decided from the nodes above it and the language's list of places, without types. When in doubt an identifier is a
//! [`Role::Name`], which no operator replaces.

use crate::language::Language;
use crate::language::description::{Description, Kind, Slot};
use crate::site::Step;
use std::ops::Range;

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

/// The role of the identifier at the end of the path.
pub(crate) fn role(language: Language, path: &[Step<'_>], text: &str) -> Role {
    let description = language.description();
    let direct = slot(description, path);
    let name = &text[path[path.len() - 1].node.byte_range()];
    if language == Language::Rust && name.starts_with(char::is_uppercase) {
        return if direct == Some(Slot::Callee) { Role::Callee } else { Role::Name };
    }
    match direct {
        Some(Slot::Use) => return Role::Use,
        Some(Slot::Name) => return Role::Name,
        _ => {}
    }
    let outer = out_of_patterns(language, path);
    let in_pattern = path[outer.len() - 1..path.len() - 1].iter().any(|step| description.patterns.contains(&step.node.kind()));
    match slot(description, outer) {
        Some(slot) => meant(slot, outer),
        None if in_pattern || names(outer) => Role::Name,
        None => Role::Use,
    }
}

fn meant(slot: Slot, path: &[Step<'_>]) -> Role {
    match slot {
        Slot::Use => Role::Use,
        Slot::Callee => Role::Callee,
        Slot::Name => Role::Name,
        Slot::Assigned => Role::Target(None),
        Slot::Target(scopes) => Role::Target(Some(reach(path, scopes))),
        Slot::Binds(scopes) => Role::Binding(reach(path, scopes)),
        Slot::After(scopes) => {
            let start = path.len().checked_sub(2).map_or(0, |index| path[index].node.end_byte());
            Role::Binding(start..reach(path, scopes).end)
        }
        Slot::Body => {
            let above = path[path.len().saturating_sub(2)].node;
            Role::Binding(above.child_by_field_name("body").unwrap_or(above).byte_range())
        }
    }
}

/// What the language says about the place at the end of the path.
fn slot(description: &Description, path: &[Step<'_>]) -> Option<Slot> {
    let above = path[path.len().checked_sub(2)?].node.kind();
    let field = path[path.len() - 1].field.unwrap_or("");
    let rows = description.places.iter().copied().flatten();
    rows.filter(|(kinds, wanted, _)| (*wanted == "*" || *wanted == field) && kinds.contains(&above)).map(|(_, _, slot)| *slot).next()
}

/// Fields that hold no variable in any language.
fn names(path: &[Step<'_>]) -> bool {
    path.len() < 2 || matches!(path[path.len() - 1].field, Some("name" | "macro" | "path" | "label"))
}

/// The path up to the outermost pattern or list around its end.
fn out_of_patterns<'a, 't>(language: Language, path: &'a [Step<'t>]) -> &'a [Step<'t>] {
    let patterns = language.description().patterns;
    let mut len = path.len();
    while len > 1 && (patterns.contains(&path[len - 2].node.kind()) || language.kind(path[len - 2].node) == Kind::List) {
        len -= 1;
    }
    &path[..len]
}

/// The bytes of the nearest node of one of the kinds above the end of the path.
fn reach(path: &[Step<'_>], kinds: &[&str]) -> Range<usize> {
    let found = path[..path.len() - 1].iter().rev().find(|step| kinds.contains(&step.node.kind()));
    found.unwrap_or(&path[0]).node.byte_range()
}
