//! A command whose time and memory are the measurement: metrics `seconds` and `max_rss_bytes`, by the supervisor's clock.
//!
//! The command must succeed: how fast something failed says nothing.

use super::exit_code::ExitCode;
use super::{Adapter, BUILD_FILES, Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::RunFault;

/// See the module.
pub(super) struct Time;

impl Adapter for Time {
    fn name(&self) -> &'static str {
        "time"
    }

    fn protected(&self) -> &'static [&'static str] {
        &BUILD_FILES
    }

    fn can_select(&self, _command: &str) -> bool {
        false
    }

    /// The clock is outside, but whether the work was done is the command's own word.
    fn in_process(&self) -> bool {
        true
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        Invocation::shell(request.command)
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let reading = ExitCode.read(request, finished)?;
        match reading.cases.values().find_map(|case| case.message.clone()) {
            Some(detail) => Err(RunFault::Incomplete { detail }),
            None => Ok(reading),
        }
    }
}
