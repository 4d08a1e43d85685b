import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  decodeHomeAnswer,
  decodeHomeRequest,
  encodeHomeAnswer,
  encodeHomeRequest,
} from "../../../node/src/workspace/home/wire.ts";
import { HOME_MESSAGE_BYTES_MAX } from "../../../node/src/workspace/limits.ts";
import type { HomeAnswer, HomeRequest } from "../../../node/src/workspace/ports.ts";
import { codeOf } from "./support.ts";

const ID = `0x${"12".repeat(32)}` as const;
const REQUEST: HomeRequest = {
  cluster: 2n ** 200n,
  request: "r-1",
  writer: "helper:3/scout",
  target: { view: "context", key: "a/b", value: null },
  ifVersion: ID,
  ifOrder: "0".repeat(60),
};
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("requests to a home", () => {
  it("come back from their bytes as they were", () => {
    const rules: HomeRequest = { ...REQUEST, target: { view: "rules", text: "be kind" }, ifVersion: null };
    for (const request of [REQUEST, rules])
      expect(decodeHomeRequest(encodeHomeRequest(request))).to.deep.equal(request);
    const answers: readonly HomeAnswer[] = [
      { kind: "written", id: ID },
      { kind: "conflict", current: null },
      { kind: "conflict", current: { version: ID, value: "v", writer: "agent:2" } },
      { kind: "refused", code: "NOT_A_MEMBER", message: "no", retryable: true },
    ];
    for (const answer of answers) expect(decodeHomeAnswer(encodeHomeAnswer(answer))).to.deep.equal(answer);
  });

  it("are refused where they are anything else", async () => {
    const good = { ...REQUEST, cluster: "7" };
    const wrong = [
      new Uint8Array([0xff]),
      new Uint8Array(HOME_MESSAGE_BYTES_MAX + 1),
      bytesOf(null),
      bytesOf({ ...good, cluster: "-1" }),
      bytesOf({ ...good, request: "" }),
      bytesOf({ ...good, writer: "somebody" }),
      bytesOf({ ...good, target: { view: "memory", text: "t" } }),
      bytesOf({ ...good, target: { view: "context", key: "a b", value: "v" } }),
      bytesOf({ ...good, target: { view: "context", key: "a", value: "v".repeat(32 * 1024 + 1) } }),
      bytesOf({ ...good, ifVersion: "latest" }),
      bytesOf({ ...good, ifOrder: "z" }),
      bytesOf({ ...good, more: 1 }),
    ];
    for (const [index, bytes] of wrong.entries())
      expect(await codeOf((async () => decodeHomeRequest(bytes))()), `${index}`).to.equal(
        "HOME_MESSAGE_MALFORMED",
      );
    expect(await codeOf((async () => decodeHomeAnswer(bytesOf({ kind: "yes" })))())).to.equal(
      "HOME_MESSAGE_MALFORMED",
    );
  });

  it("never fail in another way, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 64 }),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (bytes) => {
          for (const decode of [decodeHomeRequest, decodeHomeAnswer]) {
            try {
              decode(bytes);
            } catch (error) {
              expect(error).to.have.property("code", "HOME_MESSAGE_MALFORMED");
            }
          }
        },
      ),
      { seed: 20_260_929 },
    );
  });
});
