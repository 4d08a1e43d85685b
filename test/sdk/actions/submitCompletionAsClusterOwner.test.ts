import { expect } from "chai";
import { it } from "mocha";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { submitCompletionAsClusterOwner } from "../../../sdk/src/actions/submitCompletionAsClusterOwner.ts";
import { completionOf, createTestCluster, PRICE_WEI, startRun, WINDOW_SECONDS } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("submitCompletionAsClusterOwner", (world, kind) => {
  it("answers where the requester allowed it, one window after the model's owner, and returns the price", async () => {
    const { deployment, connect, passSeconds } = world();
    const cluster = await createTestCluster(world(), kind);
    const requester = await connect();
    const forbidden = await startRun(world(), requester, cluster);
    const parameters = { deployment, cluster: cluster.cluster, input: "a document", ownerMayAnswer: true };
    const { execution } = await execute(requester, parameters);
    await passSeconds(WINDOW_SECONDS);
    const submissionFor = (id: bigint) => {
      const run = { execution: id, inputDigest: forbidden.inputDigest };
      const completion = { ...completionOf(cluster, run, ["notes"], 0), node: 0n };
      return { deployment, completion, output: "notes" };
    };
    const early = submitCompletionAsClusterOwner(cluster.owner, submissionFor(execution));
    await expectCode(early, "COMPLETION_TOO_EARLY");
    await passSeconds(WINDOW_SECONDS);
    const unwanted = submitCompletionAsClusterOwner(cluster.owner, submissionFor(forbidden.execution));
    await expectCode(unwanted, "COMPLETION_NOT_ELIGIBLE");
    const { accepted } = await submitCompletionAsClusterOwner(cluster.owner, submissionFor(execution));
    expect(accepted[0]).to.include({ role: "ClusterOwner", node: 0n });
    const account = requester.account.address;
    expect(await getCredit(requester, { deployment, kind: "Account", account })).to.equal(PRICE_WEI);
  });
});
