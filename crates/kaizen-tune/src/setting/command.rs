//! The benchmark's command line: the value of a flag (`--threads 4`, `--threads=4`, `-j4`) or of an assignment in front of the
//! program (`THREADS=4 program`). A flag without a value cannot be set, and one that is not there has no present value.

use super::scalar::{Place, Quote, guessed, missing, not_scalar};
use crate::error::TuneError;
use std::ops::Range;

/// Where the value of a flag stands.
pub(super) fn argument(text: &str, flag: &str) -> Result<Place, TuneError> {
    let words = words(text)?;
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if word.plain == flag {
            let value = words.get(index + 1).filter(|next| !next.plain.starts_with('-') || guessed(&next.plain).number().is_some());
            found.push(value.cloned().ok_or_else(|| not_scalar(flag, "a flag without a value"))?);
        } else if let Some(glued) = glued(text, word, flag) {
            found.push(glued);
        }
    }
    one(text, flag, found, words.iter().map(|word| word.plain.as_str()).filter(|plain| plain.starts_with('-')))
}

/// Where the value of an assignment in front of the program stands.
pub(super) fn assignment(text: &str, name: &str) -> Result<Place, TuneError> {
    let words = words(text)?;
    let assigned = |word: &&Word| word.plain.split_once('=').is_some_and(|(name, _)| is_variable(name));
    let leading: Vec<&Word> =
        words.iter().skip(usize::from(words.first().is_some_and(|word| word.plain == "env"))).take_while(assigned).collect();
    let found = leading.iter().filter_map(|word| after(text, word, &format!("{name}="))).collect();
    one(text, name, found, leading.iter().filter_map(|word| word.plain.split('=').next()))
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `--flag=value`, or `-jvalue` for a flag of one letter.
fn glued(text: &str, word: &Word, flag: &str) -> Option<Word> {
    let short = flag.len() == 2 && flag.starts_with('-') && !flag.starts_with("--");
    after(text, word, &format!("{flag}=")).or_else(|| after(text, word, flag).filter(|rest| short && !rest.span.is_empty()))
}

/// The rest of a word that begins with these characters, outside quotes.
fn after(text: &str, word: &Word, front: &str) -> Option<Word> {
    let written = text[word.span.clone()].strip_prefix(front)?;
    Some(Word { plain: word.plain.strip_prefix(front)?.to_owned(), span: word.span.end - written.len()..word.span.end })
}

fn one<'a>(text: &str, key: &str, found: Vec<Word>, near: impl Iterator<Item = &'a str>) -> Result<Place, TuneError> {
    match found.as_slice() {
        [] => Err(missing(key, near)),
        [Word { plain, span }] => {
            let quote = match text[span.clone()].chars().next() {
                Some('\'') => Quote::Single,
                Some('"') => Quote::Double,
                _ => Quote::None,
            };
            Ok(Place { span: span.clone(), value: guessed(plain), raw: plain.clone(), quote })
        }
        [..] => Err(not_scalar(key, "there more than once")),
    }
}

#[derive(Clone)]
struct Word {
    plain: String,
    span: Range<usize>,
}

/// The words of a command line as a POSIX shell splits them, without expansions: comments are none, a line may go on after `\`.
fn words(text: &str) -> Result<Vec<Word>, TuneError> {
    let mut found: Vec<Word> = Vec::new();
    let mut current: Option<Word> = None;
    let mut characters = text.char_indices();
    let broken = || TuneError::Broken { format: "command line", what: "a quote has no end".to_owned() };
    while let Some((at, c)) = characters.next() {
        if matches!(c, ' ' | '\t' | '\n') {
            found.extend(current.take());
            continue;
        }
        if c == '#' && current.is_none() {
            characters.find(|(_, c)| *c == '\n');
            continue;
        }
        if text[at..].starts_with("\\\n") {
            characters.next();
            continue;
        }
        let word = current.get_or_insert(Word { plain: String::new(), span: at..at });
        match c {
            '\'' | '"' => loop {
                match characters.next().ok_or_else(broken)? {
                    (_, end) if end == c => break,
                    (_, '\\') if c == '"' => escaped(&mut word.plain, characters.next().ok_or_else(broken)?.1),
                    (_, inner) => word.plain.push(inner),
                }
            },
            '\\' => word.plain.push(characters.next().map_or('\\', |(_, next)| next)),
            plain => word.plain.push(plain),
        }
        word.span.end = characters.offset();
    }
    found.extend(current);
    Ok(found)
}

/// What a backslash in double quotes makes of a character.
fn escaped(word: &mut String, c: char) {
    match c {
        '\n' => {}
        '$' | '`' | '"' | '\\' => word.push(c),
        _ => word.extend(['\\', c]),
    }
}

/// One word for the shell, in the quotes of the one it replaces.
pub(super) fn text(quote: Quote, text: &str) -> Option<String> {
    let bare = !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | ',' | '+' | '@' | '%' | '='));
    let odd = text.contains(|c: char| c.is_control() || matches!(c, '\'' | '"' | '\\' | '$' | '`'));
    match quote {
        _ if odd => None,
        Quote::None if bare => Some(text.to_owned()),
        Quote::Double => Some(format!("\"{text}\"")),
        _ => Some(format!("'{text}'")),
    }
}
