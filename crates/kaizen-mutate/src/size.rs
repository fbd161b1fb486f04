//! What an edit is apart from its operator: how many tokens it changes, whether it only takes work away, whether it makes a
//! function return a constant.
//!
//! A rough split into tokens that all languages share is enough: the numbers only order edits that pass.

/// What is said of a change from `before` to `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) tokens: u32,
    pub(crate) deletes: bool,
}

/// Names, numbers, texts and single signs, without layout.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' | '`' => quoted(rest, first),
            _ if is_word(first) => rest.find(|letter: char| !is_word(letter)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        found.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    found
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of a text in quotes; of what is left when it has no end.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        if letter == quote && !escaped {
            return at + letter.len_utf8();
        }
        escaped = letter == '\\' && !escaped;
    }
    text.len()
}

/// The size of a change: tokens that are not shared at both ends, on the longer side.
pub(crate) fn size(before: &str, after: &str) -> Size {
    let (old, new) = (tokens(before), tokens(after));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let room = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let (gone, come) = (old.len() - head - tail, &new[head..new.len() - tail]);
    let nothing = come.iter().all(|token| matches!(*token, "pass" | ";" | "{" | "}"));
    let deletes = nothing && is_work(&old[head..old.len() - tail]);
    Size { tokens: u32::try_from(gone.max(come.len())).unwrap_or(u32::MAX), deletes }
}

/// A call, a statement or one side of a connective; without a sign, a negation or a step by one nothing is left undone.
fn is_work(gone: &[&str]) -> bool {
    gone.iter().any(|token| matches!(*token, "(" | "=" | "and" | "or" | "&" | "|" | "return" | "raise" | "throw" | "break" | "continue"))
}

/// Whether a text is one literal: a number, a text, a truth value, nothing, an empty collection.
pub(crate) fn is_literal(text: &str) -> bool {
    let tokens = tokens(text);
    let tokens = if tokens.first() == Some(&"-") { &tokens[1..] } else { &tokens };
    match tokens {
        [only] => {
            only.starts_with(['"', '\'', '`'])
                || only.starts_with(|first: char| first.is_ascii_digit())
                || matches!(*only, "True" | "False" | "None" | "true" | "false" | "null" | "nil" | "NULL" | "nullptr" | "undefined")
        }
        [whole, ".", part] => [whole, part].iter().all(|digits| digits.starts_with(|first: char| first.is_ascii_digit())),
        ["[", "]"] | ["{", "}"] | ["(", ")"] => true,
        _ => false,
    }
}

/// A literal without what depends on taste: the kind of quotes, layout.
pub(crate) fn plain_literal(text: &str) -> String {
    let text = tokens(text).concat();
    match text.chars().next() {
        Some('\'' | '`') if text.len() >= 2 => format!("\"{}\"", &text[1..text.len() - 1]),
        _ => text,
    }
}

/// The literals that a text returns, in the order in which they are written.
pub(crate) fn returned_literals(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, word) in text.match_indices("return") {
        let bounded = !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word);
        let rest = &text[at + word.len()..];
        let end = rest.find([';', '\n', '}']).unwrap_or(rest.len());
        let value = rest[..end].trim();
        if bounded && is_literal(value) {
            found.push(value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_counts_what_is_not_shared_at_both_ends() {
        assert_eq!(size("a < b", "a <= b"), Size { tokens: 1, deletes: false });
        assert_eq!(size("f(a, b)", "f(a)"), Size { tokens: 2, deletes: false });
        assert_eq!(size("x = f(1)", "pass"), Size { tokens: 6, deletes: true });
        assert_eq!(size("", "if x: return"), Size { tokens: 4, deletes: false });
    }

    #[test]
    fn a_sign_a_negation_or_a_step_is_no_work() {
        assert!(size("a and ready(b)", "a").deletes && size("a && b", "a").deletes && size("n = 0", "").deletes);
        assert!(!size("not a", "a").deletes && !size("n - 1", "n").deletes && !size("-n", "n").deletes);
    }

    #[test]
    fn literals_are_told_from_other_values() {
        for text in ["1", "-1", "1.5", "'a b'", "None", "[]", "true"] {
            assert!(is_literal(text), "{text}");
        }
        for text in ["x", "1 + 2", "f()", "[1]", ""] {
            assert!(!is_literal(text), "{text}");
        }
        assert_eq!(returned_literals("if x:\n    return 'a'\nreturn y"), ["'a'"]);
        assert_eq!((plain_literal("'a'"), plain_literal("- 1")), ("\"a\"".to_owned(), "-1".to_owned()));
    }
}
