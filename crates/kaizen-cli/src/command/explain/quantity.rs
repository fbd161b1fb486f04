//! The explanation of a trial of a measured quantity: curves, guardrails, the effect measured afterwards, and what
//! would have changed the answer.

use super::curve::{curve, number};
use crate::output::Output;
use kaizen_api::v1::{Effect, Quantity, StageEvidence};
use kaizen_domain::trial::{Coin, Sample, Stage};
use kaizen_gate::effect::effect;
use kaizen_gate::objective::{Direction, Objective};
use kaizen_gate::statistical::plan::Plan;
use kaizen_gate::statistical::view::{StageView, View, view};

/// What a trial's record says, for people and for `--json`.
pub struct Seen {
    plan: Plan,
    view: View,
    effect: Option<kaizen_gate::effect::Effect>,
}

impl Seen {
    /// Reads the record.
    pub fn of(plan: Plan, coins: &[Coin], samples: &[Sample]) -> Self {
        let view = view(&plan, coins, samples);
        let effect = effect(&plan.objective, coins, samples).ok().flatten();
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
            metric: self.metric().to_owned(),
            noise: self.plan.scale,
            min_gain: self.plan.min_gain,
            proof: self.view.proof,
            further_pairs: self.view.further,
            stages: self.view.stages.iter().map(stage).collect(),
            effect: self.effect.as_ref().map(|effect| changed(&self.plan.objective, effect)),
            flips: self.view.what_if.as_ref().map(|what_if| what_if.flips),
        }
    }

    /// For people.
    pub fn text(&self, output: &Output) -> Vec<String> {
        let mut lines = vec![format!("noise       one pair varies by {:.2} %; order by coin, fresh processes", 100.0 * self.plan.scale)];
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
        lines.extend(self.view.what_if.as_ref().map(|what_if| what_if_line(what_if.flips, self.pairs())));
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
        lines.push(format!(
            "            trial mean {:+.2} % (numbers at a stopping time flatter: this is not the effect)",
            100.0 * stage.mean
        ));
        lines
    }

    fn metric(&self) -> &str {
        match &self.plan.objective {
            Objective::Ratio { parts } | Objective::Difference { parts, .. } => parts.first().map_or("", |part| part.metric.as_str()),
            Objective::Points { .. } => "points",
            Objective::Case { case } => &case.0,
        }
    }

    fn told_effect(&self) -> String {
        match self.effect.as_ref().map(|effect| changed(&self.plan.objective, effect)) {
            Some(effect) => format!("effect      {}, measured AFTER the promotion", told_change(self.metric(), &effect)),
            None => "effect      not measured: that is done in fixed pairs after a promotion".into(),
        }
    }
}

/// The change of the metric itself: what became better points the metric's own way.
pub fn changed(objective: &Objective, effect: &kaizen_gate::effect::Effect) -> Effect {
    let way = match objective {
        Objective::Ratio { parts } | Objective::Difference { parts, .. } => parts.first().map_or(Direction::Higher, |part| part.direction),
        Objective::Points { .. } | Objective::Case { .. } => Direction::Higher,
    };
    let signed = |difference: f64| if way == Direction::Lower { -difference } else { difference };
    let change = |difference: f64| match objective {
        Objective::Ratio { .. } => signed(difference).exp_m1(),
        _ => signed(difference),
    };
    let (one, other) = (change(effect.low), change(effect.high));
    Effect { change: change(effect.typical), low: one.min(other), high: one.max(other), pairs: effect.pairs }
}

/// `seconds -7.4 % (95 %: -9.9 ... -4.8), 10 fixed pairs`.
pub fn told_change(metric: &str, effect: &Effect) -> String {
    let [change, low, high] = [effect.change, effect.low, effect.high].map(|share| 100.0 * share);
    format!("{metric} {change:+.1} %  (95 %: {low:+.1} ... {high:+.1}), {} fixed pairs", effect.pairs)
}

fn what_if_line(flips: u32, pairs: usize) -> String {
    format!("would have been refused if   {flips} of the {pairs} pairs had gone the other way")
}
