//! A measured baseline as a page for report files.

use super::super::report::{Case, End, Page, Section, Tone, row};
use crate::render::plural;
use kaizen_api::v1::{MeasureResult, MetricNoise};
use kaizen_domain::scorecard::{CaseOutcome, CaseResult};
use kaizen_engine::session::Session;

/// The page.
pub fn page(name: &str, result: &MeasureResult, session: &Session<'_>, seconds: f64) -> Page {
    let failing = result.executed.saturating_sub(result.passing);
    let verdict = format!("{}/{} cases, {}/{} points", result.passing, result.executed, result.points, result.max);
    let cases = session.card.cases.iter().map(|(id, case)| one(id.to_string(), case, &result.flaky)).collect();
    let sections = [categories(result), metrics(result), noise(result)];
    Page {
        title: "kaizen measure".into(),
        verdict,
        tone: if failing == 0 { Tone::Good } else { Tone::Bad },
        rows: rows(name, result),
        sections: sections.into_iter().flatten().collect(),
        cases,
        seconds,
    }
}

fn rows(name: &str, result: &MeasureResult) -> Vec<(String, String)> {
    let runs = format!("{} {}, the longest {:.2} s", result.runs, plural(result.runs as usize, "run"), result.seconds);
    let mut rows = vec![row("project", name), row("measured in", runs), row("sandbox", result.tier.clone())];
    rows.extend(result.flaky.iter().map(|case| row("flaky", case.clone())));
    rows
}

fn one(name: String, case: &CaseResult, flaky: &[String]) -> Case {
    let said = case.message.clone().unwrap_or_default();
    let why = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it does not pass").to_owned();
    let why = if flaky.contains(&name) { format!("flaky: {why}") } else { why };
    let end = match case.outcome {
        CaseOutcome::Pass => End::Passed,
        CaseOutcome::Skip => End::Skipped,
        CaseOutcome::Fail | CaseOutcome::Error => End::Failed(why),
    };
    Case { name, end, text: said, seconds: case.duration.map(|time| time.as_secs_f64()) }
}

fn categories(result: &MeasureResult) -> Option<Section> {
    let rows: Vec<Vec<String>> =
        result.categories.iter().map(|(name, [earned, worth])| vec![name.clone(), earned.to_string(), worth.to_string()]).collect();
    (rows.len() > 1).then(|| table("Points", vec!["category", "earned", "of"], rows))
}

fn metrics(result: &MeasureResult) -> Option<Section> {
    let rows: Vec<Vec<String>> = result.metrics.iter().map(|(name, value)| vec![name.clone(), format!("{value:.4}")]).collect();
    (!rows.is_empty()).then(|| table("Metrics of the last run", vec!["metric", "value"], rows))
}

fn noise(result: &MeasureResult) -> Option<Section> {
    let percent = |share: Option<f64>| share.map_or_else(String::new, |share| format!("{:.2} %", 100.0 * share));
    let one = |seen: &MetricNoise| {
        vec![seen.metric.clone(), seen.role.clone(), seen.pairs.to_string(), percent(Some(seen.noise)), percent(seen.provable)]
    };
    let rows: Vec<Vec<String>> = result.noise.iter().map(one).collect();
    let heads = vec!["metric", "role", "pairs", "one pair varies by", "a trial can prove"];
    (!rows.is_empty()).then(|| table("Noise", heads, rows))
}

fn table(title: &str, heads: Vec<&'static str>, rows: Vec<Vec<String>>) -> Section {
    Section { title: title.into(), table: Some((heads, rows)), ..Section::default() }
}
