//! The two sides of a check: the base and the change, each in a jail.

use super::Wish;
use crate::config::metric::MetricSource;
use crate::context::Context;
use crate::error::EngineError;
use crate::foundation::Foundation;
use crate::session::Session;
use crate::subject::code::file_write;
use crate::trial::adapter::quantity::of_benchmark;
use crate::trial::judge::Judge;
use crate::trial::quiet::Watch;
use kaizen_domain::change::FileMode;
use kaizen_domain::path::RepoPath;
use kaizen_domain::scorecard::{CaseId, Measured, Scorecard};
use kaizen_domain::trial::{Arm, Stage};
use kaizen_domain::version::DeployMode;
use kaizen_sandbox::backend::Backend;
use kaizen_sandbox::workspace::FileWrite;
use std::collections::BTreeSet;

/// How often the change is measured before it is compared: cases that differ between the runs are flaky.
const FIRST_RUNS: u32 = 2;

/// Names under which repositories keep what others build on, the likeliest first.
const MAIN: [&str; 4] = ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master", "refs/heads/trunk"];

/// Which two states are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// The commit the change branched off from.
    pub base: String,
    /// The commit with the change, or with the change on top.
    pub head: String,
    /// Whether uncommitted changes are part of it.
    pub dirty: bool,
    /// Files that differ.
    pub files: Vec<String>,
    /// The same as git has them.
    changed: Vec<Vec<u8>>,
    base_tree: String,
    head_tree: String,
}

/// Finds the two states.
pub fn ends(context: &Context, wish: &Wish) -> Result<Ends, EngineError> {
    let git = &context.git;
    let head = commit(context, wish.head.as_deref().unwrap_or("HEAD"))?;
    let branched = match (&wish.base, wish.dirty) {
        (Some(name), _) => commit(context, name)?,
        (None, true) => head.clone(),
        (None, false) => main_branch(context)?,
    };
    let no_history = || EngineError::usage("the two have no common history here", "git fetch --unshallow, or name another --base");
    let base = git.merge_base(&branched, &head)?.ok_or_else(no_history)?;
    let head_tree = if wish.dirty { git.working_tree()? } else { git.tree_of(&head)? };
    let base_tree = git.tree_of(&base)?;
    let changed = git.changed_paths(&base_tree, &head_tree)?;
    if changed.is_empty() {
        let hint = "name what to compare: --base REF, --head REF, or --dirty for uncommitted changes";
        return Err(EngineError::usage(format!("there is no change since {}", &base[..base.len().min(12)]), hint));
    }
    let files = changed.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    Ok(Ends { base, head, dirty: wish.dirty, files, changed, base_tree, head_tree })
}

fn commit(context: &Context, name: &str) -> Result<String, EngineError> {
    let unknown =
        || EngineError::usage(format!("there is no commit {name}"), "git branch -a lists branches; in CI, fetch the base branch first");
    context.git.resolve(name)?.ok_or_else(unknown)
}

fn main_branch(context: &Context) -> Result<String, EngineError> {
    for name in MAIN {
        if let Some(commit) = context.git.resolve(name)? {
            return Ok(commit);
        }
    }
    Err(EngineError::usage("no branch here is called main, master or trunk", "name what the change branched off from: --base REF"))
}

/// Both sides, ready to be measured; or why the change cannot be.
pub enum Opened<'c> {
    /// Ready.
    Sides(Box<Sides<'c>>),
    /// The base can be measured and the change cannot, for this reason.
    Broken(String),
}

/// Both sides.
pub struct Sides<'c> {
    /// The change.
    pub head: Session<'c>,
    /// Files of the judge that the change edits.
    pub judge: Vec<String>,
    /// The base's own first scorecard, where the change edits the judge.
    pub before: Option<Scorecard>,
    /// Over the pairs of a quantity.
    pub watch: Watch,
    base: Base<'c>,
}

enum Base<'c> {
    /// The change's own jail with these files as they were.
    Reversed(Vec<FileWrite>),
    /// A jail of its own with its own judge.
    Own(Box<Session<'c>>),
}

impl<'c> Sides<'c> {
    /// Opens both.
    pub async fn open(context: &'c Context, backend: &'c dyn Backend, ends: &Ends) -> Result<Opened<'c>, EngineError> {
        let head = match Session::open(context, backend, foundation(&ends.head, &ends.head_tree), FIRST_RUNS).await {
            Ok(session) => session,
            Err(EngineError::Baseline { message, hint }) => {
                // Broken by the change, or never sound? The base answers.
                let own = Session::open(context, backend, foundation(&ends.base, &ends.base_tree), 1).await;
                return match own {
                    Ok(session) => session.close().map(|()| Opened::Broken(message)),
                    Err(EngineError::Baseline { .. }) => Err(EngineError::Baseline { message, hint }),
                    Err(other) => Err(other),
                };
            }
            Err(other) => return Err(other),
        };
        let paths: Vec<RepoPath> = ends.changed.iter().filter_map(|path| RepoPath::from_bytes(path).ok()).collect();
        let (mine, others): (Vec<RepoPath>, Vec<RepoPath>) = paths.into_iter().partition(|path| head.snapshot.protects(path));
        let judge = mine.iter().map(ToString::to_string).collect();
        let mut sides = Self { judge, before: None, watch: Watch::default(), base: Base::Reversed(Vec::new()), head };
        sides.settle(context, backend, ends, &others).await?;
        Ok(Opened::Sides(Box::new(sides)))
    }

    /// Decides how the base is measured: in the change's jail where it runs there, else in its own.
    async fn settle(&mut self, context: &'c Context, backend: &'c dyn Backend, ends: &Ends, paths: &[RepoPath]) -> Result<(), EngineError> {
        // Links and submodules are not written into a jail one by one.
        let together = plain(context, ends)? && self.runs_together(context, ends, paths)?;
        if self.judge.is_empty() && together {
            return Ok(());
        }
        let own = Session::open(context, backend, foundation(&ends.base, &ends.base_tree), 1).await?;
        self.before = Some(own.card.clone());
        if together {
            return own.close();
        }
        self.base = Base::Own(Box::new(own));
        Ok(())
    }

    /// Whether the change's jail runs the same cases with these files as they were: a base that cannot load a test the change brings runs
    /// others.
    fn runs_together(&mut self, context: &Context, ends: &Ends, paths: &[RepoPath]) -> Result<bool, EngineError> {
        self.base = Base::Reversed(reversed(context, ends, paths)?);
        let measured = tokio::task::block_in_place(|| self.measure(Stage::Screening, Arm::Baseline, None))?;
        Ok(measured.is_ok_and(|card| card.cases.keys().eq(self.head.card.cases.keys())))
    }

    /// Whether each side is judged by its own tests.
    pub fn apart(&self) -> bool {
        matches!(self.base, Base::Own(_))
    }

    /// Ends the jails.
    pub fn close(self) -> Result<(), EngineError> {
        if let Base::Own(own) = self.base {
            own.close()?;
        }
        self.head.close()
    }

    /// One side as its jail has it; the declared commands for [`Stage::Checks`].
    pub fn of_side(&mut self, stage: Stage, arm: Arm) -> Result<Measured, EngineError> {
        // Cases pass or fail on a busy machine as on any other.
        let watch = (stage == Stage::Dev).then_some(&mut self.watch);
        match (&mut self.base, arm) {
            (_, Arm::Candidate) => self.head.judge(&[]).watching(watch).measure(stage, arm, None),
            (Base::Own(own), Arm::Baseline) => own.judge(&[]).watching(watch).measure(stage, arm, None),
            (Base::Reversed(writes), Arm::Baseline) => {
                let writes = writes.clone();
                // The side with the writes is called the candidate there.
                self.head.judge(&writes).watching(watch).measure(stage, Arm::Candidate, None)
            }
        }
    }

    /// Whether both sides give this metric, as far as the first runs show.
    pub fn both_give(&self, metric: &str) -> bool {
        let base = match &self.base {
            Base::Own(own) => &own.card,
            Base::Reversed(_) => &self.head.card,
        };
        base.metrics.contains_key(metric) && self.head.card.metrics.contains_key(metric)
    }

    /// Where each side has its own judge, only cases that both know are compared, and only benchmarks that both know make up a mean.
    fn common(&self, measured: Measured) -> Measured {
        let Base::Own(own) = &self.base else { return measured };
        let known: BTreeSet<&CaseId> = own.card.cases.keys().filter(|case| self.head.card.cases.contains_key(*case)).collect();
        measured.map(|mut card| {
            card.cases.retain(|case, _| known.contains(case));
            card.metrics.retain(|metric, _| of_benchmark(metric).is_none() || self.both_give(metric));
            for metric in &self.head.context.config.metric {
                if let MetricSource::Bench(bench) = &metric.source {
                    let together = bench.value(&card.metrics, metric.direction).ok();
                    card.metrics.remove(&metric.name);
                    card.metrics.extend(together.map(|value| (metric.name.clone(), value)));
                }
            }
            card
        })
    }
}

impl Judge for Sides<'_> {
    fn measure(&mut self, stage: Stage, arm: Arm, _only: Option<&[CaseId]>) -> Result<Measured, EngineError> {
        let measured = self.of_side(stage, arm)?;
        Ok(self.common(measured))
    }
}

fn foundation(commit: &str, tree: &str) -> Foundation {
    Foundation {
        head: commit.to_owned(),
        measured: tree.to_owned(),
        committed: tree.to_owned(),
        reference: String::new(),
        old: None,
        parents: vec![commit.to_owned()],
        mode: DeployMode::Branch,
        dirty: 0,
    }
}

/// Whether every changed path is an ordinary file on both sides.
fn plain(context: &Context, ends: &Ends) -> Result<bool, EngineError> {
    let touched: BTreeSet<&Vec<u8>> = ends.changed.iter().collect();
    let entries = [context.git.entries(&ends.base_tree)?, context.git.entries(&ends.head_tree)?].concat();
    Ok(entries.iter().filter(|entry| touched.contains(&entry.path)).all(|entry| entry.mode.starts_with("100")))
}

/// The files as the base has them.
fn reversed(context: &Context, ends: &Ends, paths: &[RepoPath]) -> Result<Vec<FileWrite>, EngineError> {
    let mut writes = Vec::new();
    for path in paths {
        let before = context.git.file_at(&ends.base_tree, path)?;
        let content = before.map(|file| (if file.executable { FileMode::Executable } else { FileMode::Regular }, file.bytes));
        writes.push(file_write(path, content.as_ref()));
    }
    Ok(writes)
}
