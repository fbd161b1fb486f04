//! The words of an expression, each with the place where it begins.

use super::Operator;
use crate::error::TuneError;
use crate::space::value::Value;

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Literal(Value),
    Name(String),
    Operator(Operator),
    Not,
    Open,
    Close,
}

/// More words than anybody writes. Each may make the tree one deeper, which the stack has to hold.
const WORDS: usize = 1000;

/// The words of a text with their places in characters, from 1.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, TuneError> {
    let characters: Vec<char> = text.chars().collect();
    let mut reader = Reader { text, characters: &characters, at: 0 };
    let mut found = Vec::new();
    loop {
        while reader.peek(0).is_some_and(char::is_whitespace) {
            reader.at += 1;
        }
        let Some(first) = reader.peek(0) else { return Ok(found) };
        let at = reader.at + 1;
        if found.len() >= WORDS {
            return Err(wrong(text, at, format!("it goes on after {WORDS} words")));
        }
        found.push((reader.token(first)?, at));
    }
}

/// What is wrong at a place of a text.
pub(super) fn wrong(text: &str, at: usize, what: impl Into<String>) -> TuneError {
    TuneError::Expression { text: text.to_owned(), at, what: what.into() }
}

struct Reader<'a> {
    text: &'a str,
    characters: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn token(&mut self, first: char) -> Result<Token, TuneError> {
        match first {
            '\'' | '"' => self.until(first, "the text has no end").map(|text| Token::Literal(Value::Text(text))),
            '`' => self.until('`', "the name has no end").map(Token::Name),
            c if c.is_ascii_digit() || (c == '.' && self.peek(1).is_some_and(|next| next.is_ascii_digit())) => self.number(),
            c if c.is_alphabetic() || c == '_' => Ok(self.word()),
            _ => self.sign(first),
        }
    }

    fn until(&mut self, end: char, what: &str) -> Result<String, TuneError> {
        let from = self.at + 1;
        let length = self.characters[from..].iter().position(|c| *c == end).ok_or_else(|| wrong(self.text, self.at + 1, what))?;
        self.at = from + length + 1;
        Ok(self.characters[from..from + length].iter().collect())
    }

    fn taken(&mut self, fits: impl Fn(char, Option<char>) -> bool) -> String {
        let from = self.at;
        while let Some(c) = self.peek(0)
            && fits(c, self.peek(1))
        {
            self.at += 1;
        }
        self.characters[from..self.at].iter().collect()
    }

    fn number(&mut self) -> Result<Token, TuneError> {
        let from = self.at;
        let mut text = self.taken(|c, _| c.is_ascii_digit() || matches!(c, '.' | '_'));
        if self.peek(0).is_some_and(|c| matches!(c, 'e' | 'E')) {
            text.push('e');
            self.at += 1;
            if let Some(sign) = self.peek(0).filter(|c| matches!(c, '+' | '-')) {
                text.push(sign);
                self.at += 1;
            }
            text += &self.taken(|c, _| c.is_ascii_digit());
        }
        let plain = text.replace('_', "");
        let whole = plain.parse().map(Value::Int);
        let value = whole.ok().or_else(|| plain.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float));
        value.map(Token::Literal).ok_or_else(|| wrong(self.text, from + 1, format!("\"{text}\" is not a number")))
    }

    /// A name goes on over dots and `[0]`, which is how a key in a file is written.
    fn word(&mut self) -> Token {
        let word = self.taken(|c, next| {
            c.is_alphanumeric()
                || matches!(c, '_' | '[' | ']')
                || (c == '.' && next.is_some_and(|next| next.is_alphanumeric() || next == '_'))
        });
        match word.as_str() {
            "or" => Token::Operator(Operator::Or),
            "and" => Token::Operator(Operator::And),
            "not" => Token::Not,
            "true" => Token::Literal(Value::Bool(true)),
            "false" => Token::Literal(Value::Bool(false)),
            _ => Token::Name(word),
        }
    }

    fn sign(&mut self, first: char) -> Result<Token, TuneError> {
        let second = self.peek(1);
        let (token, length) = match (first, second) {
            ('(', _) => (Token::Open, 1),
            (')', _) => (Token::Close, 1),
            ('=', Some('=')) => (Token::Operator(Operator::Equal), 2),
            ('!', Some('=')) => (Token::Operator(Operator::Unequal), 2),
            ('<', Some('=')) => (Token::Operator(Operator::AtMost), 2),
            ('>', Some('=')) => (Token::Operator(Operator::AtLeast), 2),
            ('<', _) => (Token::Operator(Operator::Less), 1),
            ('>', _) => (Token::Operator(Operator::More), 1),
            ('+', _) => (Token::Operator(Operator::Plus), 1),
            ('-', _) => (Token::Operator(Operator::Minus), 1),
            ('*', _) => (Token::Operator(Operator::Times), 1),
            ('/', _) => (Token::Operator(Operator::Over), 1),
            ('=', _) => return Err(wrong(self.text, self.at + 1, "a single \"=\", write \"==\"")),
            _ => return Err(wrong(self.text, self.at + 1, format!("\"{first}\" means nothing"))),
        };
        self.at += length;
        Ok(token)
    }
}
