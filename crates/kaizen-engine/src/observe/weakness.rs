//! Weaknesses from a scorecard: failing cases grouped by where they fail and how, ranked by the points they cost.

use crate::config::metric::{Direction, Metric, objective};
use kaizen_domain::points::Points;
use kaizen_domain::scorecard::{CaseId, CaseResult, Scorecard};
use kaizen_domain::weakness::{Finding, Gap};
use kaizen_store::FlakyCase;
use std::collections::BTreeMap;

/// Every gap of a scorecard, costliest first. Cases that were seen both to pass and to fail have no steady result: their gap is how often
/// they fail, whatever this run says.
pub fn findings(card: &Scorecard, metrics: &[Metric], flaky: &BTreeMap<CaseId, FlakyCase>) -> Vec<Finding> {
    let mut groups: BTreeMap<String, Vec<(&CaseId, &CaseResult)>> = BTreeMap::new();
    for (id, case) in card.cases.iter().filter(|(id, case)| case.outcome.is_failing() && !flaky.contains_key(*id)) {
        groups.entry(format!("{}|{}", place(id), signature(case))).or_default().push((id, case));
    }
    let total = card.worth().value();
    let mut found: Vec<Finding> = groups.into_iter().map(|(key, cases)| of_cases(key, &cases, total)).collect();
    found.extend(of_flaky(card, flaky, total));
    found.extend(metrics.iter().filter_map(|metric| of_metric(metrics, metric, card)));
    found.sort_by(|a, b| b.lost().value().total_cmp(&a.lost().value()).then_with(|| a.key.cmp(&b.key)));
    found
}

/// Where a case lives: its id without the last component.
fn place(id: &CaseId) -> &str {
    let plain = id.0.split('[').next().unwrap_or(&id.0);
    let end = plain.rfind("::").or_else(|| plain.rfind('.'));
    end.map_or(plain, |end| &plain[..end])
}

/// The last component of a case's id.
fn name(id: &CaseId) -> &str {
    id.0[place(id).len()..].trim_start_matches([':', '.'])
}

/// The line of a failure that says what went wrong: the exception's own line, or the one after a panic's place.
fn headline(message: &str) -> &str {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let after_panic = lines.clone().skip_while(|line| !line.contains("panicked at")).nth(1);
    let is_exception = |line: &&str| {
        let name = line.split([':', ' ']).next().unwrap_or("");
        ["Error", "Exception", "Failure", "Exit", "Interrupt"].iter().any(|end| name.ends_with(end))
    };
    let exception = lines.clone().rev().map(|line| line.trim_start_matches("E ").trim()).find(is_exception);
    after_panic.or(exception).or_else(|| lines.next_back()).unwrap_or("")
}

/// The kind of failure without its particulars: the exception's name, or the message without numbers.
fn signature(case: &CaseResult) -> String {
    let line = headline(case.message.as_deref().unwrap_or(""));
    let head = line.split([':', '(']).next().unwrap_or("").trim();
    let plain: String = head.chars().filter(|letter| !letter.is_ascii_digit()).take(60).collect();
    if plain.is_empty() { format!("{:?}", case.outcome) } else { plain }
}

fn of_cases(key: String, cases: &[(&CaseId, &CaseResult)], total: f64) -> Finding {
    let lost: Points = cases.iter().map(|(_, case)| case.worth.less(case.points)).sum();
    let ids: Vec<CaseId> = cases.iter().map(|(id, _)| (*id).clone()).collect();
    let title = match ids.as_slice() {
        [only] => format!("{} fails", only.0),
        [first, rest @ ..] => format!("{}: {} and {} more fail", place(first), name(first), rest.len()),
        [] => key.clone(),
    };
    let why =
        cases.iter().find_map(|(_, case)| case.message.as_deref()).and_then(|text| text.lines().rev().find(|line| !line.trim().is_empty()));
    let description =
        format!("{} of the benchmark's cases fail and cost {lost} points; {}", ids.len(), why.unwrap_or("the tool gave no reason").trim());
    Finding { key, title, description, impact: share(lost.value(), total), gap: Gap::Cases { cases: ids, lost } }
}

/// Cases of one place that pass now and then are one weakness.
fn of_flaky(card: &Scorecard, flaky: &BTreeMap<CaseId, FlakyCase>, total: f64) -> Vec<Finding> {
    let mut groups: BTreeMap<&str, Vec<&FlakyCase>> = BTreeMap::new();
    for one in flaky.values().filter(|one| card.cases.contains_key(&one.case)) {
        groups.entry(place(&one.case)).or_default().push(one);
    }
    groups.into_iter().map(|(at, cases)| of_flips(at, &cases, card, total)).collect()
}

fn of_flips(at: &str, cases: &[&FlakyCase], card: &Scorecard, total: f64) -> Finding {
    let runs = |one: &FlakyCase| (one.passes + one.fails).max(1);
    let cost = |one: &&FlakyCase| card.cases.get(&one.case).map(|case| case.worth.part(one.fails, runs(one)));
    let lost: Points = cases.iter().filter_map(cost).sum();
    let told = |one: &FlakyCase| format!("{} passes in {} of {} runs", one.case, one.passes, runs(one));
    let title = match cases {
        [only] => told(only),
        [first, rest @ ..] => format!("{at}: {} and {} more pass in some runs only", name(&first.case), rest.len()),
        [] => at.to_owned(),
    };
    let description = cases.iter().map(|one| told(one)).collect::<Vec<_>>().join("; ");
    let gap = Gap::Flaky { cases: cases.iter().map(|one| one.case.clone()).collect(), lost };
    Finding { key: format!("flaky|{at}"), title, description, impact: share(lost.value(), total), gap }
}

/// Percent of `total`, rounded up, at most 100.
fn share(part: f64, total: f64) -> u8 {
    if total <= 0.0 { 0 } else { (100.0 * part / total).ceil().clamp(0.0, 100.0) as u8 }
}

/// The gap of a metric: beyond its target, or an objective without one.
fn of_metric(metrics: &[Metric], metric: &Metric, card: &Scorecard) -> Option<Finding> {
    let value = *card.metrics.get(&metric.name)?;
    let (name, target) = (metric.name.clone(), metric.target);
    let key = format!("metric|{name}");
    let gap = Gap::Metric { name: name.clone(), value, target };
    let Some(target) = target else {
        let way = if metric.direction == Direction::Lower { "lower" } else { "higher" };
        let open = objective(metrics).is_some_and(|objective| objective.name == name);
        let (title, description) =
            (format!("{name} could be {way}"), format!("{name} is {}, and no target says what is enough", number(value)));
        return open.then_some(Finding { key, title, description, gap, impact: 0 });
    };
    let beyond = match metric.direction {
        Direction::Lower => value - target,
        Direction::Higher => target - value,
    };
    let description = format!("{name} is {}, its target is {}", number(value), number(target));
    let impact = share(beyond, value.abs().max(target.abs()));
    (beyond > 0.0).then(|| Finding { key, title: format!("{name} misses its target"), description, gap, impact })
}

/// A measured number for people: four decimals, or as many as a small one needs.
pub fn number(value: f64) -> String {
    if value == 0.0 || value.abs() >= 0.01 { format!("{value:.4}") } else { format!("{value:.3e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::scorecard::CaseOutcome;

    fn failing(worth: u32, message: &str) -> CaseResult {
        CaseResult {
            outcome: CaseOutcome::Fail,
            points: Points::ZERO,
            worth: worth.into(),
            category: "all".into(),
            duration: None,
            message: Some(message.into()),
        }
    }

    #[test]
    fn cases_of_one_class_that_fail_alike_are_one_weakness_and_the_costliest_comes_first() {
        let mut card = Scorecard::default();
        card.cases.insert(CaseId("tests.a.Top.test_one".into()), failing(1, "AssertionError: 1 != 2"));
        card.cases.insert(CaseId("tests.a.Top.test_two".into()), failing(1, "AssertionError: 5 != 6"));
        card.cases.insert(CaseId("tests.b.Other.test".into()), failing(5, "IndexError: list index out of range"));
        let found = findings(&card, &[], &BTreeMap::new());
        assert_eq!(found.iter().map(|finding| (finding.cases().len(), finding.lost().value())).collect::<Vec<_>>(), [(1, 5.0), (2, 2.0)]);
    }

    #[test]
    fn the_headline_of_a_failure_is_the_exception_not_the_difference_below_it() {
        let python =
            "Traceback (most recent call last):\n  File \"x.py\", line 3\nAssertionError: Lists differ: [1] != [2]\n\n- [1]\n?  ^\n";
        assert_eq!(headline(python), "AssertionError: Lists differ: [1] != [2]");
        assert_eq!(headline("thread 't' panicked at src/a.rs:3:5:\nassertion failed: x\nnote: run"), "assertion failed: x");
        assert_eq!(headline("E       assert 1 == 2\nE   ValueError: no"), "ValueError: no");
        assert_eq!(headline("just words"), "just words");
    }

    #[test]
    fn a_flaky_case_is_a_weakness_of_its_own_by_how_often_it_fails_and_whatever_the_last_run_said() {
        let mut card = Scorecard::default();
        let passing = CaseResult { outcome: CaseOutcome::Pass, points: 8.into(), message: None, ..failing(8, "x") };
        card.cases.insert(CaseId("a.flips".into()), passing);
        card.cases.insert(CaseId("a.fails".into()), failing(1, "x"));
        let one = |name: &str, passes, fails| FlakyCase { case: CaseId(name.into()), passes, fails };
        let flaky = |all: &[FlakyCase]| all.iter().map(|one| (one.case.clone(), one.clone())).collect::<BTreeMap<_, _>>();
        let found = findings(&card, &[], &flaky(&[one("a.flips", 3, 1), one("a.gone", 1, 1)]));
        let seen: Vec<_> =
            found.iter().map(|finding| (finding.title.as_str(), finding.lost().value(), finding.flaky().is_some())).collect();
        assert_eq!(seen, [("a.flips passes in 3 of 4 runs", 2.0, true), ("a.fails fails", 1.0, false)]);
        let found = findings(&card, &[], &flaky(&[one("a.flips", 3, 1), one("a.fails", 1, 1)]));
        assert_eq!(found.len(), 1, "cases of one place are one weakness: {found:?}");
        assert_eq!(found[0].title, "a: fails and 1 more pass in some runs only");
    }
}
