//! The rows of JavaScript, TypeScript and Rust.

use super::super::{OptimiserInfo, javascript, rust};
use super::{JS, RUST, row};

pub(super) const ROWS: &[OptimiserInfo] = &[
    row(
        "js-membership",
        JS,
        1.0,
        javascript::membership,
        "Asks a set instead of an array that stays as it is while it is asked.",
        (
            r#"function subject(data) {
  const known = data.map((value) => value + 1);
  return data.filter((value) => known.includes(value)).length;
}"#,
            r#"function subject(data) {
  const known = data.map((value) => value + 1);
  const knownSet = new Set(known);
  return data.filter((value) => knownSet.has(value)).length;
}"#,
        ),
    ),
    row(
        "js-seen",
        JS,
        1.0,
        javascript::grown,
        "Lets a set grow beside an array that is asked while it grows.",
        (
            r#"function subject(data) {
  const out = [];
  for (const value of data) {
    if (!out.includes(value)) out.push(value);
  }
  return out;
}"#,
            r#"function subject(data) {
  const out = [];
  const outSeen = new Set();
  for (const value of data) {
    if (!outSeen.has(value)) out.push(value), outSeen.add(value);
  }
  return out;
}"#,
        ),
    ),
    row(
        "js-stops",
        JS,
        0.7,
        javascript::stops,
        "Stops at the first element that fits.",
        (
            r#"function subject(data) {
  return data.filter((value) => value > 2)[0];
}"#,
            r#"function subject(data) {
  return data.find((value) => value > 2);
}"#,
        ),
    ),
    row(
        "js-appended",
        JS,
        0.9,
        javascript::appended,
        "Adds to an array instead of copying it with one more element.",
        (
            r#"function subject(data) {
  let out = [];
  for (const value of data) {
    out = [...out, value * 2];
  }
  return out;
}"#,
            r#"function subject(data) {
  let out = [];
  for (const value of data) {
    out.push(value * 2);
  }
  return out;
}"#,
        ),
    ),
    row(
        "rs-membership",
        RUST,
        1.0,
        rust::membership,
        "Asks a set instead of a vector that stays as it is while it is asked.",
        (
            r#"pub fn subject(data: &[i64]) -> usize {
    let known: Vec<i64> = data.iter().map(|value| value + 1).collect();
    data.iter().filter(|value| known.contains(value)).count()
}"#,
            r#"pub fn subject(data: &[i64]) -> usize {
    let known: Vec<i64> = data.iter().map(|value| value + 1).collect();
    let known_set: std::collections::HashSet<_> = known.iter().collect();
    data.iter().filter(|value| known_set.contains(value)).count()
}"#,
        ),
    ),
    row(
        "rs-capacity",
        RUST,
        0.4,
        rust::capacity,
        "Makes room for all elements before a loop that adds them.",
        (
            r#"pub fn subject(data: &[i64]) -> Vec<i64> {
    let mut out = Vec::new();
    for value in data.iter() {
        out.push(value * 2);
    }
    out
}"#,
            r#"pub fn subject(data: &[i64]) -> Vec<i64> {
    let mut out = Vec::with_capacity(data.len());
    for value in data.iter() {
        out.push(value * 2);
    }
    out
}"#,
        ),
    ),
    row(
        "rs-collected",
        RUST,
        0.5,
        rust::collected,
        "Goes through an iterator instead of a vector made of it.",
        (
            r#"pub fn subject(data: &[i64]) -> usize {
    data.iter().filter(|value| **value > 2).collect::<Vec<_>>().len()
}"#,
            r#"pub fn subject(data: &[i64]) -> usize {
    data.iter().filter(|value| **value > 2).count()
}"#,
        ),
    ),
    row(
        "rs-cloned",
        RUST,
        0.7,
        rust::cloned,
        "Drops a copy that is only looked at.",
        (
            r#"pub fn subject(data: &[i64]) -> i64 {
    data.to_vec().iter().sum()
}"#,
            r#"pub fn subject(data: &[i64]) -> i64 {
    data.iter().sum()
}"#,
        ),
    ),
    row(
        "rs-formatted",
        RUST,
        0.7,
        rust::formatted,
        "Adds to a text instead of formatting all of it anew.",
        (
            r#"pub fn subject(data: &[i64]) -> String {
    let mut text = String::new();
    for value in data {
        text = format!("{}{}", text, value);
    }
    text
}"#,
            r#"pub fn subject(data: &[i64]) -> String {
    let mut text = String::new();
    for value in data {
        text.push_str(&format!("{}", value));
    }
    text
}"#,
        ),
    ),
    row(
        "rs-unstable",
        RUST,
        0.3,
        rust::unstable,
        "Sorts without keeping equal elements in order.",
        (
            r#"pub fn subject(data: &[i64]) -> Vec<i64> {
    let mut out = data.to_vec();
    out.sort();
    out
}"#,
            r#"pub fn subject(data: &[i64]) -> Vec<i64> {
    let mut out = data.to_vec();
    out.sort_unstable();
    out
}"#,
        ),
    ),
    row(
        "rs-regex",
        RUST,
        0.8,
        rust::regex,
        "Builds a regular expression once.",
        (
            r#"pub fn subject(text: &str) -> bool {
    let digits = Regex::new(r"[0-9]+").unwrap();
    digits.is_match(text)
}"#,
            r#"pub fn subject(text: &str) -> bool {
    static PATTERN: std::sync::LazyLock<Regex> = std::sync::LazyLock::new(|| Regex::new(r"[0-9]+").unwrap());
    let digits = &*PATTERN;
    digits.is_match(text)
}"#,
        ),
    ),
];
