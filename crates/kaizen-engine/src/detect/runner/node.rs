//! The test runners of JavaScript, each as Kaizen reads it: the four with an adapter of their own, the others by the TAP they print.

use super::Runner;
use crate::config::benchmark::Format;
use crate::detect::tree::Tree;

/// One runner.
struct Known {
    name: &'static str,
    format: Format,
    /// How it is started; its own arguments follow.
    started: &'static [&'static str],
    /// Words behind its name that are left out: the command starts it that way already.
    implied: &'static [&'static str],
    /// Arguments that choose cases: another command than the whole suite.
    choosing: &'static [&'static str],
    /// Beginnings of arguments that are left out.
    dropped: &'static [&'static str],
    /// Those of them that have their value in the next word.
    valued: &'static [&'static str],
}

const NONE: Known = Known { name: "", format: Format::Tap, started: &[], implied: &[], choosing: &[], dropped: &[], valued: &[] };

const RUNNERS: &[Known] = &[
    Known {
        name: "jest",
        format: Format::Jest,
        started: &["npx", "jest"],
        choosing: &[
            "-t",
            "--testNamePattern",
            "-o",
            "--onlyChanged",
            "--changedSince",
            "--findRelatedTests",
            "--listTests",
            "--init",
            "--shard",
        ],
        dropped: &[
            "--coverage",
            "--collectCoverage",
            "--watch",
            "--ci",
            "--silent",
            "--verbose",
            "--bail",
            "-b",
            "--reporters",
            "--json",
            "-u",
            "--updateSnapshot",
            "--colors",
        ],
        valued: &["--reporters"],
        ..NONE
    },
    Known {
        name: "react-scripts",
        format: Format::Jest,
        started: &["npx", "react-scripts", "test"],
        implied: &["test"],
        choosing: &["start", "build", "eject"],
        dropped: &["--watch", "--coverage"],
        ..NONE
    },
    Known {
        name: "vitest",
        format: Format::Vitest,
        started: &["npx", "vitest", "run"],
        implied: &["run", "--run"],
        choosing: &["watch", "dev", "bench", "related", "list", "-t", "--testNamePattern", "--shard", "--changed"],
        dropped: &["--coverage", "--watch", "--reporter", "--ui", "--silent", "--bail", "-u", "--update"],
        valued: &["--coverage.provider", "--coverage.reporter", "--reporter", "--bail"],
    },
    Known {
        name: "mocha",
        format: Format::Mocha,
        started: &["npx", "mocha"],
        choosing: &["-g", "--grep", "-f", "--fgrep"],
        dropped: &["--reporter", "-R", "--bail", "-b", "--watch", "-w", "--color", "-c", "--forbid-only"],
        valued: &["--reporter", "-R"],
        ..NONE
    },
    Known { name: "tape", started: &["npx", "tape"], ..NONE },
    Known {
        name: "qunit",
        started: &["npx", "qunit"],
        choosing: &["--filter", "-f", "--module", "-m"],
        dropped: &["--reporter", "-r"],
        valued: &["--reporter", "-r"],
        ..NONE
    },
    Known {
        name: "ava",
        started: &["npx", "ava", "--tap"],
        choosing: &["-m", "--match"],
        dropped: &["--tap", "-t", "--verbose", "-v", "--watch", "-w", "--fail-fast"],
        ..NONE
    },
    Known {
        name: "borp",
        started: &["npx", "borp", "--reporter=tap"],
        dropped: &["--coverage", "--check-coverage", "-C", "--reporter", "-r", "--lines", "--branches", "--functions", "--statements"],
        valued: &["--reporter", "-r", "--lines", "--branches", "--functions", "--statements"],
        ..NONE
    },
];

/// What the words after the program's name come to.
pub(super) fn runner(name: &str, rest: &[String], tree: &Tree) -> Option<Runner> {
    if name == "node" {
        return node(rest, tree);
    }
    let known = RUNNERS.iter().find(|known| known.name == name)?;
    let mut runner = Runner::of(known.format);
    runner.args.extend(known.started.iter().map(|word| (*word).to_owned()));
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let flag = word.split('=').next().unwrap_or(word);
        if known.choosing.contains(&flag) {
            return None;
        } else if known.implied.contains(&flag) {
            continue;
        } else if known
            .dropped
            .iter()
            .any(|dropped| flag == *dropped || (dropped.starts_with("--") && flag.starts_with(&format!("{dropped}."))))
            || flag.starts_with("--watch")
        {
            runner.dropped.push(word.clone());
            if flag == word && known.valued.contains(&flag) {
                rest.next()?;
            }
        } else {
            runner.narrow += usize::from(is_one_file(word, tree));
            runner.args.push(word.clone());
        }
    }
    Some(runner)
}

/// `node --test`, or a script that is a suite by itself.
fn node(words: &[String], tree: &Tree) -> Option<Runner> {
    let refused = ["--watch", "--test-name-pattern", "--test-skip-pattern", "--test-shard", "-e", "--eval", "-p", "--check"];
    if words.iter().any(|word| refused.contains(&word.split('=').next().unwrap_or(word))) {
        return None;
    }
    let is_test = words.iter().any(|word| word == "--test");
    let script = words.iter().find(|word| !word.starts_with('-') && tree.has(word.trim_start_matches("./")));
    let format = match (is_test, script.and_then(|script| harness(&tree.peek(script.trim_start_matches("./"))))) {
        (true, _) => Format::NodeTest,
        (false, Some(format)) => format,
        (false, None) => return None,
    };
    let mut runner = Runner::of(format);
    runner.args.push("node".to_owned());
    let (dropped, kept): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.starts_with("--test-reporter") || word.contains("test-coverage"));
    runner.dropped.extend(dropped.into_iter().cloned());
    runner.narrow += usize::from(is_test && kept.iter().any(|word| is_one_file(word, tree)));
    runner.args.extend(kept.into_iter().cloned());
    Some(runner)
}

/// What a script that is started as it is tests with.
fn harness(text: &str) -> Option<Format> {
    let imports = |name: &str| ['\'', '"'].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}")));
    match () {
        () if imports("node:test") => Some(Format::NodeTest),
        () if imports("tape") || imports("tap") => Some(Format::Tap),
        () => None,
    }
}

/// True where a word is one file among several tests.
fn is_one_file(word: &str, tree: &Tree) -> bool {
    let path = word.trim_start_matches("./");
    tree.has(path) && tree.files.iter().filter(|file| is_test(file)).count() > 1 && is_test(path)
}

/// How the names of code end.
pub(in crate::detect) const ENDINGS: &[&str] = &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"];

/// Test files by their names and places.
pub(in crate::detect) fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let script = ENDINGS.iter().any(|ending| name.ends_with(&format!(".{ending}")));
    let placed = path.split('/').rev().skip(1).any(|part| matches!(part, "test" | "tests" | "__tests__" | "spec" | "specs"));
    script && (name.contains(".test.") || name.contains(".spec.") || placed)
}
