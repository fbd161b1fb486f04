"""LiteLLM and LangChain as clients of the gateway: what programs written with them send."""

import sys

import litellm
from langchain_anthropic import ChatAnthropic
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

BASE = sys.argv[1]
QUESTION = "What is the capital of France?"
MESSAGES = [{"role": "user", "content": QUESTION}]


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


def chain_chat():
    model = ChatOpenAI(model="conform", base_url=BASE + "/v1", api_key="sk-conformance")
    assert model.invoke(QUESTION).content == "Paris."
    assert "".join(piece.content for piece in model.stream(QUESTION)) == "Paris."

    @tool
    def weather(city: str) -> str:
        """The weather in a city."""
        return "sunny"

    call = model.bind_tools([weather]).invoke("weather?").tool_calls[0]
    assert (call["name"], call["args"]) == ("weather", {"city": "Paris"})


def chain_messages():
    model = ChatAnthropic(model="conform", base_url=BASE, api_key="sk-ant-conformance", max_tokens=50)
    assert model.invoke(QUESTION).content == "Paris."


def chain_embeddings():
    model = OpenAIEmbeddings(
        model="conform-embed", base_url=BASE + "/v1", api_key="sk-conformance", check_embedding_ctx_length=False
    )
    assert len(model.embed_documents(["a", "b"])) == 2


for check in [lite_chat, lite_messages, chain_chat, chain_messages, chain_embeddings]:
    check()
    print("ok", check.__name__, flush=True)
