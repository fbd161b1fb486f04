//! Reasons in words: one line each, which a person can read.
//!
//! Evidence is printed as a plain number up to a million and in powers of ten beyond; effects are printed in percent.

use super::{Guarded, HarmUnit, Reason};
use crate::scorecard::CaseId;
use std::fmt;

fn list(cases: &[CaseId]) -> String {
    let shown: Vec<&str> = cases.iter().take(3).map(|case| case.0.as_str()).collect();
    match cases.len() {
        0..=3 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), more - 3),
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "case" } else { "cases" }
}

fn passes(count: usize) -> &'static str {
    if count == 1 { "case passes" } else { "cases pass" }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gained { cases } => write!(f, "gained {} {}: {}", cases.len(), plural(cases.len()), list(cases)),
            Self::NothingGained => f.write_str("gained no case"),
            Self::Lost { cases } => write!(f, "lost {} {}: {}", cases.len(), plural(cases.len()), list(cases)),
            Self::CaseSetChanged { missing, extra } => {
                write!(f, "ran another set of cases: {} missing", missing.len())?;
                if !missing.is_empty() {
                    write!(f, " ({})", list(missing))?;
                }
                write!(f, ", {} new", extra.len())?;
                if extra.is_empty() { Ok(()) } else { write!(f, " ({})", list(extra)) }
            }
            Self::Flaky { cases } => write!(f, "{} {} did not repeat themselves: {}", cases.len(), plural(cases.len()), list(cases)),
            Self::CandidateFault { detail } => write!(f, "the candidate {detail}"),
            Self::BaselineFault { detail } => write!(f, "the baseline {detail}"),
            Self::HoldoutLost { cases, failed, runs } => {
                let others = if cases.len() > 1 { format!(" and {} more", cases.len() - 1) } else { String::new() };
                let first = cases.first().map_or("", |case| case.0.as_str());
                write!(f, "hold-out {first}{others} failed {failed} of {runs} (passes {runs} of {runs} on the baseline)")
            }
            Self::HoldoutKept { passing, total } => write!(f, "hold-out {passing}/{total}, none lost"),
            Self::Passes { case, before, after, pairs } => {
                write!(f, "{case} passes {before:.2} -> {after:.2} of the runs ({})", pairs_of(*pairs))
            }
            Self::Flakier { cases } => write!(f, "{} flaky {} less often: {}", cases.len(), passes(cases.len()), list(cases)),
            Self::Proven { bound, alpha } => write!(f, "proof {bound:.1e} <= {alpha:.1e}"),
            Self::NotProven { bound, alpha } => write!(f, "proof {bound:.1e} > {alpha:.1e}"),
            Self::CheckFailed { command } => write!(f, "check `{command}` passed before and fails after"),
            Self::NoLevel => f.write_str("tonight's error budget is spent: nothing can be proven before tomorrow"),
            Self::PlanUnusable { detail } => write!(f, "the plan cannot be worked with: {detail}"),
            Self::TooFewTasks { tasks, required } => write!(f, "{tasks} of {required} required cases were run"),
            statistical => f.write_str(&measured(statistical)),
        }
    }
}

/// Reasons of the statistical lane; empty for those of the exact one.
fn measured(reason: &Reason) -> String {
    match reason {
        Reason::EvidenceReached { dev_pairs, dev, holdout_pairs, holdout, needed, same_workload } => {
            let fresh = if *same_workload { "fresh pairs of the same workload" } else { "hold-out" };
            let (dev_pairs, holdout_pairs) = (pairs_of(*dev_pairs), pairs_of(*holdout_pairs));
            let together = number((dev * holdout).min(f64::MAX));
            let (dev, holdout, needed) = (number(*dev), number(*holdout), number(*needed));
            format!("{dev_pairs}, evidence {dev}; {fresh}: {holdout_pairs}, evidence {holdout}; together {together} of {needed}")
        }
        Reason::Futile { stage, pairs, evidence, floor } => {
            let (pairs, evidence, floor) = (pairs_of(*pairs), number(*evidence), number(*floor));
            format!("{stage}: {pairs}, evidence {evidence}: more would not help (it should be {floor} by then)")
        }
        Reason::CapReached { stage, pairs, evidence, needed, further } => {
            let more = further.map_or_else(|| "no number of pairs in sight".to_owned(), |more| format!("about {} more", pairs_of(more)));
            format!("{stage}: {}, evidence {} of {}, {more}", pairs_of(*pairs), number(*evidence), number(*needed))
        }
        Reason::EffectTooSmall { effect, min_gain, pairs } => {
            format!("better by {}, asked for {} ({})", percent(*effect), percent(*min_gain), pairs_of(*pairs))
        }
        Reason::GuardrailPassed(guarded) => format!("{} passed", guard(guarded)),
        Reason::GuardrailNotProven(guarded) => format!("{} not proven", guard(guarded)),
        Reason::GuardrailBroken(guarded) => format!("{} BROKEN", guard(guarded)),
        Reason::GuardrailUnprovable { name, margin, scale, unit } => {
            let (margin, scale) = (harm(*margin, *unit), harm(*scale, *unit));
            format!("{name}: a limit of {margin} cannot be proven here, where one pair varies by {scale}")
        }
        Reason::Stalls { candidate, baseline, pairs } => {
            format!("the candidate stalls in {candidate} of {}, the baseline in {baseline}", pairs_of(*pairs))
        }
        Reason::HarnessFaults { pairs, detail } => {
            format!("{} lost to faults that say nothing about the candidate: {detail}", pairs_of(*pairs))
        }
        Reason::Disturbed { pairs, detail } => format!("the machine is not quiet: {} disturbed, the last {detail}", pairs_of(*pairs)),
        Reason::CoinContradicted { stage, pair, detail } => format!("{stage} pair {pair} was not run as its coin said: {detail}"),
        values => of_values(values),
    }
}

/// Reasons that lie in a metric's values.
fn of_values(reason: &Reason) -> String {
    match reason {
        Reason::MetricMissing { metric, stage, pair, arm } => format!("{stage} pair {pair}: the {arm} gave no {metric}"),
        Reason::MetricNotPositive { metric, stage, pair, arm, value } => {
            format!("{stage} pair {pair}: {metric} of the {arm} is {value}, which has no ratio to anything")
        }
        Reason::MetricConstant { pairs } => format!("the same value in every run of {}", pairs_of(*pairs)),
        Reason::UnitChanged { metric, factor } => {
            format!("{metric} changed by a factor of {}: rather another unit than another speed", number(*factor))
        }
        _ => String::new(),
    }
}

fn guard(guarded: &Guarded) -> String {
    let Guarded { name, harm: seen, margin, unit, evidence, pairs } = guarded;
    let (seen, margin) = (harm(*seen, *unit), harm(*margin, *unit));
    format!("{name} {seen} (limit {margin}, {}, evidence {})", pairs_of(*pairs), number(*evidence))
}

fn harm(value: f64, unit: HarmUnit) -> String {
    match unit {
        HarmUnit::Relative => percent(value),
        HarmUnit::Share => format!("{:+.1} points", 100.0 * value),
        HarmUnit::Absolute => format!("{value:+.3}"),
    }
}

fn percent(share: f64) -> String {
    format!("{:+.1} %", 100.0 * share)
}

fn pairs_of(count: u32) -> String {
    format!("{count} {}", if count == 1 { "pair" } else { "pairs" })
}

fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1e6 || (size > 0.0 && size < 0.01) => format!("{value:.1e}"),
        size if size >= 10.0 => format!("{value:.0}"),
        _ => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Stage;

    #[test]
    fn evidence_is_told_with_its_pairs_and_its_bar() {
        let reason = Reason::CapReached { stage: Stage::Dev, pairs: 60, evidence: 61.4, needed: 1000.0, further: Some(25) };
        assert_eq!(reason.to_string(), "dev: 60 pairs, evidence 61 of 1000, about 25 pairs more");
        let reached =
            Reason::EvidenceReached { dev_pairs: 14, dev: 612.0, holdout_pairs: 7, holdout: 27.0, needed: 10_000.0, same_workload: false };
        assert_eq!(reached.to_string(), "14 pairs, evidence 612; hold-out: 7 pairs, evidence 27; together 16524 of 10000");
    }

    #[test]
    fn a_flaky_case_is_told_by_how_often_it_passes() {
        let reason = Reason::Passes { case: CaseId("a.b".into()), before: 0.521, after: 1.0, pairs: 38 };
        assert_eq!(reason.to_string(), "a.b passes 0.52 -> 1.00 of the runs (38 pairs)");
        assert_eq!(Reason::Flakier { cases: vec![CaseId("a.c".into())] }.to_string(), "1 flaky case passes less often: a.c");
    }

    #[test]
    fn a_guardrail_is_told_in_its_own_unit() {
        let guarded = |unit| Guarded { name: "memory".into(), harm: 0.031, margin: 0.05, unit, evidence: 61.0, pairs: 21 };
        let said = |unit| Reason::GuardrailPassed(guarded(unit)).to_string();
        assert_eq!(said(HarmUnit::Relative), "memory +3.1 % (limit +5.0 %, 21 pairs, evidence 61) passed");
        assert_eq!(said(HarmUnit::Share), "memory +3.1 points (limit +5.0 points, 21 pairs, evidence 61) passed");
        assert_eq!(said(HarmUnit::Absolute), "memory +0.031 (limit +0.050, 21 pairs, evidence 61) passed");
    }

    #[test]
    fn a_reason_is_stored_under_its_name_and_read_back() {
        let reason = Reason::GuardrailBroken(Guarded {
            name: "cost".into(),
            harm: 0.2,
            margin: 0.05,
            unit: HarmUnit::Relative,
            evidence: 88.0,
            pairs: 9,
        });
        let json = serde_json::to_string(&reason).unwrap();
        assert!(json.contains(r#""reason":"guardrail_broken""#) && json.contains(r#""name":"cost""#), "{json}");
        assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), reason);
    }
}
