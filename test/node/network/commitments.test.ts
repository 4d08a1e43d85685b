import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, keccak256, pad, stringToBytes } from "viem";
import { commitmentOf, commitmentTypedData } from "../../../node/src/chain/commitment.ts";
import { createKnownKeys } from "../../../node/src/chain/knownKeys.ts";
import {
  decodeCommitment,
  encodeCommitment,
  isCommitment,
} from "../../../node/src/network/commitmentMessage.ts";
import { createCommitments } from "../../../node/src/network/commitments.ts";
import { encodeCompletion } from "../../../node/src/network/completionMessage.ts";
import { createCompletions } from "../../../node/src/network/completions.ts";
import { COMMITMENT_MESSAGE_BYTES_MAX, COMMITMENTS_PER_NODE_MAX } from "../../../node/src/network/limits.ts";
import { createCounters } from "../../../node/src/network/stats.ts";
import type { SignedCommitment, SignedCompletion } from "../../../node/src/network/types.ts";
import {
  CHAIN_ID,
  CLUSTER,
  CLUSTER_EXECUTIONS,
  codeOf,
  connect,
  DirectoryFake,
  fakeClock,
  meshed,
  open,
  register,
  signedCompletion,
  type TestNode,
  until,
} from "./support.ts";

const DEPLOYMENT = { chainId: CHAIN_ID, clusterExecutions: CLUSTER_EXECUTIONS };

/** A node's word that it will show this answer, or what a test puts in its place. */
async function committed(
  node: TestNode,
  message: SignedCompletion,
  change: Partial<SignedCommitment> = {},
): Promise<SignedCommitment> {
  const { execution, task, contextHash } = message.completion;
  const fields = {
    execution,
    task,
    contextHash,
    commitment: commitmentOf(message),
    node: node.id,
    ...change,
  };
  const signature = await node.account.signTypedData(commitmentTypedData(fields, DEPLOYMENT));
  return { cluster: CLUSTER, ...fields, signature };
}

function setting() {
  const directory = new DirectoryFake();
  const node = register(directory, 2n);
  const clock = fakeClock();
  const keys = createKnownKeys();
  const commitments = createCommitments(DEPLOYMENT, { directory, keys, clock });
  const broken: SignedCompletion[] = [];
  const completions = createCompletions(DEPLOYMENT, {
    directory,
    clock,
    counters: createCounters(),
    isBroken: commitments.isBroken,
    onBroken: (message) => void broken.push(message),
  });
  return { directory, node, commitments, completions, broken };
}

describe("commitments", () => {
  it("come back the same, inside their bound, and are told from completions", async () => {
    const { node } = setting();
    const message = await signedCompletion(node, { execution: 2n ** 256n - 1n, task: 65_535 });
    const commitment = { ...(await committed(node, message)), cluster: 2n ** 256n - 1n };
    const encoded = encodeCommitment(commitment);
    expect(encoded.length).to.be.lessThan(COMMITMENT_MESSAGE_BYTES_MAX);
    expect(isCommitment(encoded)).to.equal(true);
    expect(decodeCommitment(encoded)).to.deep.equal(commitment);
    expect(isCommitment(encodeCompletion(message))).to.equal(false);
    const more = new TextDecoder().decode(encoded).replace('"v":1', '"v":1,"more":1');
    expect(await codeOf(() => decodeCommitment(new TextEncoder().encode(more)))).to.equal(
      "MESSAGE_MALFORMED",
    );
    const padded = new TextDecoder().decode(encoded) + " ".repeat(COMMITMENT_MESSAGE_BYTES_MAX);
    expect(await codeOf(() => decodeCommitment(new TextEncoder().encode(padded)))).to.equal(
      "MESSAGE_OVERSIZED",
    );
  });

  it("do not tell an answer that everybody can guess", async () => {
    const { directory, node } = setting();
    const other = register(directory, 3n);
    const digest = keccak256(stringToBytes("yes"));
    const own = await signedCompletion(node, { output: stringToBytes("yes") });
    const { signature } = await signedCompletion(other, own.completion);
    expect(own.completion.outputDigest).to.equal(digest);
    expect(commitmentOf(own), "another key's signature does not find it").to.not.equal(
      commitmentOf({ ...own, signature }),
    );
  });

  it("count once for each node, task and context, the first; signed by the node's key", async () => {
    const { directory, node, commitments } = setting();
    const message = await signedCompletion(node);
    const told: SignedCommitment[] = [];
    commitments.onCommitment((one) => void told.push(one));
    const first = await committed(node, message);
    const taken = await Promise.all([commitments.take(first), commitments.take({ ...first })]);
    expect(taken.filter(Boolean)).to.have.length(1);
    expect(await commitments.take(await committed(node, message, { commitment: pad("0x07") }))).to.equal(
      false,
    );
    expect(told).to.deep.equal([first]);
    expect(commitments.nodesOf(message.completion)).to.deep.equal([2n]);
    expect(commitments.nodesOf({ ...message.completion, contextHash: pad("0x02") })).to.deep.equal([]);

    const other = register(directory, 3n);
    const forged = { ...(await committed(other, message)), node: 2n, task: 1 };
    expect(await codeOf(commitments.take(forged))).to.equal("COMMITMENT_SIGNATURE_INVALID");
    const unknown = await committed({ ...other, id: 9n }, message);
    expect(await codeOf(commitments.take(unknown))).to.equal("COMMITMENT_NODE_UNKNOWN");
  });

  it("of one node push out only its own", async () => {
    const { directory, node } = setting();
    const other = register(directory, 3n);
    const keys = { isSignedBy: async () => true };
    const commitments = createCommitments(DEPLOYMENT, { directory, keys, clock: fakeClock() });
    const message = await signedCompletion(other);
    const word = await committed(other, message);
    await commitments.take(word);
    for (let execution = 1n; execution <= BigInt(COMMITMENTS_PER_NODE_MAX) + 1n; execution++) {
      await commitments.take({ ...word, node: node.id, execution });
    }
    expect(commitments.nodesOf(message.completion), "node 2's first has gone").to.deep.equal([3n]);
  });

  it("refuse a completion of something else, and let what was committed to through", async () => {
    const { node, commitments, completions, broken } = setting();
    const message = await signedCompletion(node);
    const other = await signedCompletion(node, { output: stringToBytes("copied") });
    await commitments.take(await committed(node, message));
    expect(await completions.take(other)).to.equal(false);
    expect(await completions.take({ ...other }), "again").to.equal(false);
    expect(broken, "told once").to.deep.equal([other]);
    expect(await completions.take(message)).to.equal(true);
    const free = await signedCompletion(node, { task: 1 });
    expect(await completions.take(free), "one that was never committed to").to.equal(true);
  });

  it("travel between peers, and who breaks its own is scored down", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    await connect(b, a);
    await meshed(a, b);
    const heard: bigint[] = [];
    const digests: Hex[] = [];
    a.onCommitment((message) => void heard.push(message.node));
    a.onCompletion(({ completion }) => void digests.push(completion.outputDigest));
    const evidence: SignedCompletion[] = [];
    a.onBrokenCompletion((broken) => void evidence.push(broken));
    const message = await signedCompletion(n2);
    const word = await committed(n2, message);
    await b.publishCommitment(word);
    await until("the commitment is heard", () => heard.length === 1);
    expect(a.committed(message.completion)).to.deep.equal([2n]);
    // By another way than its own network, which would not let it out.
    const c = await open(directory, register(directory, 3n));
    await connect(c, a);
    await meshed(a, b, c);
    const other = await signedCompletion(n2, { output: stringToBytes("copied") });
    await c.publishCompletion(other);
    await until("it was refused", () => a.stats().misdeedsTotal.wrongContent === 1);
    expect(digests).to.deep.equal([]);
    expect(evidence.map(({ completion, signature }) => ({ completion, signature }))).to.deep.equal([
      { completion: other.completion, signature: other.signature },
    ]);
    expect(a.peers().find(({ node }) => node === 2n)?.points, "its node's own doing").to.be.greaterThan(0);
    expect(a.peers().find(({ node }) => node === 3n)?.points, "who passed it on could not know").to.equal(0);
  });
});
