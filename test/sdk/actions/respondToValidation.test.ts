import { expect } from "chai";
import { it } from "mocha";
import { keccak256 } from "viem";
import { readContract } from "viem/actions";
import { validationRegistryAbi } from "../../../sdk/src/abi/validationRegistry.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { requestValidation } from "../../../sdk/src/actions/requestValidation.ts";
import { respondToValidation } from "../../../sdk/src/actions/respondToValidation.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

describeClients("respondToValidation", (world, kind) => {
  it("answers, and anew", async () => {
    const deployment = await withPeriphery(world());
    const [owner, validator] = [await world().connect(), await world().connect(kind)];
    const { agent } = await registerAgent(owner, { deployment });
    const { request } = await requestValidation(owner, {
      deployment,
      agent,
      validator: validator.account.address,
      request: keccak256(validator.account.address),
    });
    for (const response of [0, 100]) {
      await respondToValidation(validator, { deployment, request, response, tag: "hard" });
      const summary = await readContract(validator, {
        address: deployment.validationRegistry,
        abi: validationRegistryAbi,
        functionName: "getSummary",
        args: [agent, [validator.account.address], "hard"],
      });
      expect(summary).to.deep.equal([1n, response]);
    }
    await expectCode(
      respondToValidation(owner, { deployment, request, response: 1 }),
      "VALIDATION_NOT_YOURS",
    );
    await expectCode(
      respondToValidation(validator, { deployment, request, response: 101 }),
      "VALIDATION_RESPONSE_INVALID",
    );
    const unknown = keccak256(request);
    await expectCode(
      respondToValidation(validator, { deployment, request: unknown, response: 1 }),
      "VALIDATION_UNKNOWN",
    );
  });
});
