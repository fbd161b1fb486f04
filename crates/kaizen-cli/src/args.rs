//! The command line. Each flag is one entry with its documentation; nothing is read here.

use crate::complete;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

mod models;
mod money;
mod upkeep;
pub use models::{KvType, Load, ModelServer, Models, ModelsAction, Unload};
pub use money::{Budget, BudgetAction, Forget, KeyAction, KeyAdd, KeyCommand, Reconcile, Record, Scope};
pub use upkeep::{Backup, Export, ExportFormat, Gc, Man, Purge, Restore};

const GROUPS: &str = "\
More commands, by purpose (kaizen COMMAND --help):
  decide    approve  decline  rollback  trust
  look      weaknesses  log  show  study  replay  versions  diff  config
  operate   record  forget  models  budget  key  stop  sandbox
  keep      backup  restore  export  gc  purge  man  schema  completions";

/// Makes a project improve itself, and never lets it get worse.
#[derive(Debug, Parser)]
#[command(name = "kaizen", version, about, after_help = GROUPS, disable_help_subcommand = false, propagate_version = false)]
pub struct Arguments {
    /// Work in DIR instead of the current directory.
    #[arg(short = 'C', global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// The state: a SQLite file or postgres://... [default: below the XDG data directory]
    #[arg(long, global = true, value_name = "STORE", env = "KAIZEN_STORE", hide_env_values = true)]
    pub store: Option<String>,
    /// Machine-readable output: one JSON object, or NDJSON for long work.
    #[arg(long, global = true)]
    pub json: bool,
    /// Only results and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// More detail.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Colours.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
    /// Never ask; fail or take the safe answer instead.
    #[arg(long, global = true)]
    pub no_input: bool,
    /// What to do; without a command: this project's state and the next sensible command.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal that can.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at the project, prove the benchmark, write kaizen.toml.
    Init(Init),
    /// Run the loop here: measure, find weaknesses, try changes, promote what is proven better.
    Improve(Improve),
    /// Judge a change somebody made: better, not worse, worse, or cannot tell.
    Check(Check),
    /// This project's state and the next sensible command.
    Status,
    /// Why a change was promoted, rejected or not decided, with the numbers.
    Explain(OneId),
    /// Take the newest promotion back.
    Undo(Reason),
    /// Run the daemon: the gateway for models, and the interface for what other programs did.
    Serve(Serve),
    /// The whole loop on bundled example projects, in a fresh directory.
    Demo(Demo),
    /// Measure the baseline: points, flaky cases, time.
    Measure(Measure),
    /// What this machine and project lack, with a mend for each.
    Doctor(Doctor),
    /// The models of an Ollama: which are installed and loaded; fetch, load, unload.
    #[command(hide = true)]
    Models(Models),
    /// Stop what runs of Kaizen on this machine; with --all, unload every model too and show that their memory is back.
    #[command(hide = true)]
    Stop(Stop),
    /// Run a command exactly as a trial (or a proposer) would see the world.
    #[command(hide = true)]
    Sandbox(Sandbox),
    /// Allow the host commands of this project's kaizen.toml.
    #[command(hide = true)]
    Trust(Trust),
    /// The measured gaps.
    #[command(hide = true)]
    Weaknesses(Weaknesses),
    /// What happened.
    #[command(hide = true)]
    Log(Log),
    /// One weakness, hypothesis, trial or version, whole.
    #[command(hide = true)]
    Show(OneId),
    /// A study of settings: its course, the best so far, and how much each setting matters.
    #[command(hide = true)]
    Study(Study),
    /// Recompute a recorded decision, bit for bit.
    #[command(hide = true)]
    Replay(OneId),
    /// The versions Kaizen made.
    #[command(hide = true)]
    Versions(Versions),
    /// The difference between two versions, or between a version and what was before it.
    #[command(hide = true)]
    Diff(Diff),
    /// Take one version back, or all since a time.
    #[command(hide = true)]
    Rollback(Rollback),
    /// Say yes to a hypothesis that waits.
    #[command(hide = true)]
    Approve(Approve),
    /// Say no to a hypothesis that waits.
    #[command(hide = true)]
    Decline(OneId),
    /// Take in operations, trajectories and feedback as JSON lines, or run a command and record how it went.
    #[command(hide = true)]
    Record(Record),
    /// Delete what was recorded.
    #[command(hide = true)]
    Forget(Forget),
    /// Copy the store into one file.
    #[command(hide = true, long_about = upkeep::BACKUP)]
    Backup(Backup),
    /// Make a backup the store again.
    #[command(hide = true, long_about = upkeep::RESTORE)]
    Restore(Restore),
    /// Every row of a project as JSON lines.
    #[command(hide = true, long_about = upkeep::EXPORT)]
    Export(Export),
    /// Delete all of a project, or everything.
    #[command(hide = true, long_about = upkeep::PURGE)]
    Purge(Purge),
    /// Free space in the cache.
    #[command(hide = true, long_about = upkeep::GC)]
    Gc(Gc),
    /// Write the manual pages into a directory.
    #[command(hide = true)]
    Man(Man),
    /// What models cost this month, what is left, and what each kind of work cost, saved and earned.
    #[command(hide = true)]
    Budget(Budget),
    /// Keys of the gateway.
    #[command(hide = true)]
    Key(KeyCommand),
    /// The configuration with the origin of each value.
    #[command(hide = true)]
    Config(ConfigCommand),
    /// The JSON schema of kaizen.toml (`config`), of config.toml (`settings`) or of a --json shape.
    #[command(hide = true)]
    Schema(Schema),
    /// Completions for a shell.
    #[command(hide = true)]
    Completions(Completions),
}

/// `serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen, instead of [serve] address in config.toml; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<String>,
    /// Open no connection to another machine.
    #[arg(long)]
    pub offline: bool,
}

/// `init`
#[derive(Debug, Args)]
pub struct Init {
    /// Take what was found without asking; also run the benchmark once outside the sandbox, to compare.
    #[arg(long)]
    pub yes: bool,
    /// The benchmark's command, instead of looking for one.
    #[arg(long, value_name = "COMMAND")]
    pub command: Option<String>,
    /// How its result is read.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Replace an existing kaizen.toml.
    #[arg(long)]
    pub force: bool,
}

/// `improve`
#[derive(Debug, Args, Default)]
pub struct Improve {
    /// Work on at most N weaknesses.
    #[arg(long, value_name = "N", conflicts_with = "forever")]
    pub cycles: Option<u32>,
    /// Begin again when done, until stopped.
    #[arg(long)]
    pub forever: bool,
    /// Begin no new work after this long: 30m, 8h.
    #[arg(long = "for", value_name = "TIME")]
    pub duration: Option<String>,
    /// Begin no new work after this time of day: 07:00.
    #[arg(long, value_name = "HH:MM", conflicts_with = "duration")]
    pub until: Option<String>,
    /// Everything but the promotion.
    #[arg(long)]
    pub dry_run: bool,
    /// Answer the rules' questions with yes, and let promotions go live.
    #[arg(long)]
    pub auto: bool,
    /// Only this proposer: mutate, command, or a command's name.
    #[arg(long, value_name = "PROPOSER")]
    pub only: Option<String>,
    /// Only this weakness.
    #[arg(long, value_name = "ID", add = complete::open_weaknesses())]
    pub weakness: Option<String>,
    /// Seed of the searches.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Take the working tree as it is, instead of HEAD.
    #[arg(long)]
    pub dirty: bool,
    /// Promote into the working tree and its branch, instead of a branch beside it.
    #[arg(long)]
    pub in_place: bool,
    /// Run candidates without a sandbox. Recorded with each trial; nothing is promoted without your word.
    #[arg(long)]
    pub allow_unsandboxed: bool,
    /// Write reports: junit=FILE, markdown=FILE, html=FILE, json=FILE; several are separated by commas.
    #[arg(long, value_name = "KIND=FILE", value_delimiter = ',')]
    pub report: Vec<String>,
    /// Exit with 0 also when a weakness stays open.
    #[arg(long)]
    pub exit_zero: bool,
}

/// `check`
#[derive(Debug, Args, Default)]
pub struct Check {
    /// What the change branched off from; else the repository's main branch. The two's common ancestor is the baseline.
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// The change; else HEAD.
    #[arg(long, value_name = "REF", conflicts_with = "dirty")]
    pub head: Option<String>,
    /// The uncommitted changes of the working tree, against HEAD or --base.
    #[arg(long)]
    pub dirty: bool,
    /// Begin no new measurement after this long: 90s, 10m.
    #[arg(long = "for", value_name = "TIME", default_value = "10m")]
    pub duration: String,
    /// How much worse still counts as not worse: 5%. Else the metric's max_regression, or 5%.
    #[arg(long, value_name = "PERCENT")]
    pub margin: Option<String>,
    /// Compare the time of the whole suite too, where no [[metric]] is declared.
    #[arg(long)]
    pub time: bool,
    /// Exit with 1 when the change is worse, when it is not proven better, or when it is worse or nothing can be told.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "worse")]
    pub fail_on: FailOn,
    /// Write reports: junit=FILE, markdown=FILE, html=FILE, json=FILE; several are separated by commas.
    #[arg(long, value_name = "KIND=FILE", value_delimiter = ',')]
    pub report: Vec<String>,
    /// Run without a sandbox.
    #[arg(long)]
    pub allow_unsandboxed: bool,
}

/// When a check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum FailOn {
    /// When it is worse.
    #[default]
    Worse,
    /// Unless it is better.
    NotBetter,
    /// When it is worse or nothing can be told.
    Undecided,
}

/// `study`
#[derive(Debug, Args)]
pub struct Study {
    /// Its hypothesis, trial or version: h1, t1 or v1.
    #[arg(add = complete::ids())]
    pub id: String,
    /// Print it in Optuna's journal format instead, for its tools: one line each run.
    #[arg(long, conflicts_with = "json")]
    pub journal: bool,
}

/// A command about one object.
#[derive(Debug, Args)]
pub struct OneId {
    /// Its id: w1, h1, t1 or v1.
    #[arg(add = complete::ids())]
    pub id: String,
}

/// `approve`
#[derive(Debug, Args)]
pub struct Approve {
    /// The hypothesis that waits: h1.
    #[arg(add = complete::waiting())]
    pub id: String,
    /// Promote into the working tree and its branch, instead of a branch beside it.
    #[arg(long)]
    pub in_place: bool,
}

/// `undo`
#[derive(Debug, Args)]
pub struct Reason {
    /// Why, for the record.
    #[arg(long, default_value = "undo")]
    pub reason: String,
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Where to put the example projects: a directory that does not exist yet. [default: below the temporary directory]
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
}

/// `measure`
#[derive(Debug, Args)]
pub struct Measure {
    /// How often to run it.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// How many more pairs of the unchanged project against itself, where a [[metric]] is declared; else as many as a
    /// calibration still needs.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub pairs: Option<u32>,
    /// The working tree as it is, instead of HEAD.
    #[arg(long)]
    pub dirty: bool,
    /// Write reports: junit=FILE, markdown=FILE, html=FILE, json=FILE; several are separated by commas.
    #[arg(long, value_name = "KIND=FILE", value_delimiter = ',')]
    pub report: Vec<String>,
    /// Run without a sandbox.
    #[arg(long)]
    pub allow_unsandboxed: bool,
}

/// `sandbox`
#[derive(Debug, Args)]
pub struct Sandbox {
    /// As a proposer sees the world: everything but git's data is writable. With a NAME, what propose.command.NAME was granted.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub workshop: Option<String>,
    /// The command.
    #[arg(last = true, required = true)]
    pub command: Vec<OsString>,
}

/// `stop`
#[derive(Debug, Args)]
pub struct Stop {
    /// Unload every model too.
    #[arg(long)]
    pub all: bool,
    /// How long a run may take to end when asked to, before it is killed.
    #[arg(long, value_name = "TIME", default_value = "15s")]
    pub grace: String,
    /// With --all: end the process of a model that does not leave.
    #[arg(long, requires = "all")]
    pub force: bool,
    /// Where models live.
    #[command(flatten)]
    pub server: ModelServer,
}

/// `doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// The AppArmor profile that allows user namespaces (Ubuntu 24.04, hosted runners), and how to install it.
    #[arg(long)]
    pub apparmor: bool,
}

/// `trust`
#[derive(Debug, Args)]
pub struct Trust {
    /// Without asking.
    #[arg(long)]
    pub yes: bool,
}

/// `weaknesses`
#[derive(Debug, Args)]
pub struct Weaknesses {
    /// Resolved ones too.
    #[arg(long)]
    pub all: bool,
}

/// `log`
#[derive(Debug, Args)]
pub struct Log {
    /// Check the audit chain, and the commits that name its heads.
    #[arg(long)]
    pub verify: bool,
    /// Go on printing what happens.
    #[arg(long, conflicts_with = "verify")]
    pub follow: bool,
    /// Every host the daemon and the commands about models talked to, or were not allowed to: what for, how often, how many bytes.
    #[arg(long, conflicts_with_all = ["verify", "follow"])]
    pub network: bool,
    /// The newest N only; 0 for all.
    #[arg(short = 'n', long, default_value_t = 50)]
    pub lines: u32,
}

/// `versions`
#[derive(Debug, Args)]
pub struct Versions {
    /// Only of this subject.
    #[arg(add = complete::subjects())]
    pub subject: Option<String>,
}

/// `diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// A version.
    #[arg(add = complete::versions())]
    pub a: String,
    /// Another version; without it, what A changed.
    #[arg(add = complete::versions())]
    pub b: Option<String>,
}

/// `rollback`
#[derive(Debug, Args)]
pub struct Rollback {
    /// The version to take back.
    #[arg(required_unless_present = "since", conflicts_with = "since", add = complete::active_versions())]
    pub version: Option<String>,
    /// Every version since this time: 22:00, 24h, or 2026-11-20T22:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Why, for the record.
    #[arg(long, default_value = "rollback")]
    pub reason: String,
}

/// `config`
#[derive(Debug, Args)]
pub struct ConfigCommand {
    /// What to do with it.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// What `config` does.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Every value with its origin: the project's and the user's.
    Show,
    /// Say whether kaizen.toml and config.toml are right.
    Check,
}

/// `schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// `config`, `settings`, or a shape; without a name, the list of names.
    pub name: Option<String>,
}

/// `completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
    /// A script that needs no kaizen to complete, and knows no ids.
    #[arg(long = "static")]
    pub fixed: bool,
}
