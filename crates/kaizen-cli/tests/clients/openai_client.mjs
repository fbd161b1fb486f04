// OpenAI's own client for Node against the gateway.

import assert from "node:assert/strict";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "sk-conformance", timeout: 20_000 });
const messages = [{ role: "user", content: "What is the capital of France?" }];
const tools = [
  {
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  },
];

const checks = {
  async plain() {
    const { data, response } = await client.chat.completions.create({ model: "conform", messages }).withResponse();
    assert.equal(data.choices[0].message.content, "Paris.");
    assert.ok(response.headers.get("x-kaizen-route"));
  },
  async streamed() {
    let text = "";
    for await (const chunk of await client.chat.completions.create({ model: "conform", messages, stream: true })) {
      text += chunk.choices[0].delta.content ?? "";
    }
    assert.equal(text, "Paris.");
  },
  async tools() {
    const asked = [{ role: "user", content: "weather?" }];
    const run = client.chat.completions.stream({ model: "conform", messages: asked, tools });
    const final = await run.finalChatCompletion();
    assert.deepEqual(JSON.parse(final.choices[0].message.tool_calls[0].function.arguments), { city: "Paris" });
  },
  async responses() {
    const stream = client.responses.stream({ model: "conform", input: "What is the capital of France?", store: false });
    const final = await stream.finalResponse();
    assert.equal(final.output_text, "Paris.");
  },
  async embeddings() {
    const answer = await client.embeddings.create({ model: "conform-embed", input: ["a", "b"] });
    assert.equal(answer.data.length, 2);
    assert.equal(typeof answer.data[0].embedding[0], "number");
  },
  async errors() {
    await assert.rejects(client.chat.completions.create({ model: "no/such-model", messages }), OpenAI.NotFoundError);
  },
  async cancelled() {
    const asked = [{ role: "user", content: "very slowly" }];
    const stream = await client.chat.completions.create({ model: "conform", messages: asked, stream: true });
    for await (const _ of stream) break;
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log("ok", name);
}
