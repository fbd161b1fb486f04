//! Calls that end where they should not, and what their answers say.

use super::*;
use crate::built;
use kaizen_domain::money::Usd;
use kaizen_engine::settings::Settings;
use kaizen_store::{Filter, Location, Plea, Store};
use serde_json::json;
use std::future::{Future, poll_fn};
use std::net::Ipv4Addr;
use std::pin::{Pin, pin};
use std::task::Poll;
use tempfile::TempDir;

/// A gateway that answers everything with `Paris.`, for money, and keeps all answers.
async fn app(store: &Store) -> Arc<App> {
    let room = tempfile::tempdir().unwrap();
    let script = room.path().join("script.toml");
    std::fs::write(&script, "[default]\ntext = \"Paris.\"\n").unwrap();
    let price = json!({"input": 1.0, "output": 1.0});
    let provider = json!({"kind": "script", "file": script, "models": ["m"], "prices": {"m": price}});
    let settings: Settings =
        serde_json::from_value(json!({"models": {"providers": {"script": provider}}, "cache": {"for": ["*"]}})).unwrap();
    built::app(store, settings).await
}

async fn ask(app: &Arc<App>, face: Face, body: serde_json::Value) -> Response {
    answer(Arc::clone(app), face, IpAddr::V4(Ipv4Addr::LOCALHOST), HeaderMap::new(), Bytes::from(body.to_string())).await
}

/// A store that outlives a connection: one is closed when what it was asked for is dropped before its answer.
async fn on_disk() -> (TempDir, Store) {
    let room = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::Sqlite(room.path().join("store.db"))).await.unwrap();
    (room, store)
}

/// Drops the work where it waits for the `steps`th time; whether it ended before.
async fn dropped_after<T>(steps: usize, mut work: Pin<&mut impl Future<Output = T>>) -> bool {
    let mut left = steps;
    poll_fn(|context| match (work.as_mut().poll(context), left) {
        (Poll::Ready(_), _) => Poll::Ready(true),
        (Poll::Pending, 0) => Poll::Ready(false),
        (Poll::Pending, _) => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn a_client_that_goes_away_while_its_answer_is_kept_pays_what_the_answer_cost() {
    for steps in 0.. {
        let (_room, store) = on_disk().await;
        let app = app(&store).await;
        let body = json!({"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "hi"}]});
        if dropped_after(steps, pin!(ask(&app, Face::Chat, body))).await {
            assert!(steps > 0, "it was dropped nowhere");
            return;
        }
        app.recorder.settled().await;
        let recorded = store.operations(app.project, &Filter::default(), 10).await.unwrap().items.remove(0);
        let answered = recorded.first_token_us.is_some();
        assert_eq!((recorded.outcome == Outcome::Ok, recorded.usage.is_some()), (answered, answered), "dropped after {steps} steps");
    }
}

#[tokio::test]
async fn a_question_whose_call_goes_away_is_taken_back_wherever_that_is() {
    for steps in 0..6 {
        let (_room, store) = on_disk().await;
        let app = app(&store).await;
        let plea = Plea {
            operation: "o".into(),
            kind: "chat".into(),
            tenant: None,
            model: "script/m".into(),
            worst: Usd::from_nanos(1),
            reason: "dear".into(),
            holder: app.purses.holder().clone(),
        };
        assert!(!dropped_after(steps, pin!(app.permission(&plea))).await, "nobody answers");
        // It may be asked and taken back after the call is gone.
        let (mut looks, mut without) = (0, 0);
        while without < 100 {
            tokio::task::yield_now().await;
            let open = store.open_permissions().await.unwrap().len();
            (looks, without) = (looks + 1, if open == 0 { without + 1 } else { 0 });
            assert!(looks < 20_000, "still asked, dropped after {steps} steps");
        }
    }
}

#[tokio::test]
async fn an_answer_says_what_of_the_request_had_no_place_with_its_provider() {
    let store = Store::open(&Location::Memory).await.unwrap();
    let body = json!({"model": "m", "max_tokens": 5, "top_k": 3, "messages": [{"role": "user", "content": "hi"}]});
    let response = ask(&app(&store).await, Face::Messages, body).await;
    assert_eq!((response.status().as_u16(), &response.headers()["x-kaizen-dropped"]), (200, &HeaderValue::from_static("top_k")));
}

#[tokio::test]
async fn a_refusal_without_a_record_names_none() {
    let store = Store::open(&Location::Memory).await.unwrap();
    let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
    let response = answer(app(&store).await, Face::Chat, peer, HeaderMap::new(), Bytes::from_static(b"{}")).await;
    assert_eq!((response.status().as_u16(), response.headers().get("x-kaizen-operation")), (401, None));
}
