import { expect } from "chai";
import { before, it } from "mocha";
import { keccak256, stringToHex, toHex } from "viem";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { verifyResponse } from "../../../sdk/src/actions/verifyResponse.ts";
import { VERIFICATION_CHECKS, type Verification } from "../../../sdk/src/types/verification.ts";
import { createTestCluster, signedRun, startRun, type TestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { lyingClient } from "../support/lyingClient.ts";
import { describeClients } from "../support/world.ts";

const OUTPUTS = ["notes", "a brief", "a checked brief"];

function failedChecks(verification: Verification): string[] {
  return verification.checks.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
}

/** Replaces a text in an answer, however deep. */
function replaced(answer: unknown, from: string, to: string): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(from, to));
}

describeClients("verifyResponse", (world, kind) => {
  let cluster: TestCluster;
  let execution: bigint;

  before(async () => {
    const { deployment, connect } = world();
    cluster = await createTestCluster(world());
    const run = await startRun(world(), await connect(), cluster);
    execution = run.execution;
    const items = await signedRun(world(), cluster, run, OUTPUTS);
    await submitCompletions(cluster.owner, { deployment, items: items.slice(0, 1) });
    await submitCompletions(cluster.owner, { deployment, items: items.slice(1) });
  });

  it("passes every check for a response that is the chain's, and says what each compared", async () => {
    const { deployment, reader } = world();
    const response = "a checked brief";
    const verification = await verifyResponse(reader(kind), { deployment, execution, response });
    expect(verification.checks.filter(({ outcome }) => outcome !== "passed")).to.deep.equal([]);
    expect(verification.checks.map(({ name }) => name)).to.deep.equal([...VERIFICATION_CHECKS]);
    expect(verification.verified).to.equal(true);
    expect(verification.response).to.deep.equal(new TextEncoder().encode(response));
    expect(verification.responseDigest).to.equal(keccak256(stringToHex(response)));
    for (const { name, text } of verification.checks) expect(text, name).to.not.equal("");
  });
  it("skips the comparison where no response was handed in", async () => {
    const { deployment, reader } = world();
    const { verified, checks } = await verifyResponse(reader(kind), { deployment, execution });
    expect(verified).to.equal(true);
    expect(checks.at(-1)).to.include({ name: "given", outcome: "skipped" });
  });
  it("fails for another response", async () => {
    const { deployment, reader } = world();
    const verification = await verifyResponse(reader(kind), {
      deployment,
      execution,
      response: "a forged brief",
    });
    expect(verification.verified).to.equal(false);
    expect(failedChecks(verification)).to.deep.equal(["given"]);
  });
  it("fails for an execution that has not succeeded, and names one that does not exist", async () => {
    const { deployment, connect, reader } = world();
    const run = await startRun(world(), await connect(), cluster);
    const verification = await verifyResponse(reader(kind), { deployment, execution: run.execution });
    expect(verification.verified).to.equal(false);
    expect(verification.checks.map(({ text }) => text).join()).to.include("is Running");
    await expectCode(verifyResponse(reader(kind), { deployment, execution: 9_999n }), "EXECUTION_UNKNOWN");
  });
  it("checks input and outputs that are elsewhere as far as they can be had", async () => {
    const { deployment, connect, reader } = world();
    const run = await startRun(world(), await connect(), cluster, { outputsByReference: true });
    const items = await signedRun(world(), cluster, run, OUTPUTS);
    const byReference = items.map(({ completion, signature }) => ({
      completion,
      signature,
      outputURI: "pleiad:" as const,
    }));
    await submitCompletions(cluster.owner, { deployment, items: byReference });
    const parameters = { deployment, execution: run.execution };
    const blind = await verifyResponse(reader(kind), parameters);
    expect(blind.verified, "without the bytes nothing is verified").to.equal(false);
    expect(failedChecks(blind)).to.deep.equal([]);
    const given = await verifyResponse(reader(kind), { ...parameters, response: "a checked brief" });
    expect(given.verified).to.equal(true);
    const fetchBlob = async ({ digest }: { digest: string }) =>
      OUTPUTS.map((output) => Buffer.from(output)).find((bytes) => keccak256(bytes) === digest);
    expect((await verifyResponse(reader(kind), { ...parameters, fetchBlob })).verified).to.equal(true);
    const lying = await verifyResponse(reader(kind), {
      ...parameters,
      fetchBlob: async () => Buffer.from("x"),
    });
    expect(failedChecks(lying)).to.deep.equal(["outputs"]);
  });

  const lies: readonly [string, readonly string[], (method: string, answer: unknown) => unknown][] = [
    [
      "an output in the log",
      ["receipts"],
      (method, answer) =>
        method === "eth_getLogs"
          ? replaced(answer, toHex("a checked brief").slice(2), toHex("a forged! brief").slice(2))
          : answer,
    ],
    [
      "the input in the log and the receipt",
      ["input"],
      (_, answer) => replaced(answer, toHex("a document").slice(2), toHex("a forgery!").slice(2)),
    ],
    [
      "a prompt in the version's code",
      ["version"],
      (method, answer) =>
        method === "eth_call"
          ? replaced(answer, toHex("Write it.").slice(2), toHex("Right it.").slice(2))
          : answer,
    ],
    [
      "a completion left out",
      ["tasks"],
      (method, answer) =>
        method === "eth_getLogs" ? (answer as unknown[]).filter((_, index) => index !== 1) : answer,
    ],
    [
      "a digest of an output everywhere in the log",
      ["fold"],
      (_, answer) =>
        replaced(answer, keccak256(stringToHex("notes")).slice(2), keccak256(stringToHex("nodes")).slice(2)),
    ],
    [
      "a block that is not canonical",
      ["canonical"],
      (method, answer) => {
        const block = answer as { number?: string; hash?: string };
        return method === "eth_getBlockByNumber" && block.hash !== undefined
          ? { ...block, hash: `0x${"ab".repeat(32)}` }
          : answer;
      },
    ],
  ];
  for (const [what, expected, lie] of kind === "viem" ? lies : []) {
    it(`catches an endpoint that forges ${what}`, async () => {
      const { deployment } = world();
      // The newest block is read honestly, or every read by its hash would fail before anything is compared.
      let blocks = 0;
      const client = lyingClient(world(), (method, answer) => {
        if (method === "eth_getBlockByNumber") blocks += 1;
        return method === "eth_getBlockByNumber" && blocks === 1 ? answer : lie(method, answer);
      });
      const verification = await verifyResponse(client, { deployment, execution });
      expect(verification.verified).to.equal(false);
      expect(failedChecks(verification)).to.include.members([...expected]);
    });
  }
});
