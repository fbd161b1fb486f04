//! A command whose time and memory are the measurement: metrics `seconds` and `max_rss_bytes`, by the supervisor's clock.
//!
//! The command must succeed: how fast something failed says nothing.

use super::exit_code::ExitCode;
use super::{Adapter, Finished, Reading, Request};
use kaizen_domain::scorecard::RunFault;

/// See the module.
pub(super) struct Time;

impl Adapter for Time {
    fn name(&self) -> &'static str {
        "time"
    }

    fn channel(&self) -> &'static str {
        "The supervisor's clock and the kernel's account of memory, for a command that ends with 0."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test can do less work than was asked for and still end with 0: only `checks` and a hold-out look at what it did."
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let reading = ExitCode.read(request, finished)?;
        match reading.cases.values().find_map(|case| case.message.clone()) {
            Some(detail) => Err(RunFault::Incomplete { detail }),
            None => Ok(reading),
        }
    }
}
