import { expect } from "chai";
import { it } from "mocha";
import { keccak256 } from "viem";
import { listValidations } from "../../../sdk/src/actions/listValidations.ts";
import { requestValidation } from "../../../sdk/src/actions/requestValidation.ts";
import { createTestCluster } from "../support/cluster.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("listValidations", (world, kind) => {
  it("lists the requests about an agent and to a validator, the oldest first", async () => {
    const deployment = await withPeriphery(world());
    const { owner, agents } = await createTestCluster(world(), kind);
    const [agent = 0n, other = 0n] = agents;
    const validator = (await world().connect(kind)).account.address;
    const first = keccak256(validator);
    const requests = [first, keccak256(first)];
    for (const request of requests) await requestValidation(owner, { deployment, agent, validator, request });
    expect(await listValidations(owner, { deployment, agent })).to.deep.equal(requests);
    expect(await listValidations(owner, { deployment, validator })).to.deep.equal(requests);
    expect(await listValidations(owner, { deployment, agent: other })).to.deep.equal([]);
  });
});
