//! Justfiles: recipes and what they need, without parameters.

use super::filled;
use crate::detect::tree::Tree;

const FILES: &[&str] = &["justfile", "Justfile", ".justfile"];

/// The justfile that just would read.
pub(super) fn file(tree: &Tree) -> Option<&'static str> {
    FILES.iter().copied().find(|file| tree.has(file))
}

/// The lines of these recipes.
pub(super) fn lines(tree: &Tree, recipes: &[&str]) -> Vec<String> {
    let text = super::joined(file(tree).map_or("", |file| tree.text(file)));
    recipes.iter().flat_map(|recipe| body(&text, recipe)).collect()
}

fn body(text: &str, recipe: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if inside {
                found.push(filled(line.trim().trim_start_matches(['@', '-']), "{{", "}}"));
            }
        } else if !line.trim().is_empty() {
            inside = heading(line) == Some(recipe);
            if inside {
                let needs = line.split_once(':').map_or("", |(_, needs)| needs);
                found.extend(needs.split_whitespace().filter(|need| *need != recipe).map(|need| format!("just {need}")));
            }
        }
    }
    found
}

/// The name of the recipe that begins in this line.
fn heading(line: &str) -> Option<&str> {
    let (head, rest) = line.split_once(':')?;
    let name = head.split_whitespace().next()?.trim_start_matches('@');
    (!rest.starts_with('=') && !name.starts_with(['#', '['])).then_some(name)
}
