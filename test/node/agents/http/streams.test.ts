import { expect } from "chai";
import { describe, it } from "mocha";
import { AgentError } from "../../../../node/src/agents/errors.ts";
import { anthropicApi } from "../../../../node/src/agents/http/anthropic.ts";
import { chatApi } from "../../../../node/src/agents/http/chat.ts";
import type { ModelApi, Reply } from "../../../../node/src/agents/http/modelApi.ts";
import { responsesApi } from "../../../../node/src/agents/http/responses.ts";
import { ProviderFault } from "../../../../node/src/agents/http/status.ts";

/** The answer of a stream of these events; undefined if its end has not come. */
function read(api: ModelApi, events: readonly unknown[]): Reply | undefined {
  const stream = api.createStream();
  for (const event of events) stream.take(typeof event === "string" ? event : JSON.stringify(event));
  const whole = stream.whole();
  return whole === undefined ? undefined : api.read(whole);
}

/** How a stream fails. */
function failureOf(api: ModelApi, events: readonly unknown[]): string {
  try {
    read(api, events);
  } catch (error) {
    if (error instanceof AgentError) return error.code;
    if (error instanceof ProviderFault) return `${error.type}: ${error.message}`;
    throw error;
  }
  return "none";
}

describe("stream of messages that breaks off", () => {
  it("has told what was read, and what was written so far", () => {
    const stream = anthropicApi.createStream();
    expect(stream.usageSoFar?.()).to.equal(undefined);
    const usage = { input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 1 };
    stream.take(JSON.stringify({ type: "message_start", message: { usage } }));
    expect(stream.usageSoFar?.()).to.deep.equal({ inputTokens: 100, outputTokens: 1, cachedTokens: 40 });
    stream.take(JSON.stringify({ type: "message_delta", delta: {}, usage: { output_tokens: 9 } }));
    expect(stream.usageSoFar?.()).to.include({ outputTokens: 9 });
  });
});

describe("stream of chat", () => {
  const delta = (given: object, finish: string | null = null) => ({
    choices: [{ delta: given, finish_reason: finish }],
  });
  const piece = (given: object) => delta({ tool_calls: [given] });

  it("is over with a reason to stop, also where a server sends no [DONE]", () => {
    expect(read(chatApi, [delta({ content: "a" }), delta({ content: "b" }, "stop")])?.text).to.equal("ab");
    expect(read(chatApi, [delta({ content: "a" }), "[DONE]"])?.text).to.equal("a");
    expect(read(chatApi, [delta({ content: "a" })])).to.equal(undefined);
  });

  it("reads a whole answer that does not say why it stopped", () => {
    expect(chatApi.read({ choices: [{ message: { content: "a" } }] })).to.deep.include({
      text: "a",
      stop: "end",
    });
  });

  it("puts calls together that come in pieces, several at once", () => {
    const reply = read(chatApi, [
      piece({ index: 0, id: "x", function: { name: "note", arguments: "" } }),
      piece({ index: 0, function: { arguments: '{"a"' } }),
      piece({ index: 1, id: "y", function: { name: "read", arguments: "{}" } }),
      piece({ index: 0, function: { arguments: ":1}" } }),
      delta({}, "tool_calls"),
    ]);
    expect(reply?.calls).to.deep.equal([
      { id: "x", name: "note", arguments: '{"a":1}' },
      { id: "y", name: "read", arguments: "{}" },
    ]);
  });

  it("takes calls without numbers and without ids from servers that leave them out", () => {
    const reply = read(chatApi, [
      piece({ id: "x", function: { name: "note", arguments: "{" } }),
      piece({ function: { arguments: "}" } }),
      piece({ id: "y", function: { name: "read", arguments: "{}" } }),
      piece({ index: 2, function: { name: "third", arguments: "{}" } }),
      "[DONE]",
    ]);
    expect(reply?.calls.map(({ id, arguments: given }) => [id, given])).to.deep.equal([
      ["x", "{}"],
      ["y", "{}"],
      ["call_2", "{}"],
    ]);
  });

  it("refuses calls whose numbers leave gaps, or are none", () => {
    for (const index of [1, -1, 1e9, 0.5])
      expect(failureOf(chatApi, [piece({ index, id: "x", function: {} })]), `${index}`).to.equal(
        "AGENT_HTTP_MALFORMED",
      );
  });

  it("takes usage from whichever event has it, and leaves out what is odd", () => {
    const usage = {
      prompt_tokens: 5,
      completion_tokens: "many",
      prompt_tokens_details: { cached_tokens: 2 },
    };
    const reply = read(chatApi, [delta({ content: "a" }, "stop"), { choices: [], usage, model: "m-1" }]);
    expect(reply).to.deep.include({ usage: { inputTokens: 5, cachedTokens: 2 }, model: "m-1" });
  });

  it("tells of an error in its middle", () => {
    const error = { error: { type: "server_error", code: 503, message: "busy" } };
    expect(failureOf(chatApi, [delta({ content: "a" }), error])).to.equal("server_error 503: busy");
  });
});

describe("stream of responses", () => {
  const item = { type: "message", id: "i", content: [{ type: "output_text", text: "ab" }] };
  const thought = { type: "reasoning", id: "r", encrypted_content: "sealed" };
  const bare = { type: "reasoning", id: "r2" };
  const call = { type: "function_call", id: "f", call_id: "c", name: "note", arguments: "{}" };

  it("takes the items from the events where the last one leaves them out", () => {
    const events = [
      { type: "response.output_item.done", item },
      { type: "response.completed", response: { status: "completed", output: [] } },
    ];
    expect(read(responsesApi, events)?.text).to.equal("ab");
    expect(read(responsesApi, events.slice(0, 1))).to.equal(undefined);
  });

  it("tells again what it needs to: no ids, and thoughts only where they came whole", () => {
    const response = { status: "completed", output: [thought, bare, item, call] };
    const reply = read(responsesApi, [{ type: "response.completed", response }]);
    expect(reply?.told).to.deep.equal(
      [thought, item, call].map(({ id: _, ...rest }: { readonly id: string }) => rest),
    );
  });

  it("tells of a failure, and of a filter", () => {
    const failed = {
      type: "response.failed",
      response: { error: { code: "server_error", message: "busy" } },
    };
    expect(failureOf(responsesApi, [failed])).to.equal("server_error: busy");
    expect(failureOf(responsesApi, [{ type: "error", code: "x", message: "y" }])).to.equal("error x: y");
    const filtered = {
      status: "incomplete",
      incomplete_details: { reason: "content_filter" },
      output: [item],
    };
    expect(read(responsesApi, [{ type: "response.incomplete", response: filtered }])?.stop).to.equal(
      "refused",
    );
  });
});

describe("stream of anthropic", () => {
  const start = {
    type: "message_start",
    message: { type: "message", model: "m-1", usage: { input_tokens: 5, output_tokens: 1 } },
  };
  const begin = (index: number, block: object) => ({
    type: "content_block_start",
    index,
    content_block: block,
  });
  const delta = (index: number, given: object) => ({ type: "content_block_delta", index, delta: given });
  const end = [
    {
      type: "message_delta",
      delta: { stop_reason: "tool_use" },
      usage: { output_tokens: 9, cache_read_input_tokens: 3 },
    },
    { type: "message_stop" },
  ];

  it("puts blocks together: texts, calls, thoughts with their seals", () => {
    const reply = read(anthropicApi, [
      start,
      { type: "ping" },
      begin(0, { type: "thinking", thinking: "" }),
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      delta(0, { type: "signature_delta", signature: "seal" }),
      begin(1, { type: "text", text: "" }),
      delta(1, { type: "text_delta", text: "I note." }),
      begin(2, { type: "tool_use", id: "x", name: "note", input: {} }),
      delta(2, { type: "input_json_delta", partial_json: '{"a"' }),
      delta(2, { type: "input_json_delta", partial_json: ":1}" }),
      delta(1, { type: "something_new", text: "?" }),
      ...end,
    ]);
    expect(reply).to.deep.include({
      text: "I note.",
      calls: [{ id: "x", name: "note", arguments: { a: 1 } }],
      usage: { inputTokens: 8, outputTokens: 9, cachedTokens: 3 },
      model: "m-1",
    });
    expect((reply?.told as object[] | undefined)?.[0]).to.deep.equal({
      type: "thinking",
      thinking: "hm",
      signature: "seal",
    });
  });

  it("is not over before its own end", () => {
    expect(read(anthropicApi, [start, begin(0, { type: "text", text: "a" }), end[0]])).to.equal(undefined);
  });

  it("refuses pieces of blocks that did not begin, and blocks out of order", () => {
    const cases = [
      [start, delta(0, { type: "text_delta", text: "a" })],
      [start, begin(1, { type: "text", text: "" })],
      [start, begin(0, { type: "text", text: "" }), begin(0, { type: "text", text: "" })],
      [end[1]],
    ];
    for (const [index, events] of cases.entries())
      expect(failureOf(anthropicApi, events), `case ${index}`).to.equal("AGENT_HTTP_MALFORMED");
  });

  it("tells of an error in its middle", () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "busy" } };
    expect(failureOf(anthropicApi, [start, error])).to.equal("overloaded_error: busy");
  });
});
