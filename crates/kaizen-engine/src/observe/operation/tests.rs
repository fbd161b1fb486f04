//! Records in, words of the domain or one reason out.

use super::*;
use kaizen_domain::money::Usd;
use kaizen_domain::operation::Outcome;
use kaizen_domain::trajectory::{About, CandidateKind, Provenance};
use proptest::prelude::*;

/// 2026-11-20, 12:00 UTC.
const NOW: i64 = 1_795_176_000_000;

fn read(text: &str) -> Result<Read<Entry>, Refusal> {
    line(text, NOW, Source::Record)
}

fn operation_of(text: &str) -> Operation {
    match read(text).unwrap().record {
        Entry::Operation(operation) => *operation,
        other => panic!("{other:?}"),
    }
}

fn reason(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn a_kind_is_all_an_operation_needs() {
    let one = operation_of(r#"{"kind":"deploy"}"#);
    assert_eq!(
        (one.kind.as_str(), one.started_at, one.duration_us, one.outcome, one.source),
        ("deploy", NOW, 0, Outcome::Ok, Source::Record)
    );
    assert_eq!(operation_of(r#"{"type":"operation","kind":"deploy","duration_ms":1500}"#).started_at, NOW - 1_500);
}

#[test]
fn a_full_operation_keeps_everything() {
    let one = operation_of(
        r#"{"id":"o1","kind":"chat","started_at":"2026-11-20T11:00:00Z","duration_ms":12.5,"first_token_ms":3,"error":{"kind":"timeout","message":"m"},
        "session":"s","parent":"p","tenant":"shop","model":{"asked":"a","served":"b"},"usage":{"input":10,"output":5,"cache_read":4},
        "cost_usd":0.0025,"offline":false,"route":{"by":"r","candidates":["a","b"],"chosen":1,"propensity":0.5},
        "quality":{"score":0.5,"evaluator":"me"},"content":{"input":"i"},"attributes":{"x":[1]}}"#,
    );
    assert_eq!((one.started_at, one.duration_us, one.first_token_us), (NOW - 3_600_000, 12_500, Some(3_000)));
    assert_eq!((one.outcome, one.cost, one.usage.unwrap().cache_read), (Outcome::Failed, Some(Usd::from_nanos(2_500_000)), 4));
    assert_eq!((one.route.unwrap().chosen, one.attributes["x"][0].clone()), (1, 1.into()));
}

#[test]
fn the_same_record_without_an_id_is_the_same_operation() {
    let (one, again) =
        (r#"{"kind":"a","started_at":1795176000000,"session":"s"}"#, r#"{"session":"s","started_at":1795176000000,"kind":"a"}"#);
    assert_eq!(operation_of(one).id, operation_of(again).id);
    assert_ne!(operation_of(one).id, operation_of(r#"{"kind":"a","started_at":1795176000001,"session":"s"}"#).id);
}

#[test]
fn each_bad_record_has_one_reason_that_says_what_would_be_right() {
    let rows = [
        ("{", "this is no JSON: "),
        ("[]", "a record is a JSON object"),
        (r#"{"type":"thing"}"#, "type \"thing\" is unknown: \"operation\", \"trajectory\" or \"feedback\""),
        ("{}", "missing field `kind`"),
        (r#"{"kind":""}"#, "'' is no kind: 1 to 200 bytes, no control characters"),
        (r#"{"kind":"a","durration_ms":5}"#, "unknown field `durration_ms`"),
        (r#"{"kind":"a","duration_ms":-1}"#, "a duration is not negative and at most ten years"),
        (r#"{"kind":"a","duration_ms":1,"duration_us":1}"#, "`duration_ms` and `duration_us` say the same: give one"),
        (r#"{"kind":"a","started_at":1795176000}"#, "1795176000 is a time in seconds: give milliseconds since 1970"),
        (r#"{"kind":"a","started_at":"yesterday"}"#, "\"yesterday\" is no time: write 2026-11-20T12:00:00Z"),
        (r#"{"kind":"a","started_at":-5}"#, "a time before 1970"),
        (r#"{"kind":"a","outcome":"fine"}"#, "outcome \"fine\" is unknown: ok, failed, cancelled or refused"),
        (r#"{"kind":"a","outcome":"ok","error":"x"}"#, "the outcome is `ok` and there is an `error`"),
        (r#"{"kind":"a","cost_usd":-0.1}"#, "cost_usd is not negative"),
        (r#"{"kind":"a","usage":{"input":5,"cache_read":6}}"#, "usage.cache_read and cache_write are parts of input"),
        (r#"{"kind":"a","quality":{"score":2,"evaluator":"x"}}"#, "quality.score is 2: it lies between 0 and 1"),
        (r#"{"kind":"a","route":{"by":"x","candidates":["a"],"chosen":1,"propensity":1}}"#, "route.chosen is 1 and there are 1 candidates"),
        (r#"{"kind":"a","route":{"by":"x","candidates":["a"],"chosen":0,"propensity":0}}"#, "route.propensity is 0: it is above 0"),
        (r#"{"type":"trajectory","kind":"a","choice":{"index":0}}"#, "choice.index is 0 and there are 0 candidates"),
        (r#"{"type":"trajectory","kind":"a","provenance":"real"}"#, "provenance \"real\" is unknown"),
        (r#"{"type":"feedback","reward":1}"#, "say what it is about: either `id` or `session`"),
        (r#"{"type":"feedback","id":"a","session":"b","reward":1}"#, "say what it is about"),
        (r#"{"type":"feedback","id":"a"}"#, "it says nothing: give `reward`, `thumbs` or `text`"),
        (r#"{"type":"feedback","id":"a","reward":1,"thumbs":"up"}"#, "`reward` and `thumbs` say the same"),
        (r#"{"type":"feedback","id":"a","reward":1.5}"#, "reward is 1.5: it lies between 0 and 1"),
    ];
    for (text, expected) in rows {
        let told = reason(text);
        assert!(told.starts_with(expected), "for {text}\n  told {told}\n  want {expected}");
    }
    assert!(reason(&format!(r#"{{"kind":"{}"}}"#, "a".repeat(RECORD_LIMIT))).contains("bytes; at most 1048576 are read"));
    let many: Vec<String> = (0..200).map(|number| format!("\"a{number}\":1")).collect();
    assert!(reason(&format!(r#"{{"kind":"a","attributes":{{{}}}}}"#, many.join(","))).starts_with("200 attributes"));
}

#[test]
fn a_clock_that_is_ahead_is_set_right_and_said() {
    let ahead = NOW + CLOCK_LEAD;
    let kept = read(&format!(r#"{{"kind":"a","started_at":{ahead}}}"#)).unwrap();
    assert_eq!(kept.notes, Vec::<String>::new());
    let set = read(&format!(r#"{{"kind":"a","started_at":{}}}"#, ahead + 1)).unwrap();
    assert_eq!(set.notes, ["the sender's clock is 120 s ahead: taken as now"]);
    let Entry::Operation(one) = set.record else { panic!() };
    assert_eq!(one.started_at, NOW);
}

#[test]
fn long_texts_are_cut_between_characters_and_that_is_said() {
    let long = format!("x{}", "ä".repeat(CONTENT_LIMIT));
    let cut = read(&serde_json::json!({"kind": "a", "content": {"input": long}, "error": "x".repeat(5_000)}).to_string()).unwrap();
    assert_eq!(cut.notes.len(), 2, "{:?}", cut.notes);
    let Entry::Operation(one) = cut.record else { panic!() };
    assert_eq!((one.content.unwrap().input.unwrap().len(), one.error.unwrap().message.len()), (CONTENT_LIMIT - 1, 4_000));
}

#[test]
fn trajectories_and_feedback_are_read_too() {
    let text = r#"{"type":"trajectory","kind":"a","candidates":["m",{"kind":"tool","name":"t"}],"choice":{"index":1,"propensity":0.5},"reward":1,"features":{"n":3}}"#;
    let Entry::Trajectory(one) = read(text).unwrap().record else { panic!() };
    assert_eq!((one.candidates[1].kind, one.provenance, one.reward), (CandidateKind::Tool, Provenance::Imported, Some(1.0)));
    let Entry::Feedback(one) = read(r#"{"type":"feedback","session":"s","thumbs":"down","text":"no"}"#).unwrap().record else { panic!() };
    assert_eq!((one.about, one.reward, one.at), (About::Session("s".parse().unwrap()), Some(0.0), NOW));
}

proptest! {
    #[test]
    fn no_line_makes_it_panic(text in any::<String>(), kind in "[a-z]{1,5}", at in any::<i64>(), number in any::<f64>(), index in any::<u64>()) {
        drop(read(&text));
        let strange = serde_json::json!({"kind": kind, "started_at": at, "duration_ms": number, "cost_usd": number, "usage": {"input": index},
            "route": {"by": text, "candidates": [text], "chosen": index, "propensity": number}});
        drop(read(&strange.to_string()));
        let fine = serde_json::json!({"kind": kind, "started_at": at, "duration_ms": number});
        if let Ok(Read { record: Entry::Operation(one), .. }) = read(&fine.to_string()) {
            prop_assert!(one.started_at <= NOW + CLOCK_LEAD && one.started_at > 0);
        }
    }
}

#[test]
fn what_is_shown_of_an_operation_is_read_as_the_same_operation() {
    let text = serde_json::json!({
        "id": "op-1", "kind": "chat", "started_at": NOW - 5, "duration_us": 1_234_567, "first_token_us": 1_001, "outcome": "failed",
        "error": {"kind": "cut", "message": "it broke off"}, "session": "s", "parent": "op-0", "tenant": "alice",
        "model": {"asked": "kaizen/auto", "served": "m", "provider": "p"},
        "usage": {"input": 10, "output": 7, "cache_read": 3, "cache_write": 2, "reasoning": 1}, "cost": 1_050_001,
        "offline": false, "cache": "miss", "route": {"by": "rule", "candidates": ["p/m", "p/n"], "chosen": 0, "propensity": 0.9},
        "quality": {"score": 0.5, "evaluator": "me"}, "source": "api", "content": {"input": "in", "output": "out"},
        "attributes": {"face": "chat", "n": 3}
    });
    let full: Operation = serde_json::from_value(text).unwrap();
    let few = r#"{"id":"o","kind":"k","started_at":1795000000000,"duration_us":0,"outcome":"ok","source":"api"}"#;
    for operation in [full, serde_json::from_str(few).unwrap()] {
        let shown = serde_json::to_value(kaizen_api::v1::OperationRecord::from(operation.clone())).unwrap();
        assert_eq!(shown.get("cost_usd").and_then(Value::as_f64), operation.cost.map(Usd::dollars), "{shown}");
        let read = super::operation(shown, NOW, Source::Api).unwrap();
        assert_eq!(read, Read { record: operation, notes: Vec::new() });
    }
    let wrong = |text| read(text).unwrap_err().to_string();
    assert!(wrong(r#"{"kind":"k","source":"moon"}"#).contains("source"));
    assert!(wrong(r#"{"kind":"k","cache":"yes"}"#).contains("cache"));
}
