//! Anything may come from either side: nothing panics, and how bytes are cut never matters.

use crate::call::{Streamed, bytes, stream_in};
use crate::{to_chat, to_messages};
use bytes::{Bytes, BytesMut};
use kaizen_llm::face::{Face, Tongue, read, text_in};
use kaizen_llm::refusal::Refusal;
use kaizen_llm::translate::outgoing;
use proptest::prelude::*;

const FACES: [Face; 7] =
    [Face::Chat, Face::Messages, Face::CountTokens, Face::Responses, Face::Embeddings, Face::OllamaChat, Face::OllamaGenerate];
const TONGUES: [Tongue; 3] = [Tongue::OpenAi, Tongue::Anthropic, Tongue::Ollama];

fn request(face: Face) -> &'static str {
    match face {
        Face::Chat => r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}"#,
        Face::Messages | Face::CountTokens => r#"{"model":"m","max_tokens":5,"stream":true,"messages":[{"role":"user","content":"x"}]}"#,
        Face::Responses => r#"{"model":"m","stream":true,"input":"x"}"#,
        Face::Embeddings => r#"{"model":"m","input":"x","encoding_format":"base64"}"#,
        Face::OllamaChat => r#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#,
        Face::OllamaGenerate => r#"{"model":"m","prompt":"x"}"#,
    }
}

const OLLAMA: &str = concat!(
    "{\"model\":\"q\",\"created_at\":\"2026-11-01T10:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"ä\",\"thinking\":\"hm\"},\"done\":false}\r\n",
    "\n{\"model\":\"q\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"b\":1.0}}}]},\"done\":false}\n",
    "{\"model\":\"q\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":8,\"eval_count\":3}"
);

fn answer(tongue: Tongue) -> String {
    match tongue {
        Tongue::OpenAi => to_messages::gpt(),
        Tongue::Anthropic => to_chat::claude(),
        Tongue::Ollama => OLLAMA.to_owned(),
    }
}

/// Pieces of JSON and of streams, put together at random: nearer to the mark than random bytes.
fn shards() -> impl Strategy<Value = Vec<u8>> {
    let shard = prop_oneof![
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\\u00",
            "null",
            "true",
            "0",
            "-1e9",
            "1e999",
            "\n",
            "\r",
            "\r\n",
            "\n\n",
            " ",
            "data:",
            "data: ",
            "event: ",
            "[DONE]",
            "\"type\"",
            "\"content\"",
            "\"choices\"",
            "\"delta\"",
            "\"message\"",
            "\"tool_calls\"",
            "\"index\"",
            "\"function\"",
            "\"arguments\"",
            "\"usage\"",
            "\"error\"",
            "\"done\"",
            "\"role\"",
            "\"user\"",
            "\"model\"",
            "\"messages\"",
            "\"input\"",
            "\"text\"",
            "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n",
            "{\"type\":\"content_block_start\",\"index\":3,\"content_block\":{\"type\":\"tool_use\"}}",
            "\"data\"",
            "\"embedding\"",
            "[0.5]",
        ])
        .prop_map(|text: &str| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(shard, 0..40).prop_map(|shards| shards.concat())
}

/// A stream with some of its bytes changed.
fn damaged(text: String) -> impl Strategy<Value = Vec<u8>> {
    let length = text.len();
    prop::collection::vec((0..length, any::<u8>()), 0..6).prop_map(move |changes| {
        let mut bytes = text.clone().into_bytes();
        changes.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        bytes
    })
}

fn any_pair() -> impl Strategy<Value = (Face, Tongue)> {
    (prop::sample::select(FACES.to_vec()), prop::sample::select(TONGUES.to_vec())).prop_filter("a pair that exists", |(face, tongue)| {
        let body = bytes(request(*face));
        outgoing(*face, *tongue, "m", &read(*face, &body).unwrap(), &body).is_ok()
    })
}

fn in_chunks(face: Face, tongue: Tongue, answer: &[u8], sizes: &[usize]) -> Streamed {
    let mut pieces = Vec::new();
    let mut rest = answer;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    stream_in(face, tongue, request(face), pieces)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_request_panics(body in shards()) {
        let body = Bytes::from(body);
        for face in FACES {
            let _said = text_in(face, &body);
            if let Ok(asked) = read(face, &body) {
                for tongue in TONGUES {
                    let _sent = outgoing(face, tongue, "m", &asked, &body);
                }
            }
        }
        let _heard = Refusal::heard(500, &body);
    }

    #[test]
    fn no_answer_panics((face, tongue) in any_pair(), answer in shards()) {
        let body = bytes(request(face));
        let asked = read(face, &body).unwrap();
        let mut whole = outgoing(face, tongue, "m", &asked, &body).unwrap().reader;
        let _got = whole.whole(Bytes::from(answer.clone()));
        let mut streamed = outgoing(face, tongue, "m", &asked, &body).unwrap().reader;
        let mut out = BytesMut::new();
        if streamed.push(&answer, &mut out).is_ok() {
            let _end = streamed.finish(&mut out);
        }
    }

    #[test]
    fn how_an_answer_is_cut_never_matters(
        (pair, answer) in any_pair().prop_flat_map(|(face, tongue)| (Just((face, tongue)), damaged(answer(tongue)))),
        sizes in prop::collection::vec(1_usize..200, 1..10),
    ) {
        let (face, tongue) = pair;
        let at_once = stream_in(face, tongue, request(face), [&answer[..]]);
        prop_assert_eq!(in_chunks(face, tongue, &answer, &sizes), at_once);
    }

    #[test]
    fn what_is_passed_on_is_a_request_of_the_same_keys(
        keys in prop::collection::vec(("[a-w]{1,3}", "[1-9][0-9]{0,19}|\"[a-zäß]{0,5}\"|\\[1\\.0,2e5\\]|null"), 0..6),
        space in "[ \n\t]{0,3}",
    ) {
        let more: String = keys.iter().map(|(key, value)| format!(",{space}\"x{key}\":{space}{value}")).collect();
        let request = format!("{{{space}\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}]{more}{space}}}");
        let body = bytes(&request);
        let sent = outgoing(Face::Chat, Tongue::OpenAi, "other", &read(Face::Chat, &body).unwrap(), &body).unwrap();
        prop_assert_eq!(std::str::from_utf8(&sent.body).unwrap(), request.replacen("\"m\"", "\"other\"", 1));
    }

    #[test]
    fn text_goes_through_every_pair_unharmed((face, tongue) in any_pair(), text in "\\PC{1,30}") {
        prop_assume!(!matches!(face, Face::Embeddings | Face::CountTokens));
        let said = serde_json::to_string(&text).unwrap();
        let answer = match tongue {
            Tongue::OpenAi => format!("data: {{\"id\":\"i\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{said}}},\"finish_reason\":\"stop\"}}]}}\n\ndata: [DONE]\n\n"),
            Tongue::Anthropic => format!("data: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"text\":{said}}}}}\n\ndata: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"end_turn\"}}}}\n\ndata: {{\"type\":\"message_stop\"}}\n\n"),
            Tongue::Ollama => format!("{{\"model\":\"m\",\"message\":{{\"content\":{said}}},\"done\":true}}\n"),
        };
        let got = stream_in(face, tongue, request(face), [answer.as_bytes()]);
        prop_assert_eq!(got.end, Ok(()));
        prop_assert_eq!(&got.seen.output, &text);
        let plain = got.text.contains(&said[1..said.len() - 1]);
        prop_assert!(plain, "{} lacks {}", got.text, said);
    }
}
