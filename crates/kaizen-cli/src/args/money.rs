//! The flags of the commands about records and money.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use std::ffi::OsString;

/// `record`
#[derive(Debug, Args)]
#[command(long_about = "Take in operations, trajectories and feedback as JSON lines, or run a command and record how it went.\n\n\
    Each line of standard input is one JSON object; `\"type\"` says whether it is an operation (the default), a trajectory or feedback, \
    and `kaizen schema operation` what it may hold. Bad lines are told with a reason each and kept apart; the others are recorded.\n\n\
    With a command after `--`, that is run as if it stood alone, its exit code is passed on, and its duration and end are recorded. Its last \
    words on standard error are kept where that is a file or a pipe of its own.")]
pub struct Record {
    /// The kind of work. [default: the command's name; for lines, what they say]
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// What it belongs to.
    #[arg(long, value_name = "NAME")]
    pub session: Option<String>,
    /// Show the newest records that could not be read, each with its reason, instead of taking any in.
    #[arg(long, conflicts_with_all = ["kind", "session", "command"])]
    pub rejected: bool,
    /// How many of them.
    #[arg(long, value_name = "N", requires = "rejected", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// A command to run and record.
    #[arg(last = true)]
    pub command: Vec<OsString>,
}

/// `forget`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["session", "operation", "tenant", "before"])))]
pub struct Forget {
    /// All of a session.
    #[arg(long, value_name = "NAME")]
    pub session: Option<String>,
    /// One operation, and the trajectories it is a part of.
    #[arg(long, value_name = "ID")]
    pub operation: Option<String>,
    /// All of a gateway key's calls, its sessions and its cached answers.
    #[arg(long, value_name = "KEY")]
    pub tenant: Option<String>,
    /// All that began before: 90d, 24h, or 2026-11-20T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub before: Option<String>,
    /// In every project; else in this one and in what the gateway recorded.
    #[arg(long)]
    pub everywhere: bool,
    /// Without asking.
    #[arg(long)]
    pub yes: bool,
}

/// `budget`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Budget {
    /// What to do instead.
    #[command(subcommand)]
    pub action: Option<BudgetAction>,
    /// Note what a kind of work earned, in US dollars; a negative amount takes something back.
    #[arg(long, value_name = "USD", allow_negative_numbers = true, requires = "kind")]
    pub earned: Option<f64>,
    /// The kind of work that earned it.
    #[arg(long = "for", value_name = "KIND", requires = "earned")]
    pub kind: Option<String>,
    /// Drop every answer of the response cache.
    #[arg(long, conflicts_with = "earned")]
    pub clear_cache: bool,
}

/// What `budget` does beside showing.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum BudgetAction {
    /// Calls that wait for somebody to allow what they may cost.
    Asks,
    /// Let a call that waits be made, beyond the limit too.
    Allow {
        /// Its number.
        id: i64,
    },
    /// Do not let a call that waits cost anything.
    Refuse {
        /// Its number.
        id: i64,
    },
    /// What daemons that were cut off had put aside, and what of it can be free again.
    #[command(long_about = RECONCILE)]
    Reconcile(Reconcile),
}

/// What `kaizen budget reconcile --help` says.
const RECONCILE: &str = "What daemons that were cut off had put aside, and what of it can be free again.\n\n\
    Free again is only what provably was not sent: every call that was begun has a record, and every record a cost. The next start of the \
    daemon gives that back by itself. What calls without a record cost, only the provider knows: look there, and say it with --block and \
    --spent.";

/// `budget reconcile`
#[derive(Debug, Clone, Copy, Args)]
pub struct Reconcile {
    /// Give it back.
    #[arg(long)]
    pub yes: bool,
    /// The block to settle by what you know, with --spent.
    #[arg(long, value_name = "N", requires = "spent")]
    pub block: Option<i64>,
    /// What the block's calls cost in truth, in US dollars.
    #[arg(long, value_name = "USD", requires = "block")]
    pub spent: Option<f64>,
}

/// `key`
#[derive(Debug, Args)]
pub struct KeyCommand {
    /// What to do.
    #[command(subcommand)]
    pub action: KeyAction,
}

/// What `key` does.
#[derive(Debug, Subcommand)]
pub enum KeyAction {
    /// Make a key and show it, this once: only its hash is kept.
    Add(KeyAdd),
    /// Every key, without the keys.
    List,
    /// Put a provider's own key into this user's keyring, read from standard input; config.toml then says key = "keyring:NAME".
    Keep {
        /// The name it is found by.
        name: String,
    },
    /// Make a key worthless for good.
    Revoke {
        /// Its name.
        #[arg(add = crate::complete::keys())]
        name: String,
    },
}

/// `key add`
#[derive(Debug, Args)]
pub struct KeyAdd {
    /// Its name, which is also the name of its tenant in what is recorded.
    pub name: String,
    /// What its calls may cost in a calendar month, in US dollars.
    #[arg(long, value_name = "USD")]
    pub budget: Option<f64>,
    /// How many calls it may make in a minute.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// A model it may ask for, by name or pattern (gpt-*); may be given again. Without one, all.
    #[arg(long = "model", value_name = "PATTERN", add = crate::complete::models())]
    pub models: Vec<String>,
    /// What it may do beside calling models; may be given again.
    #[arg(long = "scope", value_name = "SCOPE", value_enum)]
    pub scopes: Vec<Scope>,
}

/// What a key may do beside calling models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// Send operations, trajectories, feedback and telemetry.
    Record,
    /// Every write of the interface.
    Manage,
}
