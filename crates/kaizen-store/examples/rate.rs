//! How many case runs a second a SQLite store takes, in batches, every batch durable before the next begins.
//!
//! `cargo run --release -p kaizen-store --example rate -- BATCHES` prints one number. The store lies in the temporary
//! directory, so the number is that directory's disk's.

use kaizen_domain::benchmark::BenchmarkId;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::scorecard::{CaseId, CaseOutcome};
use kaizen_store::{CaseRun, Location, Store};
use std::error::Error;
use std::time::Instant;

const CASES: usize = 2000;

fn main() -> Result<(), Box<dyn Error>> {
    let batches: usize = std::env::args().nth(1).unwrap_or_else(|| "100".into()).parse()?;
    let directory = tempfile::tempdir()?;
    let location = Location::Sqlite(directory.path().join("kaizen.db"));
    let rate = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(record(&location, batches))?;
    println!("{rate:.0}");
    Ok(())
}

async fn record(location: &Location, batches: usize) -> Result<f64, Box<dyn Error>> {
    let store = Store::open(location).await?;
    let project = store.project(std::path::Path::new("/project"), "rate", 0).await?;
    let begun = Instant::now();
    for batch in 0..batches {
        store.record_case_runs(project, &runs(batch)).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    store.close().await;
    Ok((batches * CASES) as f64 / seconds)
}

/// One run of a suite of two thousand cases.
fn runs(batch: usize) -> Vec<CaseRun> {
    let hash = |text: &str| ContentHash::of(text.as_bytes());
    let case = |number: usize| CaseRun {
        at: batch as i64,
        benchmark: BenchmarkId(hash("benchmark")),
        baseline: hash("baseline"),
        case: CaseId(format!("tests/test_{:03}.py::Suite::test_{number}", number % 100)),
        outcome: if number.is_multiple_of(50) { CaseOutcome::Fail } else { CaseOutcome::Pass },
        duration_us: Some(number as i64),
    };
    (0..CASES).map(case).collect()
}
