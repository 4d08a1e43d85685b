import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { createCompletions } from "../../../node/src/network/completions.ts";
import { createCounters } from "../../../node/src/network/stats.ts";
import type { SignedCompletion } from "../../../node/src/network/types.ts";
import {
  CHAIN_ID,
  CLUSTER,
  CLUSTER_EXECUTIONS,
  codeOf,
  DirectoryFake,
  fakeClock,
  register,
  signedCompletion,
} from "./support.ts";

function setting() {
  const directory = new DirectoryFake();
  const node = register(directory, 2n);
  const completions = createCompletions(
    { chainId: CHAIN_ID, clusterExecutions: CLUSTER_EXECUTIONS },
    { directory, clock: fakeClock(), counters: createCounters() },
  );
  const heard: SignedCompletion[] = [];
  completions.onCompletion((message) => void heard.push(message));
  return { directory, node, completions, heard };
}

describe("completions", () => {
  it("are delivered once, however often and by whomever they come", async () => {
    const { node, completions, heard } = setting();
    const message = await signedCompletion(node);
    const taken = await Promise.all([
      completions.take(message),
      completions.take({ ...message }),
      completions.take(message),
    ]);
    expect(taken.filter(Boolean)).to.have.length(1);
    expect(await completions.take(message)).to.equal(false);
    expect(heard).to.deep.equal([message]);
  });

  it("are delivered again only when they bring the output that they came without", async () => {
    const { node, completions, heard } = setting();
    const message = await signedCompletion(node);
    const bare = { ...message, output: undefined };
    expect(await completions.take(bare)).to.equal(true);
    expect(await completions.take(bare)).to.equal(false);
    expect(await completions.take(message)).to.equal(true);
    expect(await completions.take(bare)).to.equal(false);
    expect(heard.map(({ output }) => output?.length ?? 0)).to.deep.equal([0, message.output?.length]);
  });

  it("are refused with another output, another signer, another domain, or no node", async () => {
    const { directory, node, completions, heard } = setting();
    const message = await signedCompletion(node);
    const { completion, signature } = message;
    const other = register(directory, 3n);
    const refused = async (changed: SignedCompletion) => codeOf(completions.take(changed));
    expect(await refused({ ...message, output: stringToBytes("another") })).to.equal(
      "COMPLETION_OUTPUT_MISMATCH",
    );
    expect(await refused({ ...message, output: new Uint8Array(8_193) })).to.equal("MESSAGE_OVERSIZED");
    for (const changed of [
      { node: 3n },
      { task: 1 },
      { tip: 1n },
      { execution: 2n },
      { contextHash: keccak256("0x") },
    ]) {
      const code = await refused({ ...message, completion: { ...completion, ...changed } });
      expect(code, Object.keys(changed)[0]).to.equal("COMPLETION_SIGNATURE_INVALID");
    }
    const foreign = { ...message, signature: (await signedCompletion(other, completion)).signature };
    expect(await refused(foreign)).to.equal("COMPLETION_SIGNATURE_INVALID");
    expect(await refused({ ...message, completion: { ...completion, node: 0n } })).to.equal(
      "COMPLETION_NODE_MISSING",
    );
    expect(await refused({ ...message, completion: { ...completion, node: 9n } })).to.equal(
      "COMPLETION_NODE_UNKNOWN",
    );
    expect(await refused({ ...message, signature: `0x${"ff".repeat(65)}` })).to.equal(
      "COMPLETION_SIGNATURE_INVALID",
    );
    expect(heard).to.deep.equal([]);
    // None of them spoiled the true one.
    expect(await completions.take({ ...message, signature })).to.equal(true);
  });

  it("under a false cluster do not hide those under the true one", async () => {
    const { node, completions, heard } = setting();
    const message = await signedCompletion(node);
    await completions.take({ ...message, cluster: 99n });
    expect(await completions.take(message)).to.equal(true);
    expect(heard.map(({ cluster }) => cluster)).to.deep.equal([99n, CLUSTER]);
  });

  it("are kept for late joiners, whole, by cluster, the node's own among them", async () => {
    const { node, completions } = setting();
    const heard = await signedCompletion(node);
    const own = await signedCompletion(node, { execution: 2n });
    const elsewhere = await signedCompletion(node, { execution: 3n, cluster: 8n });
    await completions.take(heard);
    await completions.takeOwn(own);
    await completions.take(elsewhere);
    expect(completions.recent([CLUSTER])).to.deep.equal([heard, own]);
    expect(completions.recent([8n])).to.deep.equal([elsewhere]);
    expect(completions.recent([CLUSTER, 8n])).to.have.length(3);
    expect(completions.recent([9n])).to.deep.equal([]);
  });
});
