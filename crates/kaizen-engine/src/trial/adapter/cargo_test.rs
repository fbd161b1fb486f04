//! `cargo test` with the standard harness: unit tests, integration tests, documentation tests.
//!
//! Ids are the suite and the test's path, without hashes and line numbers: `lib::path::name`, `bin/NAME::path::name`,
//! `tests/FILE::path::name`, `examples/FILE::...`, `benches/FILE::...`, `doc::src/lib.rs - item` (`#2` and so on for further examples
//! of one item, in the order of their lines). NAME is as in the file system, with underscores. Where one run covers several libraries
//! they are `lib/NAME` and `doc/NAME`; other suites of the same name get `#2` and so on in the order in which cargo runs them.
//! Each suite must report as many tests as it announced and end with a summary that agrees. Test targets with a harness of their own
//! cannot be read and are a fault. Unit tests inside source files are part of the code under test: no glob can protect them.

mod command;
mod output;

use super::sound::{agrees, exit_code, something_ran};
use super::text::last_lines;
use super::{Adapter, Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::RunFault;

/// See the module.
pub(super) struct CargoTest;

impl Adapter for CargoTest {
    fn name(&self) -> &'static str {
        "cargo-test"
    }

    fn channel(&self) -> &'static str {
        "The text of `cargo test` and the test binaries, suite by suite: announced number, each test, and a summary that agrees."
    }

    fn unprevented(&self) -> &'static str {
        "A test binary holds the code under test: it can print the text of a suite that passed and end early. Unit tests inside source files can be edited with the code."
    }

    /// Besides tests: the manifests, and everything else that decides what is compiled and by what.
    fn protected(&self) -> Vec<&'static str> {
        vec![
            "tests/**",
            "**/tests/**",
            "**/tests.rs",
            "**/build.rs",
            "**/.cargo/**",
            "**/Cargo.toml",
            "Cargo.lock",
            "rust-toolchain",
            "rust-toolchain.toml",
        ]
    }

    fn can_select(&self, command: &str) -> bool {
        command::calls_cargo_test(command)
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        let mut invocation = Invocation::shell(&command::rewrite(request.command, request.only))
            .with("CARGO_TERM_COLOR", "never")
            .with("CARGO_TERM_QUIET", "false")
            .with("CARGO_TERM_VERBOSE", "false")
            .with("CARGO_NET_OFFLINE", "true")
            .with("RUST_BACKTRACE", "1");
        invocation.merge_output = true;
        invocation
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        let output = output::Output::parse(finished.stdout);
        if output.has_no_suite() && code != 0 {
            return Err(RunFault::Incomplete { detail: output.why_nothing_was_built().unwrap_or_else(|| last_lines(finished)) });
        }
        let cases = output.cases()?;
        something_ran(&cases, finished)?;
        agrees(code, &cases, finished)?;
        Reading::of(cases, finished).select(request.only)
    }
}
