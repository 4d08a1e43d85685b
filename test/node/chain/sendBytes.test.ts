import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, keccak256 } from "viem";
import { chainFailure } from "../../../node/src/chain/errors.ts";
import type { Rpc } from "../../../node/src/chain/rpc.ts";
import { createSendBytes } from "../../../node/src/chain/sendBytes.ts";
import { logger } from "./helpers.ts";

const raw: Hex = "0x02c0";
const hash = keccak256(raw);

/** An endpoint that knows the bytes or not, and says this of them; what it was handed stands in `given`. */
function endpoint(isKnown: boolean, refusal?: string) {
  const given: Hex[] = [];
  return {
    given,
    isSlow: false,
    knowsTransaction: async () => isKnown,
    async sendRawTransaction(bytes: Hex) {
      given.push(bytes);
      if (refusal === undefined) return hash;
      throw chainFailure("RPC_FAILED", refusal, { details: { rpcMessage: refusal } });
    },
  };
}

function sendBytesOver(...endpoints: readonly ReturnType<typeof endpoint>[]) {
  const providers = endpoints.map((one, index) => ({ ...one, name: String(index) }));
  const health = providers.map(({ name }) => ({ name, state: "well" }));
  const rpc = { ...endpoints[0], health: () => health, providers: () => providers } as unknown as Rpc;
  return createSendBytes({ rpc, logger });
}

describe("bytes that are handed to whoever does not know them", () => {
  it("go to those alone, and count as known where one of them has them", async () => {
    const [has, lacks] = [endpoint(true), endpoint(false, "transaction underpriced")];
    const { isKnown, sent } = await sendBytesOver(has, lacks).spread({ raw, hash });
    expect({ isKnown, sent }).to.deep.equal({ isKnown: true, sent: undefined });
    expect([has.given, lacks.given]).to.deep.equal([[], [raw]]);
  });

  it("have what most say come of them where nobody knew them", async () => {
    const refusal = "transaction underpriced";
    for (const endpoints of [
      [endpoint(false, refusal)],
      [endpoint(false, refusal), endpoint(false, refusal)],
    ]) {
      const { isKnown, sent } = await sendBytesOver(...endpoints).spread({ raw, hash });
      expect([isKnown, sent?.outcome, sent?.error?.code]).to.deep.equal([false, "fees", "RPC_FAILED"]);
    }
  });

  it("are taken where one takes them", async () => {
    const { sent } = await sendBytesOver(endpoint(false, "transaction underpriced"), endpoint(false)).spread({
      raw,
      hash,
    });
    expect(sent).to.deep.equal({ outcome: "taken", error: undefined });
  });
});
