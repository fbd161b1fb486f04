//! One line of TAP, without its indentation. What is no TAP is noise and allowed anywhere.

use kaizen_domain::scorecard::CaseOutcome;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Version,
    /// How many tests there are.
    Plan(u64),
    Point(Point),
    /// With the reason.
    BailOut(String),
}

/// `ok 3 - description # SKIP reason`
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) outcome: CaseOutcome,
    pub(super) number: Option<u64>,
    pub(super) description: String,
}

/// `None` for noise, comments and pragmas.
pub(super) fn parse(line: &str) -> Option<Line> {
    if let Some(version) = line.strip_prefix("TAP version ") {
        return version.trim().parse::<u32>().is_ok().then_some(Line::Version);
    }
    if let Some(reason) = line.strip_prefix("Bail out!") {
        return Some(Line::BailOut(reason.trim().to_owned()));
    }
    plan(line).map(Line::Plan).or_else(|| point(line).map(Line::Point))
}

/// `1..4`, perhaps with a comment.
fn plan(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("1..")?;
    let count = rest.split_once('#').map_or(rest, |(count, _)| count);
    count.trim_end().parse().ok()
}

fn point(line: &str) -> Option<Point> {
    let (failed, rest) = match line.strip_prefix("not ok") {
        Some(rest) => (true, rest),
        None => (false, line.strip_prefix("ok")?),
    };
    if !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let rest = rest.trim_start();
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let ends = rest[digits..].is_empty() || rest[digits..].starts_with([' ', '\t']);
    let number = rest[..digits].parse().ok().filter(|_| ends);
    let rest = if number.is_some() { rest[digits..].trim_start() } else { rest };
    let rest = rest.strip_prefix("- ").or_else(|| (rest == "-").then_some("")).unwrap_or(rest);
    let (description, left_out) = directive(rest);
    let outcome = match (left_out, failed) {
        (true, _) => CaseOutcome::Skip,
        (false, true) => CaseOutcome::Fail,
        (false, false) => CaseOutcome::Pass,
    };
    Some(Point { outcome, number, description: unescaped(description.trim()) })
}

/// What stands before a directive, and whether the directive leaves the test out. Other text after `#` belongs to the description.
fn directive(text: &str) -> (&str, bool) {
    let marks = text.match_indices('#').filter(|(at, _)| !text[..*at].ends_with('\\') && (*at == 0 || text[..*at].ends_with([' ', '\t'])));
    for (at, _) in marks {
        let word = text[at + 1..].trim_start();
        let starts = |name: &str| word.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        if starts("skip") || starts("todo") {
            return (&text[..at], true);
        }
        if starts("time=") || starts("duration_ms") {
            return (&text[..at], false);
        }
    }
    (text, false)
}

fn unescaped(text: &str) -> String {
    text.replace("\\#", "#").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point_of(line: &str) -> (CaseOutcome, Option<u64>, String) {
        match parse(line) {
            Some(Line::Point(point)) => (point.outcome, point.number, point.description),
            other => panic!("{line:?} is {other:?}"),
        }
    }

    #[test]
    fn tests_are_read_with_number_description_and_directive() {
        use CaseOutcome::{Fail, Pass, Skip};
        assert_eq!(point_of("ok"), (Pass, None, String::new()));
        assert_eq!(point_of("not ok 2"), (Fail, Some(2), String::new()));
        assert_eq!(point_of("ok 3 - a # b"), (Pass, Some(3), "a # b".into()));
        assert_eq!(point_of("ok 3 a \\# skip"), (Pass, Some(3), "a # skip".into()));
        assert_eq!(point_of("not ok 4 - later # Todo not yet"), (Skip, Some(4), "later".into()));
        assert_eq!(point_of("ok 5 # Skipped: no network"), (Skip, Some(5), String::new()));
        assert_eq!(point_of("ok 6 - quick # time=1.25ms"), (Pass, Some(6), "quick".into()));
        assert_eq!(point_of("ok 7up is a drink"), (Pass, None, "7up is a drink".into()));
    }

    #[test]
    fn what_only_looks_like_tap_is_noise() {
        for noise in ["okay", "ok, done", "not okay", "1..x", "2..3", "TAP version x", "# ok 1", "pragma +strict", ""] {
            assert_eq!(parse(noise), None, "{noise:?}");
        }
        assert_eq!((parse("1..0 # SKIP no database"), parse("1..12")), (Some(Line::Plan(0)), Some(Line::Plan(12))));
        assert_eq!(parse("Bail out! disk full"), Some(Line::BailOut("disk full".into())));
    }
}
