//! Whether the machine was quiet while a run was measured: what others used of its processors, what a hypervisor took away, and how
//! fast the processors ran.
//!
//! Whoever measures pairs (trials, checks, calibrations, effects) does it under a [`Watch`]: a disturbed pair is measured again for both
//! sides. That saves pairs and decides nothing: the coin keeps a disturbance from favouring a side. So on a machine that never rests,
//! pairs are taken as they come after a while.

pub mod frequency;

use crate::error::{EngineError, io};
use crate::trial::judge::Run;
use frequency::{Account, Look};
use kaizen_domain::scorecard::{Measured, RunFault};
use kaizen_domain::trial::{Sample, Stage};
use std::path::Path;
use std::time::{Duration, Instant};

/// Disturbed pairs are measured again this often; then the machine is taken as it is.
pub const PATIENCE: u32 = 10;
/// Shorter runs are not judged: the kernel counts in hundredths of a second.
const SHORTEST: Duration = Duration::from_millis(200);
/// Busy beyond this share of all processors, a run had to wait for others.
const SATURATED: f64 = 0.97;
/// What others may use of one processor on a saturated machine.
const FOREIGN: f64 = 0.25;
/// The share of all processors a hypervisor may take away.
const STOLEN: f64 = 0.05;
/// By how much the mean frequencies of a pair's runs may differ, as a share of the higher.
const PACE: f64 = 0.1;

/// Watches over the runs of a sequence of pairs.
#[derive(Debug, Default)]
pub struct Watch {
    at: Option<(Stage, u32)>,
    /// The mean frequency of the pair's other run, in MHz.
    partner: Option<f64>,
    again: u32,
}

impl Watch {
    /// As a record leaves it.
    pub fn of<'a>(samples: impl Iterator<Item = &'a Sample>) -> Self {
        Self { again: again(samples), ..Self::default() }
    }

    /// How many pairs were disturbed, and measured again.
    pub fn again(&self) -> u32 {
        self.again
    }

    /// The next run belongs to this pair.
    pub fn on(&mut self, stage: Stage, pair: u32) {
        if self.at != Some((stage, pair)) {
            self.fresh();
            self.at = Some((stage, pair));
        }
    }

    /// The next run begins a pair.
    pub fn fresh(&mut self) {
        (self.at, self.partner) = (None, None);
    }

    /// Measures one run. One that was disturbed says so instead of what it showed; a fault of its own other than being late stays.
    pub fn over(&mut self, measure: impl FnOnce() -> Result<Run, EngineError>) -> Result<Measured, EngineError> {
        let measured = if self.again >= PATIENCE { measure()?.measured } else { self.judged(measure)? };
        self.again += u32::from(matches!(measured, Err(RunFault::Disturbed { .. })));
        Ok(measured)
    }

    /// Whether the machine disturbs even what is taken as it comes: nothing can be measured then.
    pub fn is_spent(&self) -> bool {
        self.again > PATIENCE
    }

    fn judged(&mut self, measure: impl FnOnce() -> Result<Run, EngineError>) -> Result<Measured, EngineError> {
        let meter = Meter::start()?;
        let run = measure()?;
        let account = meter.stop(run.cpu)?;
        if run.wall < SHORTEST || !matches!(run.measured, Ok(_) | Err(RunFault::TimedOut { .. })) {
            return Ok(run.measured);
        }
        Ok(match self.disturbance(&account) {
            Some(detail) => Err(RunFault::Disturbed { detail }),
            None => run.measured,
        })
    }

    fn disturbance(&mut self, account: &Seen) -> Option<String> {
        let why = account.disturbance(self.partner.take());
        self.partner = account.megahertz.filter(|_| why.is_none());
        why
    }
}

/// How many pairs of a record were disturbed: the second side of such a pair is not run.
pub fn again<'a>(samples: impl Iterator<Item = &'a Sample>) -> u32 {
    let disturbed = samples.filter(|sample| matches!(sample.measured, Err(RunFault::Disturbed { .. })));
    u32::try_from(disturbed.count()).unwrap_or(u32::MAX)
}

/// The kernel's account of processor time, in ticks of all processors together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Ticks {
    busy: f64,
    idle: f64,
    stolen: f64,
}

/// A measurement of the machine that began.
#[derive(Debug)]
struct Meter {
    before: Ticks,
    began: Instant,
    processors: Account,
    throttled: u64,
    look: Option<Look>,
}

/// What the machine did during a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Seen {
    spent: Ticks,
    /// What the run itself used of the processors.
    own: Duration,
    elapsed: Duration,
    /// The mean frequency.
    megahertz: Option<f64>,
    /// How often heat held a processor back.
    throttled: u64,
}

impl Meter {
    fn start() -> Result<Self, EngineError> {
        let processors = Account::of(Path::new("/"));
        let (look, throttled) = (Look::begin(&processors), processors.throttled());
        Ok(Self { before: now()?, began: Instant::now(), processors, throttled, look })
    }

    fn stop(self, own: Duration) -> Result<Seen, EngineError> {
        let (after, elapsed) = (now()?, self.began.elapsed());
        let spent =
            Ticks { busy: after.busy - self.before.busy, idle: after.idle - self.before.idle, stolen: after.stolen - self.before.stolen };
        let throttled = self.processors.throttled().saturating_sub(self.throttled);
        Ok(Seen { spent, own, elapsed, megahertz: self.look.and_then(Look::end), throttled })
    }
}

impl Seen {
    /// What disturbed the run, where something did; `partner` is the mean frequency of the pair's other run.
    fn disturbance(&self, partner: Option<f64>) -> Option<String> {
        self.taken().or_else(|| self.hot()).or_else(|| self.pace(partner?))
    }

    fn taken(&self) -> Option<String> {
        let all = self.spent.busy + self.spent.idle + self.spent.stolen;
        if all <= 0.0 {
            return None;
        }
        let stolen = self.spent.stolen / all;
        if stolen > STOLEN {
            return Some(format!("a hypervisor took {:.0} % of the processors away", 100.0 * stolen));
        }
        let ticks_a_second = 100.0;
        let seconds = self.elapsed.as_secs_f64().max(1e-3);
        let foreign = (self.spent.busy / ticks_a_second - self.own.as_secs_f64()) / seconds;
        let crowded = self.spent.busy / all > SATURATED && foreign > FOREIGN;
        crowded.then(|| format!("others kept {foreign:.1} processors busy and none was left"))
    }

    fn hot(&self) -> Option<String> {
        (self.throttled > 0).then(|| "heat held the processor back".to_owned())
    }

    fn pace(&self, partner: f64) -> Option<String> {
        let own = self.megahertz?;
        let far = (own - partner).abs() > PACE * own.max(partner);
        far.then(|| format!("the processor ran at {own:.0} MHz, and at {partner:.0} MHz for the other side"))
    }
}

/// Reads the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal.
fn now() -> Result<Ticks, EngineError> {
    let path = Path::new("/proc/stat");
    let text = std::fs::read_to_string(path).map_err(io("read", path))?;
    Ok(parse(text.lines().next().unwrap_or_default()))
}

fn parse(line: &str) -> Ticks {
    let fields: Vec<f64> = line.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    let at = |index: usize| fields.get(index).copied().unwrap_or(0.0);
    Ticks { busy: at(0) + at(1) + at(2) + at(5) + at(6), idle: at(3) + at(4), stolen: at(7) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::scorecard::Scorecard;

    const SECOND: Duration = Duration::from_secs(1);

    fn seen(busy: f64, idle: f64, stolen: f64) -> Seen {
        Seen { spent: Ticks { busy, idle, stolen }, own: SECOND, elapsed: SECOND, megahertz: None, throttled: 0 }
    }

    fn at(megahertz: f64) -> Seen {
        Seen { megahertz: Some(megahertz), ..seen(100.0, 100.0, 0.0) }
    }

    fn run(measured: Measured, wall: Duration) -> Run {
        Run { measured, coverage: Default::default(), wall, cpu: Duration::ZERO }
    }

    #[test]
    fn the_kernels_account_is_read_by_its_columns() {
        assert_eq!(parse("cpu  10 1 5 200 4 2 3 7 0 0"), Ticks { busy: 21.0, idle: 204.0, stolen: 7.0 });
    }

    #[test]
    fn others_disturb_only_where_no_processor_was_left() {
        assert_eq!(seen(100.0, 100.0, 0.0).disturbance(None), None, "one of two processors is ours, the other idle");
        assert_eq!(seen(180.0, 20.0, 0.0).disturbance(None), None, "others work where there is room");
        assert!(seen(200.0, 0.0, 0.0).disturbance(None).is_some_and(|why| why.contains("1.0 processors")));
        let all_ours = Seen { own: 2 * SECOND, ..seen(200.0, 0.0, 0.0) };
        assert_eq!(all_ours.disturbance(None), None, "all of it is ours");
    }

    #[test]
    fn what_a_hypervisor_takes_away_disturbs() {
        assert!(seen(100.0, 60.0, 40.0).disturbance(None).is_some_and(|why| why.contains("20 %")));
    }

    #[test]
    fn a_pair_whose_runs_had_other_frequencies_is_disturbed() {
        assert_eq!(at(3000.0).disturbance(Some(3200.0)), None, "a few percent are nothing");
        assert_eq!(at(3000.0).disturbance(None), None, "the first run of a pair has nothing to differ from");
        assert_eq!(seen(100.0, 100.0, 0.0).disturbance(Some(3000.0)), None, "what is not told is absent");
        for (own, partner) in [(2000.0, 3000.0), (3000.0, 2000.0)] {
            assert!(at(own).disturbance(Some(partner)).is_some_and(|why| why.contains("2000 MHz") && why.contains("3000 MHz")));
        }
    }

    #[test]
    fn heat_that_holds_the_processor_back_disturbs() {
        assert!(Seen { throttled: 2, ..at(3000.0) }.disturbance(None).is_some_and(|why| why.contains("heat")));
    }

    #[test]
    fn runs_of_different_pairs_are_not_compared() {
        let mut watch = Watch::default();
        let mut run = |pair, megahertz| {
            watch.on(Stage::Dev, pair);
            watch.disturbance(&at(megahertz)).is_some()
        };
        assert!(!run(0, 3000.0) && !run(0, 3000.0) && !run(1, 2000.0), "the machine may change between pairs");
        assert!(run(1, 3000.0), "not within one");
        assert!(!run(2, 3000.0), "the pair that is measured instead stands for itself");
    }

    #[test]
    fn a_run_that_says_itself_that_it_was_disturbed_counts_and_ends_at_last() {
        let mut watch = Watch::default();
        let shared = || Ok(run(Err(RunFault::Disturbed { detail: "the counters were taken".into() }), SECOND));
        for again in 1..=PATIENCE {
            assert!(watch.over(shared).unwrap().is_err());
            assert_eq!((watch.again(), watch.is_spent()), (again, false));
        }
        assert!(watch.over(shared).unwrap().is_err() && watch.is_spent());
    }

    #[test]
    fn after_a_while_the_machine_is_taken_as_it_is() {
        let faults = (0..PATIENCE).map(|pair| Sample {
            stage: Stage::Dev,
            pair,
            arm: kaizen_domain::trial::Arm::Baseline,
            measured: Err(RunFault::Disturbed { detail: "busy".into() }),
        });
        let samples: Vec<Sample> = faults.collect();
        let mut watch = Watch::of(samples.iter());
        assert_eq!(watch.again(), PATIENCE);
        // No processor time of its own in a minute: on a busy machine that would be a disturbance.
        assert!(watch.over(|| Ok(run(Ok(Scorecard::default()), 60 * SECOND))).unwrap().is_ok());
    }

    #[test]
    fn a_short_run_is_never_disturbed() {
        let mut watch = Watch::default();
        assert!(watch.over(|| Ok(run(Ok(Scorecard::default()), Duration::from_millis(5)))).unwrap().is_ok());
    }

    #[test]
    fn what_a_run_did_to_its_judge_is_never_called_a_disturbance() {
        let forged = RunFault::Forged { detail: "line 1".into() };
        let mut watch = Watch::default();
        assert_eq!(watch.over(|| Ok(run(Err(forged.clone()), 60 * SECOND))).unwrap(), Err(forged));
    }
}
