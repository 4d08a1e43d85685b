import { expect } from "chai";
import { describe, it } from "mocha";
import { encodeBody } from "../../../node/src/workspace/log/body.ts";
import { decodeLogBody } from "../../../sdk/src/log/decodeLogBody.ts";
import type { LogAuthor } from "../../../sdk/src/types/logEntry.ts";

const encoded = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("decodeLogBody", () => {
  it("reads what a daemon wrote, of each kind of author", () => {
    const authors: readonly LogAuthor[] = [
      { kind: "agent", agent: 12n },
      { kind: "helper", name: "tester" },
      { kind: "user", user: "0x00000000000000000000000000000000000000aa" },
      { kind: "node" },
    ];
    for (const author of authors) {
      const body = { type: "message.sent", author, data: { text: "Grüße" } };
      expect(decodeLogBody(encodeBody(body)), author.kind).to.deep.equal(body);
    }
  });

  it("has nothing to say of bytes that are no body", () => {
    const wrong = [
      ["message.sent", "agent:1"],
      ["Message", "agent:1", {}],
      [`a.${"b".repeat(60)}`, "agent:1", {}],
      ["message.sent", "agent:01", {}],
      ["message.sent", "user:0xAA", {}],
      ["message.sent", "nobody", {}],
      ["message.sent", "node", []],
      ["message.sent", "node", null],
    ];
    for (const value of wrong)
      expect(decodeLogBody(encoded(value)), JSON.stringify(value)).to.equal(undefined);
    expect(decodeLogBody(Uint8Array.of(0xff))).to.equal(undefined);
  });
});
