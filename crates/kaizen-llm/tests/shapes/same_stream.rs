//! Bytes that are passed on: requests but for the model's name, answers as they come.

use crate::call::{out, stream, stream_in, whole};
use kaizen_domain::money::Usage;
use kaizen_llm::face::{Face, Tongue};
use kaizen_llm::translate::Garbled;

const PLAIN: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
const STREAM: &str = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
const STREAM_USAGE: &str =
    r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"#;

const CHUNKS: &str = concat!(
    ": OPENROUTER PROCESSING\n\n",
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"real\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"real\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grü\\u00df\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"real\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" dich 🙂\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"real\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
);
const USAGE: &str = "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"real\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":5,\"total_tokens\":16,\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[test]
fn a_request_changes_only_in_its_model() {
    let request = "{ \"x\":1.50, \"model\" : \"m\",\"x\":2,\n\"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9\"}], \"temperature\":1e-1,\"n\":1, \"odd\":[1e999,{}] }";
    let got = out(Face::Chat, Tongue::OpenAi, request).unwrap();
    assert_eq!(std::str::from_utf8(&got.body).unwrap(), request.replace("\"m\"", "\"upstream-model\""));
    assert_eq!(got.path, "/chat/completions");
    assert!(got.dropped.is_empty());
}

#[test]
fn a_stream_is_asked_for_its_usage_and_nothing_else_changes() {
    let body = |request: &str| String::from_utf8(out(Face::Chat, Tongue::OpenAi, request).unwrap().body.to_vec()).unwrap();
    assert!(body(STREAM).starts_with("{\"stream_options\":{\"include_usage\":true},\"model\":\"upstream-model\",\"stream\":true,"));
    let with = STREAM.replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\": false, \"more\":1}");
    assert!(body(&with).contains("\"stream_options\":{\"include_usage\": true, \"more\":1}"));
    assert_eq!(body(STREAM_USAGE), STREAM_USAGE.replace("\"m\"", "\"upstream-model\""));
    assert!(!body(PLAIN).contains("\"stream"));
}

#[test]
fn a_model_that_is_named_as_its_provider_names_it_leaves_the_request_untouched() {
    let request = PLAIN.replace("\"m\"", "\"upstream\\u002dmodel\"");
    let got = out(Face::Chat, Tongue::OpenAi, &request).unwrap();
    assert_eq!(got.body, request.as_bytes());
}

#[test]
fn a_stream_passes_byte_for_byte_without_the_usage_nobody_asked_for() {
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, &format!("{CHUNKS}{USAGE}{DONE}"));
    assert_eq!(got.text, format!("{CHUNKS}{DONE}"));
    assert_eq!(got.end, Ok(()));
    let seen = got.seen;
    assert_eq!(seen.output, "Grüß dich 🙂");
    assert_eq!(seen.usage, Some(Usage { input: 11, output: 5, cache_read: 4, ..Usage::default() }));
    assert_eq!((seen.model.as_deref(), seen.finish.as_deref()), (Some("real"), Some("stop")));
    assert!(seen.began && seen.complete);
    assert_eq!(seen.output_bytes, "Grüß dich 🙂".len() as u64);
}

#[test]
fn the_usage_passes_when_the_client_asked() {
    let answer = format!("{CHUNKS}{USAGE}{DONE}");
    assert_eq!(stream(Face::Chat, Tongue::OpenAi, STREAM_USAGE, &answer).text, answer);
}

#[test]
fn usage_beside_a_choice_that_says_nothing_is_usage_alone_and_beside_one_that_says_something_it_is_not() {
    let beside = |choice: &str| USAGE.replace("\"choices\":[]", &format!("\"choices\":[{choice}]"));
    for silent in [r#"{"index":0,"delta":{}}"#, r#"{"index":0,"delta":{"content":"","tool_calls":[]},"finish_reason":null}"#] {
        let got = stream(Face::Chat, Tongue::OpenAi, STREAM, &format!("{CHUNKS}{}{DONE}", beside(silent)));
        assert_eq!(got.text, format!("{CHUNKS}{DONE}"), "{silent}");
        assert_eq!(got.seen.usage.map(|usage| usage.output), Some(5));
        let asked = format!("{CHUNKS}{}{DONE}", beside(silent));
        assert_eq!(stream(Face::Chat, Tongue::OpenAi, STREAM_USAGE, &asked).text, asked);
    }
    for spoken in [
        r#"{"index":0,"delta":{"content":"x"}}"#,
        r#"{"index":0,"delta":{},"finish_reason":"stop"}"#,
        r#"{"index":0,"delta":{"audio":{"id":"a"}}}"#,
    ] {
        let answer = format!("{CHUNKS}{}{DONE}", beside(spoken));
        assert_eq!(stream(Face::Chat, Tongue::OpenAi, STREAM, &answer).text, answer, "{spoken}");
    }
}

#[test]
fn any_way_to_end_a_line_is_understood_and_kept() {
    for end in ["\r\n", "\r"] {
        let answer = format!("{CHUNKS}{USAGE}{DONE}").replace('\n', end);
        let got = stream(Face::Chat, Tongue::OpenAi, STREAM, &answer);
        assert_eq!((got.text, got.end), (format!("{CHUNKS}{DONE}").replace('\n', end), Ok(())));
        assert_eq!(got.seen.output, "Grüß dich 🙂");
    }
}

#[test]
fn data_without_a_space_and_data_on_several_lines_are_understood() {
    let answer = "\u{feff}data:{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\ndata: \"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\nid: 5\ndata:\"finish_reason\":\"stop\"}]}\n\ndata:[DONE]\n\n";
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, answer);
    assert_eq!((got.text.as_str(), got.seen.output.as_str(), got.end), (answer, "x", Ok(())));
}

#[test]
fn a_stream_that_only_forgot_to_say_done_is_ended() {
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, CHUNKS);
    assert_eq!((got.text, got.end, got.seen.complete), (format!("{CHUNKS}{DONE}"), Ok(()), true));
    let unended = CHUNKS.trim_end();
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, unended);
    assert_eq!((got.text, got.end), (format!("{CHUNKS}{DONE}"), Ok(())));
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, &format!("{CHUNKS}data: [DONE]"));
    assert_eq!((got.text, got.end), (format!("{CHUNKS}{DONE}"), Ok(())));
}

#[test]
fn a_stream_cut_anywhere_before_its_reason_to_finish_is_cut() {
    let finish = CHUNKS.find("\"finish_reason\":\"stop\"").unwrap();
    for at in 0..finish {
        let got = stream_in(Face::Chat, Tongue::OpenAi, STREAM, [&CHUNKS.as_bytes()[..at]]);
        assert_eq!(got.end, Err(Garbled::Cut), "at {at}");
        assert!(!got.seen.complete && CHUNKS.starts_with(&got.text), "whole events and nothing else: at {at}");
    }
}

#[test]
fn what_was_said_before_a_cut_is_known() {
    let at = CHUNKS
        .find(
            "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"real\",\"choices\":[{\"index\":0,\"delta\":{},",
        )
        .unwrap();
    let got = stream_in(Face::Chat, Tongue::OpenAi, STREAM, [&CHUNKS.as_bytes()[..at]]);
    assert_eq!((got.seen.output.as_str(), got.seen.usage, got.seen.began), ("Grüß dich 🙂", None, true));
}

#[test]
fn garbage_is_named() {
    let garbled = |answer: &[u8]| stream_in(Face::Chat, Tongue::OpenAi, STREAM, [answer]).end.unwrap_err();
    assert_eq!(garbled(b"data: {\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}\n\n"), Garbled::NotUtf8);
    assert!(matches!(garbled(b"data: so sorry\n\n"), Garbled::NotJson(_)));
    assert!(matches!(garbled(b"data: {\"choices\":[}\n\n"), Garbled::NotJson(_)));
    assert!(matches!(garbled(b"data: 5\n\n"), Garbled::NotAnAnswer(_)));
    assert_eq!(garbled(b"<html><body>502 Bad Gateway</body></html>"), Garbled::Cut);
    assert_eq!(garbled(b""), Garbled::Cut);
    let huge = vec![b'x'; 9 * 1024 * 1024];
    assert_eq!(garbled(&huge), Garbled::TooLong);
}

#[test]
fn an_endless_event_is_refused_before_it_fills_the_memory() {
    let chunk = vec![b'x'; 64 * 1024];
    let pieces = std::iter::repeat_n(&chunk[..], 200);
    assert_eq!(stream_in(Face::Chat, Tongue::OpenAi, STREAM, pieces).end, Err(Garbled::TooLong));
}

#[test]
fn a_chunk_that_lacks_what_clients_need_gets_it() {
    let answer = concat!(
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
        "data: { \"odd\":1.0 }\n\n",
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n"
    );
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, answer);
    assert_eq!(
        got.text,
        answer.replace("{ \"odd\"", "{\"id\":\"c\",\"model\":\"m\",\"object\":\"chat.completion.chunk\",\"choices\":[], \"odd\"")
    );
    let commented = answer.replace("data: { \"odd\"", ": {x}\ndata:{ \"odd\"");
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, &commented);
    assert_eq!(
        got.text,
        commented.replace("{ \"odd\"", "{\"id\":\"c\",\"model\":\"m\",\"object\":\"chat.completion.chunk\",\"choices\":[], \"odd\"")
    );
}

#[test]
fn an_odd_type_in_what_is_only_watched_passes() {
    let answer = "data: {\"id\":7,\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n";
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, answer);
    assert_eq!((got.text.as_str(), got.end), (answer, Ok(())));
    let usage = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":3.0,\"completion_tokens\":\"?\"}}\n\ndata: [DONE]\n\n";
    let seen = stream(Face::Chat, Tongue::OpenAi, STREAM, usage).seen;
    assert_eq!(seen.usage, Some(Usage { input: 3, ..Usage::default() }));
}

#[test]
fn calls_are_counted_and_other_choices_only_weighed() {
    let answer = concat!(
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}},{\"index\":1,\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}]}}]}\n\n",
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}},{\"index\":1,\"delta\":{\"content\":\"four\"}}]}\n\n",
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"
    );
    let seen = stream(Face::Chat, Tongue::OpenAi, STREAM, answer).seen;
    assert_eq!((seen.tool_calls, seen.output.as_str(), seen.output_bytes), (2, "", 6));
    assert_eq!(seen.finish.as_deref(), Some("tool_calls"));
}

#[test]
fn an_error_inside_a_stream_passes_and_is_seen() {
    let answer = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"message\":\"no luck\",\"type\":\"server_error\",\"code\":502}}\n\n";
    let got = stream(Face::Chat, Tongue::OpenAi, STREAM, answer);
    assert_eq!((got.text.as_str(), got.end, got.seen.complete), (answer, Ok(()), false));
    let failure = got.seen.failure.unwrap();
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("server_error", "no luck"));
}

#[test]
fn a_whole_answer_passes_and_is_seen() {
    let answer = r#"{"id":"x","object":"chat.completion","created":1,"model":"real","choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"completion_tokens_details":{"reasoning_tokens":1}}}"#;
    let (got, seen) = whole(Face::Chat, Tongue::OpenAi, PLAIN, answer);
    assert_eq!(got, serde_json::from_str::<serde_json::Value>(answer).unwrap());
    assert_eq!(seen.usage, Some(Usage { input: 1, output: 2, reasoning: 1, ..Usage::default() }));
    assert_eq!((seen.output.as_str(), seen.finish.as_deref(), seen.complete), ("ok", Some("length"), true));
}

const ANTHROPIC: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":100,\"cache_creation_input_tokens\":20,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}\n\n",
);
const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const MESSAGES: &str = r#"{"model":"c","max_tokens":50,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;

#[test]
fn anthropics_stream_passes_and_its_usage_is_added_up() {
    let answer = format!("{ANTHROPIC}{STOP}");
    let got = stream(Face::Messages, Tongue::Anthropic, MESSAGES, &answer);
    assert_eq!((got.text, got.end), (answer.clone(), Ok(())));
    let usage = Usage { input: 130, output: 15, cache_read: 100, cache_write: 20, reasoning: 0 };
    assert_eq!((got.seen.usage, got.seen.finish.as_deref()), (Some(usage), Some("stop")));
    assert_eq!(stream(Face::Messages, Tongue::Anthropic, MESSAGES, ANTHROPIC).text, answer, "the stop is added");
    let started = &ANTHROPIC[..ANTHROPIC.find("event: message_delta").unwrap()];
    let cut = stream(Face::Messages, Tongue::Anthropic, MESSAGES, started);
    assert_eq!((cut.end, cut.seen.usage.map(|usage| usage.input)), (Err(Garbled::Cut), Some(130)));
}

#[test]
fn anthropics_error_event_passes_and_is_seen() {
    let answer = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let got = stream(Face::Messages, Tongue::Anthropic, MESSAGES, answer);
    assert_eq!((got.text.as_str(), got.end), (answer, Ok(())));
    assert_eq!(got.seen.failure.unwrap().kind, "overloaded_error");
}

#[test]
fn ollamas_lines_pass_and_the_last_one_counts() {
    let request = r#"{"model":"q","messages":[{"role":"user","content":"hi"}]}"#;
    let answer = concat!(
        "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:00.5Z\",\"message\":{\"role\":\"assistant\",\"content\":\"He\"},\"done\":false}\n",
        "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:01Z\",\"message\":{\"role\":\"assistant\",\"content\":\"llo\"},\"done\":false}\n",
        "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:02Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":8,\"eval_count\":3}"
    );
    let got = stream(Face::OllamaChat, Tongue::Ollama, request, answer);
    assert_eq!((got.text, got.end), (format!("{answer}\n"), Ok(())));
    assert_eq!((got.seen.output.as_str(), got.seen.usage), ("Hello", Some(Usage { input: 8, output: 3, ..Usage::default() })));
    let cut = stream(Face::OllamaChat, Tongue::Ollama, request, &answer[..answer.rfind('{').unwrap()]);
    assert_eq!(cut.end, Err(Garbled::Cut));
    let failed = stream(Face::OllamaChat, Tongue::Ollama, request, "{\"error\":\"out of memory\"}\n");
    assert_eq!((failed.end, failed.seen.failure.unwrap().message.as_str()), (Ok(()), "out of memory"));
}
