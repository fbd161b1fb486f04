"""Ollama's own Python client against the gateway."""

import sys

import ollama

client = ollama.Client(host=sys.argv[1], timeout=20)
QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


def chat():
    answer = client.chat(model="conform", messages=QUESTION)
    assert answer.message.content == "Paris." and answer.done, answer
    assert answer.prompt_eval_count > 0 and answer.eval_count > 0
    pieces = list(client.chat(model="conform", messages=QUESTION, stream=True))
    assert "".join(piece.message.content or "" for piece in pieces) == "Paris."
    assert pieces[-1].done and not pieces[0].done


def generate():
    answer = client.generate(model="conform", prompt="What is the capital of France?")
    assert answer.response == "Paris." and answer.done
    pieces = list(client.generate(model="conform", prompt="What is the capital of France?", stream=True))
    assert "".join(piece.response for piece in pieces) == "Paris."


def tools():
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "weather", "description": "", "parameters": parameters}}
    answer = client.chat(model="conform", messages=[{"role": "user", "content": "weather?"}], tools=[tool])
    call = answer.message.tool_calls[0].function
    assert (call.name, dict(call.arguments)) == ("weather", {"city": "Paris"})


def lists():
    assert "script/conform" in [model.model for model in client.list().models]
    assert isinstance(list(client.ps().models), list)


def errors():
    try:
        client.chat(model="no/such-model", messages=QUESTION)
        raise AssertionError("an unknown model was answered")
    except ollama.ResponseError as error:
        assert error.status_code == 404 and error.error, error


for check in [chat, generate, tools, lists, errors]:
    check()
    print("ok", check.__name__, flush=True)
