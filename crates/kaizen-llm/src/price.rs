//! What calls cost: the price lists that come with Kaizen (`prices.toml`), and the user's own over them.
//!
//! A price belongs to a model *at a host*: the same name elsewhere is another offer. What is not listed is not known, and
//! is never taken for free; only what runs on this machine is free. Every price says where it was read and when.

use crate::pattern::{exactness, fits};
use jiff::civil::Date;
use kaizen_domain::money::{Price, Usage, Usd};
use serde::Deserialize;
use std::collections::BTreeMap;

const BUILT_IN: &str = include_str!("../prices.toml");

/// What one model asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Priced {
    price: Price,
    hour: Option<f64>,
    above: Option<(u64, Price, Option<f64>)>,
    /// Where it was read.
    pub source: String,
    /// Who says so.
    pub kind: SourceKind,
    /// When it was last seen published; [`Date::ZERO`] for the user's own.
    pub date: Date,
}

/// Who says what a model costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// Whoever sells it.
    Vendor,
    /// Somebody who looked it up there.
    Reported,
    /// The user.
    Settings,
}

impl SourceKind {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Reported => "reported",
            Self::Settings => "settings",
        }
    }
}

impl Priced {
    /// The price of a request with so many input tokens.
    pub fn at(&self, input: u64) -> Price {
        match self.above {
            Some((tokens, price, _)) if input > tokens => price,
            _ => self.price,
        }
    }

    /// What a call cost.
    pub fn cost(&self, usage: Usage) -> Usd {
        self.at(usage.input).cost(usage)
    }

    /// The most a call with at most so many tokens can cost: what is reserved before it.
    pub fn worst(&self, input: u64, output: u64) -> Usd {
        let most = |price: Price, hour: Option<f64>| Price { cache_write: hour.or(price.cache_write), ..price }.worst(input, output);
        let plain = most(self.price, self.hour);
        match self.above {
            Some((tokens, price, hour)) if input > tokens => plain.max(most(price, hour)),
            _ => plain,
        }
    }

    /// How many days ago it was seen published; the user's own does not age.
    pub fn age(&self, today: Date) -> Option<i64> {
        (self.kind != SourceKind::Settings).then(|| (today - self.date).get_days().into())
    }

    /// The price of long requests, and from where it holds.
    pub fn above(&self) -> Option<(u64, Price)> {
        self.above.map(|(tokens, price, _)| (tokens, price))
    }
}

/// Why a price list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPrices {
    /// It cannot be read.
    #[error("the price list cannot be read: {0}")]
    Unreadable(String),
    /// A price that is none.
    #[error("the price of {model}: {what}")]
    Wrong {
        /// Of which model.
        model: String,
        /// What is wrong.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    list: Vec<List>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    hosts: Vec<String>,
    source: String,
    kind: SourceKind,
    date: String,
    models: BTreeMap<String, Entry>,
}

/// One price as a list or the user's settings write it, in dollars for a million tokens.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// For requests.
    pub input: f64,
    /// For answers.
    pub output: f64,
    /// For what is read from the prompt cache; absent: as `input`.
    pub cache_read: Option<f64>,
    /// For what is written to the prompt cache; absent: as `input`.
    pub cache_write: Option<f64>,
    /// For what is written to the prompt cache for an hour; only reservations count with it.
    pub cache_write_hour: Option<f64>,
    /// Another price for long requests.
    pub above: Option<Above>,
    /// When it was seen; absent: the list's.
    pub date: Option<String>,
}

/// The price of a request with more than `tokens` input tokens, all of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Above {
    /// From where it holds.
    pub tokens: u64,
    /// As in [`Entry`].
    pub input: f64,
    /// As in [`Entry`].
    pub output: f64,
    /// As in [`Entry`].
    pub cache_read: Option<f64>,
    /// As in [`Entry`].
    pub cache_write: Option<f64>,
    /// As in [`Entry`].
    pub cache_write_hour: Option<f64>,
}

impl Entry {
    /// Checks it. `model` is for the error; `source` and `date` are used where the entry names none.
    pub fn priced(&self, model: &str, source: &str, date: Date) -> Result<Priced, NoPrices> {
        let wrong = |what: String| NoPrices::Wrong { model: model.to_string(), what };
        let date = match &self.date {
            Some(text) => text.parse().map_err(|_| wrong(format!("'{text}' is no date like 2026-10-24")))?,
            None => date,
        };
        let above = self.above.as_ref();
        let price = Price { input: self.input, output: self.output, cache_read: self.cache_read, cache_write: self.cache_write };
        let above = above.map(|a| {
            (a.tokens, Price { input: a.input, output: a.output, cache_read: a.cache_read, cache_write: a.cache_write }, a.cache_write_hour)
        });
        let priced = Priced { price, hour: self.cache_write_hour, above, source: source.to_string(), kind: SourceKind::Settings, date };
        let wrong_amount = priced.amounts().find(|amount| !(0.0..1e6).contains(amount));
        match wrong_amount {
            Some(amount) => Err(wrong(format!("{amount} is no price in dollars for a million tokens"))),
            None => Ok(priced),
        }
    }
}

impl Priced {
    fn amounts(&self) -> impl Iterator<Item = f64> {
        let of = |price: Price, hour| [Some(price.input), Some(price.output), price.cache_read, price.cache_write, hour];
        let above = self.above.map(|(_, price, hour)| of(price, hour)).unwrap_or_default();
        of(self.price, self.hour).into_iter().chain(above).flatten()
    }
}

/// Every known price.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceTable {
    /// By host, then by model.
    lists: BTreeMap<String, BTreeMap<String, Priced>>,
    /// The user's own, by `provider/model`, where a `*` stands for any text.
    own: BTreeMap<String, Priced>,
}

impl PriceTable {
    /// The lists that come with Kaizen.
    pub fn built_in() -> Result<Self, NoPrices> {
        Self::parse(BUILT_IN)
    }

    fn parse(text: &str) -> Result<Self, NoPrices> {
        let file: File = toml::from_str(text).map_err(|e| NoPrices::Unreadable(e.to_string()))?;
        let mut lists: BTreeMap<String, BTreeMap<String, Priced>> = BTreeMap::new();
        for list in file.list {
            let date = list.date.parse().map_err(|_| NoPrices::Unreadable(format!("'{}' is no date", list.date)))?;
            for (model, entry) in &list.models {
                let priced = Priced { kind: list.kind, ..entry.priced(model, &list.source, date)? };
                for host in &list.hosts {
                    lists.entry(host.clone()).or_default().insert(model.clone(), priced.clone());
                }
            }
        }
        Ok(Self { lists, own: BTreeMap::new() })
    }

    /// With a price of the user's, for `provider/model`; a `*` stands for any text.
    pub fn with(mut self, name: &str, priced: Priced) -> Self {
        self.own.insert(name.to_string(), priced);
        self
    }

    /// What `model` of `provider` at `host` asks for; `None`: nobody knows. Dated and `-latest` names are read as the model.
    pub fn find(&self, provider: &str, host: &str, model: &str) -> Option<&Priced> {
        let name = format!("{provider}/{model}");
        let own = self.own.get(&name).or_else(|| {
            let matching = self.own.iter().filter(|(pattern, _)| fits(pattern, &name));
            matching.max_by_key(|(pattern, _)| exactness(pattern)).map(|(_, priced)| priced)
        });
        let list = || self.lists.get(host);
        own.or_else(|| list()?.get(model)).or_else(|| list()?.get(undated(model)?))
    }

    /// Every price: the user's own as `provider/model`, then the lists by host and model.
    pub fn all(&self) -> impl Iterator<Item = (Option<&str>, &str, &Priced)> {
        let own = self.own.iter().map(|(name, priced)| (None, name.as_str(), priced));
        let listed = self.lists.iter().flat_map(|(host, models)| models.iter().map(move |(model, priced)| (host, model, priced)));
        own.chain(listed.map(|(host, model, priced)| (Some(host.as_str()), model.as_str(), priced)))
    }

    /// The models the list of `host` names.
    pub fn models(&self, host: &str) -> impl Iterator<Item = &str> {
        self.lists.get(host).into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// The day of the oldest price list that comes with Kaizen; `None` where there is none.
    pub fn date(&self) -> Option<Date> {
        self.lists.values().filter_map(|list| list.values().map(|priced| priced.date).max()).min()
    }

    /// How many days old the oldest list is.
    pub fn age(&self, today: Date) -> Option<i64> {
        self.date().map(|date| (today - date).get_days().into())
    }
}

/// `gpt-4o-2024-08-06`, `claude-haiku-4-5-20251001` and `...-latest` without their end.
fn undated(model: &str) -> Option<&str> {
    if let Some(head) = model.strip_suffix("-latest") {
        return Some(head);
    }
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (head, last) = model.rsplit_once('-')?;
    if last.len() == 8 && digits(last) {
        return Some(head);
    }
    let (head, month) = head.rsplit_once('-')?;
    let (head, year) = head.rsplit_once('-')?;
    let dated = year.len() == 4 && month.len() == 2 && last.len() == 2 && [year, month, last].into_iter().all(digits);
    dated.then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> PriceTable {
        PriceTable::built_in().unwrap()
    }

    fn entry(input: f64, output: f64) -> Entry {
        Entry { input, output, cache_read: None, cache_write: None, cache_write_hour: None, above: None, date: None }
    }

    const DAY: Date = jiff::civil::date(2026, 11, 1);

    #[test]
    fn every_built_in_price_is_positive_and_says_where_and_when() {
        let table = table();
        let all: Vec<_> = table.lists.values().flatten().collect();
        assert!(all.len() > 40);
        for (model, priced) in all {
            assert!(priced.price.input > 0.0 && priced.source.starts_with("https://"), "{model}");
            assert!(priced.at(u64::MAX).input >= priced.price.input, "{model}: long requests are not cheaper");
            assert!(priced.date.year() >= 2026 && priced.kind != SourceKind::Settings, "{model}");
        }
    }

    #[test]
    fn a_model_is_priced_at_its_own_host_only() {
        let table = table();
        let mini = table.find("openai", "api.openai.com", "gpt-4o-mini").unwrap();
        assert_eq!(mini.cost(Usage { input: 1_000_000, output: 1_000_000, ..Usage::default() }), Usd::from_nanos(750_000_000));
        assert_eq!(table.find("elsewhere", "llm.example.org", "gpt-4o-mini"), None);
        assert_eq!(table.find("openai", "api.openai.com", "gpt-4o-minimal"), None, "no guess by a beginning");
    }

    #[test]
    fn dated_names_are_the_model_unless_they_have_a_price_of_their_own() {
        let table = table();
        let at = |model| table.find("p", "api.openai.com", model).map(|p| p.price.input);
        assert_eq!(at("gpt-4o-2024-08-06"), at("gpt-4o"));
        assert_eq!(at("gpt-4o-2024-05-13"), Some(5.0));
        let haiku = table.find("a", "api.anthropic.com", "claude-haiku-4-5-20251001").unwrap();
        assert_eq!(haiku.price.input, 1.0);
        assert!(table.find("a", "api.anthropic.com", "claude-3-5-haiku-latest").is_some());
        assert_eq!(undated("gpt-4-0613"), None);
    }

    #[test]
    fn long_requests_are_priced_as_long_ones_to_the_last_token() {
        let table = table();
        let haiku = table.find("a", "api.anthropic.com", "claude-haiku-5-5").unwrap();
        let of = |input| haiku.cost(Usage { input, output: 1_000_000, ..Usage::default() });
        assert_eq!(of(100_000), Usd::from_dollars(0.01 + 0.5).unwrap());
        assert_eq!(of(100_001).nanos(), 100_001 * 500 + 2_500_000_000);
    }

    #[test]
    fn a_reservation_covers_writes_to_the_cache_for_an_hour() {
        let table = table();
        let opus = table.find("a", "api.anthropic.com", "claude-opus-5-5").unwrap();
        assert_eq!(opus.worst(1_000_000, 0), Usd::from_dollars(8.0).unwrap());
    }

    #[test]
    fn the_users_price_wins_and_the_longest_pattern_among_them() {
        let mine = |input| entry(input, 1.0).priced("x", "settings", DAY).unwrap();
        let table = table().with("openai/*", mine(1.0)).with("openai/gpt-4o*", mine(2.0)).with("openai/gpt-4o-mini", mine(3.0));
        let at = |model| table.find("openai", "api.openai.com", model).map(|p| p.price.input);
        assert_eq!([at("gpt-4o-mini"), at("gpt-4o"), at("anything")], [Some(3.0), Some(2.0), Some(1.0)]);
        assert_eq!(table.find("other", "x", "gpt-4o"), None);
    }

    #[test]
    fn what_is_no_price_is_refused_with_the_model() {
        for wrong in [entry(-1.0, 1.0), entry(f64::NAN, 1.0), entry(1.0, f64::INFINITY)] {
            assert!(wrong.priced("m", "s", DAY).unwrap_err().to_string().starts_with("the price of m: "));
        }
        let undatable = Entry { date: Some("yesterday".into()), ..entry(1.0, 1.0) };
        assert_eq!(undatable.priced("m", "s", DAY).unwrap_err().to_string(), "the price of m: 'yesterday' is no date like 2026-10-24");
    }

    #[test]
    fn the_age_of_the_table_is_that_of_its_oldest_list() {
        assert_eq!(table().age(jiff::civil::date(2026, 10, 9)), Some(10));
    }
}
