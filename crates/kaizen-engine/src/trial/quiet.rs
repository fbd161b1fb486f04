//! Whether the machine was quiet while a run was measured: what others used of its processors, and what a hypervisor took away.
//!
//! A disturbed pair is measured again for both sides. That saves pairs and decides nothing: the coin keeps a disturbance from
//! favouring a side. So on a machine that never rests, pairs are taken as they come after a while.

use crate::error::{EngineError, io};
use std::path::Path;
use std::time::{Duration, Instant};

/// Shorter runs are not judged: the kernel counts in hundredths of a second.
const SHORTEST: Duration = Duration::from_millis(200);
/// Busy beyond this share of all processors, a run had to wait for others.
const SATURATED: f64 = 0.97;
/// What others may use of one processor on a saturated machine.
const FOREIGN: f64 = 0.25;
/// The share of all processors a hypervisor may take away.
const STOLEN: f64 = 0.05;

/// The kernel's account of processor time, in ticks of all processors together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Ticks {
    busy: f64,
    idle: f64,
    stolen: f64,
}

/// A measurement of the machine that began.
#[derive(Debug)]
pub struct Meter {
    before: Ticks,
    began: Instant,
}

impl Meter {
    /// Begins.
    pub fn start() -> Result<Self, EngineError> {
        Ok(Self { before: now()?, began: Instant::now() })
    }

    /// Ends after a run that took `wall` and used `own` processor time: what disturbed it, where something did.
    pub fn disturbance(self, wall: Duration, own: Duration) -> Result<Option<String>, EngineError> {
        let after = now()?;
        let spent =
            Ticks { busy: after.busy - self.before.busy, idle: after.idle - self.before.idle, stolen: after.stolen - self.before.stolen };
        Ok((wall >= SHORTEST).then(|| said(spent, own, self.began.elapsed())).flatten())
    }
}

fn said(spent: Ticks, own: Duration, elapsed: Duration) -> Option<String> {
    let all = spent.busy + spent.idle + spent.stolen;
    if all <= 0.0 {
        return None;
    }
    // All processors together tick for `elapsed` each: that gives their number and the length of a tick.
    let stolen = spent.stolen / all;
    if stolen > STOLEN {
        return Some(format!("a hypervisor took {:.0} % of the processors away", 100.0 * stolen));
    }
    let ticks_a_second = 100.0;
    let seconds = elapsed.as_secs_f64().max(1e-3);
    let foreign = (spent.busy / ticks_a_second - own.as_secs_f64()) / seconds;
    (spent.busy / all > SATURATED && foreign > FOREIGN).then(|| format!("others kept {foreign:.1} processors busy and none was left"))
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

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_kernels_account_is_read_by_its_columns() {
        assert_eq!(parse("cpu  10 1 5 200 4 2 3 7 0 0"), Ticks { busy: 21.0, idle: 204.0, stolen: 7.0 });
    }

    #[test]
    fn others_disturb_only_where_no_processor_was_left() {
        let spent = |busy: f64, idle: f64| Ticks { busy, idle, stolen: 0.0 };
        assert_eq!(said(spent(100.0, 100.0), SECOND, SECOND), None, "one of two processors is ours, the other idle");
        assert_eq!(said(spent(180.0, 20.0), SECOND, SECOND), None, "others work where there is room");
        assert!(said(spent(200.0, 0.0), SECOND, SECOND).is_some_and(|why| why.contains("1.0 processors")));
        assert_eq!(said(spent(200.0, 0.0), 2 * SECOND, SECOND), None, "all of it is ours");
    }

    #[test]
    fn what_a_hypervisor_takes_away_disturbs() {
        let spent = Ticks { busy: 100.0, idle: 60.0, stolen: 40.0 };
        assert!(said(spent, SECOND, SECOND).is_some_and(|why| why.contains("20 %")));
    }

    #[test]
    fn a_short_run_is_never_disturbed() {
        let meter = Meter::start().unwrap();
        assert_eq!(meter.disturbance(Duration::from_millis(5), Duration::ZERO).unwrap(), None);
    }
}
