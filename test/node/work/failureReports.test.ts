import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, keccak256, toHex, zeroHash } from "viem";
import type { JobRecord } from "../../../node/src/chain/journal.ts";
import { createFailureReports } from "../../../node/src/work/failureReports.ts";
import type { ExecutionFacts, VersionFacts } from "../../../node/src/work/ports.ts";
import { logger, manualClock } from "../chain/helpers.ts";

const contextOf = (name: string): Hex => keccak256(toHex(name));

describe("createFailureReports", () => {
  it("aJobThatMovedOnToAnotherContext_isReportedWhenItFailsForThatOne", async () => {
    let job = { state: "leased", contextHash: contextOf("second"), end: null } as unknown as JobRecord;
    const reported: Hex[] = [];
    const reports = createFailureReports(
      { node: 1n },
      {
        reporter: {
          async report({ reasonDigest }) {
            reported.push(reasonDigest);
            return { transactionHash: zeroHash };
          },
        },
        journal: { jobs: { get: async () => job } as never },
        clock: manualClock(),
        logger,
        wake: () => undefined,
      },
    );
    const facts = { id: 7n, settled: true, completed: new Map() } as unknown as ExecutionFacts;
    const version = { tasks: [{ dependsOn: 0 }] } as unknown as VersionFacts;
    const look = async (name: string) => {
      reports.look(facts, version, [{ task: 0, rank: 0, contextHash: contextOf(name) }]);
      await new Promise((resolve) => setImmediate(resolve));
    };
    await look("first");
    expect(reported).to.deep.equal([]);
    const end = { code: "AGENT_FAILED", message: "no answer" };
    job = { ...job, state: "failed", end };
    await look("second");
    expect(reported).to.have.length(1);
    await look("second");
    expect(reported, "once").to.have.length(1);
  });
});
