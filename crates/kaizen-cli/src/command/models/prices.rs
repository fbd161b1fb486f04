//! `kaizen models prices`: what models ask for, who says so, and how long ago.

use crate::machine::now;
use crate::output::{Output, Style};
use jiff::civil::Date;
use kaizen_api::v1::{LongPrice, PriceList, PriceShown};
use kaizen_engine::error::EngineError;
use kaizen_engine::settings::Settings;
use kaizen_llm::price::{PriceTable, Priced};
use kaizen_server::desk;

/// Lists every known price, and warns of old ones.
pub fn run(output: &Output, settings: &Settings) -> Result<u8, EngineError> {
    let (prices, today, limit) = (known(settings)?, today(), days(settings));
    let list = PriceList {
        schema: "kaizen.prices/1".into(),
        old_after_days: limit,
        prices: prices.all().map(|(host, model, priced)| shown(host, model, priced, today, limit)).collect(),
    };
    output.either(&list, || text(output, &list))?;
    if let Some(warning) = old(&list) {
        output.note(warning);
    }
    Ok(0)
}

/// The list that comes with Kaizen, and the user's own prices over it.
pub fn known(settings: &Settings) -> Result<PriceTable, EngineError> {
    desk::prices(settings)
        .map_err(|error| EngineError::environment(error.to_string(), "kaizen config show tells which prices are your own"))
}

/// How many days a price may be old.
pub fn days(settings: &Settings) -> u64 {
    settings.budget.price_age.0.as_secs() / 86_400
}

/// Whether a price of this age is older than that; the user's own have none.
pub fn is_old(age: Option<i64>, limit: u64) -> bool {
    age.is_some_and(|days| u64::try_from(days).is_ok_and(|days| days > limit))
}

/// Today, in UTC.
pub fn today() -> Date {
    jiff::Timestamp::from_millisecond(now()).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn shown(host: Option<&str>, model: &str, priced: &Priced, today: Date, limit: u64) -> PriceShown {
    let (price, age) = (priced.at(0), priced.age(today));
    PriceShown {
        model: model.to_owned(),
        host: host.map(str::to_owned),
        input_usd: price.input,
        output_usd: price.output,
        cache_read_usd: price.cache_read,
        cache_write_usd: price.cache_write,
        long: priced.above().map(|(tokens, price)| LongPrice { above_tokens: tokens, input_usd: price.input, output_usd: price.output }),
        source: priced.source.clone(),
        kind: priced.kind.word().to_owned(),
        date: age.map(|_| priced.date.to_string()),
        age_days: age,
        old: is_old(age, limit),
    }
}

fn text(output: &Output, list: &PriceList) -> String {
    let width = list.prices.iter().map(|one| one.model.chars().count()).max().unwrap_or(0);
    let mut lines = Vec::new();
    let mut place = None;
    for one in &list.prices {
        let from = (one.host.as_deref(), one.source.as_str(), one.kind.as_str());
        if place != Some(from) {
            place = Some(from);
            let host = one.host.as_deref().unwrap_or("your own");
            lines.push(format!("{}  {} ({})", output.style(Style::Strong, host), one.source, one.kind));
            let head = format!("  {:<width$} {:>9} {:>9} {:>9}  USD for a million tokens", "", "input", "output", "cached");
            lines.push(output.style(Style::Dim, &head));
        }
        let cached = one.cache_read_usd.map_or_else(|| "-".to_owned(), |usd| usd.to_string());
        let age = match (one.age_days, one.old) {
            (Some(days), true) => output.style(Style::Bad, &format!("{days} days old")),
            (Some(days), false) => format!("{days} days old"),
            (None, _) => String::new(),
        };
        let long = one
            .long
            .map_or_else(String::new, |long| format!("; {} and {} above {} tokens", long.input_usd, long.output_usd, long.above_tokens));
        let line = format!("  {:<width$} {:>9} {:>9} {cached:>9}  {age}{long}", one.model, one.input_usd, one.output_usd);
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn old(list: &PriceList) -> Option<String> {
    let old = list.prices.iter().filter(|one| one.old).count();
    let oldest = list.prices.iter().filter_map(|one| one.age_days).max()?;
    (old > 0).then(|| {
        format!(
            "{old} {} older than {} days ([budget] price_age), the oldest {oldest}: a newer Kaizen may know better, or write yours under [models.providers.NAME.prices]",
            if old == 1 { "price is" } else { "prices are" },
            list.old_after_days
        )
    })
}
