//! Secrets of every shape in ordinary company, ordinary texts that must stay, and properties over glued-together texts.

use super::*;
use kaizen_domain::operation::Content;
use proptest::prelude::*;

fn redactor(content: KeepContent, own: &[&str]) -> Redactor {
    let redact = own.iter().map(|own| (*own).to_owned().try_into().unwrap()).collect();
    Redactor::new(&Record { content, redact, ..Record::default() }, Secrets::default()).unwrap()
}

fn clean(text: &str) -> String {
    redactor(KeepContent::Full, &[]).text(text).into_owned()
}

/// Put together here, so that no scanner takes this file for a leak.
fn made(parts: &[&str]) -> String {
    parts.concat()
}

#[test]
fn secrets_are_known_by_their_shape() {
    let b64 = "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb3dEf6h";
    let rows = [
        (made(&["key sk-", "proj-", b64, " end"]), "key [redacted:api-key] end"),
        (made(&["x=sk-", "ant-api03-", b64]), "x=[redacted:api-key]"),
        (made(&["(gsk", "_", b64, ")"]), "([redacted:api-key])"),
        (made(&["AIz", "aSyA1234567890123456789012345678901234"]), "[redacted:api-key]34"),
        (made(&["xox", "b-1234567890-abcdef"]), "[redacted:api-key]"),
        (made(&["ghp", "_", &b64[..36]]), "[redacted:github-token]"),
        (made(&["github_", "pat_", b64]), "[redacted:github-token]"),
        (made(&["id AKI", "AIOSFODNN7EXAMPLE."]), "id [redacted:aws-key]."),
        (made(&["aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"]), "aws_secret_access_key = [redacted:password]"),
        (made(&["eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"]), "[redacted:jwt]"),
        ("Authorization: Bearer abcdefghijklmnop1234\n".into(), "Authorization: Bearer [redacted:bearer]\n"),
        ("authorization: basic dXNlcjpwYXNzd29yZA==".into(), "authorization: basic [redacted:bearer]"),
        ("postgres://me:s3cret@host/db".into(), "postgres://me:[redacted:password]@host/db"),
        ("redis://:p@ss@host:6379".into(), "redis://:[redacted:password]@host:6379"),
        ("password=hunter2 next".into(), "password=[redacted:password] next"),
        ("PGPASSWORD=hunter2;x".into(), "PGPASSWORD=[redacted:password];x"),
        ("{\"password\": \"two words\", \"a\": 1}".into(), "{\"password\": \"[redacted:password]\", \"a\": 1}"),
        (r#"{"body":"{\"api_key\":\"abc def\"}"}"#.into(), r#"{"body":"{\"api_key\":\"[redacted:password]\"}"}"#),
        ("client_secret: 'it is'".into(), "client_secret: '[redacted:password]'"),
        ("GITHUB_TOKEN=abc&x=1".into(), "GITHUB_TOKEN=[redacted:password]&x=1"),
        (made(&["-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE\n-----END RSA ", "PRIVATE KEY-----\nafter"]), "[redacted:private-key]\nafter"),
        (made(&["-----BEGIN ", "PRIVATE KEY-----\nMIIE cut off"]), "[redacted:private-key]"),
    ];
    for (text, expected) in rows {
        assert_eq!(clean(&text), expected, "{text}");
    }
}

#[test]
fn ordinary_texts_stay_as_they_are() {
    for text in [
        "",
        "max_tokens: 100, tokens=5, the token counts",
        "a task-force-with-a-very-long-hyphenated-name and sk-learn-is-a-library-of-python",
        "https://example.com:8080/path?q=1@2 and me@example.com and 4111 1111 1111 1111",
        "fn password(&self) -> &str { self.password() }",
        "bearer of good news; basic instinct",
        "eyJ is how a JSON token begins; AKIA too",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "hällo \u{1F600} wörld",
    ] {
        assert!(
            matches!(redactor(KeepContent::Full, &[]).text(text), Cow::Borrowed(same) if same == text),
            "{text} became {}",
            clean(text)
        );
    }
}

#[test]
fn people_are_taken_out_where_that_is_asked_for() {
    let redactor = redactor(KeepContent::Redacted, &["CUST-[0-9]{6}", "edac"]);
    let said = redactor.text("me@example.com paid with 4111 1111 1111 1111, not 4111 1111 1111 1112, for CUST-123456; redact");
    assert_eq!(said, "[redacted:email] paid with [redacted:card], not 4111 1111 1111 1112, for [redacted:own]; r[redacted:own]t");
}

#[test]
fn values_that_are_known_are_taken_out_whatever_they_look_like() {
    let get = |_: &str| Some("correct horse".into());
    let (known, _) = Secrets::take(["OPENAI_API_KEY"].into_iter(), get);
    let redactor = Redactor::new(&Record::default(), known).unwrap();
    assert_eq!(redactor.text("it is correct horse battery"), "it is [OPENAI_API_KEY] battery");
}

#[test]
fn an_operation_is_clean_in_all_its_texts() {
    let json = r#"{"id":"o1","kind":"chat","started_at":5,"duration_us":7,"outcome":"failed","source":"api",
        "error":{"kind":"x","message":"password=hunter2"},"model":{"asked":"password=hunter2"},
        "content":{"input":"password=hunter2","output":"password=hunter2"},
        "attributes":{"Authorization":"hunter2","a":{"b":["password=hunter2",{"x-api-key":"hunter2","n":5}]}}}"#;
    let mut operation: Operation = serde_json::from_str(json).unwrap();
    redactor(KeepContent::Full, &[]).operation(&mut operation);
    let kept = serde_json::to_string(&operation).unwrap();
    assert!(!kept.contains("hunter2"), "{kept}");
    assert_eq!(operation.attributes["a"]["b"][1]["n"], 5);
    let again = {
        let mut again = operation.clone();
        redactor(KeepContent::Full, &[]).operation(&mut again);
        again
    };
    assert_eq!(again, operation);
    operation.content = Some(Content { input: Some("a".into()), output: None });
    redactor(KeepContent::None, &[]).operation(&mut operation);
    assert_eq!(operation.content, None);
}

/// Were the time not linear in the length, this test would not end: two million bytes squared are four million million steps.
#[test]
fn hostile_texts_of_megabytes_are_no_trouble() {
    let redactor = redactor(KeepContent::Redacted, &["CUST-[0-9]+"]);
    let fragments =
        ["://a:", "password=", "a@", "-----BEGIN PRIVATE KEY-----", "eyJaaaaaa.aaaaaa.", "1 ", "sk-", "pwd:\\\\\"", "://:@", "a.", "\""];
    for fragment in fragments {
        let text = fragment.repeat(2_000_000 / fragment.len());
        assert!(redactor.text(&text).len() <= 10 * text.len(), "{fragment}");
    }
}

fn fragment() -> impl Strategy<Value = String> {
    let fixed = prop_oneof![
        Just("password=".to_owned()),
        Just("password: \"".to_owned()),
        Just("token='".to_owned()),
        Just("Bearer ".to_owned()),
        Just("postgres://me:".to_owned()),
        Just("@host".to_owned()),
        Just(made(&["AKI", "AIOSFODNN7EXAMPLE"])),
        Just(made(&["sk-", "abcdefghij1234567890"])),
        Just(made(&["eyJ", "hbGciOi.eyJzdWIi.c2lnbmF0"])),
        Just(made(&["-----BEGIN ", "PRIVATE KEY-----"])),
        Just(made(&["-----END ", "PRIVATE KEY-----"])),
        Just("[redacted:password]".to_owned()),
        Just("me@example.com".to_owned()),
        Just("4111111111111111".to_owned()),
        Just("CUST-123".to_owned()),
        Just("\\\"".to_owned()),
    ];
    prop_oneof![3 => fixed, 2 => "[ -~]{0,12}", 1 => any::<String>()]
}

fn glued() -> impl Strategy<Value = String> {
    proptest::collection::vec(fragment(), 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn redacting_twice_changes_nothing(text in glued()) {
        static BOTH: LazyLock<Redactor> = LazyLock::new(|| redactor(KeepContent::Redacted, &["CUST-[0-9]+"]));
        let once = BOTH.text(&text).into_owned();
        prop_assert_eq!(BOTH.text(&once).into_owned(), once.clone(), "from {:?}", text);
    }

    #[test]
    fn a_key_does_not_survive_any_company(before in glued(), after in "[ \n\"',;)][ -~]{0,20}") {
        static FULL: LazyLock<Redactor> = LazyLock::new(|| redactor(KeepContent::Full, &[]));
        let key = made(&["sk-", "Zz9Zz8Zz7Zz6Zz5Zz4Zz3Zz2"]);
        let kept = FULL.text(&format!("{before} {key}{after}")).into_owned();
        prop_assert!(!kept.contains(&key), "{kept}");
    }
}
