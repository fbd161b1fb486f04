//! Files no proposer may change, whatever the levers say: what configures Kaizen, git, continuous integration,
//! editors that run what they find, and the instructions other agents obey; in Kaizen's own tree also what judges Kaizen.

use super::pattern::{FileGlob, FileGlobs};
use super::problem::Wrong;

/// Always protected, blind to upper and lower case.
pub const ALWAYS_PROTECTED: &[&str] = &[
    "kaizen.toml",
    "**/.git*",
    "**/.git*/**",
    // continuous integration and release
    ".gitlab-ci.yml",
    ".circleci/**",
    ".forgejo/**",
    ".gitea/**",
    ".woodpecker/**",
    ".woodpecker.y*ml",
    ".drone.y*ml",
    ".buildkite/**",
    ".teamcity/**",
    ".ci/**",
    ".travis.yml",
    ".cirrus.yml",
    "**/appveyor.y*ml",
    "**/.appveyor.y*ml",
    "Jenkinsfile",
    "azure-pipelines*.y*ml",
    ".azure-pipelines/**",
    "bitbucket-pipelines.yml",
    "cloudbuild.y*ml",
    // instructions and settings of agents
    "**/AGENTS.md",
    "**/AGENTS.override.md",
    "**/CLAUDE.md",
    "**/CLAUDE.local.md",
    "**/GEMINI.md",
    "**/SKILL.md",
    "**/.claude/**",
    "**/.agents/**",
    "**/.cursor/**",
    "**/.codex/**",
    "**/.gemini/**",
    "**/.continue/**",
    "**/.roo/**",
    "**/.windsurf/**",
    "**/.cursorrules",
    "**/.windsurfrules",
    "**/.clinerules",
    "**/.clinerules/**",
    "**/.aider.conf.y*ml",
    "**/.aider.model.*",
    "**/.mcp.json",
    // what runs on a person's machine without being asked
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
    "**/.husky/**",
    "lefthook*.y*ml",
    ".lefthook/**",
    "**/.envrc",
    "**/.vscode/**",
    "**/.idea/**",
    "**/.devcontainer/**",
    "**/.devcontainer.json",
    "**/.cargo/**",
    "**/rust-toolchain",
    "**/rust-toolchain.toml",
    "**/*.pth",
    "**/sitecustomize.py",
    "**/usercustomize.py",
];

/// In Kaizen's own tree: what decides whether a change to Kaizen is better, what holds candidates in, and what keeps its promises.
pub const OWN_JUDGE: &[&str] = &[
    "crates/kaizen-gate/**",
    "crates/kaizen-sandbox/**",
    "crates/kaizen-testkit/**",
    "crates/kaizen-store/src/permission.rs",
    "crates/kaizen-engine/src/check.rs",
    "crates/kaizen-engine/src/check/**",
    "crates/kaizen-engine/src/config/protected.rs",
    "crates/kaizen-engine/src/cycle.rs",
    "crates/kaizen-engine/src/gate.rs",
    "crates/kaizen-engine/src/gate/**",
    "crates/kaizen-engine/src/grant.rs",
    "crates/kaizen-engine/src/grant/**",
    "crates/kaizen-engine/src/promote.rs",
    "crates/kaizen-engine/src/promote/**",
    "crates/kaizen-engine/src/trial.rs",
    "crates/kaizen-engine/src/trial/**",
    "crates/kaizen-cli/tests/**",
    "crates/kaizen-engine/tests/**",
    "xtask/**",
    "SPECIFICATION.md",
];

/// The matcher of [`ALWAYS_PROTECTED`] and [`OWN_JUDGE`].
pub fn always_protected() -> Result<FileGlobs, Wrong> {
    let all = ALWAYS_PROTECTED.iter().chain(OWN_JUDGE);
    let patterns: Result<Vec<_>, _> = all.map(|pattern| FileGlob::try_from((*pattern).to_owned())).collect();
    FileGlobs::any_case(patterns?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_kaizen_git_ci_and_agents_is_protected_at_any_depth_and_in_any_case() {
        let protected = always_protected().unwrap();
        let files = [
            "kaizen.toml",
            "KAIZEN.toml",
            ".gitignore",
            "sub/.gitattributes",
            ".github/workflows/ci.yml",
            "deep/down/.gitmodules",
            ".gitlab-ci.yml",
            ".ci/run",
            "Jenkinsfile",
            "AGENTS.md",
            "crates/x/agents.md",
            "docs/CLAUDE.md",
            ".claude/settings.json",
            "skills/deploy/SKILL.md",
            ".husky/pre-commit",
            ".pre-commit-config.yaml",
            ".cargo/config.toml",
            "src/sitecustomize.py",
        ];
        let open: Vec<_> = files.into_iter().filter(|file| !protected.matches(&file.parse().unwrap())).collect();
        assert_eq!(open, Vec::<&str>::new());
    }

    #[test]
    fn everything_that_judges_kaizen_is_where_the_list_says() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let gone: Vec<_> = OWN_JUDGE.iter().filter(|glob| !root.join(glob.trim_end_matches("/**")).exists()).collect();
        assert_eq!(gone, Vec::<&&str>::new());
        let protected = always_protected().unwrap();
        for file in
            ["crates/kaizen-gate/src/lib.rs", "crates/kaizen-engine/src/promote/landing.rs", "xtask/src/tidy/purity.rs", "SPECIFICATION.md"]
        {
            assert!(protected.matches(&file.parse().unwrap()), "{file}");
        }
        assert!(!protected.matches(&"crates/kaizen-mutate/src/lib.rs".parse().unwrap()));
    }

    #[test]
    fn ordinary_sources_are_not_protected() {
        let protected = always_protected().unwrap();
        for file in ["src/git.rs", "src/skills.md", "docs/kaizen.toml", "src/agents.rs", "a.github", "cargo/x.rs"] {
            assert!(!protected.matches(&file.parse().unwrap()), "{file} is protected");
        }
    }
}
