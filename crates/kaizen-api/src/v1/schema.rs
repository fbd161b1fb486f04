//! The list of shapes by name, and the JSON schema of each.

use super::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The names of all schemas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaList {
    /// `kaizen.schemas/1`
    pub schema: String,
    /// `config` is the one of `kaizen.toml`, `settings` that of the user's `config.toml`; the others are shapes of `--json`.
    pub names: Vec<String>,
}

/// The schema of a wire type by its name.
pub fn schema(name: &str) -> Option<schemars::Schema> {
    Some(match name {
        "improve" | "demo" => schemars::schema_for!(ImproveResult),
        "measure" => schemars::schema_for!(MeasureResult),
        "weaknesses" => schemars::schema_for!(WeaknessList),
        "versions" => schemars::schema_for!(VersionList),
        "status" => schemars::schema_for!(Status),
        "event" => schemars::schema_for!(LogEntry),
        "verify" => schemars::schema_for!(Verification),
        "explanation" => schemars::schema_for!(Explanation),
        "replay" => schemars::schema_for!(Replay),
        "apparmor" => schemars::schema_for!(AppArmor),
        "check" => schemars::schema_for!(CheckResult),
        "doctor" => schemars::schema_for!(Doctor),
        "study" => schemars::schema_for!(StudyShown),
        "init" => schemars::schema_for!(InitResult),
        "done" => schemars::schema_for!(Done),
        "show" => schemars::schema_for!(Shown),
        "diff" => schemars::schema_for!(Difference),
        "gateway-models" => schemars::schema_for!(models::GatewayModels),
        "models" => schemars::schema_for!(models::ModelList),
        "pull" => schemars::schema_for!(models::PullResult),
        "load" => schemars::schema_for!(models::LoadResult),
        "unload" => schemars::schema_for!(models::UnloadResult),
        "listening" => schemars::schema_for!(Listening),
        "stop" => schemars::schema_for!(models::StopResult),
        "configuration" => schemars::schema_for!(Configuration),
        "record" => schemars::schema_for!(RecordResult),
        "reconcile" => schemars::schema_for!(Reconciled),
        "rejected" => schemars::schema_for!(RejectedList),
        "operation" => schemars::schema_for!(OperationRecord),
        "trajectory" => schemars::schema_for!(TrajectoryRecord),
        "feedback" => schemars::schema_for!(FeedbackRecord),
        "forget" => schemars::schema_for!(ForgetResult),
        "key" => schemars::schema_for!(KeyMade),
        "keys" => schemars::schema_for!(KeyList),
        "budget" => schemars::schema_for!(BudgetShown),
        "asks" => schemars::schema_for!(AskList),
        "network" => schemars::schema_for!(NetworkLog),
        "prices" => schemars::schema_for!(PriceList),
        "progress" => schemars::schema_for!(ProgressLine),
        "error" => schemars::schema_for!(Failure),
        "schemas" => schemars::schema_for!(SchemaList),
        _ => return None,
    })
}

/// The names [`schema`] knows.
pub const SCHEMAS: [&str; 42] = [
    "apparmor",
    "asks",
    "budget",
    "check",
    "configuration",
    "demo",
    "diff",
    "doctor",
    "done",
    "error",
    "event",
    "explanation",
    "feedback",
    "forget",
    "gateway-models",
    "improve",
    "init",
    "key",
    "keys",
    "listening",
    "load",
    "measure",
    "models",
    "network",
    "operation",
    "prices",
    "progress",
    "pull",
    "record",
    "reconcile",
    "rejected",
    "replay",
    "schemas",
    "show",
    "status",
    "stop",
    "study",
    "trajectory",
    "unload",
    "verify",
    "versions",
    "weaknesses",
];
