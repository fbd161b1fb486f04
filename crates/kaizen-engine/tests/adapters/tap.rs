//! TAP as Node.js 20 and 24 and tape were seen to write it (but for the case of a word), in all versions of the protocol, and as nobody should.

use super::bench::{Project, assert_fault, lines, message, outcomes};
use super::captured::{Seen, whole};
use kaizen_domain::scorecard::{CaseId, RunFault};
use kaizen_engine::trial::adapter::Reading;

fn read(code: i32, text: &str) -> Result<Reading, RunFault> {
    Seen::stdout(code, &whole(text)).read("tap")
}

#[test]
fn streams_of_real_tools_are_read_with_their_subtests() {
    let mut seen = Vec::new();
    for text in [include_str!("captured/node20.tap"), include_str!("captured/node24.tap")] {
        let reading = read(1, text).unwrap();
        assert!(reading.cases[&CaseId("outer > inner > deep".into())].duration.is_some());
        assert!(message(&reading, "outer > fails é").contains("way"));
        seen.push(outcomes(&reading));
    }
    let common =
        ["outer > passes pass\n", "outer > passes#2 pass\n", "outer > skips skip\n", "sub > two fail\n", "sub fail\n", "todo skip\n"];
    for part in common {
        assert!(seen.iter().all(|outcomes| outcomes.contains(part)), "{part}: {seen:?}");
    }
    let tape = read(1, include_str!("captured/tape.tap")).unwrap();
    assert_eq!(outcomes(&tape), lines("not yet skip\none and one pass\ntwo is # three fail"));
    assert!(message(&tape, "two is # three").contains("operator: equal"));
}

#[test]
fn every_version_of_the_protocol_and_noise_between_the_lines_are_read() {
    let old = "hello\nok 1 - \u{1b}[32mgreen\u{1b}[0m\nnoise: 100%\nnot ok 2 - bad\n# a comment\nok 3\n  ok 9 not indented by four\n1..3\n";
    assert_eq!(outcomes(&read(1, old).unwrap()), lines("bad fail\ngreen pass\ntest 3 pass"));
    let skipped = "1..0 # SKIP no database\nTAP version 14\n1..1\nok 1 - a\n";
    assert_eq!(outcomes(&read(0, skipped).unwrap()), "a pass\n");
    let subtests = "TAP version 14\n# Subtest: outer\n    1..2\n    ok 1 - in\n    not ok 2 - side # todo\nok 1 - outer\n1..1\n";
    assert_eq!(outcomes(&read(0, subtests).unwrap()), lines("outer pass\nouter > in pass\nouter > side skip"));
}

#[test]
fn several_streams_one_after_another_are_one_reading() {
    let two = "TAP version 13\nok 1 - a\n1..1\nTAP version 13\nok 1 - a\nnot ok 2 - b\n1..2\n";
    assert_eq!(outcomes(&read(1, two).unwrap()), lines("a pass\na#2 pass\nb fail"));
    let unversioned = "1..1\nok 1 - a\n1..1\nok 1 - b\n";
    assert_eq!(outcomes(&read(0, unversioned).unwrap()), lines("a pass\nb pass"));
    let project = Project::new("tap", &[("a.sh", "echo 1..1\necho ok 1 - a\n"), ("b.sh", "echo 'ok 1 - b # time=3ms'\necho 1..1\n")]);
    assert_eq!(outcomes(&project.read("for f in a b; do sh $f.sh; done")), lines("a pass\nb pass"));
    assert_fault(&project.fault("sh a.sh; exit 3"), "Incomplete", &["exit code 3 although no case failed"]);
    assert_fault(&project.fault("sh a.sh; kill -9 $$"), "Crashed", &["signal 9"]);
}

#[test]
fn a_plan_that_is_not_kept_is_a_fault() {
    let lacking = [
        ("1..3\nok 1\nok 2\n", "3 tests were planned and 2 reported"),
        ("ok 1\nok 2\n", "2 tests and no plan"),
        ("1..2\nok 1\nBail out! disk full\n", "bail out: disk full"),
        ("1..1\n    ok 1 - in\n    1..2\nok 1 - out\n", "2 tests were planned and 1 reported"),
        ("ok 1 - a\n1..1\n    1..1\n    ok 1 - in\n", "subtests without the test they belong to"),
        ("1..1\nok 1\n  ---\n  message: x\n", "notes about a test without an end"),
        ("TAP version 13\n1..2\nok 1\nTAP version 13\n1..1\nok 1\n", "2 tests were planned and 1 reported"),
    ];
    for (text, why) in lacking {
        assert_fault(&read(0, text).unwrap_err(), "Incomplete", &[why]);
    }
    assert_fault(&read(0, "1..2\n1..3\nok 1\nok 2\n").unwrap_err(), "Unreadable", &["a second plan"]);
    assert_fault(&read(0, "1..1\nok 1\nok 2\n").unwrap_err(), "Incomplete", &["1 tests were planned and 2 reported"]);
    assert_fault(&read(0, "no tests here\n").unwrap_err(), "NothingRan", &[]);
    assert_fault(&read(0, "1..0 # SKIP all\n").unwrap_err(), "NothingRan", &[]);
    assert_fault(&Seen::stdout(0, "1..1\nok 1\n").read("tap").unwrap_err(), "Incomplete", &["the output was cut"]);
    assert_fault(&Seen::files(0, &[("r.tap", "1..1\nok 1 - ha")]).read("tap").unwrap_err(), "Incomplete", &["r.tap: the last line is cut"]);
}
