//! The verdict as a page for report files.

use super::super::report::plot::{Curve, Plot};
use super::super::report::{Case, End, Page, Section, Tone, row};
use super::text::{rows, verdict};
use kaizen_api::v1::{CheckResult, CheckedQuantity};

/// The page.
pub fn page(result: &CheckResult) -> Page {
    let tone = match result.verdict.as_str() {
        "better" | "not_worse" => Tone::Good,
        "worse" => Tone::Bad,
        _ => Tone::Plain,
    };
    let rows: Vec<(String, String)> = rows(result).into_iter().map(|(name, text)| row(name, text)).collect();
    let lists = [("Cases it mends", &result.gained), ("Cases it breaks", &result.lost), ("Cases that are gone", &result.removed)];
    let lists = lists.into_iter().filter(|(_, cases)| cases.len() > 5).map(|(title, cases)| list(title, cases));
    Page {
        title: "kaizen check".into(),
        verdict: verdict(result),
        tone,
        sections: result.quantity.iter().flat_map(quantity).chain(lists).collect(),
        cases: cases(result, &rows),
        rows,
        seconds: result.seconds,
    }
}

fn list(title: &str, cases: &[String]) -> Section {
    let rows = cases.iter().map(|name| vec![name.clone()]).collect();
    Section { title: format!("{title}: {}", cases.len()), table: Some((vec!["case"], rows)), long: true, ..Section::default() }
}

/// Evidence and pairs, where any were measured.
fn quantity(seen: &CheckedQuantity) -> Option<Section> {
    if seen.differences.is_empty() {
        return None;
    }
    let logs = &seen.log_evidence;
    let named = [("better", &logs.better), ("not worse", &logs.not_worse), ("worse", &logs.worse)];
    let curves = named.into_iter().map(|(name, logs)| Curve { name: name.into(), logs: logs.clone() }).collect();
    let told = "Evidence after each pair, on a logarithmic scale. An answer that reached the dashed line is not taken back; each is wrong in at most \
        one of a hundred checks.";
    let limit = format!(
        "The difference of each pair in {}, as a logarithm (5 % here is about 5 %): up is better. Below the red line it is worse by more than the margin.",
        seen.metric
    );
    let plots = vec![Plot::evidence(told, curves, logs.needed), Plot::pairs(limit, &seen.differences, Some(seen.margin))];
    Some(Section { title: format!("{}: {} pairs", seen.metric, seen.pairs), plots, ..Section::default() })
}

/// One case for the verdict, one for each case the change breaks or mends.
fn cases(result: &CheckResult, rows: &[(String, String)]) -> Vec<Case> {
    let details: Vec<String> = rows.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    let end = if result.exit_code == 0 { End::Passed } else { End::Failed(verdict(result)) };
    let mut cases = vec![Case { name: "verdict".into(), end, text: details.join("\n"), seconds: Some(result.seconds) }];
    let one = |name: &String, end: End, text: &str| Case { name: name.clone(), end, text: text.into(), seconds: None };
    let lost = "passes on the base, not with the change";
    cases.extend(result.lost.iter().map(|name| one(name, End::Failed("the change breaks it".into()), lost)));
    cases.extend(result.gained.iter().map(|name| one(name, End::Passed, "fails on the base, passes with the change")));
    cases
}
