//! The budget as it stands: the user's rules, the purse in the store, and today's date, together.

use crate::error::EngineError;
use crate::settings::budget::Budget;
use kaizen_domain::budget::{Day, Means, Policy, Spending};
use kaizen_domain::money::{Price, Usage, Usd};
use kaizen_store::{LedgerLine, Spent, Store};

/// The purse of all paid calls. A gateway key with a budget of its own has another, see [`key_purse`].
pub const PURSE: &str = "all";

/// The purse of one gateway key.
pub fn key_purse(name: &str) -> String {
    format!("key:{name}")
}

/// Where a purse stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The rules.
    pub policy: Policy,
    /// Today, in UTC.
    pub today: Day,
    /// What is gone of the purse.
    pub spent: Spent,
    /// The same as the rules see it: open blocks are spent, today.
    pub spending: Spending,
    /// What today may take.
    pub daily: Option<Usd>,
    /// What there is money for.
    pub means: Means,
    /// Percentages of the limit that were reached this month.
    pub alerts: Vec<u8>,
}

/// Looks where the purse of all paid calls stands at a time in milliseconds since 1970-01-01 UTC.
pub async fn standing(store: &Store, budget: &Budget, at: i64) -> Result<Standing, EngineError> {
    let (policy, today) = (budget.policy(), Day::of(at));
    let spent = store.spent(PURSE, at).await?;
    let spending = Spending { month: spent.settled + spent.open, today: spent.today + spent.open };
    let (daily, means) = (policy.daily(today, spending), policy.means(today, spending));
    let alerts = policy.reached(Usd::from_nanos(-1), spending.month);
    Ok(Standing { policy, today, spent, spending, daily, means, alerts })
}

/// What a kind of work saved against a reference model: what the same tokens would have cost there, less what was spent. Failed
/// calls cost and save nothing, so it can be negative.
pub fn saved(line: &LedgerLine, reference: &Price) -> Usd {
    reference.cost(Usage { input: line.input_tokens, output: line.output_tokens, ..Usage::default() }) - line.cost
}
