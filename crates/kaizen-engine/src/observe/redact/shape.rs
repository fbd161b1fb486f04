//! What secrets look like. Repetitions are short or without an upper bound: long counted ones make large, slow automata.

/// One shape.
pub(super) struct Shape {
    /// The word in its mark.
    pub(super) kind: &'static str,
    /// It; the group `secret`, where there is one, is what is taken out.
    pub(super) pattern: &'static str,
    /// What no pattern can say.
    pub(super) check: fn(&str) -> bool,
}

const fn shape(kind: &'static str, pattern: &'static str) -> Shape {
    Shape { kind, pattern, check: |_| true }
}

/// A value after a name that says it is a secret: in code, in an environment, in JSON, in JSON inside of a JSON text.
macro_rules! assigned {
    ($value:literal) => {
        concat!(
            r"(?i-u:\bpass|password|passwd|passphrase|\bpwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|token|credential)",
            r"[\\]{0,4}[\x22']?\s{0,8}[=:]\s{0,8}",
            $value
        )
    };
}

/// In the order in which they are applied: the exact ones before those that go by a name beside the secret.
pub(super) const SECRETS: &[Shape] = &[
    // Cut off before its end it is still one.
    shape(
        "private-key",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----(?s:.)*?(-----END [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----|\z)",
    ),
    Shape { kind: "api-key", pattern: r"(?-u:\b)(sk|rk|pk)-[A-Za-z0-9_-]{20,}", check: has_digit },
    Shape {
        kind: "api-key",
        pattern: r"(?-u:\b)(sk|rk)_(live|test)_[A-Za-z0-9]{16,}|(?-u:\b)(gsk|hf|r8|npm|dop_v1|kz)_[A-Za-z0-9]{20,}",
        check: has_digit,
    },
    Shape { kind: "api-key", pattern: r"(?-u:\b)(xai|pplx|nvapi|pypi|glpat|fw|tgp)-[A-Za-z0-9_-]{20,}", check: has_digit },
    shape(
        "api-key",
        r"(?-u:\b)AIza[0-9A-Za-z_-]{35}|(?-u:\b)SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}|(?-u:\b)xox[abeoprs]-[A-Za-z0-9-]{10,}",
    ),
    shape("github-token", r"(?-u:\b)gh[pousr]_[A-Za-z0-9]{30,}|(?-u:\b)github_pat_[A-Za-z0-9_]{22,}"),
    shape("aws-key", r"(?-u:\b)(AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}(?-u:\b)"),
    shape("jwt", r"(?-u:\b)eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*){1,3}"),
    shape("bearer", r"(?i-u:\b)(?i:bearer|basic)[ \t]+(?<secret>[A-Za-z0-9._~+/-]{16,}=*)"),
    // A password in an address; one with an '@' in it ends at the last.
    shape("password", r#"://[^\s/:@"'<>\\]*:(?<secret>[^\s/"'<>\\]+)@"#),
    shape("password", assigned!(r"[\\]{0,4}\x22(?<secret>[^\x22\\\n]+)")),
    shape("password", assigned!(r"[\\]{0,4}'(?<secret>[^'\\\n]+)")),
    shape("password", assigned!(r"(?<secret>[^\s\x22'\\&;,<>(){}\[][^\s\x22'\\&;,<>]*)")),
];

/// What tells who somebody is; taken out where it is asked for.
pub(super) const PERSONAL: &[Shape] = &[
    shape("email", r"(?-u:\b)[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
    Shape { kind: "card", pattern: r"(?-u:\b)[0-9]([ -]?[0-9]){12,18}(?-u:\b)", check: is_card },
];

/// Names under which a secret stands, whatever it looks like.
pub(super) fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|sign| sign.to_ascii_lowercase()).collect();
    let ends = ["password", "passwd", "passphrase", "secret", "apikey", "accesskey", "privatekey", "token", "authorization", "cookie"];
    ends.iter().any(|end| plain.ends_with(end)) || plain == "pwd"
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Luhn's check sum, as ISO/IEC 7812 gives it.
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|sign| sign.to_digit(10)).collect();
    let doubled = |(place, digit): (usize, &u32)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, twice) => twice / 10 + twice % 10,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}
