//! Blunt repairs: edits that only take something away, or answer with a constant. They pass more often than they are right.

use crate::subject::code::{Candidate, Draft};

/// Whether every edit of a candidate is blunt.
pub fn is_blunt(candidate: &Candidate) -> bool {
    !candidate.drafts.is_empty() && candidate.drafts.iter().all(draft_is_blunt)
}

fn draft_is_blunt(draft: &Draft) -> bool {
    let (Some(before), Some((_, after))) = (&draft.before, &draft.after) else { return true };
    let (gone, come) = difference(before, after);
    let come = String::from_utf8_lossy(come);
    let taken_away = (come.trim().is_empty() || come.trim() == "pass") && is_work(&String::from_utf8_lossy(gone));
    taken_away || answers_constant(before, after)
}

/// A call, a statement or one side of a connective; without a sign, a negation or an off-by-one nothing is lost.
fn is_work(gone: &str) -> bool {
    let words = ["and ", "or ", "&& ", "|| "];
    let side = |word: &str| gone.trim_start().starts_with(word) || gone.trim_end().ends_with(word.trim_end());
    gone.contains(['(', '\n']) || words.iter().any(|word| side(word))
}

/// The bytes that differ on both sides.
fn difference<'a>(before: &'a [u8], after: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let start = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let (before, after) = (&before[start..], &after[start..]);
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count();
    (&before[..before.len() - end], &after[..after.len() - end])
}

/// Whether the changed line returns a literal, or decides by one, and did not before.
fn answers_constant(before: &[u8], after: &[u8]) -> bool {
    let start = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let line = |text: &[u8]| {
        let from = text[..start.min(text.len())].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let to = text[start.min(text.len())..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| start + at);
        String::from_utf8_lossy(&text[from..to]).trim().to_owned()
    };
    is_constant_line(&line(after)) && !is_constant_line(&line(before))
}

fn is_constant_line(line: &str) -> bool {
    let value = ["return ", "if ", "while ", "elif "].iter().find_map(|word| line.strip_prefix(word));
    let value = value.unwrap_or_default().trim_end_matches([':', ';', '{', ' ']);
    let literal = value.parse::<f64>().is_ok() || (value.starts_with(['"', '\'']) && value.ends_with(['"', '\'']));
    literal || ["True", "False", "None", "true", "false", "[]", "{}", "()"].contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::change::FileMode;

    fn blunt(before: &str, after: &str) -> bool {
        let draft = Draft { path: "a.py".parse().unwrap(), before: Some(before.into()), after: Some((FileMode::Regular, after.into())) };
        is_blunt(&Candidate { drafts: vec![draft], summary: String::new(), operator: None })
    }

    #[test]
    fn taking_away_and_answering_with_a_constant_are_blunt() {
        assert!(blunt("a = check(b)\nreturn a\n", "return a\n"));
        assert!(blunt("return f(a)\n", "return True\n"));
        assert!(blunt("if a and ready(b):\n", "if a:\n"));
        assert!(blunt("    check(b)\n", "    pass\n"));
    }

    #[test]
    fn turning_round_and_replacing_are_not() {
        assert!(!blunt("if not a:\n", "if a:\n"));
        assert!(!blunt("return a < b\n", "return a <= b\n"));
        assert!(!blunt("n - 1\n", "n + 1\n"));
        assert!(!blunt("return 1\n", "return 2\n"));
    }
}
