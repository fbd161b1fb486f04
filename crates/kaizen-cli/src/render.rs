//! Progress as text a person reads, or as NDJSON.

use crate::output::{Output, Style};
use indicatif::{ProgressBar, ProgressStyle};
use kaizen_domain::decision::{Decision, Outcome, Reason};
use kaizen_engine::progress::{Progress, Standing};
use kaizen_engine::trial::effect::Change;
use kaizen_gate::calibration::ENOUGH;
use std::sync::Mutex;
use std::time::Duration;

/// The receiver of an engine's progress.
pub fn progress(output: Output) -> Box<dyn Fn(Progress) + Send + Sync> {
    if output.json {
        return Box::new(move |progress| ndjson(&output, &progress));
    }
    let bar = Mutex::new(spinner(&output));
    Box::new(move |progress| {
        let Ok(bar) = bar.lock() else { return };
        if progress == Progress::Finished {
            return bar.finish_and_clear();
        }
        match status(&progress) {
            Some(text) => {
                // Only now: a command that has nothing to wait for must not leave a spinner before its answer.
                if bar.message().is_empty() {
                    bar.enable_steady_tick(Duration::from_millis(120));
                }
                bar.set_message(text);
            }
            None => {
                let text = told(&output, &progress);
                bar.set_message("");
                bar.suspend(|| text.iter().for_each(|line| output.line(line)));
            }
        }
    })
}

fn ndjson(output: &Output, progress: &Progress) {
    let Ok(serde_json::Value::Object(data)) = serde_json::to_value(progress) else { return };
    let mut line = serde_json::Map::from_iter([("schema".to_owned(), "kaizen.progress/1".into()), ("type".to_owned(), "progress".into())]);
    line.extend(data);
    output.line(serde_json::Value::Object(line).to_string());
}

fn spinner(output: &Output) -> ProgressBar {
    if !output.live {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("        {spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

/// Short-lived progress, shown in place on a terminal and nowhere else.
fn status(progress: &Progress) -> Option<String> {
    Some(match progress {
        Progress::Screened { tried, of } => format!("candidate {tried} of at most {of}"),
        Progress::Sampled { runs, proof, passes: Some((case, shares)), .. } => {
            format!("{}, run {runs}, proof {:.0} %", passing(&case.0, *shares), proof * 100.0)
        }
        Progress::Sampled { stage, runs, proof, .. } => format!("{stage:?} run {runs}, proof {:.0} %", proof * 100.0),
        Progress::Preparing { what } => what.clone(),
        Progress::Studied { runs, of, best } => format!("run {runs} of {of}: {best}"),
        Progress::Calibrating { done, of } => format!("learning this machine's noise: pair {done} of {of}"),
        Progress::Effect { done, of } => format!("measuring the effect: pair {done} of {of}"),
        _ => return None,
    })
}

/// What stays on the page.
fn told(output: &Output, progress: &Progress) -> Vec<String> {
    match progress {
        Progress::Project { .. } => project(output, progress),
        Progress::Baseline(standing) => vec![format!("\n  baseline   {}", self::standing(standing))],
        Progress::Weakness { weakness, title, cases: 0, .. } => {
            vec![format!("  {}  {title}", output.style(Style::Strong, &weakness.to_string()))]
        }
        Progress::Resolution { metric, noise, pairs, provable, at_most } => vec![resolution(metric, *noise, *pairs, *provable, *at_most)],
        Progress::Flips { case, passes, runs, pairs, at_most } => vec![format!(
            "  {case} passes in {passes} of {runs} runs; that it always passes is proven in about {pairs} pairs, at most {}",
            span(*at_most)
        )],
        Progress::Measured(change) => vec![format!("          {} after the promotion", self::change(change))],
        Progress::Weakness { weakness, title, lost, cases } => {
            vec![format!(
                "  {}  {title}   {lost} points, {cases} {}",
                output.style(Style::Strong, &weakness.to_string()),
                plural(*cases, "case")
            )]
        }
        Progress::Search { weakness, hypothesis, proposer, candidates } => {
            let head = output.style(Style::Strong, &weakness.to_string());
            vec![format!("\n  {head}  ▸ {proposer}   {hypothesis}, at most {candidates} {}", plural(*candidates, "candidate"))]
        }
        Progress::Leader { summary, tried, .. } => {
            let after = if *tried > 1 { output.style(Style::Dim, &format!("   ({tried} tried)")) } else { String::new() };
            vec![format!("        {summary}{after}")]
        }
        Progress::Decided { decision, .. } => vec![decided(output, decision)],
        Progress::Ended { why, tampering: true, .. } => vec![format!("          {}: {why}", output.style(Style::Bad, "QUARANTINED"))],
        Progress::Ended { why, .. } => vec![output.style(Style::Dim, &format!("          {why}"))],
        Progress::Asked { why, answers, .. } => {
            vec![format!("          {} {why}: {answers}", output.style(Style::Strong, "ASKS YOU"))]
        }
        Progress::Promoted { version, commit, .. } => {
            vec![format!("          {}  {version}  commit {}", output.style(Style::Good, "PROMOTED"), &commit[..commit.len().min(12)])]
        }
        Progress::Note { text } => vec![format!("  note: {text}")],
        Progress::Plan { candidates, at_most } if *candidates > 1 => {
            vec![output.style(Style::Dim, &format!("  plan  at most {candidates} candidates, {} for all of them", span(*at_most)))]
        }
        _ => vec![],
    }
}

/// `tests.a.test_b passes 0.52 -> 1.00 of the runs`.
pub fn passing(case: &str, [before, after]: [f64; 2]) -> String {
    format!("{case} passes {before:.2} -> {after:.2} of the runs")
}

/// `seconds -7.4 %  (95 %: -9.9 ... -4.8), 10 fixed pairs`.
pub fn change(seen: &Change) -> String {
    let pairs = format!("{} fixed pairs{}", seen.pairs, measured_again(seen.again));
    if let Some(shares) = seen.passes {
        return format!("{}, {pairs}", passing(&seen.metric, shares));
    }
    let [middle, low, high] = [seen.change, seen.low, seen.high].map(|share| 100.0 * share);
    format!("{} {middle:+.1} %  (95 %: {low:+.1} ... {high:+.1}), {pairs}", seen.metric)
}

/// What follows a number of pairs, where some of them were measured again.
pub fn measured_again(pairs: u32) -> String {
    if pairs == 0 { String::new() } else { format!(", {pairs} measured again: the machine was not quiet") }
}

/// What a trial can prove, before it begins.
pub fn resolution(metric: &str, noise: f64, pairs: u32, provable: Option<f64>, at_most: Duration) -> String {
    let rough = if pairs < ENOUGH { ", rough" } else { "" };
    let can = match provable {
        Some(effect) => format!("a trial can prove {:.1} % in at most {}", 100.0 * effect, span(at_most)),
        None => "no trial can prove anything in so few pairs".to_owned(),
    };
    format!("  {metric}: one pair varies by {:.2} % ({pairs} pairs{rough}); {can}", 100.0 * noise)
}

fn project(output: &Output, progress: &Progress) -> Vec<String> {
    let Progress::Project { name, format, command, tier, dirty, taken_in, in_place, granted } = progress else { return vec![] };
    let head = output.style(Style::Strong, name);
    let promise = if *in_place { "promotions go into your working tree" } else { "your working tree is not touched" };
    let mut lines = vec![format!("{head}  ·  {format}  ·  sandbox: {tier}  ·  {promise}")];
    if output.verbose > 0 {
        lines.push(format!("  benchmark  {command}"));
    }
    lines.extend(granted.iter().map(|(whose, what)| format!("  {whose}: {what}")));
    let lacking = match tier.as_str() {
        "landlock" => Some("process space, disk cap and /tmp of their own"),
        "bubblewrap" | "container" => Some("disk cap"),
        _ => None,
    };
    lines.extend(lacking.map(|what| format!("  note: candidates have no {what} here; kaizen doctor says why")));
    let paths = format!("{dirty} uncommitted {}", plural(*dirty, "path"));
    match (*dirty, *taken_in) {
        (0, _) => {}
        (_, true) => lines.push(format!("  note: {paths} measured too (--dirty)")),
        (_, false) => lines.push(format!("  note: {paths} left out: HEAD is measured (--dirty takes the tree as it is)")),
    }
    lines
}

/// A baseline in one line.
pub fn standing(standing: &Standing) -> String {
    format!(
        "{}/{} cases   {}/{} points   suite {:.1} s   {} flaky in {} {}",
        standing.passing,
        standing.executed,
        standing.points,
        standing.worth,
        standing.seconds,
        standing.flaky,
        standing.runs,
        plural(standing.runs as usize, "run")
    )
}

fn decided(output: &Output, decision: &Decision) -> String {
    let betrayed = matches!(decision.reasons.first(), Some(Reason::HoldoutLost { .. }));
    let text = decision.explain();
    match decision.outcome {
        Outcome::Accepted if output.verbose == 0 => format!("          {}", accepted(decision)),
        Outcome::Accepted => format!("          {text}"),
        Outcome::Undecided => format!("          {}: {text}", output.style(Style::Strong, "UNDECIDED")),
        Outcome::Rejected if betrayed => {
            let why = decision.reasons.first().map_or_else(String::new, ToString::to_string);
            format!("          passes the suite, {}: {why}", output.style(Style::Bad, "REFUSED"))
        }
        Outcome::Rejected => format!("          {}: {text}", output.style(Style::Bad, "REJECTED")),
    }
}

/// What was shown, without the names: `kaizen explain` has them.
fn accepted(decision: &Decision) -> String {
    let parts = decision.reasons.iter().filter_map(|reason| match reason {
        Reason::Gained { cases } => Some(format!("gained {} {} 3/3, lost 0", cases.len(), plural(cases.len(), "case"))),
        Reason::Proven { bound, .. } => Some(format!("proof {bound:.0e}")),
        Reason::HoldoutKept { passing, total } => Some(format!("hold-out {passing}/{total}, none lost")),
        Reason::Passes { .. } | Reason::EvidenceReached { .. } | Reason::GuardrailPassed(_) => Some(reason.to_string()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// `1 case`, `2 cases`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// A duration for people.
pub fn span(time: Duration) -> String {
    match time.as_secs() {
        0..=119 => format!("{} s", time.as_secs().max(1)),
        seconds if seconds < 7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
