//! JavaScript and TypeScript projects: what the scripts of `package.json` run, else what is installed, else Node.js's own runner.
//!
//! The command is the runner's own where it is known. Behind it comes the same after a build, where there is one, and the script as a
//! whole: the judge's reporter follows a runner through any of them.

mod layout;

use super::Detected;
use super::named::{self, Named};
use super::runner::node::is_test;
use super::tree::Tree;
use crate::config::benchmark::Format;
pub(super) use layout::levers;
use serde_json::Value;

const MANIFEST: &str = "package.json";
const FORMATS: [Format; 5] = [Format::Jest, Format::Vitest, Format::Mocha, Format::NodeTest, Format::Tap];
/// Runners by the package that brings them, and how they are started.
const INSTALLED: [(&str, Format, &str); 5] = [
    ("vitest", Format::Vitest, "npx vitest run"),
    ("jest", Format::Jest, "npx jest"),
    ("mocha", Format::Mocha, "npx mocha"),
    ("ava", Format::Tap, "npx ava --tap"),
    ("tape", Format::Tap, "npx tape 'test/**/*.js'"),
];

/// The candidates of a JavaScript project; none without a `package.json` or without a test.
pub(super) fn candidates(tree: &Tree) -> Vec<Detected> {
    if !tree.has(MANIFEST) {
        return Vec::new();
    }
    let project = Project { tree, manifest: manifest(tree) };
    let named = named::commands(tree).into_iter().filter(|named| FORMATS.contains(&named.runner.format));
    let mut found: Vec<Detected> = named.flat_map(|named| project.named(&named)).collect();
    found.extend(project.installed());
    found.extend(project.plain());
    found
}

/// The manifest; nothing where it cannot be read, because npm will say so better.
fn manifest(tree: &Tree) -> Value {
    serde_json::from_str(tree.text(MANIFEST)).unwrap_or(Value::Null)
}

struct Project<'t> {
    tree: &'t Tree,
    manifest: Value,
}

impl Project<'_> {
    /// The runner itself, then behind a build, then the whole script.
    fn named(&self, named: &Named) -> Vec<Detected> {
        let runner = &named.runner;
        let command = runner.line(&[]);
        let command = if self.tree.has(".pnp.cjs") { command.replace("npx ", "yarn ") } else { command };
        let first = named.noted(self.detected(command.clone(), runner.format, named.source.clone()));
        let built = self.script("build").map(|_| self.detected(format!("npm run build && {command}"), runner.format, named.source.clone()));
        let whole = named.source.strip_prefix("package.json scripts.").filter(|_| runner.format != Format::Tap);
        let whole = whole.map(|name| self.detected(format!("npm run {name}"), runner.format, named.source.clone()));
        [Some(first), built, whole].into_iter().flatten().collect()
    }

    /// The runner that is installed, where no script names it.
    fn installed(&self) -> Option<Detected> {
        let has = |package: &str| ["devDependencies", "dependencies"].iter().any(|table| self.manifest[table][package].is_string());
        let (package, format, command) = INSTALLED.into_iter().find(|(package, ..)| has(package))?;
        self.has_tests().then(|| self.detected(command.to_owned(), format, format!("package.json needs {package}")))
    }

    /// Node.js's own runner, where a test imports it.
    fn plain(&self) -> Option<Detected> {
        let tests = self.tree.files.iter().filter(|path| is_test(path)).take(20);
        let own = tests.into_iter().find(|path| self.tree.peek(path).contains("node:test"))?;
        Some(self.detected("node --test".to_owned(), Format::NodeTest, format!("{own} imports node:test")))
    }

    fn has_tests(&self) -> bool {
        self.tree.files.iter().any(|path| is_test(path))
    }

    fn script(&self, name: &str) -> Option<&str> {
        self.manifest["scripts"][name].as_str()
    }

    fn detected(&self, command: String, format: Format, source: String) -> Detected {
        let detected = Detected::new(self.tree, self.manifest["name"].as_str().map(str::to_owned), command, format, source);
        Detected { levers: levers(self.tree), protect: self.protect(), notes: self.notes(), ..detected }
    }

    /// Places of tests that no format names.
    fn protect(&self) -> Vec<String> {
        let places = ["spec", "specs", "e2e", "__fixtures__", "fixtures"];
        places.iter().filter(|place| self.tree.has_directory(place)).map(|place| format!("{place}/**")).collect()
    }

    fn notes(&self) -> Vec<String> {
        let needs =
            ["devDependencies", "dependencies"].iter().any(|table| self.manifest[table].as_object().is_some_and(|table| !table.is_empty()));
        let missing = needs && !self.tree.root.join("node_modules").is_dir() && !self.tree.has(".pnp.cjs");
        missing.then(|| format!("there is no node_modules: run `{}`, the sandbox has no network", self.installer())).into_iter().collect()
    }

    fn installer(&self) -> &'static str {
        match () {
            () if self.tree.has("pnpm-lock.yaml") => "pnpm install",
            () if self.tree.has("yarn.lock") => "yarn install",
            () if self.tree.has("bun.lock") || self.tree.has("bun.lockb") => "bun install",
            () => "npm install",
        }
    }
}
