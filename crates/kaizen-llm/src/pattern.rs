//! Names with `*`, which stands for any text: models of a provider, prices.

/// Whether a name fits a pattern. One without `*` is the name itself.
pub fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = tail.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// How much of a name a pattern says; between two that fit, the one that says more is meant.
pub fn exactness(pattern: &str) -> (usize, bool) {
    (pattern.bytes().filter(|byte| *byte != b'*').count(), !pattern.contains('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_everything_else_for_itself() {
        for (pattern, name) in
            [("gpt-*", "gpt-"), ("*:*", "llama3.1:8b"), ("a*b*c", "abbc"), ("*", ""), ("o3", "o3"), ("*-mini", "gpt-4o-mini")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("gpt-*", "gpt"), ("*:*", "llama3"), ("a*b*c", "acb"), ("o3", "o3-mini"), ("a*a", "a"), ("", "x")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn what_says_more_is_more_exact() {
        assert!(exactness("gpt-oss*") > exactness("gpt-*") && exactness("o3") > exactness("o3*"));
    }
}
