//! The verdict as JUnit XML: one case for the verdict, one for each case the change breaks or mends.

use super::html::escape;
use super::text::{rows, verdict};
use kaizen_api::v1::CheckResult;
use kaizen_engine::error::EngineError;

/// The suite.
pub fn report(result: &CheckResult) -> Result<String, EngineError> {
    let details: Vec<String> = rows(result).into_iter().map(|(name, text)| format!("{name}: {text}")).collect();
    let failure = |fails: bool, message: &str, text: &str| match fails {
        true => format!("<failure message=\"{}\">{}</failure>", clean(message), clean(text)),
        false => format!("<system-out>{}</system-out>", clean(text)),
    };
    let case = |name: &str, body: String| format!("  <testcase classname=\"kaizen.check\" name=\"{}\">{body}</testcase>\n", clean(name));
    let mut cases = vec![case("verdict", failure(result.exit_code != 0, &verdict(result), &details.join("\n")))];
    cases.extend(
        result.lost.iter().map(|name| case(name, failure(true, "the change breaks it", "passes on the base, not with the change"))),
    );
    cases.extend(result.gained.iter().map(|name| case(name, failure(false, "", "fails on the base, passes with the change"))));
    let failures = result.lost.len() + usize::from(result.exit_code != 0);
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"kaizen check\" tests=\"{}\" failures=\"{failures}\" time=\"{:.3}\">\n{}</testsuite>\n",
        cases.len(),
        result.seconds,
        cases.concat()
    ))
}

/// XML knows no control characters but these.
fn clean(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect();
    escape(&plain)
}
