//! The same loop with its state on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::postgres;
use kaizen_testkit::project::Project;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

#[test]
fn the_loop_runs_on_postgresql_and_its_log_holds() {
    let Some(store) = postgres::database().unwrap() else { return };
    let project = Project::failing_python(KAIZEN);
    let result = project.kaizen(["--store", &store, "improve", "--json"]).result();
    assert_eq!(result["promoted"], serde_json::json!(["v1"]), "{result}");
    assert_eq!(project.kaizen(["--store", &store, "log", "--verify"]).code, Some(0));
    assert_eq!(project.kaizen(["--store", &store, "replay", "v1"]).code, Some(0));
    assert_eq!(project.kaizen(["--store", &store, "undo"]).code, Some(0));
    assert!(!project.home().join("data").exists(), "a local store was made beside the named one");
}
