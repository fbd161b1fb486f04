//! Rust source with comments and strings blanked out, and which of its lines are tests.
//!
//! A small scanner, no parser: it knows comments, strings, characters and braces, which is enough for rules about words.

/// The masked forms have the same lines and columns as the file.
pub(super) struct Source {
    /// Without comments and without the content of strings and characters.
    pub(super) code: String,
    /// Without comments.
    pub(super) uncommented: String,
    test_lines: Vec<bool>,
}

impl Source {
    /// Scans a file.
    pub(super) fn new(text: &str) -> Self {
        let (code, uncommented) = mask(text);
        let test_lines = test_lines(&code);
        Self { code, uncommented, test_lines }
    }

    /// Numbered lines of the code, from 1; lines of `#[cfg(test)]` items left out where `production_only`.
    pub(super) fn code_lines(&self, production_only: bool) -> impl Iterator<Item = (usize, &str)> {
        self.numbered(&self.code, production_only)
    }

    /// The same with strings in place.
    pub(super) fn uncommented_lines(&self, production_only: bool) -> impl Iterator<Item = (usize, &str)> {
        self.numbered(&self.uncommented, production_only)
    }

    /// True where the line (from 1) belongs to a `#[cfg(test)]` or `#[test]` item.
    pub(super) fn is_test_line(&self, line: usize) -> bool {
        self.test_lines.get(line.saturating_sub(1)).copied().unwrap_or(false)
    }

    fn numbered<'a>(&'a self, text: &'a str, production_only: bool) -> impl Iterator<Item = (usize, &'a str)> {
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(move |(line, _)| !(production_only && self.is_test_line(*line)))
    }
}

/// True where `word` stands in `line` and no identifier's character touches it.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let touches = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| !touches(line[..at].chars().next_back()) && !touches(line[at + word.len()..].chars().next()))
}

/// The byte after the brace that closes the first one at or after `from`; `None` where an item ends without braces.
pub(super) fn block_end(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut nested = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => nested += 1,
            b')' | b']' => nested = nested.saturating_sub(1),
            b'{' => depth += 1,
            b'}' if depth <= 1 => return (depth == 1).then_some(at + 1),
            b'}' => depth -= 1,
            b';' if depth == 0 && nested == 0 => return None,
            _ => {}
        }
    }
    None
}

fn test_lines(code: &str) -> Vec<bool> {
    let mut marks = vec![false; code.lines().count()];
    for attribute in ["#[cfg(test)]", "#[cfg(any(test", "#[test]", "#[tokio::test"] {
        for (at, _) in code.match_indices(attribute) {
            let after = code[at..].find(']').map_or(at, |end| at + end + 1);
            if let Some(end) = block_end(code, after) {
                let first = code[..at].matches('\n').count();
                let last = code[..end].matches('\n').count();
                marks[first..=last].fill(true);
            }
        }
    }
    marks
}

/// (without comments and strings, without comments)
fn mask(text: &str) -> (String, String) {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut uncommented) = (String::with_capacity(text.len()), String::with_capacity(text.len()));
    let mut at = 0;
    while at < chars.len() {
        let (kind, end) = token(&chars, at);
        for (offset, c) in chars[at..end].iter().enumerate() {
            let edge = kind == Token::Text && (offset == 0 || at + offset + 1 == end);
            let blank = if *c == '\n' { '\n' } else { ' ' };
            code.push(if kind == Token::Code || edge { *c } else { blank });
            uncommented.push(if kind == Token::Comment { blank } else { *c });
        }
        at = end;
    }
    (code, uncommented)
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Token {
    Code,
    Comment,
    Text,
}

/// What begins at `at`, and where it ends.
fn token(chars: &[char], at: usize) -> (Token, usize) {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => (Token::Comment, line_end(chars, at)),
        '/' if next == Some('*') => (Token::Comment, block_comment_end(chars, at)),
        '"' => (Token::Text, string_end(chars, at + 1)),
        'r' if !follows_identifier(chars, at) => raw_string_end(chars, at).map_or((Token::Code, at + 1), |end| (Token::Text, end)),
        '\'' => character_end(chars, at).map_or((Token::Code, at + 1), |end| (Token::Text, end)),
        _ => (Token::Code, at + 1),
    }
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| at + length)
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut here) = (0, at);
    while here + 1 < chars.len() {
        match (chars[here], chars[here + 1]) {
            ('/', '*') => (depth, here) = (depth + 1, here + 2),
            ('*', '/') if depth == 1 => return here + 2,
            ('*', '/') => (depth, here) = (depth - 1, here + 2),
            _ => here += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut here = from;
    while here < chars.len() {
        match chars[here] {
            '\\' => here += 2,
            '"' => return here + 1,
            _ => here += 1,
        }
    }
    chars.len()
}

/// True inside a longer name such as `for`; the prefix of `br"..."` and `cr"..."` is no longer name.
fn follows_identifier(chars: &[char], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map(|index| chars[index]);
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let prefixed = matches!(before(1), Some('b' | 'c')) && !is_part(before(2));
    is_part(before(1)) && !prefixed
}

fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |here: usize| chars[here] == '"' && chars[here + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    Some((open + 1..chars.len()).find(|here| closes(*here)).map_or(chars.len(), |here| here + 1 + hashes))
}

/// `None` for a lifetime.
fn character_end(chars: &[char], at: usize) -> Option<usize> {
    match chars.get(at + 1)? {
        '\\' => chars[at + 3..].iter().position(|c| *c == '\'').map(|length| at + 4 + length),
        _ => (chars.get(at + 2) == Some(&'\'')).then_some(at + 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blanked_and_code_stays_in_place() {
        let source = Source::new("let a = \"x // y\"; // z\nlet b = r#\"q\"w\"#; /* c /* d */ e */ let c = '\"'; let d: &'static str;");
        assert_eq!(source.code.lines().next(), Some("let a = \"      \";     "));
        assert_eq!(source.code.lines().nth(1).unwrap().replace(' ', ""), "letb=r#;letc='';letd:&'staticstr;");
        assert_eq!(source.uncommented.lines().next().unwrap().trim_end(), "let a = \"x // y\";");
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        assert_eq!(Source::new(r#"f("a\"b"); g('\''); h('\\');"#).code.replace(' ', ""), r#"f("");g('');h('');"#);
    }

    #[test]
    fn lines_of_test_items_are_known() {
        let source = Source::new("fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nmod more;\nfn d() {}");
        let production: Vec<usize> = source.code_lines(true).map(|(line, _)| line).collect();
        assert_eq!(production, [1, 6, 7, 8, 9]);
    }

    #[test]
    fn a_word_is_not_found_inside_a_longer_one() {
        assert!(has_word("use rand;", "rand"));
        assert!(!has_word("let operand = 1;", "rand"));
    }
}
