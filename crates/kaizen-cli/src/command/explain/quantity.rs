//! The explanation of a trial in pairs, of a measured quantity or a flaky case: curves, guardrails, the effect measured afterwards, and what
//! would have changed the answer.

use super::curve::{curve, number};
use crate::output::Output;
use kaizen_api::v1::{Effect, Quantity, StageEvidence};
use kaizen_domain::trial::{Coin, Sample, Stage};
use kaizen_engine::trial::effect::{Change, metric, told};
use kaizen_gate::objective::Objective;
use kaizen_gate::statistical::plan::Plan;
use kaizen_gate::statistical::view::{StageView, View, view};

/// What a trial's record says, for people and for `--json`.
pub struct Seen {
    plan: Plan,
    view: View,
    effect: Option<Change>,
}

impl Seen {
    /// Reads the record.
    pub fn of(plan: Plan, coins: &[Coin], samples: &[Sample]) -> Self {
        let view = view(&plan, coins, samples);
        let effect = told(&plan.objective, coins, samples);
        Self { plan, view, effect }
    }

    /// For `--json`.
    pub fn wire(&self) -> Quantity {
        let stage = |stage: &StageView| StageEvidence {
            stage: stage.stage.to_string(),
            pairs: stage.differences.len() as u64,
            log_evidence: stage.curve.clone(),
            needed: stage.needed,
            trial_mean: stage.mean,
        };
        Quantity {
            metric: metric(&self.plan.objective).to_owned(),
            noise: self.plan.scale,
            min_gain: self.plan.min_gain,
            proof: self.view.proof,
            further_pairs: self.view.further,
            stages: self.view.stages.iter().map(stage).collect(),
            passes: self.view.passes,
            effect: self.effect.as_ref().map(wire_effect),
            refused_if: self.view.what_if.as_ref().and_then(|what_if| what_if.refused),
        }
    }

    /// For people.
    pub fn text(&self, output: &Output) -> Vec<String> {
        let mut lines = vec![match &self.plan.objective {
            Objective::Case { case } => format!("flaky case  {case}: passes in a run or does not; order by coin, fresh processes"),
            _ => format!("noise       one pair varies by {:.2} %; order by coin, fresh processes", 100.0 * self.plan.scale),
        }];
        for stage in &self.view.stages {
            lines.extend(self.stage(output, stage));
        }
        lines.extend(self.view.guardrails.iter().map(|guard| {
            let word = match (guard.safe, guard.broken) {
                (true, _) => "pass",
                (_, true) => "BROKEN",
                _ => "not proven",
            };
            let refused = guard.refused_from.map_or_else(String::new, |harm| format!("; refused from {:+.1} % on", 100.0 * harm));
            let guarded = &guard.guarded;
            let evidence = number(guarded.evidence.ln());
            format!(
                "guardrail   {} {:+.1} % (limit {:.1} %, {} pairs, evidence {evidence}) {word}{refused}",
                guarded.name,
                100.0 * guarded.harm,
                100.0 * guarded.margin,
                guarded.pairs
            )
        }));
        lines.push(self.told_effect());
        lines.extend(self.view.what_if.as_ref().and_then(|what_if| what_if.refused).map(|turned| what_if_line(turned, self.pairs())));
        lines.push("error rate  of the promotions on noisy measurements, at most 5 % are expected to be wrong (FDR, e-LOND)".into());
        lines
    }

    fn pairs(&self) -> usize {
        self.view.stages.iter().map(|stage| stage.differences.len()).sum()
    }

    fn stage(&self, output: &Output, stage: &StageView) -> Vec<String> {
        let fresh =
            if stage.stage == Stage::Holdout && self.plan.holdout.is_same_workload() { " (same workload, fresh pairs)" } else { "" };
        let log = stage.curve.last().copied().unwrap_or(0.0);
        let head =
            format!("evidence    {}{fresh}: {} pairs, {} of {}", stage.stage, stage.differences.len(), number(log), number(stage.needed));
        let mut lines = vec![head];
        if stage.stage == Stage::Dev || output.verbose > 0 {
            lines.extend(curve(&stage.curve, stage.needed).into_iter().map(|line| format!("  {line}")));
        }
        let mean = match &self.plan.objective {
            Objective::Case { .. } => format!("in {:+.2} of the pairs more it passed on the candidate", stage.mean),
            _ => format!("trial mean {:+.2} %", 100.0 * stage.mean),
        };
        lines.push(format!("            {mean} (numbers at a stopping time flatter: this is not the effect)"));
        lines
    }

    fn told_effect(&self) -> String {
        match &self.effect {
            Some(change) => format!("effect      {}, measured AFTER the promotion", crate::render::change(change)),
            None => "effect      not measured: that is done in fixed pairs after a promotion".into(),
        }
    }
}

fn wire_effect(seen: &Change) -> Effect {
    Effect { change: seen.change, low: seen.low, high: seen.high, pairs: seen.pairs, passes: seen.passes }
}

fn what_if_line(flips: u32, pairs: usize) -> String {
    format!("would have been refused if   {flips} of the {pairs} pairs had gone the other way")
}
