//! All changes of one file: ask the operators, keep the most promising, check those, drop what means the same.
//!
//! Two walks over the tree: the first collects changes and their worth, which is cheap, the second checks and describes
//! those that are good enough to be listed, which is not.

use crate::check::{Checker, Judgement, Meaning};
use crate::edit::{Edit, SourceFile};
use crate::evidence::{Evidence, Lines};
use crate::facts::Facts;
use crate::language::Language;
use crate::language::description::Kind;
use crate::operator::{OPERATORS, OperatorInfo};
use crate::rank::Candidate;
use crate::site::{Change, Reach, Site, Step, walk};
use crate::size::{is_literal, plain_literal, returned_literals, size};
use crate::summary::summary;
use crate::syntax::returned;
use crate::zone;
use std::collections::{BTreeSet, HashMap};
use tree_sitter::Node;

/// How much more than in proportion a suspicious line counts.
const SHARPNESS: f64 = 1.5;
/// Changes of one file that are checked and listed.
const MOST: usize = 2000;
/// Operators trusted this much are asked everywhere; the others only where their best could still be listed.
const TRUSTED: f64 = 0.5;
/// The most that mentioned names add to the worth of a change.
const NAMES_AT_MOST: f64 = 1.5 * 1.3;

/// The best changes of one file, in the order of the source.
pub(crate) fn in_file(file: &SourceFile<'_>, evidence: &Evidence) -> Vec<Candidate> {
    let Some(language) = Language::of_path(file.path) else { return Vec::new() };
    let Some(tree) = language.parse(file.text) else { return Vec::new() };
    let Some(checker) = Checker::new(language, file.text) else { return Vec::new() };
    let facts = Facts::collect(language, file.text, tree.root_node());
    let mut collect = Collect {
        evidence,
        lines: Lines::of(evidence, file.path),
        table: table(language, evidence),
        line_names: line_names(&facts, tree.root_node(), evidence),
        round: Round::Trusted,
        found: Vec::new(),
    };
    let open = |path: &[Step<'_>]| !zone::is_closed(language, path, file.text);
    for _ in 0..2 {
        walk(tree.root_node(), |path| {
            let open = open(path);
            if open {
                collect.visit(&Site { path, facts: &facts });
            }
            open
        });
        collect.round = Round::Others { floor: collect.floor() };
    }
    let mut by_node: HashMap<usize, Vec<Proposal>> = HashMap::new();
    for proposal in best(collect.found, file.text) {
        by_node.entry(proposal.node).or_default().push(proposal);
    }
    let mut check = Check { file, evidence, checker, meanings: HashMap::new(), kept: Vec::new() };
    walk(tree.root_node(), |path| {
        let node = path[path.len() - 1].node;
        for proposal in by_node.remove(&node.id()).unwrap_or_default() {
            check.consider(&Site { path, facts: &facts }, proposal);
        }
        !by_node.is_empty() && open(path)
    });
    check.kept
}

/// A change before it was checked.
struct Proposal {
    node: usize,
    change: Change,
    operator: &'static str,
    line: u32,
    worth: f64,
}

type Asked = (&'static OperatorInfo, f64);

/// The operators to ask at each kind of node of a language, with how much they are trusted.
fn table(language: Language, evidence: &Evidence) -> Vec<Vec<Asked>> {
    let mut table: Vec<Vec<Asked>> = vec![Vec::new(); Kind::LAST as usize + 1];
    for operator in OPERATORS.iter().filter(|operator| operator.languages.contains(&language)) {
        for kind in operator.kinds {
            table[*kind as usize].push((operator, evidence.trust_in(operator.name, language, operator.prior)));
        }
    }
    table
}

/// The highest weight of a mentioned name on each line (counted from 1).
fn line_names(facts: &Facts<'_>, root: Node<'_>, evidence: &Evidence) -> HashMap<u32, f64> {
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

fn line_of(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row).map_or(u32::MAX, |row| row.saturating_add(1))
}

/// Which operators are asked.
#[derive(Debug, Clone, Copy)]
enum Round {
    Trusted,
    /// The rest, where they may reach the worth of what is listed anyway.
    Others {
        floor: f64,
    },
}

/// The first walk.
struct Collect<'s> {
    evidence: &'s Evidence,
    lines: Lines,
    table: Vec<Vec<Asked>>,
    line_names: HashMap<u32, f64>,
    round: Round,
    found: Vec<Proposal>,
}

impl Collect<'_> {
    /// The worth of the last proposal that would be listed now.
    fn floor(&self) -> f64 {
        let mut worths: Vec<f64> = self.found.iter().map(|proposal| proposal.worth).collect();
        if worths.len() <= MOST {
            return 0.0;
        }
        *worths.select_nth_unstable_by(MOST, |a, b| b.total_cmp(a)).1
    }

    fn is_asked(&self, trust: f64, suspicion: f64) -> bool {
        match self.round {
            Round::Trusted => trust >= TRUSTED,
            Round::Others { floor } => trust < TRUSTED && suspicion * trust * NAMES_AT_MOST > floor,
        }
    }

    fn visit(&mut self, site: &Site<'_, '_>) {
        let own = &self.table[site.kind(site.node()) as usize];
        let statement = if site.is_statement() { self.table[Kind::AnyStatement as usize].as_slice() } else { &[] };
        if own.is_empty() && statement.is_empty() {
            return;
        }
        let lines = [line_of(site.node()), statement_line(site.path)];
        let one_line = site.node().start_position().row == site.node().end_position().row;
        if one_line && !self.lines.may_have_run(&lines) {
            return;
        }
        let suspicion = if one_line { self.lines.suspicion_of(&lines).powf(SHARPNESS) } else { self.lines.highest().powf(SHARPNESS) };
        let asked: Vec<Asked> = own.iter().chain(statement).filter(|(_, trust)| self.is_asked(*trust, suspicion)).copied().collect();
        if asked.is_empty() {
            return;
        }
        let function = site.function().map_or(0.0, |function| self.evidence.weight_of(function.name));
        let mut changes = Vec::new();
        for (operator, trust) in asked {
            (operator.propose)(site, &mut changes);
            for change in changes.drain(..) {
                self.consider(site, (operator.name, trust), change, function);
            }
        }
    }

    fn consider(&mut self, site: &Site<'_, '_>, (operator, trust): (&'static str, f64), change: Change, function: f64) {
        let line = line_at(site, &change);
        let lines = [line, statement_line(site.path)];
        if change.weight <= 0.0 || !self.lines.may_have_run(&lines) || is_trivial(site, &change) {
            return;
        }
        let names = (1.0 + 0.5 * function) * (1.0 + 0.3 * self.line_names.get(&line).copied().unwrap_or(0.0));
        let length = (change.end - change.start + change.replacement.len()).min(200) as f64;
        let suspicion = self.lines.suspicion_of(&lines).powf(SHARPNESS);
        let worth = suspicion * trust * change.weight * names * (1.0 - length / 5000.0);
        self.found.push(Proposal { node: site.node().id(), change, operator, line, worth });
    }
}

/// The most promising of each resulting text, and of those the most promising ones.
fn best(mut found: Vec<Proposal>, text: &str) -> Vec<Proposal> {
    found.sort_by(|a, b| b.worth.total_cmp(&a.worth));
    let mut seen = BTreeSet::new();
    found.retain(|proposal| seen.len() < 2 * MOST && seen.insert(difference(text.as_bytes(), &proposal.change)));
    found.truncate(MOST);
    found
}

/// The second walk.
struct Check<'s> {
    file: &'s SourceFile<'s>,
    evidence: &'s Evidence,
    checker: Checker<'s>,
    /// Where in `kept` an edit of each meaning is.
    meanings: HashMap<Meaning, usize>,
    kept: Vec<Candidate>,
}

impl Check<'_> {
    fn consider(&mut self, site: &Site<'_, '_>, proposal: Proposal) {
        let Judgement::New(meaning) = self.checker.judge(site.path, &proposal.change) else { return };
        let constant = self.returned_constant(site, &proposal.change);
        if constant.as_deref().is_some_and(|literal| self.is_forbidden(literal)) {
            return;
        }
        let known = meaning.as_ref().and_then(|meaning| self.meanings.get(meaning)).copied();
        if known.is_some_and(|known| self.kept[known].worth >= proposal.worth) {
            return;
        }
        let constant_return = constant.is_some() && !self.returned_before(site, &proposal.change);
        let candidate = self.describe(site, proposal, constant_return);
        match known {
            Some(known) => self.kept[known] = candidate,
            None => {
                self.meanings.extend(meaning.map(|meaning| (meaning, self.kept.len())));
                self.kept.push(candidate);
            }
        }
    }

    fn describe(&self, site: &Site<'_, '_>, proposal: Proposal, constant_return: bool) -> Candidate {
        let Proposal { change, operator, line, worth, .. } = proposal;
        let text = self.file.text;
        let size = size(&text[change.start..change.end], &change.replacement);
        let edit = Edit {
            path: self.file.path.clone(),
            start: change.start,
            end: change.end,
            summary: summary(text, &change, site.path.iter().map(|step| step.node)),
            replacement: change.replacement,
            line,
            operator,
            parts: vec![operator],
            tokens: size.tokens,
            deletes: size.deletes,
            constant_return,
            score: worth,
        };
        let function = site.function().map_or(0..0, |function| function.span.clone());
        Candidate { edit, worth, function }
    }

    /// The literal that the change makes a function return.
    fn returned_constant(&self, site: &Site<'_, '_>, change: &Change) -> Option<String> {
        if change.reach == Reach::Statements {
            return returned_literals(&change.replacement).first().map(|literal| (*literal).to_owned());
        }
        let value = returned_around(site, change)?;
        let (head, tail) = (&self.file.text[value.start_byte()..change.start], &self.file.text[change.end..value.end_byte()]);
        Some([head, &change.replacement, tail].concat()).filter(|after| is_literal(after))
    }

    /// Whether a literal was returned already where the change is made.
    fn returned_before(&self, site: &Site<'_, '_>, change: &Change) -> bool {
        returned_around(site, change).is_some_and(|value| is_literal(&self.file.text[value.byte_range()]))
    }

    fn is_forbidden(&self, literal: &str) -> bool {
        let plain = plain_literal(literal);
        self.evidence.forbidden_literals.iter().any(|forbidden| plain_literal(forbidden) == plain)
    }
}

/// The value around a change that a function hands back: of a return, of a function that is an expression, or at the end of a Rust body.
fn returned_around<'t>(site: &Site<'_, 't>, change: &Change) -> Option<Node<'t>> {
    let value = (1..site.path.len()).rev().find_map(|index| {
        let Step { node, field } = site.path[index];
        let of_lambda = site.kind(site.path[index - 1].node) == Kind::Lambda && field == Some("body") && site.kind(node) != Kind::Body;
        match site.kind(node) {
            Kind::Return => Some(returned(node)),
            _ if of_lambda || (site.is(Language::Rust) && is_tail(&site.path[..=index])) => Some(Some(node)),
            _ => None,
        }
    });
    value.flatten().filter(|value| value.start_byte() <= change.start && change.end <= value.end_byte())
}

/// Whether the end of the path is what a Rust function answers: last in its body, or in a branch that is.
fn is_tail(path: &[Step<'_>]) -> bool {
    let [.., above, Step { node, field }] = path else { return false };
    let last = || above.node.named_child(u32::try_from(above.node.named_child_count()).unwrap_or(0).saturating_sub(1));
    match (above.node.kind(), *field) {
        ("function_item" | "closure_expression", Some("body")) => true,
        ("block", _) if last().is_some_and(|last| last.id() == node.id()) => is_tail(&path[..path.len() - 1]),
        ("if_expression", Some("consequence" | "alternative")) | ("match_arm", Some("value")) | ("match_expression", Some("body")) => {
            is_tail(&path[..path.len() - 1])
        }
        ("else_clause" | "match_block", _) => is_tail(&path[..path.len() - 1]),
        ("expression_statement", _) => above.node.child_count() == 1 && is_tail(&path[..path.len() - 1]),
        _ => false,
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
    let changed = |node: Node<'_>| match node.byte_range() == (change.start..change.end) {
        true => change.replacement.as_str(),
        false => &site.facts.text[node.byte_range()],
    };
    changed(left) == changed(right)
        && site.facts.text[left.byte_range()] != site.facts.text[right.byte_range()]
        && !above.child_by_field_name("operator").is_some_and(|token| matches!(token.kind(), "+" | "*"))
}

/// What makes two changes of one file the same: the span that really differs, moved as far left as it goes.
type Difference = (usize, usize, Vec<u8>);

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
