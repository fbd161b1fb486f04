//! Recognises the known test runners in a command somebody wrote, and writes them the one way Kaizen reads:
//! without what makes a run stop early, noisy, narrower or dependent on plug-ins.

use super::Language;
use super::tree::{Tree, is_test_file};
use crate::config::benchmark::Format;

/// A known runner's command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Runner {
    pub(super) format: Format,
    pub(super) language: Language,
    /// Variables set before the command, as written.
    pub(super) env: Vec<String>,
    /// What follows the runner's own name, already cleaned.
    pub(super) args: Vec<String>,
    /// How many of the arguments leave cases out; fewer is preferred.
    pub(super) narrow: usize,
    /// Arguments that were left out.
    pub(super) dropped: Vec<String>,
}

const WRAPPERS: &[&str] = &["uv", "poetry", "pipenv", "hatch", "rye", "pdm"];

/// Arguments of pytest that take a value and are left out with it.
const PYTEST_VALUES: &[&str] =
    &["-n", "--numprocesses", "--durations", "--maxfail", "--cov-report", "--junitxml", "--junit-xml", "--color", "--tb", "-r", "--reruns"];
const PYTEST_KEPT: &[&str] = &["-c", "-m", "-p", "--ignore", "--deselect", "-o", "-W", "--rootdir", "--import-mode", "--confcutdir"];
const CARGO_VALUES: &[&str] = &["--color", "-j", "--jobs", "--message-format", "--profile"];
const CARGO_KEPT: &[&str] = &["--features", "-F", "--exclude"];

/// Reads one simple command; `None` where it is no known runner of the whole suite.
pub(super) fn known(words: &[String], tree: &Tree) -> Option<Runner> {
    let assigned = words.iter().take_while(|word| is_assignment(word)).count();
    let (env, words) = words.split_at(assigned);
    let words = unwrapped(words);
    let (name, rest) = words.split_first()?;
    if words.iter().chain(env).any(|word| word.contains(['$', '<', '>', '`', '*'])) {
        return None;
    }
    let name = name.rsplit('/').next().unwrap_or(name);
    let mut runner = match name {
        "pytest" | "py.test" => pytest(rest, tree),
        "cargo" => cargo(rest),
        "coverage" => through_coverage(rest, tree),
        _ if is_python(name) => python_module(rest, tree),
        _ => None,
    }?;
    runner.env = env.iter().filter(|word| !word.starts_with("CI=") && !word.starts_with("RUST_BACKTRACE=")).cloned().collect();
    Some(runner)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python").is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Without `uv run --frozen` and its like.
fn unwrapped(words: &[String]) -> &[String] {
    match words {
        [tool, run, rest @ ..] if WRAPPERS.contains(&tool.as_str()) && run == "run" => {
            let options = rest.iter().take_while(|word| word.starts_with('-')).count();
            &rest[options..]
        }
        _ => words,
    }
}

fn python_module(words: &[String], tree: &Tree) -> Option<Runner> {
    let options = words.iter().take_while(|word| word.starts_with("-W") || *word == "-B" || *word == "-bb" || *word == "-u").count();
    match &words[options..] {
        [flag, module, rest @ ..] if flag == "-m" => match module.as_str() {
            "pytest" => pytest(rest, tree),
            "unittest" => unittest(rest, tree),
            "coverage" => through_coverage(rest, tree),
            _ => None,
        },
        _ => None,
    }
}

fn through_coverage(words: &[String], tree: &Tree) -> Option<Runner> {
    let (run, rest) = words.split_first()?;
    let module = rest.iter().position(|word| word == "-m")?;
    if run != "run" || !rest[..module].iter().all(|word| word.starts_with('-')) {
        return None;
    }
    python_module(&rest[module..], tree)
}

fn empty(format: Format, language: Language) -> Runner {
    Runner { format, language, env: Vec::new(), args: Vec::new(), narrow: 0, dropped: Vec::new() }
}

fn pytest(words: &[String], tree: &Tree) -> Option<Runner> {
    let mut runner = empty(Format::Pytest, Language::Python);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let flag = word.split('=').next().unwrap_or(word);
        if !word.starts_with('-') {
            if !covers_suite(word, tree) {
                return None;
            }
            runner.args.push(word.clone());
        } else if matches!(flag, "-k" | "--lf" | "--last-failed" | "--collect-only" | "--version" | "--help" | "--pyargs") {
            return None;
        } else if PYTEST_KEPT.contains(&flag) {
            runner.narrow += usize::from(matches!(flag, "-m" | "--ignore" | "--deselect"));
            runner.args.push(word.clone());
            if flag == word {
                runner.args.push(words.next()?.clone());
            }
        } else {
            runner.dropped.push(word.clone());
            if flag == word && PYTEST_VALUES.contains(&flag) {
                words.next()?;
            }
        }
    }
    Some(runner)
}

/// True where the path holds every test there is, or at least a directory of them.
fn covers_suite(path: &str, tree: &Tree) -> bool {
    let only = || tree.files.iter().filter(|file| is_test_file(file)).count() == 1;
    path == "." || tree.has_directory(path.trim_start_matches("./")) || (tree.has(path) && only())
}

fn unittest(words: &[String], tree: &Tree) -> Option<Runner> {
    let mut runner = empty(Format::Unittest, Language::Python);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" | "--start-directory" | "-t" | "--top-level-directory" | "-p" | "--pattern" => {
                runner.args.extend([word.clone(), words.next()?.clone()]);
            }
            "discover" => runner.args.push(word.clone()),
            "-k" | "-h" | "--help" => return None,
            flag if flag.starts_with('-') => runner.dropped.push(word.clone()),
            path if tree.has_directory(path) || tree.has_directory(&path.replace('.', "/")) => runner.args.push(word.clone()),
            _ => return None,
        }
    }
    Some(runner)
}

fn cargo(words: &[String]) -> Option<Runner> {
    let mut runner = empty(Format::CargoTest, Language::Rust);
    let words = match words {
        [channel, rest @ ..] if channel.starts_with('+') => {
            if channel.contains("nightly") {
                return None;
            }
            rest
        }
        all => all,
    };
    let (test, rest) = words.split_first()?;
    if test != "test" && test != "t" {
        return None;
    }
    let own = rest.split(|word| word == "--").next().unwrap_or(rest);
    if rest[own.len()..].iter().skip(1).any(|word| word != "--nocapture" && !word.starts_with("--test-threads")) {
        return None;
    }
    cargo_args(own, &mut runner)?;
    if let Some(threads) = rest[own.len()..].iter().find(|word| word.starts_with("--test-threads=")) {
        runner.args.extend(["--".to_owned(), threads.clone()]);
    }
    Some(runner)
}

fn cargo_args(words: &[String], runner: &mut Runner) -> Option<()> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let flag = word.split('=').next().unwrap_or(word);
        match flag {
            "--no-run" | "--help" | "--manifest-path" | "--target" | "-p" | "--package" | "--bench" | "--benches" | "--example"
            | "--test" => {
                return None;
            }
            flag if flag.starts_with("-Z") || !flag.starts_with('-') => return None,
            "--doc" | "--lib" | "--bins" | "--tests" | "--no-default-features" | "--exclude" => runner.narrow += 1,
            _ => {}
        }
        if CARGO_VALUES.contains(&flag) || matches!(flag, "-v" | "-vv" | "--verbose" | "-q" | "--quiet" | "--no-fail-fast") {
            runner.dropped.push(word.clone());
            if flag == word && CARGO_VALUES.contains(&flag) {
                words.next()?;
            }
            continue;
        }
        runner.args.push(word.clone());
        if flag == word && CARGO_KEPT.contains(&flag) {
            runner.args.push(words.next()?.clone());
        }
    }
    Some(())
}
