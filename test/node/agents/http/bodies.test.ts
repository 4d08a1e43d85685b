import { expect } from "chai";
import { describe, it } from "mocha";
import { anthropicApi } from "../../../../node/src/agents/http/anthropic.ts";
import { chatApi } from "../../../../node/src/agents/http/chat.ts";
import type { Question } from "../../../../node/src/agents/http/modelApi.ts";
import { responsesApi } from "../../../../node/src/agents/http/responses.ts";
import { samplePrompt } from "../fixtures/world.ts";

const prompt = samplePrompt();
const question = (settings: Question["settings"] = {}): Question => ({
  model: "m",
  prompt,
  settings,
  tools: [],
  stream: true,
  rounds: [],
});
/** As it is sent: what is undefined is not. */
const sent = (body: object): object => JSON.parse(JSON.stringify(body));

describe("body of a request", () => {
  it("to chat has instructions and data in two messages, and what the version says of tokens and temperature", () => {
    expect(sent(chatApi.body(question({ tokensMax: 500, temperature: 0 })))).to.deep.equal({
      model: "m",
      messages: [
        { role: "system", content: prompt.system },
        { role: "user", content: prompt.user },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 500,
      temperature: 0,
    });
    expect(sent(chatApi.body(question()))).to.have.all.keys("model", "messages", "stream", "stream_options");
  });

  it("to responses has instructions apart, and asks the provider to keep nothing", () => {
    expect(sent(responsesApi.body(question({ tokensMax: 500, temperature: 2 })))).to.deep.equal({
      model: "m",
      instructions: prompt.system,
      input: [{ role: "user", content: prompt.user }],
      stream: true,
      store: false,
      max_output_tokens: 500,
      temperature: 2,
    });
    expect(sent(responsesApi.body(question()))).not.to.have.any.keys("max_output_tokens", "temperature");
  });

  it("to anthropic always has a limit, and no temperature above the highest that it takes", () => {
    expect(sent(anthropicApi.body(question({ tokensMax: 500, temperature: 1.7 })))).to.deep.equal({
      model: "m",
      max_tokens: 500,
      system: prompt.system,
      messages: [{ role: "user", content: prompt.user }],
      stream: true,
      temperature: 1,
    });
    expect(sent(anthropicApi.body(question())))
      .to.include({ max_tokens: 8_192 })
      .and.not.to.have.property("temperature");
  });
});
