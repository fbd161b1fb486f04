//! A circuit breaker: after some failures in a row a provider is left alone for a while, then tried with one call.
//!
//! Closed: calls pass. Open: calls are refused at once, until a moment that moves further away each time the trial call fails.
//! Half open: one trial call at a time passes; it closes the breaker or opens it again. A trial whose end nobody reports (its
//! client went away) blocks nobody longer than the breaker would have been open. The clock is passed in; nothing here waits.

use std::time::{Duration, Instant};

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Failures in a row that open it; 0: it never opens.
    pub failures: u32,
    /// How long it is open the first time.
    pub open_for: Duration,
    /// The longest that it is open; each failed trial doubles the time up to here.
    pub longest: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { failures: 5, open_for: Duration::from_secs(5), longest: Duration::from_secs(120) }
    }
}

/// What people and metrics see of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// No call passes before this moment.
    Open {
        /// When a trial call will pass.
        until: Instant,
    },
    /// One trial call may pass, or is under way.
    HalfOpen,
}

/// How a call that passed went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The provider answered, be it with a refusal.
    Well,
    /// The provider was not reached, did not answer in time, or failed on its side.
    Ill,
    /// It says nothing about the provider: the caller went away, or the provider asked for patience.
    Unknown,
}

/// The right to make one call; given back with [`Breaker::report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Which period of the breaker it belongs to: reports of calls that began before the breaker changed say nothing any more.
    period: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant, span: Duration },
    Trial { until: Instant, span: Duration },
}

/// The breaker of one provider.
#[derive(Debug)]
pub struct Breaker {
    policy: BreakerPolicy,
    state: State,
    period: u64,
}

impl Breaker {
    /// A closed one.
    pub fn new(policy: BreakerPolicy) -> Self {
        Self { policy, state: State::Closed { failures: 0 }, period: 0 }
    }

    /// May a call pass now? `Err` holds the moment from which asking again makes sense.
    pub fn admit(&mut self, now: Instant) -> Result<Pass, Instant> {
        match self.state {
            State::Closed { .. } => {}
            State::Open { until, .. } | State::Trial { until, .. } if now < until => return Err(until),
            State::Open { span, .. } | State::Trial { span, .. } => self.enter(State::Trial { until: now + span, span }),
        }
        Ok(Pass { period: self.period })
    }

    /// Says how a call that passed went.
    pub fn report(&mut self, now: Instant, pass: Pass, health: Health) {
        if pass.period != self.period {
            return;
        }
        match (self.state, health) {
            (State::Closed { .. }, Health::Well) => self.state = State::Closed { failures: 0 },
            (State::Closed { failures }, Health::Ill) => self.failed(now, failures.saturating_add(1)),
            (State::Trial { .. }, Health::Well) => self.enter(State::Closed { failures: 0 }),
            (State::Trial { span, .. }, Health::Ill) => self.open(now, span.saturating_mul(2).min(self.policy.longest)),
            // The trial taught nothing: the next call is the trial.
            (State::Trial { span, .. }, Health::Unknown) => self.enter(State::Open { until: now, span }),
            (State::Closed { .. }, Health::Unknown) | (State::Open { .. }, _) => {}
        }
    }

    /// The call that passed began to answer, piece by piece: enough to end a trial, not enough to make failures before it good. The
    /// pass returned is the one to report its end with. After a trial the next failure opens the breaker again.
    pub fn began(&mut self, pass: Pass) -> Pass {
        if pass.period == self.period && matches!(self.state, State::Trial { .. }) {
            self.enter(State::Closed { failures: self.policy.failures.saturating_sub(1) });
            return Pass { period: self.period };
        }
        pass
    }

    /// How it stands.
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.state {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { until, .. } if now < until => BreakerState::Open { until },
            State::Open { .. } | State::Trial { .. } => BreakerState::HalfOpen,
        }
    }

    fn failed(&mut self, now: Instant, failures: u32) {
        self.state = State::Closed { failures };
        if self.policy.failures > 0 && failures >= self.policy.failures {
            self.open(now, self.policy.open_for);
        }
    }

    fn open(&mut self, now: Instant, span: Duration) {
        self.enter(State::Open { until: now + span, span });
    }

    fn enter(&mut self, state: State) {
        self.period += 1;
        self.state = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICY: BreakerPolicy = BreakerPolicy { failures: 3, open_for: Duration::from_secs(5), longest: Duration::from_secs(12) };

    fn ill(breaker: &mut Breaker, now: Instant) {
        let pass = breaker.admit(now).unwrap();
        breaker.report(now, pass, Health::Ill);
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_success_counts_from_zero() {
        let (mut breaker, now) = (Breaker::new(POLICY), Instant::now());
        ill(&mut breaker, now);
        ill(&mut breaker, now);
        let pass = breaker.admit(now).unwrap();
        breaker.report(now, pass, Health::Well);
        ill(&mut breaker, now);
        ill(&mut breaker, now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
        ill(&mut breaker, now);
        assert_eq!(breaker.admit(now), Err(now + POLICY.open_for));
    }

    #[test]
    fn one_trial_passes_and_closes_it() {
        let (mut breaker, now) = (Breaker::new(POLICY), Instant::now());
        (0..3).for_each(|_| ill(&mut breaker, now));
        let later = now + POLICY.open_for;
        let trial = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_err(), "a second call while the trial is under way");
        breaker.report(later, trial, Health::Well);
        assert_eq!(breaker.state(later), BreakerState::Closed);
    }

    #[test]
    fn a_trial_that_begins_to_answer_lets_others_pass_and_the_next_failure_opens_it_again() {
        let (mut breaker, now) = (Breaker::new(POLICY), Instant::now());
        (0..3).for_each(|_| ill(&mut breaker, now));
        let later = now + POLICY.open_for;
        let trial = breaker.admit(later).unwrap();
        let trial = breaker.began(trial);
        assert!(breaker.admit(later).is_ok(), "a long answer keeps nobody waiting");
        breaker.report(later, trial, Health::Ill);
        assert_eq!(breaker.admit(later), Err(later + POLICY.open_for));
    }

    #[test]
    fn an_answer_that_begins_makes_no_failure_good() {
        let (mut breaker, now) = (Breaker::new(POLICY), Instant::now());
        for _ in 0..3 {
            let pass = breaker.admit(now).unwrap();
            let pass = breaker.began(pass);
            breaker.report(now, pass, Health::Ill);
        }
        assert!(matches!(breaker.state(now), BreakerState::Open { .. }));
    }

    #[test]
    fn each_failed_trial_doubles_the_time_up_to_the_longest() {
        let (mut breaker, mut now) = (Breaker::new(POLICY), Instant::now());
        (0..3).for_each(|_| ill(&mut breaker, now));
        for seconds in [5, 10, 12, 12] {
            let until = now + Duration::from_secs(seconds);
            assert_eq!(breaker.admit(now), Err(until));
            now = until;
            ill(&mut breaker, now);
        }
    }

    #[test]
    fn late_reports_of_calls_from_before_change_nothing() {
        let (mut breaker, now) = (Breaker::new(POLICY), Instant::now());
        let early = breaker.admit(now).unwrap();
        (0..3).for_each(|_| ill(&mut breaker, now));
        breaker.report(now, early, Health::Well);
        assert!(matches!(breaker.state(now), BreakerState::Open { .. }));
    }

    #[test]
    fn a_breaker_without_a_limit_never_opens() {
        let (mut breaker, now) = (Breaker::new(BreakerPolicy { failures: 0, ..POLICY }), Instant::now());
        (0..100).for_each(|_| ill(&mut breaker, now));
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Ask,
        Report(usize, Health),
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let health = prop_oneof![Just(Health::Well), Just(Health::Ill), Just(Health::Unknown)];
        prop_oneof![Just(Step::Ask), (0..8usize, health).prop_map(|(i, h)| Step::Report(i, h)), (0..9u64).prop_map(Step::Wait)]
    }

    proptest! {
        /// Whatever happens in whatever order: a refusal names a moment that is not further away than the longest time, at
        /// that moment a call passes, and while a trial is fresh nobody else passes.
        #[test]
        fn it_never_wedges_and_never_lets_two_trials_through(steps in prop::collection::vec(step(), 0..200)) {
            let (mut breaker, mut now, mut passes) = (Breaker::new(POLICY), Instant::now(), Vec::new());
            for step in steps {
                match step {
                    Step::Wait(seconds) => now += Duration::from_secs(seconds),
                    Step::Report(_, _) if passes.is_empty() => {}
                    Step::Report(which, health) => {
                        let pass = passes.remove(which % passes.len());
                        breaker.report(now, pass, health);
                    }
                    Step::Ask => {
                        let before = breaker.state(now);
                        match breaker.admit(now) {
                            Err(until) => prop_assert!(until > now && until <= now + POLICY.longest),
                            Ok(pass) => {
                                passes.push(pass);
                                if before != BreakerState::Closed {
                                    prop_assert!(breaker.admit(now).is_err(), "two trials at once");
                                }
                            }
                        }
                    }
                }
                let copy = || Breaker { policy: POLICY, state: breaker.state, period: breaker.period };
                if let Err(until) = copy().admit(now) {
                    prop_assert!(copy().admit(until).is_ok(), "refused for ever");
                }
            }
        }
    }
}
