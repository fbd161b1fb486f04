//! The one adapter of jest, vitest, mocha and node-test, which differ in [`Runner`]'s fields only: the environment that carries the judge's
//! reporter into every Node.js process of the command, files that judge JavaScript, and the verdict. It knows nothing of any of the four.
//!
//! Ids are `FILE::OUTER > INNER > TITLE`, the file below the project's root; a title that is there again in its file gets `#2` and so
//! on in the order of declaration, and a case of a named jest or vitest project `FILE::[PROJECT] TITLE`. What is no case of its own is
//! named in angle brackets: `FILE::<load>` (it could not be run, or it is a whole script that Node.js counts as a test), `FILE::<exit>`
//! (it failed after its cases), `FILE::SUITE > <hooks>` (set-up or tear-down failed).

use super::report::{selection, verdict};
use super::shell::in_front;
use super::stand_in::{fold, mark_missing};
use super::{Adapter, Finished, Invocation, Reading, Request, StandIn};
use kaizen_domain::scorecard::{CaseId, RunFault};
use std::path::Path;

/// Tests, what tests import by convention, and what decides which tests run and as what they are compiled.
const PROTECTED: [&str; 24] = [
    "test/**",
    "tests/**",
    "**/__tests__/**",
    "**/__mocks__/**",
    "**/__snapshots__/**",
    "**/*.snap",
    "**/*.test.*",
    "**/*.spec.*",
    "**/*-test.*js",
    "**/test.*js",
    "**/package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "**/.npmrc",
    "**/.yarnrc*",
    ".pnp.*",
    "**/babel.config.*",
    "**/.babelrc*",
    "**/tsconfig*.json",
    "**/.swcrc",
    "**/node_modules/**",
];

/// The hook every Node.js process loads, beside each reporter.
pub(super) const HOOK_JS: (&str, &str) = ("kaizen_node.cjs", include_str!("reporter/kaizen_node.cjs"));

/// How results reach the judge.
const CHANNEL: &str = "A reporter of the judge's inside the runner appends to a file of the judge's, each line with a secret of this run; number and end of the cases are part of it.";

/// What a candidate could still do.
const UNPREVENTED: &str = "Code under test runs beside the runner, or in a process that tells the runner its results: it can find the secret or tell lies; it can also see from the stack that it is tested.";

/// What a command must do so that its runner reports.
const HINT: &str = "the runner must be the one of benchmark.format and start with the NODE_OPTIONS it is given (a script that sets its own writes NODE_OPTIONS=\"$NODE_OPTIONS ...\")";

/// A runner of JavaScript's tests.
pub(super) struct Runner {
    /// The format's name.
    pub(super) name: &'static str,
    /// Where its options come from: protected besides tests.
    pub(super) protected: &'static [&'static str],
    /// Its reporter, and the hook.
    pub(super) files: &'static [(&'static str, &'static str)],
}

impl Adapter for Runner {
    fn name(&self) -> &'static str {
        self.name
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn unprevented(&self) -> &'static str {
        UNPREVENTED
    }

    fn protected(&self) -> Vec<&'static str> {
        [&PROTECTED[..], self.protected].concat()
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        self.files
    }

    fn can_select(&self, _command: &str) -> bool {
        true
    }

    fn stands_for(&self, case: &CaseId) -> Option<StandIn> {
        stands_for(case)
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        invocation(self.name, request)
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        read(request, finished)
    }
}

/// The command in a shell, with the judge's hook in every Node.js process of it.
fn invocation(format: &str, request: &Request<'_>) -> Invocation {
    let hook = hook(request.judge_dir);
    let command = format!("export KAIZEN_ROOT=\"$PWD\"\n{}", keep_hook(request.command, &hook));
    let invocation = Invocation::shell(&command)
        .with("NODE_OPTIONS", &hook)
        .with("KAIZEN_HOOK", &hook)
        .with("KAIZEN_FORMAT", format)
        .with("KAIZEN_REPORT", request.report)
        .with("KAIZEN_NONCE", request.nonce);
    match request.only.and_then(selection) {
        Some(only) => invocation.with("KAIZEN_ONLY", only),
        None => invocation,
    }
}

/// The option that loads the hook, in the syntax of `NODE_OPTIONS`.
fn hook(judge_dir: &Path) -> String {
    let path = judge_dir.join(HOOK_JS.0).to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!("--require \"{path}\"")
}

/// `NODE_OPTIONS=--x jest` would replace our variable: ours is put in front of theirs. The hook does the same in package scripts.
fn keep_hook(command: &str, hook: &str) -> String {
    in_front(command, "NODE_OPTIONS", |_| shell_words::quote(&format!("{hook} ")).into_owned())
}

/// What a file, or a set-up, that failed stands for.
fn stands_for(case: &CaseId) -> Option<StandIn> {
    let stand_in = |rest: &str, listed| StandIn { prefixes: vec![rest.to_owned()], listed };
    let id = case.0.as_str();
    let file = id.strip_suffix("<load>").map(|rest| stand_in(rest, false));
    let other = || id.strip_suffix("<hooks>").or_else(|| id.strip_suffix("<exit>")).map(|rest| stand_in(rest, true));
    file.or_else(other).filter(|_| id.contains("::"))
}

/// Reads the report and holds it against how the process ended.
fn read(request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
    let mut reading = verdict(request, finished, HINT, |_, _| None)?;
    fold(&mut reading, request.stand_ins);
    // Selected cases of a file that could not be run are errors.
    mark_missing(&mut reading, request.only.unwrap_or_default(), "::<load>");
    reading.select(request.only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_set_by_the_command_keep_the_hook_in_front() {
        let kept = |command| keep_hook(command, "--require \"/j\"");
        assert_eq!(kept("NODE_OPTIONS=--x npx jest"), "NODE_OPTIONS='--require \"/j\" '--x npx jest");
        assert_eq!(kept("env NODE_OPTIONS=\"--x --y\" z"), "env NODE_OPTIONS='--require \"/j\" '\"--x --y\" z");
        assert_eq!(kept("MY_NODE_OPTIONS=1 XNODE_OPTIONS=2 z"), "MY_NODE_OPTIONS=1 XNODE_OPTIONS=2 z");
    }

    #[test]
    fn what_stands_for_others_is_known_by_its_name() {
        let prefixes = |id: &str| stands_for(&CaseId(id.into())).map(|stand_in| (stand_in.prefixes.concat(), stand_in.listed));
        assert_eq!(prefixes("a.test.js::<load>"), Some(("a.test.js::".into(), false)));
        assert_eq!(prefixes("a.test.js::s > <hooks>"), Some(("a.test.js::s > ".into(), true)));
        assert_eq!(prefixes("a.test.js::<exit>"), Some(("a.test.js::".into(), true)));
        assert_eq!(prefixes("a.test.js::plain"), None);
    }
}
