//! The reference page of telemetry, written from the tables: what is read, and what becomes of it.

use super::attribute::{ATTRIBUTE_LIMIT, TEXT_LIMIT};
use super::content::CONTENT_LIMIT;
use super::event::EVENTS;
use super::names::{CONTENT, CONTENT_NAMES, NAMES};

const HEAD: &str = "# Telemetry

<!-- written by `cargo xtask docs` -->

Point an OTLP/HTTP exporter at the daemon (`OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8400`, `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`
or `http/json`): `/v1/traces`, `/v1/logs` and `/v1/metrics` take protobuf and JSON, plain or in gzip. Spans and events become operations,
data points become samples, and with `otlp.forward` the same bytes go on to the next collector.

## Spans

A span that names its work becomes an operation of that kind; its id is `trace:span`, so sending it again changes nothing.

| kind | words for it (`gen_ai.operation.name`, `openinference.span.kind`, `llm.request.type`, `traceloop.span.kind`) | tokens count |
|---|---|---|
| `chat` | `chat`, `generate_content`, `LLM`, `llm_call`, `llm_request`, `generation`, `responses` | yes |
| `completion` | `text_completion`, `completion` | yes |
| `embeddings` | `embeddings`, `EMBEDDING` | yes |
| `agent` | `invoke_agent`, `create_agent`, `AGENT`, `agent_call` | no |
| `workflow` | `invoke_workflow`, `workflow`, `CHAIN`, `task`, `PROMPT`, `DECISION`, `interaction` | no |
| `tool` | `execute_tool`, `TOOL`, `tool_call` | no |
| `retrieval`, `rerank`, `guardrail`, `evaluation` | `RETRIEVER`, `RERANKER`, `GUARDRAIL`, `EVALUATOR` and the like | no |
| `http`, `db`, `rpc`, `messaging`, `function`, `span` | spans of other sorts: only roots, servers, consumers, and what failed | no |

- Tokens count where a model was asked and nowhere else. Agents, chains and calls around other calls repeat the tokens of those below
  them: theirs are kept as the attribute `usage.repeated`.
- `usage.input` holds what the cache did, and `usage.output` the reasoning; a part that is larger than its whole was counted beside it.
- One call that two instrumentations tell (an SDK's own spans under installed ones) is one operation with the inner span's tokens, in one
  request or in two: then the first stays, and its attribute `told_again_as` names the second.
- A span that is passed over hands what hangs below it to the next one above.
- A status `ERROR`, or an `error.type`, is a failure; its kind is `error.type`, the type of the exception, or `http_` and the status. A
  `CancelledError` and its like are `cancelled`.
- The session is the conversation that is named, else the trace. `kaizen.kind` on a span or event is the kind in your own words.
- A span that ended before it began is taken as 0 ms long, one that began more than ten seconds in the future as begun now: the attribute
  `clock` says so. More than a day in the future, before the year 2000, without a beginning or an end: rejected.
";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    page += "\n## Names\n\nThe first name of a line that is there is read. Names without a prefix are read only in records of their program.\n\n";
    page += "| read into | names, in the order of preference |\n|---|---|\n";
    for (_, what, names) in NAMES {
        let listed: Vec<String> = names.iter().map(|(dialect, name)| format!("`{name}` ({})", dialect.title())).collect();
        line(&mut page, &[what, &listed.join(", ")]);
    }
    page += "\nNumbered messages (`gen_ai.prompt.0.content`, `gen_ai.completion.0.content`, `llm.input_messages.0.message.content`, ...) are put together as a\n";
    page += "JSON list. Every other attribute is kept by its name, unless it holds content: ";
    let content: Vec<String> = CONTENT.iter().chain(CONTENT_NAMES).map(|name| format!("`{name}`")).collect();
    page += &content.join(", ");
    page += ".\n";
    page += &format!(
        "\nOf one record at most {ATTRIBUTE_LIMIT} attributes are kept, texts up to {TEXT_LIMIT} bytes, and {} KiB each of what went in and came out.\n",
        CONTENT_LIMIT >> 10
    );
    page +=
        "\n## Events\n\nLog records with these names, as event name, as attribute `event.name` or as body; other logs are passed over.\n\n";
    page += "| sender | event | becomes |\n|---|---|---|\n";
    for (dialect, name, _, becomes) in EVENTS {
        line(&mut page, &[dialect.title(), &format!("`{name}`"), becomes]);
    }
    page += TAIL;
    page
}

fn line(page: &mut String, cells: &[&str]) {
    page.push_str("| ");
    page.push_str(&cells.join(" | "));
    page.push_str(" |\n");
}

const TAIL: &str = "
A call of Claude Code has the id of its request, `claude_code:req_...`, as span and as event; other events are named after what they say.

## Metrics

Each data point is a sample: name, unit, value, time, attributes, and whether it is a level, what was added since the sample before, or the
total since a time. Of histograms and summaries the sum and the count are kept. Metrics never become operations: what they count was told
by spans or events.

## Answers

| status | when |
|---|---|
| 200 | kept; `partialSuccess` counts the records that were rejected and names the first three reasons |
| 400 | not protobuf, not JSON, not gzip, or for another address |
| 413 | larger than `[serve] body_limit`, as it came or once decompressed |
| 415 | another media type or compression |

A rejected record is kept with its reason and can be looked at. Refusals are a `google.rpc.Status` in the encoding of the request.

## Passing on

`otlp.forward` sends each request to the next collector with its bytes and headers unchanged, apart from those of the connection and ours
(`x-kaizen-...`). It waits in a bounded queue, is tried again after 429, 502, 503, 504 and where nobody answers, and never holds up what comes
in: what does not fit is dropped; `kaizen_telemetry_forwarded` on `/metrics` counts it.
";
