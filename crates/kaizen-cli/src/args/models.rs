//! Arguments of `kaizen models`.

use crate::complete;
use clap::{Args, Subcommand, ValueEnum};

/// Where models live.
#[derive(Debug, Args)]
pub struct ModelServer {
    /// The Ollama to talk to.
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// How long each of the three ways of asking a model to leave is given.
    #[arg(long, global = true, value_name = "TIME", default_value = "10s")]
    pub patience: String,
}

/// `models`
#[derive(Debug, Args)]
pub struct Models {
    /// Where they live.
    #[command(flatten)]
    pub server: ModelServer,
    /// The memory of the graphics card; models may take nine tenths of it.
    #[arg(long, global = true, value_name = "SIZE")]
    pub vram: Option<String>,
    /// What to do with them; without it: list.
    #[command(subcommand)]
    pub action: Option<ModelsAction>,
}

/// What `models` does.
#[derive(Debug, Subcommand)]
pub enum ModelsAction {
    /// Installed and loaded models, with what they take and what runs on the processor unasked.
    List,
    /// What models ask for, who says so, and how old that is.
    Prices,
    /// Fetch a model. One that broke off goes on where it stopped.
    Pull(OneModel),
    /// Plan a model's place in the card's memory from its header, make room, load it.
    Load(Load),
    /// Unload models, and believe it only when their memory is back.
    Unload(Unload),
}

/// A command about one model.
#[derive(Debug, Args)]
pub struct OneModel {
    /// Its name: llama3.2:3b.
    #[arg(add = complete::models())]
    pub model: String,
}

/// `models load`
#[derive(Debug, Clone, Args)]
pub struct Load {
    /// Its name: llama3.2:3b.
    #[arg(add = complete::models())]
    pub model: String,
    /// Its context in tokens; else what its Modelfile says, or 4096.
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u64).range(1..))]
    pub context: Option<u64>,
    /// How many requests it answers at once (OLLAMA_NUM_PARALLEL of the server).
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub parallel: u64,
    /// How the server keeps the cache (its OLLAMA_KV_CACHE_TYPE).
    #[arg(long, value_enum, value_name = "TYPE", default_value = "f16")]
    pub kv: KvType,
    /// How long it stays after its last request: 5m, 24h, -1 for ever; else the server's own.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub keep_alive: Option<String>,
    /// A model that is to stay loaded: the small one that every request asks first. May be given several times.
    #[arg(long, value_name = "MODEL", value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Unload models to be kept too, where nothing else is left.
    #[arg(long)]
    pub evict_kept: bool,
    /// Where it does not fit, let a part run on the processor, which is many times slower.
    #[arg(long)]
    pub offload: bool,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// How a cache is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KvType {
    /// Two bytes a number.
    #[value(name = "f16")]
    F16,
    /// Half of that and a sixteenth.
    #[value(name = "q8_0")]
    Q8,
    /// A quarter of that and an eighth.
    #[value(name = "q4_0")]
    Q4,
}

/// `models unload`
#[derive(Debug, Args)]
pub struct Unload {
    /// Their names.
    #[arg(required_unless_present = "all", value_name = "MODEL", add = complete::models())]
    pub models: Vec<String>,
    /// Every loaded model.
    #[arg(long, conflicts_with = "models")]
    pub all: bool,
    /// End the process of a model that does not leave.
    #[arg(long)]
    pub force: bool,
}
