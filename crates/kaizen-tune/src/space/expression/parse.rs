//! From words to a tree. From loose to tight: `or`, `and`, `not`, one comparison, `+ -`, `* /`, a leading minus.

use super::token::{Token, tokens, wrong};
use super::{Node, Operator};
use crate::error::TuneError;

/// How deep parentheses and signs may nest: more than anybody writes, less than the stack holds.
const DEPTH: usize = 64;

/// The tree of a whole text.
pub(super) fn parse(text: &str) -> Result<Node, TuneError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, at: 0, depth: 0 };
    let tree = parser.level(0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(tree),
        Some((_, at)) => Err(wrong(text, *at, "something follows that belongs to nothing")),
    }
}

/// The operators of each level that join operands from left to right; between `and` and comparisons stands `not`.
const LEVELS: [&[Operator]; 5] = [
    &[Operator::Or],
    &[Operator::And],
    &[Operator::Equal, Operator::Unequal, Operator::Less, Operator::AtMost, Operator::More, Operator::AtLeast],
    &[Operator::Plus, Operator::Minus],
    &[Operator::Times, Operator::Over],
];
const COMPARISONS: usize = 2;

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [(Token, usize)],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn next(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn taken(&mut self, wanted: &Token) -> bool {
        let fits = self.next() == Some(wanted);
        self.at += usize::from(fits);
        fits
    }

    fn wrong(&self, what: &str) -> TuneError {
        let end = self.text.chars().count() + 1;
        wrong(self.text, self.tokens.get(self.at).map_or(end, |(_, at)| *at), what)
    }

    fn level(&mut self, level: usize) -> Result<Node, TuneError> {
        let Some(operators) = LEVELS.get(level) else { return self.operand() };
        if level == COMPARISONS && self.taken(&Token::Not) {
            return self.deeper(|parser| parser.level(COMPARISONS)).map(|inner| Node::Not(Box::new(inner)));
        }
        let mut left = self.level(level + 1)?;
        let mut joined = 0;
        while let Some(operator) = self.operator(operators) {
            joined += 1;
            if level == COMPARISONS && joined > 1 {
                self.at -= 1;
                return Err(self.wrong("a second comparison: join them with \"and\""));
            }
            let right = self.level(level + 1)?;
            left = Node::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operator(&mut self, among: &[Operator]) -> Option<Operator> {
        match self.next() {
            Some(Token::Operator(operator)) if among.contains(operator) => {
                let operator = *operator;
                self.at += 1;
                Some(operator)
            }
            _ => None,
        }
    }

    fn operand(&mut self) -> Result<Node, TuneError> {
        let Some(token) = self.next().cloned() else { return Err(self.wrong("a value is missing")) };
        if token == Token::Operator(Operator::Minus) {
            self.at += 1;
            return self.deeper(Self::operand).map(|inner| Node::Minus(Box::new(inner)));
        }
        let node = match token {
            Token::Literal(value) => Node::Literal(value),
            Token::Name(name) => Node::Name(name),
            Token::Open => return self.parenthesis(),
            _ => return Err(self.wrong("a value is missing")),
        };
        self.at += 1;
        Ok(node)
    }

    fn parenthesis(&mut self) -> Result<Node, TuneError> {
        self.at += 1;
        let inner = self.deeper(|parser| parser.level(0))?;
        if self.taken(&Token::Close) { Ok(inner) } else { Err(self.wrong("\")\" is missing")) }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Result<Node, TuneError>) -> Result<Node, TuneError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.wrong("it nests too deeply"));
        }
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }
}
