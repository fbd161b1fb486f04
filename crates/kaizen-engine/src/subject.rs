//! What can be improved and versioned. One file per subject and one line in [`SUBJECTS`].

pub mod code;
pub mod settings;

use crate::config::Config;
use kaizen_domain::hypothesis::Category;
use kaizen_domain::path::RepoPath;

/// One kind of thing that can be improved.
pub trait Subject: Sync {
    /// Its name in versions and on the command line.
    fn name(&self) -> &'static str;

    /// Whether the levers of `config` let a change touch `path`.
    fn may_change(&self, config: &Config, path: &RepoPath) -> bool;
}

/// Every subject.
pub const SUBJECTS: &[&dyn Subject] = &[&code::Code, &settings::Settings];

/// The subject that hypotheses of a category are about.
pub fn of(category: Category) -> &'static dyn Subject {
    match category {
        Category::Code => &code::Code,
        Category::Config => &settings::Settings,
    }
}

/// Whether any subject may change `path`.
pub fn may_change(config: &Config, path: &RepoPath) -> bool {
    SUBJECTS.iter().any(|subject| subject.may_change(config, path))
}
