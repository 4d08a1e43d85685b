import { expect } from "chai";
import { it } from "mocha";
import { keccak256, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import { validationRegistryAbi } from "../../../sdk/src/abi/validationRegistry.ts";
import { requestValidation } from "../../../sdk/src/actions/requestValidation.ts";
import { createTestCluster, startRun } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { settledRun, withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("requestValidation", (world, kind) => {
  it("asks by a hash, once", async () => {
    const deployment = await withPeriphery(world());
    const { owner, agents } = await createTestCluster(world(), kind);
    const [agent = 0n] = agents;
    const validator = (await world().connect()).account.address;
    const request = keccak256(owner.account.address);
    const call = { deployment, agent, validator, request, uri: "ipfs://work" };
    await expectCode(requestValidation(await world().connect(kind), call), "AGENT_NOT_AUTHORIZED");
    await expectCode(requestValidation(owner, { ...call, validator: zeroAddress }), "VALIDATOR_INVALID");
    expect((await requestValidation(owner, call)).request).to.equal(request);
    await expectCode(requestValidation(owner, call), "VALIDATION_EXISTS");
  });
  it("asks about a completion of a run that has ended", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world(), kind);
    const run = await settledRun(world(), await world().connect(), cluster);
    const { execution, inputDigest, outputDigests } = run;
    const outputDigest = outputDigests[1] ?? "0x";
    const completion = { execution, task: 1, outputDigest, run: { inputDigest, outputDigests } };
    const validator = (await world().connect()).account.address;
    const call = { deployment, agent: cluster.agents[1] ?? 0n, validator };
    const { request } = await requestValidation(cluster.owner, { ...call, completion });
    const about = await readContract(cluster.owner, {
      address: deployment.validationRegistry,
      abi: validationRegistryAbi,
      functionName: "getValidatedCompletion",
      args: [request],
    });
    expect(about).to.deep.equal({ execution, task: 1n, outputDigest });
    const refused = (change: Partial<typeof completion>, code: string) =>
      expectCode(
        requestValidation(cluster.owner, { ...call, completion: { ...completion, ...change } }),
        code,
      );
    await refused({ task: 0 }, "VALIDATION_TASK_NOT_OF_AGENT");
    await refused({ outputDigest: inputDigest }, "VALIDATION_OUTPUT_NOT_ACCEPTED");
    const wrong = { inputDigest, outputDigests: outputDigests.slice(1) };
    await expectCode(
      requestValidation(cluster.owner, {
        ...call,
        completion: { ...completion, salt: inputDigest, run: wrong },
      }),
      "VALIDATION_RUN_DIGEST_WRONG",
    );
  });
  it("asks about a completion of a run that goes on", async () => {
    const deployment = await withPeriphery(world());
    const cluster = await createTestCluster(world(), kind);
    const { execution, inputDigest } = await startRun(world(), await world().connect(), cluster);
    const validator = (await world().connect()).account.address;
    const completion = { execution, task: 0, outputDigest: inputDigest };
    await expectCode(
      requestValidation(cluster.owner, { deployment, agent: cluster.agents[0] ?? 0n, validator, completion }),
      "VALIDATION_OUTPUT_NOT_ACCEPTED",
    );
  });
});
