//! `kaizen check`

mod github;
mod page;
mod text;

use super::report::Reports;
use super::time;
use super::weaknesses::word;
use crate::args::{self, FailOn};
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::wire::{Wanted, require_trust_of_grants, wire};
use kaizen_api::v1::{CheckResult, CheckedQuantity, LogEvidence};
use kaizen_domain::scorecard::CaseId;
use kaizen_engine::check::{Compared, Report, Wish, check};
use kaizen_engine::config::quantity::Percent;
use kaizen_engine::context::Permit;
use kaizen_engine::error::EngineError;
use kaizen_engine::progress::Progress;
use std::time::Instant;

/// Judges a change; the exit code follows `--fail-on`.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Check) -> Result<u8, EngineError> {
    let reports = Reports::asked(&wanted.report)?;
    let wish = wish(wanted)?;
    let permit = Permit { unsandboxed: wanted.allow_unsandboxed, ..Permit::default() };
    let mut wired = wire(here, output, Wanted { permit, ..Wanted::default() }).await?;
    require_trust_of_grants(&wired, output).await?;
    wired.context.git = wired.context.git.aside()?;
    let started = Instant::now();
    let report = check(&wired.context, &wish).await?;
    wired.context.report(Progress::Finished);
    let result = result(&report, wanted.fail_on, started.elapsed().as_secs_f64());
    let page = page::page(&result);
    reports.write(&page, &result)?;
    github::tell(output, &result, &page)?;
    output.either(&result, || text::told(output, &result))?;
    Ok(result.exit_code)
}

fn wish(wanted: &args::Check) -> Result<Wish, EngineError> {
    let margin = wanted.margin.clone().map(Percent::try_from).transpose();
    let margin = margin.map_err(|wrong| EngineError::usage(wrong.to_string(), wrong.hint))?;
    if let Some(zero) = margin.filter(|margin| margin.share() <= 0.0 || margin.share() >= 1.0) {
        return Err(EngineError::usage(format!("--margin {zero} is out of range"), "write more than 0% and less than 100%"));
    }
    Ok(Wish {
        base: wanted.base.clone(),
        head: wanted.head.clone(),
        dirty: wanted.dirty,
        until: Some(now() + time::span(&wanted.duration)?),
        margin: margin.map(Percent::share),
        time: wanted.time,
    })
}

fn result(report: &Report, fail_on: FailOn, seconds: f64) -> CheckResult {
    let names = |cases: &[CaseId]| cases.iter().map(ToString::to_string).collect::<Vec<_>>();
    let verdict = word(&report.verdict);
    let cases = &report.cases;
    let of_quantity = report.compared.iter().flat_map(|compared| compared.conclusion.reasons.iter().map(ToString::to_string));
    CheckResult {
        schema: "kaizen.check/1".into(),
        r#type: "result".into(),
        base: report.ends.base.clone(),
        head: report.ends.head.clone(),
        dirty: report.ends.dirty,
        files: report.ends.files.clone(),
        judge: report.judge.clone(),
        judged_apart: report.apart,
        passing: cases.passing as u64,
        executed: cases.executed as u64,
        gained: names(&cases.gained),
        lost: names(&cases.lost),
        removed: names(&cases.removed),
        quantity: report.compared.as_ref().map(quantity),
        reasons: cases.reasons.iter().cloned().chain(of_quantity).collect(),
        tier: report.tier.clone(),
        seconds,
        exit_code: u8::from(fails(&verdict, fail_on)),
        verdict,
    }
}

fn fails(verdict: &str, on: FailOn) -> bool {
    match on {
        FailOn::Worse => verdict == "worse",
        FailOn::NotBetter => verdict != "better",
        FailOn::Undecided => matches!(verdict, "worse" | "cannot_tell"),
    }
}

/// The evidence of a quantity; changes as shares of the metric itself.
fn quantity(compared: &Compared) -> CheckedQuantity {
    let seen = &compared.conclusion;
    // Where nothing is excluded the gate answers with the largest number there is.
    let change = |gain: f64| (gain.abs() < f64::MAX).then(|| if compared.lower { (-gain).exp_m1() } else { gain.exp_m1() });
    let (one, other) = (change(seen.low), change(seen.high));
    let (low, high) = if compared.lower { (other, one) } else { (one, other) };
    CheckedQuantity {
        metric: compared.metric.clone(),
        verdict: word(&seen.verdict),
        pairs: seen.pairs,
        measured_again: compared.again,
        low,
        high,
        margin: compared.margin,
        noise: compared.noise,
        provable: compared.provable,
        better: seen.better,
        not_worse: seen.not_worse,
        worse: seen.worse,
        further_pairs: seen.further,
        further_minutes: seen.further.map(|pairs| f64::from(pairs) * compared.pair_seconds / 60.0),
        differences: compared.course.differences.clone(),
        log_evidence: LogEvidence {
            better: compared.course.better.clone(),
            not_worse: compared.course.not_worse.clone(),
            worse: compared.course.worse.clone(),
            needed: compared.course.needed,
        },
    }
}
