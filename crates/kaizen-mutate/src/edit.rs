//! From sources to ranked edits: walk, ask the operators, check, drop doubles, rank.

use crate::check::Checker;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::language::Language;
use crate::language::description::Kind;
use crate::operator::{OPERATORS, OperatorInfo};
use crate::rank::{Candidate, rank};
use crate::site::{Change, Site, Step, walk};
use crate::summary::summary;
use crate::zone;
use kaizen_domain::path::RepoPath;
use std::collections::{BTreeMap, HashMap};

/// How much more than in proportion a suspicious line counts.
const SHARPNESS: f64 = 1.5;

/// A file that may be edited.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Where it is; decides its language.
    pub path: &'a RepoPath,
    /// Its whole text.
    pub text: &'a str,
}

/// One proposed change of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The file.
    pub path: RepoPath,
    /// First byte replaced.
    pub start: usize,
    /// The byte after the last one replaced; equal to `start` for an insertion.
    pub end: usize,
    /// What takes their place.
    pub replacement: String,
    /// The line of the first byte, counted from 1.
    pub line: u32,
    /// The operator's name.
    pub operator: &'static str,
    /// The smallest expression around the edit before and after, in one line.
    pub summary: String,
    /// How promising it is; only comparable within one list.
    pub score: f64,
}

/// The text with the edit made. An edit that does not fit the text (it was made for another one) leaves it as it is.
pub fn apply(text: &str, edit: &Edit) -> String {
    match (text.get(..edit.start), text.get(edit.start..edit.end), text.get(edit.end..)) {
        (Some(before), Some(_), Some(after)) => [before, &edit.replacement, after].concat(),
        _ => text.to_owned(),
    }
}

/// All single edits of the files that are worth trying, best first.
///
/// Each leaves its file without a new syntax error and differs from every other by the resulting text. Files in no known
/// language, test files and the tests inside files are left out. `seed` decides the order of exactly equal scores only
/// (0 keeps the order of the source).
pub fn edits(files: &[SourceFile<'_>], evidence: &Evidence, seed: u64) -> Vec<Edit> {
    let candidates = files.iter().filter(|file| !zone::is_test_file(file.path)).flat_map(|file| in_file(file, evidence)).collect();
    rank(candidates, seed)
}

fn in_file(file: &SourceFile<'_>, evidence: &Evidence) -> Vec<Candidate> {
    let Some(language) = Language::of_path(file.path) else { return Vec::new() };
    let Some(tree) = language.parse(file.text) else { return Vec::new() };
    let facts = Facts::collect(language, file.text, tree.root_node());
    let Some(checker) = Checker::new(language, file.text) else { return Vec::new() };
    let mut search = Search {
        file,
        evidence,
        checker,
        language,
        by_kind: by_kind(language),
        line_names: line_names(&facts, tree.root_node(), evidence),
        found: BTreeMap::new(),
    };
    walk(tree.root_node(), |path| {
        let open = !zone::is_closed(language, path, file.text);
        if open {
            search.visit(&Site { path, facts: &facts });
        }
        open
    });
    search.found.into_values().collect()
}

/// The operators to ask at each kind of node of a language.
fn by_kind(language: Language) -> Vec<Vec<&'static OperatorInfo>> {
    let mut table: Vec<Vec<&'static OperatorInfo>> = vec![Vec::new(); Kind::LAST as usize + 1];
    for operator in OPERATORS.iter().filter(|operator| operator.languages.contains(&language)) {
        for kind in operator.kinds {
            table[*kind as usize].push(operator);
        }
    }
    table
}

/// The highest weight of a mentioned name on each line (counted from 1).
fn line_names(facts: &Facts<'_>, root: tree_sitter::Node<'_>, evidence: &Evidence) -> HashMap<u32, f64> {
    let mut weights = HashMap::new();
    if evidence.names.is_empty() {
        return weights;
    }
    walk(root, |path| {
        let node = path[path.len() - 1].node;
        if node.kind().ends_with("identifier") && node.named_child_count() == 0 {
            let weight = weights.entry(line_of(node)).or_insert(0.0_f64);
            *weight = weight.max(evidence.weight_of(&facts.text[node.byte_range()]));
        }
        true
    });
    weights
}

fn line_of(node: tree_sitter::Node<'_>) -> u32 {
    u32::try_from(node.start_position().row).map_or(u32::MAX, |row| row.saturating_add(1))
}

/// What makes two changes of one file the same: the span that really differs, moved as far left as it goes.
type Difference = (usize, usize, Vec<u8>);

struct Search<'s> {
    file: &'s SourceFile<'s>,
    evidence: &'s Evidence,
    checker: Checker<'s>,
    language: Language,
    by_kind: Vec<Vec<&'static OperatorInfo>>,
    line_names: HashMap<u32, f64>,
    found: BTreeMap<Difference, Candidate>,
}

impl Search<'_> {
    fn visit(&mut self, site: &Site<'_, '_>) {
        let Some(operators) = self.by_kind.get(self.language.kind(site.node()) as usize).filter(|row| !row.is_empty()).cloned() else {
            return;
        };
        let mut changes = Vec::new();
        for operator in operators {
            (operator.propose)(site, &mut changes);
            for change in changes.drain(..) {
                self.consider(site, operator, change);
            }
        }
    }

    fn consider(&mut self, site: &Site<'_, '_>, operator: &'static OperatorInfo, change: Change) {
        let line = line_at(site, &change);
        let lines = [line, statement_line(site.path)];
        if change.weight <= 0.0 || !self.evidence.may_have_run(self.file.path, &lines) {
            return;
        }
        let key = difference(self.file.text.as_bytes(), &change);
        let worth = self.worth(site, operator, &change, &lines);
        match self.found.get(&key) {
            Some(known) if known.worth >= worth => {}
            Some(_) => self.keep(key, site, operator, change, line, worth),
            None if !is_trivial(site, &change) && self.checker.accepts(site.path, &change) => {
                self.keep(key, site, operator, change, line, worth)
            }
            None => {}
        }
    }

    fn keep(&mut self, key: Difference, site: &Site<'_, '_>, operator: &'static OperatorInfo, change: Change, line: u32, worth: f64) {
        let summary = summary(self.file.text, &change, site.path.iter().map(|step| step.node));
        let edit = Edit {
            path: self.file.path.clone(),
            start: change.start,
            end: change.end,
            replacement: change.replacement,
            line,
            operator: operator.name,
            summary,
            score: worth,
        };
        self.found.insert(key, Candidate { edit, worth });
    }

    /// Suspicion of the place x trust in the operator x fit of the change x mention in the failure, less for long edits.
    fn worth(&self, site: &Site<'_, '_>, operator: &OperatorInfo, change: &Change, lines: &[u32]) -> f64 {
        let function = site.function().map_or(0.0, |function| self.evidence.weight_of(function.name));
        let line = self.line_names.get(&lines[0]).copied().unwrap_or(0.0);
        let names = (1.0 + 0.5 * function) * (1.0 + 0.3 * line);
        let size = (change.end - change.start + change.replacement.len()).min(200) as f64;
        self.evidence.suspicion_of(self.file.path, lines).powf(SHARPNESS) * operator.prior * change.weight * names * (1.0 - size / 5000.0)
    }
}

fn line_at(site: &Site<'_, '_>, change: &Change) -> u32 {
    let node = site.node();
    let between = site.facts.text.get(node.start_byte()..change.start).map_or(0, |text| text.bytes().filter(|byte| *byte == b'\n').count());
    line_of(node).saturating_add(u32::try_from(between).unwrap_or(0))
}

/// The first line of the innermost statement: coverage often knows only that one.
fn statement_line(path: &[Step<'_>]) -> u32 {
    let statement = path.iter().rev().map(|step| step.node).find(|node| {
        let kind = node.kind();
        kind.ends_with("_statement")
            || kind.ends_with("_declaration")
            || matches!(kind, "elif_clause" | "function_definition" | "function_item" | "assignment")
    });
    line_of(statement.unwrap_or(path[path.len() - 1].node))
}

/// Assigning a variable to itself, or comparing or subtracting equal things, is never the repair.
fn is_trivial(site: &Site<'_, '_>, change: &Change) -> bool {
    let Some(above) = site.above(1) else { return false };
    let sides = above.child_by_field_name("left").zip(above.child_by_field_name("right"));
    let sides = sides.or_else(|| (above.kind() == "comparison_operator").then(|| above.named_child(0).zip(above.named_child(1))).flatten());
    let Some((left, right)) = sides else { return false };
    let changed = |node: tree_sitter::Node<'_>| match node.byte_range() == (change.start..change.end) {
        true => change.replacement.as_str(),
        false => &site.facts.text[node.byte_range()],
    };
    changed(left) == changed(right)
        && site.facts.text[left.byte_range()] != site.facts.text[right.byte_range()]
        && !above.child_by_field_name("operator").is_some_and(|token| matches!(token.kind(), "+" | "*"))
}

fn difference(text: &[u8], change: &Change) -> Difference {
    let (mut start, mut end) = (change.start, change.end);
    let mut new = change.replacement.clone().into_bytes();
    while end > start && new.last() == Some(&text[end - 1]) {
        (end, _) = (end - 1, new.pop());
    }
    let shared = text[start..end].iter().zip(&new).take_while(|(a, b)| a == b).count();
    start += shared;
    new.drain(..shared);
    while start > 0 && (new.is_empty() || start == end) {
        let before = text[start - 1];
        let last = if new.is_empty() { text.get(end.wrapping_sub(1)).copied() } else { new.last().copied() };
        if last != Some(before) || (new.is_empty() && start == end) {
            break;
        }
        if !new.is_empty() {
            new.rotate_right(1);
        }
        (start, end) = (start - 1, end - 1);
    }
    (start, end, new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_that_give_the_same_text_are_the_same_difference() {
        let text = "aab + aab";
        let mut known: HashMap<String, Difference> = HashMap::new();
        for start in 0..=text.len() {
            for end in start..=text.len() {
                for new in ["", "a", "b", "ab", "aab", " + ", "aab + aab"] {
                    let result = [&text[..start], new, &text[end..]].concat();
                    if result == text {
                        continue;
                    }
                    let change = Change::within(start, end, new, 1.0);
                    let difference = difference(text.as_bytes(), &change);
                    let first = known.entry(result.clone()).or_insert_with(|| difference.clone());
                    assert_eq!((&difference, &result), (&*first, &result));
                }
            }
        }
    }
}
