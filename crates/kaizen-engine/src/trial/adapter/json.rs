//! A benchmark that reports itself in JSON or JSON lines, on standard output or in a report file.
//!
//! Accepted are `{"cases": [...], "metrics": {...}}`, a list of cases, a flat object of numbers (metrics), and one object per line:
//! a case, `{"metric": NAME, "value": NUMBER}`, or any of the former. A case is `{"id", "outcome" or "passed", "points", "max",
//! "category", "seconds", "message"}`; other keys are ignored. Among lines, those that do not begin with `{` are noise. A whole document
//! of another shape, such as load generators and evaluation tools write, is one case, `exit-code`, for a command that ends with 0: what of
//! it counts, each `[[metric]]` with `source = "json:..."` says. Everything else (NaN, wrong types, one id or key twice, text that is not
//! UTF-8) makes the run unreadable, with line and key. A reported `seconds` or `max_rss_bytes` is kept as `reported.seconds`,
//! `reported.max_rss_bytes`: the plain names are the supervisor's.

mod case;
mod node;

use super::sound::{add_case, agrees, exit_code, something_ran};
use super::time::Time;
use super::{Adapter, Finished, RawCase, Reading, Request};
use kaizen_domain::scorecard::{CaseId, RunFault};
use node::Node;

/// See the module.
pub(super) struct Json;

/// Metrics only the supervisor measures.
const SUPERVISED: [&str; 2] = ["seconds", "max_rss_bytes"];

impl Adapter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn channel(&self) -> &'static str {
        "What the benchmark prints, or the report file it writes; the file is removed before each run."
    }

    fn unprevented(&self) -> &'static str {
        "Where the benchmark imports the code under test, that code can print or write the report itself."
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let code = exit_code(finished)?;
        if is_foreign(finished.report.unwrap_or(finished.stdout)) {
            return Time.read(request, finished);
        }
        let mut reading = parse(finished.report.unwrap_or(finished.stdout)).map_err(|detail| RunFault::Unreadable { detail })?;
        if !reading.cases.is_empty() || reading.metrics.is_empty() {
            something_ran(&reading.cases, finished)?;
        }
        // Reporting failures and still exiting with zero is what many scripts do; ending badly without a failure is not.
        if code != 0 {
            agrees(code, &reading.cases, finished)?;
        }
        reading.measure(finished);
        reading.select(request.only)
    }
}

/// The cases and metrics in a text; otherwise what is wrong, where.
fn parse(bytes: &[u8]) -> Result<Reading, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("line {line}: not UTF-8")
    })?;
    let text = text.trim_start_matches('\u{feff}').trim_end();
    let mut reading = Reading::default();
    if is_document(text) {
        value(&mut reading, Node::parse(text, 1)?).map_err(|why| format!("line 1: {why}"))?;
        return Ok(reading);
    }
    for (index, line) in text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with('{')) {
        let node = Node::parse(line, index + 1)?;
        value(&mut reading, node).map_err(|why| format!("line {}: {why}", index + 1))?;
    }
    Ok(reading)
}

/// A document of a shape that is none of ours: a list of objects that are no cases, or an object that holds objects or lists and neither
/// cases nor metrics that are numbers.
fn is_foreign(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    match Node::parse(text.trim_start_matches('\u{feff}'), 1) {
        Ok(Node::List(items)) => !items.is_empty() && items.iter().all(is_foreign_item),
        Ok(Node::Object(entries)) => is_foreign_object(&entries),
        _ => false,
    }
}

fn is_foreign_item(item: &Node) -> bool {
    const OURS: [&str; 5] = ["id", "outcome", "passed", "points", "metric"];
    matches!(item, Node::Object(entries) if !entries.is_empty() && !entries.iter().any(|(key, _)| OURS.contains(&key.as_str())))
}

fn is_foreign_object(entries: &[(String, Node)]) -> bool {
    let holds = |node: &Node| matches!(node, Node::Object(_) | Node::List(_));
    let key = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, node)| node);
    let ours = ["cases", "id", "outcome", "passed", "metric"].into_iter().any(|name| key(name).is_some());
    let measures = matches!(key("metrics"), Some(Node::Object(metrics)) if !metrics.iter().any(|(_, node)| holds(node)));
    !ours && !measures && entries.iter().any(|(_, node)| holds(node))
}

/// One value over several lines, or a list; otherwise every line speaks for itself.
fn is_document(text: &str) -> bool {
    let text = text.trim();
    let first = text.lines().next().unwrap_or_default();
    text.starts_with('[') || (text.starts_with('{') && Node::parse(first, 1).is_err() && !first.trim_end().ends_with('}'))
}

/// Takes whatever one value says.
fn value(reading: &mut Reading, node: Node) -> Result<(), String> {
    let entries = match node {
        Node::List(items) => return cases(reading, items, "[]"),
        Node::Object(entries) => entries,
        other => return Err(format!("{} where an object or a list of cases should be", other.kind())),
    };
    let has = |key: &str| entries.iter().any(|(name, _)| name == key);
    if has("cases") || (has("metrics") && !has("id")) {
        document(reading, entries)
    } else if has("id") || has("outcome") || has("passed") {
        let (id, case) = case::case(entries)?;
        add(reading, id, case)
    } else if has("metric") {
        measurement(reading, entries)
    } else {
        entries.into_iter().try_for_each(|(name, node)| metric(reading, name, &node))
    }
}

fn document(reading: &mut Reading, entries: Vec<(String, Node)>) -> Result<(), String> {
    for (key, node) in entries {
        match (key.as_str(), node) {
            ("cases", Node::List(items)) => cases(reading, items, "cases")?,
            ("metrics", Node::Object(entries)) => entries.into_iter().try_for_each(|(name, node)| metric(reading, name, &node))?,
            ("cases", other) => return Err(format!("cases: {} where a list should be", other.kind())),
            ("metrics", other) => return Err(format!("metrics: {} where an object should be", other.kind())),
            _ => {}
        }
    }
    Ok(())
}

fn cases(reading: &mut Reading, items: Vec<Node>, key: &str) -> Result<(), String> {
    for (index, item) in items.into_iter().enumerate() {
        let at = |why: String| format!("{}[{index}]: {why}", key.trim_end_matches("[]"));
        let Node::Object(entries) = item else { return Err(at(format!("{} where a case should be", item.kind()))) };
        let (id, case) = case::case(entries).map_err(at)?;
        add(reading, id, case).map_err(at)?;
    }
    Ok(())
}

fn add(reading: &mut Reading, id: CaseId, case: RawCase) -> Result<(), String> {
    if reading.cases.contains_key(&id) {
        return Err(format!("id: {id} was there before"));
    }
    add_case(&mut reading.cases, id, case).map_err(|fault| fault.to_string())
}

/// `{"metric": NAME, "value": NUMBER}`
fn measurement(reading: &mut Reading, entries: Vec<(String, Node)>) -> Result<(), String> {
    let find = |key: &str| entries.iter().find(|(name, _)| name == key).map(|(_, node)| node);
    let name = match find("metric") {
        Some(Node::Text(name)) => name.clone(),
        _ => return Err("metric: a name should be here".into()),
    };
    metric(reading, name, find("value").ok_or("value: missing beside metric")?)
}

fn metric(reading: &mut Reading, name: String, node: &Node) -> Result<(), String> {
    let Node::Number(number) = node else { return Err(format!("{name}: {} where a number should be", node.kind())) };
    let key = if SUPERVISED.contains(&name.as_str()) { format!("reported.{name}") } else { name };
    match reading.metrics.insert(key.clone(), *number) {
        None => Ok(()),
        Some(_) => Err(format!("{key}: measured twice")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_key() {
        assert_eq!(refused("{\"id\": \"a\", \"passed\": true}\n{\"id\": \"a\", \"passed\": true}"), "line 2: id: a was there before");
        assert_eq!(refused("{\"id\":\"a\",\"passed\":true}\n\n{\"latency\": \"fast\"}"), "line 3: latency: text where a number should be");
        assert!(
            refused("{\"id\": \"a\", \"points\": NaN}").starts_with("line 1: points: "),
            "{}",
            refused("{\"id\": \"a\", \"points\": NaN}")
        );
        assert!(refused("{\"cases\": [\n  {\"id\": \"a\",\n   \"seconds\": Infinity}]}").starts_with("line 3: seconds: "));
        assert!(refused("{\"speed\": 1e999}").starts_with("line 1: speed: "));
        assert_eq!(refused("{\"speed\": 1, \"speed\": 2}"), "line 1: speed: the key is there twice");
    }

    #[test]
    fn noise_around_lines_is_ignored_and_broken_lines_are_not() {
        let reading = parse(b"starting\n{\"id\": \"a\", \"passed\": true}\n 12% done\n{\"metric\": \"x\", \"value\": 2}\n").unwrap();
        assert_eq!((reading.cases.len(), reading.metrics["x"]), (1, 2.0));
        assert!(refused("starting\n{\"id\": \"a\", \"passed\"\n").starts_with("line 2: "));
    }
}
