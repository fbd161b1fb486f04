//! What can be proven here of a weakness that needs trials in pairs: said before anything is tried, and refused where nothing can.
//!
//! The machine's noise is learnt on the way. Runs recorded for it are also what a flaky case's rate is known from.

use crate::error::EngineError;
use crate::gate::statistical::{hopeless, plan, plan_of_case, unusable};
use crate::progress::Progress;
use crate::session::Session;
use kaizen_domain::scorecard::CaseId;
use kaizen_domain::weakness::Weakness;
use kaizen_gate::calibration::case_pairs;
use kaizen_store::FlakyCase;

/// Says what a trial of this weakness can prove; false where nothing can. True for cases that fail every time: they need no pairs.
pub async fn provable(session: &mut Session<'_>, weakness: &Weakness) -> Result<bool, EngineError> {
    match (weakness.finding.metric(), weakness.finding.flaky()) {
        (Some(metric), _) => quantity(session, metric).await,
        (None, Some(cases)) => flips(session, weakness, cases).await,
        (None, None) => Ok(true),
    }
}

fn alpha(session: &Session<'_>) -> f64 {
    kaizen_gate::ledger::alpha(session.context.config.gate.fdr, 1, 0)
}

async fn quantity(session: &mut Session<'_>, name: &str) -> Result<bool, EngineError> {
    let noise = session.noise().await?;
    let plan = plan(session, &noise, name)?;
    let Some(seen) = noise.calibration(&plan.objective) else { return Ok(false) };
    if let Some(why) = hopeless(&plan, &seen, name) {
        return Err(why);
    }
    session.context.report(Progress::Resolution {
        metric: name.to_owned(),
        noise: seen.scale,
        pairs: seen.pairs,
        provable: seen.resolvable(alpha(session), plan.max_pairs),
        at_most: session.wall * 4 * plan.max_pairs,
    });
    Ok(true)
}

/// The case that fails most is the easiest to prove mended: only pairs in which the baseline fails say anything.
async fn flips(session: &mut Session<'_>, weakness: &Weakness, cases: &[CaseId]) -> Result<bool, EngineError> {
    let noise = session.noise().await?;
    let known = cases.iter().filter_map(|case| session.flaky.get(case));
    let Some(worst) = known.max_by(|a, b| failing(a).total_cmp(&failing(b))).cloned() else { return Ok(false) };
    let plan = plan_of_case(session, &noise, &worst.case);
    if let Some(why) = unusable(&plan) {
        return Err(why);
    }
    let (passes, runs) = (worst.passes, worst.passes + worst.fails);
    let Some(pairs) = case_pairs(alpha(session), failing(&worst), plan.max_pairs) else {
        let (id, most) = (weakness.id, plan.max_pairs);
        let text = format!("{id}: {} passes in {passes} of {runs} runs; no mend of it can be proven in {most} pairs a stage", worst.case);
        session.context.report(Progress::Note { text });
        return Ok(false);
    };
    session.context.report(Progress::Flips { case: worst.case, passes, runs, pairs, at_most: session.wall * 4 * plan.max_pairs });
    Ok(true)
}

/// The share of runs in which a case fails, as its few runs let one guess.
fn failing(flaky: &FlakyCase) -> f64 {
    (flaky.fails as f64 + 1.0) / ((flaky.passes + flaky.fails) as f64 + 2.0)
}
