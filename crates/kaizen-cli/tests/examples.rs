//! The examples with real programs: their files are right, and their benchmarks run in the sandbox as they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::Project;
use std::path::{Path, PathBuf};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// A project that holds a copy of an example.
fn copy_of(example: &str) -> Project {
    let project = Project::new(KAIZEN);
    let source: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    for entry in std::fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        project.write(entry.file_name().to_str().unwrap(), std::fs::read(entry.path()).unwrap());
    }
    project.commit("An example");
    project
}

#[test]
fn the_settings_of_every_example_are_right() {
    for example in ["zstd", "sqlite", "postgresql", "nginx"] {
        let said = copy_of(example).kaizen(["config", "check"]);
        assert_eq!(said.code, Some(0), "{example}: {said:?}");
    }
}

#[test]
fn the_benchmarks_of_sqlite_and_postgresql_run_in_the_sandbox_and_are_durable() {
    for (example, cases) in [("sqlite", 3), ("postgresql", 1)] {
        let result = copy_of(example).kaizen(["measure", "--runs", "1", "--pairs", "1", "--json"]).result();
        assert_eq!((&result["passing"], &result["executed"]), (&cases.into(), &cases.into()), "{example}: {result}");
        assert_eq!((&result["noise"][0]["role"], &result["noise"][0]["pairs"]), (&"objective".into(), &1.into()), "{example}: {result}");
    }
}
