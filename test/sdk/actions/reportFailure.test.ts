import { expect } from "chai";
import { it } from "mocha";
import { keccak256, stringToHex } from "viem";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { reportFailure } from "../../../sdk/src/actions/reportFailure.ts";
import { waitForResponse } from "../../../sdk/src/actions/waitForResponse.ts";
import { createTestCluster, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("reportFailure", (world, kind) => {
  it("fails the run when every node that could answer has reported", async () => {
    const { deployment, connect } = world();
    const cluster = await createTestCluster(world(), kind);
    const requester = await connect();
    const { execution } = await startRun(world(), requester, cluster);
    const report = { deployment, execution, task: 0, node: cluster.node };
    await expectCode(reportFailure(await connect(kind), report), "COMPLETION_NOT_ELIGIBLE");
    await expectCode(reportFailure(cluster.owner, { ...report, task: 1 }), "TASK_NOT_READY");
    const reasonDigest = keccak256(stringToHex("no model"));
    const result = await reportFailure(cluster.owner, { ...report, reasonDigest });
    expect(result).to.include({ reports: 1, reportsMax: 1, hasFailed: true });
    expect(await getExecution(requester, { deployment, execution })).to.include({
      state: "Failed",
      escrowWei: 0n,
    });
    await expectCode(waitForResponse(requester, { deployment, execution }), "EXECUTION_FAILED");
    await expectCode(reportFailure(cluster.owner, report), "EXECUTION_HAS_ENDED");
  });
});
