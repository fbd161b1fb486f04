//! Any command that prints its numbers: each `[[metric]]` with `source = "regex:..."` finds its own in the text.
//!
//! This adapter only runs the command, both streams as one text, and wants it to end with 0. What the patterns find, and that each finds
//! exactly one number, is the judge's part, because patterns belong to the metrics and not to the format.

use super::time::Time;
use super::{Adapter, Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::RunFault;

/// See the module.
pub(super) struct Regex;

impl Adapter for Regex {
    fn name(&self) -> &'static str {
        "regex"
    }

    fn channel(&self) -> &'static str {
        "The text the command prints, for a command that ends with 0; each pattern must find one number in it."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test that runs in the command's own process can print the text itself."
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        Invocation { merge_output: true, ..Invocation::shell(request.command) }
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        Time.read(request, finished)
    }
}
