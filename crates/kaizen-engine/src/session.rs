//! A measured baseline with its jails: what searches and trials of one snapshot share.
//!
//! Nothing here decides anything. State lives in the store; a session can be dropped and opened again at any line.

pub mod baseline;
mod bench;
mod history;

use crate::context::Context;
use crate::error::EngineError;
use crate::foundation::Foundation;
use crate::progress::Standing;
use crate::subject::may_change;
use crate::trial::adapter::{Adapter, Coverage, adapter};
use crate::trial::judge::batch::Many;
use crate::trial::judge::probe::Wanted;
use crate::trial::judge::profile::Profile;
use crate::trial::judge::{Ask, Court, Run, Suite};
use crate::trial::noise::Noise;
use crate::trial::quiet::Watch;
use crate::trial::snapshot::Snapshot;
use crate::trial::{counting, layer};
use bench::Bench;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, CaseResult, Measured, Scorecard};
use kaizen_gate::objective::Objective;
use kaizen_sandbox::backend::Backend;
use kaizen_sandbox::workspace::{Content, FileWrite};
use kaizen_store::FlakyCase;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Suites up to this long are traced whole; longer ones only for their failing cases.
const TRACE_WHOLE: Duration = Duration::from_secs(20);

/// What a candidate may take in a batch beyond what its cases are known to take.
const SPARE: Duration = Duration::from_millis(500);

/// A measured baseline.
pub struct Session<'c> {
    /// Where everything is.
    pub context: &'c Context,
    /// What makes jails.
    pub backend: &'c dyn Backend,
    /// How the benchmark is read.
    pub adapter: &'static dyn Adapter,
    /// The state of the repository it was taken from.
    pub base: Foundation,
    /// The files.
    pub snapshot: Snapshot,
    /// The baseline's last scorecard.
    pub card: Scorecard,
    /// Cases that did not repeat themselves, here or in recorded history.
    pub flaky: BTreeMap<CaseId, FlakyCase>,
    /// How many times the baseline ran.
    pub runs: u32,
    /// The longest of these runs.
    pub wall: Duration,
    /// A run after an edit: with a compiler in it, longer than `wall`.
    pub edited: Duration,
    visible: Court<'c>,
    holdout: Option<Court<'c>>,
    coverage: Option<Coverage>,
    profile: Option<Profile>,
    noise: Option<Noise>,
    hidden: Option<Scorecard>,
    /// The last failure of each case that failed in any run of the baseline here.
    failures: BTreeMap<CaseId, CaseResult>,
}

impl<'c> Session<'c> {
    /// Takes the snapshot of `base`, builds its layers and measures it `runs` times.
    pub async fn open(context: &'c Context, backend: &'c dyn Backend, base: Foundation, runs: u32) -> Result<Self, EngineError> {
        counting::require(&context.config)?;
        let adapter = adapter_of(context)?;
        let mut snapshot = Snapshot::take(context, &base.measured, &base.head, adapter)?;
        layer::build(context, backend, &mut snapshot, adapter)?;
        let mut visible = Court::open(context, backend, &snapshot, adapter, Suite::Visible)?;
        let limit = context.config.benchmark.timeout.0;
        let mut measured = Vec::new();
        for _ in 0..runs.max(1) {
            measured.push(baseline::sound(visible.run(Ask { limit, ..Ask::default() })?, context)?);
        }
        let wall = measured.iter().map(|(_, wall)| *wall).max().unwrap_or_default();
        let edited = wall.max(after_an_edit(context, &snapshot, &mut visible)?);
        let cards: Vec<Scorecard> = measured.into_iter().map(|(card, _)| card).collect();
        let flaky = history::recorded(context, &snapshot, &cards).await?;
        let failures = cards.iter().flat_map(failures).collect();
        let card = cards.into_iter().next_back().unwrap_or_default();
        Ok(Self {
            context,
            backend,
            adapter,
            base,
            snapshot,
            card,
            flaky,
            runs,
            wall,
            edited,
            visible,
            holdout: None,
            coverage: None,
            profile: None,
            noise: None,
            hidden: None,
            failures,
        })
    }

    /// The baseline in numbers.
    pub fn standing(&self) -> Standing {
        Standing {
            passing: self.card.count(CaseOutcome::Pass),
            executed: self.card.executed(),
            points: self.card.points(),
            worth: self.card.worth(),
            seconds: self.wall.as_secs_f64(),
            flaky: self.flaky.len(),
            runs: self.runs,
        }
    }

    /// Failing cases with a steady result.
    pub fn failing(&self) -> Vec<CaseId> {
        self.card.failing().filter(|case| !self.flaky.contains_key(case)).cloned().collect()
    }

    /// Cases without a steady result.
    pub fn flaky_cases(&self) -> BTreeSet<CaseId> {
        self.flaky.keys().cloned().collect()
    }

    /// The baseline's scorecard with these cases as they look when they fail, where that was seen.
    pub fn showing(&self, cases: &[CaseId]) -> Scorecard {
        let mut card = self.card.clone();
        card.cases.extend(cases.iter().filter_map(|case| Some((case.clone(), self.failures.get(case)?.clone()))));
        card
    }

    /// The time a candidate's run may take: several times the baseline's, at most what is configured. An endless
    /// loop costs this much and no more.
    pub fn limit(&self) -> Duration {
        (self.edited * 5 + Duration::from_secs(2)).min(self.context.config.benchmark.timeout.0)
    }

    /// Runs the visible suite.
    pub fn run(&mut self, writes: &[FileWrite], only: Option<&[CaseId]>) -> Result<Run, EngineError> {
        let limit = self.limit();
        self.visible.run(Ask { writes, only, trace: false, limit })
    }

    /// Runs many candidates together; `None` for each that has to be run by itself. Good for screening and nothing else.
    pub fn run_together(&mut self, candidates: &[Vec<FileWrite>], only: Option<&[CaseId]>) -> Result<Vec<Option<Measured>>, EngineError> {
        let longest = self.card.cases.values().filter_map(|result| result.duration).max().unwrap_or_default();
        let many = Many { candidates, only, limit: self.limit(), spare: longest * 3 + SPARE };
        let (card, flaky) = (&self.card, &self.flaky);
        self.visible.measured_together(many, |found| is_as_known(found, card, flaky, only))
    }

    /// Runs the visible suite's command with the reporter as a probe; what it said. Nothing of it is evidence.
    pub fn probe(&mut self, writes: &[FileWrite], only: Option<&[CaseId]>, wanted: &Wanted<'_>) -> Result<Vec<Value>, EngineError> {
        let limit = self.limit() + Duration::from_secs(10);
        self.visible.probe(Ask { writes, only, trace: false, limit }, wanted)
    }

    /// The same of many candidates together, with the files as they are first and last; `None` where each has to be asked by itself.
    pub fn probe_together(
        &mut self,
        candidates: &[Vec<FileWrite>],
        only: Option<&[CaseId]>,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Vec<Vec<Value>>>, EngineError> {
        let limit = self.limit() + Duration::from_secs(10);
        self.visible.probed_together(Many { candidates, only, limit, spare: limit }, wanted)
    }

    /// The cases a look at the baseline's insides runs: all of them, or only the failing ones where all take long.
    pub fn worth_a_look(&self) -> Option<Vec<CaseId>> {
        self.is_long().then(|| self.failing())
    }

    fn is_long(&self) -> bool {
        self.wall > TRACE_WHOLE && self.can_select()
    }

    /// Whether selecting cases makes runs shorter.
    pub fn can_select(&self) -> bool {
        self.adapter.can_select(self.context.config.benchmark.command.as_str())
    }

    /// Executed lines per case of the baseline; empty where the tool cannot say.
    pub fn coverage(&mut self) -> Result<Coverage, EngineError> {
        if let Some(known) = &self.coverage {
            return Ok(known.clone());
        }
        let failing = [self.failing(), self.flaky.keys().cloned().collect()].concat();
        let only = self.is_long().then_some(failing.as_slice());
        let limit = self.wall * 40 + Duration::from_secs(20);
        let run = self.visible.run(Ask { writes: &[], only, trace: true, limit })?;
        Ok(self.coverage.insert(run.coverage).clone())
    }

    /// Where the baseline spends its time; empty where nothing can say.
    pub fn profile(&mut self) -> Result<Profile, EngineError> {
        if let Some(known) = &self.profile {
            return Ok(known.clone());
        }
        let limit = self.wall * 5 + Duration::from_secs(10);
        let found = self.visible.profile(Ask { limit, ..Ask::default() })?;
        Ok(self.profile.insert(found).clone())
    }

    /// Executed lines per case where they were asked for before.
    pub fn known_coverage(&self) -> Option<&Coverage> {
        self.coverage.as_ref()
    }

    /// The identity under which whole-suite evidence of this baseline accumulates.
    pub fn evidence_key(&self) -> ContentHash {
        ContentHash::of_parts([self.snapshot.id.to_string().as_bytes(), self.snapshot.benchmark.0.to_string().as_bytes()])
    }

    /// Adds the baseline's runs to the evidence that accumulates for free.
    pub async fn remember_baseline(&self) -> Result<(), EngineError> {
        let runs = u64::from(self.runs);
        let counts: Vec<(CaseId, u64, u64)> = self.failing().into_iter().map(|case| (case, 0, runs)).collect();
        Ok(self.context.store.tally(self.context.project, self.evidence_key(), &counts).await?)
    }

    /// Records further runs of the baseline: a case that did not repeat itself is known as flaky from now on.
    pub async fn remember_runs<'a>(&mut self, cards: impl Iterator<Item = &'a Scorecard> + Clone) -> Result<(), EngineError> {
        let rows = history::case_runs(self.context.now(), &self.snapshot, cards.clone());
        self.context.store.record_case_runs(self.context.project, &rows).await?;
        self.failures.extend(cards.flat_map(failures));
        self.flaky = history::flaky_cases(self.context, &self.snapshot).await?;
        Ok(())
    }

    /// The judge for one candidate.
    pub fn judge<'s>(&'s mut self, writes: &'s [FileWrite]) -> Bench<'s, 'c> {
        Bench { session: self, writes, hidden_checks: false, watch: None }
    }

    /// The judge for one candidate of a trial in pairs. Where these do not run the hold-out, it is one of the checks.
    pub fn judge_in_pairs<'s>(&'s mut self, writes: &'s [FileWrite], objective: &Objective) -> Bench<'s, 'c> {
        let hidden_checks = self.hidden_checks(objective);
        Bench { session: self, writes, hidden_checks, watch: None }
    }

    /// What is known of the machine's noise; measured where it is not known yet, and the hold-out is looked at.
    pub async fn noise(&mut self) -> Result<Noise, EngineError> {
        if let Some(known) = &self.noise {
            return Ok(known.clone());
        }
        let learnt = Noise::learn(self).await?;
        if self.context.config.benchmark.holdout.is_some() {
            let limit = self.context.config.benchmark.timeout.0;
            let run = tokio::task::block_in_place(|| self.holdout()?.run(Ask { limit, ..Ask::default() }))?;
            self.hidden = Some(baseline::sound(run, self.context)?.0);
        }
        Ok(self.noise.insert(learnt).clone())
    }

    /// One more pair of the unchanged project against itself, and what is known of the noise with it. Whoever asks holds the machine.
    pub async fn sentinel(&mut self, watch: &mut Watch) -> Result<Noise, EngineError> {
        let known = self.noise().await?;
        let grown = known.grown(self, watch).await?;
        Ok(self.noise.insert(grown).clone())
    }

    /// Whether the hold-out measures this objective too.
    pub fn hidden_measures(&self, objective: &Objective) -> bool {
        self.hidden.as_ref().is_some_and(|card| measures(card, objective))
    }

    /// Whether the hold-out gives this metric too.
    pub fn hidden_has(&self, metric: &str) -> bool {
        self.hidden.as_ref().is_some_and(|card| card.metrics.contains_key(metric))
    }

    /// Whether there is a hold-out that does not measure this objective.
    pub fn hidden_checks(&self, objective: &Objective) -> bool {
        self.hidden.is_some() && !self.hidden_measures(objective)
    }

    fn holdout(&mut self) -> Result<&mut Court<'c>, EngineError> {
        if self.holdout.is_none() {
            self.holdout = Some(Court::open(self.context, self.backend, &self.snapshot, self.adapter, Suite::Holdout)?);
        }
        self.holdout.as_mut().ok_or_else(|| EngineError::usage("there is no hold-out", "declare benchmark.holdout"))
    }

    /// Ends the jails; proves that nothing of them is left.
    pub fn close(self) -> Result<(), EngineError> {
        self.visible.close()?;
        self.holdout.map_or(Ok(()), Court::close)
    }
}

/// Whether every case ended as it is known to, but for those without a steady result.
fn is_as_known(found: &Scorecard, known: &Scorecard, flaky: &BTreeMap<CaseId, FlakyCase>, only: Option<&[CaseId]>) -> bool {
    let asked: Vec<&CaseId> = only.map_or_else(|| known.cases.keys().collect(), |only| only.iter().collect());
    let same = |case: &&CaseId| match (found.cases.get(*case), known.cases.get(*case)) {
        (Some(one), Some(other)) => flaky.contains_key(*case) || (one.outcome, one.points) == (other.outcome, other.points),
        _ => false,
    };
    found.cases.len() == asked.len() && asked.iter().all(same)
}

/// The adapter of the configuration.
pub fn adapter_of(context: &Context) -> Result<&'static dyn Adapter, EngineError> {
    let name = context.config.benchmark.format.name();
    adapter(name)
        .ok_or_else(|| EngineError::usage(format!("no adapter reads the format {name}"), "`kaizen schema config` lists the formats"))
}

/// How long a run takes when a compiler has to work first: the time with one more blank line in a lever file.
fn after_an_edit(context: &Context, snapshot: &Snapshot, visible: &mut Court<'_>) -> Result<Duration, EngineError> {
    if !snapshot.layer("built").is_dir() {
        return Ok(Duration::ZERO);
    }
    let levers = snapshot.files.iter().filter(|path| may_change(&context.config, path) && !snapshot.protects(path));
    let mut longest = Duration::ZERO;
    for path in levers.filter(|path| path.as_bytes().ends_with(b".rs")).take(1) {
        let Some(mut bytes) = snapshot.read(path)? else { continue };
        bytes.push(b'\n');
        let content = Some(Content::File { bytes, executable: false });
        let writes = [FileWrite { path: path.as_path().to_owned(), content }];
        let run = visible.run(Ask { writes: &writes, limit: context.config.benchmark.timeout.0, ..Ask::default() })?;
        longest = longest.max(run.wall);
    }
    Ok(longest)
}

fn measures(card: &Scorecard, objective: &Objective) -> bool {
    match objective {
        Objective::Ratio { parts } | Objective::Difference { parts, .. } => {
            parts.iter().all(|part| card.metrics.contains_key(&part.metric))
        }
        Objective::Points { .. } => true,
        Objective::Case { case } => card.cases.contains_key(case),
    }
}

/// The failing cases of a run, as they failed.
fn failures(card: &Scorecard) -> impl Iterator<Item = (CaseId, CaseResult)> {
    card.cases.iter().filter(|(_, result)| result.outcome.is_failing()).map(|(case, result)| (case.clone(), result.clone()))
}
