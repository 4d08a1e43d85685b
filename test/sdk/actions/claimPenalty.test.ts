import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { getBalance } from "viem/actions";
import { bond } from "../../../sdk/src/actions/bond.ts";
import { claimPenalty } from "../../../sdk/src/actions/claimPenalty.ts";
import { proveEquivocation } from "../../../sdk/src/actions/proveEquivocation.ts";
import { signCompletion } from "../../../sdk/src/actions/signCompletion.ts";
import { completionOf, createTestCluster, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("claimPenalty", (world, kind) => {
  it("pays to whomever the requester names", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world());
    const requester = await world().connect(kind);
    const run = await startRun(world(), requester, cluster);
    const [a, b] = await Promise.all(
      ["one", "two"].map(async (output) => {
        const completion = completionOf(cluster, run, [output], 0);
        return { completion, signature: await signCompletion(cluster.key, { deployment, completion }) };
      }),
    );
    if (a === undefined || b === undefined) throw new Error("two outputs make two statements");
    await expectCode(claimPenalty(requester, { deployment }), "BOND_NOTHING_TO_CLAIM");
    await bond(cluster.owner, { deployment, node: cluster.node, valueWei: 100n });
    await proveEquivocation(cluster.owner, { deployment, a, b });
    await expectCode(claimPenalty(requester, { deployment, to: zeroAddress }), "BOND_RECEIVER_ZERO");
    const to = `0x${run.execution.toString(16).padStart(40, "c")}` as const;
    expect((await claimPenalty(requester, { deployment, to })).amountWei).to.equal(50n);
    expect(await getBalance(requester, { address: to })).to.equal(50n);
  });
});
