//! `go test`.

use super::{Runner, has_glob};
use crate::config::benchmark::Format;

/// What a run does beside testing, or how often; the judge's own affair.
const DROPPED: &[&str] = &[
    "-v",
    "-race",
    "-cover",
    "-coverprofile",
    "-covermode",
    "-coverpkg",
    "-count",
    "-json",
    "-timeout",
    "-failfast",
    "-parallel",
    "-p",
    "-cpu",
    "-shuffle",
    "-x",
    "-benchmem",
];
const VALUED: &[&str] = &["-coverprofile", "-covermode", "-coverpkg", "-count", "-timeout", "-parallel", "-p", "-cpu", "-shuffle"];
const KEPT: &[&str] = &["-tags", "-ldflags", "-mod", "-gcflags", "-exec"];

/// What the words after `go` come to; `None` where it does not test all packages.
pub(super) fn runner(words: &[String]) -> Option<Runner> {
    let (test, rest) = words.split_first()?;
    if test != "test" || has_glob(rest) {
        return None;
    }
    let mut runner = Runner::of(Format::GoTest);
    runner.args.extend(["go", "test"].map(str::to_owned));
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let option = word.strip_prefix('-').map(|option| format!("-{}", option.trim_start_matches('-')));
        let flag = option.as_deref().map(|option| option.split('=').next().unwrap_or(option));
        match flag {
            None if word.contains("...") => runner.args.push(word.clone()),
            Some(flag) if DROPPED.contains(&flag) => {
                runner.dropped.push(word.clone());
                if VALUED.contains(&flag) && !word.contains('=') {
                    rest.next()?;
                }
            }
            Some("-short") => {
                runner.narrow += 1;
                runner.args.push(word.clone());
            }
            Some(flag) if KEPT.contains(&flag) => {
                runner.args.push(word.clone());
                if !word.contains('=') {
                    runner.args.push(rest.next()?.clone());
                }
            }
            _ => return None,
        }
    }
    runner.args.iter().any(|word| word.ends_with("...")).then_some(runner)
}
