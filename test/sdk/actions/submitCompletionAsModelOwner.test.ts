import { expect } from "chai";
import { it } from "mocha";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { submitCompletionAsModelOwner } from "../../../sdk/src/actions/submitCompletionAsModelOwner.ts";
import { completionOf, createTestCluster, PRICE_WEI, startRun, WINDOW_SECONDS } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("submitCompletionAsModelOwner", (world, kind) => {
  it("answers after the windows of the model's nodes, for the whole price", async () => {
    const { deployment, connect, passSeconds } = world();
    const cluster = await createTestCluster(world(), kind);
    const run = await startRun(world(), await connect(), cluster);
    const completion = { ...completionOf(cluster, run, ["notes"], 0), node: 0n };
    const submission = { deployment, completion, output: "notes" };
    const early = await expectCode(
      submitCompletionAsModelOwner(cluster.owner, submission),
      "COMPLETION_TOO_EARLY",
    );
    expect(early.retryable).to.equal(true);
    await passSeconds(WINDOW_SECONDS);
    await expectCode(
      submitCompletionAsModelOwner(await connect(kind), submission),
      "COMPLETION_NOT_ELIGIBLE",
    );
    const { accepted } = await submitCompletionAsModelOwner(cluster.owner, submission);
    expect(accepted[0]).to.include({ role: "ModelOwner", node: 0n });
    expect(await getCredit(cluster.owner, { deployment, kind: "Model", id: cluster.model })).to.equal(
      PRICE_WEI,
    );
  });
});
