//! Taking a version back: its edits reversed on top of whatever came later, as one more commit.

use crate::context::Context;
use crate::error::EngineError;
use crate::foundation::{Foundation, refuse_checked_out, short_ref};
use crate::promote::in_place;
use crate::promote::landing::{Act, Landing};
use crate::promote::message;
use kaizen_domain::path::RepoPath;
use kaizen_domain::version::{DeployMode, Version, VersionState};

/// Takes `version` back, that version only: later ones stay. A conflict with a later version is an error that names both.
pub async fn roll_back(context: &Context, version: &Version, why: &str) -> Result<Version, EngineError> {
    if version.state == VersionState::RolledBack {
        return Err(EngineError::usage(format!("{} was taken back before", version.id), "`kaizen versions` lists the active ones"));
    }
    let base = place(context, version)?;
    let paths = context.git.changed_paths(&version.made.before_tree, &version.made.after_tree)?;
    let touched: Vec<RepoPath> = paths.iter().filter_map(|path| RepoPath::from_bytes(path).ok()).collect();
    in_place::require_untouched(context, base.mode, &touched, "git stash, then run this again")?;
    let merged = context.git.merge_trees(&version.made.after_tree, &base.committed, &version.made.before_tree)?;
    let tree = merged.map_err(|conflict| builds_on_it(version, &conflict.to_string()))?;
    let audit = context.store.audit_head(context.project).await?;
    let at = context.now();
    context.faults.at("promote.commit_tree")?;
    let parents: Vec<&str> = base.parents.iter().map(String::as_str).collect();
    let commit = context.git.commit_tree(&tree, &parents, &message::rollback(version, why, audit), at)?;
    let act = Act::RollBack { version: version.id, why: why.to_owned() };
    Landing::new(act, &base, commit, paths, at).execute(context).await
}

fn builds_on_it(version: &Version, conflict: &str) -> EngineError {
    let hint = "take the later versions that build on it back first: `kaizen undo` takes the newest, `kaizen versions` lists them";
    EngineError::usage(format!("{} cannot be taken back alone: {conflict}", version.id), hint)
}

/// The ref the version went to, as it stands now.
fn place(context: &Context, version: &Version) -> Result<Foundation, EngineError> {
    let (git, reference) = (&context.git, &version.made.reference);
    let Some(tip) = git.resolve(reference)? else {
        let hint = "it was deleted or renamed; revert the commit by hand: git revert ".to_owned() + &version.made.commit;
        return Err(EngineError::environment(format!("{} is gone", short_ref(reference)), hint));
    };
    if version.made.mode == DeployMode::Branch {
        refuse_checked_out(git, reference)?;
    } else if git.branch()?.as_deref() != Some(reference) {
        let hint = format!("git switch {}, then run this again", short_ref(reference));
        return Err(EngineError::environment(
            format!("{} went in place to {}, which is not checked out", version.id, short_ref(reference)),
            hint,
        ));
    }
    let tree = git.tree_of(&tip)?;
    Ok(Foundation {
        head: tip.clone(),
        measured: tree.clone(),
        committed: tree,
        reference: reference.clone(),
        old: Some(tip.clone()),
        parents: vec![tip],
        mode: version.made.mode,
        dirty: 0,
    })
}
