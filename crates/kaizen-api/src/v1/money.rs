//! Gateway keys, and what models cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A gateway key, without the key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyShown {
    /// Its name, which is also its tenant's.
    pub name: String,
    /// The beginning of its hash.
    pub hash: String,
    /// What its calls may cost in a month, in US dollars.
    pub budget_usd: Option<f64>,
    /// Calls a minute.
    pub rate: Option<u32>,
    /// Patterns of the models it may ask for; empty: all.
    pub models: Vec<String>,
    /// What else it may do.
    pub scopes: Vec<String>,
    /// When it was made, milliseconds since 1970-01-01 UTC.
    pub created_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// `key add`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyMade {
    /// `kaizen.key/1`
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The key. It is shown this once.
    pub key: String,
}

/// `key list`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyList {
    /// `kaizen.keys/1`
    pub schema: String,
    /// By name.
    pub keys: Vec<KeyShown>,
}

/// `budget`; amounts are in US dollars, days and months in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BudgetShown {
    /// `kaizen.budget/1`
    pub schema: String,
    /// `2026-11`
    pub month: String,
    /// The month's limit; absent: none.
    pub limit_usd: Option<f64>,
    /// Spent in the month, open blocks included.
    pub spent_usd: f64,
    /// Of that, in blocks which calls that run now have set aside.
    pub open_usd: f64,
    /// Left of the month.
    pub left_usd: Option<f64>,
    /// Days left, with today.
    pub days_left: u8,
    /// Spent today, open blocks included.
    pub today_usd: f64,
    /// What today may take by the pace.
    pub daily_usd: Option<f64>,
    /// `plenty`, `local_only` or `nothing`.
    pub means: String,
    /// Why it is not plenty.
    pub reason: Option<String>,
    /// Percentages of the limit that were reached.
    pub alerts: Vec<u8>,
    /// Blocks that nobody settled yet.
    pub blocks: Vec<BlockShown>,
    /// The model that savings are counted against.
    pub reference: Option<String>,
    /// The date of the price table, where there is one.
    pub prices_as_of: Option<String>,
    /// It is older than `[budget] price_age`.
    #[serde(default)]
    pub prices_old: bool,
    /// What each kind of work cost, saved and earned this month.
    pub ledger: Vec<LedgerShown>,
    /// What the response cache holds and spared.
    pub cache: CacheShown,
    /// What the steps of ladders came to this month.
    #[serde(default)]
    pub tiers: Vec<TierShown>,
}

/// The response cache.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CacheShown {
    /// Answers it holds.
    pub entries: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// How often it was looked into this month.
    pub lookups: u64,
    /// How often it had the answer, or an identical call under way did.
    pub hits: u64,
    /// The share of `lookups` that were `hits`; absent where there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hit_rate: Option<f64>,
    /// What the answers it holds would have cost each time they were given again.
    pub saved_usd: f64,
}

/// A model on ladders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TierShown {
    /// `provider/model`
    pub model: String,
    /// Tries.
    pub tries: u64,
    /// Answers that stood.
    pub verified: u64,
    /// Answers that did not.
    pub wrong: u64,
    /// Tries without an answer.
    pub failed: u64,
    /// How often there was no money for it.
    pub refused: u64,
    /// Tries that cost an amount nobody knows.
    pub unpriced: u64,
    /// What its tries cost.
    pub cost_usd: f64,
    /// What the ways up that ended with its answer saved against the reference model; absent where that is not counted.
    pub saved_usd: Option<f64>,
}

/// Money set aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockShown {
    /// Its number.
    pub id: i64,
    /// From which purse: `all`, or a key's.
    pub purse: String,
    /// How much.
    pub amount_usd: f64,
    /// Which process holds it: machine and number.
    pub holder: String,
    /// Whether that process is known to have ended: the block counts as spent until somebody looks into it.
    pub ended: bool,
    /// When it was taken, milliseconds since 1970-01-01 UTC.
    pub taken_at: i64,
}

/// `budget asks`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AskList {
    /// `kaizen.asks/1`
    pub schema: String,
    /// Oldest first.
    pub asks: Vec<AskShown>,
}

/// A call that waits for a person to allow what it may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AskShown {
    /// What `budget allow` and `budget refuse` take.
    pub id: i64,
    /// When it was asked, milliseconds since 1970-01-01 UTC.
    pub asked_at: i64,
    /// The id its record will have.
    pub operation: String,
    /// What sort of work it is.
    pub kind: String,
    /// Whose key it came with.
    pub tenant: Option<String>,
    /// The model.
    pub model: String,
    /// The most it can cost.
    pub worst_usd: f64,
    /// Why somebody is asked.
    pub reason: String,
}

/// `budget reconcile`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciled {
    /// `kaizen.reconcile/1`
    pub schema: String,
    /// Whether it was done, or only counted.
    pub done: bool,
    /// What is, or would be, free again, in US dollars.
    pub given_back_usd: f64,
    /// What daemons that were cut off had put aside.
    pub blocks: Vec<StrandedShown>,
}

/// Money that a daemon which was cut off had put aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrandedShown {
    /// The block's number.
    pub id: i64,
    /// From which purse: `all`, or a key's.
    pub purse: String,
    /// Of which month: `2026-11`.
    pub month: String,
    /// How much.
    pub amount_usd: f64,
    /// Which process had it.
    pub process: u32,
    /// When it was taken, milliseconds since 1970-01-01 UTC.
    pub taken_at: i64,
    /// What recorded calls drew from it.
    pub recorded_usd: f64,
    /// What provably was not sent.
    pub free_usd: f64,
    /// Why the rest may have been sent all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// One kind of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerShown {
    /// The kind.
    pub kind: String,
    /// Calls of models.
    pub calls: u64,
    /// Those whose cost is not known; it is none of `cost_usd`.
    pub unpriced: u64,
    /// Those that the response cache answered.
    pub cached: u64,
    /// What they cost.
    pub cost_usd: f64,
    /// What the reference model would have cost beyond that; absent without a reference or its price.
    pub saved_usd: Option<f64>,
    /// What it earned, as `kaizen budget --earned` was told.
    pub earned_usd: f64,
}

/// `models prices`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceList {
    /// `kaizen.prices/1`
    pub schema: String,
    /// Older prices are told as old: the setting `[budget] price_age`.
    pub old_after_days: u64,
    /// Every price that is known. A model that is not among them has none: unknown is not zero.
    pub prices: Vec<PriceShown>,
}

/// What a model asks for, in US dollars for a million tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PriceShown {
    /// The model; for a price of the user's `provider/model`, where `*` stands for any text.
    pub model: String,
    /// At which host; absent for a price of the user's.
    pub host: Option<String>,
    /// Of requests.
    pub input_usd: f64,
    /// Of answers.
    pub output_usd: f64,
    /// Of what is read from the prompt cache; absent: as of requests.
    pub cache_read_usd: Option<f64>,
    /// Of what is written to the prompt cache; absent: as of requests.
    pub cache_write_usd: Option<f64>,
    /// The price of requests with more tokens than so many.
    pub long: Option<LongPrice>,
    /// Where it was read.
    pub source: String,
    /// Whose word it is: `vendor`, `reported`, `settings`.
    pub kind: String,
    /// When it was last seen there, `2026-10-24`; absent for a price of the user's.
    pub date: Option<String>,
    /// How many days ago that is.
    pub age_days: Option<i64>,
    /// It is older than the setting allows.
    pub old: bool,
}

/// The price of long requests, in US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LongPrice {
    /// It holds for requests with more tokens.
    pub above_tokens: u64,
    /// Of requests.
    pub input_usd: f64,
    /// Of answers.
    pub output_usd: f64,
}
