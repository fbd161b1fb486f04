//! Which names mean which model of which provider.
//!
//! A full name is `provider/model`. A short name is the model alone, where exactly one provider is known to have it: it is
//! listed there, or its name fits one of the provider's own patterns (`gpt-*`), of which the most exact one counts. Two
//! providers with equal claims make a short name ambiguous, which is an error: nothing is guessed.

use crate::pattern::{exactness, fits};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One model at one provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The provider's name in the settings.
    pub provider: String,
    /// The model as the provider calls it.
    pub model: String,
    /// It runs on this machine.
    pub local: bool,
    /// It costs nothing.
    pub free: bool,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// A provider as far as names are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplier {
    /// Its name in the settings.
    pub name: String,
    /// It runs on this machine.
    pub local: bool,
    /// It costs nothing.
    pub free: bool,
    /// Short names that are its own; a `*` stands for any text.
    pub patterns: Vec<String>,
}

/// Why a name means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// Nobody has it.
    #[error("no provider has a model '{name}'")]
    Unknown {
        /// The name.
        name: String,
        /// Full names that look like it.
        near: Vec<String>,
    },
    /// Several have it.
    #[error("'{name}' is at {}: say which", .at.join(" and "))]
    Ambiguous {
        /// The name.
        name: String,
        /// The full names.
        at: Vec<String>,
    },
}

/// All names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    suppliers: BTreeMap<String, Supplier>,
    /// By provider: the models that are known to be there.
    listed: BTreeMap<String, BTreeSet<String>>,
}

impl Catalogue {
    /// Of these providers.
    pub fn new(suppliers: Vec<Supplier>) -> Self {
        let suppliers = suppliers.into_iter().map(|supplier| (supplier.name.clone(), supplier)).collect();
        Self { suppliers, ..Self::default() }
    }

    /// A model that is known to be at this provider.
    pub fn add(&mut self, provider: &str, model: &str) {
        self.listed.entry(provider.to_string()).or_default().insert(model.to_string());
    }

    /// What this provider has now, in place of what was known before.
    pub fn replace(&mut self, provider: &str, models: impl IntoIterator<Item = String>) {
        self.listed.insert(provider.to_string(), models.into_iter().collect());
    }

    /// Every listed model, in the order of the names.
    pub fn all(&self) -> Vec<Target> {
        self.listed.iter().flat_map(|(provider, models)| models.iter().filter_map(|model| self.target(provider, model))).collect()
    }

    /// What a name means. This runs for every call: only for a name that means nothing is looked for others like it.
    pub fn find(&self, name: &str) -> Result<Target, NotFound> {
        let full = name.split_once('/').filter(|(_, model)| !model.is_empty());
        if let Some(target) = full.and_then(|(provider, model)| self.there(provider, model)) {
            return Ok(target);
        }
        let mut owners = self.owners(name);
        match (owners.pop(), owners.is_empty()) {
            (None, _) => Err(NotFound::Unknown { name: name.to_string(), near: self.near(name) }),
            (Some(owner), true) => Ok(owner),
            (Some(last), false) => {
                Err(NotFound::Ambiguous { name: name.to_string(), at: owners.iter().chain([&last]).map(Target::to_string).collect() })
            }
        }
    }

    /// A provider off this machine may have models nobody has listed; it will say so itself where it has not.
    fn there(&self, provider: &str, model: &str) -> Option<Target> {
        let known = self.lists(provider, model);
        self.target(provider, model).filter(|target| known || !target.local || !self.listed.contains_key(provider))
    }

    fn lists(&self, provider: &str, model: &str) -> bool {
        self.listed.get(provider).is_some_and(|models| models.contains(model))
    }

    /// Who has a model: those that list it, else those with the most exact of the patterns it fits.
    fn owners(&self, model: &str) -> Vec<Target> {
        let by_list: Vec<Target> =
            self.suppliers.keys().filter(|name| self.lists(name, model)).filter_map(|name| self.target(name, model)).collect();
        if !by_list.is_empty() {
            return by_list;
        }
        let best = |supplier: &Supplier| supplier.patterns.iter().filter(|p| fits(p, model)).map(|p| exactness(p)).max();
        let claims: Vec<_> =
            self.suppliers.values().filter_map(|supplier| Some((best(supplier)?, self.there(&supplier.name, model)?))).collect();
        let most = claims.iter().map(|(exactness, _)| *exactness).max();
        claims.into_iter().filter(|(exactness, _)| Some(*exactness) == most).map(|(_, target)| target).collect()
    }

    fn target(&self, provider: &str, model: &str) -> Option<Target> {
        let supplier = self.suppliers.get(provider)?;
        Some(Target { provider: provider.to_string(), model: model.to_string(), local: supplier.local, free: supplier.free })
    }

    fn near(&self, name: &str) -> Vec<String> {
        let bare = name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let stem = bare.split([':', '-', '.']).next().unwrap_or_default();
        let alike = |full: &String| stem.len() > 1 && full.to_lowercase().contains(stem);
        self.all().iter().map(Target::to_string).filter(alike).take(3).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let of = |name: &str, local, patterns: &[&str]| Supplier {
            name: name.into(),
            local,
            free: local,
            patterns: patterns.iter().map(|p| p.to_string()).collect(),
        };
        let mut catalogue =
            Catalogue::new(vec![of("openai", false, &["gpt-*", "o3"]), of("proxy", false, &["gpt-oss*"]), of("ollama", true, &["*:*"])]);
        catalogue.add("ollama", "llama3.1:8b");
        catalogue.add("ollama", "hf.co/a/b:q4");
        catalogue
    }

    fn found(name: &str) -> Result<String, NotFound> {
        catalogue().find(name).map(|target| target.to_string())
    }

    #[test]
    fn full_and_short_names_mean_one_model() {
        for (name, meant) in [
            ("openai/gpt-4o", "openai/gpt-4o"),
            ("openai/ft:gpt-4o:acme", "openai/ft:gpt-4o:acme"),
            ("gpt-4o-2024-08-06", "openai/gpt-4o-2024-08-06"),
            ("o3", "openai/o3"),
            ("llama3.1:8b", "ollama/llama3.1:8b"),
            ("hf.co/a/b:q4", "ollama/hf.co/a/b:q4"),
            ("ollama/hf.co/a/b:q4", "ollama/hf.co/a/b:q4"),
        ] {
            assert_eq!(found(name).as_deref(), Ok(meant));
        }
    }

    #[test]
    fn two_owners_of_a_short_name_are_an_error_that_names_both() {
        let mut catalogue = catalogue();
        catalogue.add("proxy", "o3");
        catalogue.add("openai", "o3");
        let error = catalogue.find("o3").unwrap_err();
        assert_eq!(error.to_string(), "'o3' is at openai/o3 and proxy/o3: say which");
    }

    #[test]
    fn the_most_exact_pattern_owns_a_short_name_nobody_lists() {
        assert_eq!(found("gpt-oss-20b").as_deref(), Ok("proxy/gpt-oss-20b"));
        assert_eq!(found("gpt-oss:20b").as_deref(), Ok("proxy/gpt-oss:20b"));
        // What a server of this machine has is known: a pattern does not add to it.
        assert!(matches!(found("qwen3:4b"), Err(NotFound::Unknown { .. })));
        let mut silent = catalogue();
        silent.listed.remove("ollama");
        assert_eq!(silent.find("qwen3:4b").map(|target| target.to_string()).as_deref(), Ok("ollama/qwen3:4b"));
    }

    #[test]
    fn what_is_not_there_is_unknown_with_what_looks_like_it() {
        let near = vec!["ollama/llama3.1:8b".to_string()];
        assert_eq!(found("ollama/llama3.1:70b"), Err(NotFound::Unknown { name: "ollama/llama3.1:70b".into(), near }));
        for nothing in ["", "/", "openai/", "nobody/gpt-4o", "gpt"] {
            assert!(matches!(found(nothing), Err(NotFound::Unknown { .. })), "{nothing:?}");
        }
    }

    #[test]
    fn a_listing_replaces_the_one_before() {
        let mut catalogue = catalogue();
        catalogue.replace("ollama", ["qwen3:4b".to_string()]);
        assert!(catalogue.find("llama3.1:8b").is_err() && catalogue.find("qwen3:4b").is_ok());
    }
}
