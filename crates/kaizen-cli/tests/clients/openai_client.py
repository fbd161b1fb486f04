"""OpenAI's own Python client against the gateway: every call it makes here is one that people make."""

import base64
import json
import struct
import sys
import threading

import openai

BASE = sys.argv[1]
client = openai.OpenAI(base_url=BASE + "/v1", api_key="sk-conformance", max_retries=2, timeout=20)
QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def plain():
    raw = client.chat.completions.with_raw_response.create(model="conform", messages=QUESTION)
    answer = raw.parse()
    assert answer.choices[0].message.content == "Paris.", answer
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0
    assert answer.id and answer.model
    assert raw.headers["x-kaizen-route"].startswith("script/conform"), raw.headers
    assert raw.headers["x-kaizen-cache"] == "off"


def streamed():
    with client.chat.completions.create(model="conform", messages=QUESTION, stream=True) as stream:
        chunks = list(stream)
    assert all(chunk.choices and chunk.id and chunk.model for chunk in chunks), chunks
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Paris."
    assert chunks[-1].choices[0].finish_reason == "stop"
    asked = client.chat.completions.create(
        model="conform", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    *_, last = asked
    assert last.choices == [] and last.usage.total_tokens > 0, last


def tools():
    asked = [{"role": "user", "content": "weather?"}]
    answer = client.chat.completions.create(model="conform", messages=asked, tools=[WEATHER])
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Paris"})
    arguments, name = "", None
    for chunk in client.chat.completions.create(model="conform", messages=asked, tools=[WEATHER], stream=True):
        for delta in chunk.choices[0].delta.tool_calls or []:
            assert delta.index == 0
            name = delta.function.name or name
            arguments += delta.function.arguments or ""
    assert (name, json.loads(arguments)) == ("weather", {"city": "Paris"})
    said = asked + [answer.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    answer = client.chat.completions.create(model="conform", messages=said)
    assert "sunny" in answer.choices[0].message.content


def schema():
    wanted = {"type": "json_schema", "json_schema": {"name": "city", "schema": {"type": "object"}, "strict": False}}
    answer = client.chat.completions.create(
        model="conform", messages=[{"role": "user", "content": "as json"}], response_format=wanted
    )
    assert json.loads(answer.choices[0].message.content) == {"city": "Paris"}


def responses():
    answer = client.responses.create(model="conform", input="What is the capital of France?", store=False)
    assert answer.output_text == "Paris." and answer.status == "completed", answer
    assert answer.usage.input_tokens > 0
    kinds, text = [], ""
    with client.responses.create(
        model="conform", input=[{"role": "user", "content": "What is the capital of France?"}], stream=True, store=False
    ) as stream:
        for number, event in enumerate(stream):
            assert event.sequence_number == number, event
            kinds.append(event.type)
            text += event.delta if event.type == "response.output_text.delta" else ""
    assert text == "Paris."
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
    tool = {"type": "function", "name": "weather", "parameters": WEATHER["function"]["parameters"]}
    call = client.responses.create(model="conform", input="weather?", tools=[tool], store=False).output[0]
    assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "weather", {"city": "Paris"})
    try:
        client.responses.create(model="conform", input="x", previous_response_id="resp_1")
        raise AssertionError("a stateless gateway must refuse earlier responses")
    except openai.BadRequestError as error:
        assert error.param == "previous_response_id", error


def embeddings():
    numbers = client.embeddings.create(model="conform-embed", input=["a", "b"], encoding_format="float")
    assert [item.index for item in numbers.data] == [0, 1]
    usual = client.embeddings.create(model="conform-embed", input=["a", "b"])
    close = [abs(x - y) for x, y in zip(numbers.data[0].embedding, usual.data[0].embedding, strict=True)]
    assert max(close) < 1e-6, "the client asks for base64 by itself and decodes it"
    raw = client.embeddings.with_raw_response.create(model="conform-embed", input="a", encoding_format="base64")
    packed = json.loads(raw.content)["data"][0]["embedding"]
    assert len(struct.unpack(f"<{len(numbers.data[0].embedding)}f", base64.b64decode(packed)))


def models():
    names = [model.id for model in client.models.list()]
    assert "script/conform" in names and "kaizen/auto" in names, names


def errors():
    for wrong, kind in [
        ({"model": "no/such-model", "messages": QUESTION}, openai.NotFoundError),
        ({"model": "conform", "messages": "hello"}, openai.BadRequestError),
        ({"model": "conform", "messages": [{"role": "user", "content": "fail with 400"}]}, openai.BadRequestError),
        ({"model": "conform", "messages": [{"role": "user", "content": "fail with 401"}]}, openai.AuthenticationError),
    ]:
        try:
            client.chat.completions.create(**wrong)
            raise AssertionError(f"{wrong} was answered")
        except kind as error:
            assert error.body["message"], error


def retries():
    answer = client.chat.completions.create(
        model="conform", messages=[{"role": "user", "content": "fail with 500 once"}]
    )
    assert answer.choices[0].message.content == "Here again."


def cancelled():
    stream = client.chat.completions.create(
        model="conform", messages=[{"role": "user", "content": "very slowly"}], stream=True
    )
    next(iter(stream))
    stream.close()


def together():
    wrong = []

    def ask():
        try:
            plain()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is wrong
            wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not wrong, wrong


for check in [plain, streamed, tools, schema, responses, embeddings, models, errors, retries, cancelled, together]:
    check()
    print("ok", check.__name__, flush=True)
