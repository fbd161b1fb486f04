//! Sending over real sockets: answers, streams, further attempts, the breaker, cancellation, keys.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use kaizen_llm::breaker::{BreakerPolicy, BreakerState};
use kaizen_llm::face::{Face, Tongue};
use kaizen_llm::net::{Net, Reach};
use kaizen_llm::provider::{Provider, ProviderSettings};
use kaizen_llm::secret::Secret;
use kaizen_llm::send::{Body, Call, Failed};
use std::time::Duration;
use support::*;
use tokio::time::Instant;

#[tokio::test]
async fn an_answer_arrives_as_it_was_sent_and_its_tokens_are_seen() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        let (head, body) = peer.request().await;
        peer.tell(head);
        peer.tell(String::from_utf8(body).unwrap());
        peer.answer("200 OK", "x-request-id: r7\r\nset-cookie: a=b\r\nx-ratelimit-remaining-tokens: 5\r\n", WHOLE).await;
    })
    .await;
    let answer = plain(&openai(&upstream)).await.unwrap();
    assert_eq!(text(&answer), WHOLE);
    assert_eq!((answer.status, answer.attempts), (200, 1));
    assert_eq!(answer.headers.get("x-request-id").unwrap(), "r7");
    assert_eq!(answer.headers.get("x-ratelimit-remaining-tokens").unwrap(), "5");
    assert!(answer.headers.get("set-cookie").is_none());
    let Body::Whole(_, seen) = answer.body else { panic!("streamed") };
    assert_eq!((seen.usage.unwrap().input, seen.usage.unwrap().output, seen.model.as_deref()), (9, 2, Some("m-1")));
    let head = upstream.next_told().await;
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{head}");
    assert!(
        head.contains("authorization: Bearer sk-very-secret\r\n") && head.contains(&format!("host: {}\r\n", upstream.address)),
        "{head}"
    );
    assert!(upstream.next_told().await.contains(r#""model":"m-1""#));
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        loop {
            if peer.request().await.0.is_empty() {
                return;
            }
            peer.answer("200 OK", "", WHOLE).await;
        }
    })
    .await;
    let net = std::sync::Arc::new(Net::new(Reach::Anywhere));
    let transport = kaizen_llm::transport::Transport::new(net.clone(), Duration::from_secs(5), kaizen_llm::transport::Trust::System);
    let provider = Provider::new("up", settings("openai", &upstream.url()), None, transport.into(), 1).unwrap();
    for _ in 0..5 {
        plain(&provider).await.unwrap();
    }
    let traffic = net.traffic();
    assert_eq!((traffic.len(), traffic[0].connections, traffic[0].host.as_str()), (1, 1, upstream.address.to_string().as_str()));
    assert!(traffic[0].sent > 5 * 100 && traffic[0].received > 5 * WHOLE.len() as u64 && traffic[0].local, "{traffic:?}");
}

#[tokio::test]
async fn a_stream_cut_anywhere_arrives_byte_for_byte() {
    for size in [1, 2, 7, 1000] {
        let upstream = Upstream::start(move |mut peer: Peer| async move {
            peer.request().await;
            peer.begin_stream().await;
            for piece in STREAM.as_bytes().chunks(size) {
                peer.chunk(piece).await;
                tokio::task::yield_now().await;
            }
            peer.end().await;
        })
        .await;
        let mut stream = streamed(&openai(&upstream)).await.unwrap();
        let (all, failed) = drain(&mut stream).await;
        assert_eq!((all.as_str(), failed.is_none()), (STREAM, true), "in pieces of {size}");
        assert_eq!((stream.seen().output.as_str(), stream.seen().complete), ("Grüße 🦀", true));
        assert_eq!(stream.seen().usage.unwrap().output, 2);
    }
}

#[tokio::test]
async fn a_client_that_speaks_another_shape_is_answered_in_it() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.answer("200 OK", "", WHOLE).await;
    })
    .await;
    let body = bytes::Bytes::from(r#"{"model":"x","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}"#);
    let answer = ask(&openai(&upstream), Face::Messages, &body, Duration::from_secs(60)).await.unwrap();
    assert!(text(&answer).contains(r#""type":"message""#) && text(&answer).contains("Paris"), "{}", text(&answer));
}

#[tokio::test]
async fn a_provider_that_asks_for_patience_is_asked_again_after_it() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        match peer.nth {
            0 => peer.answer("429 Too Many Requests", "retry-after-ms: 40\r\nconnection: close\r\n", "{}").await,
            1 => peer.answer("500 Internal Server Error", "connection: close\r\n", "{}").await,
            _ => peer.answer("200 OK", "", WHOLE).await,
        }
    })
    .await;
    let began = Instant::now();
    let answer = plain(&openai(&upstream)).await.unwrap();
    assert_eq!(answer.attempts, 3);
    assert!(began.elapsed() >= Duration::from_millis(40));
}

/// Sends once to an upstream that always answers with this status.
async fn refused_with(status: &'static str, headers: &'static str, body: &'static str) -> (Failed, usize) {
    let mut upstream = Upstream::start(move |mut peer: Peer| async move {
        peer.request().await;
        peer.tell("asked");
        peer.answer(status, &format!("connection: close\r\n{headers}"), body).await;
    })
    .await;
    let failed = plain(&openai(&upstream)).await.unwrap_err();
    let mut asked = 0;
    while upstream.told.try_recv().is_ok() {
        asked += 1;
    }
    (failed, asked)
}

#[tokio::test]
async fn a_refusal_is_passed_on_with_its_status_and_words_and_tried_again_only_where_it_may_help() {
    let told = r#"{"error":{"message":"no such model","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#;
    for (status, headers, body, times) in [
        ("400 Bad Request", "", told, 1),
        ("404 Not Found", "", told, 1),
        ("503 Service Unavailable", "", told, 3),
        ("503 Service Unavailable", "x-should-retry: false\r\n", told, 1),
        ("429 Too Many Requests", "retry-after: 3600\r\n", told, 1),
        ("429 Too Many Requests", "", r#"{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}"#, 1),
    ] {
        let (failed, asked) = refused_with(status, headers, body).await;
        let (code, bytes, kind) = failed.told(Face::Chat, Tongue::OpenAi);
        assert_eq!((code, &bytes[..], kind), (status[..3].parse().unwrap(), body.as_bytes(), "application/json"));
        assert_eq!(asked, times, "{status} {headers}");
    }
}

#[tokio::test]
async fn an_error_inside_a_good_status_is_a_failure_in_the_clients_shape_and_the_breaker_counts_it() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.answer("200 OK", "connection: close\r\n", r#"{"error":{"message":"out of memory","type":"server_error"}}"#).await;
    })
    .await;
    let breaker = BreakerPolicy { failures: 3, ..BreakerPolicy::default() };
    let provider = provider(ProviderSettings { breaker, ..settings("openai", &upstream.url()) });
    let failed = plain(&provider).await.unwrap_err();
    let now = std::time::Instant::now;
    assert!(matches!(provider.health(now()), BreakerState::Open { .. }), "three attempts, three failures");
    for (face, shape) in [
        (Face::Chat, r#"{"error":{"code":null,"message":"out of memory","param":null,"type":"server_error"}}"#),
        (Face::Messages, r#"{"error":{"message":"out of memory","type":"api_error"},"type":"error"}"#),
        (Face::OllamaChat, r#"{"error":"out of memory"}"#),
    ] {
        let (status, body, _) = failed.told(face, Tongue::OpenAi);
        let parsed = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        assert_eq!((status, parsed(&body)), (502, parsed(shape.as_bytes())));
    }
    assert_eq!(failed.kind(), "server_error");
}

/// Streams one piece, then breaks the connection where the request's number is odd.
async fn unsteady() -> Upstream {
    Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        if peer.nth % 2 == 1 {
            peer.chunk(&STREAM.as_bytes()[..200]).await;
            return;
        }
        peer.chunk(STREAM).await;
        peer.end().await;
    })
    .await
}

#[tokio::test]
async fn a_stream_that_fails_midway_counts_against_its_provider_and_one_that_ends_well_for_it() {
    let upstream = unsteady().await;
    let breaker = BreakerPolicy { failures: 1, ..BreakerPolicy::default() };
    let provider = provider(ProviderSettings { breaker, ..settings("openai", &upstream.url()) });
    let now = std::time::Instant::now;
    let mut stream = streamed(&provider).await.unwrap();
    assert!(drain(&mut stream).await.1.is_none());
    assert_eq!(provider.health(now()), BreakerState::Closed);
    let mut stream = streamed(&provider).await.unwrap();
    assert_eq!(provider.health(now()), BreakerState::Closed, "it has begun");
    assert!(matches!(drain(&mut stream).await.1, Some(Failed::Cut { .. })));
    assert!(matches!(provider.health(now()), BreakerState::Open { .. }), "it broke off");
}

#[tokio::test]
async fn a_stream_that_begins_does_not_make_good_the_one_before_that_broke_off() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        peer.chunk(&STREAM.as_bytes()[..200]).await;
    })
    .await;
    let breaker = BreakerPolicy { failures: 2, ..BreakerPolicy::default() };
    let provider = provider(ProviderSettings { breaker, ..settings("openai", &upstream.url()) });
    for _ in 0..2 {
        let mut stream = streamed(&provider).await.unwrap();
        assert!(drain(&mut stream).await.1.is_some());
    }
    assert!(matches!(provider.health(std::time::Instant::now()), BreakerState::Open { .. }));
}

#[tokio::test]
async fn a_client_that_hangs_up_on_a_stream_says_nothing_about_its_provider() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        peer.chunk(&STREAM.as_bytes()[..200]).await;
        peer.until_closed().await;
    })
    .await;
    let breaker = BreakerPolicy { failures: 1, ..BreakerPolicy::default() };
    let provider = provider(ProviderSettings { breaker, ..settings("openai", &upstream.url()) });
    for _ in 0..3 {
        drop(streamed(&provider).await.unwrap());
    }
    assert_eq!(provider.health(std::time::Instant::now()), BreakerState::Closed);
}

#[tokio::test]
async fn a_refusal_of_another_tongue_is_worded_in_the_clients() {
    let (failed, _) = refused_with("400 Bad Request", "", r#"{"error":{"message":"too long","type":"invalid_request_error"}}"#).await;
    let (_, body, _) = failed.told(Face::Messages, Tongue::OpenAi);
    assert_eq!(body, r#"{"error":{"message":"too long","type":"invalid_request_error"},"type":"error"}"#);
}

#[tokio::test]
async fn the_breaker_opens_refuses_at_once_and_recovers_with_one_trial() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        match peer.nth {
            0..=2 => peer.answer("500 Internal Server Error", "connection: close\r\n", "{}").await,
            _ => peer.answer("200 OK", "connection: close\r\n", WHOLE).await,
        }
    })
    .await;
    let open_for = Duration::from_secs(30);
    let provider = provider(kaizen_llm::provider::ProviderSettings {
        breaker: BreakerPolicy { failures: 3, open_for, longest: open_for },
        ..settings("openai", &upstream.url())
    });
    assert!(matches!(plain(&provider).await, Err(Failed::Refused { status: 500, .. })));
    let open = plain(&provider).await.unwrap_err();
    assert!(matches!(&open, Failed::Open { wait, .. } if *wait <= open_for && *wait > open_for / 2), "{open}");
    assert_eq!((open.refusal().status, open.refusal().code.as_deref()), (503, Some("upstream_resting")));
    tokio::time::pause();
    tokio::time::advance(open_for).await;
    tokio::time::resume();
    assert_eq!(plain(&provider).await.unwrap().status, 200);
    assert_eq!(provider.health(std::time::Instant::now()), BreakerState::Closed);
}

#[tokio::test]
async fn dropping_a_stream_closes_the_connection_to_the_provider() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        peer.chunk(&STREAM[..200]).await;
        peer.until_closed().await;
        peer.tell("closed");
    })
    .await;
    let provider = openai(&upstream);
    let mut stream = streamed(&provider).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(upstream.next_told().await, "closed");
}

#[tokio::test]
async fn giving_up_before_the_answer_closes_the_connection_and_says_nothing_about_the_provider() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.tell("arrived");
        peer.until_closed().await;
        peer.tell("closed");
    })
    .await;
    let breaker = BreakerPolicy { failures: 1, ..BreakerPolicy::default() };
    let provider = std::sync::Arc::new(provider(kaizen_llm::provider::ProviderSettings { breaker, ..settings("openai", &upstream.url()) }));
    let sending = tokio::spawn({
        let provider = provider.clone();
        async move { plain(&provider).await.map(|answer| answer.status) }
    });
    assert_eq!(upstream.next_told().await, "arrived");
    sending.abort();
    assert_eq!(upstream.next_told().await, "closed");
    assert_eq!(provider.health(std::time::Instant::now()), BreakerState::Closed);
}

#[tokio::test]
async fn the_key_is_seen_by_nobody_but_the_provider() {
    let (failed, _) = refused_with("401 Unauthorized", "", "{}").await;
    let upstream = Upstream::start(async |_: Peer| {}).await;
    for kind in ["openai", "anthropic", "ollama"] {
        let provider = provider(settings(kind, &upstream.url()));
        let cut = plain(&provider).await.unwrap_err();
        for shown in [format!("{provider:?}"), format!("{provider:#?}"), format!("{failed} {failed:?}"), format!("{cut} {cut:?}")] {
            assert!(!shown.contains("very-secret"), "{shown}");
        }
    }
}

#[tokio::test]
async fn each_kind_of_provider_gets_its_key_where_it_looks_for_it() {
    for (kind, face, key, expected) in [
        ("openai", Face::Chat, "sk-1", "authorization: Bearer sk-1"),
        ("anthropic", Face::Messages, "sk-ant-api-1", "x-api-key: sk-ant-api-1"),
        ("anthropic", Face::Messages, "sk-ant-oat-1", "authorization: Bearer sk-ant-oat-1"),
        ("ollama", Face::OllamaChat, "k", "authorization: Bearer k"),
    ] {
        let mut upstream = Upstream::start(async |mut peer: Peer| {
            let (head, _) = peer.request().await;
            peer.tell(head);
        })
        .await;
        let provider = provider(settings(kind, &upstream.url()));
        let key = Secret::new(key).unwrap();
        let body = bytes::Bytes::from(r#"{"model":"x","max_tokens":5,"stream":false,"messages":[{"role":"user","content":"hi"}]}"#);
        let asked = kaizen_llm::face::read(face, &body).unwrap();
        let of_the_gateway = http::HeaderValue::from_static("Bearer kz-of-the-gateway");
        let headers = [(http::header::AUTHORIZATION, of_the_gateway.clone()), (http::HeaderName::from_static("x-api-key"), of_the_gateway)];
        let deadline = Instant::now() + Duration::from_secs(9);
        let call = Call {
            face,
            model: "m",
            asked: &asked,
            body: &body,
            client_key: Some(&key),
            headers: &headers,
            deadline,
            id: "i",
            unix: 0,
            reserved: false,
        };
        assert!(provider.send(call).await.is_err());
        let head = upstream.next_told().await;
        assert!(head.contains(expected), "{head}");
        assert!(!head.contains("very-secret") && !head.contains("kz-of-the-gateway"), "{head}");
    }
}

#[tokio::test]
async fn a_provider_elsewhere_without_a_key_is_not_asked() {
    let provider =
        Provider::new("openai", settings("openai", "http://llm.example.org/v1"), None, transport(Net::new(Reach::Anywhere)), 1).unwrap();
    let failed = plain(&provider).await.unwrap_err();
    assert!(matches!(&failed, Failed::NoKey { provider } if provider == "openai"));
    assert_eq!((failed.refusal().status, failed.kind().as_str()), (401, "no_key"));
}

#[test]
fn an_address_that_is_none_or_carries_a_key_is_refused() {
    for wrong in ["api.openai.com/v1", "ftp://x/v1", "http://", "https://user:sk-very-secret@host/v1"] {
        let error = Provider::new("p", settings("openai", wrong), None, transport(Net::new(Reach::Anywhere)), 1).unwrap_err();
        assert!(error.to_string().starts_with("provider 'p': "), "{error}");
        assert!(!wrong.contains('@') || !error.to_string().contains("secret"));
    }
}
