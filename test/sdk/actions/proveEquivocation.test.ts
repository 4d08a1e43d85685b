import { expect } from "chai";
import { it } from "mocha";
import { keccak256 } from "viem";
import { bond } from "../../../sdk/src/actions/bond.ts";
import { claimPenalty } from "../../../sdk/src/actions/claimPenalty.ts";
import { getBond } from "../../../sdk/src/actions/getBond.ts";
import { proveEquivocation } from "../../../sdk/src/actions/proveEquivocation.ts";
import { signCompletion } from "../../../sdk/src/actions/signCompletion.ts";
import { completionOf, createTestCluster, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { type ClientKind, describeClients, type World } from "../support/world.ts";

/** A node that signed two outputs for the first task of a run. */
async function lie(world: World, kind: ClientKind) {
  const deployment = await withPeriphery(world);
  const cluster = await createTestCluster(world, kind);
  const requester = await world.connect(kind);
  const run = await startRun(world, requester, cluster);
  const statement = async (output: string) => {
    const completion = completionOf(cluster, run, [output], 0);
    return { completion, signature: await signCompletion(cluster.key, { deployment, completion }) };
  };
  return { deployment, cluster, requester, run, a: await statement("one"), b: await statement("two") };
}

describeClients("proveEquivocation", (world, kind) => {
  it("takes half of the bond, for the requester", async () => {
    const { deployment, cluster, requester, a, b } = await lie(world(), kind);
    const { node, owner } = cluster;
    const prover = await world().connect(kind);
    await expectCode(proveEquivocation(prover, { deployment, a, b }), "EQUIVOCATION_NOTHING_BONDED");
    await bond(owner, { deployment, node, valueWei: 9n });
    expect(await proveEquivocation(prover, { deployment, a, b })).to.include({
      node,
      requester: requester.account.address,
      penaltyWei: 5n,
    });
    await expectCode(proveEquivocation(prover, { deployment, a: b, b: a }), "EQUIVOCATION_KNOWN");
    expect(await getBond(prover, { deployment, node })).to.include({ bondedWei: 4n, equivocations: 1n });
    expect((await claimPenalty(requester, { deployment })).amountWei).to.equal(5n);
    await expectCode(claimPenalty(requester, { deployment }), "BOND_NOTHING_TO_CLAIM");
  });
  it("refuses what is no equivocation", async () => {
    const { deployment, cluster, a, b } = await lie(world(), kind);
    const prover = await world().connect(kind);
    await bond(cluster.owner, { deployment, node: cluster.node, valueWei: 9n });
    const refused = (change: Partial<typeof b>, code: string) =>
      expectCode(proveEquivocation(prover, { deployment, a, b: { ...b, ...change } }), code);
    await refused(a, "EQUIVOCATION_OUTPUTS_SAME");
    await refused({ completion: { ...b.completion, task: 1 } }, "EQUIVOCATION_CONTEXTS_DIFFER");
    await refused({ signature: a.signature }, "EQUIVOCATION_SIGNER_WRONG");
    const elsewhere = { contextHash: keccak256("0x"), execution: 9_999n };
    const unknown = await Promise.all(
      [a, b].map(async ({ completion }) => {
        const moved = { ...completion, ...elsewhere };
        return {
          completion: moved,
          signature: await signCompletion(cluster.key, { deployment, completion: moved }),
        };
      }),
    );
    const [first = a, second = b] = unknown;
    await expectCode(proveEquivocation(prover, { deployment, a: first, b: second }), "EXECUTION_UNKNOWN");
  });
});
