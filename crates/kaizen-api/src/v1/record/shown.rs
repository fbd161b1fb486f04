//! From the words of the domain to the shapes of the interface. What is shown can be sent to another daemon as it stands.
//!
//! The way back is the engine's, which has to say what is wrong with a record.

use super::{ContentRecord, ErrorRecord, FeedbackRecord, ModelRecord, Moment, OperationRecord, QualityRecord, RouteRecord, UsageRecord};
use kaizen_domain::money::{Usage, Usd};
use kaizen_domain::operation::{CacheUse, Content, Failure, ModelUse, Operation, Outcome, Quality, RouteTaken, Source};
use kaizen_domain::trajectory::{About, Feedback};

impl From<Operation> for OperationRecord {
    fn from(operation: Operation) -> Self {
        Self {
            id: Some(operation.id.into()),
            kind: operation.kind.into(),
            started_at: Some(Moment::Milliseconds(operation.started_at)),
            duration_ms: Some(milliseconds(operation.duration_us)),
            duration_us: None,
            first_token_ms: operation.first_token_us.map(milliseconds),
            outcome: Some(outcome(operation.outcome).to_owned()),
            error: operation.error.map(|Failure { kind, message }| ErrorRecord::Full { kind, message }),
            session: operation.session.map(Into::into),
            parent: operation.parent.map(Into::into),
            tenant: operation.tenant,
            model: operation.model.map(|ModelUse { asked, served, provider }| ModelRecord::Full { asked, served, provider }),
            usage: operation.usage.map(usage),
            cost_usd: operation.cost.map(Usd::dollars),
            offline: operation.offline,
            cache: operation.cache.map(|cache| cache_use(cache).to_owned()),
            route: operation.route.map(route),
            quality: operation.quality.map(|Quality { score, evaluator }| QualityRecord { score, evaluator }),
            source: Some(source(operation.source).to_owned()),
            content: operation.content.map(|Content { input, output }| ContentRecord { input, output }),
            attributes: operation.attributes,
        }
    }
}

impl From<Feedback> for FeedbackRecord {
    fn from(feedback: Feedback) -> Self {
        let (id, session) = match feedback.about {
            About::Operation(id) => (Some(id.into()), None),
            About::Session(session) => (None, Some(session.into())),
        };
        let Feedback { reward, text, by, at, .. } = feedback;
        Self { id, session, reward, thumbs: None, text, by, at: Some(Moment::Milliseconds(at)) }
    }
}

/// Microseconds below 2^53 are the same again when they come back.
fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e3
}

fn usage(Usage { input, output, cache_read, cache_write, reasoning }: Usage) -> UsageRecord {
    UsageRecord { input, output, cache_read, cache_write, reasoning }
}

fn route(RouteTaken { by, candidates, chosen, propensity }: RouteTaken) -> RouteRecord {
    RouteRecord { by, candidates, chosen, propensity }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Failed => "failed",
        Outcome::Cancelled => "cancelled",
        Outcome::Refused => "refused",
    }
}

fn cache_use(cache: CacheUse) -> &'static str {
    match cache {
        CacheUse::Hit => "hit",
        CacheUse::Miss => "miss",
        CacheUse::Joined => "joined",
        CacheUse::Off => "off",
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Gateway => "gateway",
        Source::Api => "api",
        Source::Record => "record",
        Source::Otlp => "otlp",
        Source::Own => "own",
    }
}
