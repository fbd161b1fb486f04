//! `kaizen explain`

mod curve;
mod pairs;
pub mod quantity;

pub use curve::number;

use super::find;
use super::weaknesses::word;
use crate::args;
use crate::machine::Surroundings;
use crate::output::{Output, Style};
use crate::wire::{Wanted, Wired, wire};
use kaizen_api::v1::Explanation;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::trial::{Arm, Sample, Stage, Trial};
use kaizen_engine::error::EngineError;
use kaizen_engine::gate::{self, Plan};
use kaizen_engine::propose::search::choice;
use kaizen_engine::session::adapter_of;
use quantity::Seen;

/// Explains what became of a hypothesis and why.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::OneId) -> Result<u8, EngineError> {
    let wired = wire(here, output, Wanted::default()).await?;
    let (explanation, samples, seen) = whole(&wired, &wanted.id).await?;
    output.either(&explanation, || text(output, &explanation, &samples, seen.as_ref()))?;
    Ok(0)
}

/// What `--json` prints of an id.
pub async fn explained(wired: &Wired, id: &str) -> Result<Explanation, EngineError> {
    whole(wired, id).await.map(|(explanation, ..)| explanation)
}

async fn whole(wired: &Wired, id: &str) -> Result<(Explanation, Vec<Sample>, Option<Seen>), EngineError> {
    let hypothesis = find::hypothesis_behind(wired, id).await?;
    let trial = match hypothesis.trial {
        Some(id) => Some(find::trial(wired, id).await?),
        None => None,
    };
    let samples = match &trial {
        Some(trial) => wired.context.store.samples(wired.context.project, trial.id).await?,
        None => vec![],
    };
    let seen = match &trial {
        Some(trial) => seen(wired, trial, &samples).await?,
        None => None,
    };
    let quantity = seen.as_ref().map(Seen::wire);
    Ok((Explanation { quantity, ..explanation(wired, &hypothesis, trial.as_ref()).await? }, samples, seen))
}

/// The record of a trial of a measured quantity.
async fn seen(wired: &Wired, trial: &Trial, samples: &[Sample]) -> Result<Option<Seen>, EngineError> {
    let (store, project) = (&wired.context.store, wired.context.project);
    let Some(stored) = store.trial_plan(project, trial.id).await? else { return Ok(None) };
    let coins = store.coins(project, trial.id).await?;
    Ok(match gate::with_ticket(&stored, &trial.ticket)? {
        Plan::Statistical(plan) => Some(Seen::of(plan, trial.ticket, wired.context.config.gate.fdr, &coins, samples)),
        Plan::Exact(_) | Plan::Guarded(_) => None,
    })
}

async fn explanation(wired: &Wired, hypothesis: &Hypothesis, trial: Option<&Trial>) -> Result<Explanation, EngineError> {
    let weakness = find::weakness(wired, hypothesis.idea.weakness).await?;
    let versions = wired.context.store.versions(wired.context.project).await?;
    let decision = trial.and_then(|trial| trial.decision.as_ref());
    Ok(Explanation {
        schema: "kaizen.explanation/1".into(),
        hypothesis: hypothesis.id.to_string(),
        state: word(&hypothesis.state),
        proposer: hypothesis.idea.proposer.clone(),
        weakness: format!("{}  {}", weakness.id, weakness.finding.title),
        root_cause: hypothesis.idea.root_cause.clone(),
        change: hypothesis.leader.as_ref().map(|leader| leader.summary.clone()),
        trial: trial.map(|trial| trial.id.to_string()),
        decision: decision.map(|decision| word(&decision.outcome)),
        reasons: decision.map_or_else(Vec::new, |decision| decision.reasons.iter().map(ToString::to_string).collect()),
        metrics: decision.map_or_else(Default::default, |decision| decision.metrics.clone()),
        unprevented: adapter_of(&wired.context)?.unprevented().to_owned(),
        quantity: None,
        beside: choice::of(&wired.context, hypothesis).await?.map_or_else(Vec::new, |choice| choice.lines()),
        alpha: trial.map(|trial| trial.ticket.alpha),
        tier: trial.map(|trial| trial.tier.clone()),
        version: versions.iter().find(|version| version.made.hypothesis == hypothesis.id).map(|version| version.id.to_string()),
        reason: hypothesis.reason.as_ref().map(ToString::to_string),
    })
}

fn text(output: &Output, explanation: &Explanation, samples: &[Sample], seen: Option<&Seen>) -> String {
    let head = [explanation.version.as_deref(), Some(explanation.hypothesis.as_str())].into_iter().flatten().collect::<Vec<_>>().join("  ");
    let change = explanation.change.as_deref().unwrap_or("no candidate was worth a trial");
    let mut lines = vec![format!("{}  {change}   {}", output.style(Style::Strong, &head), explanation.state)];
    lines.push(format!("why tried   {}", explanation.weakness));
    lines.push(format!("            {} believes: {}", explanation.proposer, explanation.root_cause));
    if let (Some(trial), Some(tier)) = (&explanation.trial, &explanation.tier) {
        lines.push(format!("compared    baseline against candidate, fresh processes, sandbox {tier}, {trial}"));
        match seen {
            Some(seen) => lines.extend(seen.text(output)),
            None => lines.extend(runs(samples).into_iter().map(|line| format!("            {line}"))),
        }
    }
    lines.extend(explanation.reasons.iter().map(|reason| format!("shown       {reason}")));
    lines.extend(explanation.beside.iter().map(|line| format!("beside      {line}")));
    lines.extend(proof(output, explanation));
    if explanation.reasons.is_empty() {
        lines.extend(explanation.reason.iter().map(|reason| format!("ended       {reason}")));
    }
    if let Some(trial) = &explanation.trial {
        lines.push(format!("check me    kaizen replay {trial}      recomputes this from the record, bit for bit"));
    }
    lines.join("\n")
}

/// The runs of each stage and arm, and how many cases passed in each.
fn runs(samples: &[Sample]) -> Vec<String> {
    let mut lines = Vec::new();
    for stage in [Stage::Screening, Stage::Proof, Stage::Holdout, Stage::Checks] {
        let of = |arm: Arm| -> Vec<String> {
            let mine = samples.iter().filter(|sample| sample.stage == stage && sample.arm == arm);
            mine.map(|sample| match &sample.measured {
                Ok(card) => card.count(kaizen_domain::scorecard::CaseOutcome::Pass).to_string(),
                Err(_) => "fault".to_owned(),
            })
            .collect()
        };
        let (baseline, candidate) = (of(Arm::Baseline), of(Arm::Candidate));
        if !baseline.is_empty() || !candidate.is_empty() {
            let name = format!("{stage:?}").to_lowercase();
            lines.push(format!("{name:<10} cases passed: baseline {}   candidate {}", baseline.join(" "), candidate.join(" ")));
        }
    }
    lines
}

fn proof(output: &Output, explanation: &Explanation) -> Vec<String> {
    let number = |name: &str| explanation.metrics.get(name).copied();
    let (Some(bound), Some(alpha)) = (number("proof_bound"), explanation.alpha) else { return vec![] };
    let percent = if alpha > 0.0 { (100.0 * bound.ln() / alpha.ln()).clamp(0.0, 100.0) } else { 0.0 };
    let mut lines = vec![format!(
        "proof       {percent:.0} %   an unchanged flaky case would look this much mended with a chance of at most {bound:.1e}"
    )];
    if output.verbose > 0 {
        let counts = ["baseline_failures", "candidate_passes"].map(|name| number(name).unwrap_or_default());
        lines.push(format!("            m a^a b^b / (a+b)^(a+b) with a = {}, b = {}; level {alpha:.1e}", counts[0], counts[1]));
    }
    if explanation.decision.as_deref() == Some("accepted") {
        lines.push("label       passes, not proven right".into());
        lines.push(format!("not seen    {}", explanation.unprevented));
    }
    lines
}
