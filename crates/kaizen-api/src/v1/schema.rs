//! The list of shapes by name, and the JSON schema of each.

use super::*;
use schemars::{JsonSchema, Schema, schema_for};
use serde::{Deserialize, Serialize};

/// The names of all schemas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaList {
    /// `kaizen.schemas/1`
    pub schema: String,
    /// `config` is the one of `kaizen.toml`, `settings` that of the user's `config.toml`; the others are shapes of `--json`.
    pub names: Vec<String>,
}

/// How the schema of a shape is made.
type Make = fn() -> Schema;

/// Every shape by its name, in the order in which they are listed.
const SCHEMAS: &[(&str, Make)] = &[
    ("apparmor", || schema_for!(AppArmor)),
    ("asks", || schema_for!(AskList)),
    ("backup", || schema_for!(BackupResult)),
    ("budget", || schema_for!(BudgetShown)),
    ("check", || schema_for!(CheckResult)),
    ("configuration", || schema_for!(Configuration)),
    ("demo", || schema_for!(ImproveResult)),
    ("diff", || schema_for!(Difference)),
    ("doctor", || schema_for!(Doctor)),
    ("done", || schema_for!(Done)),
    ("error", || schema_for!(Failure)),
    ("event", || schema_for!(LogEntry)),
    ("explanation", || schema_for!(Explanation)),
    ("export", || schema_for!(ExportLine)),
    ("exported", || schema_for!(ExportResult)),
    ("feedback", || schema_for!(FeedbackRecord)),
    ("forget", || schema_for!(ForgetResult)),
    ("gateway-models", || schema_for!(models::GatewayModels)),
    ("gc", || schema_for!(GcResult)),
    ("improve", || schema_for!(ImproveResult)),
    ("init", || schema_for!(InitResult)),
    ("key", || schema_for!(KeyMade)),
    ("keys", || schema_for!(KeyList)),
    ("listening", || schema_for!(Listening)),
    ("load", || schema_for!(models::LoadResult)),
    ("man", || schema_for!(ManPages)),
    ("measure", || schema_for!(MeasureResult)),
    ("models", || schema_for!(models::ModelList)),
    ("network", || schema_for!(NetworkLog)),
    ("operation", || schema_for!(OperationRecord)),
    ("prices", || schema_for!(PriceList)),
    ("progress", || schema_for!(ProgressLine)),
    ("pull", || schema_for!(models::PullResult)),
    ("purge", || schema_for!(PurgeResult)),
    ("record", || schema_for!(RecordResult)),
    ("reconcile", || schema_for!(Reconciled)),
    ("rejected", || schema_for!(RejectedList)),
    ("replay", || schema_for!(Replay)),
    ("restore", || schema_for!(RestoreResult)),
    ("schemas", || schema_for!(SchemaList)),
    ("show", || schema_for!(Shown)),
    ("status", || schema_for!(Status)),
    ("stop", || schema_for!(models::StopResult)),
    ("study", || schema_for!(StudyShown)),
    ("trajectory", || schema_for!(TrajectoryRecord)),
    ("unload", || schema_for!(models::UnloadResult)),
    ("verify", || schema_for!(Verification)),
    ("versions", || schema_for!(VersionList)),
    ("weaknesses", || schema_for!(WeaknessList)),
];

/// The schema of a wire type by its name.
pub fn schema(name: &str) -> Option<Schema> {
    SCHEMAS.iter().find(|(known, _)| *known == name).map(|(_, make)| make())
}

/// The names [`schema`] knows.
pub fn schemas() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|(name, _)| *name)
}
