import { expect } from "chai";
import { artifacts } from "hardhat";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  getAddress,
  type Hex,
  hexToBytes,
  keccak256,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { events, KIND, restoring, SKIP, STATE } from "../fixtures/executions.ts";
import { completionOf, execute, firstNode, outputOf, paramsOf, signedItem } from "../fixtures/line.ts";
import { createPinnedLine } from "../fixtures/pinned.ts";
import { WINDOW_SECONDS } from "../fixtures/world.ts";

/**
 * C04 and C05: every function that writes is played against an execution in every state, by whoever has the most rights,
 * and only those that the table of `IClusterExecutions` names move it, to where it says.
 */
const line = await createPinnedLine({ tasks: [{ model: 1n }, { model: 2n }], attempts: 1 });
const { executions } = line;
const restore = restoring(line);
const consumer = await line.viem.deployContract("Consumer__MockForExecutions");
const INPUT_DIGEST = keccak256(toHex("input"));

type StateName = "Running" | "Succeeded" | "Failed" | "Cancelled" | "Expired";

/** Brings a new execution into a state; `Running` with its first task answered, long after all windows. */
const WAYS: Record<StateName, (execution: bigint) => Promise<unknown>> = {
  Running: async () => undefined,
  Succeeded: async (execution) => executions.write.submitCompletions([[await nextItem(execution)]]),
  Failed: async (execution) => {
    const { id, owner } = await firstNode(line, execution, 1);
    return executions.write.reportFailure([execution, 1n, id, zeroHash], { account: owner });
  },
  Cancelled: (execution) => executions.write.cancel([execution], { account: line.requester }),
  Expired: async (execution) => {
    await line.networkHelpers.time.increase(4_000);
    return executions.write.expire([execution]);
  },
};

async function inState(state: StateName): Promise<bigint> {
  const { execution } = await execute(line, {
    ownerMayAnswer: true,
    consumer: consumer.address,
    callbackGas: 100_000,
  });
  const node = await firstNode(line, execution, 0);
  await executions.write.submitCompletions([[await signedItem(line, execution, 0, node)]]);
  await line.networkHelpers.time.increase(WINDOW_SECONDS * 9);
  await WAYS[state](execution);
  return execution;
}

async function nextItem(execution: bigint) {
  return signedItem(line, execution, 1, await firstNode(line, execution, 1));
}

/** Every function that is not a view, with how it is called for the greatest effect. */
const CALLS: Record<string, (execution: bigint) => Promise<Hex>> = {
  execute: async () => (await execute(line)).hash,
  executeFor: async () => {
    const args = [line.requester, line.cluster, 1n, "0x", await paramsOf(line)] as const;
    return executions.write.executeFor(args, { account: line.router, value: line.quoteWei });
  },
  submitCompletionAsNode: async (execution) => {
    const { id, owner } = await firstNode(line, execution, 1);
    const { completion, output } = await completionOf(line, execution, 1, id);
    return executions.write.submitCompletionAsNode([completion, output], { account: owner });
  },
  submitCompletionAsModelOwner: async (execution) => {
    const { completion, output } = await completionOf(line, execution, 1, 0n);
    const account = line.operators[1] as Address;
    return executions.write.submitCompletionAsModelOwner([completion, output], { account });
  },
  submitCompletionAsClusterOwner: async (execution) => {
    const { completion, output } = await completionOf(line, execution, 1, 0n);
    return executions.write.submitCompletionAsClusterOwner([completion, output], {
      account: line.clusterOwner,
    });
  },
  submitCompletions: async (execution) => executions.write.submitCompletions([[await nextItem(execution)]]),
  reportFailure: async (execution) => {
    const { id, owner } = await firstNode(line, execution, 1);
    return executions.write.reportFailure([execution, 1n, id, zeroHash], { account: owner });
  },
  cancel: (execution) => executions.write.cancel([execution], { account: line.requester }),
  expire: (execution) => executions.write.expire([execution]),
  deliver: async (execution) => {
    const { state } = await executions.read.executionOf([execution]);
    const last = state === STATE.Succeeded ? keccak256(outputOf(1)) : zeroHash;
    const response = state === STATE.Succeeded ? outputOf(1) : "0x";
    return executions.write.deliver([execution, INPUT_DIGEST, [keccak256(outputOf(0)), last], response]);
  },
  withdraw: async () => {
    const args = [KIND.Model, 1n, zeroAddress, line.operators[0]] as [number, bigint, Address, Address];
    return executions.write.withdraw(args, { account: line.operators[0] as Address });
  },
};

/** Where each call takes an execution from a state. What is not here changes nothing. */
const TABLE: Partial<Record<StateName, Record<string, StateName>>> = {
  Running: {
    submitCompletionAsNode: "Succeeded",
    submitCompletionAsModelOwner: "Succeeded",
    submitCompletionAsClusterOwner: "Succeeded",
    submitCompletions: "Succeeded",
    reportFailure: "Failed",
    cancel: "Cancelled",
  },
};

/** Calls that are not about the execution, and so go through whatever its state is. */
const UNRELATED = ["execute", "executeFor", "withdraw"];

describe("C04, C05: who moves an execution where", () => {
  beforeEach(restore);

  it("abi_everyFunctionThatWrites_isPlayed", () => {
    const writing = executions.abi.filter(
      (item) => item.type === "function" && item.stateMutability !== "view",
    );
    expect(Object.keys(CALLS).sort()).to.deep.equal(
      writing.map((item) => ("name" in item ? item.name : "")).sort(),
    );
  });

  for (const state of Object.keys(WAYS) as StateName[]) {
    for (const [name, call] of Object.entries(CALLS)) {
      const next = TABLE[state]?.[name];
      it(`${name}_executionThatIs${state}_${next === undefined ? "leavesIt" : `makesIt${next}`}`, async () => {
        const execution = await inState(state);
        const before = await executions.read.executionOf([execution]);
        expect(before.state, "at the start").to.equal(STATE[state]);
        const went = await call(execution).then(
          (hash) => events(line, hash),
          () => undefined,
        );
        const after = await executions.read.executionOf([execution]);
        expect(after.state).to.equal(STATE[next ?? state]);
        const isDelivery = name === "deliver" && state !== "Running";
        if (next === undefined) {
          expect(went !== undefined, "the call went through").to.equal(
            UNRELATED.includes(name) || isDelivery,
          );
          const delivered = { consumer: zeroAddress, callbackGas: 0, callbackBudgetWei: 0n };
          expect(after).to.deep.equal(isDelivery ? { ...before, ...delivered } : before);
        } else {
          expect(after.escrowWei, "escrow at the end").to.equal(0n);
          const names = went?.map(({ event }) => event) ?? [];
          const end = next === "Succeeded" ? "ClusterResponse" : "ClusterExecutionEnded";
          expect(
            names.filter((event) => event.startsWith("Cluster")),
            "one end",
          ).to.deep.equal([end]);
        }
      });
    }
  }

  it("expire_executionPastItsDeadline_makesItExpired", async () => {
    const execution = await inState("Running");
    await line.networkHelpers.time.increase(4_000);
    // Nothing is accepted any more, and whoever comes first ends it.
    for (const name of Object.keys(TABLE.Running ?? {})) {
      if (name === "cancel") continue;
      const refused = await CALLS[name]?.(execution).then(
        () => false,
        () => true,
      );
      expect(refused, name).to.equal(true);
    }
    await executions.write.expire([execution], { account: line.stranger });
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Expired);
  });

  it("submitCompletions_toEndedExecutions_saysSo", async () => {
    for (const state of ["Succeeded", "Failed", "Cancelled", "Expired"] as const) {
      const execution = await inState(state);
      const item = await signedItem(line, execution, 1, line.testNodes[0] as never, {
        contextHash: zeroHash,
      });
      const call = executions.write.submitCompletions([[item]]);
      await line.viem.assertions.revertWithCustomErrorWithArgs(call, executions, "BatchNothingAccepted", [
        SKIP.ExecutionEnded,
      ]);
    }
  });
});

describe("C20: nobody is in charge", () => {
  const CONTRACTS = [
    "ClusterExecutions",
    "PermissionRegistry",
    "NodeRegistry",
    "ModelRegistry",
    "AgentRegistry",
    "ClusterRegistry",
  ];
  /** Words that a function of an administrator, a pause or an upgrade would have in its name. */
  const WORDS =
    /^(owner|renounceOwnership|transferOwnership|pause|unpause|paused|upgrade.*|initialize|setAdmin|admin|setFee.*|sweep|rescue.*|kill|destroy|mint|burn|implementation)$/i;

  for (const name of CONTRACTS) {
    it(`abi_${name}_hasNoFunctionOfAnAdministrator`, async () => {
      const { abi } = await artifacts.readArtifact(name);
      const names = abi.flatMap((item) => (item.type === "function" ? [item.name as string] : []));
      expect(names.length, "functions").to.be.above(5);
      expect(names.filter((found) => WORDS.test(found))).to.deep.equal([]);
    });

    it(`bytecode_${name}_neitherDelegatesNorDestroysItself`, async () => {
      const { deployedBytecode } = await artifacts.readArtifact(name);
      const found = opcodesOf(deployedBytecode as Hex);
      expect(found.size, "opcodes").to.be.above(40);
      for (const [opcode, what] of [
        [0xf2, "callcode"],
        [0xf4, "delegatecall"],
        [0xff, "selfdestruct"],
      ] as const) {
        expect(found.has(opcode), what).to.equal(false);
      }
    });
  }

  it("opcodesOf_codeThatDelegates_findsIt", () => {
    // PUSH2 f4ff, DELEGATECALL: what is pushed is no opcode.
    expect([...opcodesOf("0x61f4fff4")]).to.deep.equal([0x61, 0xf4]);
  });

  it("withdraw_anyoneElsesMoney_isRefusedToEveryAccount", async () => {
    const { execution } = await execute(line);
    const node = await firstNode(line, execution, 0);
    await executions.write.submitCompletions([[await signedItem(line, execution, 0, node)]]);
    for (const wallet of line.wallets) {
      const account = getAddress(wallet.account.address);
      if (account === line.operators[0]) continue;
      const call = executions.write.withdraw([KIND.Model, 1n, zeroAddress, account], { account });
      await line.viem.assertions.revertWithCustomErrorWithArgs(call, executions, "CreditNotYours", [
        KIND.Model,
        1n,
        account,
      ]);
    }
  });
});

/** The opcodes that stand in a contract's code, up to the data behind it. */
function opcodesOf(code: Hex): Set<number> {
  const bytes = hexToBytes(code);
  const found = new Set<number>();
  for (let at = 0; at < bytes.length; at++) {
    const opcode = bytes[at] as number;
    // INVALID ends what the compiler wrote as code; metadata and immutable data follow.
    if (opcode === 0xfe) break;
    found.add(opcode);
    if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f;
  }
  return found;
}
