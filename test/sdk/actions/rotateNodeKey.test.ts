import { expect } from "chai";
import { it } from "mocha";
import { getNode } from "../../../sdk/src/actions/getNode.ts";
import { rotateNodeKey } from "../../../sdk/src/actions/rotateNodeKey.ts";
import { signNodeKeyProof } from "../../../sdk/src/actions/signNodeKeyProof.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("rotateNodeKey", (world, kind) => {
  it("gives the node another key", async () => {
    const { deployment, connect } = world();
    const { node, owner } = await createNode(world(), kind);
    const key = await connect(kind);
    const proof = await signNodeKeyProof(key, { deployment, owner: owner.account.address });
    await rotateNodeKey(owner, { deployment, node, key: key.account.address, proof });
    expect((await getNode(owner, { deployment, node })).key).to.equal(key.account.address);
  });
  it("is for the node's owner alone", async () => {
    const { deployment, connect } = world();
    const { node } = await createNode(world());
    const [stranger, key] = [await connect(kind), await connect(kind)];
    const proof = await signNodeKeyProof(key, { deployment, owner: stranger.account.address });
    const call = rotateNodeKey(stranger, { deployment, node, key: key.account.address, proof });
    expect((await expectCode(call, "NODE_NOT_OWNED")).details).to.deep.equal({
      node,
      caller: stranger.account.address,
    });
  });
});
