//! The explanation of a trial in pairs, of a measured quantity or a flaky case: curves, guardrails, the effect measured afterwards, and what
//! would have changed the answer.

use super::curve::{curve, number};
use super::pairs;
use crate::output::Output;
use crate::render::measured_again;
use kaizen_api::v1::{Effect, Futility, GuardrailEvidence, Quantity, StageEvidence, TicketShown};
use kaizen_domain::trial::{Coin, Sample, Stage, Ticket};
use kaizen_engine::trial::effect::{Change, metric, told};
use kaizen_engine::trial::quiet::again;
use kaizen_gate::futility;
use kaizen_gate::objective::Objective;
use kaizen_gate::statistical::plan::Plan;
use kaizen_gate::statistical::view::{GuardView, StageView, View, view};

/// What a trial's record says, for people and for `--json`.
pub struct Seen {
    plan: Plan,
    ticket: Ticket,
    view: View,
    effect: Option<Change>,
    /// The share of wrong promotions that is configured.
    fdr: f64,
    /// Pairs measured again, of dev and of the hold-out.
    disturbed: [u32; 2],
}

impl Seen {
    /// Reads the record.
    pub fn of(plan: Plan, ticket: Ticket, fdr: f64, coins: &[Coin], samples: &[Sample]) -> Self {
        let view = view(&plan, coins, samples);
        let effect = told(&plan.objective, coins, samples);
        let disturbed = |stage: Stage| again(samples.iter().filter(|sample| sample.stage == stage));
        let disturbed = [disturbed(Stage::Dev), disturbed(Stage::Holdout)];
        Self { plan, ticket, view, effect, fdr, disturbed }
    }

    /// For `--json`.
    pub fn wire(&self) -> Quantity {
        let Ticket { epoch, index, alpha } = self.ticket;
        Quantity {
            metric: metric(&self.plan.objective).to_owned(),
            noise: self.plan.scale,
            min_gain: self.plan.min_gain,
            proof: self.view.proof,
            further_pairs: self.view.further,
            ticket: TicketShown { epoch, index, alpha },
            stages: self.view.stages.iter().map(|stage| wire_stage(stage, self.again(stage.stage))).collect(),
            guardrails: self.view.guardrails.iter().map(wire_guardrail).collect(),
            futility: futility::TABLE.iter().map(|(pairs, floor)| Futility { pairs: *pairs, floor: *floor }).collect(),
            passes: self.view.passes,
            effect: self.effect.as_ref().map(wire_effect),
            refused_if: self.view.what_if.as_ref().and_then(|what_if| what_if.refused),
        }
    }

    /// For people.
    pub fn text(&self, output: &Output) -> Vec<String> {
        let mut lines = vec![self.head(), self.proof()];
        if output.verbose > 0 {
            lines.push(pairs::ticket(&self.ticket, &self.plan));
        }
        for stage in &self.view.stages {
            lines.extend(self.stage(output, stage));
        }
        for guard in &self.view.guardrails {
            lines.push(guardrail(guard));
            if output.verbose > 0 {
                lines.extend(pairs::guardrail(guard));
            }
        }
        lines.push(self.told_effect());
        lines.extend(self.view.what_if.as_ref().and_then(|what_if| what_if.refused).map(|turned| what_if_line(turned, self.pairs())));
        let share = (1e6 * self.fdr).round() / 1e4;
        lines
            .push(format!("error rate  of the promotions on noisy measurements, at most {share} % are expected to be wrong (FDR, e-LOND)"));
        lines
    }

    /// What is compared.
    fn head(&self) -> String {
        match &self.plan.objective {
            Objective::Case { case } => format!("flaky case  {case}: passes in a run or does not; order by coin, fresh processes"),
            _ => format!("noise       one pair varies by {:.2} %; order by coin, fresh processes", 100.0 * self.plan.scale),
        }
    }

    /// What the pairs of a stage show in the middle.
    fn mean(&self, stage: &StageView) -> String {
        match &self.plan.objective {
            Objective::Case { .. } => format!("in {:+.2} of the pairs more it passed on the candidate", stage.mean),
            _ => format!("trial mean {:+.2} %", 100.0 * stage.mean),
        }
    }

    /// How far the proof is, in words for everybody.
    fn proof(&self) -> String {
        let further = self.view.further.filter(|further| *further > 0 && self.view.proof < 1.0);
        let further = further.map_or_else(String::new, |further| format!(", about {further} more pairs would complete it"));
        format!("proof       {:.0} %{further}", 100.0 * self.view.proof)
    }

    fn again(&self, stage: Stage) -> u32 {
        self.disturbed[usize::from(stage == Stage::Holdout)]
    }

    fn pairs(&self) -> usize {
        self.view.stages.iter().map(|stage| stage.differences.len()).sum()
    }

    fn stage(&self, output: &Output, stage: &StageView) -> Vec<String> {
        let fresh =
            if stage.stage == Stage::Holdout && self.plan.holdout.is_same_workload() { " (same workload, fresh pairs)" } else { "" };
        let log = stage.curve.last().copied().unwrap_or(0.0);
        let (pairs, proof, needed) = (stage.differences.len(), 100.0 * stage.proof, number(stage.needed));
        let head = format!("evidence    {}{fresh}: {pairs} pairs, proof {proof:.0} % (evidence {} of {needed})", stage.stage, number(log));
        let mut lines = vec![head + &measured_again(self.again(stage.stage))];
        if stage.stage == Stage::Dev || output.verbose > 0 {
            lines.extend(curve(&stage.curve, stage.needed).into_iter().map(|line| format!("  {line}")));
        }
        if output.verbose > 0 {
            lines.extend(pairs::stage(stage));
        }
        lines.push(format!("            {} (numbers at a stopping time flatter: this is not the effect)", self.mean(stage)));
        lines
    }

    fn told_effect(&self) -> String {
        match &self.effect {
            Some(change) => format!("effect      {}, measured AFTER the promotion", crate::render::change(change)),
            None => "effect      not measured: that is done in fixed pairs after a promotion".into(),
        }
    }
}

fn guardrail(guard: &GuardView) -> String {
    let word = match (guard.safe, guard.broken) {
        (true, _) => "pass",
        (_, true) => "BROKEN",
        _ => "not proven",
    };
    let refused = guard.refused_from.map_or_else(String::new, |harm| format!("; refused from {:+.1} % on", 100.0 * harm));
    let guarded = &guard.guarded;
    format!(
        "guardrail   {} {:+.1} % (limit {:.1} %, {} pairs, evidence {}) {word}{refused}",
        guarded.name,
        100.0 * guarded.harm,
        100.0 * guarded.margin,
        guarded.pairs,
        number(guarded.evidence.ln())
    )
}

fn wire_stage(stage: &StageView, measured_again: u32) -> StageEvidence {
    StageEvidence {
        stage: stage.stage.to_string(),
        pairs: stage.differences.len() as u64,
        measured_again,
        differences: stage.differences.clone(),
        log_evidence: stage.curve.clone(),
        needed: stage.needed,
        proof: stage.proof,
        trial_mean: stage.mean,
    }
}

fn wire_guardrail(guard: &GuardView) -> GuardrailEvidence {
    GuardrailEvidence {
        name: guard.guarded.name.clone(),
        limit: guard.guarded.margin,
        harms: guard.harms.clone(),
        log_evidence: guard.curve.clone(),
        needed: guard.needed,
        kept: guard.safe,
    }
}

fn wire_effect(seen: &Change) -> Effect {
    let Change { change, low, high, pairs, again, passes, .. } = *seen;
    Effect { change, low, high, pairs, measured_again: again, passes }
}

fn what_if_line(flips: u32, pairs: usize) -> String {
    format!("would have been refused if   {flips} of the {pairs} pairs had gone the other way")
}
