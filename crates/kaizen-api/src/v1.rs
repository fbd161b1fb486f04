//! Version 1 of the wire types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod check;
mod configuration;
mod doctor;
mod init;
mod intake;
pub mod models;
mod money;
mod network;
mod quantity;
mod record;
mod schema;
mod upkeep;

pub use check::{CheckResult, CheckedQuantity, LogEvidence};
pub use configuration::{Configuration, Setting};
pub use doctor::{AppArmor, Check, Doctor};
pub use init::{InitCandidate, InitDifference, InitHoldout, InitOutside, InitResult, InitSensitivity};
pub use intake::{ForgetResult, RecordResult, Refused, Rejected, RejectedList};
pub use money::{
    AskList, AskShown, BlockShown, BudgetShown, CacheShown, KeyList, KeyMade, KeyShown, LedgerShown, LongPrice, PriceList, PriceShown,
    Reconciled, StrandedShown, TierShown,
};
pub use network::{HostContacted, NetworkLog};
pub use quantity::{
    Effect, EffectCost, Futility, GuardrailEvidence, Instructions, MetricNoise, Quantity, Quietness, StageEvidence, StudyRun, StudyShown,
    TicketShown,
};
pub use record::{
    CandidateRecord, ChoiceRecord, ContentRecord, ErrorRecord, FeedbackRecord, ModelRecord, Moment, OperationRecord, QualityRecord,
    RouteRecord, TrajectoryRecord, UsageRecord,
};
pub use schema::{SchemaList, schema, schemas};
pub use upkeep::{BackupResult, ExportLine, ExportResult, GcEntry, GcResult, ManPages, PurgeResult, RestoreResult};

/// Points before and after a run, and how many can be had.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Points {
    /// At the start.
    pub before: f64,
    /// At the end.
    pub after: f64,
    /// The most.
    pub max: f64,
}

/// The first line of `serve`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listening {
    /// `kaizen.listening/1`
    pub schema: String,
    /// `http://127.0.0.1:8400`
    pub address: String,
    /// A line for each provider.
    pub providers: Vec<String>,
    /// Daemons before this one that were cut off, each told once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut_off: Vec<EndedDaemon>,
}

/// A daemon that was cut off: by a kill, a crash, a power cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndedDaemon {
    /// Its process.
    pub process: u32,
    /// When it began, milliseconds since 1970-01-01 UTC.
    pub began_at: i64,
    /// When it last wrote.
    pub last_write_at: i64,
    /// Calls it had begun that have no record; at least so many where `exact` is false.
    pub calls_without_record: u64,
    /// Whether these are all. After a power cut nobody knows what was begun since the last write.
    pub exact: bool,
    /// Money it had put aside that provably was not sent and is free again.
    pub given_back_usd: f64,
    /// Money it had put aside that goes on counting as spent: `kaizen budget reconcile`.
    pub held_usd: f64,
}

/// The last line of `improve` and `demo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImproveResult {
    /// `kaizen.improve/1`
    pub schema: String,
    /// `result`
    pub r#type: String,
    /// The project's name.
    pub project: String,
    /// The project's directory.
    pub directory: String,
    /// Ids of versions made, in order.
    pub promoted: Vec<String>,
    /// Candidates turned down.
    pub rejected: u64,
    /// Candidates that touched what judges them.
    pub quarantined: u64,
    /// Trials that need more evidence.
    pub undecided: u64,
    /// Hypotheses that wait for a person.
    pub waiting: u64,
    /// Hypotheses a dry run would have promoted.
    pub would_promote: u64,
    /// Weaknesses measured at the start.
    pub weaknesses: u64,
    /// Points.
    pub points: Points,
    /// The branch promotions go to.
    pub branch: String,
    /// Wall time in seconds.
    pub seconds: f64,
    /// `demo` only: one result per example project; the counts above are their sums.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<ImproveResult>,
}

/// The last line of `measure`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureResult {
    /// `kaizen.measure/1`
    pub schema: String,
    /// `result`
    pub r#type: String,
    /// Runs of the baseline.
    pub runs: u32,
    /// Cases that passed in the last run.
    pub passing: u64,
    /// Cases that ran.
    pub executed: u64,
    /// Points earned.
    pub points: f64,
    /// Points that can be earned.
    pub max: f64,
    /// The longest run in seconds.
    pub seconds: f64,
    /// Cases that did not repeat themselves.
    pub flaky: Vec<String>,
    /// Points by category: earned and possible.
    pub categories: BTreeMap<String, [f64; 2]>,
    /// Measured quantities of the last run.
    pub metrics: BTreeMap<String, f64>,
    /// The noise of the declared quantities, and what it lets a trial prove.
    #[serde(default)]
    pub noise: Vec<MetricNoise>,
    /// What the machine told, where a quantity is declared.
    #[serde(default)]
    pub quietness: Option<Quietness>,
    /// The sandbox tier.
    pub tier: String,
}

/// A weakness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weakness {
    /// `w1`
    pub id: String,
    /// One line.
    pub title: String,
    /// In plain language.
    pub description: String,
    /// `open`, `working`, `resolved`, `needs_teaching`.
    pub state: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// 0-100.
    pub impact: u8,
    /// Points lost.
    pub points: f64,
    /// The failing cases.
    pub cases: Vec<String>,
}

/// `weaknesses`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeaknessList {
    /// `kaizen.weaknesses/1`
    pub schema: String,
    /// Unresolved ones by points lost; with `--all` every one.
    pub weaknesses: Vec<Weakness>,
}

/// A version of a subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// `v1`
    pub id: String,
    /// `code`
    pub subject: String,
    /// One line.
    pub summary: String,
    /// `active` or `rolled_back`.
    pub state: String,
    /// The commit.
    pub commit: String,
    /// The branch.
    pub branch: String,
    /// The hypothesis that made it.
    pub hypothesis: String,
    /// The trial that justified it.
    pub trial: String,
    /// The version before it.
    pub prior: Option<String>,
    /// Who promoted it.
    pub promoted_by: String,
    /// What was measured.
    pub measured: String,
    /// The commit that took it back.
    pub reverted_by: Option<String>,
    /// RFC 3339.
    pub at: String,
}

/// `versions`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VersionList {
    /// `kaizen.versions/1`
    pub schema: String,
    /// Newest first.
    pub versions: Vec<Version>,
}

/// `status`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// `kaizen.status/1`
    pub schema: String,
    /// The project's name.
    pub project: String,
    /// The project's directory.
    pub directory: String,
    /// Whether there is a `kaizen.toml`.
    pub configured: bool,
    /// The branch promotions go to.
    pub branch: String,
    /// Active versions.
    pub versions: u64,
    /// Open weaknesses.
    pub weaknesses: u64,
    /// Hypotheses that wait for a person.
    pub waiting: Vec<String>,
    /// No-ops and known cheats offered to the judge.
    pub canaries: Canaries,
    /// The audit chain's head.
    pub audit: String,
    /// Where the state is.
    pub store: String,
    /// The next sensible command.
    pub next: String,
}

/// What the judge said of canaries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Canaries {
    /// How many were offered.
    pub offered: u64,
    /// How many it believed.
    pub accepted: u64,
    /// The measured share of those it believed, 0 to 1; null before the first.
    pub false_accept_rate: Option<f64>,
}

/// One event of `log`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogEntry {
    /// `kaizen.event/1`
    pub schema: String,
    /// `event`
    pub r#type: String,
    /// The place in the project's log.
    pub sequence: i64,
    /// RFC 3339.
    pub at: String,
    /// The documented name, such as `PROMOTED`.
    pub event: String,
    /// What belongs to it.
    pub data: serde_json::Value,
}

/// `log --verify`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// `kaizen.verify/1`
    pub schema: String,
    /// Whether the chain holds.
    pub holds: bool,
    /// Records checked.
    pub records: i64,
    /// The head.
    pub head: String,
    /// Commits whose `Kaizen-Audit` trailer names a head of this chain.
    pub anchored: Vec<String>,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// A hypothesis or version explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// `kaizen.explanation/1`
    pub schema: String,
    /// The hypothesis.
    pub hypothesis: String,
    /// Its state.
    pub state: String,
    /// Who proposed it.
    pub proposer: String,
    /// The weakness in one line.
    pub weakness: String,
    /// The believed cause.
    pub root_cause: String,
    /// The change in one line.
    pub change: Option<String>,
    /// The trial.
    pub trial: Option<String>,
    /// The decision.
    pub decision: Option<String>,
    /// Its reasons.
    pub reasons: Vec<String>,
    /// The numbers behind it.
    pub metrics: BTreeMap<String, f64>,
    /// What the benchmark's format cannot keep a candidate from doing to its own result.
    pub unprevented: String,
    /// The trial of a measured quantity, where it was one.
    pub quantity: Option<Quantity>,
    /// What else passed in the search, and what tells the change from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// The ticket's level.
    pub alpha: Option<f64>,
    /// The sandbox tier.
    pub tier: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// Why it ended, where there was no trial.
    pub reason: Option<String>,
}

/// `replay`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replay {
    /// `kaizen.replay/1`
    pub schema: String,
    /// The trial.
    pub trial: String,
    /// Samples it was recomputed from.
    pub samples: u64,
    /// Whether the recomputed decision is the recorded one, to the bit.
    pub agrees: bool,
    /// The recomputed decision.
    pub decision: String,
    /// Its reasons.
    pub reasons: Vec<String>,
}

/// What a command did, where there is nothing more to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// `kaizen.done/1`
    pub schema: String,
    /// What was done, for people.
    pub done: String,
    /// The object it was done to.
    pub id: Option<String>,
}

/// `show`: one recorded object, whole, as it is stored; which of the fields is there says what it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// `kaizen.show/1`
    pub schema: String,
    /// A weakness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weakness: Option<Weakness>,
    /// A weakness' hypotheses: id, proposer and state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypotheses: Option<Vec<String>>,
    /// A hypothesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypothesis: Option<serde_json::Value>,
    /// How many changes its search was the first to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates_tried: Option<u64>,
    /// The newest of them, each with what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<String>>,
    /// What a program said that worked on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workshop: Option<Vec<Visit>>,
    /// What passed in its search, the leader first, how they behave beside each other, and what tells them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<serde_json::Value>,
    /// A trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<serde_json::Value>,
    /// A trial's runs, one line each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Vec<String>>,
    /// A version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

/// One run of a program in a workshop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Visit {
    /// How it ended, what it was granted and what it reached.
    pub said: String,
    /// What it printed; the end of it, where that is long.
    pub output: String,
}

/// `diff`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// `kaizen.diff/1`
    pub schema: String,
    /// The git tree before.
    pub before: String,
    /// The git tree after.
    pub after: String,
    /// The difference as git prints it.
    pub diff: String,
}

/// A line of long work before its result. What else it holds depends on `progress`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressLine {
    /// `kaizen.progress/1`
    pub schema: String,
    /// `progress`
    pub r#type: String,
    /// What happened: `baseline`, `search`, `promoted`...
    pub progress: String,
    /// What belongs to it.
    #[serde(flatten)]
    pub data: BTreeMap<String, serde_json::Value>,
}

/// What a failed command prints instead of its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// `kaizen.error/1`
    pub schema: String,
    /// `error`
    pub r#type: String,
    /// What is wrong.
    pub error: String,
    /// What mends it.
    pub hint: Option<String>,
    /// The exit code.
    pub exit_code: u8,
}
