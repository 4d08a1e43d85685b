import { expect } from "chai";
import { it } from "mocha";
import { getNodeOfKey } from "../../../sdk/src/actions/getNodeOfKey.ts";
import { rotateNodeKey } from "../../../sdk/src/actions/rotateNodeKey.ts";
import { signNodeKeyProof } from "../../../sdk/src/actions/signNodeKeyProof.ts";
import { createNode } from "../support/cluster.ts";
import { describeClients } from "../support/world.ts";

describeClients("getNodeOfKey", (world, kind) => {
  it("finds a node by its key, also by one that it had before", async () => {
    const { deployment, connect, reader } = world();
    const { node, owner, key } = await createNode(world(), kind);
    const next = await connect(kind);
    const proof = await signNodeKeyProof(next, { deployment, owner: owner.account.address });
    await rotateNodeKey(owner, { deployment, node, key: next.account.address, proof });
    for (const { account } of [key, next]) {
      expect(await getNodeOfKey(reader(kind), { deployment, key: account.address })).to.equal(node);
    }
  });
  it("is undefined for a key that no node ever had", async () => {
    const { deployment, connect, reader } = world();
    const { address } = (await connect(kind)).account;
    expect(await getNodeOfKey(reader(kind), { deployment, key: address })).to.equal(undefined);
  });
});
