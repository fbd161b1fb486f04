//! How many tests passed and failed, read from the summaries of cargo-nextest and of `cargo test`.

use std::fmt;

/// The sum over all summaries seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    /// Adds a line's numbers where it is a summary; any other line changes nothing.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim();
        let is_summary = line.starts_with("Summary [") || line.starts_with("test result: ");
        if is_summary {
            self.passed += number_before(line, " passed");
            self.failed += number_before(line, " failed") + number_before(line, " timed out") + number_before(line, " exec failed");
        }
    }
}

/// The number directly before a word, zero where the word does not occur.
fn number_before(line: &str, word: &str) -> u64 {
    let Some(end) = line.find(word) else { return 0 };
    let digits: String = line[..end].chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap_or(0)
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str]) -> Count {
        let mut count = Count::default();
        lines.iter().for_each(|line| count.read(line));
        count
    }

    #[test]
    fn the_summary_of_nextest_is_read() {
        let line = "     Summary [   2.345s] 15 tests run: 12 passed (1 slow), 2 failed, 1 timed out, 3 skipped";
        assert_eq!(count(&[line]), Count { passed: 12, failed: 3 });
    }

    #[test]
    fn the_summaries_of_cargo_test_add_up() {
        let lines = [
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test a_test_that_says_4_passed ... ok",
            "test result: FAILED. 10 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ];
        assert_eq!(count(&lines).to_string(), "13 passed, 1 failed");
    }
}
