//! `kaizen budget`

mod asks;
mod reconcile;

use super::models::prices::{days, is_old, known, today};
use super::time;
use crate::args::{self, BudgetAction};
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::render::plural;
use crate::wire::{project, reference_price, settings};
use kaizen_api::v1::{BlockShown, BudgetShown, CacheShown, LedgerShown, TierShown};
use kaizen_domain::budget::Means;
use kaizen_domain::money::{Price, Usd};
use kaizen_domain::operation::Kind;
use kaizen_engine::budget::{Standing, saved, standing};
use kaizen_engine::error::EngineError;
use kaizen_engine::lease::has_ended;
use kaizen_store::{Block, CacheStats, LedgerLine, Permission, Store, TierLine};

/// Shows where the month stands, or notes what was earned.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Budget) -> Result<u8, EngineError> {
    let settings = settings(here)?;
    let store = Store::open(&here.store).await?;
    if let Some(action) = wanted.action {
        instead(here, output, &store, action).await?;
        store.close().await;
        return Ok(0);
    }
    if let (Some(dollars), Some(kind)) = (wanted.earned, &wanted.kind) {
        return earned(here, output, &store, dollars, kind).await;
    }
    if wanted.clear_cache {
        return cleared(output, &store).await;
    }
    let at = now();
    let standing = standing(&store, &settings.budget, at).await?;
    let ledger = store.ledger(None, standing.today.month().first().begins()).await?;
    let prices = known(&settings)?;
    let price = reference_price(&settings, &prices);
    let blocks = store.open_blocks().await?;
    let tiers = store.tiers(standing.today.month()).await?;
    let shown = BudgetShown {
        reference: settings.budget.reference.as_ref().map(ToString::to_string),
        prices_as_of: prices.date().map(|date| date.to_string()),
        prices_old: is_old(prices.age(today()), days(&settings)),
        ledger: ledger.iter().map(|line| ledger_line(line, price.as_ref())).collect(),
        blocks: blocks.iter().map(|block| held(block, &here.machine.host)).collect(),
        cache: cache_shown(&store.cache_stats().await?, &ledger),
        tiers: tiers.iter().map(|line| tier(line, price.is_some())).collect(),
        ..shown(&standing)
    };
    output.either(&shown, || text(&standing, &shown))?;
    store.close().await;
    Ok(0)
}

async fn instead(here: &Surroundings, output: &Output, store: &Store, action: BudgetAction) -> Result<(), EngineError> {
    let host = &here.machine.host;
    match action {
        BudgetAction::Asks => asks::list(store, output, host).await,
        BudgetAction::Allow { id } => asks::answer(store, output, host, id, Permission::Allowed).await,
        BudgetAction::Refuse { id } => asks::answer(store, output, host, id, Permission::Refused).await,
        BudgetAction::Reconcile(wanted) => reconcile::run(here, output, store, wanted).await,
    }
}

async fn earned(here: &Surroundings, output: &Output, store: &Store, dollars: f64, kind: &str) -> Result<u8, EngineError> {
    let refused = || EngineError::usage("--earned is no amount of money", "write US dollars: --earned 12.50");
    let amount = Usd::from_dollars(dollars).filter(|amount| *amount != Usd::ZERO).ok_or_else(refused)?;
    let kind: Kind = kind.parse().map_err(|error| EngineError::usage(format!("--for: {error}"), "name a kind of work: --for invoices"))?;
    store.earn(project(here, store).await?, kind.as_str(), amount, now()).await?;
    output.done(format!("{kind} earned {amount}"), None).map(|()| 0)
}

fn shown(standing: &Standing) -> BudgetShown {
    let (means, reason) = match &standing.means {
        Means::Plenty => ("plenty", None),
        Means::LocalOnly(why) => ("local_only", Some(why.to_string())),
        Means::Nothing(why) => ("nothing", Some(why.to_string())),
    };
    BudgetShown {
        schema: "kaizen.budget/1".into(),
        month: standing.today.month().to_string(),
        limit_usd: standing.policy.monthly.map(Usd::dollars),
        spent_usd: standing.spending.month.dollars(),
        open_usd: standing.spent.open.dollars(),
        left_usd: standing.policy.monthly.map(|limit| (limit - standing.spending.month).or_zero().dollars()),
        days_left: standing.today.days_left(),
        today_usd: standing.spending.today.dollars(),
        daily_usd: standing.daily.map(Usd::dollars),
        means: means.to_owned(),
        reason,
        alerts: standing.alerts.clone(),
        blocks: Vec::new(),
        reference: None,
        prices_as_of: None,
        prices_old: false,
        ledger: Vec::new(),
        cache: CacheShown::default(),
        tiers: Vec::new(),
    }
}

async fn cleared(output: &Output, store: &Store) -> Result<u8, EngineError> {
    let gone = store.clear_cache().await?;
    store.close().await;
    let answers = plural(usize::try_from(gone).unwrap_or(usize::MAX), "answer");
    output.done(format!("the response cache is empty; it held {gone} {answers}"), None).map(|()| 0)
}

fn cache_shown(stats: &CacheStats, ledger: &[LedgerLine]) -> CacheShown {
    let sum = |count: fn(&LedgerLine) -> u64| ledger.iter().map(count).sum::<u64>();
    let (lookups, hits) = (sum(|line| line.looked_up), sum(|line| line.cached));
    CacheShown {
        entries: stats.entries,
        bytes: stats.bytes,
        lookups,
        hits,
        hit_rate: (lookups > 0).then(|| hits as f64 / lookups as f64),
        saved_usd: stats.saved.dollars(),
    }
}

fn ledger_line(line: &LedgerLine, reference: Option<&Price>) -> LedgerShown {
    LedgerShown {
        kind: line.kind.clone(),
        calls: line.calls,
        unpriced: line.unpriced,
        cached: line.cached,
        cost_usd: line.cost.dollars(),
        saved_usd: reference.map(|price| saved(line, price).dollars()),
        earned_usd: line.earned.dollars(),
    }
}

fn tier(line: &TierLine, counted: bool) -> TierShown {
    TierShown {
        model: line.model.clone(),
        tries: line.tries,
        verified: line.verified,
        wrong: line.wrong,
        failed: line.failed,
        refused: line.refused,
        unpriced: line.unpriced,
        cost_usd: line.spent.dollars(),
        saved_usd: counted.then(|| line.saved.dollars()),
    }
}

fn held(block: &Block, host: &str) -> BlockShown {
    BlockShown {
        id: block.id.0,
        purse: block.purse.clone(),
        amount_usd: block.amount.dollars(),
        holder: format!("process {} on {}", block.holder.pid, block.holder.host),
        ended: has_ended(&block.holder, host),
        taken_at: block.taken_at,
    }
}

/// Dollars as people read them.
pub fn usd(dollars: f64) -> String {
    Usd::from_dollars(dollars).map_or_else(|| dollars.to_string(), |amount| amount.to_string())
}

fn text(standing: &Standing, shown: &BudgetShown) -> String {
    let days = standing.today.days_left();
    let mut lines = vec![format!("{} (UTC), {days} of {} days left with today", shown.month, standing.today.month().days())];
    let open = if shown.open_usd > 0.0 { format!(", {} of it set aside", usd(shown.open_usd)) } else { String::new() };
    match (shown.limit_usd, shown.left_usd) {
        (Some(limit), Some(left)) => lines.push(format!("  spent    {} of {}{open}; {} left", usd(shown.spent_usd), usd(limit), usd(left))),
        _ => lines.push(format!("  spent    {}{open}; no limit: [budget] monthly in config.toml sets one", usd(shown.spent_usd))),
    }
    match shown.daily_usd {
        Some(daily) => lines.push(format!("  today    {} of {}", usd(shown.today_usd), usd(daily))),
        None => lines.push(format!("  today    {}", usd(shown.today_usd))),
    }
    let means = match &shown.reason {
        Some(why) => format!("{}: {why}", shown.means.replace('_', " ")),
        None => "plenty".to_owned(),
    };
    lines.push(format!("  means    {means}"));
    if let Some(most) = shown.alerts.last() {
        lines.push(format!("  alert    {most} % of the month's money is reached"));
    }
    lines.extend(shown.blocks.iter().map(block));
    lines.extend(cache(&shown.cache));
    lines.extend(ledger(shown));
    lines.extend(ladders(shown));
    if let Some(date) = &shown.prices_as_of {
        let old = if shown.prices_old { ", which is OLD: kaizen models prices" } else { "" };
        lines.push(format!("\n  prices   of {date}{old}, unless config.toml has others: [models.providers.NAME.prices]"));
    }
    lines.join("\n")
}

fn block(block: &BlockShown) -> String {
    let ended = if block.ended { ", which was cut off: it counts as spent, see kaizen budget reconcile" } else { "" };
    format!("  block    {} from {} by {}{ended}, since {}", usd(block.amount_usd), block.purse, block.holder, time::rfc3339(block.taken_at))
}

/// Nothing is said of a cache that nobody uses.
fn cache(cache: &CacheShown) -> Option<String> {
    let rate = cache.hit_rate.map(|rate| format!("; {} of {} look-ups found one ({:.0} %)", cache.hits, cache.lookups, rate * 100.0));
    (cache.entries > 0 || rate.is_some()).then(|| {
        let answers = plural(usize::try_from(cache.entries).unwrap_or(usize::MAX), "answer");
        format!("  cache    {} {answers}{}; they spared {}", cache.entries, rate.unwrap_or_default(), usd(cache.saved_usd))
    })
}

/// What the steps of ladders came to: whether the small ones are worth their tries.
fn ladders(shown: &BudgetShown) -> Vec<String> {
    if shown.tiers.is_empty() {
        return Vec::new();
    }
    let width = shown.tiers.iter().map(|tier| tier.model.chars().count()).max().unwrap_or(0).max(24);
    let mut lines = vec![format!(
        "\n  {:<width$} {:>8} {:>8} {:>8} {:>8} {:>16} {:>16}",
        "step of a ladder", "tries", "stood", "wrong", "failed", "cost", "saved"
    )];
    for tier in &shown.tiers {
        let (cost, saved) = (usd(tier.cost_usd), tier.saved_usd.map_or_else(|| "-".to_owned(), usd));
        let counts = format!("{:>8} {:>8} {:>8} {:>8}", tier.tries, tier.verified, tier.wrong, tier.failed);
        lines.push(format!("  {:<width$} {counts} {cost:>16} {saved:>16}", tier.model));
    }
    lines
}

fn ledger(shown: &BudgetShown) -> Vec<String> {
    if shown.ledger.is_empty() {
        return vec!["  no calls of models were recorded this month".to_owned()];
    }
    let mut lines = vec![format!("\n  {:<24} {:>8} {:>16} {:>16} {:>16}", "kind", "calls", "cost", "saved", "earned")];
    for line in &shown.ledger {
        let saved = line.saved_usd.map_or_else(|| "-".to_owned(), usd);
        lines.push(format!("  {:<24} {:>8} {:>16} {saved:>16} {:>16}", line.kind, line.calls, usd(line.cost_usd), usd(line.earned_usd)));
    }
    let unpriced: u64 = shown.ledger.iter().map(|line| line.unpriced).sum();
    if unpriced > 0 {
        lines.push(format!("  {unpriced} of the calls have no known price and are in none of these sums: [models.providers.NAME] prices"));
    }
    match &shown.reference {
        Some(model) if shown.ledger.iter().all(|line| line.saved_usd.is_none()) => {
            lines.push(format!("  saved    not counted: the price of {model} is not known"));
        }
        Some(model) => lines.push(format!("  saved    against {model}")),
        None => lines.push("  saved    not counted: [budget] reference names the model to compare with".to_owned()),
    }
    lines
}
