//! One call: a request goes out, an answer comes in.

use bytes::{Bytes, BytesMut};
use kaizen_llm::face::{Asked, Face, Malformed, Tongue, read};
use kaizen_llm::seen::Seen;
use kaizen_llm::translate::{Garbled, Upstream, outgoing};
use serde_json::Value;

pub(crate) fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

pub(crate) fn asked(face: Face, request: &str) -> Asked {
    read(face, &bytes(request)).unwrap()
}

pub(crate) fn malformed(face: Face, request: &str) -> Malformed {
    read(face, &bytes(request)).unwrap_err()
}

pub(crate) fn out(face: Face, tongue: Tongue, request: &str) -> Result<Upstream, Malformed> {
    let body = bytes(request);
    outgoing(face, tongue, "upstream-model", &read(face, &body)?, &body)
}

/// The request as the provider gets it.
pub(crate) fn sent(face: Face, tongue: Tongue, request: &str) -> Value {
    serde_json::from_slice(&out(face, tongue, request).unwrap().body).unwrap()
}

/// What a client gets for a whole answer, and what was seen of it.
pub(crate) fn whole(face: Face, tongue: Tongue, request: &str, answer: &str) -> (Value, Seen) {
    let mut reader = out(face, tongue, request).unwrap().reader;
    reader.stamp("s1", 1_700_000_000);
    let got = reader.whole(bytes(answer)).unwrap();
    (serde_json::from_slice(&got).unwrap(), reader.seen().clone())
}

/// What came of a stream: the bytes for the client, the end, and what was seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Streamed {
    pub text: String,
    pub end: Result<(), Garbled>,
    pub seen: Seen,
}

/// A stream that arrives in these pieces.
pub(crate) fn stream_in<'b>(face: Face, tongue: Tongue, request: &str, pieces: impl IntoIterator<Item = &'b [u8]>) -> Streamed {
    let mut reader = out(face, tongue, request).unwrap().reader;
    reader.stamp("s1", 1_700_000_000);
    let mut out = BytesMut::new();
    let mut end = Ok(());
    for piece in pieces {
        end = reader.push(piece, &mut out);
        if end.is_err() {
            break;
        }
    }
    let end = end.and_then(|()| reader.finish(&mut out));
    Streamed { text: String::from_utf8(out.to_vec()).unwrap(), end, seen: reader.seen().clone() }
}

/// A stream at once, after having shown that it does not matter where it is cut.
pub(crate) fn stream(face: Face, tongue: Tongue, request: &str, answer: &str) -> Streamed {
    let bytes = answer.as_bytes();
    let at_once = stream_in(face, tongue, request, [bytes]);
    for cut in 0..=bytes.len() {
        let cut_in_two = stream_in(face, tongue, request, [&bytes[..cut], &bytes[cut..]]);
        assert_eq!(cut_in_two, at_once, "cut at {cut}");
    }
    assert_eq!(stream_in(face, tongue, request, bytes.chunks(1)), at_once, "byte by byte");
    at_once
}

/// The data of all events of a stream of server-sent events; `[DONE]` is a string.
pub(crate) fn events(text: &str) -> Vec<Value> {
    let data = text.split("\n\n").filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")));
    data.map(|data| if data == "[DONE]" { Value::from(data) } else { serde_json::from_str(data).unwrap() }).collect()
}

/// The lines of a stream of JSON lines.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
