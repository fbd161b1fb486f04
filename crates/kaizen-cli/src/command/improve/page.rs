//! A run of the loop as a page for report files: what came of it, and why each promotion is believed.

use super::super::explain::explained;
use super::super::report::plot::{Curve, Plot};
use super::super::report::{Case, End, Page, Section, Tone, row};
use crate::render::plural;
use crate::wire::Wired;
use kaizen_api::v1::{Explanation, ImproveResult, Quantity};
use kaizen_engine::error::EngineError;

/// The page.
pub async fn page(wired: &Wired, result: &ImproveResult) -> Result<Page, EngineError> {
    let mut sections = Vec::new();
    for id in &result.promoted {
        sections.push(promoted(id, &explained(wired, id).await?));
    }
    let count = result.promoted.len();
    let verdict = match (count, result.weaknesses) {
        (0, 0) => "nothing to do".to_owned(),
        (0, _) => "nothing was promoted".to_owned(),
        _ => format!("{count} {} promoted", plural(count, "change")),
    };
    let closed = count > 0 || result.weaknesses == 0;
    let rows = rows(result);
    let text = rows.iter().map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>().join("\n");
    let end = if closed { End::Passed } else { End::Failed(verdict.clone()) };
    Ok(Page {
        title: "kaizen improve".into(),
        tone: if count > 0 { Tone::Good } else { Tone::Plain },
        cases: vec![Case {
            name: format!("{}: a weakness is closed, or there is none", result.project),
            end,
            text,
            seconds: Some(result.seconds),
        }],
        verdict,
        rows,
        sections,
        seconds: result.seconds,
    })
}

fn rows(result: &ImproveResult) -> Vec<(String, String)> {
    let points = &result.points;
    let others = [(result.undecided, "undecided"), (result.quarantined, "quarantined"), (result.waiting, "waiting for you")];
    let others = others.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}"));
    vec![
        row("project", result.project.clone()),
        row("points", format!("{} -> {} of {}", points.before, points.after, points.max)),
        row("tried", format!("{} promoted, {} rejected{}", result.promoted.len(), result.rejected, others.collect::<String>())),
        row("branch", format!("{} (git merge {})", result.branch, result.branch)),
    ]
}

fn promoted(id: &str, told: &Explanation) -> Section {
    let mut rows = vec![row("why tried", told.weakness.clone()), row("cause", told.root_cause.clone())];
    rows.extend(told.reasons.iter().map(|reason| row("shown", reason.clone())));
    rows.extend(told.beside.iter().map(|line| row("beside", line.clone())));
    if let Some(effect) = told.quantity.as_ref().and_then(|seen| seen.effect.as_ref()) {
        let [change, low, high] = [effect.change, effect.low, effect.high].map(|share| 100.0 * share);
        let pairs = effect.pairs;
        rows.push(row(
            "effect",
            format!("{change:+.1} % (95 %: {low:+.1} ... {high:+.1}), {pairs} fixed pairs measured after the promotion"),
        ));
    }
    rows.extend(told.trial.iter().map(|trial| row("check me", format!("kaizen replay {trial}"))));
    let change = told.change.as_deref().unwrap_or("");
    Section { title: format!("{id}  {change}"), rows, plots: told.quantity.iter().flat_map(plots).collect(), ..Section::default() }
}

/// The evidence of each stage, and its pairs.
fn plots(seen: &Quantity) -> Vec<Plot> {
    let stages = seen.stages.iter().filter(|stage| !stage.differences.is_empty());
    let drawn = stages.flat_map(|stage| {
        let curve = Curve { name: stage.stage.clone(), logs: stage.log_evidence.clone() };
        let caption = format!("Evidence on {} after each pair, on a logarithmic scale, and what it has to reach.", stage.stage);
        let pairs = format!("The difference of each pair in {}, as a logarithm: up is better. During a trial it flatters; the effect is measured afterwards.", seen.metric);
        [Plot::evidence(caption, vec![curve], stage.needed), Plot::pairs(pairs, &stage.differences, None)]
    });
    drawn.collect()
}
