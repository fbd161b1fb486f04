//! Criterion.rs, 0.3 and later, by `cargo bench` or by `cargo criterion --message-format=json`.
//!
//! `cargo bench` starts its programs through one of the judge's: it gives each that is Criterion's a directory of its own for this run,
//! the smallest sample (ten measurements in half a second after a tenth of warming up, which the source of a benchmark can override), and
//! collects the estimates. `cargo criterion` prints them itself. An id is Criterion's, `group/function/parameter`, its quantity the time
//! of an iteration that Criterion calls typical: the slope over its samples, or their mean where they cannot grow. Benchmarks of the
//! standard harness are run and not read.

use super::quantity::{Benchmarks, before_the_tool, documents, read};
use super::{Adapter, Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::RunFault;
use serde::Deserialize;

/// See the module.
pub(super) struct Criterion;

/// The judge's program that starts benchmarks.
const RUNNER: &str = "kaizen-criterion";

impl Adapter for Criterion {
    fn name(&self) -> &'static str {
        "criterion"
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[(RUNNER, include_str!("reporter/kaizen-criterion"))]
    }

    fn protected(&self) -> Vec<&'static str> {
        let manifests = ["**/build.rs", "**/.cargo/**", "**/Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"];
        [&["benches/**", "**/benches/**"][..], &manifests].concat()
    }

    fn channel(&self) -> &'static str {
        "The estimates each benchmark program writes into a directory made for this run, collected by the judge's own starter of programs; with `cargo criterion`, its messages."
    }

    fn unprevented(&self) -> &'static str {
        "The benchmark's program holds the code under test, which can write estimates, or do less work than was asked for."
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        let mut invocation = before_the_tool(request).with("CARGO_TERM_COLOR", "never").with("CARGO_NET_OFFLINE", "true");
        for libc in ["GNU", "MUSL"] {
            let target = std::env::consts::ARCH.to_uppercase();
            invocation = invocation.with(&format!("CARGO_TARGET_{target}_UNKNOWN_LINUX_{libc}_RUNNER"), RUNNER);
        }
        invocation
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        read(self, request, finished, |benchmarks| match finished.report.filter(|report| !report.is_empty()) {
            Some(report) => documents::<Collected>(report)?.iter().try_for_each(|one| one.add_to(benchmarks)),
            None => messages(benchmarks, finished.stdout),
        })
    }
}

/// One line of the judge's starter: two files of Criterion's.
#[derive(Deserialize)]
struct Collected {
    benchmark: Id,
    estimates: Estimates,
}

#[derive(Deserialize)]
struct Id {
    full_id: String,
}

#[derive(Deserialize)]
struct Estimates {
    mean: Estimate,
    /// Where samples had growing numbers of iterations.
    slope: Option<Estimate>,
}

#[derive(Deserialize)]
struct Estimate {
    /// In nanoseconds.
    point_estimate: f64,
}

impl Collected {
    fn add_to(&self, benchmarks: &mut Benchmarks) -> Result<(), String> {
        let typical = self.estimates.slope.as_ref().unwrap_or(&self.estimates.mean);
        benchmarks.add(&self.benchmark.full_id, typical.point_estimate, "ns")
    }
}

/// A message of cargo-criterion's that says how a benchmark did.
#[derive(Deserialize)]
struct Message {
    id: String,
    typical: Interval,
}

#[derive(Deserialize)]
struct Interval {
    estimate: f64,
    unit: String,
}

/// What kind of message a line is.
#[derive(Deserialize)]
struct Kind {
    reason: String,
}

fn messages(benchmarks: &mut Benchmarks, stdout: &[u8]) -> Result<(), String> {
    let lines = stdout.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| line.first() == Some(&b'{'));
    for (index, line) in lines {
        let at = |error: serde_json::Error| format!("line {}: {error}", index + 1);
        let kind: Kind = serde_json::from_slice(line).map_err(at)?;
        if kind.reason == "benchmark-complete" {
            let message: Message = serde_json::from_slice(line).map_err(at)?;
            benchmarks.add(&message.id, message.typical.estimate, &message.typical.unit)?;
        }
    }
    Ok(())
}
