//! Where a run starts from and where its promotions go: the baseline's tree, the branch, the parents.

use crate::config::limits::DeployMode as Deploy;
use crate::context::Context;
use crate::error::EngineError;
use crate::git::Git;
use kaizen_domain::version::DeployMode;

/// The state of the repository a run builds on. Read once per baseline; nothing is locked by it, promotion checks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foundation {
    /// The commit checked out when the run began.
    pub head: String,
    /// The tree that is measured.
    pub measured: String,
    /// The tree a promotion's commit starts from; differs from `measured` only with uncommitted changes taken in.
    pub committed: String,
    /// The full ref promotions move.
    pub reference: String,
    /// Where that ref stands; `None` before the first promotion.
    pub old: Option<String>,
    /// The parents of the next commit.
    pub parents: Vec<String>,
    /// Where promotions go.
    pub mode: DeployMode,
    /// How many paths differ from HEAD.
    pub dirty: usize,
}

impl Foundation {
    /// Reads the repository.
    pub fn read(context: &Context) -> Result<Self, EngineError> {
        let git = &context.git;
        let Some(head) = git.head()? else { return Err(no_commits()) };
        let mode = match context.config.deploy.mode {
            Deploy::Branch => DeployMode::Branch,
            Deploy::InPlace => DeployMode::InPlace,
        };
        let dirty = git.dirty_paths()?.len();
        let mut base = match mode {
            DeployMode::Branch => on_branch(git, &head, branch_of(context.config.project.name.as_str()))?,
            DeployMode::InPlace => in_place(git, &head)?,
        };
        base.dirty = dirty;
        if context.permit.dirty && dirty > 0 {
            base.measured = with_uncommitted(git, &base)?;
        }
        Ok(base)
    }
}

/// The ref of a project's promotions.
pub fn branch_of(project: &str) -> String {
    format!("refs/heads/kaizen/{project}")
}

/// The name people type for a ref.
pub fn short_ref(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").unwrap_or(reference)
}

fn no_commits() -> EngineError {
    EngineError::environment(
        "the repository has no commit yet",
        "kaizen compares against a commit: git add -A && git commit -m 'First commit'",
    )
}

fn in_place(git: &Git, head: &str) -> Result<Foundation, EngineError> {
    let Some(reference) = git.branch()? else {
        return Err(EngineError::environment(
            "in-place promotion needs a branch, and HEAD is detached",
            "git switch BRANCH, or set [deploy] mode = \"branch\"",
        ));
    };
    let tree = git.tree_of(head)?;
    Ok(Foundation {
        head: head.to_owned(),
        measured: tree.clone(),
        committed: tree,
        reference,
        old: Some(head.to_owned()),
        parents: vec![head.to_owned()],
        mode: DeployMode::InPlace,
        dirty: 0,
    })
}

fn on_branch(git: &Git, head: &str, reference: String) -> Result<Foundation, EngineError> {
    refuse_checked_out(git, &reference)?;
    let old = git.resolve(&reference)?;
    refuse_obstructed(git, &reference)?;
    let (tree, parents) = match &old {
        None => (git.tree_of(head)?, vec![head.to_owned()]),
        Some(tip) if git.is_ancestor(tip, head)? => (git.tree_of(head)?, vec![head.to_owned()]),
        Some(tip) if git.is_ancestor(head, tip)? => (git.tree_of(tip)?, vec![tip.clone()]),
        Some(tip) => (merged(git, tip, head, &reference)?, vec![tip.clone(), head.to_owned()]),
    };
    Ok(Foundation {
        head: head.to_owned(),
        measured: tree.clone(),
        committed: tree,
        reference,
        old,
        parents,
        mode: DeployMode::Branch,
        dirty: 0,
    })
}

/// Refs are paths: a branch `kaizen`, or one below ours, leaves no room for it.
fn refuse_obstructed(git: &Git, reference: &str) -> Result<(), EngineError> {
    match git.obstacle(reference)? {
        None => Ok(()),
        Some(other) => Err(EngineError::environment(
            format!("the branch {} leaves no room for {}", short_ref(&other), short_ref(reference)),
            format!("rename it: git branch -m {0} NEW-NAME, or give the project another name", short_ref(&other)),
        )),
    }
}

/// A ref that a working tree has checked out must not move below it: that tree would look modified.
pub fn refuse_checked_out(git: &Git, reference: &str) -> Result<(), EngineError> {
    let holder = git.worktrees()?.into_iter().find(|tree| tree.branch.as_deref() == Some(reference));
    match holder {
        None => Ok(()),
        Some(tree) => Err(EngineError::environment(
            format!(
                "{} is checked out in {}, and kaizen never moves a branch below a working tree",
                short_ref(reference),
                tree.path.display()
            ),
            "git switch to another branch there (git switch -), then run this again",
        )),
    }
}

/// Work went on at both ends: the next promotion merges them.
fn merged(git: &Git, tip: &str, head: &str, reference: &str) -> Result<String, EngineError> {
    let hint =
        format!("merge or drop the earlier promotions first: git merge {0}, or git branch -m {0} old-promotions", short_ref(reference));
    let Some(fork) = git.merge_base(tip, head)? else {
        return Err(EngineError::environment(format!("{} and HEAD have no common history here", short_ref(reference)), hint));
    };
    let (fork, ours, theirs) = (git.tree_of(&fork)?, git.tree_of(tip)?, git.tree_of(head)?);
    git.merge_trees(&fork, &ours, &theirs)?
        .map_err(|conflict| EngineError::environment(format!("{} and HEAD have diverged with {conflict}", short_ref(reference)), hint))
}

fn with_uncommitted(git: &Git, base: &Foundation) -> Result<String, EngineError> {
    let (head, uncommitted) = (git.tree_of(&base.head)?, git.working_tree()?);
    git.merge_trees(&head, &base.committed, &uncommitted)?.map_err(|conflict| {
        EngineError::environment(
            format!("the uncommitted changes and {} have {conflict}", short_ref(&base.reference)),
            "commit or stash them, or run without --dirty",
        )
    })
}
