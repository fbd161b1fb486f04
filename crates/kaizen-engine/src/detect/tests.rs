//! Small realistic trees in, candidates out.

use super::*;
use std::fs;

struct Project(tempfile::TempDir);

impl Project {
    fn with(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::Builder::new().prefix("wordfreq").tempdir().unwrap();
        for (path, text) in files {
            let place = directory.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, text).unwrap();
        }
        Self(directory)
    }

    fn all(&self) -> Vec<Detected> {
        detect(self.0.path()).unwrap()
    }

    fn best(&self) -> Detected {
        self.all().remove(0)
    }

    /// Command, where it was found, levers.
    fn told(&self) -> (String, String, Vec<String>) {
        let best = self.best();
        (best.command, best.source, best.levers)
    }

    fn commands(&self) -> Vec<String> {
        self.all().into_iter().map(|candidate| candidate.command).collect()
    }

    fn refusal(&self) -> String {
        let error = detect(self.0.path()).unwrap_err();
        let hint = match &error {
            Undetected::NoBenchmark { hint, looked_for, .. } if looked_for == LOOKED_FOR => hint.clone(),
            other => panic!("{other:?}"),
        };
        format!("{error} -> {hint}")
    }
}

const CASE: &str = "import unittest\nclass TopTest(unittest.TestCase):\n    def test_top(self):\n        pass\n";
const PLAIN: &str = "from wordfreq import top\n\ndef test_top():\n    assert top\n";

fn told(command: &str, source: &str, levers: &[&str]) -> (String, String, Vec<String>) {
    (command.into(), source.into(), levers.iter().map(|lever| (*lever).to_owned()).collect())
}

#[test]
fn unittest_cases_in_a_tests_package_are_discovered_from_the_root() {
    let project = Project::with(&[("wordfreq/__init__.py", ""), ("tests/__init__.py", ""), ("tests/test_top.py", CASE)]);
    assert_eq!(project.told(), told("python3 -m unittest discover -s tests -t .", "tests/ directory", &["wordfreq/**/*.py"]));
    assert_eq!(project.commands()[1..], ["python3 -m pytest -q tests"]);
    assert_eq!(project.best().protect, ["tests/**"]);
}

#[test]
fn a_tests_directory_that_is_no_package_is_its_own_top() {
    let project = Project::with(&[("wordfreq.py", ""), ("setup.py", "setup(name='Word-Freq', x=1)"), ("test/top_test.py", CASE)]);
    assert_eq!(project.told(), told("python3 -m unittest discover -s test -p '*_test.py'", "test/ directory", &["wordfreq.py"]));
    assert_eq!(project.best().name, "Word-Freq");
}

#[test]
fn test_files_beside_the_modules_are_discovered_in_the_root_and_are_no_levers() {
    let project = Project::with(&[("top.py", ""), ("tokens.py", ""), ("test_top.py", CASE), ("setup.py", "")]);
    assert_eq!(project.told(), told("python3 -m unittest discover", "test files in the root", &["tokens.py", "top.py"]));
    assert_eq!(project.best().protect, ["test_top.py"]);
}

#[test]
fn tests_inside_the_package_are_found_and_protected() {
    let files = [("wordfreq/__init__.py", ""), ("wordfreq/tests/__init__.py", ""), ("wordfreq/tests/test_top.py", CASE)];
    let project = Project::with(&files);
    assert_eq!(project.best().command, "python3 -m unittest discover -s wordfreq/tests -t .");
    assert_eq!(project.best().protect, ["wordfreq/tests/**"]);
}

#[test]
fn pytest_is_chosen_where_it_is_configured_imported_or_its_style_is_used() {
    let package = ("wordfreq/__init__.py", "");
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[package, ("tests/test_a.py", CASE), ("pytest.ini", "[pytest]\n")], "pytest.ini"),
        (&[package, ("tests/test_a.py", CASE), ("pyproject.toml", "[tool.pytest.ini_options]\n")], "pyproject.toml [tool.pytest]"),
        (&[package, ("tests/test_a.py", CASE), ("setup.cfg", "[tool:pytest]\n")], "setup.cfg [tool:pytest]"),
        (&[package, ("tests/test_a.py", CASE), ("tox.ini", "[pytest]\n")], "tox.ini [pytest]"),
        (&[package, ("tests/test_a.py", CASE), ("tests/conftest.py", "")], "tests/conftest.py"),
        (&[package, ("tests/test_a.py", "import pytest\nclass TestA:\n  def test_a(self): pass\n")], "tests/test_a.py imports pytest"),
        (&[package, ("tests/test_a.py", PLAIN)], "tests/test_a.py has test functions"),
        (&[package, ("tests/test_a.py", CASE), ("requirements-dev.txt", "pytest>=8\n")], "requirements-dev.txt mentions pytest"),
    ];
    for (files, source) in cases {
        let project = Project::with(files);
        assert_eq!(project.told(), told("python3 -m pytest -q tests", source, &["wordfreq/**/*.py"]), "{files:?}");
    }
}

#[test]
fn configured_test_paths_are_left_to_pytest() {
    let settings = "[project]\nname = \"wordfreq\"\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n";
    let project = Project::with(&[("wordfreq.py", ""), ("tests/test_a.py", PLAIN), ("pyproject.toml", settings)]);
    assert_eq!((project.best().command.as_str(), project.best().name.as_str()), ("python3 -m pytest -q", "wordfreq"));
}

#[test]
fn a_src_layout_puts_src_on_the_path() {
    let project = Project::with(&[("src/wordfreq/__init__.py", ""), ("src/wordfreq/top.py", ""), ("tests/test_top.py", PLAIN)]);
    assert_eq!(project.told(), told("PYTHONPATH=src python3 -m pytest -q tests", "tests/test_top.py has test functions", &["src/**/*.py"]));
}

#[test]
fn the_projects_own_interpreter_is_used_and_what_it_installed_holds_no_tests() {
    let project =
        Project::with(&[("wordfreq.py", ""), ("tests/test_top.py", PLAIN), (".venv/bin/python", ""), ("node_modules/x/test_x.py", CASE)]);
    assert_eq!(project.commands(), [".venv/bin/python -m pytest -q tests"]);
}

#[test]
fn a_command_in_agents_md_wins_over_ci_and_ci_over_the_layout() {
    let agents = "# Work here\nDo not run `pytest tests` alone.\nRun one test: `python -m unittest -k x`.\n\n```sh\n$ python3 -m unittest discover -s tests -v  # all\n```\n";
    let ci = "jobs:\n  test:\n    steps:\n      - uses: actions/checkout@v4\n      - run: pip install . && python -m pytest -x --cov=wordfreq tests\n";
    let files = [("wordfreq.py", ""), ("tests/test_top.py", CASE), ("AGENTS.md", agents), (".github/workflows/ci.yml", ci)];
    let found = Project::with(&files).all();
    let short: Vec<_> = found.iter().map(|one| (one.command.as_str(), one.source.as_str())).collect();
    assert_eq!(
        short,
        [("python3 -m unittest discover -s tests", "AGENTS.md"), ("python3 -m pytest -q tests", ".github/workflows/ci.yml"),]
    );
    assert_eq!(found[1].notes, ["left out of the command in .github/workflows/ci.yml: -x --cov=wordfreq"]);
}

#[test]
fn commands_that_are_narrower_unknown_or_elsewhere_are_not_taken_from_files() {
    let ci = "steps:\n  - run: cd sub && pytest\n  - run: (cd sub && pytest -x)\n  - run: |\n      cd other\n      pytest tests\n  - run: pytest ${{ matrix.args }}\n  - run: nox -s tests\n  - name: x\n    working-directory: sub\n    run: python -m unittest\n  - run: pytest tests/test_top.py::test_a\n";
    let project = Project::with(&[("wordfreq.py", ""), ("tests/test_top.py", PLAIN), (".github/workflows/ci.yaml", ci)]);
    assert_eq!(project.best().source, "tests/test_top.py has test functions");
}

#[test]
fn wrappers_makefiles_and_tox_are_understood() {
    let package = [("wordfreq.py", ""), ("tests/test_top.py", PLAIN)];
    let cases = [
        ("AGENTS.md", "Test with `uv run --frozen pytest -n auto tests/`.", "python3 -m pytest -q tests/"),
        (".gitlab-ci.yml", "test:\n  script:\n    - coverage run -m pytest\n", "python3 -m pytest -q"),
        ("Makefile", "all: build\n\techo\ntest: build\n\t@$(PYTHON) -m pytest -vv tests\n", "python3 -m pytest -q tests"),
        (
            "tox.ini",
            "[testenv]\ndeps = pytest\ncommands =\n    pytest {posargs:tests}\n[testenv:lint]\ncommands = ruff .\n",
            "python3 -m pytest -q tests",
        ),
        ("CLAUDE.md", "`A=1 PYTHONPATH='a b' py.test -m 'not slow'`", "A=1 PYTHONPATH='a b' python3 -m pytest -q -m 'not slow'"),
    ];
    for (file, text, command) in cases {
        let best = Project::with(&[package[0], package[1], (file, text)]).best();
        assert_eq!((best.command.as_str(), best.source.as_str()), (command, file));
    }
}

#[test]
fn a_holdout_directory_is_offered_as_the_holdout() {
    let project = Project::with(&[("wordfreq.py", ""), ("tests/test_top.py", CASE), ("holdout/test_rare.py", CASE)]);
    let best = project.best();
    assert_eq!(best.command, "python3 -m unittest discover -s tests");
    let split = HoldoutSplit { command: "python3 -m unittest discover -s holdout".into(), files: vec!["holdout/**".into()] };
    assert_eq!(best.holdout, Some(split));
}

#[test]
fn a_rust_package_is_tested_by_cargo_and_its_sources_may_change() {
    let manifest = "[package]\nname = \"wordfreq\"\nversion = \"0.1.0\"\n";
    let files = [
        ("Cargo.toml", manifest),
        ("Cargo.lock", ""),
        ("src/lib.rs", ""),
        ("tests/top.rs", ""),
        ("tests/holdout.rs", ""),
        ("build.rs", ""),
    ];
    let project = Project::with(&files);
    assert_eq!(project.told(), told("cargo test", "Cargo.toml", &["src/**/*.rs"]));
    let best = project.best();
    assert_eq!((best.name.as_str(), best.format), ("wordfreq", Format::CargoTest));
    assert_eq!(best.protect, ["**/Cargo.toml", "Cargo.lock", "build.rs", "tests/**"]);
    assert_eq!(best.holdout.unwrap().command, "cargo test --test holdout");
}

#[test]
fn a_rust_workspace_is_tested_as_a_whole_and_only_whole_commands_of_ci_are_taken() {
    let member = "[package]\nname = \"a\"\n";
    let ci = "- run: cargo test --no-default-features\n- run: cargo test -p a\n- run: cargo +nightly test\n- run: cargo test --all-features --verbose\n";
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
        ("crates/a/Cargo.toml", member),
        ("crates/a/src/lib.rs", ""),
        ("crates/b/Cargo.toml", member),
        ("crates/b/src/lib.rs", ""),
        ("xtask/Cargo.toml", member),
        ("xtask/src/main.rs", ""),
        (".github/workflows/ci.yml", ci),
    ];
    let project = Project::with(&files);
    assert_eq!(project.commands(), ["cargo test --all-features", "cargo test --workspace"]);
    assert_eq!(project.best().levers, ["crates/*/src/**/*.rs", "xtask/src/**/*.rs"]);
}

#[test]
fn a_refusal_says_what_was_seen_what_was_looked_for_and_what_to_write() {
    assert!(Project::with(&[]).refusal().starts_with("no benchmark was found: the directory is empty -> "));
    let script = Project::with(&[("package.json", "{}"), ("Makefile", "test:\n\tnpm test\n")]).refusal();
    assert!(script.contains("package.json is there, but") && script.contains("command = \"make test\""), "{script}");
    let untested = Project::with(&[("wordfreq/__init__.py", "")]).refusal();
    assert!(untested.contains("wordfreq/__init__.py is Python, but there is no test"), "{untested}");
    assert!(untested.contains("files = [\"wordfreq/**/*.py\"]"), "{untested}");
}

#[test]
fn a_directory_that_is_not_there_is_an_error_of_its_own() {
    let missing = Project::with(&[]).0.path().join("nowhere");
    assert!(matches!(detect(&missing), Err(Undetected::Unreadable { path, .. }) if path == missing));
}

#[test]
fn every_pattern_and_command_that_is_detected_is_one_the_configuration_accepts() {
    use crate::config::{parse, render};
    let project = Project::with(&[("we[i]rd/__init__.py", ""), ("we[i]rd/tests/test_a.py", PLAIN), ("tests/it's/test_b.py", CASE)]);
    for candidate in project.all() {
        let text = render::render(&candidate, &render::Choices::default());
        let config = parse(&text, Path::new("kaizen.toml")).unwrap();
        assert!(config.levers.code.unwrap().files.matches(&"we[i]rd/top.py".parse().unwrap()), "{text}");
    }
}

#[test]
fn wrappers_with_options_of_their_own_are_taken_off() {
    let package = [("wordfreq.py", ""), ("tests/test_top.py", PLAIN)];
    let cases = [
        ("`uv run --group dev --python 3.11 pytest tests/`", "python3 -m pytest -q tests/"),
        ("`uv run -m pytest`", "python3 -m pytest -q"),
        ("`poetry run coverage run --branch -m pytest`", "python3 -m pytest -q"),
        ("```sh\nenv A=1 uv run \\\n  pytest tests\n```", "A=1 python3 -m pytest -q tests"),
        ("`hatch test`", "python3 -m pytest -q"),
        ("`uv run --directory sub pytest`", "python3 -m pytest -q tests"),
    ];
    for (text, command) in cases {
        let best = Project::with(&[package[0], package[1], ("AGENTS.md", text)]).best();
        assert_eq!(best.command, command, "{text}");
    }
}

#[test]
fn a_task_is_followed_to_the_command_it_runs() {
    let package = [("wordfreq.py", ""), ("tests/test_top.py", PLAIN)];
    let make = "PYTEST ?= uv run pytest\nDIR = tests\ntest: unit  # all\nunit:\n\t$(PYTEST) -x \\\n\t\t$(DIR)\n";
    let nox = "import nox\n\n@nox.session(python=[\"3.11\"])\ndef tests(session):\n    session.install(\"-e\", \".\")\n    session.run(\"pytest\", \"tests\", *session.posargs, env={\"A\": \"1\"})\n\ndef lint(session):\n    session.run(\"ruff\")\n";
    let hatch = "[tool.hatch.envs.default.scripts]\ncov = [\"test -x\", \"report\"]\ntest = \"pytest {args:tests}\"\n";
    let poe = "[tool.poe.tasks]\nlint = \"ruff\"\ntest = { sequence = [\"lint\", \"unit\"] }\nunit.cmd = \"pytest tests\"\n";
    let just = "default: lint\nlint:\n    ruff\nunit *args:\n    @pytest tests {{args}}\ntest: lint unit\n";
    let tox = "[testenv]\ncommands =\n    lint: ruff .\n    tests: {env:RUNNER:pytest} {posargs:-n auto} tests\n";
    let cases = [
        ("Makefile", make, "`make test`"),
        ("noxfile.py", nox, "`nox -s tests`"),
        ("pyproject.toml", hatch, "`hatch run test`"),
        ("pyproject.toml", poe, "`uv run poe test`"),
        ("justfile", just, "`just test`"),
        ("tox.ini", tox, "`tox -e py311`"),
    ];
    for (file, text, named) in cases {
        let alone = Project::with(&[package[0], package[1], (file, text)]).best();
        assert_eq!((alone.command.as_str(), alone.source.as_str()), ("python3 -m pytest -q tests", file));
        let told = Project::with(&[package[0], package[1], (file, text), ("AGENTS.md", named)]).best();
        assert_eq!((told.command.as_str(), told.source.as_str()), ("python3 -m pytest -q tests", "AGENTS.md"), "{named}");
    }
}

#[test]
fn a_project_in_a_sub_directory_is_found_and_its_command_begins_there() {
    let manifest = "[package]\nname = \"core\"\n";
    let files = [
        ("README.md", ""),
        ("back/pyproject.toml", "[project]\nname = \"back\"\n"),
        ("back/src/top.py", ""),
        ("back/tests/test_top.py", PLAIN),
        (".venv/bin/python", ""),
        ("rust core/Cargo.toml", manifest),
        ("rust core/src/lib.rs", ""),
    ];
    let project = Project::with(&files);
    assert_eq!(project.commands(), ["cd back && PYTHONPATH=src ../.venv/bin/python -m pytest -q tests", "cd 'rust core' && cargo test"]);
    let best = project.best();
    assert_eq!(
        (best.levers, best.protect[0].as_str(), best.name.as_str()),
        (vec!["back/src/**/*.py".to_owned()], "back/pyproject.toml", "back")
    );
    assert_eq!(best.source, "back/tests/test_top.py has test functions");
    let below = detect_below(project.0.path(), Path::new("rust core/src")).unwrap();
    assert_eq!(below[0].command, "cd 'rust core' && cargo test");
}

#[test]
fn a_member_of_the_roots_own_workspace_is_no_project_apart() {
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
        ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ("crates/a/src/lib.rs", ""),
    ];
    assert_eq!(detect_below(Project::with(&files).0.path(), Path::new("crates/a")).unwrap(), []);
}

#[test]
fn a_script_is_followed_to_its_runner_and_offered_after_a_build_and_as_a_whole() {
    let manifest = r#"{"name": "freq", "scripts": {"build": "tsc", "test": "npm run lint && npm run test:unit", "lint": "eslint .", "test:unit": "c8 --100 vitest --coverage"}}"#;
    let files = [
        ("package.json", manifest),
        ("src/top.ts", ""),
        ("src/top.test.ts", ""),
        ("vitest.config.ts", ""),
        ("tsconfig.json", ""),
        ("lib/top.js", ""),
    ];
    let project = Project::with(&files);
    assert_eq!(project.commands()[..3], ["npx vitest run", "npm run build && npx vitest run", "npm run test"]);
    let best = project.best();
    assert_eq!((best.format, best.name.as_str(), best.source.as_str()), (Format::Vitest, "freq", "package.json scripts.test"));
    assert_eq!(best.levers, ["src/**/*.ts"]);
    assert_eq!(best.notes, ["left out of the command in package.json scripts.test: --coverage"]);
}

#[test]
fn each_runner_of_javascript_is_written_the_way_it_is_read() {
    let cases = [
        ("jest --ci --coverage tests", "npx jest tests", Format::Jest),
        ("cross-env NODE_ENV=test mocha -R dot --exit 'test/**/*.js'", "NODE_ENV=test npx mocha --exit 'test/**/*.js'", Format::Mocha),
        ("node --test --test-reporter=dot test", "node --test test", Format::NodeTest),
        ("nyc tape 'test/**/*.js' | tap-spec", "npx tape 'test/**/*.js'", Format::Tap),
        ("borp --coverage --reporter=x", "npx borp --reporter=tap", Format::Tap),
        ("ava", "npx ava --tap", Format::Tap),
        ("node test/index.js", "node test/index.js", Format::NodeTest),
        ("react-scripts test", "npx react-scripts test", Format::Jest),
        ("vitest --reporter verbose --bail 1", "npx vitest run", Format::Vitest),
        ("jest --reporters default", "npx jest", Format::Jest),
    ];
    for (script, command, format) in cases {
        let manifest = format!("{{\"scripts\": {{\"test\": {script:?}}}}}");
        let files = [
            ("package.json", manifest.as_str()),
            ("index.js", ""),
            ("test/index.js", "import test from 'node:test'\n"),
            ("tests/a.js", ""),
        ];
        let best = Project::with(&files).best();
        assert_eq!((best.command.as_str(), best.format, best.levers), (command, format, vec!["index.js".to_owned()]), "{script}");
    }
}

#[test]
fn what_is_installed_is_used_where_no_script_tests_and_what_is_missing_is_noted() {
    let manifest = r#"{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}, "devDependencies": {"jest": "^30"}}"#;
    let project = Project::with(&[
        ("package.json", manifest),
        ("yarn.lock", ""),
        ("packages/a/src/a.js", ""),
        ("packages/a/src/a.test.js", ""),
        ("packages/b/src/b.js", ""),
    ]);
    let best = project.best();
    assert_eq!(
        (best.command.as_str(), best.source.as_str(), best.levers),
        ("npx jest", "package.json needs jest", vec!["packages/*/src/**/*.js".to_owned()])
    );
    assert_eq!(best.notes, ["there is no node_modules: run `yarn install`, the sandbox has no network"]);
    let own = Project::with(&[("package.json", "{}"), ("top.js", ""), ("top.test.js", "const test = require('node:test')\n")]).best();
    assert_eq!((own.command.as_str(), own.source.as_str()), ("node --test", "top.test.js imports node:test"));
}

#[test]
fn a_go_module_is_tested_with_all_its_packages_and_a_workspace_with_all_its_modules() {
    let module = [("go.mod", "module example.org/freq/v2\n\nrequire x v1\n"), ("top.go", ""), ("inner/a.go", ""), ("inner/a_test.go", "")];
    let project = Project::with(&module);
    assert_eq!(project.told(), told("go test ./...", "go.mod", &["*.go", "inner/**/*.go"]));
    assert_eq!((project.best().name.as_str(), project.best().notes.len()), ("freq", 1));
    let ci = ("Makefile", "test:\n\tgo test -race -v -coverprofile=c.out -tags integration ./...\n");
    let best = Project::with(&[&module[..], &[ci]].concat()).best();
    assert_eq!(best.command, "go test -tags integration ./...");
    assert_eq!(best.notes[1], "left out of the command in Makefile: -race -v -coverprofile=c.out");
    let work = [("go.work", "go 1.22\nuse (\n\t./a\n\t./b // second\n)\n"), ("a/a.go", ""), ("a/a_test.go", ""), ("b/b.go", "")];
    assert_eq!(Project::with(&work).best().command, "go test ./a/... ./b/...");
    assert!(Project::with(&[("go.mod", "module a\n"), ("a.go", "")]).refusal().contains("no _test.go"));
}

#[test]
fn a_cmake_project_is_configured_with_its_tests_on_built_and_tested() {
    let lists = "cmake_minimum_required(VERSION 3.21)\nproject(freq C)\noption(FREQ_BUILD_TESTS \"\" OFF)\nenable_testing()\nadd_test(NAME t COMMAND t)\n";
    let ci = "steps:\n  - run: cmake -B out -DFREQ_BUILD_TESTS=ON -DOTHER_TESTS=ON\n";
    let files = [("CMakeLists.txt", lists), ("src/top.c", ""), ("include/top.h", ""), ("test/t.c", ""), (".github/workflows/ci.yml", ci)];
    let best = Project::with(&files).best();
    assert_eq!(best.command, "cmake -S . -B build -DFREQ_BUILD_TESTS=ON && cmake --build build && ctest --test-dir build");
    assert_eq!(
        (best.format, best.name.as_str(), best.levers),
        (Format::Ctest, "freq", vec!["include/**/*.h".to_owned(), "src/**/*.c".to_owned()])
    );
}
