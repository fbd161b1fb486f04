//! Text of others, made fit for a terminal: a test's message may hold what retitles, clears or repaints it.

/// The only sequences of ours.
pub const STYLES: [&str; 5] = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m"];

/// The text with every control character but line ends and tabs replaced, and those that change the direction of reading. Our own styles
/// stay where `styled` says that there may be some.
pub fn clean(text: &str, styled: bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let style = STYLES.iter().find(|style| styled && rest.starts_with(*style));
        let length = style.map_or(letter.len_utf8(), |style| style.len());
        match style {
            Some(style) => kept.push_str(style),
            None => kept.push(if is_harmless(letter) { letter } else { '\u{fffd}' }),
        }
        rest = &rest[length..];
    }
    kept
}

/// JSON text in which what would steer a terminal is written as an escape: the same value, safe to look at.
pub fn escaped(json: &str) -> std::borrow::Cow<'_, str> {
    if json.chars().all(is_harmless) {
        return json.into();
    }
    let one = |letter: char| if is_harmless(letter) { letter.to_string() } else { format!("\\u{:04x}", u32::from(letter)) };
    json.chars().map(one).collect::<String>().into()
}

fn is_harmless(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    matches!(letter, '\n' | '\t') || !(letter.is_control() || turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_json_is_the_same_value_without_what_steers_a_terminal() {
        let json = serde_json::json!({ "a": "x\u{9b}31m\u{202e}y" }).to_string();
        let safe = escaped(&json);
        assert_eq!(safe, r#"{"a":"x\u009b31m\u202ey"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).ok(), serde_json::from_str(&json).ok());
    }

    #[test]
    fn what_steers_a_terminal_is_replaced_and_our_own_styles_stay() {
        let evil = "\x1b]0;owned\x07a\x1b[2J\rb\u{9b}31m\u{202e}c\td\n";
        assert_eq!(clean(evil, true), "\u{fffd}]0;owned\u{fffd}a\u{fffd}[2J\u{fffd}b\u{fffd}31m\u{fffd}c\td\n");
        assert_eq!(clean("\x1b[32mgood\x1b[0m \x1b[8mhidden", true), "\x1b[32mgood\x1b[0m \u{fffd}[8mhidden");
        assert_eq!(clean("\x1b[32mgood", false), "\u{fffd}[32mgood");
    }
}
