//! Arguments of the commands that look after what Kaizen keeps.

use crate::complete;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What `kaizen backup --help` says.
pub const BACKUP: &str = "Copy the store into one file while others go on working, with config.toml in it.\n\n\
    The file is a SQLite database with the store's own tables. Before it gets its name it is proven whole, as `kaizen restore` does: pages, \
    references, schema, every audit chain. Secrets are not in it: config.toml only says where they are, values of [models.providers] headers \
    are left out, and of gateway keys there are only hashes. A PostgreSQL store is copied by pg_dump; the command is told.";

/// What `kaizen restore --help` says.
pub const RESTORE: &str = "Make a backup the store again.\n\n\
    The file is proven whole first, on a copy: pages, references, schema (an older one is migrated), every audit chain. The store that is there \
    now is kept beside, and exchanged in one step. Refused while a daemon or a run holds it. config.toml and, where the backup has them, \
    secrets are put back too; files that differ are kept beside.";

/// What `kaizen export --help` says.
pub const EXPORT: &str = "Every row a project has in the store, as JSON lines, as it is at one moment.\n\n\
    The first line is `begin`, the last `end` with the number of rows of each table. docs/reference/export.md tells tables and columns.";

/// What `kaizen purge --help` says.
pub const PURGE: &str = "Delete all Kaizen has of a project, or of everything, for good.\n\n\
    Its rows in the store, the audit chain included, content that no other project names, and the copies in the cache that nobody uses. It is \
    shown first and asked for. Repositories are not touched: promotions are commits on branches of yours, which are named.";

/// What `kaizen gc --help` says.
pub const GC: &str = "Free space in the cache.\n\n\
    What killed processes left goes always. Snapshots and set-up layers that nobody uses go from the longest unused on, until the rest takes \
    no more than --max-size. What a run uses stays. Everything in the cache is made anew when it is needed; `kaizen forget` and `kaizen purge` \
    delete records.";

/// `backup`
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write.
    pub file: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    pub force: bool,
    /// Keys of providers and values of headers too, in clear: from files and the keyring that config.toml names.
    #[arg(long)]
    pub secrets: bool,
}

/// `restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// The file that `kaizen backup` wrote, or a store that `kaizen restore` kept.
    pub file: PathBuf,
    /// The store alone: config.toml and secrets stay as they are.
    #[arg(long)]
    pub store_only: bool,
    /// Also where the present store cannot be read, so that nobody knows who holds it.
    #[arg(long)]
    pub force: bool,
}

/// `export`
#[derive(Debug, Args)]
pub struct Export {
    /// The file to write; without one, or with -, standard output.
    pub target: Option<PathBuf>,
    /// The project, by name, id or directory; else the one of the working directory.
    #[arg(long, value_name = "PROJECT", add = complete::projects())]
    pub project: Option<String>,
    /// The whole store: every project, and what the gateway keeps.
    #[arg(long, conflicts_with = "project")]
    pub all: bool,
    /// How rows are written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "ndjson")]
    pub format: ExportFormat,
    /// Replace a file that is there.
    #[arg(long)]
    pub force: bool,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A JSON object a line.
    Ndjson,
}

/// `purge`
#[derive(Debug, Args)]
pub struct Purge {
    /// The project, by name, id or directory; else the one of the working directory.
    #[arg(long, value_name = "PROJECT", add = complete::projects())]
    pub project: Option<String>,
    /// Every project, and what the gateway kept: keys, money, answers.
    #[arg(long, conflicts_with = "project")]
    pub all: bool,
    /// Without asking.
    #[arg(long)]
    pub yes: bool,
    /// Only show what would go.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}

/// `gc`
#[derive(Debug, Args)]
pub struct Gc {
    /// Only show what would go.
    #[arg(long)]
    pub dry_run: bool,
    /// How much of what nobody uses may stay: 500MB, 10GiB, 0.
    #[arg(long, value_name = "SIZE", default_value = "10GiB")]
    pub max_size: String,
}

/// `man`
#[derive(Debug, Args)]
pub struct Man {
    /// Where the pages go; created where it does not exist.
    pub directory: PathBuf,
}
