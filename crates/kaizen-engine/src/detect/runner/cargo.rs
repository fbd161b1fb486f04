//! `cargo test` and `cargo nextest run`.

use super::{Runner, has_glob};
use crate::config::benchmark::Format;

const VALUES: &[&str] = &["--color", "-j", "--jobs", "--message-format", "--profile", "--retries", "-P", "--test-threads", "--max-fail"];
const KEPT: &[&str] = &["--features", "-F", "--exclude"];

/// What the words after `cargo` come to.
pub(super) fn runner(words: &[String]) -> Option<Runner> {
    let words = match words {
        [channel, rest @ ..] if channel.starts_with('+') => {
            if channel.contains("nightly") {
                return None;
            }
            rest
        }
        all => all,
    };
    let (format, rest) = match words {
        [test, rest @ ..] if test == "test" || test == "t" => (Format::CargoTest, rest),
        [nextest, run, rest @ ..] if nextest == "nextest" && (run == "run" || run == "r") => (Format::Nextest, rest),
        _ => return None,
    };
    let mut runner = Runner::of(format);
    if has_glob(rest) {
        return None;
    }
    let own = rest.split(|word| word == "--").next().unwrap_or(rest);
    if rest[own.len()..].iter().skip(1).any(|word| word != "--nocapture" && !word.starts_with("--test-threads")) {
        return None;
    }
    arguments(own, &mut runner)?;
    if let Some(threads) = rest[own.len()..].iter().find(|word| word.starts_with("--test-threads=")) {
        runner.args.extend(["--".to_owned(), threads.clone()]);
    }
    Some(runner)
}

fn arguments(words: &[String], runner: &mut Runner) -> Option<()> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let flag = word.split('=').next().unwrap_or(word);
        match flag {
            "--no-run" | "--help" | "--manifest-path" | "--target" | "-p" | "--package" | "--bench" | "--benches" | "--example"
            | "--test" => {
                return None;
            }
            flag if flag.starts_with("-Z") || !flag.starts_with('-') => return None,
            "-E" | "--filter-expr" | "--filterset" | "--partition" => return None,
            "--doc" | "--lib" | "--bins" | "--tests" | "--no-default-features" | "--exclude" => runner.narrow += 1,
            _ => {}
        }
        if VALUES.contains(&flag) || matches!(flag, "-v" | "-vv" | "--verbose" | "-q" | "--quiet" | "--no-fail-fast") {
            runner.dropped.push(word.clone());
            if flag == word && VALUES.contains(&flag) {
                words.next()?;
            }
            continue;
        }
        runner.args.push(word.clone());
        if flag == word && KEPT.contains(&flag) {
            runner.args.push(words.next()?.clone());
        }
    }
    Some(())
}
