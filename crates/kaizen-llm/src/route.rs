//! Which model answers: named models are never exchanged, `kaizen/...` names are routed by rules the user wrote.
//!
//! Pure. A named model is that model or a refusal, whatever the budget says. `kaizen/auto` and `kaizen/<task>` give an
//! ordered list of candidates with who decided and how probable the first was (1, as rules toss no coins); when money is
//! short, only what costs nothing stays on it. Sending, and going to the next one, is the gateway's.

pub mod catalogue;

use catalogue::{Catalogue, NotFound, Target};
use kaizen_domain::operation::RouteTaken;
use std::collections::BTreeMap;

/// The names under this prefix are routed.
pub const PREFIX: &str = "kaizen/";
/// The name that leaves the kind of task open.
pub const AUTO: &str = "auto";

/// What the budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Everything.
    Plenty,
    /// Only what costs nothing.
    LocalOnly,
    /// No call at all.
    Nothing,
}

/// When a rule holds. An absent condition holds always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// One of these kinds of task.
    pub kinds: Vec<String>,
    /// One of these tenants.
    pub tenants: Vec<String>,
    /// At least so many bytes of text.
    pub at_least: Option<u64>,
    /// At most so many bytes of text.
    pub at_most: Option<u64>,
    /// With tools, or without.
    pub tools: Option<bool>,
}

/// One rule; the first that holds decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// How it is called in records.
    pub name: String,
    /// When it holds.
    pub when: When,
    /// The models, the preferred one first.
    pub models: Vec<String>,
}

/// Everything that decides about routed names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteBook {
    /// What is active for a task, with the version it is: it goes before every rule.
    pub assigned: BTreeMap<String, (String, Vec<String>)>,
    /// The user's rules, in order.
    pub rules: Vec<Rule>,
    /// `intent`, `reasoning`, `coding` and whatever else the user names, each with its models.
    pub roles: BTreeMap<String, Vec<String>>,
    /// Which role a kind of task belongs to; a kind that is called like a role belongs to it.
    pub role_of: BTreeMap<String, String>,
    /// When nothing else holds.
    pub otherwise: Vec<String>,
    /// Sort what runs on this machine before the rest, except where a rule lists models: their order is the user's.
    pub local_first: bool,
}

/// What is known of a request before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question<'a> {
    /// The name the client gave.
    pub model: &'a str,
    /// The kind of task, from its header or guessed.
    pub kind: Option<&'a str>,
    /// Whose key it came with.
    pub tenant: Option<&'a str>,
    /// How many bytes of text it has.
    pub size: u64,
    /// Whether it brings tools.
    pub tools: bool,
}

/// Who may answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The preferred one first; never empty, and exactly one where the client named it.
    pub candidates: Vec<Target>,
    /// Who decided: `named`, `rule NAME`, `role NAME`, `task NAME VERSION`, `default`.
    pub by: String,
    /// How probable the first candidate was.
    pub propensity: f64,
    /// The client named the model: no other may answer.
    pub named: bool,
    /// Money was short, and something was left out for it.
    pub degraded: bool,
    /// What was on the list and is not there.
    pub missing: Vec<String>,
}

impl Route {
    /// For the record, when the candidate at this place answered.
    pub fn taken(&self, chosen: usize) -> RouteTaken {
        let candidates = self.candidates.iter().map(Target::to_string).collect();
        RouteTaken { by: self.by.clone(), candidates, chosen, propensity: self.propensity }
    }
}

/// Why nobody may answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    /// The name is not known.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// Nothing is said about this task.
    #[error("nothing is configured for the task '{task}'")]
    UnknownTask {
        /// The task.
        task: String,
    },
    /// Nothing is configured at all.
    #[error("no model is configured for '{name}'")]
    NoCandidates {
        /// The name.
        name: String,
        /// What was listed and is not there.
        missing: Vec<String>,
    },
    /// The client named a model that costs money, and money is short. It is not exchanged.
    #[error("the budget does not allow {model} now, and a model that is asked for by name is not exchanged")]
    TooDear {
        /// The model.
        model: String,
    },
    /// Money is short, and no candidate is free.
    #[error("the budget allows only models that cost nothing now, and none is configured for '{name}'")]
    NothingFree {
        /// The name.
        name: String,
    },
    /// The budget allows no call at all.
    #[error("the budget is used up")]
    NoMeans,
}

impl RouteBook {
    /// Decides who may answer.
    pub fn route(&self, catalogue: &Catalogue, question: &Question<'_>, means: Means) -> Result<Route, NoRoute> {
        match question.model.strip_prefix(PREFIX) {
            None => named(catalogue.find(question.model)?, means),
            Some(AUTO) => self.routed(catalogue, question, means),
            Some(task) => {
                self.knows(task).then_some(()).ok_or_else(|| NoRoute::UnknownTask { task: task.to_string() })?;
                self.routed(catalogue, &Question { kind: Some(task), ..*question }, means)
            }
        }
    }

    /// The tasks that have something said about them, for lists of models and for hints.
    pub fn tasks(&self) -> Vec<&str> {
        let of_rules = self.rules.iter().flat_map(|rule| &rule.when.kinds);
        let mut tasks: Vec<&str> =
            of_rules.chain(self.assigned.keys()).chain(self.roles.keys()).chain(self.role_of.keys()).map(String::as_str).collect();
        tasks.sort_unstable();
        tasks.dedup();
        tasks
    }

    /// What is listed and not there, with who lists it: mistakes of the settings.
    pub fn unknown(&self, catalogue: &Catalogue) -> Vec<(String, NotFound)> {
        let rules = self.rules.iter().map(|rule| (format!("rule {}", rule.name), &rule.models));
        let roles = self.roles.iter().map(|(name, models)| (format!("role {name}"), models));
        let lists = rules.chain(roles).chain([("default".to_string(), &self.otherwise)]);
        lists.flat_map(|(who, models)| models.iter().filter_map(move |m| Some((who.clone(), catalogue.find(m).err()?)))).collect()
    }

    fn knows(&self, task: &str) -> bool {
        self.tasks().binary_search(&task).is_ok()
    }

    fn routed(&self, catalogue: &Catalogue, question: &Question<'_>, means: Means) -> Result<Route, NoRoute> {
        let (by, models, as_listed) = self.listed(question);
        let (found, missing): (Vec<_>, Vec<_>) =
            models.iter().map(|name| catalogue.find(name).map_err(|_| name.clone())).partition(Result::is_ok);
        let mut candidates: Vec<Target> = found.into_iter().flatten().collect();
        let missing: Vec<String> = missing.into_iter().filter_map(Result::err).collect();
        let name = || question.model.to_string();
        if candidates.is_empty() {
            return Err(NoRoute::NoCandidates { name: name(), missing });
        }
        if self.local_first && !as_listed {
            candidates.sort_by_key(|target| !target.local);
        }
        let all = candidates.len();
        match means {
            Means::Plenty => {}
            Means::LocalOnly => candidates.retain(|target| target.free),
            Means::Nothing => return Err(NoRoute::NoMeans),
        }
        if candidates.is_empty() {
            return Err(NoRoute::NothingFree { name: name() });
        }
        let degraded = candidates.len() < all;
        Ok(Route { candidates, by, propensity: 1.0, named: false, degraded, missing })
    }

    /// Who decides, the models, and whether their order is the user's own.
    fn listed(&self, question: &Question<'_>) -> (String, &[String], bool) {
        let kind = question.kind.unwrap_or_default();
        if let Some((version, models)) = self.assigned.get(kind) {
            return (format!("task {kind} {version}"), models, true);
        }
        if let Some(rule) = self.rules.iter().find(|rule| rule.when.holds(question)) {
            return (format!("rule {}", rule.name), &rule.models, true);
        }
        let role = self.role_of.get(kind).map_or(kind, String::as_str);
        match self.roles.get(role) {
            Some(models) => (format!("role {role}"), models, false),
            None => ("default".to_string(), &self.otherwise, false),
        }
    }
}

impl When {
    fn holds(&self, question: &Question<'_>) -> bool {
        let among = |list: &[String], one: Option<&str>| list.is_empty() || one.is_some_and(|one| list.iter().any(|l| l == one));
        among(&self.kinds, question.kind)
            && among(&self.tenants, question.tenant)
            && self.at_least.is_none_or(|least| question.size >= least)
            && self.at_most.is_none_or(|most| question.size <= most)
            && self.tools.is_none_or(|tools| question.tools == tools)
    }
}

fn named(target: Target, means: Means) -> Result<Route, NoRoute> {
    match means {
        Means::Nothing => Err(NoRoute::NoMeans),
        Means::LocalOnly if !target.free => Err(NoRoute::TooDear { model: target.to_string() }),
        _ => Ok(Route {
            candidates: vec![target],
            by: "named".to_string(),
            propensity: 1.0,
            named: true,
            degraded: false,
            missing: Vec::new(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::catalogue::Supplier;
    use super::*;
    use proptest::prelude::*;

    fn catalogue() -> Catalogue {
        let supplier = |name: &str, local, patterns: &[&str]| Supplier {
            name: name.to_string(),
            local,
            free: local,
            patterns: patterns.iter().map(|p| p.to_string()).collect(),
        };
        let mut catalogue = Catalogue::new(vec![supplier("openai", false, &["gpt-*"]), supplier("ollama", true, &[])]);
        catalogue.add("ollama", "llama3.1:8b");
        catalogue.add("ollama", "qwen3:32b");
        catalogue
    }

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| s.to_string()).collect()
    }

    fn book() -> RouteBook {
        let rule = |name: &str, when: When, models: &[&str]| Rule { name: name.to_string(), when, models: strings(models) };
        RouteBook {
            assigned: BTreeMap::from([("translate".into(), ("v3".into(), strings(&["openai/gpt-4o", "ollama/llama3.1:8b"])))]),
            rules: vec![
                rule("long", When { at_least: Some(100_000), ..When::default() }, &["openai/gpt-4.1", "ollama/qwen3:32b"]),
                rule(
                    "acme",
                    When { tenants: strings(&["acme"]), kinds: strings(&["summarise"]), ..When::default() },
                    &["ollama/gone", "openai/gpt-4o-mini"],
                ),
            ],
            roles: BTreeMap::from([("coding".into(), strings(&["openai/gpt-5", "ollama/qwen3:32b"]))]),
            role_of: BTreeMap::from([("review".into(), "coding".into())]),
            otherwise: strings(&["openai/gpt-4o-mini", "ollama/llama3.1:8b"]),
            local_first: true,
        }
    }

    fn question(model: &str) -> Question<'_> {
        Question { model, kind: None, tenant: None, size: 10, tools: false }
    }

    fn names(route: &Route) -> (String, Vec<String>) {
        (route.by.clone(), route.candidates.iter().map(Target::to_string).collect())
    }

    fn went(question: Question<'_>, means: Means) -> (String, Vec<String>) {
        names(&book().route(&catalogue(), &question, means).unwrap())
    }

    #[test]
    fn the_first_rule_that_holds_decides_in_the_users_order() {
        let long = went(Question { size: 100_000, kind: Some("coding"), ..question("kaizen/auto") }, Means::Plenty);
        assert_eq!(long, ("rule long".into(), strings(&["openai/gpt-4.1", "ollama/qwen3:32b"])));
    }

    #[test]
    fn what_is_active_for_a_task_goes_before_every_rule() {
        let task = went(Question { size: 100_000, ..question("kaizen/translate") }, Means::Plenty);
        assert_eq!(task, ("task translate v3".into(), strings(&["openai/gpt-4o", "ollama/llama3.1:8b"])));
    }

    #[test]
    fn roles_have_their_own_models_and_what_is_local_comes_first() {
        let expected = ("role coding".to_string(), strings(&["ollama/qwen3:32b", "openai/gpt-5"]));
        assert_eq!(went(question("kaizen/coding"), Means::Plenty), expected);
        assert_eq!(went(question("kaizen/review"), Means::Plenty), expected);
        assert_eq!(went(Question { kind: Some("review"), ..question("kaizen/auto") }, Means::Plenty), expected);
        assert_eq!(went(question("kaizen/auto"), Means::Plenty).0, "default");
    }

    #[test]
    fn a_rule_of_one_tenant_holds_for_no_other_and_says_what_is_missing() {
        let of = |tenant| {
            book().route(&catalogue(), &Question { tenant, kind: Some("summarise"), ..question("kaizen/auto") }, Means::Plenty).unwrap()
        };
        let acme = of(Some("acme"));
        assert_eq!((acme.by.as_str(), acme.missing.clone()), ("rule acme", strings(&["ollama/gone"])));
        assert_eq!(of(Some("other")).by, "default");
        assert_eq!(of(None).by, "default");
    }

    #[test]
    fn short_money_leaves_what_costs_nothing_and_says_so() {
        let route = book().route(&catalogue(), &question("kaizen/auto"), Means::LocalOnly).unwrap();
        assert_eq!(names(&route).1, ["ollama/llama3.1:8b"]);
        assert!(route.degraded);
        let all_paid = Question { tenant: Some("acme"), ..question("kaizen/summarise") };
        assert_eq!(book().route(&catalogue(), &all_paid, Means::LocalOnly), Err(NoRoute::NothingFree { name: "kaizen/summarise".into() }));
        assert_eq!(book().route(&catalogue(), &question("kaizen/auto"), Means::Nothing), Err(NoRoute::NoMeans));
    }

    #[test]
    fn a_task_nobody_spoke_of_is_refused_rather_than_guessed() {
        let unknown = book().route(&catalogue(), &question("kaizen/sumarise"), Means::Plenty);
        assert_eq!(unknown, Err(NoRoute::UnknownTask { task: "sumarise".into() }));
        assert_eq!(book().tasks(), ["coding", "review", "summarise", "translate"]);
    }

    #[test]
    fn mistakes_of_the_settings_are_listed() {
        let unknown = book().unknown(&catalogue());
        assert_eq!(unknown.len(), 1);
        assert_eq!(unknown[0].0, "rule acme");
    }

    #[test]
    fn the_record_holds_the_candidates_and_the_chosen_one() {
        let taken = book().route(&catalogue(), &question("kaizen/coding"), Means::Plenty).unwrap().taken(1);
        assert_eq!((taken.candidates[taken.chosen].as_str(), taken.propensity), ("openai/gpt-5", 1.0));
    }

    proptest! {
        /// Whatever is configured and whatever the budget says, a name gets its model or a refusal.
        #[test]
        fn a_model_asked_for_by_name_is_never_exchanged(
            model in prop_oneof![Just("openai/gpt-4o".to_string()), Just("gpt-9".into()), Just("ollama/llama3.1:8b".into()), Just("llama3.1:8b".into()), "[a-z/:-]{0,20}"],
            kind in prop::option::of("coding|review|translate"),
            size in 0u64..200_000,
            means in prop_oneof![Just(Means::Plenty), Just(Means::LocalOnly), Just(Means::Nothing)],
        ) {
            prop_assume!(!model.starts_with(PREFIX));
            let question = Question { kind: kind.as_deref(), size, ..question(&model) };
            if let Ok(route) = book().route(&catalogue(), &question, means) {
                prop_assert!(route.named && route.candidates.len() == 1);
                let shown = route.candidates[0].to_string();
                prop_assert!(shown == model || shown.ends_with(&format!("/{model}")), "{} for {}", shown, model);
                prop_assert!(means == Means::Plenty || route.candidates[0].free);
            }
        }
    }
}
