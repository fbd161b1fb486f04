//! What `init` says: lines for people, one object for programs.

use super::Findings;
use crate::output::{Output, Style};
use crate::render::plural;
use kaizen_api::v1::{InitCandidate, InitDifference, InitHoldout, InitOutside, InitResult, InitSensitivity};
use kaizen_domain::scorecard::CaseOutcome;
use kaizen_engine::config::{FILE, ProjectName};
use kaizen_engine::detect::Detected;
use kaizen_engine::init::outside::{Difference, OutsideRun};
use kaizen_engine::init::sensitivity::Sensitivity;
use kaizen_engine::init::{Proven, Refused, split};
use kaizen_sandbox::backend::Tier;
use std::path::Path;

/// How many differing cases are listed.
const LISTED: usize = 12;

/// A line with its subject in front.
fn say(output: &Output, subject: &str, text: impl AsRef<str>) {
    if !output.json {
        output.line(format!("  {subject:<9}  {}", text.as_ref()));
    }
}

/// What was found and from where.
pub(super) fn found(output: &Output, root: &Path, candidates: &[Detected]) {
    let Some(first) = candidates.first() else { return };
    if !output.json {
        output.line(format!("{}  ·  {}", output.style(Style::Strong, &first.name), root.display()));
    }
    for (place, candidate) in candidates.iter().enumerate() {
        say(output, if place == 0 { "found" } else { "or" }, one_line(candidate));
    }
    let same = |of: fn(&Detected) -> &Vec<String>| of(first).join("  ");
    say(output, "levers", same(|one| &one.levers));
    if !first.protect.is_empty() {
        say(output, "protected", same(|one| &one.protect));
    }
}

fn one_line(candidate: &Detected) -> String {
    format!("{}   ({}, from {})", candidate.command, candidate.format, candidate.source)
}

/// What did not work.
pub(super) fn refused(output: &Output, refused: &[Refused]) {
    for one in refused {
        say(output, "refused", format!("{}: {}", one.candidate.command, one.why));
    }
}

/// What works.
pub(super) fn proven(output: &Output, proven: &Proven, tier: Tier) {
    let standing = &proven.standing;
    say(output, "chosen", one_line(&proven.candidate));
    say(
        output,
        "inside",
        format!(
            "{}/{} cases   {}/{} points   {:.1} s   sandbox: {tier}",
            standing.passing, standing.executed, standing.points, standing.worth, standing.seconds
        ),
    );
    match &proven.sensitivity {
        Sensitivity::Moved { file, before, after: Some(after) } => {
            say(output, "feels", format!("{file} broken on purpose: {before} -> {after} points"));
        }
        Sensitivity::Moved { file, .. } => say(output, "feels", format!("{file} broken on purpose: the benchmark gives no result")),
        Sensitivity::Untested { why } => say(output, "feels", format!("not tested: {why}")),
        Sensitivity::Unmoved { .. } => {}
    }
    proven.candidate.notes.iter().for_each(|note| say(output, "note", note));
    if proven.base.dirty > 0 {
        let paths = plural(proven.base.dirty, "path");
        say(output, "note", format!("{} uncommitted {paths} left out: the commit is what is measured", proven.base.dirty));
    }
}

/// The run outside and what differs.
pub(super) fn compared(output: &Output, findings: &Findings) {
    match &findings.outside {
        None => say(output, "outside", "not compared: nobody said yes (kaizen init --yes runs it once, in a throw-away copy)"),
        Some(run) => say(output, "outside", outside_line(run, &findings.differences)),
    }
    for one in findings.differences.iter().take(LISTED) {
        say(output, "differs", format!("{}   {}", one.case, one.why));
        if let Some(mend) = &one.mend {
            say(output, "", format!("mend: {mend}"));
        }
    }
    for one in findings.outside.iter().flat_map(|run| &run.unsteady).take(LISTED) {
        say(output, "unsteady", format!("{one}   ended differently in two runs outside"));
    }
    let more = findings.differences.len().saturating_sub(LISTED);
    if more > 0 {
        say(output, "", format!("and {more} more {}", plural(more, "case")));
    }
}

fn outside_line(run: &OutsideRun, differences: &[Difference]) -> String {
    match counts(run) {
        Ok((passing, executed)) => {
            let same = if differences.is_empty() { ": the same cases, and they end the same way" } else { "" };
            format!("{passing}/{executed} cases   {:.1} s{same}", run.wall.as_secs_f64())
        }
        Err(fault) => format!("no result to compare: it {fault}"),
    }
}

fn counts(run: &OutsideRun) -> Result<(usize, usize), String> {
    let cases = run.cases.as_ref().map_err(ToString::to_string)?;
    let count = |wanted: fn(CaseOutcome) -> bool| cases.values().filter(|seen| wanted(seen.outcome)).count();
    Ok((count(|outcome| outcome == CaseOutcome::Pass), count(|outcome| outcome != CaseOutcome::Skip)))
}

/// The hold-out, or how to have one.
pub(super) fn holdout(output: &Output, findings: &Findings) {
    let suggestion = match &findings.holdout {
        Some(found) if found.state != "suggested" => {
            let cases = found.card.as_ref().map_or(0, |card| card.executed());
            return say(output, "hold-out", format!("{}   {cases} {}", found.split.command, plural(cases, "case")));
        }
        Some(suggested) => {
            say(output, "hold-out", format!("none. {} could be set aside; below [benchmark]:", suggested.split.files.join(", ")));
            suggested.split.clone()
        }
        None => {
            say(output, "hold-out", "none. With cases of your own that no proposer sees, add below [benchmark]:");
            split::own(&findings.proven.candidate)
        }
    };
    say(output, "", format!("holdout.command = {:?}", suggestion.command));
    say(output, "", format!("holdout.files = {:?}", suggestion.files));
}

/// What was written and what comes next.
pub(super) fn written(output: &Output, findings: &Findings) {
    if !findings.choices.ignore.is_empty() {
        let count = findings.choices.ignore.len();
        say(output, "ignored", format!("{count} {} in benchmark.ignore", plural(count, "case")));
    }
    say(output, "wrote", FILE);
    say(output, "next", format!("git add {FILE} && git commit -m 'Set up kaizen', then kaizen improve"));
}

/// The wire form.
pub(super) fn result(root: &Path, findings: &Findings) -> InitResult {
    let Proven { candidate, standing, .. } = &findings.proven;
    InitResult {
        schema: "kaizen.init/1".into(),
        r#type: "result".into(),
        file: root.join(FILE).display().to_string(),
        project: ProjectName::near(&candidate.name).to_string(),
        command: candidate.command.clone(),
        format: candidate.format.to_string(),
        source: candidate.source.clone(),
        levers: candidate.levers.clone(),
        candidates: findings.candidates.iter().map(|one| told_candidate(one, findings)).collect(),
        passing: standing.passing as u64,
        executed: standing.executed as u64,
        points: standing.points.value(),
        max: standing.worth.value(),
        seconds: standing.seconds,
        timeout: findings.choices.timeout.map_or_else(String::new, |timeout| timeout.to_string()),
        tier: findings.tier.clone(),
        outside: findings.outside.as_ref().map(told_outside),
        differences: findings.differences.iter().map(told_difference).collect(),
        ignored: findings.choices.ignore.clone(),
        sensitivity: told_sensitivity(&findings.proven.sensitivity),
        holdout: findings.holdout.as_ref().map(|one| InitHoldout {
            state: one.state.to_owned(),
            command: one.split.command.clone(),
            files: one.split.files.clone(),
        }),
        notes: candidate.notes.clone(),
        next: "kaizen improve".into(),
    }
}

fn told_candidate(one: &Detected, findings: &Findings) -> InitCandidate {
    let refused = findings.refused.iter().find(|refused| refused.candidate.command == one.command);
    let chosen = findings.proven.candidate.command == one.command;
    InitCandidate {
        command: one.command.clone(),
        format: one.format.to_string(),
        source: one.source.clone(),
        works: if chosen { Some(true) } else { refused.map(|_| false) },
        why: refused.map(|refused| refused.why.clone()),
    }
}

fn told_outside(run: &OutsideRun) -> InitOutside {
    let seconds = run.wall.as_secs_f64();
    let unsteady = run.unsteady.iter().map(ToString::to_string).collect();
    match counts(run) {
        Ok((passing, executed)) => InitOutside { passing: passing as u64, executed: executed as u64, seconds, unsteady, fault: None },
        Err(fault) => InitOutside { passing: 0, executed: 0, seconds, unsteady, fault: Some(fault) },
    }
}

fn told_difference(one: &Difference) -> InitDifference {
    let word = |outcome: Option<CaseOutcome>| {
        let name = |outcome| match outcome {
            CaseOutcome::Pass => "pass",
            CaseOutcome::Fail => "fail",
            CaseOutcome::Error => "error",
            CaseOutcome::Skip => "skip",
        };
        outcome.map(|outcome| name(outcome).to_owned())
    };
    InitDifference {
        case: one.case.to_string(),
        inside: word(one.inside),
        outside: word(one.outside),
        why: one.why.clone(),
        mend: one.mend.clone(),
    }
}

fn told_sensitivity(sensitivity: &Sensitivity) -> InitSensitivity {
    match sensitivity {
        Sensitivity::Moved { file, after, .. } => {
            InitSensitivity { moved: Some(true), file: Some(file.to_string()), points: after.map(|after| after.value()) }
        }
        Sensitivity::Unmoved { tried, .. } => {
            InitSensitivity { moved: Some(false), file: tried.first().map(ToString::to_string), points: None }
        }
        Sensitivity::Untested { .. } => InitSensitivity { moved: None, file: None, points: None },
    }
}
