//! A check as its samples tell it.

use super::{Answer, Conclusion, Course, Question, Verdict};
use crate::evidence::path;
use crate::futility;
use crate::pairs::Pairs;
use crate::runs::Ruling;
use crate::statistical::trial::{Guard, PairTerms, broken, costs, differences, dropped, guards, same_cases, units};
use kaizen_domain::decision::{Outcome, Reason};
use kaizen_domain::trial::{Coin, Sample, Stage};

/// Effects are looked for up to so many times the largest difference.
const FARTHEST: f64 = 16.0;

/// Everything the samples of a check say.
pub(super) struct Reading<'a> {
    pub(super) pairs: Pairs<'a>,
    pub(super) better: Answer,
    pub(super) not_worse: Answer,
    pub(super) worse: Answer,
    /// "Better" was given up at one of the looks of [`crate::futility`].
    pub(super) better_is_futile: bool,
    differences: Vec<f64>,
    guards: Vec<Guard<'a>>,
    ruling: Option<Ruling>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(question: &'a Question, coins: &[Coin], samples: &'a [Sample]) -> Self {
        let mut pairs = Pairs::read(Stage::Dev, coins, samples);
        let faulty = pairs.ruling.take().or_else(|| dropped([&pairs].into_iter(), 1));
        let (costs, flaw) = costs(&question.objective, &pairs);
        let terms = PairTerms {
            guardrails: &question.guardrails,
            errors: question.error_rate.map(|rise| (rise, question.error_scale)),
            cap: question.max_pairs,
        };
        let (guards, guard_flaw) = guards(terms, &[&pairs]);
        let wrong = question.problem().map(|detail| Ruling::undecided(Reason::PlanUnusable { detail }));
        let ruling = wrong.or(faulty).or_else(|| same_cases(&question.flaky, &pairs)).or(flaw);
        let ruling = ruling.or_else(|| units(&question.objective, &pairs)).or(guard_flaw).or_else(|| broken(&guards));
        let (new, differences) = (Answer::new(), differences(&costs));
        let mut reading = Self { pairs, better: new, not_worse: new, worse: new, better_is_futile: false, differences, guards, ruling };
        reading.follow(question);
        reading
    }

    fn follow(&mut self, question: &Question) {
        for (count, difference) in (1..).zip(self.differences.iter().copied()) {
            self.better.push(difference, question.scale);
            self.not_worse.push(difference + question.margin, question.scale);
            self.worse.push(-difference, question.scale);
            self.better_is_futile |= futility::missed(count, self.better.evidence.log()).is_some();
        }
    }

    /// What ends the check whatever its evidence.
    pub(super) fn ruled(&self) -> Option<Verdict> {
        let rejected = self.ruling.as_ref()?.outcome == Outcome::Rejected;
        Some(if rejected { Verdict::Worse } else { Verdict::CannotTell })
    }

    pub(super) fn guards_safe(&self) -> bool {
        self.guards.iter().all(|guard| guard.standing.is_safe())
    }

    pub(super) fn conclusion(&self, question: &Question, verdict: Verdict) -> Conclusion {
        let bar = -libm::log(question.alpha);
        let further = [self.better, self.not_worse].into_iter().filter_map(|answer| answer.evidence.pairs_until(bar)).min();
        let lacking = self.guards.iter().filter(|guard| verdict == Verdict::CannotTell && !guard.standing.is_safe());
        let lacking = lacking.map(|guard| Reason::GuardrailNotProven(guard.told()));
        Conclusion {
            verdict,
            reasons: self.ruling.iter().map(|ruling| ruling.reason.clone()).chain(lacking).collect(),
            better: self.better.value(),
            not_worse: self.not_worse.value(),
            worse: self.worse.value(),
            pairs: self.differences.len() as u32,
            low: -self.bound(question, -1.0),
            high: self.bound(question, 1.0),
            further: further.filter(|_| verdict == Verdict::CannotTell),
            guardrails: self.guards.iter().map(Guard::told).collect(),
        }
    }

    /// The evidence after each pair.
    pub(super) fn course(&self, question: &Question) -> Course {
        let along = |term: &dyn Fn(f64) -> f64| {
            let terms: Vec<f64> = self.differences.iter().map(|difference| term(*difference)).collect();
            path(&terms, question.scale)
        };
        Course {
            differences: self.differences.clone(),
            better: along(&|difference| difference),
            not_worse: along(&|difference| difference + question.margin),
            worse: along(&|difference| -difference),
            needed: -libm::log(question.alpha),
        }
    }

    /// The smallest effect that is excluded at alpha, in the direction of `sign`: the evidence grows in it. At the level of the answers, so
    /// that what is called better has an interval without 0.
    fn bound(&self, question: &Question, sign: f64) -> f64 {
        let bar = -libm::log(question.alpha);
        let excluded = |effect: f64| {
            let mut answer = Answer::new();
            self.differences.iter().for_each(|difference| answer.push(effect - sign * difference, question.scale));
            answer.reached(bar)
        };
        let most = FARTHEST * self.differences.iter().fold(question.scale, |most, difference| most.max(libm::fabs(*difference)));
        if !excluded(most) {
            return f64::MAX;
        }
        let (mut low, mut high) = (-most, most);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if excluded(middle) { high = middle } else { low = middle }
        }
        high
    }
}
