//! The verdict for a person, and the lines every report shares.

use crate::output::{Output, Style};
use crate::render::{measured_again, plural, span};
use kaizen_api::v1::{CheckResult, CheckedQuantity};
use std::time::Duration;

/// What a person reads.
pub fn told(output: &Output, result: &CheckResult) -> String {
    let style = match result.verdict.as_str() {
        "better" | "not_worse" => Style::Good,
        "worse" => Style::Bad,
        _ => Style::Strong,
    };
    // On one line each: a line that begins with `::` is a command to the runner of a workflow, wherever it comes from.
    let one_line = |text: String| text.replace(['\n', '\r'], " ");
    let mut lines: Vec<String> = rows(result).into_iter().map(|(name, text)| format!("{name:<14}{}", one_line(text))).collect();
    lines.push(format!("{:<14}{}", "verdict", output.style(style, &verdict(result))));
    lines.join("\n")
}

/// Name and text of each line but the verdict.
pub fn rows(result: &CheckResult) -> Vec<(&'static str, String)> {
    let mut rows = vec![("your change", change(result)), ("cases", cases(result))];
    rows.extend(some("gained", &result.gained));
    rows.extend(some("lost", &result.lost));
    rows.extend(some("removed", &result.removed));
    rows.extend(some("judge", &result.judge).map(|(name, text)| (name, format!("edited by the change: {text}"))));
    if result.judged_apart {
        rows.push(("", "the base does not run with the change's tests: each side was judged by its own".into()));
    }
    rows.extend(result.quantity.iter().flat_map(quantity));
    rows.extend(result.reasons.iter().map(|reason| ("", reason.clone())));
    rows
}

/// The verdict in words.
pub fn verdict(result: &CheckResult) -> String {
    let margin = result.quantity.as_ref().map_or(String::new(), |seen| format!(" by more than {:.0} %", 100.0 * seen.margin));
    match result.verdict.as_str() {
        "better" => "BETTER".into(),
        "not_worse" => format!("NOT WORSE{margin}"),
        "worse" => "WORSE".into(),
        _ => format!("CANNOT TELL{}", needs(result)),
    }
}

fn needs(result: &CheckResult) -> String {
    let needed = result.quantity.as_ref().and_then(|seen| seen.further_pairs.zip(seen.further_minutes));
    needed.map_or_else(String::new, |(pairs, minutes)| {
        format!(": about {pairs} more {}, {}", plural(pairs as usize, "pair"), span(Duration::from_secs_f64(60.0 * minutes)))
    })
}

fn change(result: &CheckResult) -> String {
    let short = |commit: &str| commit.chars().take(12).collect::<String>();
    let head = if result.dirty { "the working tree".to_owned() } else { short(&result.head) };
    format!("{} {}, {} -> {head}", result.files.len(), plural(result.files.len(), "file"), short(&result.base))
}

fn cases(result: &CheckResult) -> String {
    format!("{}/{} pass, {} gained, {} lost", result.passing, result.executed, result.gained.len(), result.lost.len())
}

fn some(name: &'static str, cases: &[String]) -> Option<(&'static str, String)> {
    let shown: Vec<&str> = cases.iter().take(5).map(String::as_str).collect();
    let more = if cases.len() > 5 { format!(" and {} more", cases.len() - 5) } else { String::new() };
    (!cases.is_empty()).then(|| (name, shown.join(", ") + &more))
}

fn quantity(seen: &CheckedQuantity) -> Vec<(&'static str, String)> {
    let percent = |share: Option<f64>| share.map_or_else(|| "?".to_owned(), |share| format!("{:+.1} %", 100.0 * share));
    let what = match seen.verdict.as_str() {
        "better" => "proven better",
        "worse" => "proven worse",
        "not_worse" => "no gain proven",
        _ => "nothing proven",
    };
    let again = measured_again(seen.measured_again);
    let between = match (seen.low, seen.high) {
        (None, None) => format!("{what}: no effect is excluded after {} pairs{again}", seen.pairs),
        (low, high) => format!("{what}: between {} and {} after {} pairs{again}", percent(low), percent(high), seen.pairs),
    };
    let resolves = seen.provable.map_or_else(String::new, |share| format!("; this benchmark proves {:.1} %", 100.0 * share));
    vec![
        ("compared", format!("{}: {between}{resolves}", seen.metric)),
        ("evidence", format!("better {}, not worse {}, worse {}", number(seen.better), number(seen.not_worse), number(seen.worse))),
    ]
}

fn number(value: f64) -> String {
    super::super::explain::number(value.ln())
}
