//! Files as people and programs leave them: comments after values, odd quotes, numbers in every spelling, texts of several lines that look
//! like settings. A value is set, everything outside its own bytes stays, it reads back, and so does every other value.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_tune::setting::{Format, read, write};
use kaizen_tune::space::value::Value;
use proptest::prelude::*;
use std::ops::Range;

/// Lines with the path of the value in «guillemets», what it reads as; or lines without a value, which are there to confuse.
type Piece = (&'static str, Option<(&'static str, Reads)>);

#[derive(Debug, Clone, Copy)]
enum Reads {
    Int(i64),
    Float(f64),
    Text(&'static str),
    Bool(bool),
}

impl Reads {
    fn value(self) -> Value {
        match self {
            Self::Int(number) => number.into(),
            Self::Float(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::Bool(truth) => truth.into(),
        }
    }

    /// Another value of the same type.
    fn other(self, number: i32, real: f64, text: &str) -> Value {
        match self {
            Self::Int(_) => i64::from(number).into(),
            Self::Float(_) => real.into(),
            Self::Text(_) => text.into(),
            Self::Bool(truth) => (!truth).into(),
        }
    }
}

const TOML: &[Piece] = &[
    ("a = «0xff»  # a = 1", Some(("a", Reads::Int(255)))),
    ("b = «1_000»", Some(("b", Reads::Int(1000)))),
    ("c = «-0.5e-7»# tight", Some(("c", Reads::Float(-0.5e-7)))),
    ("d=«1e3»", Some(("d", Reads::Float(1000.0)))),
    ("\"quoted key\".x   =   «+5»", Some(("\"quoted key\".x", Reads::Int(5)))),
    ("'a = 9' = «'q\"#'»", Some(("'a = 9'", Reads::Text("q\"#")))),
    ("e = { f = «\"\\u00fc\" », g.h = [1, {i = 0b101}] }", Some(("e.f", Reads::Text("ü")))),
    ("j = [ 1, # one\n  «2»,\n]", Some(("j[1]", Reads::Int(2)))),
    ("m = \"\"\"\na = 7\n[t]\nb = '\\\\'\"\"\"", None),
    ("# a = 3", None),
    ("n = 2001-01-01", None),
    ("o.p = «false»", Some(("o.p", Reads::Bool(false)))),
    ("", None),
    ("  \t", None),
];

const YAML: &[Piece] = &[
    ("a: «0xff»  # a: 1", Some(("a", Reads::Int(255)))),
    ("b: &here «5» # five", Some(("b", Reads::Int(5)))),
    ("c: «-.5e-7»", Some(("c", Reads::Float(-0.5e-7)))),
    ("\"quoted: key\":   «'it''s #1'»", Some(("'quoted: key'", Reads::Text("it's #1")))),
    ("? d\n: «1.50»", Some(("d", Reads::Float(1.5)))),
    ("e: {f: «\"x\\ty\"», 'g': [1, {h: 2}]}", Some(("e.f", Reads::Text("x\ty")))),
    ("i:\n- «1»\n-   j: 3", Some(("i[0]", Reads::Int(1)))),
    ("k: |\n  a: 9\n  b: 9", None),
    ("l: >-\n  c: 1\n\n  d: 2", None),
    ("m: &there {n: 1}\no: *there", None),
    ("p: «No»", Some(("p", Reads::Text("No")))),
    ("q: «TRUE»", Some(("q", Reads::Bool(true)))),
    ("# a: 3", None),
    ("", None),
];

const INI: &[Piece] = &[
    ("a = «255»  ; a = 1", Some(("a", Reads::Int(255)))),
    ("b=«0.50»", Some(("b", Reads::Float(0.5)))),
    ("quoted key : «\"q;#\"»   # c", Some(("'quoted key'", Reads::Text("q;#")))),
    ("c = «'it is'»", Some(("c", Reads::Text("it is")))),
    ("\td\t=\t«x#y»\t", Some(("d", Reads::Text("x#y")))),
    ("e.f = «-3»", Some(("'e.f'", Reads::Int(-3)))),
    ("; a = 3", None),
    ("# a = 3", None),
    ("alone", None),
    ("", None),
];

const ENV: &[Piece] = &[
    ("A=«255» # A=1", Some(("A", Reads::Int(255)))),
    ("export  B = «0.50»", Some(("B", Reads::Float(0.5)))),
    ("C=«\"q # r\"» # s", Some(("C", Reads::Text("q # r")))),
    ("D=«'x y'»", Some(("D", Reads::Text("x y")))),
    (" E=«a#b»\t", Some(("E", Reads::Text("a#b")))),
    ("F=\"one\nA=9\nB=9\"", None),
    ("G=$A", None),
    ("#A=3", None),
    ("", None),
];

struct Written {
    text: String,
    leaves: Vec<(&'static str, Range<usize>, Reads)>,
}

/// The pieces one after the other, with these line ends, a byte order mark and a line end at the end where they are asked for.
fn written(pieces: &[Piece], newline: &str, (mark, last): (bool, bool)) -> Written {
    let mut written = Written { text: if mark { "\u{feff}" } else { "" }.to_owned(), leaves: Vec::new() };
    for (index, (piece, leaf)) in pieces.iter().enumerate() {
        let piece = piece.replace('\n', newline);
        if index > 0 {
            written.text += newline;
        }
        let Some((path, reads)) = leaf else {
            written.text += &piece;
            continue;
        };
        let (before, rest) = piece.split_once('«').unwrap();
        let (value, after) = rest.split_once('»').unwrap();
        written.text += before;
        let from = written.text.len();
        written.text += value.trim_end();
        written.leaves.push((path, from..written.text.len(), *reads));
        written.text += &value[value.trim_end().len()..];
        written.text += after;
    }
    written.text += if last { newline } else { "" };
    written
}

/// Texts of which not every format can hold every one: those are refused, see `check`.
fn new_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", "[a-zA-Z0-9 #:;=ü€-]{1,10}"]
}

fn check(format: Format, written: &Written, (number, real, text): (i32, f64, &str)) -> Result<(), TestCaseError> {
    for (path, span, reads) in &written.leaves {
        let found = read(format, &written.text, path).unwrap_or_else(|error| panic!("{path}: {error} in\n{}", written.text));
        prop_assert_eq!(&found, &reads.value(), "{} in\n{}", path, written.text);
        prop_assert_eq!(&write(format, &written.text, path, &found).unwrap(), &written.text);
        let new = reads.other(number, real, text);
        let Ok(after) = write(format, &written.text, path, &new) else {
            prop_assert!(matches!(new, Value::Text(_)), "{} = {} in\n{}", path, new, written.text);
            continue;
        };
        let (before, rest) = (&written.text[..span.start], &written.text[span.end..]);
        prop_assert!(after.starts_with(before) && after.ends_with(rest) && after.len() >= before.len() + rest.len(), "{}", after);
        prop_assert!(!after[before.len()..after.len() - rest.len()].contains('\n'), "{}", after);
        let back = read(format, &after, path).unwrap();
        prop_assert!(back == new || back.number().is_some_and(|back| Some(back) == new.number()) || back.to_string() == new.to_string());
        for (other, _, reads) in written.leaves.iter().filter(|(other, ..)| other != path) {
            prop_assert_eq!(read(format, &after, other).unwrap(), reads.value(), "{} after {} in\n{}", other, path, after);
        }
    }
    Ok(())
}

fn pieces(of: &'static [Piece]) -> impl Strategy<Value = Vec<Piece>> {
    prop::sample::subsequence(of, 0..=of.len()).prop_shuffle()
}

fn newline() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["\n", "\r\n"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn toml(pieces in pieces(TOML), newline in newline(), ends: (bool, bool), number: i32, real in -1e9..1e9_f64, text in new_text()) {
        check(Format::Toml, &written(&pieces, newline, ends), (number, real, &text))?;
    }

    #[test]
    fn toml_tables_in_a_list(newline in newline(), ends: (bool, bool), number: i32) {
        let tables: &[Piece] = &[
            ("[[t]] # one", None),
            ("k = «1» # k = 2", Some(("t[0].k", Reads::Int(1)))),
            ("[[t]]", None),
            ("k = «0o17»", Some(("t[1].k", Reads::Int(15)))),
            ("[t.'x y']", None),
            ("k = «'[[t]]'»", Some(("t[1].'x y'.k", Reads::Text("[[t]]")))),
        ];
        check(Format::Toml, &written(tables, newline, ends), (number, 0.5, "new"))?;
    }

    #[test]
    fn yaml(pieces in pieces(YAML), newline in newline(), ends: (bool, bool), number: i32, real in -1e9..1e9_f64, text in new_text()) {
        check(Format::Yaml, &written(&pieces, newline, ends), (number, real, &text))?;
    }

    #[test]
    fn ini(pieces in pieces(INI), newline in newline(), ends: (bool, bool), number: i32, real in -1e9..1e9_f64, text in new_text()) {
        check(Format::Ini, &written(&pieces, newline, ends), (number, real, &text))?;
    }

    #[test]
    fn env(pieces in pieces(ENV), newline in newline(), ends: (bool, bool), number: i32, real in -1e9..1e9_f64, text in new_text()) {
        check(Format::Env, &written(&pieces, newline, ends), (number, real, &text))?;
    }

    #[test]
    fn a_command_line_changes_in_one_word_as_a_shell_splits_it(
        words in prop::collection::vec("[a-z#=\\\\'\"\\$ \\-\u{a0}\t\n]{1,8}", 0..6), place in 0..6_usize, number: i32,
    ) {
        let mut words = words;
        words.insert(place.min(words.len()), "--threads 4".to_owned());
        let line = words.join(" ");
        let Ok(before) = shell_words::split(&line) else { return Ok(()) };
        let Ok(after) = write(Format::Args, &line, "--threads", &i64::from(number).into()) else { return Ok(()) };
        let after = shell_words::split(&after).unwrap();
        let changed: Vec<(&String, &String)> = before.iter().zip(&after).filter(|(before, after)| before != after).collect();
        prop_assert!(before.len() == after.len() && changed.len() <= 1, "{:?} {:?}", before, after);
        prop_assert!(changed.iter().all(|(_, new)| new.ends_with(&number.to_string())), "{:?}", changed);
    }
}
