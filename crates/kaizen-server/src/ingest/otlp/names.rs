//! NAMES: which attributes say what, in the order of preference, in the dialects that instrumentations write.
//!
//! A new dialect is a line here; `docs/reference/telemetry.md` is written from this table. Where two names of a field are both
//! there, the first of its list is read, wherever they stand in the record. Names without a prefix (`model`, `error`) are read
//! only in records of the programs that write them: in others they may mean anything.

use super::attribute;
use super::entity::Work;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Who writes a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenTelemetry's conventions for generative AI as they are now.
    GenAi,
    /// The same between 1.28 and 1.36.
    GenAiMiddle,
    /// The same before 1.28.
    GenAiFirst,
    /// OpenInference: Phoenix, Arize.
    OpenInference,
    /// OpenLLMetry: Traceloop, and what was built with it.
    OpenLlmetry,
    /// OpenTelemetry's general conventions.
    General,
    /// What Anthropic's SDK adds to the conventions.
    AnthropicSdk,
    /// Claude Code's own.
    ClaudeCode,
    /// Codex's own.
    Codex,
    /// Gemini CLI's own.
    GeminiCli,
    /// Ours.
    Kaizen,
}

impl Dialect {
    /// Its name on the reference page.
    pub fn title(self) -> &'static str {
        match self {
            Self::GenAi => "GenAI",
            Self::GenAiMiddle => "GenAI 1.28-1.36",
            Self::GenAiFirst => "GenAI before 1.28",
            Self::OpenInference => "OpenInference",
            Self::OpenLlmetry => "OpenLLMetry",
            Self::General => "OpenTelemetry",
            Self::AnthropicSdk => "Anthropic SDK",
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
            Self::GeminiCli => "Gemini CLI",
            Self::Kaizen => "Kaizen",
        }
    }

    /// Whether its names say nothing in the records of other programs.
    fn plain(self) -> bool {
        matches!(self, Self::ClaudeCode | Self::Codex | Self::GeminiCli)
    }
}

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident: $what:literal = [$($dialect:ident $name:literal),* $(,)?];)*) => {
        /// What can be said of a record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Field { $($(#[$doc])* #[doc = $what] $field),* }

        /// The table.
        pub const NAMES: &[(Field, &str, &[(Dialect, &str)])] =
            &[$((Field::$field, $what, &[$((Dialect::$dialect, $name)),*])),*];
    };
}

fields! {
    OwnKind: "the kind of the operation, in your own words" = [Kaizen "kaizen.kind"];
    Work: "which sort of work it was" = [
        GenAi "gen_ai.operation.name", OpenInference "openinference.span.kind", OpenLlmetry "llm.request.type",
        OpenLlmetry "traceloop.span.kind", ClaudeCode "span.type",
    ];
    Provider: "model.provider" = [
        GenAi "gen_ai.provider.name", GenAiMiddle "gen_ai.system", OpenInference "llm.provider", OpenInference "llm.system",
        OpenLlmetry "llm.vendor",
    ];
    Asked: "model.asked" = [
        GenAi "gen_ai.request.model", OpenInference "llm.request.model_name", OpenInference "llm.model_name",
        OpenInference "embedding.model_name", OpenInference "reranker.model_name", OpenLlmetry "llm.request.model", ClaudeCode "model",
    ];
    Served: "model.served" = [
        GenAi "gen_ai.response.model", OpenInference "llm.response.model_name", OpenLlmetry "llm.response.model",
    ];
    Input: "usage.input" = [
        GenAi "gen_ai.usage.input_tokens", GenAiFirst "gen_ai.usage.prompt_tokens", OpenInference "llm.token_count.prompt",
        OpenLlmetry "llm.usage.prompt_tokens", ClaudeCode "input_tokens", Codex "input_token_count",
    ];
    Output: "usage.output" = [
        GenAi "gen_ai.usage.output_tokens", GenAiFirst "gen_ai.usage.completion_tokens", OpenInference "llm.token_count.completion",
        OpenLlmetry "llm.usage.completion_tokens", ClaudeCode "output_tokens", Codex "output_token_count",
    ];
    Total: "usage.input, where only the sum is said" = [
        OpenInference "llm.token_count.total", OpenLlmetry "gen_ai.usage.total_tokens", OpenLlmetry "llm.usage.total_tokens",
    ];
    CacheRead: "usage.cache_read" = [
        GenAi "gen_ai.usage.cache_read.input_tokens", OpenLlmetry "gen_ai.usage.cache_read_input_tokens",
        OpenInference "llm.token_count.prompt_details.cache_read", ClaudeCode "cache_read_tokens", Codex "cached_token_count",
        GeminiCli "cached_content_token_count",
    ];
    CacheWrite: "usage.cache_write" = [
        GenAi "gen_ai.usage.cache_creation.input_tokens", AnthropicSdk "gen_ai.usage.cache_write.input_tokens",
        OpenLlmetry "gen_ai.usage.cache_creation_input_tokens",
        OpenInference "llm.token_count.prompt_details.cache_write", ClaudeCode "cache_creation_tokens",
    ];
    Reasoning: "usage.reasoning" = [
        GenAi "gen_ai.usage.reasoning.output_tokens", OpenLlmetry "gen_ai.usage.reasoning_tokens",
        OpenInference "llm.token_count.completion_details.reasoning", OpenLlmetry "llm.usage.reasoning_tokens",
        Codex "reasoning_token_count", GeminiCli "thoughts_token_count",
    ];
    ToolInput: "added to usage.input (Codex has its total there, which is not read)" = [GeminiCli "tool_token_count"];
    Cost: "cost, in dollars" = [OpenInference "llm.cost.total", OpenLlmetry "gen_ai.usage.cost", ClaudeCode "cost_usd"];
    FirstSeconds: "first_token_us, from seconds" = [GenAi "gen_ai.response.time_to_first_chunk"];
    FirstMillis: "first_token_us, from milliseconds" = [ClaudeCode "ttft_ms"];
    Session: "session" = [
        GenAi "gen_ai.conversation.id", OpenInference "session.id", OpenLlmetry "traceloop.association.properties.session_id",
        Codex "conversation.id",
    ];
    ErrorType: "error.kind" = [General "error.type", GeminiCli "error_type"];
    HttpStatus: "error.kind, as http_500" = [
        General "http.response.status_code", General "http.status_code", ClaudeCode "status_code",
    ];
    ErrorText: "error.message" = [Codex "error.message", ClaudeCode "error"];
    Success: "outcome" = [ClaudeCode "success"];
    DurationMillis: "duration_us, of events" = [ClaudeCode "duration_ms"];
    Request: "the id, shared by a call's span and its event" = [ClaudeCode "request_id"];
    Response: "nothing; it tells whether two spans tell of one call" = [GenAi "gen_ai.response.id"];
    Said: "content.input" = [
        GenAi "gen_ai.input.messages", OpenInference "input.value", OpenLlmetry "traceloop.entity.input",
        GenAi "gen_ai.tool.call.arguments", GenAiFirst "gen_ai.prompt", Codex "arguments", GeminiCli "function_args",
    ];
    Answered: "content.output" = [
        GenAi "gen_ai.output.messages", OpenInference "output.value", OpenLlmetry "traceloop.entity.output",
        GenAi "gen_ai.tool.call.result", GenAiFirst "gen_ai.completion", Codex "output", GeminiCli "response_text",
    ];
}

/// Beginnings of names that hold content: never kept as attributes.
pub const CONTENT: &[&str] = &[
    "gen_ai.input.",
    "gen_ai.output.messages",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.",
    "gen_ai.task.input",
    "gen_ai.task.output",
    "gen_ai.content.",
    "llm.input_messages",
    "llm.output_messages",
    "llm.prompts",
    "llm.choices",
    "llm.prompt_template.",
    "llm.tools",
    "llm.request.functions",
    "llm.function_call",
    "llm.completions",
    "llm.invocation_parameters",
    "input.",
    "output.",
    "retrieval.documents",
    "reranker.",
    "embedding.embeddings",
    "embedding.text",
    "embedding.vector",
    "embedding.invocation_parameters",
    "document.",
    "tool.parameters",
    "tool.json_schema",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "traceloop.prompt.template",
    "message.",
    "db.statement",
    "db.query.text",
];

/// Whole names that hold content.
pub const CONTENT_NAMES: &[&str] = &[
    "arguments",
    "function_args",
    "output",
    "prompt",
    "response",
    "response_text",
    "request_text",
    "body",
    "tool_parameters",
    "tool_input",
    "user_system_prompt",
    "system_prompt",
];

/// The fields of one record.
pub(super) struct Fields<'a> {
    found: [Option<(u8, &'a AnyValue)>; NAMES.len()],
}

struct Place {
    field: Field,
    rank: u8,
    plain: bool,
}

static PLACES: LazyLock<HashMap<&'static str, Place>> = LazyLock::new(|| {
    let names = NAMES.iter().flat_map(|(field, _, names)| {
        let place = |(rank, (dialect, name)): (usize, &(Dialect, &'static str))| {
            (*name, Place { field: *field, rank: rank as u8, plain: dialect.plain() })
        };
        names.iter().enumerate().map(place)
    });
    names.collect()
});

impl<'a> Fields<'a> {
    /// Reads them; names without a prefix only where `plain` says that the record is of a program that writes them.
    pub(super) fn of(attributes: &'a [KeyValue], plain: bool) -> Self {
        let mut found = [None; NAMES.len()];
        for pair in attributes {
            let (Some(place), Some(value)) = (PLACES.get(pair.key.as_str()), &pair.value) else { continue };
            if place.plain && !plain {
                continue;
            }
            let slot: &mut Option<(u8, &AnyValue)> = &mut found[place.field as usize];
            if slot.is_none_or(|(rank, _)| place.rank < rank) {
                *slot = Some((place.rank, value));
            }
        }
        Self { found }
    }

    fn value(&self, field: Field) -> Option<&'a AnyValue> {
        self.found[field as usize].map(|(_, value)| value)
    }

    /// As text that is not empty, numbers written out.
    pub(super) fn text(&self, field: Field) -> Option<String> {
        self.value(field).and_then(attribute::text).filter(|text| !text.is_empty())
    }

    /// As a count; text that is a number counts.
    pub(super) fn count(&self, field: Field) -> Option<u64> {
        self.value(field).and_then(attribute::number).filter(|number| *number >= 0.0).map(|number| number.round() as u64)
    }

    /// As a finite number.
    pub(super) fn number(&self, field: Field) -> Option<f64> {
        self.value(field).and_then(attribute::number)
    }

    /// As yes or no; the words count too.
    pub(super) fn truth(&self, field: Field) -> Option<bool> {
        match self.text(field)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// Which sort of work the record names, when the word is known.
    pub(super) fn work(&self) -> Option<Work> {
        self.text(Field::Work).and_then(|word| Work::named(&word))
    }
}

/// Whether the attribute is read into a field, or holds content: no attribute of the operation then.
pub(super) fn taken(name: &str, plain: bool) -> bool {
    PLACES.get(name).is_some_and(|place| place.field != Field::Response && (!place.plain || plain)) || is_content(name)
}

fn is_content(name: &str) -> bool {
    CONTENT_NAMES.contains(&name)
        || CONTENT.iter().any(|beginning| match beginning.ends_with('.') {
            true => name.starts_with(beginning),
            // A name and what lies below it (`gen_ai.prompt.0.content`), not whatever begins alike (`output_tokens`).
            false => name.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
        })
}
