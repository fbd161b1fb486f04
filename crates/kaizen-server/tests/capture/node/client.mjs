// Runs an instrumented OpenAI client against a local upstream and keeps what Node's exporters send: OTLP as JSON.
//
//     node client.mjs DIRECTORY
//
// An event as Claude Code writes it and its counter of tokens are sent by hand with the same exporters that it uses.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { SpanStatusCode, context, metrics, trace } from "@opentelemetry/api";
import { OpenAIInstrumentation } from "@arizeai/openinference-instrumentation-openai";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import OpenAI from "openai";

Error.stackTraceLimit = 0; // no paths of this machine in recorded exceptions
const bodies = {};
const usage = { prompt_tokens: 120, completion_tokens: 40, total_tokens: 160, prompt_tokens_details: { cached_tokens: 100 } };
const choices = [{ index: 0, message: { role: "assistant", content: "Bern." }, finish_reason: "stop" }];

const listen = (handler) =>
  new Promise((ready) => {
    const server = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      handler(request, Buffer.concat(pieces), response);
    });
    server.listen(0, "127.0.0.1", () => ready(server));
  });
const upstream = await listen((_request, _body, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "small-2026", choices, usage }));
});
const collector = await listen((request, body, response) => {
  bodies[request.url.split("/").pop()] ??= [request.headers["content-type"], body];
  response.setHeader("content-type", "application/json");
  response.end("{}");
});
const url = (path) => `http://127.0.0.1:${collector.address().port}/v1/${path}`;

const resource = resourceFromAttributes({ "service.name": "capture" });
const spans = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: url("traces") }))] });
trace.setGlobalTracerProvider(spans);
const instrumentation = new OpenAIInstrumentation();
instrumentation.setTracerProvider(spans);
instrumentation.manuallyInstrument(OpenAI);
const client = new OpenAI({ baseURL: `http://127.0.0.1:${upstream.address().port}/v1`, apiKey: "none", maxRetries: 0 });
await client.chat.completions.create({ model: "small", messages: [{ role: "user", content: "The capital of Switzerland?" }] });
const tool = spans.getTracer("capture").startSpan("lookup", { attributes: { "openinference.span.kind": "TOOL", "tool.name": "lookup" } });
tool.recordException(new TypeError("no such city"));
tool.setStatus({ code: SpanStatusCode.ERROR, message: "no such city" });
tool.end();
await spans.forceFlush();

const claude = resourceFromAttributes({ "service.name": "claude-code", "service.version": "2.1.0" });
const logs = new LoggerProvider({
  resource: claude,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: url("logs") }) })],
});
const logger = logs.getLogger("com.anthropic.claude_code.events");
const event = (name, attributes) =>
  logger.emit({
    body: `claude_code.${name}`,
    attributes: { "session.id": "talk-2", "event.name": name, "event.sequence": 3, "prompt.id": "p-1", ...attributes },
  });
event("user_prompt", { prompt_length: "28" });
event("api_request", {
  model: "claude-opus-5", input_tokens: 12, output_tokens: 7, cache_read_tokens: 300, cache_creation_tokens: 50, cost_usd: 0.0123,
  duration_ms: 1500, request_id: "req_1",
});
event("api_error", { model: "claude-opus-5", error: "Overloaded", status_code: "529", duration_ms: "20", attempt: "1" });
event("tool_result", { tool_name: "Bash", success: "false", duration_ms: "30", error: "exit 1" });
await logs.forceFlush();

const exporter = new OTLPMetricExporter({ url: url("metrics"), temporalityPreference: AggregationTemporality.DELTA });
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 });
const meters = new MeterProvider({ resource: claude, readers: [reader] });
const meter = meters.getMeter("com.anthropic.claude_code");
const tokens = meter.createCounter("claude_code.token.usage", { unit: "tokens" });
tokens.add(12, { type: "input", model: "claude-opus-5", "session.id": "talk-2" });
tokens.add(300, { type: "cacheRead", model: "claude-opus-5", "session.id": "talk-2" });
meter.createCounter("claude_code.cost.usage", { unit: "USD" }).add(0.0123, { model: "claude-opus-5", "session.id": "talk-2" });
await meters.forceFlush();

for (const [signal, [media, body]] of Object.entries(bodies)) {
  if (media !== "application/json") throw new Error(media);
  writeFileSync(`${process.argv[2]}/node.${signal}.json`, body);
  console.log(`node.${signal}.json: ${body.length} bytes`);
}
process.exit(0);
