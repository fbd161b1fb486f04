//! The verdict as one page that needs nothing else.

use super::text::{rows, verdict};
use kaizen_api::v1::CheckResult;
use kaizen_engine::error::EngineError;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:52rem;padding:0 1rem;color:#1b1f24;background:#fff}\
h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}td{padding:.4rem .6rem;border-top:1px solid #d0d7de;vertical-align:top;\
overflow-wrap:anywhere}td:first-child{color:#57606a;white-space:nowrap}.better,.not_worse{color:#1a7f37}.worse{color:#cf222e}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td{border-color:#30363d}td:first-child{color:#8d96a0}\
.better,.not_worse{color:#3fb950}.worse{color:#f85149}}";

/// The page.
pub fn report(result: &CheckResult) -> Result<String, EngineError> {
    let row = |(name, text): (&str, String)| format!("<tr><td>{}</td><td>{}</td></tr>\n", escape(name), escape(&text));
    let table: String = rows(result).into_iter().map(row).collect();
    let (class, verdict) = (escape(&result.verdict), escape(&verdict(result)));
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<title>kaizen check: {verdict}</title>\n<style>{STYLE}</style>\n<h1>kaizen check: <span class=\"{class}\">{verdict}</span></h1>\n\
<table>\n{table}</table>\n</html>\n"
    ))
}

/// Text of others as text.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
