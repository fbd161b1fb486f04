//! Texts of tools as people should see them: without colours, shortened.

use super::Finished;

/// How much of a message is kept: its beginning, because a backtrace follows.
const MESSAGE_LIMIT: usize = 2000;

/// Without escape sequences and other control characters but line ends and tabs.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            if characters.next_if_eq(&'[').is_some() {
                characters.by_ref().find(|end| end.is_ascii_alphabetic());
            }
        } else if character == '\n' || character == '\t' || !character.is_control() {
            plain.push(character);
        }
    }
    plain
}

/// A failure's text, shortened; nothing where it says nothing.
pub(super) fn message(text: &str) -> Option<String> {
    let text = plain(text);
    Some(head(text.trim(), MESSAGE_LIMIT).to_owned()).filter(|text| !text.is_empty())
}

/// A name that is fit for an id: one line.
pub(super) fn name(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The last lines a person would look at: standard error, or standard output where that is empty.
pub(super) fn last_lines(finished: &Finished<'_>) -> String {
    let said = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(6)..].join("\n")
    };
    let text = Some(said(finished.stderr)).filter(|text| !text.is_empty()).unwrap_or_else(|| said(finished.stdout));
    if text.is_empty() { "(none)".to_owned() } else { tail(&text, 800).to_owned() }
}

/// The first few of many names.
pub(super) fn shortened(names: &[String]) -> String {
    let shown = names[..names.len().min(5)].join(", ");
    if names.len() > 5 { format!("{shown} and {} more", names.len() - 5) } else { shown }
}

/// At most this many bytes from the end, whole characters.
pub(super) fn tail(text: &str, limit: usize) -> &str {
    let from = text.len().saturating_sub(limit);
    &text[text.ceil_char_boundary(from)..]
}

/// At most this many bytes from the start, whole characters.
pub(super) fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_control_characters_are_left_out() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m\r\n\tnext\u{8}"), "red\n\tnext");
        assert_eq!((name(" a\n\u{1b}[1mb "), message(" \u{1b}[0m\n")), ("a b".to_owned(), None));
    }
}
