//! Looking after what Kaizen keeps: copies of the store, its rows as lines, what was removed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `backup`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupResult {
    /// `kaizen.backup/1`
    pub schema: String,
    /// The file: a SQLite file with everything in it.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// The schema of the store in it.
    pub schema_version: i64,
    /// Projects in it.
    pub projects: u64,
    /// Audit records in it, each recomputed.
    pub records: u64,
    /// What else is in it, by name: `config.toml`.
    pub parts: Vec<String>,
    /// What is not in it, and why: secrets, unless they were asked for.
    pub left_out: Vec<String>,
}

/// `restore`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RestoreResult {
    /// `kaizen.restore/1`
    pub schema: String,
    /// Where the store is.
    pub store: String,
    /// Where the store that was there before is now.
    pub kept: Option<String>,
    /// The schema it has now.
    pub schema_version: i64,
    /// Projects in it.
    pub projects: u64,
    /// Audit records in it, each recomputed.
    pub records: u64,
    /// Files that were put back.
    pub files: Vec<String>,
    /// What has to be put back by hand.
    pub left_out: Vec<String>,
}

/// One line of `export`. The first is `begin`, the last `end`: without it something is missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExportLine {
    /// `kaizen.export/1`
    pub schema: String,
    /// `begin`, `row`, `end`.
    pub r#type: String,
    /// `row`: the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// `row`: its columns. Columns that hold JSON are text; bytes are text where they are UTF-8, else `{"base64": "..."}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<serde_json::Map<String, serde_json::Value>>,
    /// `begin`: the schema of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<i64>,
    /// `begin`: the project's name; absent where the whole store is exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// `begin`: when, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// `end`: how many rows of each table came before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<BTreeMap<String, u64>>,
}

/// `export` into a file
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportResult {
    /// `kaizen.exported/1`
    pub schema: String,
    /// The file.
    pub file: String,
    /// How many rows of each table it holds.
    pub rows: BTreeMap<String, u64>,
}

/// `purge`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PurgeResult {
    /// `kaizen.purge/1`
    pub schema: String,
    /// Whether it is gone; else what would go.
    pub done: bool,
    /// The project; absent where everything goes.
    pub project: Option<String>,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Directories of the cache.
    pub cached: u64,
    /// What they take on the disk.
    pub bytes: u64,
    /// What stays and is the user's: branches, the configuration.
    pub stays: Vec<String>,
}

/// `gc`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GcResult {
    /// `kaizen.gc/1`
    pub schema: String,
    /// Whether nothing was to be removed.
    pub dry_run: bool,
    /// Everything that was looked at, the longest unused first.
    pub entries: Vec<GcEntry>,
    /// Control groups of dead jails that were there before.
    pub cgroups: u64,
    /// Those that are there still.
    pub cgroups_left: u64,
    /// Bytes that are free again, or would be.
    pub freed: u64,
    /// Bytes that stay.
    pub left: u64,
    /// How much of what nobody uses may stay.
    pub max_size: u64,
}

/// A directory in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GcEntry {
    /// `snapshot`, `layer`, `scratch`.
    pub kind: String,
    /// Where.
    pub path: String,
    /// What it takes on the disk.
    pub bytes: u64,
    /// When it was last used, RFC 3339.
    pub used_at: String,
    /// `in_use`, `kept`, `removed`, `would_be_removed`, `failed`.
    pub outcome: String,
    /// Why it could not be removed.
    pub why: Option<String>,
}

/// `man`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ManPages {
    /// `kaizen.man/1`
    pub schema: String,
    /// The directory.
    pub directory: String,
    /// The pages in it.
    pub pages: Vec<String>,
}
