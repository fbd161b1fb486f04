//! What `models` and `stop` say. Sizes are bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `models`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelList {
    /// `kaizen.models/1`
    pub schema: String,
    /// The server's address.
    pub server: String,
    /// Its version.
    pub version: String,
    /// What models may take of the card's memory.
    pub cap: u64,
    /// What they take of it.
    pub used: u64,
    /// The installed models, and loaded ones that are installed no more.
    pub models: Vec<Model>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// `llama3.2:3b`
    pub name: String,
    /// Bytes of its files; null where it is installed no more.
    pub size: Option<u64>,
    /// Where it is loaded.
    pub loaded: Option<LoadedModel>,
}

/// A loaded model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadedModel {
    /// Bytes it takes in all.
    pub size: u64,
    /// Of these, on the card.
    pub vram: u64,
    /// The share that runs on the processor, 0 to 1.
    pub cpu_share: f64,
    /// Its context in tokens.
    pub context: Option<u64>,
    /// When it leaves by itself, RFC 3339.
    pub expires_at: String,
    /// `ready`; `stopping` while it is being unloaded.
    pub state: String,
    /// What brings it onto the card whole, where a part is not.
    pub mend: Option<String>,
}

/// The last line of `models pull`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PullResult {
    /// `kaizen.pull/1`
    pub schema: String,
    /// `result`
    pub r#type: String,
    /// The model.
    pub model: String,
    /// The server that has it now.
    pub server: String,
    /// Bytes of its files.
    pub size: u64,
}

/// `models load`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadResult {
    /// `kaizen.load/1`
    pub schema: String,
    /// The model.
    pub model: String,
    /// `LOAD`, `UNLOAD_FIRST`, `OFFLOAD_CPU`, `REFUSE`.
    pub decision: String,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Models that have to leave first.
    pub unload: Vec<String>,
    /// The share that was planned for the processor, 0 to 1.
    pub cpu_share: f64,
    /// What models may take of the card's memory.
    pub cap: u64,
    /// What others take of it.
    pub used: u64,
    /// Its weights.
    pub weights: u64,
    /// Where their size is from: `header`, `tensors`, `files`.
    pub weights_from: String,
    /// Its cache at this context.
    pub cache: u64,
    /// Tokens.
    pub context: u64,
    /// Requests at once.
    pub parallel: u64,
    /// Who left, or did not.
    pub unloaded: Vec<UnloadedModel>,
    /// The model as the server lists it; null after a dry run, a refusal, or an unload that failed.
    pub loaded: Option<LoadedModel>,
    /// What the loading took.
    pub seconds: f64,
    /// Whether it was done, or would be.
    pub done: bool,
}

/// A model that was to leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnloadedModel {
    /// The model.
    pub model: String,
    /// `gone`, `absent` (was not loaded), `lingers` (off the list, its memory still held), `stuck` (still listed).
    pub state: String,
    /// How often it was asked for.
    pub asked: u32,
    /// What tells that it is gone: `process` (the one that held its memory), else `list` (only the server's word).
    pub proof: String,
    /// Its process was ended.
    pub forced: bool,
    /// The process that still holds its memory, where it can be seen.
    pub runner: Option<u32>,
    /// What the server said when it did not do what it was asked for.
    pub said: Option<String>,
    /// Memory before.
    pub before: ModelMemory,
    /// Memory after.
    pub after: ModelMemory,
    /// From the first request to the end.
    pub seconds: f64,
    /// What ends it, where it is not gone.
    pub mend: Option<String>,
}

/// Memory at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelMemory {
    /// Loaded models.
    pub models: u64,
    /// What the server says they take in all.
    pub size: u64,
    /// What it says they take of the card's memory.
    pub vram: u64,
    /// Main memory that the server and its runners hold; null where the server runs elsewhere.
    pub resident: Option<u64>,
}

/// `models unload`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnloadResult {
    /// `kaizen.unload/1`
    pub schema: String,
    /// The server's address.
    pub server: String,
    /// The models.
    pub models: Vec<UnloadedModel>,
    /// Whether all are gone.
    pub done: bool,
}

/// `stop`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StopResult {
    /// `kaizen.stop/1`
    pub schema: String,
    /// Who held a lease.
    pub workers: Vec<StoppedWorker>,
    /// The server whose models were unloaded, with `--all`; null where none answers.
    pub server: Option<String>,
    /// The models that were loaded.
    pub models: Vec<UnloadedModel>,
    /// Memory before; null without `--all`.
    pub before: Option<ModelMemory>,
    /// Memory after; null without `--all`.
    pub after: Option<ModelMemory>,
    /// Whether nothing of it is left on this machine.
    pub done: bool,
}

/// A process of Kaizen that held a lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoppedWorker {
    /// The project's name.
    pub project: String,
    /// What it held: `loop`, `serve`.
    pub lease: String,
    /// Its machine.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// `ended` (when asked), `killed`, `was_gone`, `elsewhere` (another machine: left alone), `refused` (not allowed), `stays`.
    pub state: String,
    /// How long it took.
    pub seconds: f64,
}

/// `GET /api/v1/models`: the models of the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayModels {
    /// `kaizen.gateway-models/1`
    pub schema: String,
    /// Every model that is known by name, and those that are being asked.
    pub models: Vec<GatewayModel>,
}

/// A model of the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayModel {
    /// `ollama/llama3.2:3b`
    pub name: String,
    /// Its provider.
    pub provider: String,
    /// As its provider calls it.
    pub model: String,
    /// Where its provider is; absent where that is no host.
    pub server: Option<String>,
    /// It runs on this machine.
    pub local: bool,
    /// How many calls are under way in it.
    pub in_use: u64,
}
