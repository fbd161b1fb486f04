//! `kaizen measure`

mod noise;
mod page;
mod quiet;

use super::report::Reports;
use crate::args;
use crate::machine::Surroundings;
use crate::output::Output;
use crate::render;
use crate::wire::{Wanted, require_trust_of_grants, wire};
use kaizen_api::v1::MeasureResult;
use kaizen_domain::scorecard::Scorecard;
use kaizen_engine::context::Permit;
use kaizen_engine::error::EngineError;
use kaizen_engine::foundation::Foundation;
use kaizen_engine::improve::choose_backend;
use kaizen_engine::observe::weakness::number;
use kaizen_engine::progress::Progress;
use kaizen_engine::session::Session;
use std::collections::BTreeMap;
use std::time::Instant;

/// Measures the baseline and prints where it stands.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Measure) -> Result<u8, EngineError> {
    let reports = Reports::asked(&wanted.report)?;
    let started = Instant::now();
    let permit = Permit { unsandboxed: wanted.allow_unsandboxed, dirty: wanted.dirty, ..Permit::default() };
    let wired = wire(here, output, Wanted { permit, ..Wanted::default() }).await?;
    require_trust_of_grants(&wired, output).await?;
    let context = &wired.context;
    let backend = choose_backend(context)?;
    let mut session = Session::open(context, backend.as_ref(), Foundation::read(context)?, wanted.runs).await?;
    let (noise, quietness) = noise::of(&mut session, wanted.pairs).await?.unzip();
    let result = MeasureResult { noise: noise.unwrap_or_default(), quietness, ..result(&session) };
    let page = page::page(&context.config.project.name.to_string(), &result, &session, started.elapsed().as_secs_f64());
    session.close()?;
    context.report(Progress::Finished);
    reports.write(&page, &result)?;
    output.either(&result, || text(&result))?;
    Ok(0)
}

fn result(session: &Session<'_>) -> MeasureResult {
    let standing = session.standing();
    MeasureResult {
        schema: "kaizen.measure/1".into(),
        r#type: "result".into(),
        runs: standing.runs,
        passing: standing.passing as u64,
        executed: standing.executed as u64,
        points: standing.points.value(),
        max: standing.worth.value(),
        seconds: standing.seconds,
        flaky: session.flaky.keys().map(ToString::to_string).collect(),
        categories: categories(&session.card),
        metrics: session.card.metrics.clone(),
        noise: Vec::new(),
        quietness: None,
        tier: session.backend.tier().to_string(),
    }
}

fn categories(card: &Scorecard) -> BTreeMap<String, [f64; 2]> {
    let mut sums: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for case in card.cases.values() {
        let sum = sums.entry(case.category.clone()).or_default();
        sum[0] += case.points.value();
        sum[1] += case.worth.value();
    }
    sums
}

fn text(result: &MeasureResult) -> String {
    let mut lines = vec![format!(
        "  baseline   {}/{} cases   {}/{} points   suite {:.2} s   {} flaky in {} {}   sandbox: {}",
        result.passing,
        result.executed,
        result.points,
        result.max,
        result.seconds,
        result.flaky.len(),
        result.runs,
        render::plural(result.runs as usize, "run"),
        result.tier
    )];
    if result.categories.len() > 1 {
        lines.extend(result.categories.iter().map(|(name, [earned, worth])| format!("  {name:<20} {earned}/{worth} points")));
    }
    lines.extend(result.flaky.iter().map(|case| format!("  flaky      {case}")));
    lines.extend(result.metrics.iter().map(|(name, value)| format!("  {name:<20} {}", number(*value))));
    lines.extend(result.noise.iter().flat_map(noise::text));
    lines.extend(result.quietness.iter().flat_map(quiet::text));
    lines.join("\n")
}
