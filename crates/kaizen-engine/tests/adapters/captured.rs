//! What tools were seen to write, read again: whole, cut anywhere, with another end than theirs.

use super::bench::NONCE;
use kaizen_domain::scorecard::{CaseOutcome, RunFault};
use kaizen_engine::trial::adapter::{Ended, Finished, Reading, ReportFile, Request, adapter};
use std::path::Path;
use std::time::Duration;

/// How a run ended and what it left.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) report: Option<Vec<u8>>,
    pub(crate) reports: Vec<ReportFile>,
}

impl Seen {
    pub(crate) fn files(code: i32, files: &[(&str, &str)]) -> Self {
        let file = |(path, content): &(&str, &str)| ReportFile { path: (*path).into(), content: content.as_bytes().to_vec() };
        Self { code, reports: files.iter().map(file).collect(), ..Self::default() }
    }

    pub(crate) fn stdout(code: i32, text: &str) -> Self {
        Self { code, stdout: text.as_bytes().to_vec(), ..Self::default() }
    }

    pub(crate) fn read(&self, format: &str) -> Result<Reading, RunFault> {
        let request = Request {
            command: "x",
            only: None,
            stand_ins: &[],
            trace: false,
            judge_dir: Path::new("/judge"),
            report: Path::new("/report"),
            nonce: NONCE,
        };
        let finished = Finished {
            ended: Ended::Exit(self.code),
            stdout: &self.stdout,
            stderr: &self.stderr,
            report: self.report.as_deref(),
            reports: &self.reports,
            wall: Duration::from_secs(1),
            max_rss: 1,
        };
        adapter(format).unwrap().read(&request, &finished)
    }
}

/// Text as it comes from a command that came to its end.
pub(crate) fn whole(text: &str) -> String {
    format!("{text}\nkaizen: the output ends here\n")
}

fn passed(reading: &Reading) -> usize {
    reading.cases.values().filter(|case| case.outcome == CaseOutcome::Pass).count()
}

/// Whatever is cut off the text, the run is a fault or shows what the whole shows. It is cut everywhere, with every exit code that
/// could be read as a verdict.
#[track_caller]
pub(crate) fn assert_no_smaller_success(format: &str, text: &[u8], seen: impl Fn(Vec<u8>, i32) -> Seen) {
    let whole = [0, 1].into_iter().find_map(|code| seen(text.to_vec(), code).read(format).ok()).expect("the whole is a reading");
    assert!(passed(&whole) > 0);
    for end in 0..text.len() {
        for code in [0, 1] {
            if let Ok(reading) = seen(text[..end].to_vec(), code).read(format) {
                assert_eq!(reading, whole, "{format} cut at {end} of {}, exit code {code}", text.len());
            }
        }
    }
}

const GO_119: &str = include_str!("captured/go-1.19.txt");
const GO_127: &str = include_str!("captured/go-1.27.txt");
const NODE_20: &str = include_str!("captured/node20.tap");
const NODE_24: &str = include_str!("captured/node24.tap");
const TAPE: &str = include_str!("captured/tape.tap");

#[test]
fn what_is_cut_off_standard_output_never_makes_a_smaller_success() {
    let seen = |stdout, code| Seen { stdout, code, ..Seen::default() };
    for text in [GO_119, GO_127] {
        assert_no_smaller_success("go-test", text.as_bytes(), seen);
    }
    for text in [NODE_20, NODE_24, TAPE] {
        assert_no_smaller_success("tap", whole(text).as_bytes(), seen);
    }
}

#[test]
fn what_is_cut_off_a_report_file_never_makes_a_smaller_success() {
    let file = |content, code| Seen { reports: vec![ReportFile { path: "r".into(), content }], code, ..Seen::default() };
    for text in [
        include_str!("captured/jest.xml"),
        include_str!("captured/vitest.xml"),
        include_str!("captured/node.xml"),
        include_str!("captured/pytest.xml"),
        include_str!("captured/ctest.xml"),
    ] {
        assert_no_smaller_success("junit", text.as_bytes(), file);
    }
    for text in [NODE_20, NODE_24, TAPE] {
        assert_no_smaller_success("tap", text.as_bytes(), file);
    }
    assert_no_smaller_success("ctrf", super::ctrf::REPORT.as_bytes(), file);
    let channel = |content, code| Seen { report: Some(content), code, ..Seen::default() };
    assert_no_smaller_success("ctest", include_bytes!("captured/ctest.xml"), channel);
}

proptest::proptest! {
    #[test]
    fn damaged_reports_are_faults_or_readings_and_never_panics(at in 0usize..6000, byte in proptest::prelude::any::<u8>(), which in 0usize..4) {
        let (format, text) = [
            ("junit", include_str!("captured/pytest.xml")),
            ("tap", NODE_24),
            ("go-test", GO_127),
            ("ctrf", super::ctrf::REPORT),
        ][which];
        let mut damaged = text.as_bytes().to_vec();
        let at = at % damaged.len();
        damaged[at] = byte;
        let file = vec![ReportFile { path: "r".into(), content: damaged.clone() }];
        let (stdout, reports) = if format == "go-test" { (damaged, Vec::new()) } else { (Vec::new(), file) };
        drop(Seen { code: 1, stdout, reports, ..Seen::default() }.read(format));
    }
}
