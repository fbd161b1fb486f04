"""LangChain as a client of the gateway: what programs written with it send."""

import sys

from langchain_anthropic import ChatAnthropic
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

BASE = sys.argv[1]
QUESTION = "What is the capital of France?"


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


for check in [chain_chat, chain_messages, chain_embeddings]:
    check()
    print("ok", check.__name__, flush=True)
