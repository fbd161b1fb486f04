//! What the daemon counts, in Prometheus' text form: `/metrics`.
//!
//! Labels are closed sets or configured names, never what a client sent, so that a client cannot make the page grow.

use crate::ingest::forward::Counts;
use crate::recorder::Recorder;
use kaizen_store::CacheStats;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// From half a millisecond to two minutes, in seconds.
const BUCKETS: [f64; 16] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 120.0];

/// A call that ended, by what can be grouped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CallLabels {
    /// The shape the client spoke.
    pub face: &'static str,
    /// A configured provider, or `none`.
    pub provider: String,
    /// How it ended: a word of `Outcome`.
    pub outcome: &'static str,
}

/// Tokens by direction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TokenLabels {
    /// A configured provider.
    pub provider: String,
    /// In or out.
    pub direction: Direction,
}

/// Which way tokens went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum Direction {
    /// Of requests.
    Input,
    /// Of answers.
    Output,
}

/// What records were sent in by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct IngestLabels {
    /// `operations`, `trajectories`, `feedback`, `traces`, `logs`, `metrics`.
    pub resource: &'static str,
    /// `new`, `known`, `rejected`.
    pub result: &'static str,
}

/// What the response cache did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CacheLabels {
    /// `hit`, `miss`, `joined`.
    pub result: &'static str,
}

/// What became of telemetry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ForwardLabels {
    /// `sent`, `dropped`, `waiting`.
    result: &'static str,
}

/// A step of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TierLabels {
    /// A model of the settings.
    pub model: String,
    /// How the try ended: `verified`, `wrong`, `failed`, `no_money`.
    pub ended: &'static str,
}

/// Everything that is counted.
pub struct Gauges {
    registry: Registry,
    /// Calls that ended.
    pub calls: Family<CallLabels, Counter>,
    /// Their tokens.
    pub tokens: Family<TokenLabels, Counter>,
    /// What they cost, in US dollars; calls of unknown price are not in it.
    pub dollars: Counter<f64, AtomicU64>,
    /// Calls whose price is not known.
    pub unpriced: Counter,
    /// How long whole calls took.
    pub seconds: Histogram,
    /// How long until the first piece of an answer.
    pub first_token_seconds: Histogram,
    /// Calls under way.
    pub under_way: Gauge,
    /// Records that were sent in.
    pub ingested: Family<IngestLabels, Counter>,
    /// The response cache.
    pub cache: Family<CacheLabels, Counter>,
    /// Answers it holds.
    answers: Gauge,
    /// Their bytes.
    answer_bytes: Gauge,
    /// What they would have cost each time they were given again, in US dollars.
    saved: Gauge<f64, AtomicU64>,
    /// The share of look-ups since the start that found an answer.
    hit_ratio: Gauge<f64, AtomicU64>,
    /// Records of calls that wait to be written.
    waiting: Gauge,
    /// Records of calls that could not be written.
    lost: Gauge,
    /// How often a record found the queue full and waited beside it.
    crowded: Gauge,
    /// Requests of telemetry that were passed on, that were not, and that wait.
    forwarded: Family<ForwardLabels, Gauge>,
    /// Calls whose kind nobody was asked about, because too many others waited.
    pub unasked: Counter,
    /// Calls refused because the budget was used up.
    pub refused_by_budget: Counter,
    /// Tries of ladders' steps.
    pub tries: Family<TierLabels, Counter>,
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gauges").finish_non_exhaustive()
    }
}

impl Default for Gauges {
    fn default() -> Self {
        Self::new()
    }
}

impl Gauges {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("kaizen");
        let calls = Family::default();
        registry.register("calls", "Calls of models that ended", calls.clone());
        let tokens = Family::default();
        registry.register("tokens", "Tokens of calls, as providers counted them", tokens.clone());
        let dollars = Counter::default();
        registry.register("cost_usd", "What calls of known price cost, in US dollars", dollars.clone());
        let unpriced = Counter::default();
        registry.register("unpriced_calls", "Calls of paid models whose price is not known", unpriced.clone());
        let seconds = Histogram::new(BUCKETS);
        registry.register_with_unit("call", "How long calls took", Unit::Seconds, seconds.clone());
        let first_token_seconds = Histogram::new(BUCKETS);
        registry.register_with_unit(
            "first_token",
            "How long until the first piece of an answer",
            Unit::Seconds,
            first_token_seconds.clone(),
        );
        let under_way = Gauge::default();
        registry.register("calls_under_way", "Calls that have not ended", under_way.clone());
        let ingested = Family::default();
        registry.register("ingested_records", "Records that were sent in", ingested.clone());
        let cache = Family::default();
        registry.register("cache_lookups", "Look-ups in the response cache", cache.clone());
        let answers = Gauge::default();
        registry.register("cache_entries", "Answers the response cache holds", answers.clone());
        let answer_bytes = Gauge::default();
        registry.register("cache_bytes", "Their size", answer_bytes.clone());
        let saved = Gauge::default();
        registry.register("cache_saved_usd", "What answers of the cache would have cost each time they were given again", saved.clone());
        let hit_ratio = Gauge::default();
        registry.register("cache_hit_ratio", "The share of look-ups since the start that found an answer", hit_ratio.clone());
        let waiting = Gauge::default();
        registry.register("records_waiting", "Records of calls that wait to be written", waiting.clone());
        let lost = Gauge::default();
        registry.register("records_lost", "Records of calls that could not be written", lost.clone());
        let crowded = Gauge::default();
        registry.register("records_crowded", "How often a record found the queue full and waited beside it", crowded.clone());
        let forwarded = Family::default();
        registry.register("telemetry_forwarded", "Requests of telemetry on their way to the next collector", forwarded.clone());
        let unasked = Counter::default();
        registry.register("intents_unasked", "Calls whose kind nobody was asked about: too many waited", unasked.clone());
        let refused_by_budget = Counter::default();
        registry.register("calls_refused_by_budget", "Calls refused because the budget was used up", refused_by_budget.clone());
        let tries = Family::default();
        registry.register("ladder_tries", "Tries of the steps of ladders", tries.clone());
        Self {
            registry,
            calls,
            tokens,
            dollars,
            unpriced,
            seconds,
            first_token_seconds,
            under_way,
            ingested,
            cache,
            answers,
            answer_bytes,
            saved,
            hit_ratio,
            waiting,
            lost,
            crowded,
            forwarded,
            unasked,
            refused_by_budget,
            tries,
        }
    }

    /// Counts records that were sent in.
    pub fn ingest(&self, resource: &'static str, result: &'static str, count: usize) {
        self.ingested.get_or_create(&IngestLabels { resource, result }).inc_by(count as u64);
    }

    /// Notes how the recorder stands.
    pub fn recorded(&self, recorder: &Recorder) {
        let tally = recorder.tally();
        let read = |count: &AtomicU64| number(count.load(Ordering::Relaxed));
        self.waiting.set(number(recorder.waiting() as u64));
        self.lost.set(read(&tally.lost));
        self.crowded.set(read(&tally.waits));
    }

    /// Notes what became of telemetry that is passed on.
    pub fn forwarded(&self, counts: Counts) {
        for (result, count) in [("sent", counts.sent), ("dropped", counts.dropped), ("waiting", counts.waiting)] {
            self.forwarded.get_or_create(&ForwardLabels { result }).set(number(count));
        }
    }

    /// Notes what the response cache holds and spared.
    pub fn cached(&self, stats: &CacheStats) {
        self.answers.set(number(stats.entries));
        self.answer_bytes.set(number(stats.bytes));
        self.saved.set(stats.saved.dollars());
        let looked = |result| self.cache.get_or_create(&CacheLabels { result }).get();
        let (found, missed) = (looked("hit") + looked("joined"), looked("miss"));
        if found + missed > 0 {
            self.hit_ratio.set(found as f64 / (found + missed) as f64);
        }
    }

    /// Notes how long something took.
    pub fn took(histogram: &Histogram, time: Duration) {
        histogram.observe(time.as_secs_f64());
    }

    /// The page.
    pub fn page(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_was_counted() {
        let gauges = Gauges::new();
        gauges.calls.get_or_create(&CallLabels { face: "chat", provider: "openai".into(), outcome: "ok" }).inc();
        gauges.dollars.inc_by(0.25);
        gauges.ingest("operations", "new", 3);
        gauges.forwarded(Counts { sent: 2, dropped: 1, waiting: 0 });
        gauges.unasked.inc();
        let page = gauges.page().unwrap();
        assert!(page.contains(r#"kaizen_calls_total{face="chat",provider="openai",outcome="ok"} 1"#), "{page}");
        assert!(page.contains("kaizen_cost_usd_total 0.25"), "{page}");
        assert!(page.contains(r#"kaizen_ingested_records_total{resource="operations",result="new"} 3"#), "{page}");
        assert!(page.contains(r#"kaizen_telemetry_forwarded{result="dropped"} 1"#), "{page}");
        assert!(page.contains("kaizen_intents_unasked_total 1"), "{page}");
        assert!(page.ends_with("# EOF\n"));
    }
}
