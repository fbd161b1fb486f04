//! Promotion and rollback: the only code that writes commits and refs of the user's repository.
//!
//! Both are a *landing*: a commit object is made (no ref knows it), the journal is written, one compare-and-swap
//! moves the ref, an in-place landing brings the files along, and one store transaction records it. Killed
//! anywhere, the next command finds the journal and completes or undoes the landing ([`recover`]).

pub mod approval;
pub mod in_place;
pub mod landing;
pub mod message;
pub mod permission;
pub mod recover;
pub mod rollback;
pub mod suspicion;

use crate::context::Context;
use crate::error::EngineError;
use crate::foundation::Foundation;
use crate::promote::landing::{Act, Landing};
use crate::subject::{self, code};
use kaizen_domain::change::{Change, FileMode};
use kaizen_domain::decision::Decision;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::id::TrialId;
use kaizen_domain::version::{DeployMode, NewVersion, Version};

/// What a promotion rests on.
pub struct Approved<'a> {
    /// The hypothesis, approved or with a person's permission.
    pub hypothesis: &'a Hypothesis,
    /// Its change.
    pub change: &'a Change,
    /// The trial.
    pub trial: TrialId,
    /// Its decision.
    pub decision: &'a Decision,
    /// The sandbox tier that held it.
    pub tier: String,
    /// One line about the weakness.
    pub weakness: String,
    /// Who says yes: `kaizen` or a person.
    pub by: String,
}

/// A promotion that cannot happen, as a value: the repository moved, or the change no longer fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

/// Makes the change a commit and a version. `Ok(Err(..))` when the repository is not what was measured.
pub async fn promote(context: &Context, base: &Foundation, approved: &Approved<'_>) -> Result<Result<Version, Refused>, EngineError> {
    if let Some(refused) = moved(context, base)? {
        return Ok(Err(refused));
    }
    let edits = code::tree_edits(context, approved.change).await?;
    let touched: Vec<_> = approved.change.paths().cloned().collect();
    if base.mode == DeployMode::InPlace {
        let links = edits.iter().find(|edit| matches!(edit.content, Some((FileMode::Symlink, _))));
        let in_the_way = links.map(|edit| Refused(format!("{} is a symbolic link, and those are only promoted to a branch", edit.path)));
        if let Some(refused) = in_the_way.map_or_else(|| in_place::refuse_touched(&context.git, &touched), |refused| Ok(Some(refused)))? {
            return Ok(Err(refused));
        }
    }
    context.faults.at("promote.write_tree")?;
    let after = context.git.write_tree(&base.measured, &edits)?;
    let tree = match landed_tree(context, base, &after)? {
        Ok(tree) => tree,
        Err(refused) => return Ok(Err(refused)),
    };
    let landing = prepare(context, base, approved, &tree).await?;
    landing.execute(context).await.map(Ok)
}

/// The tree to commit: what was measured, or (with uncommitted changes taken in) the same edits on what is committed.
fn landed_tree(context: &Context, base: &Foundation, after: &str) -> Result<Result<String, Refused>, EngineError> {
    if base.measured == base.committed {
        return Ok(Ok(after.to_owned()));
    }
    let merged = context.git.merge_trees(&base.measured, &base.committed, after)?;
    Ok(merged.map_err(|conflict| Refused(format!("the change builds on uncommitted work ({conflict}): commit that first"))))
}

/// The repository must stand where it stood when the trial began.
fn moved(context: &Context, base: &Foundation) -> Result<Option<Refused>, EngineError> {
    let now = Foundation::read(context)?;
    let same = now.old == base.old && now.measured == base.measured && now.parents == base.parents;
    Ok((!same).then(|| Refused("the repository moved since the trial began: the next run measures against its present state".into())))
}

async fn prepare(context: &Context, base: &Foundation, approved: &Approved<'_>, tree: &str) -> Result<Landing, EngineError> {
    let at = context.now();
    let version = context.store.reserve_version(context.project).await?;
    let audit = context.store.audit_head(context.project).await?;
    let text = message::promotion(base, approved, version, audit);
    context.faults.at("promote.commit_tree")?;
    let parents: Vec<&str> = base.parents.iter().map(String::as_str).collect();
    let commit = context.git.commit_tree(tree, &parents, &text, at)?;
    let summary = approved.hypothesis.leader.as_ref().map_or_else(String::new, |leader| leader.summary.clone());
    let made = NewVersion {
        subject: subject::of(approved.hypothesis.idea.category).name().into(),
        hypothesis: approved.hypothesis.id,
        trial: approved.trial,
        reference: base.reference.clone(),
        commit: commit.clone(),
        before_tree: base.committed.clone(),
        after_tree: tree.to_owned(),
        mode: base.mode,
        summary,
        measured: approved.decision.explain(),
        promoted_by: approved.by.clone(),
    };
    let paths = context.git.changed_paths(&base.committed, tree)?;
    let act = Act::Promote { version, expected: approved.hypothesis.state, made };
    Ok(Landing::new(act, base, commit, paths, at))
}
