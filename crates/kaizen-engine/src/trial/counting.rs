//! Hardware instruction counts of runs: whether the benchmark asks for them, whether this machine has them, what a run's says.
//!
//! Where a metric names them and the machine lacks them, nothing is measured at all: a time in their place would be another quantity.

use crate::config::Config;
use crate::config::benchmark::Format;
use crate::config::metric::MetricSource;
use crate::error::EngineError;
use kaizen_domain::scorecard::RunFault;
use kaizen_sandbox::counter::{Count, Counter, absence};

/// Their name in a scorecard beside what metrics declare: unlike what a benchmark may call a number of its own.
pub const INSTRUCTIONS: &str = "hardware_instructions";

/// What the runs of this project's benchmark count: what is declared, and beside a time what the machine has.
pub fn counter(config: &Config) -> Option<Counter> {
    let declares = |source: &MetricSource| config.metric.iter().any(|metric| metric.source == *source);
    let timed = declares(&MetricSource::Time) || config.benchmark.format == Format::Time;
    let counts = declares(&MetricSource::Instructions) || (timed && absence(Counter::Instructions).is_none());
    counts.then_some(Counter::Instructions)
}

/// Fails where a metric asks for what this machine lacks.
pub fn require(config: &Config) -> Result<(), EngineError> {
    let metric = config.metric.iter().find(|metric| metric.source == MetricSource::Instructions);
    let Some((metric, why)) = metric.zip(absence(Counter::Instructions)) else { return Ok(()) };
    Err(EngineError::environment(
        format!("[[metric]] {}: source = \"instructions\" cannot be measured: {}", metric.name, absent(&why)),
        "measure on a machine that shows its performance counters, or choose another source in kaizen.toml: source = \"time\"",
    ))
}

/// For people: that there are none, and why.
fn absent(why: &str) -> String {
    format!("hardware instruction counts: absent on this machine ({why})")
}

/// For people, after "hardware instruction counts".
pub fn told() -> String {
    absence(Counter::Instructions).map_or_else(|| "there are some".to_owned(), |why| format!("absent on this machine ({why})"))
}

/// The number of a run; `None` where nothing was counted.
pub fn value(count: Option<&Count>) -> Result<Option<f64>, RunFault> {
    let named = |why: &str| format!("its instructions: {why}");
    match count {
        None => Ok(None),
        Some(Count::Whole(number)) => Ok(Some(*number as f64)),
        Some(Count::Partial(why)) => Err(RunFault::Unreadable { detail: named(why) }),
        Some(Count::Shared(why)) => Err(RunFault::Disturbed { detail: named(why) }),
        Some(Count::Refused(why)) => Err(RunFault::Harness { detail: named(why) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_is_not_whole_is_a_fault_of_whoever_caused_it() {
        let of = |count: Count| value(Some(&count));
        assert_eq!(of(Count::Whole(7)), Ok(Some(7.0)));
        assert!(matches!(of(Count::Partial("hidden".into())), Err(RunFault::Unreadable { .. })), "the run's own");
        assert!(matches!(of(Count::Shared("others".into())), Err(RunFault::Disturbed { .. })), "the machine's, for now");
        assert!(matches!(of(Count::Refused("no".into())), Err(RunFault::Harness { .. })), "the machine's, for good");
        assert_eq!(value(None), Ok(None));
    }
}
