import { expect } from "chai";
import { it } from "mocha";
import { getNode } from "../../../sdk/src/actions/getNode.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("getNode", (world, kind) => {
  it("reads owner, key and status", async () => {
    const { deployment, reader } = world();
    const { node, owner, key } = await createNode(world());
    const record = await getNode(reader(kind), { deployment, node });
    expect(record).to.include({ owner: owner.account.address, key: key.account.address, status: "Active" });
  });
  it("names a node that does not exist", async () => {
    const { deployment, reader } = world();
    const error = await expectCode(getNode(reader(kind), { deployment, node: 999n }), "NODE_UNKNOWN");
    expect(error.message).to.equal("node 999 does not exist");
  });
});
