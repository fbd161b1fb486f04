//! One call told by two exporters, each in a request of its own, is one operation: whichever comes first, and however often.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::id::ProjectId;
use kaizen_domain::operation::Operation;
use kaizen_server::ingest::otlp::{Reading, Signal, receive};
use kaizen_server::ingest::retold::{WINDOW, fold};
use kaizen_store::{Filter, Location, Store};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000_000;
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A call as one instrumentation tells it.
#[derive(Clone, Copy)]
struct Told {
    by: &'static str,
    span: u64,
    parent: u64,
    model: &'static str,
    response: Option<&'static str>,
    tokens: Option<(u64, u64)>,
    /// Begin and end, in milliseconds before now.
    times: (i64, i64),
    failed: bool,
}

const OUTER: Told =
    Told { by: "outer", span: 1, parent: 0, model: "m", response: None, tokens: Some((10, 8)), times: (1_000, 500), failed: false };
const INNER: Told =
    Told { by: "inner", span: 2, parent: 1, model: "m", response: None, tokens: Some((10, 7)), times: (900, 600), failed: false };

impl Told {
    fn request(self) -> Value {
        let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let count = |key: &str, value: u64| json!({"key": key, "value": {"intValue": value.to_string()}});
        let mut attributes = vec![text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", self.model)];
        attributes.extend(self.response.map(|id| text("gen_ai.response.id", id)));
        if let Some((input, output)) = self.tokens {
            attributes.extend([count("gen_ai.usage.input_tokens", input), count("gen_ai.usage.output_tokens", output)]);
        }
        let id = |number: u64| if number == 0 { String::new() } else { format!("{number:016x}") };
        let nanos = |ago: i64| ((NOW - ago) * 1_000_000).to_string();
        let status = if self.failed { json!({"code": 2}) } else { json!({}) };
        let span = json!({"traceId": TRACE, "spanId": id(self.span), "parentSpanId": id(self.parent), "name": "chat", "kind": 3, "status": status,
            "startTimeUnixNano": nanos(self.times.0), "endTimeUnixNano": nanos(self.times.1), "attributes": attributes});
        json!({"resourceSpans": [{"scopeSpans": [{"scope": {"name": self.by}, "spans": [span]}]}]})
    }
}

struct World {
    store: Store,
    project: ProjectId,
}

impl World {
    async fn new() -> Self {
        let store = Store::open(&Location::Memory).await.unwrap();
        let project = store.gateway_project(1).await.unwrap();
        Self { store, project }
    }

    async fn hears(&self, told: Told) {
        let body = told.request().to_string();
        let received = receive(Signal::Traces, Some("application/json"), None, body.as_bytes(), &Reading::at(NOW)).unwrap();
        assert_eq!((received.operations.len(), received.bad.len()), (1, 0), "{:?}", received.bad);
        let kept = fold(&self.store, self.project, received.operations).await.unwrap();
        self.store.record_operations(self.project, &kept).await.unwrap();
    }

    async fn knows(&self) -> Vec<Operation> {
        self.store.operations(self.project, &Filter::default(), 100).await.unwrap().items
    }

    /// Tokens of every operation there is.
    async fn counts(&self) -> Vec<(u64, u64)> {
        self.knows().await.into_iter().filter_map(|one| Some((one.usage?.input, one.usage?.output))).collect()
    }
}

async fn after(all: &[Told]) -> World {
    let world = World::new().await;
    for told in all {
        world.hears(*told).await;
    }
    world
}

#[tokio::test]
async fn a_call_told_from_outside_and_from_inside_is_one_with_the_inner_tokens() {
    for order in [[OUTER, INNER], [INNER, OUTER]] {
        let twice: Vec<Told> = order.into_iter().chain(order).collect();
        let world = after(&twice).await;
        assert_eq!((world.counts().await, world.knows().await.len()), (vec![(10, 7)], 1), "first by {}", order[0].by);
        assert_eq!(world.knows().await[0].parent, None, "first by {}", order[0].by);
    }
}

#[tokio::test]
async fn a_call_told_side_by_side_is_known_by_its_response_or_by_failing_twice() {
    let answered = |told: Told| Told { parent: 9, response: Some("r1"), ..told };
    assert_eq!(after(&[answered(OUTER), answered(INNER)]).await.counts().await, [(10, 7)]);
    let failed = |told: Told| Told { parent: 9, tokens: None, failed: true, ..told };
    assert_eq!(after(&[failed(INNER), failed(OUTER)]).await.knows().await.len(), 1);
}

#[tokio::test]
async fn what_one_knows_and_the_other_does_not_is_kept() {
    let silent = Told { tokens: None, ..OUTER };
    for order in [[silent, INNER], [INNER, silent]] {
        let world = after(&order).await;
        assert_eq!((world.counts().await, world.knows().await.len()), (vec![(10, 7)], 1), "first by {}", order[0].by);
    }
}

#[tokio::test]
async fn two_calls_stay_two() {
    let cases = [
        ("one instrumentation", Told { by: "outer", ..INNER }),
        ("another model", Told { model: "n", ..INNER }),
        ("after it ended", Told { times: (400, 300), ..INNER }),
        ("another response", Told { response: Some("r2"), ..INNER }),
        ("neighbours without a response", Told { parent: 0, ..INNER }),
    ];
    for (what, inner) in cases {
        let outer = Told { response: Some("r1"), ..OUTER };
        assert_eq!(after(&[outer, inner]).await.knows().await.len(), 2, "{what}");
        assert_eq!(after(&[inner, outer]).await.knows().await.len(), 2, "{what}, the other way round");
    }
    let retry = Told { span: 3, times: (700, 600), ..INNER };
    let first = Told { times: (900, 800), ..INNER };
    let world = after(&[first, retry, Told { by: "third", ..OUTER }]).await;
    assert_eq!(world.knows().await.len(), 3, "an outer call around two is none of them");
    let third = Told { by: "third", span: 4, parent: 1, ..INNER };
    assert_eq!(after(&[OUTER, INNER, third]).await.knows().await.len(), 2, "a call is told twice at most");
}

#[tokio::test]
async fn only_so_much_time_is_looked_at() {
    let long = Told { times: (WINDOW * 2, 0), ..OUTER };
    assert_eq!(after(&[long, INNER]).await.knows().await.len(), 2);
}
