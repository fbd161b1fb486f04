//! Makefiles, as far as plain lines go: targets with their recipes and prerequisites, variables with one value.

use crate::detect::tree::Tree;
use std::collections::BTreeMap;

const FILES: &[&str] = &["GNUmakefile", "makefile", "Makefile"];
/// How far a prerequisite leads to another.
const DEPTH: usize = 4;
/// What variables that are set elsewhere usually stand for.
const USUAL: &[(&str, &str)] = &[
    ("PYTHON", "python3"),
    ("PYTHON3", "python3"),
    ("PY", "python3"),
    ("PYTEST", "pytest"),
    ("MAKE", "make"),
    ("NPM", "npm"),
    ("NPX", "npx"),
    ("CARGO", "cargo"),
    ("GO", "go"),
    ("UV", "uv"),
];

/// The Makefile that make would read.
pub(super) fn file(tree: &Tree) -> Option<&'static str> {
    FILES.iter().copied().find(|file| tree.has(file))
}

/// True where there is such a target.
pub(super) fn has(tree: &Tree, target: &str) -> bool {
    Makefile::of(tree).rules.contains_key(target)
}

/// The recipes of these targets, those of their prerequisites first.
pub(super) fn lines(tree: &Tree, targets: &[&str]) -> Vec<String> {
    let makefile = Makefile::of(tree);
    let mut found = Vec::new();
    targets.iter().for_each(|target| makefile.collect(target, DEPTH, &mut found));
    found
}

#[derive(Default)]
struct Rule {
    needs: Vec<String>,
    recipe: Vec<String>,
}

#[derive(Default)]
struct Makefile {
    rules: BTreeMap<String, Rule>,
    values: BTreeMap<String, String>,
}

impl Makefile {
    fn of(tree: &Tree) -> Self {
        let mut makefile = Self::default();
        let text = super::joined(file(tree).map_or("", |file| tree.text(file)));
        let mut current: Vec<String> = Vec::new();
        for line in text.lines() {
            if let Some(recipe) = line.strip_prefix('\t') {
                let command = recipe.trim().trim_start_matches(['@', '-']).trim();
                for target in &current {
                    makefile.rules.entry(target.clone()).or_default().recipe.push(command.to_owned());
                }
            } else if !line.trim().is_empty() && !line.starts_with('#') {
                current = makefile.line(line);
            }
        }
        makefile
    }

    /// Reads a line that is no recipe; the targets whose recipe follows.
    fn line(&mut self, line: &str) -> Vec<String> {
        if let Some((name, value)) = assigned(line) {
            self.values.insert(name.to_owned(), value.to_owned());
            return Vec::new();
        }
        let Some((targets, needs)) = line.split_once(':') else { return Vec::new() };
        let targets: Vec<String> = targets.split_whitespace().map(str::to_owned).collect();
        let needs = needs.trim_start_matches(':').split(['#', ';']).next().unwrap_or_default();
        for target in &targets {
            self.rules.entry(target.clone()).or_default().needs.extend(needs.split_whitespace().map(str::to_owned));
        }
        targets
    }

    fn collect(&self, target: &str, depth: usize, found: &mut Vec<String>) {
        let Some(rule) = self.rules.get(target).filter(|_| depth > 0) else { return };
        rule.needs.iter().for_each(|need| self.collect(need, depth - 1, found));
        found.extend(rule.recipe.iter().map(|line| self.valued(line, DEPTH)));
    }

    /// The line with what its variables stand for; one without a known value stays as it is.
    fn valued(&self, line: &str, depth: usize) -> String {
        let names = self.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(USUAL.iter().copied());
        let mut text = line.to_owned();
        for (name, value) in names {
            text = text.replace(&format!("$({name})"), value).replace(&format!("${{{name}}}"), value);
        }
        if depth == 0 || text == line { text } else { self.valued(&text, depth - 1) }
    }
}

/// `NAME = value` in any of make's ways.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let (left, value) = line.split_once('=')?;
    let name = left.trim_end_matches([':', '?', '+']).trim().trim_start_matches("export ").trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| (name, value.trim()))
}
