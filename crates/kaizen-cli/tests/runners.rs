//! Projects in JavaScript and Go, and reports in files, from `kaizen measure` to a promoted repair: the runners are the real ones.
//!
//! mocha is installed once below the build directory. Where go is not installed its test says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::Project;
use std::path::Path;
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const AGES: &str = "exports.clamp = (value, low, high) => (value < low ? low : high < value ? high : value);\n\
    exports.isAdult = (age) => 18 < age;\n";

const TESTS: &str = "const assert = require('node:assert');\nconst { clamp, isAdult } = require('../src/ages.js');\n\
    describe('ages', () => {\n\
    \x20 it('clamps', () => assert.deepEqual([-1, 5, 10].map((n) => clamp(n, 0, 9)), [0, 5, 9]));\n\
    \x20 it('knows the young and the old', () => assert.deepEqual([17, 19].map(isAdult), [false, true]));\n\
    \x20 it('knows that eighteen is adult', () => assert.equal(isAdult(18), true));\n\
    });\n";

fn javascript(format: &str, script: &str, head: &str) -> Project {
    let project = Project::new(KAIZEN);
    project.write("src/ages.js", AGES);
    project.write("test/ages.test.js", head.to_owned() + TESTS);
    project.write("package.json", format!("{{\"name\": \"ages\", \"scripts\": {{\"test\": \"{script}\"}}}}\n"));
    project.write(".gitignore", "node_modules\n");
    configure(&project, "npm test", format, "", "src/**/*.js");
    project.commit("Ages");
    project
}

fn configure(project: &Project, command: &str, format: &str, more: &str, lever: &str) {
    let text = format!(
        "[project]\nname = \"ages\"\n\n[benchmark]\ncommand = \"{command}\"\nformat = \"{format}\"\n{more}\n[levers.code]\nfiles = [\"{lever}\"]\n"
    );
    project.write("kaizen.toml", text);
}

fn measured(project: &Project) -> serde_json::Value {
    let said = project.kaizen(["measure", "--runs", "2", "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    said.result()
}

#[test]
fn a_project_tested_by_node_is_measured_and_repaired() {
    let project = javascript("node-test", "NODE_OPTIONS=--no-warnings node --test", "const { describe, it } = require('node:test');\n");
    let result = measured(&project);
    assert_eq!((result["passing"].as_u64(), result["executed"].as_u64()), (Some(2), Some(3)), "{result}");
    let said = project.kaizen(["improve", "--cycles", "1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(project.git(["show", "kaizen/ages:src/ages.js"]).contains("18 <= age"), "{said:?}");
}

#[test]
fn a_project_tested_by_mocha_is_measured() {
    let project = javascript("mocha", "mocha --bail", "");
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm");
    let modules = kaizen_testkit::npm::with_packages(&room, "mocha-11", &["mocha@11"]);
    let copied = Command::new("cp").arg("-a").arg(modules).arg(project.root()).status().unwrap();
    assert!(copied.success());
    let result = measured(&project);
    assert_eq!((result["passing"].as_u64(), result["executed"].as_u64()), (Some(2), Some(3)), "{result}");
}

#[test]
fn a_project_tested_by_go_is_measured() {
    if !Command::new("go").arg("version").output().is_ok_and(|said| said.status.success()) {
        println!("left out: go is not installed");
        return;
    }
    let project = Project::new(KAIZEN);
    project.write("go.mod", "module example.com/ages\n\ngo 1.18\n");
    project.write("ages.go", "package ages\n\nfunc IsAdult(age int) bool { return 18 < age }\n");
    project.write(
        "ages_test.go",
        "package ages\n\nimport \"testing\"\n\nfunc TestAges(t *testing.T) {\n\tfor age, want := range map[int]bool{17: false, 19: true} {\n\t\tif IsAdult(age) != want {\n\t\t\tt.Fatal(age)\n\t\t}\n\t}\n}\n\nfunc TestEighteen(t *testing.T) {\n\tif !IsAdult(18) {\n\t\tt.Fatal(\"no\")\n\t}\n}\n",
    );
    configure(&project, "go test ./...", "go-test", "", "*.go");
    project.commit("Ages");
    let result = measured(&project);
    assert_eq!((result["passing"].as_u64(), result["executed"].as_u64()), (Some(1), Some(2)), "{result}");
}

#[test]
fn report_files_count_only_where_the_run_wrote_them() {
    let project = Project::new(KAIZEN);
    let report = |class: &str, inside: &str| {
        format!("<testsuite name='{class}' tests='1'><testcase classname='{class}' name='t'>{inside}</testcase></testsuite>")
    };
    project.write("src/a.txt", "a\n");
    project.write("one.xml", report("One", ""));
    project.write("two.xml", report("Two", "<failure message='no'/>"));
    project.write("build/results/stale.xml", report("Stale", ""));
    configure(
        &project,
        "mkdir -p build/results && cp one.xml two.xml build/results/",
        "junit",
        "report = \"build/results/*.xml\"\n",
        "src/*",
    );
    project.commit("Reports");
    let result = measured(&project);
    assert_eq!((result["passing"].as_u64(), result["executed"].as_u64()), (Some(1), Some(2)), "{result}");
    configure(&project, "true", "junit", "report = \"build/results/*.xml\"\n", "src/*");
    project.commit("Nothing writes");
    let said = project.kaizen(["measure", "--runs", "1"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.err.contains("no report was written") && said.err.contains("benchmark.report"), "{said:?}");
}
