//! `kaizen study`

use super::find;
use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use crate::wire::{Wanted, wire};
use kaizen_api::v1::{StudyRun, StudyShown};
use kaizen_engine::error::EngineError;
use kaizen_tune::journal;
use kaizen_tune::space::value::Configuration;
use kaizen_tune::study::{Origin, Run, Study};
use std::collections::BTreeMap;

/// Rows and columns of the plot.
const ROWS: usize = 8;
const COLUMNS: usize = 60;

/// Shows a study, or prints its journal.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Study) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let hypothesis = find::hypothesis_behind(&wired, &wanted.id).await?;
    let none = || EngineError::usage(format!("{} was no study", hypothesis.id), "`kaizen log` shows what `tune` tried");
    let stored = wired.context.store.study(wired.context.project, hypothesis.id).await?.ok_or_else(none)?;
    let study: Study = serde_json::from_str(&stored).map_err(|source| EngineError::Stored { what: "study", source })?;
    if wanted.journal {
        output.raw(journal::lines(&study, &format!("{}-{}", wired.context.config.project.name, hypothesis.id)).as_bytes());
        return Ok(0);
    }
    let shown = shown(hypothesis.id.to_string(), &study);
    output.either(&shown, || text(&shown))?;
    Ok(0)
}

fn shown(hypothesis: String, study: &Study) -> StudyShown {
    let present = present_loss(study.history());
    let run = |run: &Run| StudyRun {
        settings: settings(&run.configuration),
        gain: present.zip(run.outcome.loss()).map(|(present, loss)| present - loss),
    };
    StudyShown {
        schema: "kaizen.study/1".into(),
        hypothesis,
        budget: study.plan().budget as u64,
        runs: study.history().iter().map(run).collect(),
        importance: study.importance().into_iter().map(|one| (one.name, one.share)).collect(),
        best: study.best().map(|best| settings(&best.configuration)),
    }
}

/// The mean loss of the present settings.
fn present_loss(runs: &[Run]) -> Option<f64> {
    let losses: Vec<f64> = runs.iter().filter(|run| run.origin == Origin::Present).filter_map(|run| run.outcome.loss()).collect();
    (!losses.is_empty()).then(|| losses.iter().sum::<f64>() / losses.len() as f64)
}

fn settings(configuration: &Configuration) -> BTreeMap<String, String> {
    configuration.iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

fn text(shown: &StudyShown) -> String {
    let crashed = shown.runs.iter().filter(|run| run.gain.is_none()).count();
    let mut lines = vec![format!(
        "study of {}   {} of at most {} runs, {crashed} crashed, lost a case or broke a guardrail",
        shown.hypothesis,
        shown.runs.len(),
        shown.budget
    )];
    lines.extend(plot(&shown.runs));
    lines.push("importance".into());
    let mut ranked: Vec<(&String, &f64)> = shown.importance.iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(a.1));
    lines.extend(ranked.into_iter().map(|(name, share)| format!("  {:>3.0} %  {:<20} {name}", 100.0 * share, bar(*share))));
    if let Some(best) = &shown.best {
        let best: Vec<String> = best.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        lines.push(format!("best so far   {}", best.join(", ")));
    }
    lines.push("Numbers of single runs: the winner is proven in a trial of its own, and nothing else is.".into());
    lines.join("\n")
}

fn bar(share: f64) -> String {
    "█".repeat((20.0 * share).round() as usize)
}

/// Gains of the runs over the present settings, one column each (or the best of a few), and the best so far.
fn plot(runs: &[StudyRun]) -> Vec<String> {
    let every = runs.len().div_ceil(COLUMNS).max(1);
    let columns: Vec<Option<f64>> = runs.chunks(every).map(|some| some.iter().filter_map(|run| run.gain).reduce(f64::max)).collect();
    let seen: Vec<f64> = columns.iter().flatten().copied().collect();
    let (Some(low), Some(high)) = (seen.iter().copied().reduce(f64::min), seen.iter().copied().reduce(f64::max)) else {
        return Vec::new();
    };
    let (low, high) = (low.min(0.0), high.max(low + 1e-9));
    let row = |gain: f64| ((gain - low) / (high - low) * (ROWS - 1) as f64).round() as usize;
    let mut grid = vec![vec![' '; columns.len()]; ROWS];
    let mut best: Option<f64> = None;
    for (column, gain) in columns.iter().enumerate() {
        best = [best, *gain].into_iter().flatten().reduce(f64::max);
        best.iter().copied().for_each(|best| grid[row(best)][column] = '─');
        gain.iter().copied().for_each(|gain| grid[row(gain)][column] = '•');
    }
    let label = |at: usize| match at {
        at if at == row(high) => format!("{:+.1} %", 100.0 * high),
        at if at == row(0.0) => "present".to_owned(),
        0 => format!("{:+.1} %", 100.0 * low),
        _ => String::new(),
    };
    (0..ROWS).rev().map(|at| format!("{:>10} │{}", label(at), grid[at].iter().collect::<String>().trim_end())).collect()
}
