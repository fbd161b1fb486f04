//! `kaizen init` in the surroundings that projects have: environments, workspaces, sub-directories, servers, time zones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");
const CALC: &str = "def double(n):\n    return n * 2\n";
const CASE: &str = "import unittest\nfrom calc import double\n\n\nclass T(unittest.TestCase):\n    def test_two(self):\n        self.assertEqual(double(2), 4)\n";

/// A project with these files, committed; what tools install is ignored.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new(KAIZEN);
    project.write(".gitignore", ".venv\nnode_modules\ntarget\n__pycache__\n");
    files.iter().for_each(|(path, text)| project.write(path, text));
    project.commit("First");
    project
}

/// `init --yes --json`, and what it found.
fn proved(project: &Project, arguments: &[&str]) -> (Said, Value) {
    let said = project.kaizen([&["init", "--yes", "--json"], arguments].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let result = said.result();
    (said, result)
}

/// The case set is the same inside and outside, and breaking this file showed.
fn assert_same(result: &Value, passing: u64, broken: &str) {
    let counted = [&result["passing"], &result["executed"], &result["outside"]["passing"], &result["outside"]["executed"]];
    assert_eq!((counted, &result["differences"]), ([&json!(passing); 4], &json!([])), "{result}");
    assert_eq!((&result["sensitivity"]["moved"], &result["sensitivity"]["file"]), (&json!(true), &json!(broken)), "{result}");
}

/// A virtual environment with nothing in it, in a directory of the project; where its packages lie.
fn environment(project: &Project, place: &str) -> PathBuf {
    let made = Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(project.root().join(place)).status().unwrap();
    assert!(made.success());
    let versions: Vec<PathBuf> =
        std::fs::read_dir(project.root().join(place).join("lib")).unwrap().map(|entry| entry.unwrap().path()).collect();
    versions[0].join("site-packages")
}

#[test]
fn an_editable_install_leads_to_the_tree_that_trials_change() {
    let project = project(&[("src/calc/__init__.py", CALC), ("tests/test_calc.py", CASE)]);
    let packages = environment(&project, ".venv");
    std::fs::write(packages.join("calc.pth"), project.root().join("src").to_str().unwrap()).unwrap();
    let (_, result) = proved(&project, &["--command", ".venv/bin/python -m unittest discover -s tests", "--format", "unittest"]);
    assert_same(&result, 1, "src/calc/__init__.py");
}

#[test]
fn a_copy_in_the_environment_is_not_the_tree_and_detection_puts_the_tree_first() {
    let project = project(&[("src/calc/__init__.py", CALC), ("tests/test_calc.py", CASE)]);
    let copy = environment(&project, ".venv").join("calc");
    std::fs::create_dir(&copy).unwrap();
    std::fs::write(copy.join("__init__.py"), CALC).unwrap();
    let blind = project.kaizen(["init", "--command", ".venv/bin/python -m unittest discover -s tests", "--format", "unittest"]);
    assert_eq!(blind.code, Some(4), "{blind:?}");
    for part in ["calc is loaded from .venv/lib/", "not from src/calc/__init__.py", "PYTHONPATH=src .venv/bin/python"] {
        assert!(blind.err.contains(part), "{part:?} is not in {blind:?}");
    }
    let (_, result) = proved(&project, &[]);
    assert_eq!(result["command"], "PYTHONPATH=src .venv/bin/python -m unittest discover -s tests");
    assert_same(&result, 1, "src/calc/__init__.py");
}

#[test]
fn a_project_in_a_sub_directory_is_measured_there_with_its_own_environment() {
    let project = project(&[
        ("README.md", "Two projects.\n"),
        ("back/pyproject.toml", "[project]\nname = \"back\"\nversion = \"1\"\n"),
        ("back/calc.py", CALC),
        ("back/tests/__init__.py", ""),
        ("back/tests/test_calc.py", &CASE.replace("from calc", "import only_here\nfrom calc")),
        ("front/package.json", "{\"name\": \"front\", \"scripts\": {\"test\": \"node --test\"}}"),
        ("front/index.js", "exports.double = n => n * 2;\n"),
        (
            "front/index.test.js",
            "const test = require('node:test');\nconst { double } = require('./index.js');\ntest('two', () => require('assert').equal(double(2), 4));\n",
        ),
    ]);
    let packages = environment(&project, "back/.venv");
    std::fs::write(packages.join("only_here.py"), "").unwrap();
    let (_, result) = proved(&project, &[]);
    assert_eq!(
        (&result["command"], &result["project"]),
        (&json!("cd back && .venv/bin/python -m unittest discover -s tests -t ."), &json!("back"))
    );
    assert_same(&result, 1, "back/calc.py");
    assert_eq!(project.kaizen(["measure"]).code, Some(0));
    let front = project.root().join("front");
    let (_, result) = proved(&project, &["--force", "-C", front.to_str().unwrap()]);
    assert_eq!(result["command"], "cd front && node --test");
    assert_same(&result, 1, "front/index.js");
}

#[test]
fn an_npm_workspace_is_tested_through_the_links_in_node_modules() {
    let member = |name: &str| format!("{{\"name\": \"{name}\", \"version\": \"1.0.0\", \"main\": \"index.js\"}}");
    let (one, two) = (member("one"), member("two"));
    let project = project(&[
        (
            "package.json",
            "{\"name\": \"both\", \"private\": true, \"workspaces\": [\"packages/*\"], \"scripts\": {\"test\": \"node --test packages\"}}",
        ),
        ("packages/one/package.json", &one),
        ("packages/one/index.js", "exports.double = n => n * 2;\n"),
        ("packages/two/package.json", &two),
        (
            "packages/two/two.test.js",
            "const test = require('node:test');\nconst { double } = require('one');\nconst { half } = require('nested');\ntest('two', () => require('assert').equal(half(double(2)), 2));\n",
        ),
    ]);
    // As npm leaves it: members are links, and a package that clashes lies below the member.
    std::fs::create_dir(project.root().join("node_modules")).unwrap();
    std::os::unix::fs::symlink("../packages/one", project.root().join("node_modules/one")).unwrap();
    project.write("packages/two/node_modules/nested/index.js", "exports.half = n => n / 2;\n");
    let (_, result) = proved(&project, &[]);
    assert_eq!((&result["command"], &result["format"]), (&json!("node --test packages"), &json!("node-test")), "{result}");
    assert_same(&result, 1, "packages/one/index.js");
}

#[test]
fn a_cargo_workspace_with_a_build_script_is_built_and_tested() {
    let project = project(&[
        ("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n"),
        ("crates/one/Cargo.toml", "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        (
            "crates/one/build.rs",
            "fn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    std::fs::write(format!(\"{out}/factor.rs\"), \"2\").unwrap();\n}\n",
        ),
        (
            "crates/one/src/lib.rs",
            "pub fn double(n: u32) -> u32 {\n    n * include!(concat!(env!(\"OUT_DIR\"), \"/factor.rs\"))\n}\n\n#[test]\nfn two() {\n    assert_eq!(double(2), 4);\n}\n",
        ),
    ]);
    let locked = Command::new("cargo").args(["generate-lockfile", "--offline"]).current_dir(project.root()).output().unwrap();
    assert!(locked.status.success(), "{locked:?}");
    project.commit("A lock file");
    let (_, result) = proved(&project, &[]);
    assert_eq!(result["command"], "cargo test --workspace");
    assert_same(&result, 1, "crates/one/src/lib.rs");
}

#[test]
fn a_go_module_is_proved_and_feels_broken_code_where_go_is_installed() {
    if Command::new("go").arg("version").output().is_err() {
        eprintln!("skipped: go is not installed");
        return;
    }
    let project = project(&[
        ("go.mod", "module example.org/calc\n\ngo 1.18\n"),
        ("calc/calc.go", "package calc\n\nfunc Double(n int) int { return n * 2 }\n"),
        (
            "calc/calc_test.go",
            "package calc\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) {\n\tif Double(2) != 4 {\n\t\tt.Fatal(\"four\")\n\t}\n}\n",
        ),
    ]);
    let (_, result) = proved(&project, &[]);
    assert_eq!((&result["command"], &result["format"]), (&json!("go test ./..."), &json!("go-test")), "{result}");
    assert_same(&result, 1, "calc/calc.go");
}

#[test]
fn a_case_that_needs_a_server_of_this_machine_gets_the_line_that_grants_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let extra = format!(
        "\n    def test_server(self):\n        import socket\n        try:\n            socket.create_connection(('127.0.0.1', {port})).close()\n        except OSError as error:\n            self.fail(f'127.0.0.1:{port}: {{error}}')\n"
    );
    let project = project(&[("calc.py", CALC), ("test_calc.py", &format!("{CASE}{extra}"))]);
    let (_, result) = proved(&project, &[]);
    let difference = &result["differences"][0];
    let mend = difference["mend"].as_str().unwrap();
    assert!(
        mend.starts_with(&format!("[grants] connect = [\"127.0.0.1:{port}\"]")) && mend.ends_with("ignore = [\"test_calc.T.test_server\"]"),
        "{result}"
    );
    assert!(difference["why"].as_str().unwrap().contains("a server of this machine"), "{difference}");
    // The line it names works.
    let config = project.read("kaizen.toml").replace("ignore = [\"test_calc.T.test_server\"]  # cases that do not count\n", "");
    project.write("kaizen.toml", format!("{config}\n[grants]\nconnect = [\"127.0.0.1:{port}\"]\n"));
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    let measured = project.kaizen(["measure", "--json"]);
    assert_eq!((measured.code, &measured.result()["passing"]), (Some(0), &json!(2)), "{measured:?}");
}

#[test]
fn a_case_that_depends_on_the_time_zone_gets_the_command_that_sets_it() {
    let extra =
        "\n    def test_zone(self):\n        import os\n        self.assertEqual(os.environ.get('TZ'), 'Asia/Tokyo', 'the time zone')\n";
    let project = project(&[("calc.py", CALC), ("test_calc.py", &format!("{CASE}{extra}"))]);
    let said = said(&project.command(["init", "--yes", "--json"]).env("TZ", "Asia/Tokyo").output().unwrap());
    let result = said.result();
    let mend = result["differences"][0]["mend"].as_str().unwrap();
    assert!(mend.starts_with("command = \"TZ=Asia/Tokyo python3 -m unittest discover\""), "{result}");
    let mended = said_of(&project, "TZ=Asia/Tokyo python3 -m unittest discover");
    assert_eq!((mended.code, &mended.result()["passing"]), (Some(0), &json!(2)), "{mended:?}");
}

fn said_of(project: &Project, command: &str) -> Said {
    project.kaizen(["init", "--force", "--json", "--command", command, "--format", "unittest"])
}

#[test]
fn a_version_that_is_asked_of_a_history_which_is_not_there_gets_its_line() {
    let test = format!("raise LookupError('setuptools-scm was unable to detect version for ' + __file__)\n{CASE}");
    let project = project(&[("calc.py", CALC), ("tests/__init__.py", test.lines().next().unwrap()), ("tests/test_calc.py", CASE)]);
    let said = project.kaizen(["init", "--command", "python3 tests/__init__.py", "--format", "unittest"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.err.contains("SETUPTOOLS_SCM_PRETEND_VERSION=0 python3 tests/__init__.py"), "{said:?}");
}
