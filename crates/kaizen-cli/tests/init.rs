//! `kaizen init` with the real binary on small real projects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};
use std::path::{Path, PathBuf};
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");
const CALC: &str = "def double(n):\n    return n * 2\n";
const CASE: &str = "import unittest\nfrom calc import double\n\n\nclass T(unittest.TestCase):\n    def test_two(self):\n        self.assertEqual(double(2), 4)\n";

/// A project with these files, committed.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new(KAIZEN);
    files.iter().for_each(|(path, text)| project.write(path, text));
    project.commit("First");
    project
}

fn small() -> Project {
    project(&[("calc.py", CALC), ("tests/__init__.py", ""), ("tests/test_calc.py", CASE)])
}

fn has_file(project: &Project) -> bool {
    project.root().join("kaizen.toml").exists()
}

fn assert_refused(project: &Project, said: &Said, code: i32, parts: &[&str]) {
    assert_eq!((said.code, has_file(project)), (Some(code), false), "{said:?}");
    parts.iter().for_each(|part| assert!(said.err.contains(part), "{part:?} is not in {said:?}"));
}

#[test]
fn a_unittest_layout_is_proved_compared_and_written_and_improve_can_use_it() {
    let project = small();
    let said = project.kaizen(["init", "--yes", "--json"]);
    let result = said.result();
    assert_eq!((said.code, result["schema"].as_str()), (Some(0), Some("kaizen.init/1")), "{said:?}");
    assert_eq!(
        (result["passing"].as_u64(), result["executed"].as_u64(), result["outside"]["passing"].as_u64()),
        (Some(1), Some(1), Some(1))
    );
    assert_eq!((&result["sensitivity"]["moved"], &result["sensitivity"]["file"]), (&true.into(), &"calc.py".into()), "{result}");
    assert_eq!((&result["differences"], &result["timeout"]), (&serde_json::json!([]), &"30s".into()));
    assert_eq!(project.git(["status", "--porcelain"]), "?? kaizen.toml");
    assert!(project.read("kaizen.toml").contains("format = \"unittest\""));
    assert_eq!(project.kaizen(["config", "check"]).code, Some(0));
    let improved = project.kaizen(["improve"]);
    assert!(improved.code == Some(0) && improved.out.contains("nothing to do"), "{improved:?}");
}

#[test]
fn without_a_yes_nothing_runs_outside_and_that_is_said() {
    let project = small();
    let said = project.kaizen(["init"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for part in [
        "from tests/ directory",
        "1/1 cases",
        "calc.py broken on purpose: 1 -> 0 points",
        "not compared",
        "holdout.command",
        "kaizen improve",
    ] {
        assert!(said.out.contains(part), "{part:?} is not in {}", said.out);
    }
}

#[test]
fn an_existing_file_is_only_replaced_by_force() {
    let project = small();
    project.write("kaizen.toml", "mine");
    let refused = project.kaizen(["init"]);
    assert_eq!((refused.code, project.read("kaizen.toml").as_str()), (Some(2), "mine"), "{refused:?}");
    assert!(refused.err.contains("--force"), "{}", refused.err);
    for how in ["error", "abort"] {
        let struck = project.kaizen_with_fault(["init", "--force"], &format!("init.written:{how}"));
        assert!(struck.code != Some(0) && project.read("kaizen.toml") == "mine", "{struck:?}");
    }
    let forced = project.kaizen(["init", "--force"]);
    assert!(forced.code == Some(0) && project.read("kaizen.toml").contains("[benchmark]"), "{forced:?}");
}

#[test]
fn a_project_without_a_test_or_a_commit_says_what_is_missing() {
    let untested = project(&[("calc.py", CALC)]);
    assert_refused(&untested, &untested.kaizen(["init"]), 2, &["calc.py is Python, but there is no test", "--command"]);
    let uncommitted = Project::new(KAIZEN);
    uncommitted.write("calc.py", CALC);
    uncommitted.write("test_calc.py", CASE);
    assert_refused(&uncommitted, &uncommitted.kaizen(["init"]), 3, &["no commit yet", "git commit"]);
}

#[test]
fn an_installed_copy_that_is_tested_instead_of_the_tree_is_named_with_the_mend() {
    let project = project(&[
        ("src/calc/__init__.py", CALC),
        ("vendor/calc/__init__.py", CALC),
        ("tests/__init__.py", ""),
        ("tests/test_calc.py", CASE),
    ]);
    let blind = project.kaizen(["init", "--command", "PYTHONPATH=vendor python3 -m unittest", "--format", "unittest"]);
    assert_refused(
        &project,
        &blind,
        4,
        &["calc is loaded from vendor/calc/__init__.py, not from src/calc/__init__.py", "PYTHONPATH=src:vendor"],
    );
    let mended = project.kaizen(["init", "--command", "PYTHONPATH=src:vendor python3 -m unittest", "--format", "unittest"]);
    assert_eq!(mended.code, Some(0), "{mended:?}");
}

#[test]
fn levers_the_benchmark_never_loads_are_refused() {
    let test = CASE.replace("from calc import double", "double = lambda n: n * 2");
    let project = project(&[("calc.py", CALC), ("test_calc.py", &test)]);
    assert_refused(&project, &project.kaizen(["init"]), 4, &["the benchmark never feels calc.py", "--command"]);
}

#[test]
fn a_case_that_only_passes_outside_is_listed_with_its_mend_and_left_out() {
    let extra = "\n    def test_home(self):\n        import os\n        self.assertTrue(os.path.isdir(os.path.expanduser('~/.kaizen-probe')), 'no ' + os.environ.get('HOME', 'HOME'))\n\n    def test_wall(self):\n        import socket\n        with socket.create_connection(('127.0.0.1', int(open(os.path.expanduser('~/.kaizen-probe/port')).read()))): pass\n";
    let test = format!("import os\n{CASE}{extra}");
    let project = project(&[("calc.py", CALC), ("test_calc.py", &test)]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let home = project.home().join("user");
    std::fs::create_dir_all(home.join(".kaizen-probe")).unwrap();
    std::fs::write(home.join(".kaizen-probe/port"), listener.local_addr().unwrap().port().to_string()).unwrap();
    let mut command = project.command(["init", "--yes", "--json"]);
    let said = kaizen_testkit::project::said(&real_python(command.env("HOME", &home), &project.home().join("venv")).output().unwrap());
    let result = said.result();
    assert_eq!((said.code, result["outside"]["passing"].as_u64(), result["passing"].as_u64()), (Some(0), Some(3), Some(1)), "{said:?}");
    assert_eq!(result["ignored"], serde_json::json!(["test_calc.T.test_home", "test_calc.T.test_wall"]));
    let first = &result["differences"][0];
    assert_eq!(
        (&first["inside"], &first["outside"], &first["mend"]),
        (&"fail".into(), &"pass".into(), &"ignore = [\"test_calc.T.test_home\"]".into())
    );
    assert!(first["why"].as_str().unwrap().contains("home directory"), "{first}");
    assert!(project.read("kaizen.toml").contains("ignore = [\"test_calc.T.test_home\", \"test_calc.T.test_wall\"]"));
}

/// A Python that works whatever the home directory is: version managers look for theirs below it.
fn real_python<'c>(command: &'c mut Command, room: &Path) -> &'c mut Command {
    let said = Command::new("python3").args(["-c", "import sys; print(sys.base_prefix)"]).output().unwrap();
    let prefix = PathBuf::from(String::from_utf8(said.stdout).unwrap().trim());
    let made = Command::new(prefix.join("bin/python3")).args(["-m", "venv", "--without-pip", "--copies"]).arg(room).status().unwrap();
    assert!(made.success());
    let path = std::env::join_paths([room.join("bin"), "/usr/bin".into(), "/bin".into()]).unwrap();
    command.env("PATH", path)
}

#[test]
fn a_pytest_layout_with_its_own_environment_is_proved_there() {
    let project = project(&[
        (".gitignore", ".venv\n"),
        ("pyproject.toml", "[project]\nname = \"calc\"\nversion = \"1\"\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n"),
        ("src/calc.py", CALC),
        ("tests/test_one.py", "from calc import double\ndef test_two(): assert double(2) == 4\n"),
        ("tests/test_two.py", "from calc import double\ndef test_ten(): assert double(10) == 20\n"),
    ]);
    std::os::unix::fs::symlink(pytest(), project.root().join(".venv")).unwrap();
    let command = "PYTHONPATH=src python3 -m pytest -q";
    let mut asked = project.command(["init", "--yes", "--json", "--command", command, "--format", "pytest"]);
    let path =
        std::env::join_paths([pytest().join("bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap()))).unwrap();
    let said = kaizen_testkit::project::said(&asked.env("PATH", path).output().unwrap());
    let result = said.result();
    assert_eq!((said.code, result["passing"].as_u64(), result["outside"]["passing"].as_u64()), (Some(0), Some(2), Some(2)), "{said:?}");
    assert_eq!(result["holdout"]["state"], "suggested");
    assert_eq!(result["holdout"]["command"], "PYTHONPATH=src python3 -m pytest -q tests/test_two.py");
}

/// An environment with pytest, made once and kept.
fn pytest() -> PathBuf {
    kaizen_testkit::venv::with_packages(Path::new(env!("CARGO_TARGET_TMPDIR")), "init-pytest", &["pytest>=8"])
}

#[test]
fn a_cargo_crate_is_proved_and_feels_broken_code() {
    let project = project(&[
        (".gitignore", "target\n"),
        ("Cargo.toml", "[package]\nname = \"calc\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("Cargo.lock", "version = 3\n\n[[package]]\nname = \"calc\"\nversion = \"0.1.0\"\n"),
        ("src/lib.rs", "pub fn double(n: u32) -> u32 {\n    n * 2\n}\n"),
        ("tests/it.rs", "#[test]\nfn two() {\n    assert_eq!(calc::double(2), 4);\n}\n"),
    ]);
    // A lock file by hand, which cargo would rewrite and may not.
    assert_refused(&project, &project.kaizen(["init"]), 4, &["Cargo.lock is not what cargo would write"]);
    let locked = Command::new("cargo").args(["generate-lockfile", "--offline"]).current_dir(project.root()).output().unwrap();
    assert!(locked.status.success(), "{locked:?}");
    project.commit("A lock file by cargo");
    let said = project.kaizen(["init", "--yes", "--json"]);
    let result = said.result();
    assert_eq!((said.code, &result["format"], result["passing"].as_u64()), (Some(0), &"cargo-test".into(), Some(1)), "{said:?}");
    assert_eq!((&result["sensitivity"]["file"], &result["sensitivity"]["points"]), (&"src/lib.rs".into(), &serde_json::Value::Null));
    assert_eq!((&result["outside"]["passing"], &result["differences"]), (&1.into(), &serde_json::json!([])), "{result}");
}

#[test]
fn a_hold_out_directory_is_found_and_its_cases_are_run() {
    let hidden = CASE.replace("double(2), 4", "double(3), 6");
    let project = project(&[("calc.py", CALC), ("tests/__init__.py", ""), ("tests/test_calc.py", CASE), ("holdout/test_more.py", &hidden)]);
    let said = project.kaizen(["init"]);
    assert!(said.code == Some(0) && said.out.contains("discover -s holdout   1 case"), "{said:?}");
    assert!(project.read("kaizen.toml").contains("holdout = {"));
}
