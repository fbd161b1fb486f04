//! Upstreams that are silent, cut, endless or no upstreams at all: every one ends in its own kind of failure, in bounded time
//! and memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use kaizen_llm::breaker::Health;
use kaizen_llm::provider::ProviderSettings;
use kaizen_llm::retry::RetryPolicy;
use kaizen_llm::send::{Body, Failed};
use std::sync::Arc;
use std::time::Duration;
use support::*;

fn once(upstream: &Upstream) -> ProviderSettings {
    ProviderSettings { retry: RetryPolicy { attempts: 1, ..RetryPolicy::default() }, ..settings("openai", &upstream.url()) }
}

#[tokio::test]
async fn silence_before_the_answer_ends_after_the_providers_time_and_is_not_tried_again() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.tell("arrived");
        peer.until_closed().await;
        peer.tell("closed");
    })
    .await;
    let provider = Arc::new(openai(&upstream));
    let sending = tokio::spawn({
        let provider = provider.clone();
        async move { ask(&provider, kaizen_llm::face::Face::Chat, &chat(false), Duration::from_secs(1000)).await.map(|a| a.status) }
    });
    assert_eq!(upstream.next_told().await, "arrived");
    tokio::time::pause();
    let failed = sending.await.unwrap().unwrap_err();
    tokio::time::resume();
    assert!(matches!(&failed, Failed::TimedOut { what: "sent no answer", own: false, .. }), "{failed}");
    assert_eq!((failed.refusal().status, failed.health(), failed.another_may_help()), (504, Health::Ill, true));
    assert_eq!(upstream.next_told().await, "closed");
}

#[tokio::test]
async fn the_requests_own_deadline_ends_it_and_does_not_speak_against_the_provider() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.tell("arrived");
        peer.for_ever().await;
    })
    .await;
    let provider = Arc::new(openai(&upstream));
    let sending = tokio::spawn(async move { plain(&provider).await.map(|a| a.status) });
    assert_eq!(upstream.next_told().await, "arrived");
    tokio::time::pause();
    let failed = sending.await.unwrap().unwrap_err();
    assert!(matches!(&failed, Failed::TimedOut { own: true, .. }), "{failed}");
    assert_eq!((failed.health(), failed.another_may_help()), (Health::Unknown, false));
}

#[tokio::test]
async fn silence_in_the_middle_of_a_stream_ends_it_after_what_came() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        peer.chunk(unfinished()).await;
        peer.for_ever().await;
    })
    .await;
    let mut stream = streamed(&openai(&upstream)).await.unwrap();
    let mut came = String::new();
    while !came.contains("Grüße") {
        came.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
    }
    tokio::time::pause();
    let failed = stream.next().await.unwrap().unwrap_err();
    assert!(matches!(&failed, Failed::TimedOut { .. }), "{failed}");
    assert!(stream.next().await.is_none());
    let seen = stream.seen();
    assert_eq!((seen.output.as_str(), seen.complete, seen.usage), ("Grüße 🦀", false, None));
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_told_after_what_came_and_never_asked_for_again() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.tell("asked");
        peer.begin_stream().await;
        peer.chunk(&STREAM[..400]).await;
    })
    .await;
    let mut stream = streamed(&openai(&upstream)).await.unwrap();
    let (came, failed) = drain(&mut stream).await;
    assert!(matches!(failed, Some(Failed::Cut { .. })), "{failed:?}");
    assert!(STREAM.starts_with(&came) && !came.is_empty() && !stream.seen().complete);
    assert_eq!(upstream.next_told().await, "asked");
    assert!(upstream.told.try_recv().is_err());
}

#[tokio::test]
async fn a_stream_that_ends_properly_without_its_last_word_is_cut_too() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        peer.chunk(unfinished()).await;
        peer.end().await;
    })
    .await;
    let (_, failed) = drain(&mut streamed(&openai(&upstream)).await.unwrap()).await;
    assert!(matches!(failed, Some(Failed::Cut { .. })), "{failed:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_before_its_first_piece_is_asked_for_again() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        if peer.nth > 0 {
            peer.chunk(STREAM).await;
            peer.end().await;
        }
    })
    .await;
    let (all, failed) = drain(&mut streamed(&openai(&upstream)).await.unwrap()).await;
    assert_eq!((all.as_str(), failed.is_none()), (STREAM, true));
}

#[tokio::test]
async fn an_upstream_that_has_said_everything_may_forget_to_hang_up() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        peer.chunk(STREAM).await;
        peer.for_ever().await;
    })
    .await;
    let mut stream = streamed(&openai(&upstream)).await.unwrap();
    let mut came = String::new();
    while !came.contains("[DONE]") {
        came.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
    }
    tokio::time::pause();
    let said_everything = tokio::time::Instant::now();
    assert!(stream.next().await.is_none());
    assert!(said_everything.elapsed() < Duration::from_secs(10), "the clock of the test stands still but for waits");
}

#[tokio::test]
async fn a_whole_answer_that_breaks_off_is_asked_for_again() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        match peer.nth {
            0 => {
                peer.say(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", WHOLE.len(), &WHOLE[..50])).await;
            }
            1 => {
                peer.say("HTTP/1.1 200 OK\r\ncontent-le").await;
            }
            _ => peer.answer("200 OK", "", WHOLE).await,
        }
    })
    .await;
    let answer = plain(&openai(&upstream)).await.unwrap();
    assert_eq!((answer.attempts, text(&answer)), (3, WHOLE));
}

#[tokio::test]
async fn nobody_there_is_said_with_the_host() {
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failed = plain(&provider(settings("openai", &format!("http://{address}/v1")))).await.unwrap_err();
    assert!(failed.to_string().starts_with("up: 127.0.0.1 cannot be reached: "), "{failed}");
    assert_eq!((failed.refusal().status, failed.health(), failed.another_may_help()), (502, Health::Ill, true));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_garbled() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n{\"a\xff\"}").await;
    })
    .await;
    let failed = plain(&provider(once(&upstream))).await.unwrap_err();
    assert!(matches!(&failed, Failed::Garbled { why, .. } if why.contains("UTF-8")), "{failed}");

    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        peer.chunk(&STREAM[..STREAM.find("\n\n").unwrap() + 2]).await;
        peer.chunk(b"data: {\"choices\":[{\"delta\":{\"content\":\"\xc3\x28\"}}]}\n\n").await;
        peer.end().await;
    })
    .await;
    let (_, failed) = drain(&mut streamed(&provider(once(&upstream))).await.unwrap()).await;
    assert!(matches!(&failed, Some(Failed::Garbled { .. })), "{failed:?}");
}

#[tokio::test]
async fn an_answer_without_end_is_given_up_at_its_limit_and_hung_up_on() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.say("HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n").await;
        let megabyte = vec![b' '; 1024 * 1024];
        let mut said = 0;
        while said < 100 && peer.say(&megabyte).await {
            said += 1;
        }
        peer.tell(format!("{}", said < 100));
    })
    .await;
    let provider = provider(ProviderSettings { answer_limit: 1024 * 1024, ..once(&upstream) });
    let failed = plain(&provider).await.unwrap_err();
    assert!(matches!(&failed, Failed::Garbled { why, .. } if why.contains("more than 1048576 bytes")), "{failed}");
    assert_eq!(upstream.next_told().await, "true", "it was let speak to the end");
}

#[tokio::test]
async fn a_refusal_without_end_is_a_refusal() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.say("HTTP/1.1 400 Bad Request\r\ncontent-length: 104857600\r\n\r\n").await;
        while peer.say([b'x'; 65536]).await {}
    })
    .await;
    let failed = plain(&provider(once(&upstream))).await.unwrap_err();
    assert!(matches!(&failed, Failed::Refused { status: 400, body, .. } if body.len() == 1024 * 1024), "{}", failed.kind());
}

#[tokio::test]
async fn headers_without_end_are_garbled() {
    for line in ["x-flood: 0123456789012345678901234567890123456789\r\n", "x-flood: y\r\n"] {
        let upstream = Upstream::start(move |mut peer: Peer| async move {
            peer.request().await;
            peer.say("HTTP/1.1 200 OK\r\n").await;
            while peer.say(line.repeat(100)).await {}
        })
        .await;
        let failed = plain(&provider(once(&upstream))).await.unwrap_err();
        assert!(matches!(&failed, Failed::Garbled { .. }), "{failed}");
    }
}

#[tokio::test]
async fn what_is_no_http_is_garbled() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.say("SSH-2.0-OpenSSH_9.9\r\n\r\n\r\n").await;
        peer.until_closed().await;
    })
    .await;
    let failed = plain(&provider(once(&upstream))).await.unwrap_err();
    assert!(matches!(&failed, Failed::Garbled { .. }), "{failed}");
    assert_eq!(failed.refusal().status, 502);
}

#[tokio::test]
async fn a_large_request_to_a_slow_reader_arrives_whole() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        let (head, first) = peer.head().await;
        let length: usize = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let (mut read, mut piece) = (first.len(), [0; 997]);
        while read < length {
            tokio::task::yield_now().await;
            read += tokio::io::AsyncReadExt::read(&mut peer.stream, &mut piece).await.unwrap();
        }
        peer.tell(read.to_string());
        peer.answer("200 OK", "", WHOLE).await;
    })
    .await;
    let body = bytes::Bytes::from(format!(r#"{{"model":"m-1","messages":[{{"role":"user","content":"{}"}}]}}"#, "x".repeat(3_000_000)));
    let answer = ask(&openai(&upstream), kaizen_llm::face::Face::Chat, &body, Duration::from_secs(60)).await.unwrap();
    assert_eq!(text(&answer), WHOLE);
    assert_eq!(upstream.next_told().await, body.len().to_string());
}

#[tokio::test]
async fn a_reader_who_takes_nothing_is_not_waited_for_for_ever() {
    let mut upstream = Upstream::start(async |mut peer: Peer| {
        peer.head().await;
        peer.tell("arrived");
        peer.for_ever().await;
    })
    .await;
    let provider = Arc::new(openai(&upstream));
    let body = bytes::Bytes::from(format!(r#"{{"model":"m-1","messages":[{{"role":"user","content":"{}"}}]}}"#, "x".repeat(30_000_000)));
    let sending =
        tokio::spawn(async move { ask(&provider, kaizen_llm::face::Face::Chat, &body, Duration::from_secs(1000)).await.map(|a| a.status) });
    assert_eq!(upstream.next_told().await, "arrived");
    tokio::time::pause();
    assert!(matches!(sending.await.unwrap(), Err(Failed::TimedOut { own: false, .. })));
}

#[tokio::test]
async fn an_error_as_the_first_thing_of_a_stream_is_a_refusal_that_may_be_tried_elsewhere() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.begin_stream().await;
        peer.chunk("data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}\n\n").await;
        peer.end().await;
    })
    .await;
    let failed = streamed(&provider(once(&upstream))).await.unwrap_err();
    assert!(matches!(&failed, Failed::Reported { .. }) && failed.again(0).is_some(), "{failed:?}");
    assert_eq!((failed.refusal().status, failed.refusal().message.as_str(), failed.another_may_help()), (502, "busy", true));
}

#[tokio::test]
async fn a_connection_that_died_while_it_was_idle_is_replaced_unseen() {
    let upstream = Upstream::start(async |mut peer: Peer| {
        peer.request().await;
        peer.answer("200 OK", "", WHOLE).await;
    })
    .await;
    let provider = openai(&upstream);
    for _ in 0..5 {
        assert!(matches!(plain(&provider).await.unwrap().body, Body::Whole(..)));
    }
}
