"""Runs real, instrumented clients against a small local upstream and keeps what they export over OTLP/HTTP.

    clients.py SET DIRECTORY

SET names one of the client sets below; the environment has to hold the packages of SET.txt (`cargo xtask capture` makes it).
The bodies are written as the exporter sent them: SET.traces.pb, SET.logs.pb, SET.metrics.pb. Nothing leaves this machine.
"""

import itertools
import json
import os
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

random.seed(5)
sys.tracebacklimit = 0  # no paths of this machine in recorded exceptions
PORTS = {}
BODIES = {}
NUMBERS = itertools.count(1)

CHAT_USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 40,
    "total_tokens": 160,
    "prompt_tokens_details": {"cached_tokens": 100},
    "completion_tokens_details": {"reasoning_tokens": 25},
}
MESSAGES_USAGE = {"input_tokens": 12, "cache_read_input_tokens": 300, "cache_creation_input_tokens": 50, "output_tokens": 7}


def chat(asked):
    message = {"role": "assistant", "content": "Bern."}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {"id": f"chatcmpl-{next(NUMBERS)}", "object": "chat.completion", "created": 1, "model": "small-2026", "choices": [choice], "usage": CHAT_USAGE}


def chat_stream(asked):
    number = next(NUMBERS)

    def chunk(choices, usage=None):
        body = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": "small-2026", "choices": choices}
        return "data: " + json.dumps({**body, "usage": usage}) + "\n\n"

    delta = lambda delta, end=None: [{"index": 0, "delta": delta, "finish_reason": end}]
    return "".join([
        chunk(delta({"role": "assistant", "content": ""})),
        chunk(delta({"content": "Ber"})),
        chunk(delta({"content": "n."})),
        chunk(delta({}, "stop")),
        chunk([], CHAT_USAGE),
        "data: [DONE]\n\n",
    ])


def messages(asked):
    content = [{"type": "text", "text": "Bern."}]
    return {"id": f"msg_{next(NUMBERS)}", "type": "message", "role": "assistant", "model": "quick-2026", "content": content, "stop_reason": "end_turn",
            "stop_sequence": None, "usage": MESSAGES_USAGE}


def messages_stream(asked):
    event = lambda name, **rest: f"event: {name}\ndata: " + json.dumps({"type": name, **rest}) + "\n\n"
    start = {**messages(asked), "content": [], "stop_reason": None, "usage": {**MESSAGES_USAGE, "output_tokens": 1}}
    return "".join([
        event("message_start", message=start),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Bern."}),
        event("content_block_stop", index=0),
        event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 7}),
        event("message_stop"),
    ])


def embeddings(asked):
    data = [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}]
    return {"object": "list", "data": data, "model": "vectors-2026", "usage": {"prompt_tokens": 9, "total_tokens": 9}}


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if asked["model"] == "missing":
            error = {"type": "not_found_error", "message": "no model 'missing'", "param": "model", "code": "model_not_found"}
            return self.answer(404, "application/json", json.dumps({"type": "error", "error": error}))
        kind = self.path.rsplit("/", 1)[-1]
        whole = {"completions": chat, "messages": messages, "embeddings": embeddings}[kind]
        if asked.get("stream"):
            whole = {"completions": chat_stream, "messages": messages_stream}[kind]
            return self.answer(200, "text/event-stream", whole(asked))
        self.answer(200, "application/json", json.dumps(whole(asked)))

    def answer(self, status, media, body):
        body = body.encode()
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Collector(Upstream):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        BODIES.setdefault(self.path.rsplit("/", 1)[-1], []).append((self.headers["content-type"], body))
        self.answer(200, self.headers["content-type"], "")


def serve(name, handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    PORTS[name] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


def telemetry():
    from opentelemetry import metrics, trace
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    base = f"http://127.0.0.1:{PORTS['collector']}/v1/"
    resource = Resource.create({"service.name": "capture"})
    spans = TracerProvider(resource=resource)
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(base + "traces"), schedule_delay_millis=600_000))
    trace.set_tracer_provider(spans)
    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(base + "logs"), schedule_delay_millis=600_000))
    try:
        from opentelemetry._logs import set_logger_provider
        set_logger_provider(logs)
    except ImportError:
        pass
    try:
        from opentelemetry._events import set_event_logger_provider
        from opentelemetry.sdk._events import EventLoggerProvider
        set_event_logger_provider(EventLoggerProvider(logs))
    except ImportError:
        pass
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(base + "metrics"), export_interval_millis=600_000)
    meters = MeterProvider(resource=resource, metric_readers=[reader])
    metrics.set_meter_provider(meters)
    return spans, logs, meters


def quietly(call):
    try:
        call()
    except Exception as error:  # the failing calls are part of the capture
        print(f"  {type(error).__name__}: {error}", file=sys.stderr)


def use_openai():
    import openai

    client = openai.OpenAI(base_url=f"http://127.0.0.1:{PORTS['upstream']}/v1", api_key="none", max_retries=0)
    ask = [{"role": "user", "content": "The capital of Switzerland?"}]
    client.chat.completions.create(model="small", messages=ask, temperature=0.5, max_tokens=50)
    for _ in client.chat.completions.create(model="small", messages=ask, stream=True, stream_options={"include_usage": True}):
        pass
    client.embeddings.create(model="vectors", input="Bern", encoding_format="float")
    quietly(lambda: client.chat.completions.create(model="missing", messages=ask))


def use_anthropic():
    import anthropic

    client = anthropic.Anthropic(base_url=f"http://127.0.0.1:{PORTS['upstream']}", api_key="none", max_retries=0)
    ask = [{"role": "user", "content": "The capital of Switzerland?"}]
    client.messages.create(model="quick", max_tokens=50, messages=ask)
    for _ in client.messages.create(model="quick", max_tokens=50, messages=ask, stream=True):
        pass
    quietly(lambda: client.messages.create(model="missing", max_tokens=50, messages=ask))


def genai():
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_AND_EVENT"
    os.environ["OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT"] = "true"

    def instrument():
        from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
        OpenAIInstrumentor().instrument()

    return instrument, [use_openai]


def genai_middle():
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true"

    def instrument():
        from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
        OpenAIInstrumentor().instrument()

    return instrument, [use_openai]


def openllmetry():
    def instrument():
        from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
        OpenAIInstrumentor().instrument()
        AnthropicInstrumentor().instrument()

    return instrument, [use_openai, use_anthropic]


def openinference():
    def instrument():
        from openinference.instrumentation.anthropic import AnthropicInstrumentor
        from openinference.instrumentation.openai import OpenAIInstrumentor
        OpenAIInstrumentor().instrument()
        AnthropicInstrumentor().instrument()

    def in_a_session():
        from openinference.instrumentation import using_session
        with using_session("talk-1"):
            use_openai()
            use_anthropic()

    return instrument, [in_a_session]


SETS = {
    "genai": genai,
    "genai-middle": genai_middle,
    "openllmetry": openllmetry,
    "openllmetry-first": openllmetry,
    "openinference": openinference,
}


def main(name, directory):
    instrument, uses = SETS[name]()
    serve("upstream", Upstream)
    serve("collector", Collector)
    providers = telemetry()
    instrument()
    from opentelemetry import trace
    with trace.get_tracer("capture").start_as_current_span("answer"):
        for use in uses:
            use()
    for provider in providers:
        provider.force_flush()
        provider.shutdown()
    for signal, bodies in sorted(BODIES.items()):
        if signal == "metrics" and name != "genai":
            continue  # they all have the same two
        media, body = bodies[0]
        assert media == "application/x-protobuf", media
        with open(os.path.join(directory, f"{name}.{signal}.pb"), "wb") as file:
            file.write(body)
        print(f"{name}.{signal}.pb: {len(body)} bytes" + (f", {len(bodies) - 1} more not kept" if len(bodies) > 1 else ""))


main(*sys.argv[1:])
