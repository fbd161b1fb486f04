//! `mutate` for a quantity: edits that should make the code cheaper and leave its answers alone, where the benchmark spends its time.
//!
//! Cheap before dear: one run under a profiler says where to look, one run screens each candidate, a few more those that look better. The
//! best one leads, and only the gate says whether it gained anything. What was screened is remembered against the baseline, but for those
//! that looked better without leading: a later search meets them again, and so does one that was killed.

mod candidates;
mod screening;

use crate::config::metric::Direction;
use crate::error::EngineError;
use crate::progress::Progress;
use crate::propose::prior::{Account, Prior};
use crate::propose::search::choice::{self, Choice, Passed};
use crate::propose::search::field::{self, Passing};
use crate::propose::search::{Ended, Found};
use crate::propose::{mutate, tune};
use crate::session::Session;
use crate::trial::slot;
use candidates::Ranked;
use kaizen_domain::hypothesis::{Hypothesis, RejectReason};
use kaizen_domain::scorecard::CaseOutcome;
use kaizen_domain::weakness::Weakness;
use kaizen_mutate::{SourceFile, optimisations};
use screening::{Promising, Screen};
use serde::{Deserialize, Serialize};

/// The kind of failure under which operators are known that made something cheaper.
const SLOW: &str = "slow";

/// What spoke for an edit before its trial.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sped {
    /// The share of the profile in the lines it makes cheaper; `None` where there is no profile.
    pub share: Option<f64>,
    /// How many samples the profile has.
    pub samples: u64,
    /// Where the benchmark spends most of its time, with the shares.
    #[serde(default)]
    pub hottest: Vec<(String, f64)>,
    /// The gain that was seen while screening, and in how many runs. No evidence: the best of many always looks good.
    pub seen: f64,
    /// How many.
    pub runs: usize,
    /// How many edits were screened.
    pub screened: usize,
    /// Other edits that looked better than the baseline, with what was seen.
    #[serde(default)]
    pub others: Vec<(String, f64)>,
}

impl Sped {
    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let mut lines = Vec::new();
        match self.share {
            Some(share) => lines.push(format!("profile: {} of {} samples are in the lines it makes cheaper", percent(share), self.samples)),
            None => lines.push("no profile of this benchmark: only Python processes can be looked at".into()),
        }
        if let [(name, share), ..] = self.hottest.as_slice() {
            lines.push(format!("profile: {} in {name}", percent(*share)));
        }
        let (runs, screened) = (self.runs, self.screened);
        lines.push(format!("screened {screened} edits; this one looked {} better in {runs} runs before its trial", percent(self.seen)));
        lines.extend(self.others.iter().take(5).map(|(other, seen)| format!("looked {} better, too: {other}", percent(*seen))));
        lines
    }
}

/// Why nothing here can be made cheaper, where that is so.
pub fn idle(session: &Session<'_>, metric: &str) -> Result<Option<String>, EngineError> {
    let texts = mutate::sources(session)?;
    let files: Vec<SourceFile<'_>> = texts.iter().map(|(path, text)| SourceFile { path, text }).collect();
    if optimisations(&files).is_empty() {
        return Ok(Some("mutate knows no cheaper form of anything in the lever files".into()));
    }
    Ok(unfit(session, metric))
}

/// What is missing for an edit to be tried at all.
fn unfit(session: &Session<'_>, metric: &str) -> Option<String> {
    let config = &session.context.config;
    let declared = config.metric.iter().find(|one| one.name == metric)?;
    let rate = ["per_second", "throughput", "rate", "ops", "speed"].iter().any(|word| metric.contains(word));
    if declared.direction == Direction::Higher && !rate {
        return Some(format!("mutate makes code cheaper, and more of {metric} is wanted"));
    }
    if !session.failing().is_empty() {
        return Some("mutate makes code cheaper only where no case fails".into());
    }
    let judges = |id: &str| id != "exit-code";
    let cases = session.card.cases.iter().any(|(case, result)| result.outcome == CaseOutcome::Pass && judges(&case.0));
    let judged = cases || !config.benchmark.checks.is_empty() || config.benchmark.holdout.is_some();
    (!judged).then(|| "mutate makes code cheaper only where something would notice a wrong answer: benchmark.checks, or cases".into())
}

/// Runs the search of a hypothesis for a quantity.
pub async fn search(session: &mut Session<'_>, hypothesis: &Hypothesis, weakness: &Weakness, metric: &str) -> Result<Ended, EngineError> {
    let context = session.context;
    if let Some(detail) = unfit(session, metric) {
        return Ok(nothing(RejectReason::NoNewChange { detail }));
    }
    let goal = tune::goal(session, metric).await?;
    let slot = tokio::task::block_in_place(|| slot::take(context))?;
    let profile = tokio::task::block_in_place(|| session.profile())?;
    let results = context.store.operator_results(SLOW).await?;
    let ranked = candidates::ranked(session, &profile, &Prior::drawn(&results, hypothesis.idea.seed))?;
    let (weakness, of) = (weakness.id, ranked.len());
    context.report(Progress::Search { weakness, hypothesis: hypothesis.id, proposer: "mutate".into(), candidates: of });
    if let Some((name, share)) = profile.hottest(1).into_iter().next().filter(|_| profile.says_something()) {
        context.report(Progress::Note { text: format!("{weakness}: {:.0} % of {} samples are in {name}", 100.0 * share, profile.samples) });
    }
    let mut account = Account::default();
    let mut screen = Screen::open(session, hypothesis, goal)?;
    screen.all(ranked, &mut account).await?;
    let (screened, promising) = (screen.screened, screen.best().await?);
    drop(slot);
    account.keep(context, SLOW).await?;
    let mut promising = promising.into_iter();
    let Some(leader) = promising.next() else {
        let tried = context.store.tried_count(context.project, hypothesis.id).await?;
        let detail = "every cheaper form was tried before against this baseline".to_owned();
        let new = screened > 0 || tried > 0;
        return Ok(nothing(if new { RejectReason::NothingFound { tried } } else { RejectReason::NoNewChange { detail } }));
    };
    let others: Vec<Promising> = promising.collect();
    let speed = Sped {
        share: profile.says_something().then_some(leader.ranked.share),
        samples: profile.samples,
        hottest: profile.hottest(3),
        seen: leader.gain(),
        runs: leader.seen.len(),
        screened,
        others: others.iter().map(|other| (other.ranked.candidate.summary.clone(), other.gain())).collect(),
    };
    lead(session, hypothesis, leader, speed).await
}

fn nothing(reason: RejectReason) -> Ended {
    Ended { found: Found::Nothing(reason), memory: None }
}

/// Makes an edit the leader, with what spoke for it.
async fn lead(session: &Session<'_>, hypothesis: &Hypothesis, leader: Promising, speed: Sped) -> Result<Ended, EngineError> {
    let context = session.context;
    let Promising { ranked: Ranked { candidate, .. }, change, number, .. } = leader;
    let kept = candidate.keep(context, &change).await?.change;
    let passing = vec![Passed::of(&candidate, number, kept)];
    let told = Choice { failure: Some(SLOW.to_owned()), passing, speed: Some(speed), ..Choice::default() };
    choice::keep(context, hypothesis, &told).await?;
    field::lead(context, Passing { candidate, change, number, gained: 0.0 }).await
}
