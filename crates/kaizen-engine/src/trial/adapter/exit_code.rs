//! Any command: one case, `exit-code`, which passes when the command exits with zero.

use super::sound::exit_code;
use super::text::last_lines;
use super::{Adapter, Finished, RawCase, Reading, Request};
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
use std::collections::BTreeMap;

/// The only case's id.
pub(super) const CASE: &str = "exit-code";

/// See the module.
pub(super) struct ExitCode;

impl Adapter for ExitCode {
    fn name(&self) -> &'static str {
        "exit-code"
    }

    fn channel(&self) -> &'static str {
        "The exit code of the command."
    }

    fn unprevented(&self) -> &'static str {
        "Code under test that runs in the command's own process can end it with 0."
    }

    fn read(&self, _request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        let mut case = RawCase::of(if code == 0 { CaseOutcome::Pass } else { CaseOutcome::Fail });
        case.duration = Some(finished.wall);
        case.message = (code != 0).then(|| format!("exit code {code}: {}", last_lines(finished)));
        Ok(Reading::of(BTreeMap::from([(CaseId(CASE.into()), case)]), finished))
    }
}
