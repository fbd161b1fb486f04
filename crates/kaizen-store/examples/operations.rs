//! How many operations a second a SQLite store takes, in batches of five hundred, every batch durable before the next begins.
//!
//! `cargo run --release -p kaizen-store --example operations -- BATCHES` prints one number. The store lies in the temporary
//! directory, so the number is that directory's disk's.

use kaizen_domain::money::{Usage, Usd};
use kaizen_domain::operation::{ModelUse, Operation, Outcome, Source};
use kaizen_store::{Location, Store};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

const BATCH: usize = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let batches: usize = std::env::args().nth(1).unwrap_or_else(|| "400".into()).parse()?;
    let directory = tempfile::tempdir()?;
    let location = Location::Sqlite(directory.path().join("kaizen.db"));
    let rate = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(record(&location, batches))?;
    println!("{rate:.0}");
    Ok(())
}

async fn record(location: &Location, batches: usize) -> Result<f64, Box<dyn Error>> {
    let store = Store::open(location).await?;
    let project = store.project(std::path::Path::new("/project"), "rate", 0).await?;
    let made: Result<Vec<Vec<Operation>>, Box<dyn Error>> = (0..batches).map(operations).collect();
    let made = made?;
    let begun = Instant::now();
    for batch in &made {
        store.record_operations(project, batch).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    store.close().await;
    Ok((batches * BATCH) as f64 / seconds)
}

/// Calls of a model as a gateway records them, with ids in no order.
fn operations(batch: usize) -> Result<Vec<Operation>, Box<dyn Error>> {
    (0..BATCH).map(|number| operation(batch * BATCH + number)).collect()
}

fn operation(number: usize) -> Result<Operation, Box<dyn Error>> {
    let id = format!("{:016x}", (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    Ok(Operation {
        id: id.try_into()?,
        kind: "chat".parse()?,
        started_at: 1_795_176_000_000 + number as i64,
        duration_us: 1_200_000,
        first_token_us: Some(180_000),
        outcome: Outcome::Ok,
        error: None,
        session: Some(format!("s{}", number / 20).try_into()?),
        parent: None,
        tenant: Some("shop".into()),
        model: Some(ModelUse { asked: "kaizen/auto".into(), served: Some("gpt-4o-mini".into()), provider: Some("openai".into()) }),
        usage: Some(Usage { input: 812, output: 96, ..Usage::default() }),
        cost: Some(Usd::from_nanos(179_400)),
        offline: Some(false),
        cache: None,
        route: None,
        quality: None,
        source: Source::Api,
        content: None,
        attributes: BTreeMap::new(),
    })
}
