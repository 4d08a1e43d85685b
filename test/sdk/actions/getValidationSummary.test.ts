import { expect } from "chai";
import { it } from "mocha";
import { keccak256 } from "viem";
import { getValidationSummary } from "../../../sdk/src/actions/getValidationSummary.ts";
import { requestValidation } from "../../../sdk/src/actions/requestValidation.ts";
import { respondToValidation } from "../../../sdk/src/actions/respondToValidation.ts";
import { createTestCluster } from "../support/cluster.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("getValidationSummary", (world, kind) => {
  it("counts everybody's answers, or those of some validators, or under a tag", async () => {
    const deployment = await withPeriphery(world());
    const { owner, agents } = await createTestCluster(world(), kind);
    const [agent = 0n] = agents;
    expect(await getValidationSummary(owner, { deployment, agent })).to.deep.equal({ count: 0n, mean: 0 });
    const answers = [
      [await world().connect(kind), 100, "a"],
      [await world().connect(kind), 51, "b"],
    ] as const;
    for (const [client, response, tag] of answers) {
      const validator = client.account.address;
      const request = keccak256(validator);
      await requestValidation(owner, { deployment, agent, validator, request });
      await respondToValidation(client, { deployment, request, response, tag });
    }
    const summary = (of: object) => getValidationSummary(owner, { deployment, agent, ...of });
    expect(await summary({})).to.deep.equal({ count: 2n, mean: 75 });
    expect(await summary({ tag: "b" })).to.deep.equal({ count: 1n, mean: 51 });
    const validators = [answers[0][0].account.address];
    expect(await summary({ validators })).to.deep.equal({ count: 1n, mean: 100 });
    expect(await summary({ validators, tag: "b" })).to.deep.equal({ count: 0n, mean: 0 });
  });
});
