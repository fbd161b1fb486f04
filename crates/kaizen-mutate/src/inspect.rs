//! Reading tests for evidence: which names they use, where a function is.

use crate::language::Language;
use crate::language::description::Kind;
use crate::site::walk;
use crate::syntax;
use tree_sitter::Node;

/// The identifiers that a source uses, with their line (counted from 1), in order; each once per line.
///
/// Identifiers inside the arguments of Rust macros count, as that is where assertions name what they test.
pub fn identifiers(language: Language, text: &str) -> Vec<(String, u32)> {
    let Some(tree) = language.parse(text) else { return Vec::new() };
    let mut found: Vec<(String, u32)> = Vec::new();
    walk(tree.root_node(), |path| {
        let node = path[path.len() - 1].node;
        if node.is_named() && node.kind().ends_with("identifier") && node.named_child_count() == 0 {
            let entry = (text[node.byte_range()].to_owned(), line(node.start_position().row));
            let same_line = found.iter().rev().take_while(|(_, line)| *line == entry.1);
            if !same_line.into_iter().any(|known| *known == entry) {
                found.push(entry);
            }
        }
        true
    });
    found
}

/// The numbers and texts that a source holds as they are written, with their line (counted from 1), in order.
pub fn literals(language: Language, text: &str) -> Vec<(String, u32)> {
    let Some(tree) = language.parse(text) else { return Vec::new() };
    let mut found = Vec::new();
    walk(tree.root_node(), |path| {
        let node = path[path.len() - 1].node;
        let literal = matches!(language.kind(node), Kind::Number | Kind::Text);
        if literal {
            found.push((text[node.byte_range()].to_owned(), line(node.start_position().row)));
        }
        !literal
    });
    found
}

/// First and last line (counted from 1) of a function: the one with this name, or the innermost one around this line.
///
/// In JavaScript a test is found by its title, alone or after the titles around it (`cart adds`).
///
/// A name may be dotted (`TestCart.test_total`) or joined with `::`; its last part is compared. A number is a line.
pub fn function_span(language: Language, text: &str, name_or_line: &str) -> Option<(u32, u32)> {
    let whole = name_or_line;
    let name = name_or_line.rsplit(['.', ':']).next().unwrap_or(name_or_line);
    let name = name.split(['[', '(']).next().unwrap_or(name);
    let wanted_line = name.parse::<u32>().ok();
    let tree = language.parse(text)?;
    let mut found = None;
    walk(tree.root_node(), |path| {
        let node = path[path.len() - 1].node;
        if found.is_none() && titled(language, node, text).is_some_and(|title| title == whole || whole.ends_with(&format!(" {title}"))) {
            found = Some((line(node.start_position().row), line(node.end_position().row)));
        }
        if matches!(language.kind(node), Kind::Function | Kind::Lambda) {
            let span = (line(node.start_position().row), line(node.end_position().row));
            let named = syntax::function_name(node).is_some_and(|own| &text[own.byte_range()] == name);
            if wanted_line.map_or(named && found.is_none(), |wanted| (span.0..=span.1).contains(&wanted)) {
                found = Some(span);
            }
        }
        true
    });
    found
}

/// The title of a test that is a call with a text and a function, as in `it("adds", () => { ... })`.
fn titled<'s>(language: Language, node: Node<'_>, text: &'s str) -> Option<&'s str> {
    let arguments = (language.kind(node) == Kind::Call).then(|| syntax::arguments(language, node))?;
    let [title, body, ..] = arguments.as_slice() else { return None };
    let is_test = language.kind(*title) == Kind::Text && matches!(language.kind(*body), Kind::Function | Kind::Lambda);
    is_test.then(|| text[title.byte_range()].trim_matches(['"', '\'', '`']))
}

fn line(row: usize) -> u32 {
    u32::try_from(row).map_or(u32::MAX, |row| row.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: &str = "class TestCart:\n    def test_total(self):\n        cart = Cart()\n        assert cart.total(2) == 4\n";

    #[test]
    fn names_used_by_a_test_come_with_their_lines() {
        let found = identifiers(Language::Python, PYTHON);
        assert!(found.contains(&("Cart".to_owned(), 3)) && found.contains(&("total".to_owned(), 4)), "{found:?}");
        let found = identifiers(Language::Rust, "#[test]\nfn adds() {\n    assert_eq!(add(1, 2), 3);\n}\n");
        assert!(found.contains(&("add".to_owned(), 3)), "{found:?}");
    }

    #[test]
    fn literals_of_a_test_come_as_they_are_written() {
        let found = literals(Language::Python, "def test_a():\n    assert f(-2, 'x') == 4.5\n");
        assert_eq!(found, [("2", 2), ("'x'", 2), ("4.5", 2)].map(|(text, line)| (text.to_owned(), line)));
    }

    #[test]
    fn a_function_is_found_by_name_by_dotted_name_and_by_line() {
        for key in ["test_total", "TestCart.test_total", "a::test_total", "test_total[2-4]", "4"] {
            assert_eq!(function_span(Language::Python, PYTHON, key), Some((2, 4)), "{key}");
        }
        assert_eq!(function_span(Language::Python, PYTHON, "test_other"), None);
        assert_eq!(function_span(Language::Rust, "mod a {\n fn x() {\n }\n}\n", "x"), Some((2, 3)));
    }

    #[test]
    fn a_test_of_javascript_is_found_by_its_title() {
        let text = "describe('cart', () => {\n  it('adds up', () => {\n    expect(f()).toBe(2);\n  });\n});\n";
        for key in ["adds up", "cart adds up"] {
            assert_eq!(function_span(Language::JavaScript, text, key), Some((2, 4)), "{key}");
        }
        assert_eq!(function_span(Language::JavaScript, text, "adds"), None);
    }
}
