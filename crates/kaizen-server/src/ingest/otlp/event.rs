//! EVENTS: the log records that tell of work, and how each is read. A new one is a line here.

use super::entity::Beside;
use super::names::Dialect;

/// How a record is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tells {
    /// A model answered.
    Call { beside: Beside },
    /// A model did not answer.
    FailedCall,
    /// One event of Codex's stream: the last one tells of the call.
    CodexStream,
    /// One attempt of Codex: only a failed one is told nowhere else.
    CodexAttempt,
    /// A tool ran.
    Tool,
    /// All of an inference: of the span it belongs to, or on its own where there is none.
    Inference,
    /// One message that went into the inference of the span it belongs to.
    Message { role: &'static str },
    /// What came out of it.
    Choice,
}

/// The table: who sends it, its name, how it is read, and what becomes of it.
pub(super) const EVENTS: &[(Dialect, &str, Tells, &str)] = &[
    (Dialect::ClaudeCode, "claude_code.api_request", Tells::Call { beside: Beside::Cache }, "an operation `chat`"),
    (Dialect::ClaudeCode, "claude_code.api_error", Tells::FailedCall, "a failed operation `chat`"),
    (Dialect::ClaudeCode, "claude_code.tool_result", Tells::Tool, "an operation `tool`"),
    (Dialect::Codex, "codex.sse_event", Tells::CodexStream, "an operation `chat` when `event.kind` is `response.completed` or it failed"),
    (Dialect::Codex, "codex.api_request", Tells::CodexAttempt, "a failed operation `chat` when the attempt failed"),
    (Dialect::Codex, "codex.tool_result", Tells::Tool, "an operation `tool`"),
    (Dialect::GeminiCli, "gemini_cli.api_response", Tells::Call { beside: Beside::Tools }, "an operation `chat`"),
    (Dialect::GeminiCli, "gemini_cli.api_error", Tells::FailedCall, "a failed operation `chat`"),
    (Dialect::GeminiCli, "gemini_cli.tool_call", Tells::Tool, "an operation `tool`"),
    (
        Dialect::GenAi,
        "gen_ai.client.inference.operation.details",
        Tells::Inference,
        "the content of its span's operation; an operation `chat` where it has no span",
    ),
    (Dialect::GenAiMiddle, "gen_ai.system.message", Tells::Message { role: "system" }, "content of its span's operation"),
    (Dialect::GenAiMiddle, "gen_ai.user.message", Tells::Message { role: "user" }, "content of its span's operation"),
    (Dialect::GenAiMiddle, "gen_ai.assistant.message", Tells::Message { role: "assistant" }, "content of its span's operation"),
    (Dialect::GenAiMiddle, "gen_ai.tool.message", Tells::Message { role: "tool" }, "content of its span's operation"),
    (Dialect::GenAiMiddle, "gen_ai.choice", Tells::Choice, "content of its span's operation"),
];

/// How a record with one of these names is read.
pub(super) fn known<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<(Dialect, Tells)> {
    let found = |name: &str| EVENTS.iter().find(|(_, known, ..)| *known == name).map(|(dialect, _, tells, _)| (*dialect, *tells));
    names.into_iter().find_map(found)
}
