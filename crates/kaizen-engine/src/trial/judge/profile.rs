//! Where a benchmark spends its time: one run under a sampling profiler.
//!
//! A profile is no evidence, and candidate code never runs under it: it says which edits of the baseline to try first. A benchmark whose
//! processes are not Python's gives an empty one.

use super::{Ask, Court, read_report, remove_report};
use crate::error::{EngineError, io};
use crate::trial::adapter::{PROFILER, profiled};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// Fewer samples say nothing.
const ENOUGH: u64 = 20;

/// How often the benchmark was seen at which lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// How often anything of the project was seen to run.
    pub samples: u64,
    /// By file and line: in what function it is, how often it was the innermost line of the project, and how often it was on the stack.
    pub lines: BTreeMap<String, BTreeMap<u32, Seen>>,
}

/// How often a line was seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The function, as the program names it.
    pub function: String,
    /// Samples in which nothing of the project was below it.
    pub innermost: u64,
    /// Samples in which it was on the stack.
    pub on_stack: u64,
}

#[derive(Deserialize)]
struct Line {
    nonce: String,
    profile: Part,
}

#[derive(Deserialize)]
struct Part {
    samples: u64,
    lines: Vec<(String, u32, String, u64, u64)>,
}

impl Profile {
    /// The profile of a report's lines; half a line at the end, and lines of others, are left out.
    pub fn read(report: &[u8], nonce: &str) -> Self {
        let mut profile = Self::default();
        let lines = report.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
        for Line { profile: part, .. } in lines.filter(|line| line.nonce == nonce) {
            profile.samples = profile.samples.saturating_add(part.samples);
            for (file, line, function, innermost, on_stack) in part.lines {
                let seen = profile.lines.entry(file).or_default().entry(line).or_default();
                seen.function = function;
                seen.innermost = seen.innermost.saturating_add(innermost);
                seen.on_stack = seen.on_stack.saturating_add(on_stack);
            }
        }
        profile
    }

    /// Whether it says enough to go by.
    pub fn says_something(&self) -> bool {
        self.samples >= ENOUGH
    }

    /// The share of the samples in which one of the lines was on the stack; at most 1, also where a function calls itself.
    pub fn share(&self, file: &str, lines: Range<u32>) -> f64 {
        let Some(known) = self.lines.get(file).filter(|_| self.samples > 0 && lines.start < lines.end) else { return 0.0 };
        let seen: u64 = known.range(lines).map(|(_, seen)| seen.on_stack).sum();
        (seen as f64 / self.samples as f64).min(1.0)
    }

    /// The functions in which the benchmark spends most of its time, with their shares.
    pub fn hottest(&self, most: usize) -> Vec<(String, f64)> {
        let mut functions: BTreeMap<String, u64> = BTreeMap::new();
        for (file, lines) in &self.lines {
            for seen in lines.values() {
                *functions.entry(format!("{file} {}", seen.function)).or_default() += seen.innermost;
            }
        }
        let mut all: Vec<(String, u64)> = functions.into_iter().collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all.truncate(most);
        all.into_iter().map(|(name, seen)| (name, seen as f64 / self.samples.max(1) as f64)).collect()
    }
}

impl Court<'_> {
    /// Runs the baseline's command once from a fresh workspace under the profiler. A run that fails or takes too long still shows where.
    pub fn profile(&mut self, ask: Ask<'_>) -> Result<Profile, EngineError> {
        self.context.checkpoint()?;
        self.jail.reset()?;
        remove_report(&self.report)?;
        let directory = self.judge_dir.join("profiler");
        std::fs::create_dir_all(&directory).map_err(io("create", &directory))?;
        for (name, content) in PROFILER {
            std::fs::write(directory.join(name), content).map_err(io("write", directory.join(name)))?;
        }
        let root = self.context.git.root().to_owned();
        let invocation = profiled(&self.command, &directory, &root, &self.report, &self.nonce);
        let spec = self.spec(invocation, ask.limit);
        self.supervised(&spec)?;
        Ok(Profile::read(&read_report(&self.report)?.unwrap_or_default(), &self.nonce))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_all_processes_add_up_and_only_whole_lines_of_this_run_count() {
        let line = |nonce: &str, on_stack: u64| {
            format!("{{\"nonce\": \"{nonce}\", \"profile\": {{\"samples\": 10, \"lines\": [[\"a.py\", 3, \"f\", 4, {on_stack}]]}}}}\n")
        };
        let report = line("n", 5) + &line("n", 7) + &line("other", 9) + "{\"nonce\": \"n\", \"profile\": {\"samp";
        let profile = Profile::read(report.as_bytes(), "n");
        assert_eq!((profile.samples, profile.lines["a.py"][&3].on_stack), (20, 12));
        assert!(
            (profile.share("a.py", 1..4) - 0.6).abs() < 1e-9 && profile.share("a.py", 4..9) == 0.0 && profile.share("b.py", 1..9) == 0.0
        );
        assert_eq!(profile.hottest(3), [("a.py f".to_owned(), 0.4)]);
        assert!(profile.says_something() && !Profile::default().says_something());
    }
}
