//! CTRF reports, whole and contradictory.

use super::bench::{assert_fault, lines, message, outcomes};
use super::captured::Seen;

/// A report with every status, in both shapes of `suite`.
pub(crate) const REPORT: &str = r#"{
  "reportFormat": "CTRF", "specVersion": "0.0.0", "generatedBy": "x",
  "results": {
    "tool": {"name": "x"},
    "summary": {"tests": 6, "passed": 2, "failed": 1, "skipped": 1, "pending": 1, "other": 1, "start": 1706644023, "stop": 1706644043},
    "tests": [
      {"name": "adds", "status": "passed", "duration": 12.5, "suite": "math > core", "filePath": "src/a.ts"},
      {"name": "adds", "status": "passed", "duration": 1, "suite": ["math > core"], "filePath": "src/a.ts"},
      {"name": "breaks", "status": "failed", "duration": 3, "message": "\u001b[31mno\u001b[0m", "trace": "at x", "flaky": false},
      {"name": "later", "status": "skipped", "duration": 0},
      {"name": "todo", "status": "pending", "duration": 0, "filePath": "/abs/b.ts"},
      {"name": "odd", "status": "other", "duration": 0}
    ]
  }
}"#;

#[test]
fn every_status_is_reported() {
    let reading = Seen::files(1, &[("ctrf/r.json", REPORT)]).read("ctrf").unwrap();
    let expected = "breaks fail\nlater skip\nodd error\nsrc/a.ts::math > core > adds pass\nsrc/a.ts::math > core > adds#2 pass\ntodo skip";
    assert_eq!(outcomes(&reading), lines(expected));
    assert_eq!(message(&reading, "breaks"), "no\nat x");
}

#[test]
fn a_report_that_counts_otherwise_than_it_lists_is_unreadable() {
    for (from, to) in [
        ("\"tests\": 6", "\"tests\": 7"),
        ("\"failed\": 1", "\"failed\": 0"),
        ("\"duration\": 3", "\"duration\": -3"),
        ("other\", \"d", "great\", \"d"),
    ] {
        let text = REPORT.replacen(from, to, 1);
        assert_ne!(text, REPORT, "{from}");
        assert_fault(&Seen::files(1, &[("r.json", &text)]).read("ctrf").unwrap_err(), "Unreadable", &["r.json"]);
    }
    assert_fault(&Seen::default().read("ctrf").unwrap_err(), "Incomplete", &["benchmark.report"]);
}
