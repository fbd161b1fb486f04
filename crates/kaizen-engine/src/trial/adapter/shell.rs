//! As much of the shell as it takes to find a tool's call in a line and add options to it: words, quotes, operators, redirections.
//!
//! It expands nothing and knows no tool. A call inside quotes, a script or a Makefile is not seen.

use std::ops::Range;

/// Words that may stand before a command.
const BEFORE: [&str; 12] = ["env", "time", "exec", "command", "nice", "if", "then", "else", "do", "while", "!", "{"];

/// A selection of cases longer than this is not handed to a tool; everything runs and the reading is cut down. One argument, or one
/// variable, holds at most 128 KiB.
pub(super) const LONGEST_SELECTION: usize = 100_000;

/// Whether a command may follow these words of its line.
pub(super) fn stands_first(words: &[&str]) -> bool {
    words.iter().all(|word| word.contains('=') || BEFORE.contains(word))
}

/// Every call of a program in the line that `matches` accepts (program by its name, then its other words): the words' places.
pub(super) fn calls(line: &str, program: &str, matches: impl Fn(&[&str]) -> bool) -> Vec<Vec<Range<usize>>> {
    let call = |words: Vec<Range<usize>>| {
        let text: Vec<&str> = words.iter().map(|range| &line[range.clone()]).collect();
        let at = text.iter().position(|word| word.rsplit('/').next() == Some(program))?;
        (stands_first(&text[..at]) && matches(&text[at + 1..])).then(|| words[at..].to_vec())
    };
    simple_commands(line).into_iter().filter_map(call).collect()
}

/// The line with the edits made; they do not overlap.
pub(super) fn edited(line: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut edited = line.to_owned();
    for (range, text) in edits.into_iter().rev() {
        edited.replace_range(range, &text);
    }
    edited
}

/// Edits that leave options of a call out: `valued` with their value, in the next word or after `=`, and `plain` ones.
pub(super) fn left_out(line: &str, words: &[Range<usize>], valued: &[&str], plain: &[&str]) -> Vec<(Range<usize>, String)> {
    let mut edits = Vec::new();
    for (index, range) in words.iter().enumerate() {
        let word = &line[range.clone()];
        let option = word.split('=').next().unwrap_or_default();
        let is_valued = valued.contains(&option);
        if is_valued || plain.contains(&option) {
            edits.push((range.clone(), String::new()));
        }
        let value = words.get(index + 1).filter(|_| is_valued && !word.contains('='));
        edits.extend(value.map(|value| (value.clone(), String::new())));
    }
    edits
}

/// The line with `ours` in front of whatever it assigns to a variable, which would replace what the judge sets. `ours` is told what
/// follows.
pub(super) fn in_front(line: &str, variable: &str, ours: impl Fn(&str) -> String) -> String {
    let assignment = format!("{variable}=");
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(&assignment) {
        let before = rest[..at].chars().next_back().or_else(|| kept.chars().next_back());
        let (done, more) = rest.split_at(at + assignment.len());
        kept.push_str(done);
        if before.is_none_or(|before| !before.is_alphanumeric() && before != '_') {
            kept.push_str(&ours(more));
        }
        rest = more;
    }
    kept + rest
}

/// The words of each simple command: what stands between operators.
pub(super) fn simple_commands(line: &str) -> Vec<Vec<Range<usize>>> {
    let bytes = line.as_bytes();
    let mut commands = vec![Vec::new()];
    let mut at = 0;
    while at < bytes.len() {
        let end = word_end(bytes, at);
        match bytes[at] {
            b' ' | b'\t' => at += 1,
            _ if end > at => {
                if let Some(command) = commands.last_mut() {
                    command.push(at..end);
                }
                at = end;
            }
            _ => {
                commands.push(Vec::new());
                at += 1;
            }
        }
    }
    commands
}

/// Where the word that begins here ends; here, when no word does.
fn word_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < bytes.len() {
        let next = bytes.get(at + 1);
        at += match bytes[at] {
            b'\\' => 2,
            quote @ (b'\'' | b'"' | b'`') => quoted(bytes, at, quote),
            b'$' if next == Some(&b'(') => quoted(bytes, at, b')'),
            b'>' | b'<' if next == Some(&b'&') => 2,
            b'&' if next == Some(&b'>') => 2,
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' => break,
            _ => 1,
        };
    }
    at.min(bytes.len())
}

/// The length of what runs to the closing byte.
fn quoted(bytes: &[u8], start: usize, close: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != close {
        at += if bytes[at] == b'\\' && close == b'"' { 2 } else { 1 };
    }
    at + 1 - start
}
