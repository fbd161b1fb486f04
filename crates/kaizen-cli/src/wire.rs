//! Wiring: repository, configuration, store and machine become a [`Context`].

use crate::machine::{Surroundings, now, variables};
use crate::output::{Output, is_asking};
use crate::render::plural;
use crate::signals::Ending;
use crate::{JAIL_ARGUMENT, render};
use kaizen_domain::id::ProjectId;
use kaizen_domain::money::Price;
use kaizen_engine::config::limits::DeployMode;
use kaizen_engine::config::pattern::{FileGlob, FileGlobs};
use kaizen_engine::config::propose::CodeLever;
use kaizen_engine::config::render::Choices;
use kaizen_engine::config::{self, Config};
use kaizen_engine::context::{Context, Permit};
use kaizen_engine::detect::{self, Undetected};
use kaizen_engine::error::EngineError;
use kaizen_engine::git::Git;
use kaizen_engine::grant::secret::Secrets;
use kaizen_engine::observe::redact::Redactor;
use kaizen_engine::scratch;
use kaizen_engine::settings::Settings;
use kaizen_engine::settings::secret::SecretPlace;
use kaizen_llm::address::Address;
use kaizen_llm::price::PriceTable;
use kaizen_sandbox::backend::Launcher;
use kaizen_store::Store;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A context and what is worth knowing about how it came to be.
pub struct Wired {
    /// For the engine.
    pub context: Context,
    /// Whether there is a `kaizen.toml`; without one the configuration was detected.
    pub configured: bool,
}

/// What a command wants of the wiring.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What the run may do.
    pub permit: Permit,
    /// In place, whatever the file says.
    pub in_place: bool,
}

/// Finds the repository and its configuration, opens the store, and builds the context.
pub async fn wire(surroundings: &Surroundings, output: &Output, wanted: Wanted) -> Result<Wired, EngineError> {
    let places = scratch::Places::prepare(&surroundings.machine.cache)?;
    let git = repository(surroundings, &places.scratch)?;
    let (mut config, configured) = configuration(git.root(), output)?;
    if wanted.in_place {
        config.deploy.mode = DeployMode::InPlace;
    }
    let context = context(surroundings, output, git, config, wanted.permit).await?;
    Ok(Wired { context, configured })
}

/// Opens the store and builds the context of a repository with a configuration.
pub async fn context(
    surroundings: &Surroundings,
    output: &Output,
    git: Git,
    config: Config,
    permit: Permit,
) -> Result<Context, EngineError> {
    let places = scratch::Places::prepare(&surroundings.machine.cache)?;
    let store = Store::open(&surroundings.store).await?;
    let project = store.project(git.root(), config.project.name.as_str(), now()).await?;
    Ok(Context {
        store,
        git,
        config,
        project,
        machine: surroundings.machine.clone(),
        permit,
        launcher: launcher(&places.scratch)?,
        clock: now,
        variable: |name| std::env::var_os(name),
        interrupt: interrupt(),
        progress: render::progress(*output),
        faults: surroundings.faults.clone(),
    })
}

/// The user's settings: the file, where there is one, and the environment.
pub fn settings(surroundings: &Surroundings) -> Result<Settings, EngineError> {
    let file = &surroundings.settings;
    let text = match std::fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(EngineError::Io { action: "read", path: file.clone(), source: error }),
    };
    Ok(kaizen_engine::settings::parse(text.as_deref(), file, variables()?)?)
}

/// What the model that savings are counted against asks for.
pub fn reference_price(settings: &Settings, prices: &PriceTable) -> Option<Price> {
    let reference = settings.budget.reference.as_ref()?;
    let address = settings.models.providers.get(reference.provider())?.base_url.as_ref();
    let place = address.and_then(|url| Address::parse(url.as_str()).ok());
    let host = place.as_ref().map_or("", Address::host);
    prices.find(reference.provider(), host, reference.model()).map(|priced| priced.at(0))
}

/// What takes secrets out of everything that is recorded: by their shape, and the providers' keys by their value.
pub fn redactor(settings: &Settings) -> Result<Redactor, EngineError> {
    let places = settings.models.providers.values().filter_map(|provider| provider.key.as_ref()).chain(&settings.serve.tokens);
    let names: Vec<&str> = places.filter_map(|place| if let SecretPlace::Env(name) = place { Some(name.as_str()) } else { None }).collect();
    let (known, _) = Secrets::take(names.into_iter(), |name| std::env::var_os(name));
    Redactor::new(&settings.record, known).map_err(|error| EngineError::usage(error.to_string(), "mend [record] redact in config.toml"))
}

/// The project of the working directory: that of the repository around it, else the store's own for work without one.
pub async fn project(surroundings: &Surroundings, store: &Store) -> Result<ProjectId, EngineError> {
    let places = scratch::Places::prepare(&surroundings.machine.cache)?;
    let Some(git) = Git::find(directory(surroundings)?, &places.scratch)? else {
        return Ok(store.gateway_project(now()).await?);
    };
    let file = git.root().join(config::FILE);
    let named = match std::fs::read_to_string(&file) {
        Ok(text) => Some(config::parse(&text, Path::new(config::FILE))?.project.name.as_str().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(EngineError::Io { action: "read", path: file, source: error }),
    };
    let folder = || git.root().file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let known = store.projects().await?.into_iter().find(|known| known.root == git.root());
    let name = named.or_else(|| known.map(|known| known.name)).unwrap_or_else(|| config::ProjectName::near(&folder()).as_str().to_owned());
    Ok(store.project(git.root(), &name, now()).await?)
}

fn directory(surroundings: &Surroundings) -> Result<&Path, EngineError> {
    let directory = &surroundings.directory;
    match directory.is_dir() {
        true => Ok(directory),
        false => Err(EngineError::usage(format!("{} is not a directory", directory.display()), "name an existing directory after -C")),
    }
}

/// The repository around the working directory, where there is one.
pub fn surrounding_repository(surroundings: &Surroundings, scratch: &Path) -> Result<Option<Git>, EngineError> {
    match Git::find(directory(surroundings)?, scratch)? {
        Some(_) => repository(surroundings, scratch).map(Some),
        None => Ok(None),
    }
}

/// The repository around the working directory; the project is its root.
pub fn repository(surroundings: &Surroundings, scratch: &Path) -> Result<Git, EngineError> {
    let directory = directory(surroundings)?;
    let git = Git::discover(directory, scratch)?;
    let below = directory.canonicalize().is_ok_and(|real| real != git.root()) && directory.join(config::FILE).is_file();
    if below {
        let hint =
            "a project is a whole repository: move kaizen.toml to its root and name the sub-directory in the command (cd sub && ...)";
        return Err(EngineError::usage(format!("{} is not at the root of its repository", directory.join(config::FILE).display()), hint));
    }
    Ok(git)
}

/// How jails are started: this very executable.
pub fn launcher(scratch: &Path) -> Result<Launcher, EngineError> {
    let helper = std::env::current_exe()
        .map_err(|error| EngineError::environment(format!("kaizen cannot find its own executable: {error}"), "run it by its full path"))?;
    Ok(Launcher { helper, argument: JAIL_ARGUMENT.into(), scratch: scratch.to_owned() })
}

/// `kaizen.toml`, or what is detected without one (and that is said).
pub fn configuration(root: &Path, output: &Output) -> Result<(Config, bool), EngineError> {
    let file = root.join(config::FILE);
    let (mut config, configured) = match std::fs::read_to_string(&file) {
        Ok(text) => (config::parse(&text, Path::new(config::FILE))?, true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (detected(root, output)?, false),
        Err(error) => return Err(EngineError::Io { action: "read", path: file, source: error }),
    };
    if config.levers.code.is_none() {
        config.levers.code = Some(CodeLever { files: levers(root)? });
    }
    Ok((config, configured))
}

fn detected(root: &Path, output: &Output) -> Result<Config, EngineError> {
    let all = detect::detect(root).map_err(undetected)?;
    let first = all.first().ok_or_else(|| EngineError::usage("no benchmark was found", "kaizen init --command COMMAND --format FORMAT"))?;
    output.note(format!(
        "no kaizen.toml: using `{}` ({}, from {}); `kaizen init` writes it down",
        first.command,
        first.format.name(),
        first.source
    ));
    Ok(config::parse(&config::render::render(first, &Choices::default()), Path::new("detected configuration"))?)
}

/// The refusal of detection as an error.
pub fn undetected(refusal: Undetected) -> EngineError {
    let hint = "name the benchmark: kaizen init --command 'COMMAND' --format FORMAT";
    EngineError::usage(refusal.to_string(), hint)
}

fn levers(root: &Path) -> Result<FileGlobs, EngineError> {
    let wrong = |wrong: config::problem::Wrong| EngineError::usage(wrong.to_string(), "declare [levers.code] files in kaizen.toml");
    let patterns: Result<Vec<FileGlob>, _> = detect::levers(root).map_err(undetected)?.into_iter().map(FileGlob::try_from).collect();
    FileGlobs::new(patterns.map_err(wrong)?).map_err(wrong)
}

/// A flag that the first Ctrl-C (or SIGTERM) sets; the second ends the process at once, as the first does at a question.
fn interrupt() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    // Where none can be heard, either ends the process at once, as it would any other.
    let Ok(mut ending) = Ending::listen() else { return flag };
    let set = flag.clone();
    tokio::spawn(async move {
        loop {
            ending.heard().await;
            if set.swap(true, Ordering::Relaxed) || is_asking() {
                std::process::exit(130);
            }
        }
    });
    flag
}

/// As [`require_trust`], where nothing of the file but its grants is about to be used.
pub async fn require_trust_of_grants(wired: &Wired, output: &Output) -> Result<(), EngineError> {
    if wired.context.config.granted().is_empty() { Ok(()) } else { require_trust(wired, output).await }
}

/// Refuses to use the file's own commands and grants before a person allowed exactly these.
pub async fn require_trust(wired: &Wired, output: &Output) -> Result<(), EngineError> {
    let context = &wired.context;
    let lines = context.config.host_lines();
    let hash = context.config.trust_hash(context.git.root());
    if lines.is_empty() || !wired.configured || context.store.is_trusted(context.project, hash).await? {
        return Ok(());
    }
    for line in &lines {
        output.note(format!("  {}:{}  {} = {}", config::FILE, line.line, line.key, line.text));
    }
    if output.confirm("kaizen.toml names these programs and grants of its own. Allow them (programs run sandboxed, as proposers)?") {
        return Ok(context.store.trust(context.project, hash, now()).await?);
    }
    let them = if lines.len() == 1 { "it" } else { "them" };
    Err(EngineError::Waiting {
        message: format!("kaizen.toml names {} that nobody has trusted yet", what_needs_trust(context)),
        hint: format!("read {them}, then: kaizen trust"),
    })
}

/// `1 command`, `2 commands and 1 grant`.
pub fn what_needs_trust(context: &Context) -> String {
    let grants = context.config.granted().len();
    let commands = context.config.host_lines().len() - grants;
    let counted = [(commands, "command"), (grants, "grant")].into_iter().filter(|(count, _)| *count > 0);
    counted.map(|(count, what)| format!("{count} {}", plural(count, what))).collect::<Vec<_>>().join(" and ")
}
