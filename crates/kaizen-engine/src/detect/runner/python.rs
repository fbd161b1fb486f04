//! pytest and unittest, on their own or through `python -m` and coverage.

use super::{Runner, has_glob};
use crate::config::benchmark::Format;
use crate::detect::tree::{Tree, is_test_file};

/// Arguments of pytest that take a value and are left out with it.
const VALUES: &[&str] = &[
    "-n",
    "--numprocesses",
    "--durations",
    "--maxfail",
    "--cov-report",
    "--junitxml",
    "--junit-xml",
    "--color",
    "--tb",
    "-r",
    "--reruns",
    "--dist",
    "--cov-config",
    "--timeout",
    "--basetemp",
    "--verbosity",
    "--maxprocesses",
    "--splits",
    "--group",
    "--html",
    "--log-level",
];
const KEPT: &[&str] = &["-c", "-m", "-p", "--ignore", "--deselect", "-o", "-W", "--rootdir", "--import-mode", "--confcutdir"];

/// What the words after the program's name come to.
pub(super) fn runner(name: &str, rest: &[String], tree: &Tree) -> Option<Runner> {
    if has_glob(rest) {
        return None;
    }
    match name {
        "pytest" | "py.test" => pytest(rest, tree),
        "unittest" => unittest(rest, tree),
        "coverage" => through_coverage(rest, tree),
        _ if is_python(name) => module(rest, tree),
        _ => None,
    }
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python").is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

fn module(words: &[String], tree: &Tree) -> Option<Runner> {
    let options =
        words.iter().take_while(|word| word.starts_with("-W") || ["-B", "-b", "-bb", "-u", "-s"].contains(&word.as_str())).count();
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
    let at = rest.iter().position(|word| word == "-m")?;
    if run != "run" || !rest[..at].iter().all(|word| word.starts_with('-')) {
        return None;
    }
    module(&rest[at..], tree)
}

fn pytest(words: &[String], tree: &Tree) -> Option<Runner> {
    let mut runner = Runner::of(Format::Pytest);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let flag = word.split('=').next().unwrap_or(word);
        if !word.starts_with('-') {
            if !covers_suite(word, tree) {
                return None;
            }
            runner.args.push(word.clone());
        } else if matches!(
            flag,
            "-k" | "--lf" | "--last-failed" | "--ff" | "--collect-only" | "--co" | "--version" | "--help" | "-h" | "--pyargs"
        ) {
            return None;
        } else if KEPT.contains(&flag) {
            runner.narrow += usize::from(matches!(flag, "-m" | "--ignore" | "--deselect"));
            runner.args.push(word.clone());
            if flag == word {
                runner.args.push(words.next()?.clone());
            }
        } else {
            runner.dropped.push(word.clone());
            if flag == word && VALUES.contains(&flag) {
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
    let mut runner = Runner::of(Format::Unittest);
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
