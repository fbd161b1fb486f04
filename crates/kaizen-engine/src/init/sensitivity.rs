//! Whether the benchmark feels the code that may change: levers are broken inside the jail, and the score must move.
//!
//! It finds the set-up that makes every later verdict worthless: a benchmark that tests an installed copy instead of
//! the tree. Only the jail's files are broken.

use crate::detect::{entered, split_directory};
use crate::error::EngineError;
use crate::progress::Progress;
use crate::session::Session;
use crate::subject;
use crate::trial::judge::{Court, Suite, shell};
use kaizen_domain::path::RepoPath;
use kaizen_domain::points::Points;
use kaizen_domain::scorecard::{Measured, Scorecard};
use kaizen_mutate::Language;
use kaizen_sandbox::workspace::{Content, FileWrite};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many files are broken, one at a time, before the benchmark counts as blind.
const TRIES: usize = 3;

/// How many sources are read to see which files are imported most.
const READ: usize = 2_000;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Sensitivity {
    /// Breaking this file showed.
    Moved {
        /// Which.
        file: RepoPath,
        /// Points without the break.
        before: Points,
        /// Points with it; `None` where the benchmark gave no result any more.
        after: Option<Points>,
    },
    /// Nothing that was broken showed.
    Unmoved {
        /// What was broken.
        tried: Vec<RepoPath>,
        /// Why, for people.
        cause: String,
        /// What mends it.
        mend: String,
    },
    /// No file could be broken.
    Untested {
        /// Why, for people.
        why: String,
    },
}

/// Breaks levers one at a time until the score moves.
pub fn probe(session: &mut Session<'_>) -> Result<Sensitivity, EngineError> {
    let levers = ranked(session)?;
    if levers.is_empty() {
        return Ok(Sensitivity::Untested { why: "no file of a language that Kaizen knows may change".into() });
    }
    let mut tried = Vec::new();
    for file in levers.into_iter().take(TRIES) {
        session.context.report(Progress::Preparing { what: format!("breaking {file} in the sandbox") });
        let measured = session.run(&[broken(session, &file)?], None)?.measured;
        if moved(&session.card, &measured) {
            let after = measured.map(|card| card.points()).ok();
            return Ok(Sensitivity::Moved { file, before: session.card.points(), after });
        }
        tried.push(file);
    }
    let (cause, mend) = cause(session, &tried)?;
    Ok(Sensitivity::Unmoved { tried, cause, mend })
}

/// Points fall; where there are none to lose, any other outcome shows that the break was felt.
fn moved(baseline: &Scorecard, measured: &Measured) -> bool {
    let Ok(card) = measured else { return true };
    let outcomes = |card: &Scorecard| card.cases.iter().map(|(id, case)| (id.clone(), case.outcome)).collect::<Vec<_>>();
    card.points() < baseline.points() || (baseline.points() == Points::ZERO && outcomes(card) != outcomes(baseline))
}

/// What stands in every file that is broken.
const BROKEN: &str = "broken on purpose by kaizen init";

/// A version of the file that cannot be loaded, or not compiled.
fn broken(session: &Session<'_>, file: &RepoPath) -> Result<FileWrite, EngineError> {
    let text = session.snapshot.text(file)?.unwrap_or_default();
    let bytes = match Language::of_path(file) {
        Some(Language::Rust) => format!("{text}\ncompile_error!(\"{BROKEN}\");\n"),
        Some(Language::JavaScript | Language::TypeScript | Language::Tsx) => format!("throw new Error(\"{BROKEN}\");\n"),
        Some(Language::Go) => format!("{text}\nvar _ int = \"{BROKEN}\"\n"),
        Some(Language::C | Language::Cpp) => format!("{text}\n#error {BROKEN}\n"),
        Some(Language::Java) => format!("{text}\n{BROKEN}\n"),
        Some(Language::Python) | None => format!("raise RuntimeError('{BROKEN}')\n"),
    };
    Ok(FileWrite { path: file.as_path().to_owned(), content: Some(Content::File { bytes: bytes.into_bytes(), executable: false }) })
}

/// The levers by how much of the benchmark stands on them, most first; crate roots before all.
fn ranked(session: &Session<'_>) -> Result<Vec<RepoPath>, EngineError> {
    let levers = subject::levers(&session.context.config, &session.snapshot);
    let mut levers: Vec<RepoPath> = levers.filter(|file| Language::of_path(file).is_some()).cloned().collect();
    let words = imported(session)?;
    let beside = tests_beside(&session.snapshot.files);
    let rank = |file: &RepoPath| {
        let mentions = match Language::of_path(file) {
            _ if is_entry(file) => usize::MAX,
            // A package of Go is compiled where it has tests.
            Some(Language::Go) => file.as_path().parent().and_then(|directory| beside.get(directory)).copied().unwrap_or(0),
            _ => words.get(&module(file)).copied().unwrap_or(0),
        };
        (std::cmp::Reverse(mentions), file.as_path().components().count(), file.clone())
    };
    levers.sort_by_cached_key(rank);
    Ok(levers)
}

/// What everything else of a package is reached through.
fn is_entry(file: &RepoPath) -> bool {
    let entries = ["src/lib.rs", "src/main.rs", "src/index.ts", "src/index.js"];
    entries.iter().any(|entry| file.as_path().ends_with(entry))
        || ["index.js", "index.mjs", "index.ts"].iter().any(|name| file.as_path() == Path::new(name))
}

/// How many tests of Go lie in each directory.
fn tests_beside(files: &[RepoPath]) -> BTreeMap<&Path, usize> {
    let mut counts = BTreeMap::new();
    let tests = files.iter().map(RepoPath::as_path).filter(|path| path.to_str().is_some_and(|path| path.ends_with("_test.go")));
    for directory in tests.filter_map(Path::parent) {
        *counts.entry(directory).or_default() += 1;
    }
    counts
}

/// What a file is imported as: its stem, or its directory's name for a package's `__init__`, Rust's `mod` and JavaScript's `index`.
fn module(file: &RepoPath) -> String {
    let name = |path: Option<&Path>| path.and_then(Path::file_stem).map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    match name(Some(file.as_path())).as_str() {
        "__init__" | "mod" | "index" => name(file.as_path().parent()),
        stem => stem.to_owned(),
    }
}

/// How many import lines name each word.
fn imported(session: &Session<'_>) -> Result<BTreeMap<String, usize>, EngineError> {
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for file in session.snapshot.files.iter().filter(|file| Language::of_path(file).is_some()).take(READ) {
        let Some(text) = session.snapshot.text(file)? else { continue };
        let imports = text.lines().map(str::trim_start).filter(|line| is_import(line));
        for word in imports.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).filter(|word| !word.is_empty()) {
            *words.entry(word.to_owned()).or_default() += 1;
        }
    }
    Ok(words)
}

fn is_import(line: &str) -> bool {
    let keywords = ["import ", "from ", "use ", "mod ", "pub mod ", "pub use ", "#include ", "export "];
    keywords.iter().any(|keyword| line.starts_with(keyword)) || line.contains("require(") || line.starts_with("} from ")
}

/// Why breaking `tried` did not show, and what mends it.
fn cause(session: &mut Session<'_>, tried: &[RepoPath]) -> Result<(String, String), EngineError> {
    let list = tried.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let command = session.context.config.benchmark.command.as_str();
    if let Some((file, foreign)) = loaded_instead(session, tried)? {
        let better = on_path(command, source_root(&file, command).unwrap_or("."));
        let cause =
            format!("{} is loaded from {}, not from {file}: another copy than this tree is tested", module(&file), foreign.display());
        let format = session.adapter.name();
        return Ok((cause, format!("put the tree first: kaizen init --command {} --format {format}", shell_words::quote(&better))));
    }
    let cause = format!("the benchmark never feels {list}: broken, {} of {} points as before", session.card.points(), session.card.worth());
    if let Some(built) = built_first(session, command)? {
        let format = session.adapter.name();
        let mend =
            format!("if it tests what was built, build it first: kaizen init --command {} --format {format}", shell_words::quote(&built));
        return Ok((cause, mend));
    }
    Ok((cause, "name a benchmark that tests this code: kaizen init --command 'COMMAND' --format FORMAT".into()))
}

/// The command behind the build that `package.json` names.
fn built_first(session: &Session<'_>, command: &str) -> Result<Option<String>, EngineError> {
    let (directory, own) = split_directory(command);
    let manifest = directory.as_ref().map_or_else(|| "package.json".to_owned(), |directory| format!("{directory}/package.json"));
    let Some(file) = session.snapshot.files.iter().find(|file| file.as_str() == Some(manifest.as_str())) else { return Ok(None) };
    let text = session.snapshot.text(file)?.unwrap_or_default();
    let builds = serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|manifest| manifest["scripts"]["build"].is_string());
    let built = format!("npm run build && {own}");
    Ok((builds && !own.contains("run build")).then(|| directory.map_or(built.clone(), |directory| entered(&built, &directory))))
}

/// The directory packages are looked for below, where the file is in one; relative to where the command works.
fn source_root(file: &RepoPath, command: &str) -> Option<&'static str> {
    ["src", "lib", "python"].into_iter().find(|root| from_command(file, command).starts_with(root))
}

/// The file's path from where the command works.
fn from_command<'f>(file: &'f RepoPath, command: &str) -> &'f Path {
    let path = file.as_path();
    split_directory(command).0.and_then(|part| path.strip_prefix(part).ok()).unwrap_or(path)
}

/// The command with `root` as the first entry of Python's path.
fn on_path(command: &str, root: &str) -> String {
    match (command.split_once("PYTHONPATH="), split_directory(command)) {
        (Some((before, rest)), _) if rest.starts_with(char::is_whitespace) || rest.is_empty() => format!("{before}PYTHONPATH={root}{rest}"),
        (Some((before, rest)), _) => format!("{before}PYTHONPATH={root}:{rest}"),
        (None, (Some(part), own)) => entered(&format!("PYTHONPATH={root} {own}"), &part),
        (None, (None, _)) => format!("PYTHONPATH={root} {command}"),
    }
}

/// Another file that Python loaded as one of `files`: it is asked to name every file it imports.
fn loaded_instead(session: &mut Session<'_>, files: &[RepoPath]) -> Result<Option<(RepoPath, PathBuf)>, EngineError> {
    if !files.iter().any(|file| Language::of_path(file) == Some(Language::Python)) {
        return Ok(None);
    }
    let (context, limit) = (session.context, session.limit() * 3);
    let mut court = Court::open(context, session.backend, &session.snapshot, session.adapter, Suite::Visible)?;
    let command = context.config.benchmark.command.as_str();
    let mut spec = shell(command, limit);
    spec.env = [("PYTHONVERBOSE", "1"), ("PYTEST_ADDOPTS", "--capture=no -p no:cacheprovider"), ("PYTHONDONTWRITEBYTECODE", "1")]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec();
    spec.merge_output = true;
    let said = court.command(&spec)?.stdout;
    let root = court.jail().root().to_owned();
    court.close()?;
    let said = String::from_utf8_lossy(&said);
    let loaded: Vec<&Path> =
        said.split(|c: char| c.is_whitespace() || c == '\'' || c == '"').filter(|word| word.ends_with(".py")).map(Path::new).collect();
    let foreign = |file: &RepoPath| {
        let own = root.join(file.as_path());
        let here = from_command(file, command);
        let place = source_root(file, command).and_then(|root| here.strip_prefix(root).ok()).unwrap_or(here).to_owned();
        let other = loaded.iter().find(|path| path.ends_with(&place) && **path != own && **path != file.as_path() && **path != here);
        other.map(|path| path.strip_prefix(&root).unwrap_or(path).to_owned())
    };
    Ok(files.iter().find_map(|file| foreign(file).map(|path| (file.clone(), path))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_put_in_front_of_a_path_the_command_sets() {
        assert_eq!(on_path("python3 -m unittest", "src"), "PYTHONPATH=src python3 -m unittest");
        assert_eq!(on_path("PYTHONPATH=vendor python3 -m unittest", "."), "PYTHONPATH=.:vendor python3 -m unittest");
        assert_eq!(on_path("PYTHONPATH= python3", "."), "PYTHONPATH=. python3");
        assert_eq!(on_path("cd back && python3 -m unittest", "src"), "cd back && PYTHONPATH=src python3 -m unittest");
        assert_eq!(on_path("cd 'the back' && python3", "src"), "cd 'the back' && PYTHONPATH=src python3");
    }

    #[test]
    fn a_file_is_looked_for_below_the_directory_that_the_command_goes_to() {
        let root = |file: &str| source_root(&file.parse().unwrap(), "cd 'the back' && python3");
        assert_eq!([root("the back/src/a.py"), root("the back/a.py"), root("lib/a.py")], [Some("src"), None, Some("lib")]);
    }

    #[test]
    fn a_package_is_imported_under_its_directorys_name() {
        let name = |path: &str| module(&path.parse().unwrap());
        assert_eq!([name("src/calc/__init__.py"), name("src/calc.py"), name("src/a/mod.rs")], ["calc", "calc", "a"]);
    }
}
