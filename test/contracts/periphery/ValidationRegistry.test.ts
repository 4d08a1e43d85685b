import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  encodeAbiParameters,
  getAddress,
  type Hex,
  keccak256,
  toEventSelector,
  toFunctionSelector,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { minedAt, restoring } from "../fixtures/executions.ts";
import { execute, outputOf, publishCluster, signedRun } from "../fixtures/line.ts";
import { createPeriphery, settledRun } from "../fixtures/periphery.ts";
import { eventsOf } from "../fixtures/registries.ts";

const TAG_BYTES_MAX = 64;
const URI_BYTES_MAX = 2_048;
const HASH = keccak256(toHex("request"));
const INPUT_DIGEST = keccak256(toHex("input"));

const line = await createPeriphery();
const { validation, agents, executions, viem } = line;
const { assertions } = viem;
const restore = restoring(line);
const [agent, secondAgent] = line.agentIds as [bigint, bigint];
const owner = line.clusterOwner;
const [validator, other] = [line.relayer, line.operators[0] as Address];

interface Request {
  account?: Address;
  validator?: Address;
  agent?: bigint;
  uri?: string;
  hash?: Hex;
}

function request(choice: Request = {}): Promise<Hex> {
  const { uri = "ipfs://request", hash = HASH } = choice;
  return validation.write.validationRequest(
    [choice.validator ?? validator, choice.agent ?? agent, uri, hash],
    { account: choice.account ?? owner },
  );
}

interface Answer {
  account?: Address;
  hash?: Hex;
  response?: number;
  uri?: string;
  responseHash?: Hex;
  tag?: string;
}

function respond(choice: Answer = {}): Promise<Hex> {
  const { hash = HASH, response = 100, uri = "", responseHash = zeroHash, tag = "" } = choice;
  return validation.write.validationResponse([hash, response, uri, responseHash, tag], {
    account: choice.account ?? validator,
  });
}

function refuses(call: Promise<unknown>, error: string, args: readonly unknown[]): Promise<void> {
  return assertions.revertWithCustomErrorWithArgs(
    call as Promise<Hex>,
    validation,
    error as never,
    args as never,
  );
}

function status(hash: Hex = HASH) {
  return validation.read.getValidationStatus([hash]);
}

describe("ValidationRegistry", () => {
  beforeEach(restore);

  it("interface_namesAndFieldsOfERC8004_succeeds", () => {
    const functions = validation.abi
      .filter((item) => item.type === "function")
      .map((item) => toFunctionSelector(item));
    for (const signature of [
      "function validationRequest(address validatorAddress, uint256 agentId, string requestURI, bytes32 requestHash)",
      "function validationResponse(bytes32 requestHash, uint8 response, string responseURI, bytes32 responseHash, string tag)",
      "function getIdentityRegistry() view returns (address)",
      "function getValidationStatus(bytes32 requestHash) view returns (address, uint256, uint8, bytes32, string, uint256)",
      "function getSummary(uint256 agentId, address[] validatorAddresses, string tag) view returns (uint64, uint8)",
      "function getAgentValidations(uint256 agentId) view returns (bytes32[])",
      "function getValidatorRequests(address validatorAddress) view returns (bytes32[])",
    ]) {
      expect(functions, signature).to.include(toFunctionSelector(signature));
    }
    const events = validation.abi.filter((item) => item.type === "event");
    for (const signature of [
      "event ValidationRequest(address indexed validatorAddress, uint256 indexed agentId, string requestURI, bytes32 indexed requestHash)",
      "event ValidationResponse(address indexed validatorAddress, uint256 indexed agentId, bytes32 indexed requestHash, uint8 response, string responseURI, bytes32 responseHash, string tag)",
    ]) {
      const event = events.find((item) => toEventSelector(item) === toEventSelector(signature));
      expect(
        event?.inputs
          .map(
            (input) => `${input.type}${"indexed" in input && input.indexed ? " indexed" : ""} ${input.name}`,
          )
          .join(", "),
      ).to.equal(signature.slice(signature.indexOf("(") + 1, -1));
    }
  });

  it("getIdentityRegistry_isTheAgentRegistry_succeeds", async () => {
    expect((await validation.read.getIdentityRegistry()).toLowerCase()).to.equal(agents.address);
  });

  describe("validationRequest", () => {
    it("validationRequest_byTheAgentsOwner_succeeds", async () => {
      const hash = await request();
      expect(await eventsOf(line, validation, hash)).to.deep.equal([
        {
          event: "ValidationRequest",
          args: {
            validatorAddress: validator,
            agentId: agent,
            requestURI: "ipfs://request",
            requestHash: HASH,
          },
        },
      ]);
      expect(await status()).to.deep.equal([validator, agent, 0, zeroHash, "", await minedAt(line, hash)]);
      expect(await validation.read.hasValidationResponse([HASH])).to.equal(false);
      expect(await validation.read.getAgentValidations([agent])).to.deep.equal([HASH]);
      expect(await validation.read.getValidatorRequests([validator])).to.deep.equal([HASH]);
      expect(await validation.read.getValidatedCompletion([HASH])).to.deep.equal({
        execution: 0n,
        task: 0n,
        outputDigest: zeroHash,
      });
    });

    it("validationRequest_byApproved_succeeds", async () => {
      await agents.write.approve([line.stranger, agent], { account: owner });
      await agents.write.setApprovalForAll([line.requester, true], { account: owner });
      for (const [index, account] of [line.stranger, line.requester].entries()) {
        await request({ account, hash: keccak256(toHex(index)) });
      }
      expect((await validation.read.getAgentValidations([agent])).length).to.equal(2);
    });

    it("validationRequest_byAnybodyElse_reverts", async () => {
      await agents.write.transferFrom([owner, other, agent], { account: owner });
      for (const account of [line.stranger, owner, validator]) {
        await assertions.revertWith(request({ account }), "Not authorized");
      }
    });

    it("validationRequest_unknownAgent_reverts", async () => {
      await assertions.revertWithCustomErrorWithArgs(
        request({ agent: 999n }),
        agents,
        "ERC721NonexistentToken",
        [999n],
      );
    });

    it("validationRequest_toNobody_reverts", async () => {
      await assertions.revertWith(request({ validator: zeroAddress }), "bad validator");
    });

    it("validationRequest_sameHashAgain_reverts", async () => {
      await request();
      await assertions.revertWith(request(), "exists");
      await assertions.revertWith(request({ agent: secondAgent, validator: other }), "exists");
    });

    it("validationRequest_longestURI_succeedsAndLongerReverts", async () => {
      await request({ uri: "u".repeat(URI_BYTES_MAX) });
      await refuses(
        request({ uri: "u".repeat(URI_BYTES_MAX + 1), hash: zeroHash }),
        "ValidationTextTooLong",
        [BigInt(URI_BYTES_MAX + 1), BigInt(URI_BYTES_MAX)],
      );
    });
  });

  describe("validationResponse", () => {
    beforeEach(async () => {
      await request();
    });

    it("validationResponse_byTheValidator_succeeds", async () => {
      const responseHash = keccak256(toHex("evidence"));
      const hash = await respond({ response: 70, uri: "ipfs://evidence", responseHash, tag: "soft" });
      expect(await eventsOf(line, validation, hash)).to.deep.equal([
        {
          event: "ValidationResponse",
          args: {
            validatorAddress: validator,
            agentId: agent,
            requestHash: HASH,
            response: 70,
            responseURI: "ipfs://evidence",
            responseHash,
            tag: "soft",
          },
        },
      ]);
      expect(await status()).to.deep.equal([
        validator,
        agent,
        70,
        responseHash,
        "soft",
        await minedAt(line, hash),
      ]);
    });

    it("validationResponse_again_theLastCounts", async () => {
      for (const [response, tag] of [
        [70, "soft"],
        [0, "hard"],
        [100, ""],
      ] as const) {
        await respond({ response, tag });
        expect((await status()).slice(2, 5), tag).to.deep.equal([response, zeroHash, tag]);
      }
      expect(await validation.read.getSummary([agent, [], ""])).to.deep.equal([1n, 100]);
    });

    it("validationResponse_zero_isAnAnswer", async () => {
      expect(await validation.read.getSummary([agent, [], ""])).to.deep.equal([0n, 0]);
      await respond({ response: 0 });
      expect(await validation.read.hasValidationResponse([HASH])).to.equal(true);
      expect(await validation.read.getSummary([agent, [], ""])).to.deep.equal([1n, 0]);
    });

    it("validationResponse_above100_reverts", async () => {
      for (const response of [101, 255]) await assertions.revertWith(respond({ response }), "resp>100");
    });

    it("validationResponse_toNothing_reverts", async () => {
      await assertions.revertWith(respond({ hash: zeroHash }), "unknown");
    });

    it("validationResponse_bySomebodyElse_reverts", async () => {
      for (const account of [owner, other, line.stranger]) {
        await assertions.revertWith(respond({ account }), "not validator");
      }
    });

    it("validationResponse_longestTexts_succeedsAndLongerReverts", async () => {
      await respond({ uri: "u".repeat(URI_BYTES_MAX), tag: "t".repeat(TAG_BYTES_MAX) });
      await refuses(respond({ uri: "u".repeat(URI_BYTES_MAX + 1) }), "ValidationTextTooLong", [
        BigInt(URI_BYTES_MAX + 1),
        BigInt(URI_BYTES_MAX),
      ]);
      await refuses(respond({ tag: "t".repeat(TAG_BYTES_MAX + 1) }), "ValidationTextTooLong", [
        BigInt(TAG_BYTES_MAX + 1),
        BigInt(TAG_BYTES_MAX),
      ]);
    });
  });

  describe("views", () => {
    it("getValidationStatus_ofNothing_reverts", async () => {
      await assertions.revertWith(status(), "unknown");
      await assertions.revertWith(validation.read.hasValidationResponse([HASH]), "unknown");
    });

    it("getSummary_byEachFilter_succeeds", async () => {
      const hashes = [0, 1, 2, 3, 4].map((i) => keccak256(toHex(`request ${i}`)));
      const [first, second, third, fourth, unanswered] = hashes as [Hex, Hex, Hex, Hex, Hex];
      for (const hash of [first, second]) await request({ hash });
      for (const hash of [third, unanswered]) await request({ hash, validator: other });
      await request({ hash: fourth, agent: secondAgent });
      await respond({ hash: first, response: 50, tag: "a" });
      await respond({ hash: second, response: 75, tag: "b" });
      await respond({ hash: third, response: 100, tag: "a", account: other });
      await respond({ hash: fourth, response: 3, tag: "a" });
      const summary = (validators: Address[], tag = "") =>
        validation.read.getSummary([agent, validators, tag]);
      expect(await summary([])).to.deep.equal([3n, 75]);
      expect(await summary([validator])).to.deep.equal([2n, 62]);
      expect(await summary([other, validator, other])).to.deep.equal([3n, 75]);
      expect(await summary([], "a")).to.deep.equal([2n, 75]);
      expect(await summary([validator], "a")).to.deep.equal([1n, 50]);
      expect(await summary([owner])).to.deep.equal([0n, 0]);
      expect(await summary([], "c")).to.deep.equal([0n, 0]);
      expect(await validation.read.getValidatorRequests([other])).to.deep.equal([third, unanswered]);
    });
  });
});

describe("ValidationRegistry.requestCompletionValidation", () => {
  beforeEach(restore);

  const NO_PROOF = { inputDigest: zeroHash, outputDigests: [] as Hex[] };
  const outputs = [0, 1, 2].map((task) => keccak256(outputOf(task)));
  const proof = { inputDigest: INPUT_DIGEST, outputDigests: outputs };

  interface Choice {
    execution: bigint;
    task?: number;
    output?: Hex;
    agent?: bigint;
    salt?: Hex;
    account?: Address;
    proof?: { inputDigest: Hex; outputDigests: Hex[] };
    validator?: Address;
  }

  function ask(choice: Choice): Promise<Hex> {
    const { execution, task = 0, salt = zeroHash } = choice;
    const outputDigest = choice.output ?? (outputs[task] as Hex);
    return validation.write.requestCompletionValidation(
      [
        choice.validator ?? validator,
        choice.agent ?? (line.agentIds[task] as bigint),
        "ipfs://request",
        { execution, task: BigInt(task), outputDigest },
        salt,
        choice.proof ?? NO_PROOF,
      ],
      { account: choice.account ?? owner },
    );
  }

  /** The name of a request, as the interface documents it. */
  function hashOf({ execution, task = 0, salt = zeroHash, output }: Choice): Hex {
    const types = ["uint256", "address", "address", "uint256", "uint256", "uint256", "bytes32", "bytes32"];
    return keccak256(
      encodeAbiParameters(
        types.map((type) => ({ type })),
        [
          BigInt(line.chainId),
          validation.address,
          validator,
          line.agentIds[task],
          execution,
          BigInt(task),
          output ?? outputs[task],
          salt,
        ],
      ),
    );
  }

  async function runningAfter(tasks: number): Promise<bigint> {
    const { execution } = await execute(line);
    const items = await signedRun(line, execution);
    await executions.write.submitCompletions([items.slice(0, tasks)], { account: line.relayer });
    return execution;
  }

  it("requestCompletionValidation_ofARunningExecution_succeeds", async () => {
    const execution = await runningAfter(2);
    const requestHash = hashOf({ execution, task: 1 });
    expect(await eventsOf(line, validation, ask({ execution, task: 1 }))).to.deep.equal([
      {
        event: "ValidationRequest",
        args: {
          validatorAddress: validator,
          agentId: secondAgent,
          requestURI: "ipfs://request",
          requestHash,
        },
      },
      {
        event: "CompletionValidationRequested",
        args: { requestHash, execution, task: 1n, outputDigest: outputs[1] },
      },
    ]);
    expect(await validation.read.getValidatedCompletion([requestHash])).to.deep.equal({
      execution,
      task: 1n,
      outputDigest: outputs[1],
    });
    await respond({ hash: requestHash, response: 100 });
    expect(await validation.read.getSummary([secondAgent, [], ""])).to.deep.equal([1n, 100]);
  });

  it("requestCompletionValidation_ofASettledRunWithItsProof_succeeds", async () => {
    const { execution } = await settledRun(line);
    for (const task of [0, 1, 2]) {
      await ask({ execution, task, proof });
      const requestHash = hashOf({ execution, task });
      expect((await status(requestHash))[1], `task ${task}`).to.equal(line.agentIds[task]);
    }
  });

  it("requestCompletionValidation_ofARunThatExpired_succeedsForWhatWasAnswered", async () => {
    const execution = await runningAfter(1);
    await line.networkHelpers.time.increase(4_000);
    await executions.write.expire([execution], { account: line.stranger });
    const folded = { inputDigest: INPUT_DIGEST, outputDigests: [outputs[0] as Hex, zeroHash, zeroHash] };
    await ask({ execution, proof: folded });
    for (const output of [outputs[1] as Hex, zeroHash]) {
      await refuses(ask({ execution, task: 1, output, proof: folded }), "ValidationOutputNotAccepted", [
        execution,
        1n,
        output,
      ]);
    }
  });

  it("requestCompletionValidation_anotherSalt_isAnotherRequest", async () => {
    const { execution } = await settledRun(line);
    await ask({ execution, proof });
    await assertions.revertWith(ask({ execution, proof }), "exists");
    const salt = keccak256(toHex("salt"));
    await ask({ execution, proof, salt });
    expect(await validation.read.getAgentValidations([agent])).to.deep.equal([
      hashOf({ execution }),
      hashOf({ execution, salt }),
    ]);
  });

  it("requestCompletionValidation_hashThatSomebodyUsedFirst_isFreeWithAnotherSalt", async () => {
    const { execution } = await settledRun(line);
    const thief = line.stranger;
    const stolen = await line.registerAgent(1n, thief);
    await request({ account: thief, agent: stolen, hash: hashOf({ execution }) });
    await assertions.revertWith(ask({ execution, proof }), "exists");
    const salt = toHex(1, { size: 32 });
    await ask({ execution, proof, salt });
    expect((await validation.read.getValidatedCompletion([hashOf({ execution })])).execution).to.equal(0n);
    expect((await validation.read.getValidatedCompletion([hashOf({ execution, salt })])).execution).to.equal(
      execution,
    );
  });

  it("requestCompletionValidation_byAnybodyElse_reverts", async () => {
    const { execution } = await settledRun(line);
    for (const account of [line.stranger, line.requester, validator]) {
      await assertions.revertWith(ask({ execution, proof, account }), "Not authorized");
    }
  });

  it("requestCompletionValidation_toNobody_reverts", async () => {
    const { execution } = await settledRun(line);
    await assertions.revertWith(ask({ execution, proof, validator: zeroAddress }), "bad validator");
  });

  it("requestCompletionValidation_unknownExecution_reverts", async () => {
    await assertions.revertWithCustomErrorWithArgs(ask({ execution: 7n }), executions, "ExecutionUnknown", [
      7n,
    ]);
  });

  it("requestCompletionValidation_taskOfAnotherAgentOrNone_reverts", async () => {
    const { execution } = await settledRun(line);
    const wrong = ask({ execution, task: 1, agent, proof });
    await refuses(wrong, "ValidationTaskNotOfAgent", [execution, 1n, agent]);
    const none = ask({ execution, task: 3, agent, output: outputs[0] as Hex, proof });
    await refuses(none, "ValidationTaskNotOfAgent", [execution, 3n, agent]);
  });

  it("requestCompletionValidation_outputThatWasNotAccepted_reverts", async () => {
    const running = await runningAfter(1);
    const wrong = keccak256(toHex("another output"));
    for (const [task, output] of [
      [0, wrong],
      [1, outputs[1] as Hex],
      [1, zeroHash],
    ] as const) {
      await refuses(ask({ execution: running, task, output }), "ValidationOutputNotAccepted", [
        running,
        BigInt(task),
        output,
      ]);
    }
    const { execution } = await settledRun(line);
    await refuses(ask({ execution, output: wrong, proof }), "ValidationOutputNotAccepted", [
      execution,
      0n,
      wrong,
    ]);
  });

  it("requestCompletionValidation_proofOfAnotherRun_reverts", async () => {
    const { execution } = await settledRun(line);
    const { digest } = await executions.read.executionOf([execution]);
    const { versionDigest } = await executions.read.executionOf([execution]);
    for (const wrong of [
      NO_PROOF,
      { ...proof, inputDigest: zeroHash },
      { ...proof, outputDigests: outputs.slice(0, 2) },
      { ...proof, outputDigests: [...outputs, zeroHash] },
      { ...proof, outputDigests: [...outputs].reverse() },
    ]) {
      const made = keccak256(
        encodeAbiParameters(
          [{ type: "bytes32" }, { type: "bytes32" }, { type: "bytes32[]" }],
          [versionDigest, wrong.inputDigest, wrong.outputDigests],
        ),
      );
      await refuses(ask({ execution, proof: wrong }), "ValidationRunDigestWrong", [execution, made, digest]);
    }
  });

  it("requestCompletionValidation_lastTaskOfTheLargestVersion_succeeds", async () => {
    const tasks = Array.from({ length: 32 }, (_, i) => ({ model: BigInt((i % 3) + 1) }));
    const large = await publishCluster(line, { slug: "large", tasks });
    const { execution } = await settledRun(large);
    const all = tasks.map((_, task) => keccak256(outputOf(task)));
    await ask({
      execution,
      task: 31,
      agent: large.agentIds[31] as bigint,
      output: all[31] as Hex,
      proof: { inputDigest: INPUT_DIGEST, outputDigests: all },
    });
    expect((await validation.read.getValidatorRequests([getAddress(validator)])).length).to.equal(1);
  });
});
