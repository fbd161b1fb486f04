"""Anthropic's own Python client against the gateway, in front of a provider that speaks another shape."""

import sys

import anthropic

client = anthropic.Anthropic(base_url=sys.argv[1], api_key="sk-ant-conformance", max_retries=2, timeout=20)
QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
WEATHER = {
    "name": "weather",
    "description": "The weather in a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def plain():
    answer = client.messages.create(model="conform", max_tokens=100, messages=QUESTION, system="Be brief.")
    assert (answer.type, answer.role, answer.stop_reason) == ("message", "assistant", "end_turn"), answer
    assert answer.content[0].text == "Paris."
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0


def streamed():
    with client.messages.stream(model="conform", max_tokens=100, messages=QUESTION) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == "Paris." and final.stop_reason == "end_turn", final
    assert final.usage.output_tokens > 0


def tools():
    asked = [{"role": "user", "content": "weather?"}]
    answer = client.messages.create(model="conform", max_tokens=100, messages=asked, tools=[WEATHER])
    call = next(block for block in answer.content if block.type == "tool_use")
    assert (answer.stop_reason, call.name, call.input) == ("tool_use", "weather", {"city": "Paris"})
    with client.messages.stream(model="conform", max_tokens=100, messages=asked, tools=[WEATHER]) as stream:
        final = stream.get_final_message()
    assert next(block for block in final.content if block.type == "tool_use").input == {"city": "Paris"}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
    said = asked + [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
    answer = client.messages.create(model="conform", max_tokens=100, messages=said)
    assert "sunny" in answer.content[0].text, answer


def counted():
    counted = client.messages.count_tokens(model="conform", messages=QUESTION)
    assert counted.input_tokens > 0


def errors():
    for wrong, kind in [
        ({"model": "no/such-model"}, anthropic.NotFoundError),
        ({"messages": "hello"}, anthropic.BadRequestError),
        ({"messages": [{"role": "user", "content": "fail with 401"}]}, anthropic.AuthenticationError),
    ]:
        try:
            client.messages.create(**({"model": "conform", "max_tokens": 100, "messages": QUESTION} | wrong))
            raise AssertionError(f"{wrong} was answered")
        except kind as error:
            assert error.body["type"] == "error" and error.body["error"]["message"], error.body


def cancelled():
    asked = [{"role": "user", "content": "very slowly"}]
    with client.messages.stream(model="conform", max_tokens=100, messages=asked) as stream:
        next(iter(stream.text_stream))


for check in [plain, streamed, tools, counted, errors, cancelled]:
    check()
    print("ok", check.__name__, flush=True)
