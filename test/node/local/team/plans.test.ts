import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, type Hex, keccak256, toBytes } from "viem";
import type { ExecutionRecord } from "../../../../node/src/chain/state.ts";
import { attachmentsOf } from "../../../../node/src/local/team/plans.ts";
import type { HelperStart } from "../../../../node/src/workspace/ports.ts";

const ANN = "0x00000000000000000000000000000000000000aa" as Address;
const BOB = "0x00000000000000000000000000000000000000bb" as Address;
const digestOf = (text: string) => keccak256(toBytes(text));

/** An execution by its cluster, its requester, its input and its outputs. */
function execution(cluster: bigint, requester: Address, input: string, ...outputs: string[]) {
  const completions = new Map(outputs.map((text, task) => [task, { outputDigest: digestOf(text) }]));
  return { cluster, requester, inputDigest: digestOf(input), completions } as unknown as ExecutionRecord;
}

describe("a file for a helper's task", () => {
  const kept = [
    "ann's input",
    "ann's output",
    "ann's old output",
    "bob's input",
    "of another cluster",
    "of nobody",
  ];
  const blobs = {
    get: async (digest: Hex) => {
      const text = kept.find((one) => digestOf(one) === digest);
      return text === undefined ? undefined : toBytes(text);
    },
  };
  const projection = {
    runningExecutions: () => [
      execution(1n, ANN, "ann's input", "ann's output"),
      execution(1n, BOB, "bob's input"),
    ],
    endedExecutions: () => [
      execution(1n, ANN, "gone", "ann's old output"),
      execution(2n, ANN, "of another cluster"),
    ],
  };
  const naming = (by: string, text: string, user: Address = ANN): Promise<string> =>
    attachmentsOf(
      {
        by,
        cluster: 1n,
        user: user.toUpperCase().replace("0X", "0x") as Address,
        files: [{ name: "file", mediaType: "text/plain", digest: digestOf(text) }],
      } satisfies Pick<HelperStart, "by" | "cluster" | "user" | "files">,
      { blobs, projection },
    ).then(
      ([file]) => Buffer.from(file?.bytes ?? []).toString(),
      (error: unknown) => {
        if (error instanceof PleiadError) return `${error.code}: ${error.message} ${error.hint}`;
        throw error;
      },
    );

  it("is any blob of this node for its operator", async () => {
    for (const text of kept) expect(await naming("node:1", text)).to.equal(text);
  });

  it("is, for everybody else, what came with or out of executions of the same cluster for the same user", async () => {
    for (const by of ["agent:1", "helper:1/scout", `user:${ANN}`]) {
      for (const text of ["ann's input", "ann's output", "ann's old output"])
        expect(await naming(by, text), by).to.equal(text);
      for (const text of ["bob's input", "of another cluster", "of nobody"])
        expect(await naming(by, text), `${by}, ${text}`).to.match(/^BLOB_MISSING: /);
    }
    expect(await naming("agent:1", "bob's input", BOB)).to.equal("bob's input");
  });

  it("that is not for who names it is told as one that is not there", async () => {
    expect(await naming("agent:1", "of nobody")).to.equal(await naming("agent:1", "never seen"));
    expect(await naming("agent:1", "gone")).to.equal(await naming("agent:1", "never seen"));
  });
});
