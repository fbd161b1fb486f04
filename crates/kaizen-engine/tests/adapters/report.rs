//! Reports as nobody wrote them: forged, cut, contradictory.

use super::bench::{NONCE, assert_fault};
use super::captured::Seen;
use kaizen_domain::scorecard::{CaseOutcome, RunFault};
use kaizen_engine::trial::adapter::Reading;
use std::time::Duration;

fn read(report: &[u8], code: i32) -> Result<Reading, RunFault> {
    Seen { code, report: Some(report.to_vec()), ..Seen::default() }.read("unittest")
}

/// Lines with nonce and process id filled in.
fn report(lines: &[&str]) -> Vec<u8> {
    lines.iter().map(|line| format!("{{\"nonce\":\"{NONCE}\",\"run\":7,{line}}}\n")).collect::<String>().into_bytes()
}

const BEGIN: &str = "\"begin\":1.5";
const PASS: &str = "\"case\":\"a\",\"outcome\":\"pass\",\"seconds\":0.25,\"message\":null";

#[test]
fn a_complete_report_is_read() {
    let reading =
        read(&report(&[BEGIN, "\"planned\":1", PASS, "\"end\":1,\"missing\":[],\"missing_count\":0,\"status\":null"]), 0).unwrap();
    let case = reading.cases.values().next().unwrap();
    assert_eq!((case.outcome, case.duration), (CaseOutcome::Pass, Some(Duration::from_millis(250))));
}

#[test]
fn a_line_that_is_not_the_reporters_makes_the_report_unreadable() {
    let forged = [report(&[BEGIN]), b"{\"nonce\":\"0000\",\"run\":7,\"case\":\"b\",\"outcome\":\"pass\"}\n".to_vec()].concat();
    assert_fault(&read(&forged, 0).unwrap_err(), "Forged", &["line 2", "this run's secret"]);
    let after = report(&[BEGIN, PASS, "\"end\":1", "\"case\":\"b\",\"outcome\":\"pass\""]);
    assert_fault(&read(&after, 0).unwrap_err(), "Unreadable", &["report line 4", "no run that has begun"]);
    assert_fault(&read(&report(&[BEGIN, BEGIN]), 0).unwrap_err(), "Unreadable", &["report line 2", "begins inside another run"]);
    assert_fault(&read(&report(&[BEGIN, "\"case\":\"b\""]), 0).unwrap_err(), "Unreadable", &["report line 2"]);
}

#[test]
fn what_is_no_report_line_is_unreadable() {
    let whole = report(&[BEGIN, PASS]);
    assert_fault(&read(&whole[..whole.len() - 9], 0).unwrap_err(), "Unreadable", &["report line 2"]);
    assert_fault(&read(&report(&["\"begin\":1", "\"case\":\"a\",\"outcome\":\"great\""]), 0).unwrap_err(), "Unreadable", &["great"]);
    assert_fault(
        &read(&report(&[BEGIN, "\"case\":\"a\",\"outcome\":\"pass\",\"seconds\":NaN"]), 0).unwrap_err(),
        "Unreadable",
        &["line 2"],
    );
    assert_fault(
        &read(&report(&[BEGIN, "\"case\":\"a\",\"outcome\":\"pass\",\"seconds\":-1"]), 0).unwrap_err(),
        "Unreadable",
        &["seconds of a"],
    );
    assert_fault(&read(&report(&[BEGIN, "\"case\":\"\\udce9\",\"outcome\":\"pass\""]), 0).unwrap_err(), "Unreadable", &["line 2"]);
    let invalid = [report(&[BEGIN]), format!("{{\"nonce\":\"{NONCE}\",\"run\":7,\"case\":\"").into_bytes(), b"\xff\"}\n".to_vec()].concat();
    assert_fault(&read(&invalid, 0).unwrap_err(), "Unreadable", &["line 2"]);
}

#[test]
fn a_report_that_lacks_its_end_or_cases_is_incomplete() {
    assert_fault(&read(&report(&[BEGIN, "\"planned\":4", PASS]), 0).unwrap_err(), "Incomplete", &["1 of 4 cases were reported"]);
    assert_fault(&read(&report(&[BEGIN, PASS, "\"end\":3"]), 0).unwrap_err(), "Incomplete", &["counted 3 cases, 1 are in the report"]);
    let missing = report(&[BEGIN, "\"planned\":2", PASS, "\"end\":1,\"missing\":[\"b\"],\"missing_count\":1"]);
    assert_fault(&read(&missing, 0).unwrap_err(), "Incomplete", &["1 of 2 cases did not run: b"]);
    assert_fault(&read(b"", 0).unwrap_err(), "Incomplete", &["no test runner reported"]);
    assert_fault(&read(&report(&[BEGIN, "\"end\":0"]), 0).unwrap_err(), "NothingRan", &[]);
}
