//! A verifier for answers that should be JSON: they parse, satisfy a schema, and hold what they should hold.

use super::schema::Schema;
use super::{Verdict, Verify};
use serde_json::Value;

/// One thing an answer must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum ContentCheck {
    /// The text appears somewhere in the answer.
    Contains(String),
    /// The text appears nowhere in it.
    Lacks(String),
    /// What the JSON pointer leads to is this value.
    Equals(String, Value),
    /// What the JSON pointer leads to is there and neither null nor empty.
    Filled(String),
}

/// What is expected of an answer.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// It is JSON of this schema.
    pub schema: Option<Schema>,
    /// It holds all of these.
    pub checks: Vec<ContentCheck>,
}

impl Expectation {
    /// Judges an answer. JSON within a Markdown fence, as models like to give it, counts as JSON.
    pub fn judge(&self, text: &str) -> Verdict {
        match self.fault(text) {
            Some(why) => Verdict::Wrong(why),
            None => Verdict::Verified,
        }
    }

    fn fault(&self, text: &str) -> Option<String> {
        let parsed = serde_json::from_str::<Value>(unfenced(text));
        let json = match &parsed {
            Ok(value) => Ok(value),
            Err(error) => Err(format!("it is no JSON: {error}")),
        };
        let by_schema = self.schema.as_ref().and_then(|schema| match json {
            Ok(value) => schema.check(value).err().map(|mismatch| mismatch.to_string()),
            Err(ref why) => Some(why.clone()),
        });
        by_schema.or_else(|| self.checks.iter().find_map(|check| check.fault(text, json.clone())))
    }
}

impl Verify for Expectation {
    async fn verify(&mut self, text: &str) -> Verdict {
        self.judge(text)
    }
}

impl ContentCheck {
    fn fault(&self, text: &str, json: Result<&Value, String>) -> Option<String> {
        let at = |pointer: &str| json.map(|value| value.pointer(pointer));
        match self {
            Self::Contains(part) => (!text.contains(part)).then(|| format!("'{part}' is missing")),
            Self::Lacks(part) => text.contains(part).then(|| format!("'{part}' should not be there")),
            Self::Equals(pointer, expected) => match at(pointer) {
                Ok(Some(found)) if found == expected => None,
                Ok(Some(found)) => Some(format!("{pointer} is {found}, not {expected}")),
                Ok(None) => Some(format!("{pointer} is missing")),
                Err(why) => Some(why),
            },
            Self::Filled(pointer) => match at(pointer) {
                Ok(Some(found)) if !is_empty(found) => None,
                Ok(_) => Some(format!("{pointer} is missing or empty")),
                Err(why) => Some(why),
            },
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The inside of a fence that is the whole answer; anything else as it is.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inside = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")).and_then(|rest| rest.split_once('\n'));
    inside.map_or(text, |(_, body)| body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn expectation(checks: Vec<ContentCheck>) -> Expectation {
        let schema = Schema::compile(json!({"type": "object", "required": ["sum"], "properties": {"sum": {"type": "integer"}}})).unwrap();
        Expectation { schema: Some(schema), checks }
    }

    fn wrong(text: &str, checks: Vec<ContentCheck>) -> String {
        match expectation(checks).judge(text) {
            Verdict::Wrong(why) => why,
            Verdict::Verified => panic!("verified: {text}"),
        }
    }

    #[test]
    fn json_of_the_right_schema_with_the_wrong_content_does_not_stand() {
        let check = || vec![ContentCheck::Equals("/sum".into(), json!(4))];
        assert_eq!(expectation(check()).judge("```json\n{\"sum\": 4}\n```"), Verdict::Verified);
        assert_eq!(wrong("{\"sum\": 5}", check()), "/sum is 5, not 4");
    }

    #[test]
    fn the_reason_says_what_is_wrong() {
        assert!(wrong("four", vec![]).starts_with("it is no JSON: "));
        assert_eq!(wrong("{}", vec![]), "at the top: 'sum' is missing");
        assert_eq!(wrong("{\"sum\":1}", vec![ContentCheck::Filled("/why".into())]), "/why is missing or empty");
        assert_eq!(wrong("{\"sum\":1,\"why\":\" \"}", vec![ContentCheck::Filled("/why".into())]), "/why is missing or empty");
        assert_eq!(wrong("{\"sum\":1}", vec![ContentCheck::Contains("two".into())]), "'two' is missing");
        assert_eq!(wrong("{\"sum\":1}", vec![ContentCheck::Lacks("sum".into())]), "'sum' should not be there");
    }

    #[test]
    fn plain_text_is_judged_by_its_content_alone() {
        let plain = Expectation { schema: None, checks: vec![ContentCheck::Contains("Paris".into())] };
        assert_eq!(plain.judge("It is Paris."), Verdict::Verified);
        assert_eq!(plain.judge("It is Rome."), Verdict::Wrong("'Paris' is missing".into()));
    }
}
