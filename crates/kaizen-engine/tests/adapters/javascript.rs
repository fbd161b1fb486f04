//! jest 29 and 30, vitest 3 and 4, mocha 10 and 11, and the Node.js that is installed.

use super::bench::{Project, Run, assert_fault, lines, message, outcomes};
use kaizen_domain::scorecard::CaseOutcome;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const BROAD: &str = "
describe('outer', () => {
  it('passes', () => {});
  it('fails é', () => { throw new Error('no way'); });
  it.skip('skips', () => {});
  it('passes', () => {});
  describe('inner', () => { it('deep', () => {}); });
});
it('top', () => {});
";
const TORN: &str = "
describe('torn', () => {
  SETUP(() => { throw new Error('no database'); });
  it('kept', () => {});
});
";
const OTHER: &str = "it('alone', () => { require('fs').writeFileSync(__dirname + '/ran', ''); });\n";
const SCRIPTS: &str = r#"{"scripts": {"test": "RUN", "hard": "NODE_OPTIONS=--no-warnings RUN HARD", "nested": "npm test --silent"}}"#;

/// The cases of the broad file and the other one, as every tool reports them.
const CASES: &str = "
    test/a.test.js::outer > fails é fail
    test/a.test.js::outer > inner > deep pass
    test/a.test.js::outer > passes pass
    test/a.test.js::outer > passes#2 pass
    test/a.test.js::outer > skips skip
    test/a.test.js::top pass
    test/z.test.js::alone pass";

struct Tool {
    format: &'static str,
    /// Its packages from npm; none for Node.js's own.
    package: Option<&'static str>,
    /// How a script calls it, and options that stand against being measured.
    run: &'static str,
    hard: &'static str,
    /// What a test file needs at its beginning.
    head: &'static str,
    setup: &'static str,
}

const JEST: Tool =
    Tool { format: "jest", package: None, run: "jest", hard: "--bail --coverage --reporters=default -u", head: "", setup: "beforeAll" };
const VITEST: Tool = Tool {
    format: "vitest",
    package: None,
    run: "vitest",
    hard: "run --bail 1 --reporter=dot -u",
    head: "import { describe, it, beforeAll } from 'vitest';\nimport { createRequire } from 'node:module';\n\
        const require = createRequire(import.meta.url), __dirname = import.meta.dirname;\n",
    setup: "beforeAll",
};
const MOCHA: Tool =
    Tool { format: "mocha", package: None, run: "mocha", hard: "--bail --reporter dot test/*.js", head: "", setup: "before" };
const NODE: Tool = Tool {
    format: "node-test",
    package: None,
    run: "node --test",
    hard: "--test-reporter spec --test-reporter-destination stdout",
    head: "const { describe, it, before } = require('node:test');\n",
    setup: "before",
};

fn tools() -> Vec<Tool> {
    let with = |tool: Tool, package| Tool { package: Some(package), ..tool };
    vec![
        with(JEST, "jest@29"),
        with(JEST, "jest@30"),
        with(VITEST, "vitest@3"),
        with(VITEST, "vitest@4"),
        with(MOCHA, "mocha@10"),
        with(MOCHA, "mocha@11"),
        NODE,
    ]
}

fn node_modules(package: &str) -> PathBuf {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm");
    kaizen_testkit::npm::with_packages(&room, &package.replace('@', "-"), &[package])
}

impl Tool {
    fn project(&self, files: &[(&str, &str)]) -> Project {
        let project = Project::new(self.format, &[]);
        project.write("package.json", &SCRIPTS.replace("RUN", self.run).replace("HARD", self.hard));
        for (name, text) in files {
            project.write(name, &(self.head.to_owned() + &text.replace("SETUP", self.setup)));
        }
        if let Some(package) = self.package {
            symlink(node_modules(package), project.root().join("node_modules")).unwrap();
        }
        project
    }

    /// Without npm between.
    fn direct(&self) -> String {
        format!("PATH=$PWD/node_modules/.bin:$PATH {}", self.run)
    }

    fn named(&self) -> String {
        format!("{} {}", self.format, self.package.unwrap_or("installed"))
    }
}

#[test]
fn every_outcome_is_reported_however_the_runner_is_reached() {
    for tool in tools() {
        let project = tool.project(&[("test/a.test.js", BROAD), ("test/z.test.js", OTHER)]);
        project.write("Makefile", ".PHONY: test\ntest:\n\tnpm run --silent nested\n");
        let is_newest = !["jest@29", "vitest@3", "mocha@10"].contains(&tool.package.unwrap_or_default());
        let ways = ["npm run --silent hard", "make test", &format!("NODE_OPTIONS='--no-warnings' {}", tool.direct())];
        for command in if is_newest { &ways[..] } else { &ways[..1] } {
            let reading = project.read(command);
            assert_eq!(outcomes(&reading), lines(CASES), "{} by {command}", tool.named());
            assert!(message(&reading, "test/a.test.js::outer > fails é").contains("no way"));
        }
    }
}

#[test]
fn only_selected_cases_are_reported_and_others_do_not_run() {
    for tool in tools() {
        let project = tool.project(&[("test/a.test.js", BROAD), ("test/z.test.js", OTHER)]);
        let only = ["test/a.test.js::outer > passes#2", "test/a.test.js::outer > fails é", "test/a.test.js::outer > inner > deep"];
        let expected =
            "test/a.test.js::outer > fails é fail\ntest/a.test.js::outer > inner > deep pass\ntest/a.test.js::outer > passes#2 pass";
        assert_eq!(outcomes(&project.read_only(&tool.direct(), &only)), lines(expected), "{}", tool.named());
        assert!(!project.root().join("test/ran").exists(), "{}", tool.named());
    }
}

#[test]
fn what_a_failed_set_up_kept_from_running_never_passes() {
    for tool in tools() {
        let project = tool.project(&[("test/a.test.js", &(BROAD.to_owned() + TORN))]);
        let reading = project.read(&tool.direct());
        let kept = reading.cases.iter().find(|(id, _)| id.0 == "test/a.test.js::torn > kept").map(|(_, case)| case.outcome);
        assert!(matches!(kept, Some(CaseOutcome::Error | CaseOutcome::Fail)), "{}: {}", tool.named(), outcomes(&reading));
        assert_eq!(reading.cases.keys().filter(|id| id.0.contains("::outer")).count(), 5, "{}", tool.named());
    }
}

#[test]
fn a_file_that_cannot_be_loaded_is_one_error_and_passes_when_its_cases_do() {
    // mocha loads every file first, and ends where one cannot be loaded.
    for tool in tools().into_iter().filter(|tool| tool.format != "mocha") {
        let mut project = tool.project(&[("test/a.test.js", BROAD), ("test/z.test.js", OTHER)]);
        project.write("test/z.test.js", &format!("{}require('./gone.cjs');\n{OTHER}", tool.head));
        let baseline = project.read(&tool.direct());
        let line = "test/z.test.js::<load> error\n";
        assert!(outcomes(&baseline).ends_with(line), "{}: {}", tool.named(), outcomes(&baseline));
        assert!(message(&baseline, "test/z.test.js::<load>").contains("gone.cjs"), "{}", tool.named());
        let selected = project.read_only(&tool.direct(), &["test/z.test.js::alone"]);
        assert_eq!(outcomes(&selected), "test/z.test.js::alone error\n", "{}", tool.named());
        project.set_baseline(&baseline);
        project.write("test/gone.cjs", "");
        assert!(outcomes(&project.read(&tool.direct())).ends_with("test/z.test.js::<load> pass\n"), "{}", tool.named());
    }
}

#[test]
fn an_end_in_the_middle_or_another_runner_is_a_fault() {
    for tool in tools() {
        let ending = "it('a', () => {});\nit('ends', () => { process.reallyExit(0); });\nit('b', () => {});\n";
        let project = tool.project(&[("test/a.test.js", ending)]);
        let (run, reading) = project.run_with(&tool.direct(), None, false);
        let text = String::from_utf8_lossy(&run.stdout);
        // Where the file runs in a process of its own the runner notices, elsewhere it ends with it.
        match reading {
            Ok(reading) => assert!(!outcomes(&reading).contains("ends pass"), "{}: {}", tool.named(), outcomes(&reading)),
            Err(fault) => assert!(
                matches!(format!("{fault:?}").split(' ').next(), Some("Incomplete" | "NothingRan")),
                "{}: {fault} {text}",
                tool.named()
            ),
        }
        project.write("other.js", "console.log('1 passing');\n");
        assert_fault(&project.fault("node other.js"), "Incomplete", &["no test runner reported", "benchmark.format"]);
    }
}

#[test]
fn what_is_cut_off_or_changed_in_a_report_is_a_fault() {
    for tool in [Tool { package: Some("jest@30"), ..JEST }, NODE] {
        let project = tool.project(&[("test/a.test.js", BROAD)]);
        let (run, reading) = project.run_with(&tool.direct(), None, false);
        let (report, whole) = (run.report.clone().unwrap(), reading.unwrap());
        let again = |report: &[u8], ended| project.read_again("x", &Run { ended: Some(ended), ..run.clone() }, report);
        for end in 0..report.len() - 1 {
            assert!(again(&report[..end], 1).is_err() && again(&report[..end], 0).is_err(), "{} cut at {end}", tool.named());
        }
        assert_eq!(again(&report, 1).unwrap(), whole);
        assert_fault(&again(&report, 0).unwrap_err(), "Unreadable", &["exit code 0 contradicts 1 failing"]);
        let forged = [&report[..], b"{\"nonce\":\"0\",\"run\":1,\"case\":\"b\",\"outcome\":\"pass\"}\n"].concat();
        assert_fault(&again(&forged, 1).unwrap_err(), "Forged", &["this run's secret"]);
    }
}

#[test]
fn cases_see_neither_the_hook_nor_its_settings() {
    let test = "it('clean', () => {\n  const left = Object.keys(process.env).filter((name) => name.startsWith('KAIZEN_'));\n  \
        if (left.length || /kaizen/.test(process.env.NODE_OPTIONS || '')) throw new Error(`${left} ${process.env.NODE_OPTIONS}`);\n});\n";
    for tool in tools() {
        let reading = tool.project(&[("test/a.test.js", test)]).read(&tool.direct());
        assert_eq!(outcomes(&reading), "test/a.test.js::clean pass\n", "{}", tool.named());
    }
}
