//! Rust functions with slips.

use super::Subject;

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        source: "pub fn locate(items: &[i32], wanted: i32) -> usize {\n    let (mut low, mut high) = (0, items.len());\n    while low < high {\n        let middle = (low + high) / 2;\n        if items[middle] < wanted {\n            low = middle + 1;\n        } else {\n            high = middle;\n        }\n    }\n    low\n}\n",
        slips: &[
            ("while low < high", "while low <= high"),
            ("low = middle + 1", "low = middle"),
            ("high = middle;", "high = middle - 1;"),
            ("(low + high) / 2", "(low - high) / 2"),
            ("\n    low\n", "\n    high\n"),
        ],
    },
    Subject {
        source: "pub fn wrap(text: &str, width: usize) -> Vec<String> {\n    let mut lines = Vec::new();\n    let mut line = String::new();\n    for word in text.split_whitespace() {\n        if !line.is_empty() && line.len() + word.len() + 1 > width {\n            lines.push(line.clone());\n            line.clear();\n        }\n        if !line.is_empty() {\n            line.push(' ');\n        }\n        line.push_str(word);\n    }\n    lines.push(line);\n    lines\n}\n",
        slips: &[
            ("word.len() + 1 > width", "word.len() > width"),
            ("+ 1 > width", "+ 1 >= width"),
            ("        if !line.is_empty() {", "        if line.is_empty() {"),
            ("line.is_empty() && line", "line.is_empty() || line"),
        ],
    },
    Subject {
        source: "pub fn median(mut values: Vec<f64>) -> Option<f64> {\n    values.sort_by(|a, b| a.total_cmp(b));\n    let half = values.len() / 2;\n    if values.is_empty() {\n        return None;\n    }\n    if values.len() % 2 == 1 {\n        return Some(values[half]);\n    }\n    Some((values[half - 1] + values[half]) / 2.0)\n}\n",
        slips: &[
            ("a.total_cmp(b)", "b.total_cmp(b)"),
            ("% 2 == 1", "% 2 == 0"),
            ("values[half - 1] +", "values[half] +"),
            ("/ 2.0", "/ 1.0"),
            ("if values.is_empty()", "if !values.is_empty()"),
        ],
    },
    Subject {
        source: "pub fn gcd(mut a: u64, mut b: u64) -> u64 {\n    while b != 0 {\n        let rest = a % b;\n        a = b;\n        b = rest;\n    }\n    a\n}\n\npub fn lcm(a: u64, b: u64) -> u64 {\n    a / gcd(a, b) * b\n}\n",
        slips: &[
            ("let rest = a % b", "let rest = a / b"),
            ("let rest = a % b", "let rest = b % a"),
            ("b = rest", "b = a"),
            ("gcd(a, b) * b", "gcd(a, b) * a"),
            ("b != 0", "b == 0"),
        ],
    },
    Subject {
        source: "pub struct Account {\n    balance: i64,\n    limit: i64,\n    frozen: bool,\n}\n\nimpl Account {\n    pub fn withdraw(&mut self, amount: i64) -> bool {\n        if self.frozen || amount > self.balance + self.limit {\n            return false;\n        }\n        self.balance -= amount;\n        true\n    }\n\n    pub fn deposit(&mut self, amount: i64) -> Result<i64, String> {\n        if amount <= 0 {\n            return Err(\"amount\".to_owned());\n        }\n        self.balance += amount;\n        Ok(self.balance)\n    }\n}\n",
        slips: &[
            ("self.balance -= amount", "self.balance += amount"),
            ("self.balance -= amount", "self.limit -= amount"),
            ("self.frozen ||", "!self.frozen ||"),
            ("return false", "return true"),
            ("amount <= 0", "amount < 0"),
            ("Ok(self.balance)", "Ok(amount)"),
        ],
    },
    Subject {
        source: "pub fn distance(left: &[u8], right: &[u8]) -> usize {\n    let mut previous: Vec<usize> = (0..=right.len()).collect();\n    for (i, a) in left.iter().enumerate() {\n        let mut current = vec![i + 1];\n        for (j, b) in right.iter().enumerate() {\n            let cost = if a == b { 0 } else { 1 };\n            current.push((previous[j + 1] + 1).min(current[j] + 1).min(previous[j] + cost));\n        }\n        previous = current;\n    }\n    previous[right.len()]\n}\n",
        slips: &[
            ("0..=right.len()", "0..right.len()"),
            ("if a == b", "if a != b"),
            ("previous[j + 1] + 1", "previous[j] + 1"),
            (".min(previous[j] + cost)", ".max(previous[j] + cost)"),
            ("    previous[right.len()]", "    previous[left.len()]"),
        ],
    },
    Subject {
        source: "pub fn transposed(matrix: &[Vec<i32>]) -> Vec<Vec<i32>> {\n    let rows = matrix.len();\n    let columns = matrix[0].len();\n    let mut result = vec![vec![0; rows]; columns];\n    for row in 0..rows {\n        for column in 0..columns {\n            result[column][row] = matrix[row][column];\n        }\n    }\n    result\n}\n",
        slips: &[
            ("matrix[row][column]", "matrix[column][row]"),
            ("0..rows {", "1..rows {"),
            ("0..columns {", "0..rows {"),
            ("vec![0; rows]", "vec![0; columns]"),
            ("matrix[0].len()", "matrix[1].len()"),
        ],
    },
    Subject {
        source: "pub fn is_leap(year: u32) -> bool {\n    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)\n}\n\npub fn days(month: u32, year: u32) -> u32 {\n    match month {\n        2 => if is_leap(year) { 29 } else { 28 },\n        4 | 6 | 9 | 11 => 30,\n        _ => 31,\n    }\n}\n",
        slips: &[
            ("% 100 != 0", "% 100 == 0"),
            ("0 || year", "0 && year"),
            ("is_leap(year) {", "is_leap(month) {"),
            ("=> 30", "=> 31"),
            ("{ 29 }", "{ 30 }"),
        ],
    },
    Subject {
        source: "pub fn settings(text: &str) -> Vec<(String, String)> {\n    let mut found = Vec::new();\n    for line in text.lines() {\n        let line = line.trim();\n        if line.is_empty() || line.starts_with('#') {\n            continue;\n        }\n        if let Some((name, value)) = line.split_once('=') {\n            found.push((name.trim_end().to_owned(), value.trim_start().to_owned()));\n        }\n    }\n    found\n}\n",
        slips: &[
            ("line.starts_with", "line.ends_with"),
            ("continue", "break"),
            ("is_empty() || line", "is_empty() && line"),
            ("split_once('=')", "split_once('#')"),
            ("value.trim_start()", "value.trim_end()"),
            ("name.trim_end()", "value.trim_end()"),
        ],
    },
    Subject {
        source: "pub fn merged(left: &[i32], right: &[i32]) -> Vec<i32> {\n    let (mut i, mut j) = (0, 0);\n    let mut out = Vec::with_capacity(left.len() + right.len());\n    while i < left.len() && j < right.len() {\n        if left[i] <= right[j] {\n            out.push(left[i]);\n            i += 1;\n        } else {\n            out.push(right[j]);\n            j += 1;\n        }\n    }\n    out.extend_from_slice(&left[i..]);\n    out.extend_from_slice(&right[j..]);\n    out\n}\n",
        slips: &[
            ("left[i] <= right[j]", "left[i] >= right[j]"),
            ("&& j < right.len()", "|| j < right.len()"),
            ("&right[j..]", "&right[i..]"),
            ("i += 1", "i += 2"),
            ("push(right[j])", "push(right[i])"),
            ("&left[i..]", "&left[i + 1..]"),
        ],
    },
    Subject {
        source: "pub fn primes(limit: usize) -> Vec<usize> {\n    let mut sieve = vec![true; limit + 1];\n    let mut found = Vec::new();\n    for number in 2..=limit {\n        if sieve[number] {\n            found.push(number);\n            let mut multiple = number * number;\n            while multiple <= limit {\n                sieve[multiple] = false;\n                multiple += number;\n            }\n        }\n    }\n    found\n}\n",
        slips: &[
            ("2..=limit", "2..limit"),
            ("2..=limit", "1..=limit"),
            ("multiple <= limit", "multiple < limit"),
            ("= false", "= true"),
            ("multiple += number", "multiple += limit"),
            ("number * number", "number + number"),
        ],
    },
    Subject {
        source: "pub fn packed(high: u8, low: u8) -> u16 {\n    (u16::from(high) << 8) | u16::from(low)\n}\n\npub fn ones(mut number: u32) -> u32 {\n    let mut total = 0;\n    while number != 0 {\n        total += number & 1;\n        number >>= 1;\n    }\n    total\n}\n",
        slips: &[
            ("<< 8", ">> 8"),
            ("8) | u16", "8) & u16"),
            ("number & 1", "number | 1"),
            ("number >>= 1", "number <<= 1"),
            ("u16::from(low)", "u16::from(high)"),
        ],
    },
    Subject {
        source: "use std::collections::VecDeque;\n\npub fn reachable(graph: &[Vec<usize>], start: usize) -> Vec<bool> {\n    let mut seen = vec![false; graph.len()];\n    let mut queue = VecDeque::from([start]);\n    seen[start] = true;\n    while let Some(node) = queue.pop_front() {\n        for &next in &graph[node] {\n            if !seen[next] {\n                seen[next] = true;\n                queue.push_back(next);\n            }\n        }\n    }\n    seen\n}\n",
        slips: &[
            ("queue.pop_front()", "queue.pop_back()"),
            ("if !seen[next]", "if seen[next]"),
            ("if !seen[next]", "if !seen[node]"),
            ("queue.push_back(next)", "queue.push_back(node)"),
            ("seen[start] = true", "seen[start] = false"),
        ],
    },
    Subject {
        source: "pub fn clamp(value: i64, low: i64, high: i64) -> i64 {\n    value.min(high).max(low)\n}\n\npub fn percent(part: i64, whole: i64) -> Option<i64> {\n    if whole == 0 {\n        return None;\n    }\n    Some(clamp(part.saturating_mul(100) / whole, 0, 100))\n}\n",
        slips: &[
            ("value.min(high)", "value.max(high)"),
            (".max(low)", ".max(high)"),
            ("if whole == 0", "if part == 0"),
            ("whole, 0, 100", "whole, 100, 0"),
            ("part.saturating_mul", "part.saturating_add"),
        ],
    },
    Subject {
        source: "pub fn longest_run(values: &[u8]) -> usize {\n    let mut best = 0;\n    let mut start = 0;\n    for end in 1..=values.len() {\n        if end == values.len() || values[end] != values[end - 1] {\n            best = best.max(end - start);\n            start = end;\n        }\n    }\n    best\n}\n\npub fn has_digit(text: &str) -> bool {\n    text.chars().any(|c| c.is_ascii_digit())\n}\n",
        slips: &[
            ("values[end - 1]", "values[end]"),
            ("end - start", "end + start"),
            ("end - start", "start - end"),
            ("chars().any(", "chars().all("),
            ("1..=values.len()", "0..=values.len()"),
            ("start = end;", "start = best;"),
        ],
    },
];
