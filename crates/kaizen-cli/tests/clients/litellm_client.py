"""LiteLLM as a client of the gateway: what programs written with it send."""

import sys

import litellm

BASE = sys.argv[1]
MESSAGES = [{"role": "user", "content": "What is the capital of France?"}]


def lite_chat():
    asked = {"model": "openai/conform", "api_base": BASE + "/v1", "api_key": "sk-conformance", "messages": MESSAGES}
    assert litellm.completion(**asked).choices[0].message.content == "Paris."
    pieces = litellm.completion(stream=True, **asked)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == "Paris."


def lite_messages():
    answer = litellm.completion(
        model="anthropic/conform", api_base=BASE, api_key="sk-ant-conformance", messages=MESSAGES, max_tokens=50
    )
    assert answer.choices[0].message.content == "Paris."


for check in [lite_chat, lite_messages]:
    check()
    print("ok", check.__name__, flush=True)
