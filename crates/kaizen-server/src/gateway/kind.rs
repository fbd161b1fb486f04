//! Of what kind a call is, when its client does not say: a few rules on what it asks for.
//!
//! Wrong guesses cost nothing but a wrong label; whoever wants it right says `x-kaizen-kind`. Where no rule is sure a small model may be
//! asked afterwards: see [`super::intent`].

use kaizen_llm::face::{Asked, Face};

/// Words that give a request away, in the order they are looked for.
const SIGNS: &[(&str, &[&str])] = &[
    ("summarise", &["summarise", "summarize", "summary of", "tl;dr", "fasse zusammen", "zusammenfass"]),
    ("translate", &["translate", "übersetze", "traduis", "traduce"]),
    ("extract", &["extract the", "extract all", "return json", "as json"]),
    ("classify", &["classify", "which category", "sentiment"]),
    ("coding", &["```", "refactor", "stack trace", "unit test", "implement a function", "fix this bug", "def ", "fn ", "class "]),
    ("reasoning", &["step by step", "prove that", "how many", "calculate", "derive"]),
];

/// The kind of a call that shows no sign of another.
pub const UNSURE: &str = "chat";

/// The kind of a call by what the last user turn says; `None` where no rule is sure.
pub fn guess(asked: &Asked, last: &str) -> Option<&'static str> {
    match asked.face {
        Face::Embeddings => return Some("embedding"),
        Face::CountTokens => return Some("count_tokens"),
        _ if asked.has_tools => return Some("tools"),
        _ => {}
    }
    let text = last.to_lowercase();
    SIGNS.iter().find(|(_, signs)| signs.iter().any(|sign| text.contains(sign))).map(|(kind, _)| *kind)
}

/// The kinds that a text can be of.
pub fn of_texts() -> impl Iterator<Item = &'static str> {
    std::iter::once(UNSURE).chain(SIGNS.iter().map(|(kind, _)| *kind))
}
