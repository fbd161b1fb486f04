//! Who serves which model, put together from the settings: providers with their keys, names, prices, routes.

use crate::contacts::Contacts;
use kaizen_api::v1::models::GatewayModel;
use kaizen_domain::id::ProjectId;
use kaizen_domain::operation::NAME_LIMIT;
use kaizen_engine::settings::Settings;
use kaizen_engine::settings::models::{ModelName, Provider as Declared, ProviderKind};
use kaizen_engine::settings::routes::Route as Declaration;
use kaizen_llm::escalate::{Tier, usual_tries};
use kaizen_llm::net::{Net, Part, Reach};
use kaizen_llm::price::{Entry, NoPrices, PriceTable, Priced};
use kaizen_llm::provider::script::{BadScript, Script};
use kaizen_llm::provider::{BadProvider, Patience, Provider, ProviderSettings, manner};
use kaizen_llm::refusal::Refusal;
use kaizen_llm::residency::{self, ollama::Ollama};
use kaizen_llm::route::catalogue::{Catalogue, NotFound, Supplier, Target};
use kaizen_llm::route::{AUTO, Means, NoRoute, PREFIX, Question, Route, RouteBook, Rule, When};
use kaizen_llm::secret::Secret;
use kaizen_llm::transport::{Transport, Trust};
use kaizen_store::{Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How long a connection to a provider may take to stand.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an Ollama of this machine may take to say what it has.
const LOOK: Duration = Duration::from_secs(2);
/// A token has about so many bytes: routes are written in tokens and decided by bytes.
const BYTES_A_TOKEN: u64 = 4;

/// Secrets somebody read, by what they are for.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Keys of providers, by their names.
    pub providers: BTreeMap<String, Secret>,
    /// Tokens that may write.
    pub tokens: Vec<Secret>,
}

/// Why the settings cannot be put to work.
#[derive(Debug, thiserror::Error)]
pub enum NoDesk {
    /// A provider.
    #[error(transparent)]
    Provider(#[from] BadProvider),
    /// A script.
    #[error(transparent)]
    Script(#[from] BadScript),
    /// A provider of kind `script` says nowhere what it answers.
    #[error("provider '{0}' is a script: say which with `file`")]
    NoScript(String),
    /// A price.
    #[error(transparent)]
    Prices(#[from] NoPrices),
}

/// The providers and what is known of them.
#[derive(Debug)]
pub struct Desk {
    providers: BTreeMap<String, Provider>,
    catalogue: RwLock<Arc<Catalogue>>,
    book: RouteBook,
    prices: PriceTable,
    ladders: BTreeMap<String, Vec<Tier>>,
    net: Net,
    /// For what is passed on.
    telemetry: Arc<Transport>,
    /// Those of this machine.
    ollamas: Vec<(String, Ollama)>,
    contacts: Contacts,
}

impl Desk {
    /// By the settings.
    pub fn new(settings: &Settings, secrets: &Secrets) -> Result<Self, NoDesk> {
        let reach = if settings.privacy.offline { Reach::ThisMachine } else { Reach::Anywhere };
        let net = Net::new(reach);
        let way = |part| Arc::new(Transport::new(Arc::new(net.for_part(part)), CONNECT, Trust::System));
        let (transport, telemetry) = (way(Part::Calls), way(Part::Telemetry));
        let mut providers = BTreeMap::new();
        let prices = prices(settings)?;
        for (seed, (name, declared)) in (1..).zip(&settings.models.providers) {
            providers.insert(name.clone(), provider(name, declared, secrets.providers.get(name), &transport, seed)?);
        }
        let catalogue = RwLock::new(Arc::new(catalogue(settings, &providers, &prices)));
        let ollamas = ollamas(settings, &providers, &way(Part::Models))?;
        let contacts = Contacts::default();
        let ladders = ladders(settings, &providers);
        Ok(Self { providers, catalogue, book: book(settings), ladders, prices, net, telemetry, ollamas, contacts })
    }

    /// Who may answer; as a refusal where nobody may.
    pub fn route(&self, question: &Question<'_>, means: Means) -> Result<Route, Refusal> {
        self.book.route(&self.catalogue(), question, means).map_err(|why| refusal(&why))
    }

    /// The ladder of a task: the one the user wrote; else its candidates, as they are listed, where there is more than one and no rule
    /// that chooses among them. Empty where there is none.
    pub fn ladder(&self, task: &str) -> &[Tier] {
        self.ladders.get(task).map_or(&[], Vec::as_slice)
    }

    /// What a model asks for; `None`: nobody knows.
    pub fn price(&self, target: &Target) -> Option<Priced> {
        let host = self.providers.get(&target.provider).map_or("", Provider::host);
        self.prices.find(&target.provider, host, &target.model).cloned()
    }

    /// A provider.
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.get(name)
    }

    /// All names.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a local provider has now.
    pub fn lists(&self, provider: &str, models: Vec<String>) {
        let mut catalogue = self.catalogue.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Catalogue::clone(&catalogue);
        changed.replace(provider, models.into_iter().filter(|model| model.len() <= NAME_LIMIT));
        *catalogue = Arc::new(changed);
    }

    /// Every model that is known by name, and those that are being asked right now.
    pub fn models(&self) -> Vec<GatewayModel> {
        let mut calls: BTreeMap<(&str, String), u64> = BTreeMap::new();
        for (name, provider) in &self.providers {
            calls.extend(provider.busy().into_iter().map(|(model, count)| ((name.as_str(), model), count)));
        }
        let catalogue = self.catalogue();
        for target in catalogue.all() {
            if let Some((name, _)) = self.providers.get_key_value(&target.provider) {
                calls.entry((name, target.model)).or_default();
            }
        }
        let model = |((provider, model), in_use): ((&str, String), u64)| {
            let of = self.providers.get(provider);
            GatewayModel {
                name: format!("{provider}/{model}"),
                provider: provider.to_owned(),
                model,
                server: of.and_then(Provider::address).map(|address| address.to_string()),
                local: of.is_some_and(Provider::is_local),
                in_use,
            }
        };
        calls.into_iter().map(model).collect()
    }

    /// Tasks that have a route.
    pub fn tasks(&self) -> Vec<String> {
        self.book.tasks().into_iter().map(str::to_owned).collect()
    }

    /// The way to where telemetry is passed on to.
    pub fn telemetry(&self) -> &Arc<Transport> {
        &self.telemetry
    }

    /// What the Ollamas of this machine have loaded, in their own shape.
    pub async fn running(&self) -> serde_json::Value {
        let mut models = Vec::new();
        for (_, ollama) in &self.ollamas {
            // One that does not run has nothing loaded.
            for one in ollama.running().await.unwrap_or_default() {
                models.push(serde_json::json!({
                    "name": one.name, "model": one.name, "size": one.size, "size_vram": one.size_vram, "digest": "",
                    "expires_at": one.expires_at, "context_length": one.context_length,
                }));
            }
        }
        serde_json::json!({"models": models})
    }

    /// Asks the Ollamas of this machine which models they have.
    pub async fn look(&self) {
        for (name, ollama) in &self.ollamas {
            if let Ok(installed) = ollama.installed().await {
                self.lists(name, installed.into_iter().map(|model| model.name).collect());
            }
        }
    }

    /// Writes down whom was talked to since this was last done.
    pub async fn keep_contacts(&self, store: &Store, project: ProjectId, at: i64) -> Result<(), StoreError> {
        self.contacts.keep(&self.net, store, project, at).await
    }

    /// A line for each provider, for people.
    pub fn summary(&self) -> Vec<String> {
        let line = |(name, provider): (&String, &Provider)| {
            let place = if provider.host().is_empty() { "a script" } else { provider.host() };
            format!("{name}: {place}{}", if provider.is_local() { ", on this machine" } else { "" })
        };
        self.providers.iter().map(line).collect()
    }

    /// Names in the settings that mean nothing, a line for each. What an Ollama has is known after the first [`Desk::look`].
    pub fn mistakes(&self) -> Vec<String> {
        self.book.unknown(&self.catalogue()).into_iter().map(|(who, why)| format!("config.toml, {who}: {why}")).collect()
    }
}

fn provider(name: &str, declared: &Declared, key: Option<&Secret>, transport: &Arc<Transport>, seed: u64) -> Result<Provider, NoDesk> {
    let kind = kind(declared.kind);
    if declared.kind == ProviderKind::Script {
        let file = declared.file.as_ref().ok_or_else(|| NoDesk::NoScript(name.to_owned()))?;
        return Ok(Provider::scripted(name, Script::load(file)?)?);
    }
    let manner = manner(kind).ok_or_else(|| BadProvider { provider: name.to_owned(), why: format!("there is no kind '{kind}'") })?;
    let mut settings = ProviderSettings::new(manner);
    settings.base_url = declared.base_url.as_ref().map(|url| url.as_str().to_owned());
    settings.patience = Patience { head: declared.timeout.0, piece: declared.idle_timeout.0 };
    settings.headers = declared.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect();
    Ok(Provider::new(name, settings, key, Arc::clone(transport), seed)?)
}

fn ollamas(
    settings: &Settings,
    providers: &BTreeMap<String, Provider>,
    transport: &Arc<Transport>,
) -> Result<Vec<(String, Ollama)>, NoDesk> {
    let patience = residency::ollama::Patience { answer: LOOK, ..residency::ollama::Patience::default() };
    let local = |name: &String| providers.get(name).is_some_and(Provider::is_local);
    let all = settings.models.providers.iter().filter(|(name, declared)| declared.kind == ProviderKind::Ollama && local(name));
    let mut found = Vec::new();
    for (name, declared) in all {
        let bad = |why: String| BadProvider { provider: name.clone(), why };
        let Some(address) = &declared.base_url else { continue };
        found.push((name.clone(), Ollama::new(Arc::clone(transport), address.as_str(), patience).map_err(|error| bad(error.to_string()))?));
    }
    Ok(found)
}

fn kind(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Ollama => "ollama",
        ProviderKind::Openai => "openai",
        ProviderKind::Anthropic => "anthropic",
        ProviderKind::Script => "script",
    }
}

/// Every known price: the lists that come with Kaizen, and the user's own over them.
pub fn prices(settings: &Settings) -> Result<PriceTable, NoPrices> {
    settings.models.providers.iter().try_fold(PriceTable::built_in()?, |prices, (name, declared)| priced(prices, name, declared))
}

fn priced(mut prices: PriceTable, name: &str, declared: &Declared) -> Result<PriceTable, NoPrices> {
    for (model, price) in &declared.prices {
        let entry = Entry {
            input: price.input,
            output: price.output,
            cache_read: price.cache_read,
            cache_write: price.cache_write,
            cache_write_hour: None,
            above: None,
            date: None,
        };
        prices = prices.with(&format!("{name}/{}", model.as_str()), entry.priced(model.as_str(), "config.toml", jiff::civil::Date::ZERO)?);
    }
    Ok(prices)
}

/// What runs on this machine costs nothing, unless the user says what it costs.
fn is_free(settings: &Settings, provider: &Provider) -> bool {
    provider.is_local() && settings.models.providers.get(provider.name()).is_none_or(|declared| declared.prices.is_empty())
}

fn catalogue(settings: &Settings, providers: &BTreeMap<String, Provider>, prices: &PriceTable) -> Catalogue {
    let supplier = |(name, provider): (&String, &Provider)| {
        let patterns = settings.models.providers.get(name).map(|declared| &declared.models);
        Supplier {
            name: name.clone(),
            local: provider.is_local(),
            free: is_free(settings, provider),
            patterns: patterns.into_iter().flatten().map(|pattern| pattern.as_str().to_owned()).collect(),
        }
    };
    let mut catalogue = Catalogue::new(providers.iter().map(supplier).collect());
    for (name, declared) in &settings.models.providers {
        let exact = declared.models.iter().map(|pattern| pattern.as_str()).filter(|pattern| !pattern.contains('*'));
        exact.for_each(|model| catalogue.add(name, model));
        let host = providers.get(name).map_or("", Provider::host);
        prices.models(host).for_each(|model| catalogue.add(name, model));
    }
    catalogue
}

/// The user's routes, as the book of rules that decides.
fn book(settings: &Settings) -> RouteBook {
    let mut book = RouteBook { local_first: true, ..RouteBook::default() };
    for (task, route) in &settings.routes {
        let routed = *task != AUTO;
        for (number, rule) in (1..).zip(&route.rules) {
            let kinds = rule.kind.clone().or_else(|| routed.then(|| task.clone()));
            let when = When {
                kinds: kinds.into_iter().collect(),
                tenants: rule.tenant.clone().into_iter().collect(),
                at_least: rule.min_tokens.map(|tokens| tokens.saturating_mul(BYTES_A_TOKEN)),
                at_most: rule.max_tokens.map(|tokens| tokens.saturating_mul(BYTES_A_TOKEN)),
                tools: None,
            };
            book.rules.push(Rule { name: format!("{task} {number}"), when, models: names(&rule.candidates) });
        }
        let tiers: Vec<String> = route.tiers.iter().map(|tier| tier.model.to_string()).collect();
        let models = if route.candidates.is_empty() { tiers } else { names(&route.candidates) };
        match routed {
            true => book.rules.push(Rule { name: task.clone(), when: When { kinds: vec![task.clone()], ..When::default() }, models }),
            false => book.otherwise = models,
        }
    }
    let roles = &settings.roles;
    for (role, model) in [("intent", &roles.intent), ("reasoning", &roles.reasoning), ("coding", &roles.coding)] {
        if let Some(model) = model {
            book.roles.insert(role.to_owned(), vec![model.to_string()]);
            if !settings.routes.contains_key(AUTO) {
                book.otherwise.push(model.to_string());
            }
        }
    }
    book
}

fn ladders(settings: &Settings, providers: &BTreeMap<String, Provider>) -> BTreeMap<String, Vec<Tier>> {
    let tier = |model: &ModelName, tries| Tier { name: model.to_string(), model: model.to_string(), tries };
    let free = |model: &ModelName| providers.get(model.provider()).is_some_and(|provider| is_free(settings, provider));
    let of = |route: &Declaration| -> Vec<Tier> {
        if !route.tiers.is_empty() {
            return route.tiers.iter().map(|step| tier(&step.model, step.attempts)).collect();
        }
        let climbs = route.candidates.len() > 1 && route.rules.is_empty();
        route.candidates.iter().filter(|_| climbs).map(|model| tier(model, usual_tries(free(model)))).collect()
    };
    settings.routes.iter().map(|(task, route)| (task.clone(), of(route))).collect()
}

fn names(models: &[ModelName]) -> Vec<String> {
    models.iter().map(ToString::to_string).collect()
}

fn refusal(why: &NoRoute) -> Refusal {
    let not_found = |hint: String| Refusal {
        code: Some("model_not_found".into()),
        param: Some("model".into()),
        retry: Some(false),
        ..Refusal::new(404, format!("{why}{hint}"))
    };
    match why {
        NoRoute::NotFound(NotFound::Unknown { near, .. }) if !near.is_empty() => not_found(format!("; near: {}", near.join(", "))),
        NoRoute::NotFound(NotFound::Unknown { .. }) => not_found("; GET /v1/models lists the names".to_owned()),
        NoRoute::NotFound(NotFound::Ambiguous { .. }) => not_found(String::new()),
        NoRoute::UnknownTask { task } => not_found(format!("; add [routes.{task}] candidates to config.toml, or ask for {PREFIX}{AUTO}")),
        NoRoute::NoCandidates { missing, .. } => {
            let listed = if missing.is_empty() { String::new() } else { format!(" ({} cannot be found)", missing.join(", ")) };
            not_found(format!("{listed}; add [routes.{AUTO}] candidates = [\"ollama/llama3.1:8b\"] to config.toml"))
        }
        NoRoute::TooDear { .. } | NoRoute::NothingFree { .. } | NoRoute::NoMeans => Refusal {
            kind: "insufficient_quota",
            code: Some("budget_exhausted".into()),
            retry: Some(false),
            ..Refusal::new(429, why.to_string())
        },
    }
}
