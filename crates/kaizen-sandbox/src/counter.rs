//! What the kernel counts of a run beside its time, with `perf_event_open`: the user-space work of the whole process tree.
//!
//! The warden opens the counter on itself before it forks and never executes anything, so the counter stands still there; the candidate
//! inherits it, and it runs from the candidate's exec on, in every process the candidate starts. The candidate holds no descriptor of it and
//! its call filter refuses it counters of its own. What it can do is execute a program that it may not read, which the kernel does not
//! count; so the time that was counted is compared with the time that was used. Not here: a fall-back for machines without counters.

use crate::sys::{self, EventAttributes};
use nix::errno::Errno;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counter {
    /// Instructions in user space, by the processor's own counters.
    Instructions,
    /// Nanoseconds on a processor, by the kernel: works on every machine, and goes the same way.
    TaskClock,
}

/// What a run's counter showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Count {
    /// All of the run was counted.
    Whole(u64),
    /// Part of it was not, for this reason; the number would flatter.
    Partial(String),
    /// Others used the processor's counters meanwhile; another run may have them for itself.
    Shared(String),
    /// There was no counter to be had, for this reason.
    Refused(String),
}

/// Why this machine lacks a counter; `None` where it has it.
pub fn absence(counter: Counter) -> Option<String> {
    let tried = Open::of_this_thread(counter).and_then(|mut open| {
        let spun: u64 = (0..20_000_u64).fold(0, |sum, step| std::hint::black_box(sum ^ step));
        std::hint::black_box(spun);
        open.read()
    });
    match tried {
        Ok(reading) if reading.value > 0 => None,
        Ok(_) => Some("the counter stands still; virtual machines often hide it".to_owned()),
        Err(error) => Some(refusal(&error)),
    }
}

fn refusal(error: &io::Error) -> String {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOENT | Errno::EOPNOTSUPP | Errno::ENODEV | Errno::ENXIO) => {
            "no performance counters; virtual machines often hide them".to_owned()
        }
        Some(Errno::EACCES | Errno::EPERM) => {
            "the kernel or a container's call filter refuses them: kernel.perf_event_paranoid may be at most 2".to_owned()
        }
        Some(Errno::ENOSYS) => "the kernel was built without performance counters".to_owned(),
        _ => error.to_string(),
    }
}

/// A counter of this process and what it will start.
#[derive(Debug)]
pub(crate) struct Open(File);

/// What a counter shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    value: u64,
    /// Nanoseconds its processes ran while it was to count.
    enabled: u64,
    /// Nanoseconds it did count: less where others used the hardware.
    running: u64,
}

impl Open {
    /// Counts from the next exec of a process forked after this.
    pub(crate) fn of_children(counter: Counter) -> io::Result<Self> {
        const DISABLED: u64 = 1;
        const INHERIT: u64 = 1 << 1;
        const ENABLE_ON_EXEC: u64 = 1 << 12;
        Self::with(counter, DISABLED | INHERIT | ENABLE_ON_EXEC)
    }

    fn of_this_thread(counter: Counter) -> io::Result<Self> {
        Self::with(counter, 0)
    }

    fn with(counter: Counter, flags: u64) -> io::Result<Self> {
        const EXCLUDE_KERNEL: u64 = 1 << 5;
        const EXCLUDE_HYPERVISOR: u64 = 1 << 6;
        /// Total time enabled and total time running follow the value.
        const BOTH_TIMES: u64 = 3;
        let (kind, config) = match counter {
            Counter::Instructions => (0, 1),
            Counter::TaskClock => (1, 1),
        };
        let attributes = EventAttributes::counting(kind, config, BOTH_TIMES, flags | EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR);
        sys::open_event(&attributes).map(|opened| Self(File::from(opened)))
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// The sum over this process and everything that inherited it, alive or not.
    pub(crate) fn read(&mut self) -> io::Result<Reading> {
        let mut bytes = [0; 24];
        self.0.read_exact(&mut bytes)?;
        let at = |index: usize| bytes[8 * index..].first_chunk().map_or(0, |word| u64::from_ne_bytes(*word));
        Ok(Reading { value: at(0), enabled: at(1), running: at(2) })
    }
}

/// The warden's word on the counter, behind the status in its last note: what it shows, and what the warden itself used.
pub(crate) fn told(counter: &mut Option<io::Result<Open>>) -> Vec<u8> {
    let read = match counter {
        None => return Vec::new(),
        Some(Ok(open)) => open.read(),
        Some(Err(error)) => return refused(error),
    };
    match read {
        Ok(reading) => {
            let numbers = [reading.value, reading.enabled, reading.running, nanoseconds(sys::own_cpu())];
            [b'C'].into_iter().chain(numbers.into_iter().flat_map(u64::to_le_bytes)).collect()
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &io::Error) -> Vec<u8> {
    [b"R", refusal(error).as_bytes()].concat()
}

/// Reads the warden's word. `cpu` is what the warden and all below it used, `preparation` what the candidate's process used before its exec.
pub(crate) fn heard(told: &[u8], cpu: Duration, preparation: Duration) -> Option<Count> {
    match told.split_first()? {
        (b'C', numbers) => {
            let at = |index: usize| numbers.get(8 * index..).and_then(<[u8]>::first_chunk).map(|word| u64::from_le_bytes(*word));
            let reading = Reading { value: at(0)?, enabled: at(1)?, running: at(2)? };
            let of_ours = Duration::from_nanos(at(3)?) + preparation;
            Some(judged(reading, cpu.saturating_sub(of_ours)))
        }
        (_, why) => Some(Count::Refused(String::from_utf8_lossy(why).into_owned())),
    }
}

/// What a run may keep from the counter: what lies between our measuring points, in every process of it.
const UNCOUNTED: (u32, Duration) = (50, Duration::from_millis(10));

fn judged(reading: Reading, cpu: Duration) -> Count {
    let enabled = Duration::from_nanos(reading.enabled);
    let hidden = cpu.saturating_sub(enabled);
    if hidden > cpu / UNCOUNTED.0 + UNCOUNTED.1 {
        let share = 100.0 * hidden.as_secs_f64() / cpu.as_secs_f64();
        return Count::Partial(format!("{share:.0} % of its processor time passed in programs that the kernel does not count"));
    }
    if reading.running < reading.enabled {
        let share = 100.0 * (1.0 - reading.running as f64 / reading.enabled as f64);
        return Count::Shared(format!("others used the processor's counters for {share:.0} % of the run"));
    }
    Count::Whole(reading.value)
}

/// As the notes have it.
pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_run_that_was_counted_from_end_to_end_gives_its_number() {
        let reading = Reading { value: 7, enabled: SECOND, running: SECOND };
        assert_eq!(judged(reading, Duration::from_millis(1025)), Count::Whole(7), "what lies between two looks is no hiding");
    }

    #[test]
    fn time_that_was_used_and_not_counted_makes_the_number_worthless() {
        let reading = Reading { value: 7, enabled: SECOND, running: SECOND };
        assert!(matches!(judged(reading, Duration::from_secs(2)), Count::Partial(why) if why.starts_with("50 %")));
    }

    #[test]
    fn a_counter_shared_with_others_gives_no_number() {
        let reading = Reading { value: 7, enabled: SECOND, running: SECOND / 4 };
        assert!(matches!(judged(reading, Duration::from_secs(1)), Count::Shared(why) if why.contains("75 %")));
    }

    #[test]
    fn a_refusal_comes_through_with_its_reason_and_nothing_asked_is_nothing_told() {
        let mut refused = Some(Err(io::Error::from_raw_os_error(Errno::EACCES as i32)));
        assert!(
            matches!(heard(&told(&mut refused), Duration::ZERO, Duration::ZERO), Some(Count::Refused(why)) if why.contains("perf_event_paranoid"))
        );
        assert_eq!(heard(&told(&mut None), Duration::ZERO, Duration::ZERO), None);
    }

    #[test]
    fn the_kernels_own_clock_can_be_counted_on_every_machine() {
        assert_eq!(absence(Counter::TaskClock), None);
    }
}
