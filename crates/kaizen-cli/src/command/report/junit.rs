//! A page as JUnit XML: each case once, the verdict among them.

use super::{Case, End, Page, escape};

/// One suite.
pub fn junit(page: &Page) -> String {
    let class = page.title.replace(' ', ".");
    let cases: String = page.cases.iter().map(|case| one(&class, case)).collect();
    let count = |is: fn(&End) -> bool| page.cases.iter().filter(|case| is(&case.end)).count();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\">\n{cases}</testsuite>\n</testsuites>\n",
        escape(&page.title),
        page.cases.len(),
        count(|end| matches!(end, End::Failed(_))),
        count(|end| *end == End::Skipped),
        page.seconds
    )
}

fn one(class: &str, case: &Case) -> String {
    let time = case.seconds.map_or_else(String::new, |seconds| format!(" time=\"{seconds:.6}\""));
    let said = if case.text.is_empty() { String::new() } else { format!("<system-out>{}</system-out>", escape(&case.text)) };
    let body = match &case.end {
        End::Passed => said,
        End::Skipped => format!("<skipped/>{said}"),
        End::Failed(why) => format!("<failure message=\"{}\">{}</failure>", escape(&why.replace('\n', " ")), escape(&case.text)),
    };
    let name = escape(&case.name.replace('\n', " "));
    format!("  <testcase classname=\"{class}\" name=\"{name}\"{time}>{body}</testcase>\n")
}
