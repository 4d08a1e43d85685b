import { expect } from "chai";
import { it } from "mocha";
import { keccak256, zeroHash } from "viem";
import { getValidation } from "../../../sdk/src/actions/getValidation.ts";
import { requestValidation } from "../../../sdk/src/actions/requestValidation.ts";
import { respondToValidation } from "../../../sdk/src/actions/respondToValidation.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { settledRun, withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("getValidation", (world, kind) => {
  it("tells what was asked and answered, and an answer of 0 from none", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world(), kind);
    const { execution, inputDigest, outputDigests } = await settledRun(
      world(),
      await world().connect(),
      cluster,
    );
    const validator = await world().connect(kind);
    const agent = cluster.agents[1] ?? 0n;
    const outputDigest = outputDigests[1] ?? "0x";
    const { request } = await requestValidation(cluster.owner, {
      ...{ deployment, agent, validator: validator.account.address },
      completion: { execution, task: 1, outputDigest, run: { inputDigest, outputDigests } },
    });
    const about = { request, agent, validator: validator.account.address };
    expect(await getValidation(validator, { deployment, request })).to.deep.equal({
      ...about,
      ...{ completion: { execution, task: 1, outputDigest }, answer: undefined },
    });
    await respondToValidation(validator, { deployment, request, response: 0, hash: request, tag: "strict" });
    const { answer } = await getValidation(validator, { deployment, request });
    expect(answer).to.include({ response: 0, hash: request, tag: "strict" });
    expect(answer?.at).to.be.a("bigint");
  });
  it("tells of work outside of executions that it is about no completion, and of no request that it is unknown", async () => {
    const deployment = await withPeriphery(world());
    const { owner, agents } = await createTestCluster(world(), kind);
    const [agent = 0n] = agents;
    const validator = owner.account.address;
    const request = keccak256(owner.account.address);
    await requestValidation(owner, { deployment, agent, validator, request });
    expect((await getValidation(owner, { deployment, request })).completion).to.equal(undefined);
    await expectCode(getValidation(owner, { deployment, request: zeroHash }), "VALIDATION_UNKNOWN");
  });
});
