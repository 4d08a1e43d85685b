import { expect } from "chai";
import { it } from "mocha";
import { listServingNodes } from "../../../sdk/src/actions/listServingNodes.ts";
import { serveModel } from "../../../sdk/src/actions/serveModel.ts";
import { createNode, createTestCluster } from "../support/cluster.ts";
import { describeClients } from "../support/world.ts";

describeClients("listServingNodes", (world, kind) => {
  it("lists nodes in the order of joining, with place and time", async () => {
    const { deployment, reader } = world();
    const { model, owner, node } = await createTestCluster(world());
    const second = await createNode(world());
    await serveModel(owner, { deployment, model, node: second.node });
    await serveModel(second.owner, { deployment, model, node: second.node });
    const [first, last, ...rest] = await listServingNodes(reader(kind), { deployment, model });
    expect(first).to.include({ node, place: 0, active: true });
    expect(last).to.include({ node: second.node, place: 1, active: true });
    expect(rest).to.deep.equal([]);
    expect((last?.joinedAt ?? 0n) >= (first?.joinedAt ?? 0n)).to.equal(true);
  });
});
