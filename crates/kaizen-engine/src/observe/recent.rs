//! Lines that were changed lately: a defect is more often in what was touched than in what has stood for years.
//!
//! Told from the differences of the last commits, by the text of the lines they added: no history is walked line by line. A commit that
//! wrote most of a file says nothing about any of its lines.

use crate::error::EngineError;
use crate::git::Git;
use kaizen_domain::path::RepoPath;
use kaizen_mutate::Evidence;
use std::collections::BTreeMap;

/// Commits that are looked at.
const COMMITS: usize = 12;
/// By how much of what is missing to certainty the newest commit raises a line's suspicion; each older one by less.
const NEWEST: f64 = 0.35;
const FADING: f64 = 0.75;
/// Shorter lines are in every file.
const SHORTEST: usize = 6;

/// What is left of the suspicion of lines that stood longer, where others were changed lately.
const SETTLED: f64 = 0.75;

/// Raises the suspicion of recently changed lines that already have some, and lowers that of the others.
pub fn add(found: &mut Evidence, git: &Git, head: &str, texts: &BTreeMap<RepoPath, String>) -> Result<(), EngineError> {
    if head.is_empty() || found.suspicion.is_empty() {
        return Ok(());
    }
    let history = git.recent_changes(head, COMMITS)?;
    let added = Added::read(&history);
    let ages: Vec<Option<usize>> = found.suspicion.keys().map(|(path, line)| added.age(path, *line, texts.get(path)?)).collect();
    if ages.iter().all(Option::is_none) {
        return Ok(());
    }
    for (suspicion, age) in found.suspicion.values_mut().zip(ages) {
        match age {
            Some(age) => *suspicion += (1.0 - *suspicion) * NEWEST * FADING.powi(i32::try_from(age).unwrap_or(i32::MAX)),
            None => *suspicion *= SETTLED,
        }
    }
    Ok(())
}

/// The lines each commit added, the newest commit first.
#[derive(Debug, Default)]
struct Added {
    commits: Vec<BTreeMap<String, Vec<String>>>,
}

impl Added {
    /// Reads `git log -p -U0` whose commits begin with a NUL.
    fn read(history: &str) -> Self {
        let mut commits = Vec::new();
        for commit in history.split('\0').skip(1) {
            let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let mut file = None;
            for line in commit.lines() {
                if let Some(path) = line.strip_prefix("+++ ") {
                    file = path.strip_prefix("b/").map(str::to_owned);
                } else if let (Some(file), Some(text)) = (&file, line.strip_prefix('+')) {
                    files.entry(file.clone()).or_default().push(text.trim().to_owned());
                }
            }
            commits.push(files);
        }
        Self { commits }
    }

    /// How many commits ago a line (counted from 1) of a file was added, 0 for the newest; `None` where none of them did, or the one that
    /// did wrote most of the file.
    fn age(&self, path: &RepoPath, line: u32, text: &str) -> Option<usize> {
        let (whole, name) = (text.lines().count(), path.as_str()?);
        let text = text.lines().nth((line as usize).checked_sub(1)?)?.trim();
        let adds = |files: &BTreeMap<String, Vec<String>>| {
            files.get(name).is_some_and(|lines| lines.len() * 2 <= whole && lines.iter().any(|line| line == text))
        };
        (text.len() >= SHORTEST).then(|| self.commits.iter().position(adds)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HISTORY: &str = "\0\ndiff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -3 +3 @@\n-    return low\n+    return high\n\
        \0\ndiff --git a/a.py b/a.py\n--- /dev/null\n+++ b/a.py\n@@ -0,0 +1,3 @@\n+def f(low, high):\n+    check(low)\n+    return low\n";

    #[test]
    fn a_line_is_as_old_as_the_last_commit_that_added_it_and_a_new_file_says_nothing() {
        let path: RepoPath = "a.py".parse().unwrap();
        let text = "def f(low, high):\n    check(low)\n    return high\n";
        let age = |line| Added::read(HISTORY).age(&path, line, text);
        assert_eq!([age(3), age(2), age(9)], [Some(0), None, None]);
        assert_eq!(age(0), None, "a tool that does not know the line may say 0");
    }
}
