//! Whether the machine itself ran out of memory: the kernel then ends whom it likes, and what it ended says nothing.
//!
//! A jail that reaches its own limit is another matter: that is the candidate's doing, and reported as such.

use crate::error::EngineError;
use kaizen_sandbox::run::Ended;

/// The kernel's signal for it.
const KILLED: i32 = 9;

/// How often the kernel ended a process for lack of memory since it started; 0 where it does not count.
pub fn shortages() -> u64 {
    std::fs::read_to_string("/proc/vmstat").map_or(0, |text| parse(&text))
}

fn parse(text: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

/// The error where a run was killed and the kernel was short of memory meanwhile. Nothing is recorded of such a run: it begins again.
pub fn refuse(ended: &Ended, before: u64, after: u64) -> Result<(), EngineError> {
    if *ended != Ended::Signal(KILLED) || after <= before {
        return Ok(());
    }
    Err(EngineError::environment(
        "this machine ran out of memory while the benchmark ran, and the kernel ended it",
        "free memory, or lower limits.trial_memory, limits.trial_disk (workspaces lie in memory) or limits.concurrent_trials in kaizen.toml",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_count_is_read() {
        assert_eq!(parse("oom_kill_disable 1\noom_kill 7\nother 3\n"), 7);
        assert_eq!(parse("other 3\n"), 0);
    }

    #[test]
    fn only_a_kill_during_a_shortage_is_the_machines_doing() {
        let said = refuse(&Ended::Signal(9), 3, 4).unwrap_err();
        assert!(said.to_string().contains("ran out of memory") && said.hint().contains("limits.trial_memory"));
        assert!(refuse(&Ended::Signal(9), 3, 3).is_ok(), "a candidate may kill itself");
        assert!(refuse(&Ended::OutOfMemory, 3, 4).is_ok(), "the jail's own limit");
        assert!(refuse(&Ended::Exit(0), 3, 4).is_ok(), "somebody else was ended");
    }
}
