//! Syntax without what makes no difference: layout, comments, parentheses, the order of operands that commute, double
//! negations, steps of nothing.
//!
//! Two expressions with the same normal form compute the same. Only what holds whatever the types are is made equal:
//! `a + b` is not `b + a`, as both may be texts.

use crate::language::Language;
use crate::language::description::Kind;
use crate::syntax::{children, is_negation, named, operator_of};
use tree_sitter::Node;

/// The normal form of an expression or a simple statement.
pub(crate) fn normal(language: Language, node: Node<'_>, text: &str) -> String {
    let mut out = String::new();
    Form { language, text }.write(node, &mut out);
    out
}

struct Form<'a> {
    language: Language,
    text: &'a str,
}

impl Form<'_> {
    fn write(&self, node: Node<'_>, out: &mut String) {
        match self.language.kind(node) {
            Kind::Parentheses if node.named_child_count() == 1 => return self.inner(node, out),
            Kind::Unary if is_negation(self.language, node) => return self.negation(node, out),
            Kind::Binary | Kind::Comparison => {
                if let Some((left, sign, right)) = self.parts(node) {
                    return self.binary(left, sign, right, out);
                }
            }
            _ if node.child_count() == 0 || self.language.kind(node) == Kind::Text => {
                out.push_str(self.text.get(node.byte_range()).unwrap_or(""));
                return out.push(' ');
            }
            _ => {}
        }
        out.push('(');
        for child in children(node) {
            self.write(child, out);
        }
        out.push(')');
    }

    fn inner(&self, node: Node<'_>, out: &mut String) {
        for child in named(node) {
            self.write(child, out);
        }
    }

    /// `not not a` is `a`, and `not a == b` is `a != b`.
    fn negation(&self, node: Node<'_>, out: &mut String) {
        let Some(mut operand) = node.named_child(0) else { return };
        while let (Kind::Parentheses, Some(inner)) = (self.language.kind(operand), operand.named_child(0)) {
            operand = inner;
        }
        if is_negation(self.language, operand) {
            return self.inner(operand, out);
        }
        let opposite = self.parts(operand).and_then(|(left, sign, right)| {
            let (_, opposite) = OPPOSITES.iter().find(|(known, _)| *known == sign)?;
            Some((left, *opposite, right))
        });
        if let Some((left, sign, right)) = opposite {
            return self.binary(left, sign, right, out);
        }
        out.push_str("(! ");
        self.write(operand, out);
        out.push(')');
    }

    /// Left side, operator and right side of a binary expression or of a comparison of two.
    fn parts<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, &'t str, Node<'t>)> {
        match self.language.kind(node) {
            Kind::Binary => Some((node.child_by_field_name("left")?, operator_of(node)?.kind(), node.child_by_field_name("right")?)),
            Kind::Comparison if node.named_child_count() == 2 => {
                let token = children(node).into_iter().find(|child| !child.is_named())?;
                Some((node.named_child(0)?, token.kind(), node.named_child(1)?))
            }
            _ => None,
        }
    }

    fn binary(&self, left: Node<'_>, operator: &str, right: Node<'_>, out: &mut String) {
        let (mut first, mut second) = (normal(self.language, left, self.text), normal(self.language, right, self.text));
        let sign = match operator {
            "+" | "-" if second == "0 " => return out.push_str(&first),
            "+" if first == "0 " => return out.push_str(&second),
            "*" if second == "1 " => return out.push_str(&first),
            ">" if self.is_plain(left) && self.is_plain(right) => "<",
            ">=" if self.is_plain(left) && self.is_plain(right) => "<=",
            other => other,
        };
        let number = |form: &str| form.starts_with(|first: char| first.is_ascii_digit());
        let commutes = match sign {
            "*" | "&" | "|" | "^" | "==" | "!=" | "===" | "!==" => self.is_plain(left) && self.is_plain(right),
            "+" => (number(&first) || number(&second)) && self.is_plain(left) && self.is_plain(right),
            _ => false,
        };
        if sign != operator || (commutes && first > second) {
            std::mem::swap(&mut first, &mut second);
        }
        out.extend(["(", sign, " ", &first, &second, ")"]);
    }

    /// A name or a literal: computing it has no effect, so the order does not matter.
    fn is_plain(&self, node: Node<'_>) -> bool {
        if self.language.kind(node) == Kind::Parentheses {
            return node.named_child(0).is_some_and(|inner| self.is_plain(inner));
        }
        matches!(self.language.kind(node), Kind::Identifier | Kind::Number | Kind::Text | Kind::Boolean | Kind::Nothing | Kind::Character)
    }
}

const OPPOSITES: [(&str, &str); 8] =
    [("==", "!="), ("!=", "=="), ("===", "!=="), ("!==", "==="), ("in", "not in"), ("not in", "in"), ("is", "is not"), ("is not", "is")];

#[cfg(test)]
mod tests {
    use super::*;

    fn form(language: Language, expression: &str) -> String {
        let text = match language {
            Language::Python => format!("x = {expression}\n"),
            _ => format!("void f() {{ x = {expression}; }}"),
        };
        let tree = language.parse(&text).unwrap();
        normal(language, tree.root_node(), &text)
    }

    #[test]
    fn expressions_that_compute_the_same_have_one_form() {
        let same = [("a == b", "b == a"), ("(a) + 1", "1 + a"), ("a*b", "b * a"), ("a > b", "b < a"), ("a + 0", "a"), ("f(a) - 0", "f(a)")];
        for (one, other) in same {
            assert_eq!(form(Language::Python, one), form(Language::Python, other), "{one} {other}");
            assert_eq!(form(Language::Cpp, one), form(Language::Cpp, other), "{one} {other}");
        }
        assert_eq!(form(Language::Cpp, "!(a == b)"), form(Language::Cpp, "a != b"));
        assert_eq!(form(Language::Cpp, "!!(a)"), form(Language::Cpp, "a"));
        assert_eq!(form(Language::Python, "not a == b"), form(Language::Python, "a != b"));
        assert_eq!(form(Language::Python, "not (a in b)"), form(Language::Python, "a not in b"));
        assert_eq!(form(Language::Python, "not not a"), form(Language::Python, "a"));
    }

    #[test]
    fn expressions_that_may_differ_have_different_forms() {
        for (one, other) in [
            ("a + b", "b + a"),
            ("f() * g()", "g() * f()"),
            ("a - b", "b - a"),
            ("a < b", "a <= b"),
            ("a and b", "b and a"),
            ("a / 1", "a"),
        ] {
            assert_ne!(form(Language::Python, one), form(Language::Python, other), "{one} {other}");
        }
    }
}
