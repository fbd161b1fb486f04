//! JUnit XML as pytest, jest-junit, vitest, Node.js and ctest were seen to write it, in the shapes of Maven and Gradle, and as nobody should.

use super::bench::{assert_fault, lines, message, outcomes};
use super::captured::Seen;
use kaizen_domain::scorecard::{CaseId, RunFault};
use kaizen_engine::trial::adapter::Reading;
use std::time::Duration;

fn read(code: i32, text: &str) -> Result<Reading, RunFault> {
    Seen::files(code, &[("report.xml", text)]).read("junit")
}

#[test]
fn reports_of_many_tools_are_read() {
    let of = |text| outcomes(&read(1, text).unwrap());
    let pytest = "
        test_it.TestC::test_n[1] pass
        test_it.TestC::test_n[a b] pass
        test_it::test_fail fail
        test_it::test_pass pass
        test_it::test_skip skip
        test_it::test_torn error";
    assert_eq!(of(include_str!("captured/pytest.xml")), lines(pytest));
    let vitest = of(include_str!("captured/vitest.xml"));
    assert!(
        vitest.contains("src/a.test.js::outer > fails é fail\n") && vitest.contains("src/a.test.js::outer > inner > deep pass\n"),
        "{vitest}"
    );
    assert!(vitest.contains("src/a.test.js::broken fail\n") && vitest.contains("src/b.test.js fail\n"), "{vitest}");
    let jest = of(include_str!("captured/jest.xml"));
    assert!(
        jest.contains("outer passes pass\n") && jest.contains("outer passes#2 pass\n") && jest.contains("outer fails é fail\n"),
        "{jest}"
    );
    let node = of(include_str!("captured/node.xml"));
    assert!(node.contains("outer > inner::deep pass\n") && node.contains("outer::skips skip\n"), "{node}");
    let ctest = Seen { report: Some(include_bytes!("captured/ctest.xml").to_vec()), code: 8, ..Seen::default() }.read("ctest").unwrap();
    assert_eq!(outcomes(&ctest), lines("bad fail\ngone error\ngood pass\noff skip\nskipped skip\nslow fail"));
    assert!(message(&ctest, "bad").contains("went wrong") && message(&ctest, "gone").contains("Unable to find executable"));
}

#[test]
fn files_of_many_classes_are_one_reading_with_times_and_failures() {
    let one = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="com.x.ATest" time="1,234.5" tests="4" errors="1" skipped="1" failures="0">
  <properties><property name="a" value="b"/></properties>
  <testcase name="adds" classname="com.x.ATest" time="1,200.25"/>
  <testcase name="flaky" classname="com.x.ATest" time="0,003"><flakyFailure message="once">at</flakyFailure></testcase>
  <testcase name="[1] &lt;a&gt; &#x41;" classname="com.x.ATest" time="oops"><error type="E">&#27;[31mjava.lang.E: red&#27;[0m</error><system-out><![CDATA[<testcase name="forged"/>]]></system-out></testcase>
  <testcase name="later" classname="com.x.ATest"><skipped/></testcase>
</testsuite>"#;
    let two = r#"<testsuites><testsuite name="com.x.BTest"><testsuite name="Nested"><testcase name="n"/></testsuite><testcase name="m"/></testsuite></testsuites>"#;
    let reading = Seen::files(0, &[("target/TEST-a.xml", one), ("target/TEST-b.xml", two)]).read("junit").unwrap();
    let expected = "
        com.x.ATest::[1] <a> A error
        com.x.ATest::adds pass
        com.x.ATest::flaky pass
        com.x.ATest::later skip
        com.x.BTest > Nested::n pass
        com.x.BTest::m pass";
    assert_eq!(outcomes(&reading), lines(expected));
    let duration = |id: &str| reading.cases[&CaseId(id.into())].duration;
    assert_eq!(duration("com.x.ATest::adds"), Some(Duration::from_millis(1_200_250)));
    assert_eq!((duration("com.x.ATest::flaky"), duration("com.x.ATest::[1] <a> A")), (Some(Duration::from_millis(3)), None));
    assert!(message(&reading, "com.x.ATest::[1] <a> A").contains("java.lang.E: red"));
}

#[test]
fn a_report_that_is_missing_or_shows_less_than_it_says_is_a_fault() {
    assert_fault(&Seen::default().read("junit").unwrap_err(), "Incomplete", &["no report was written", "benchmark.report"]);
    let lacking = [
        ("", "it ends"),
        ("<testsuite><testcase name=\"a\"/>", "it ends with 1 elements open"),
        ("<testsuite tests=\"2\"><testcase name=\"a\"/></testsuite>", "counts 2 cases and holds 1"),
        ("<testsuites tests=\"3\"><testsuite tests=\"1\"><testcase name=\"a\"/></testsuite></testsuites>", "counts 3 cases and holds 1"),
    ];
    for (text, why) in lacking {
        assert_fault(&read(0, text).unwrap_err(), "Incomplete", &[why]);
    }
    assert_fault(&read(0, "<testsuite tests=\"0\"/>").unwrap_err(), "NothingRan", &["no case was reported"]);
    assert_fault(
        &read(1, "<testsuite><testcase name=\"a\"/></testsuite>").unwrap_err(),
        "Incomplete",
        &["exit code 1 although no case failed"],
    );
}

#[test]
fn a_report_that_cannot_be_trusted_is_unreadable() {
    let deep = "<testsuite>".repeat(70);
    let laughs = "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><testsuite name=\"&b;\"><testcase name=\"a\"/></testsuite>";
    let refused = [
        (laughs, "document type"),
        ("<testsuite name=\"&undefined;\"><testcase name=\"a\"/></testsuite>", "entity \"undefined\" is not defined"),
        ("<testsuite><testcase name=\"a\"><failure>&x;</failure></testcase></testsuite>", "entity \"x\" is not defined"),
        (deep.as_str(), "within each other"),
        ("<testsuite><testcase/></testsuite>", "without a name"),
        ("<testsuite><testcase name=\"a\"/></testsuites>", "byte"),
        ("<testsuite><testcase name=\"a\"/></testsuite><testsuite/>", "only root"),
        ("<html/>", "<html>"),
        ("<testsuite tests=\"many\"/>", "tests=\"many\""),
        ("<testsuite failures=\"1\"><testcase name=\"a\"/></testsuite>", "counts 1 failures and shows 0"),
        ("{\"tests\": 1}", "outside the root"),
    ];
    for (text, why) in refused {
        assert_fault(&read(0, text).unwrap_err(), "Unreadable", &["report.xml", why]);
    }
}

#[test]
fn counts_of_assertions_are_no_counts_of_cases() {
    let catch2 = r#"<testsuites><testsuite name="t" errors="0" failures="4" tests="90" hostname="tbd" time="1"><testcase classname="t.global" name="a" time="0"><failure message="1 == 2"/></testcase></testsuite></testsuites>"#;
    assert_eq!(outcomes(&read(4, catch2).unwrap()), "t.global::a fail\n");
}
