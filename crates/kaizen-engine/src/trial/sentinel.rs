//! Sentinels: within a long trial every few pairs the unchanged project is measured against itself.
//!
//! They are calibration pairs (coin-ordered, kept for later) and no evidence of the trial. When the unchanged project proves better than
//! itself, the benchmark is broken and the trial stops without an answer; when they spread otherwise than the calibration said, people are
//! told. Nothing else follows from them.

use crate::error::EngineError;
use crate::gate::Plan;
use crate::gate::statistical::broken;
use crate::progress::Progress;
use crate::session::Session;
use crate::trial::effect::metric;
use crate::trial::noise::Noise;
use crate::trial::quiet::Watch;
use kaizen_gate::calibration::spread_moved;
use kaizen_gate::objective::Objective;

/// Before every so many pairs one of the unchanged project is measured.
pub const EVERY: u32 = 8;

/// The sentinels of one trial.
#[derive(Debug)]
pub struct Sentinels {
    objective: Objective,
    /// The noise of one pair, as the trial was planned with.
    scale: f64,
    pairs: u32,
    /// How many sentinels there were.
    posted: usize,
    advised: bool,
}

impl Sentinels {
    /// Of a trial of a quantity; `None` for any other.
    pub fn of(plan: &Plan) -> Option<Self> {
        let Plan::Statistical(plan) = plan else { return None };
        // A case that passes now and then has no noise to be calibrated: its pairs of the unchanged project would say nothing.
        let quantity = !matches!(plan.objective, Objective::Case { .. });
        quantity.then(|| Self { objective: plan.objective.clone(), scale: plan.scale, pairs: 0, posted: 0, advised: false })
    }

    /// A pair of the trial is about to begin.
    pub async fn before_pair(&mut self, session: &mut Session<'_>, watch: &mut Watch) -> Result<(), EngineError> {
        self.pairs += 1;
        if !self.pairs.is_multiple_of(EVERY) {
            return Ok(());
        }
        let noise = session.sentinel(watch).await?;
        if let Some(text) = self.report(&noise)? {
            session.context.report(Progress::Note { text });
        }
        Ok(())
    }

    /// What one more sentinel, the last pair of `noise`, means: that nothing may go on, or a word for people, once.
    fn report(&mut self, noise: &Noise) -> Result<Option<String>, EngineError> {
        self.posted += 1;
        let seen = noise.calibration(&self.objective);
        if let Some(why) = seen.and_then(|seen| broken(metric(&self.objective), &seen)) {
            return Err(why);
        }
        let moved = spread_moved(self.scale, &noise.latest(&self.objective, self.posted)).filter(|_| !self.advised);
        self.advised |= moved.is_some();
        Ok(moved.map(|spread| advice(self.scale, spread)))
    }
}

fn advice(scale: f64, spread: f64) -> String {
    let [before, now] = [scale, spread].map(|share| 100.0 * share);
    format!("one pair varies by {now:.2} % now, not by {before:.2} % as calibrated: `kaizen measure --pairs 30` calibrates anew")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::hash::ContentHash;
    use kaizen_domain::scorecard::CaseId;
    use kaizen_domain::trial::Arm;
    use kaizen_gate::objective::{Direction, Part};
    use kaizen_store::CalibrationPair;

    fn sentinels(scale: f64) -> Sentinels {
        let part = Part { metric: "cost".into(), weight: 1.0, direction: Direction::Lower, reported: false };
        Sentinels { objective: Objective::Ratio { parts: vec![part] }, scale, pairs: 0, posted: 0, advised: false }
    }

    /// Pairs whose stand-in for the candidate costs `ratio` times the other's.
    fn noise(ratios: &[f64]) -> Noise {
        let cost = |cost: f64| [("cost".to_owned(), cost)].into();
        let pair = |(at, ratio): (usize, &f64)| {
            let coin = if at % 2 == 0 { Arm::Baseline } else { Arm::Candidate };
            let (first, second) = if coin == Arm::Baseline { (100.0, 100.0 * ratio) } else { (100.0 * ratio, 100.0) };
            CalibrationPair { baseline: ContentHash::of(b"x"), at: at as i64, coin, first: cost(first), second: cost(second) }
        };
        Noise::of(ratios.iter().enumerate().map(pair).collect())
    }

    /// Sentinels of these ratios after `known` pairs, one after another.
    fn post(sentinels: &mut Sentinels, known: &[f64], ratios: &[f64]) -> Vec<Result<Option<String>, EngineError>> {
        let after = |count: usize| noise(&[known, &ratios[..count]].concat());
        (1..=ratios.len()).map(|count| sentinels.report(&after(count))).collect()
    }

    const SOUND: [f64; 8] = [1.02, 0.98, 1.01, 0.99, 1.03, 0.97, 1.01, 0.99];

    #[test]
    fn sentinels_that_are_as_the_calibration_said_say_nothing() {
        let said = post(&mut sentinels(0.02), &SOUND, &SOUND);
        assert!(said.iter().all(|said| matches!(said, Ok(None))), "{said:?}");
    }

    #[test]
    fn a_benchmark_whose_unchanged_project_beats_itself_stops_the_trial() {
        let said = post(&mut sentinels(0.02), &SOUND, &[0.5; 16]);
        let stopped = said.iter().position(Result::is_err).unwrap();
        assert!(stopped >= 8, "a few pairs prove nothing: {said:?}");
        let why = said[stopped].as_ref().unwrap_err().to_string();
        assert!(why.contains("cost") && why.contains("the benchmark is broken"), "{why}");
    }

    #[test]
    fn only_a_trial_of_a_quantity_has_sentinels() {
        let of = |objective| Sentinels::of(&Plan::Statistical(kaizen_gate::statistical::plan::Plan::bare(objective, 0.1)));
        assert!(of(sentinels(0.1).objective).is_some());
        assert!(of(Objective::Case { case: CaseId("a".into()) }).is_none(), "a case has no noise to be calibrated");
    }

    #[test]
    fn a_spread_unlike_the_calibrations_is_told_once() {
        let wide = [1.2, 0.8, 1.25, 0.78, 1.22, 0.8, 1.2, 0.8];
        let said: Vec<Option<String>> = post(&mut sentinels(0.02), &SOUND, &wide).into_iter().map(Result::unwrap).collect();
        assert_eq!(said.iter().flatten().count(), 1, "{said:?}");
        assert!(said[..4].iter().all(Option::is_none), "four pairs say nothing of a spread: {said:?}");
        assert!(said.iter().flatten().all(|text| text.contains("kaizen measure --pairs 30")), "{said:?}");
    }
}
