import { expect } from "chai";
import { describe, it } from "mocha";
import { chatRequest } from "../../../node/src/agents/chatCompletion.ts";
import { buildPrompt } from "../../../node/src/agents/prompt.ts";

const prompt = buildPrompt({
  persona: { name: "Ada", role: "reader", goal: "", backstory: "" },
  task: { name: "read", prompt: "Read." },
  request: "A text.",
  dependencies: [],
  thread: [],
});

describe("chatRequest", () => {
  it("says of tokens and temperature what the version says, a temperature of 0 too", () => {
    const body = JSON.parse(chatRequest("model", prompt, { tokensMax: 500, temperature: 0 }));
    expect(body).to.deep.include({ max_tokens: 500, temperature: 0, model: "model", stream: false });
  });
  it("leaves to the server what the version has no say in", () => {
    for (const body of [chatRequest("model", prompt), chatRequest("model", prompt, {})]) {
      expect(JSON.parse(body)).to.have.all.keys("model", "messages", "stream");
    }
  });
});
