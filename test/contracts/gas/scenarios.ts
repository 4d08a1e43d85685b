import { type Address, type Hex, keccak256, toHex, zeroAddress } from "viem";
import {
  completionOf,
  createLine,
  execute,
  firstNode,
  type Line,
  outputOf,
  type SignedItem,
  signedItem,
  signedRun,
} from "../fixtures/line.ts";
import { createPinnedLine, nodesByRank, publishPinned } from "../fixtures/pinned.ts";
import {
  agentEntry,
  createWorld,
  FEE_WEI,
  taskEntry,
  WINDOW_SECONDS,
  type World,
} from "../fixtures/world.ts";
import { PERIPHERY_GAS_SCENARIOS } from "./peripheryScenarios.ts";

/** The most gas of one transaction on Ethereum (EIP-7825). */
const TRANSACTION_GAS_MAX = 2n ** 24n;

/** A named measurement: answers the gas of whole transactions, with the ceiling it has to stay under. */
export interface GasScenario {
  readonly name: string;
  /** What is measured, for the reader of the table. */
  readonly description: string;
  /** Most gas it may use; absent where the figure is for information. */
  readonly ceilingGas?: bigint;
  readonly measure: () => Promise<bigint>;
}

/** Gas that a mined transaction used. */
async function gasOf(world: World, hash: Hex): Promise<bigint> {
  const receipt = await world.client.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`transaction ${hash} reverted`);
  return receipt.gasUsed;
}

async function registerNode(world: World, index: number, owner: Address): Promise<bigint> {
  const key = world.nodeKey(index);
  const proof = await world.keyProof(key, owner);
  const uri = "https://node.example.org/pleiad/metadata.json?id=0001";
  return gasOf(
    world,
    await world.nodes.write.register([key.address, proof, keccak256(toHex(`metadata ${index}`)), uri], {
      account: owner,
    }),
  );
}

/** A line whose counters and credits are no longer zero: one run has been settled and nothing withdrawn. */
async function warmLine(taskCount = 3): Promise<Line> {
  const line = await createLine(taskCount);
  // Runs until every node and model has a credit: the rotation decides who earns.
  for (let run = 0; run < 8; run++) {
    const { execution } = await execute(line);
    await line.executions.write.submitCompletions([await signedRun(line, execution)], {
      account: line.relayer,
    });
  }
  return line;
}

async function wholeRun(line: Line): Promise<{ execute: bigint; settle: bigint }> {
  const { hash, execution } = await execute(line);
  const settle = await line.executions.write.submitCompletions([await signedRun(line, execution)], {
    account: line.relayer,
  });
  return { execute: await gasOf(line, hash), settle: await gasOf(line, settle) };
}

async function buildCluster(): Promise<bigint> {
  const world = await createWorld();
  const owner = world.wallets[1]?.account.address as Address;
  const ids: bigint[] = [];
  for (let i = 0; i < 6; i++) {
    const model = await world.registerModel(`model ${i}`, owner);
    ids.push(await world.registerAgent(model, owner));
  }
  await build(world, owner, "first-cluster", ids.slice(4));
  return gasOf(world, await build(world, owner, "second-cluster", ids.slice(0, 4)));
}

function build(world: World, owner: Address, slug: string, ids: readonly bigint[]): Promise<Hex> {
  return world.clusters.write.createAndPublish(
    [
      {
        slug,
        name: "A cluster",
        description: "Four agents and four tasks",
        inputs: [],
        agents: ids.map((id, i) => agentEntry(id, `agent ${i}`)),
        tasks: ids.map((id, i) => taskEntry(`task ${i}`, id, 200)),
      },
      { feeWei: FEE_WEI, windowSeconds: WINDOW_SECONDS, attempts: 0 },
    ],
    { account: owner },
  );
}

async function directMidRun(): Promise<bigint> {
  const line = await warmLine();
  const { execution } = await execute(line);
  const node = await firstNode(line, execution, 0);
  const { completion, output } = await completionOf(line, execution, 0, node.id);
  return gasOf(
    line,
    await line.executions.write.submitCompletionAsNode([completion, output], { account: node.owner }),
  );
}

/** Ten signed completions of mid-run tasks, the first `tasksEach` tasks of as many executions as that takes; each. */
async function batchOfTen(tasksEach: number): Promise<bigint> {
  const line = await warmLine();
  const items = [];
  for (let i = 0; i < 10 / tasksEach; i++) {
    const { execution } = await execute(line);
    for (let task = 0; task < tasksEach; task++) {
      items.push(await signedItem(line, execution, task, await firstNode(line, execution, task)));
    }
  }
  const hash = await line.executions.write.submitCompletions([items], { account: line.relayer });
  return (await gasOf(line, hash)) / 10n;
}

async function expireThreeTasks(): Promise<bigint> {
  const line = await warmLine();
  const { execution } = await execute(line);
  await line.networkHelpers.time.increase(4_000);
  return gasOf(line, await line.executions.write.expire([execution], { account: line.relayer }));
}

async function cancelThreeTasks(): Promise<bigint> {
  const line = await warmLine();
  const { execution } = await execute(line);
  await line.networkHelpers.time.increase(3 * WINDOW_SECONDS);
  return gasOf(line, await line.executions.write.cancel([execution], { account: line.requester }));
}

/** The `count`-th report about a task. */
async function reportFailure(count: number): Promise<bigint> {
  const line = await warmLine();
  const { execution } = await execute(line);
  await line.networkHelpers.time.increase(3 * WINDOW_SECONDS);
  let gas = 0n;
  for (const { id, owner } of line.testNodes.slice(0, count)) {
    const reason = keccak256(toHex(`reason ${id}`));
    const hash = await line.executions.write.reportFailure([execution, 0n, id, reason], { account: owner });
    gas = await gasOf(line, hash);
  }
  return gas;
}

async function callback(): Promise<{ execute: bigint; deliver: bigint }> {
  const line = await warmLine();
  // An account that has no code: what is left is the delivery alone.
  const choice = { consumer: line.stranger, callbackGas: 100_000, callbackBudgetWei: 1_000_000n };
  const { hash, execution } = await execute(line, choice);
  await line.executions.write.submitCompletions([await signedRun(line, execution)], {
    account: line.relayer,
  });
  // The deliverer's account has a credit already.
  const other = await execute(line, choice);
  await line.executions.write.submitCompletions([await signedRun(line, other.execution)], {
    account: line.relayer,
  });
  const digests = [0, 1, 2].map((task) => keccak256(outputOf(task)));
  const deliver = (id: bigint) =>
    line.executions.write.deliver([id, keccak256(toHex("input")), digests, outputOf(2)], {
      account: line.relayer,
    });
  await deliver(execution);
  return { execute: await gasOf(line, hash), deliver: await gasOf(line, await deliver(other.execution)) };
}

/** Three nodes of three owners on the first task of two, or on the only one. */
async function quorumOfThree(isLast: boolean): Promise<bigint> {
  const first = { model: 1n, quorum: 3 };
  const line = await createPinnedLine({ tasks: isLast ? [first] : [first, { model: 2n }] });
  let gas = 0n;
  // The first pays for slots that the second finds written.
  for (let run = 0; run < 2; run++) {
    const { execution } = await execute(line);
    const items: SignedItem[] = [];
    for (const node of await nodesByRank(line, execution, 0)) {
      const item = await signedItem(line, execution, 0, node);
      items.push(items.length === 0 ? item : { ...item, output: "0x" });
    }
    gas = await gasOf(
      line,
      await line.executions.write.submitCompletions([items], { account: line.relayer }),
    );
  }
  return gas;
}

/** A whole run in a token whose books are no longer empty. */
async function tokenRun(): Promise<{ execute: bigint; settle: bigint }> {
  const tasks = [{ model: 1n }, { model: 2n }, { model: 3n }];
  const plain = await createPinnedLine({ tasks });
  const token = await plain.viem.deployContract("Token__MockForExecutions");
  const line = await publishPinned(plain, { tasks, currency: token.address });
  await token.write.setBalance([line.requester, line.quoteWei * 100n]);
  await token.write.approve([line.executions.address, line.quoteWei * 100n], { account: line.requester });
  let gas = { execute: 0n, settle: 0n };
  for (let run = 0; run < 9; run++) {
    const { hash, execution } = await execute(line, { valueWei: 0n });
    const items = await signedRun(line, execution);
    const settle = await line.executions.write.submitCompletions([items], { account: line.relayer });
    gas = { execute: await gasOf(line, hash), settle: await gasOf(line, settle) };
  }
  return gas;
}

async function withdrawNode(): Promise<bigint> {
  const line = await warmLine();
  const node = line.testNodes[0];
  return gasOf(
    line,
    await line.executions.write.withdraw([0, node?.id as bigint, zeroAddress, node?.owner as Address], {
      account: node?.owner as Address,
    }),
  );
}

async function kibibyteSubmit(): Promise<bigint> {
  const line = await warmLine();
  const { execution } = await execute(line);
  const node = await firstNode(line, execution, 0);
  const { completion, output } = await completionOf(line, execution, 0, node.id, {
    output: outputOf(0, 1024),
  });
  return gasOf(
    line,
    await line.executions.write.submitCompletionAsNode([completion, output], { account: node.owner }),
  );
}

/** A cluster of four agents and tasks that was built in one call, and its owner. */
async function built(): Promise<{ world: World; account: Address }> {
  const world = await createWorld();
  const account = world.wallets[1]?.account.address as Address;
  const ids: bigint[] = [];
  for (let i = 0; i < 4; i++) {
    ids.push(await world.registerAgent(await world.registerModel(`model ${i}`, account), account));
  }
  await build(world, account, "a-cluster", ids);
  return { world, account };
}

const EDITED_TASK = 1n;

/** The first edit of a cluster that was built in one call, which gives the draft its slots, or the second. */
async function editTask(edits: number): Promise<bigint> {
  const { world, account } = await built();
  let gas = 0n;
  for (let i = 0; i < edits; i++) {
    const entry = taskEntry(`other ${i}`, 0n);
    gas = await gasOf(world, await world.clusters.write.replaceTask([1n, EDITED_TASK, entry], { account }));
  }
  return gas;
}

/** As much text as one transaction can publish, in three codes. */
async function buildLargest(): Promise<bigint> {
  const world = await createWorld();
  const account = world.wallets[1]?.account.address as Address;
  const ids: bigint[] = [];
  for (let i = 0; i < 32; i++) {
    ids.push(await world.registerAgent(await world.registerModel(`model ${i}`, account), account));
  }
  const agents = ids.map((id, i) => agentEntry(id, `agent ${i}`));
  const tasks = ids.map((id, i) => taskEntry(`task ${i}`, id, 1_690));
  const blueprint = { slug: "large", name: "", description: "", inputs: [], agents, tasks };
  const terms = { feeWei: FEE_WEI, windowSeconds: WINDOW_SECONDS, attempts: 0 };
  const gas = TRANSACTION_GAS_MAX;
  return gasOf(world, await world.clusters.write.createAndPublish([blueprint, terms], { account, gas }));
}

async function onBuilt(call: (world: World, account: Address) => Promise<Hex>): Promise<bigint> {
  const { world, account } = await built();
  return gasOf(world, await call(world, account));
}

/** Every scenario of `npm run bench:gas`; Prague rules, whole transactions. */
export const GAS_SCENARIOS: readonly GasScenario[] = [
  {
    name: "node.register",
    description: "register a node with metadata, an owner's second",
    ceilingGas: 150_000n,
    async measure() {
      const world = await createWorld();
      const owner = world.wallets[1]?.account.address as Address;
      await registerNode(world, 0, owner);
      return registerNode(world, 1, owner);
    },
  },
  {
    name: "node.register.cold",
    description: "the same, the first node of the chain and of its owner",
    async measure() {
      const world = await createWorld();
      return registerNode(world, 0, world.wallets[1]?.account.address as Address);
    },
  },
  {
    name: "agent.register",
    description: "register an agent by digest, on a model",
    ceilingGas: 100_000n,
    async measure() {
      const world = await createWorld();
      const owner = world.wallets[1]?.account.address as Address;
      const model = await world.registerModel("model", owner);
      await world.registerAgent(model, owner);
      return gasOf(
        world,
        await world.agents.write.register([keccak256(toHex("file")), model], { account: owner }),
      );
    },
  },
  {
    name: "cluster.build",
    description: "four agents, four tasks with 200-byte prompts, built and published in one call",
    ceilingGas: 700_000n,
    measure: buildCluster,
  },
  {
    name: "cluster.build.largest",
    description: "56 KiB in three codes, 32 agents on 32 models and 32 tasks, built in one call",
    ceilingGas: TRANSACTION_GAS_MAX,
    measure: buildLargest,
  },
  {
    name: "cluster.edit.first",
    description: "replace a task with a 200-byte prompt, the first edit of a cluster built in one call",
    measure: () => editTask(1),
  },
  {
    name: "cluster.edit",
    description: "the same, a later edit",
    measure: () => editTask(2),
  },
  {
    name: "cluster.stopVersion",
    description: "stop the newest version as the owner of an agent in it",
    measure: () =>
      onBuilt(({ clusters }, account) => clusters.write.stopVersionAsAgent([1n, 1n, 0n], { account })),
  },
  {
    name: "permission.setDelegate",
    description: "name a token's first delegate",
    measure: () =>
      onBuilt(({ permissions, clusters, wallets }, account) =>
        permissions.write.setDelegate([clusters.address, 1n, wallets[2]?.account.address as Address, 1, 0], {
          account,
        }),
      ),
  },
  {
    name: "permission.setGrant",
    description: "give a grant",
    measure: () =>
      onBuilt(({ permissions, clusters, executions, wallets }, account) =>
        permissions.write.setGrant(
          [clusters.address, 1n, executions.address, wallets[2]?.account.address as Address, 5, 0],
          { account },
        ),
      ),
  },
  {
    name: "execute.digest",
    description: "execute by digest",
    ceilingGas: 92_000n,
    measure: async () => (await wholeRun(await warmLine())).execute,
  },
  {
    name: "execute.digest.cold",
    description: "the same, the first of the chain and of the requester",
    measure: async () => (await wholeRun(await createLine())).execute,
  },
  {
    name: "submit.direct",
    description: "a node's direct submission of 32 bytes in mid-run",
    ceilingGas: 100_000n,
    measure: directMidRun,
  },
  {
    name: "submit.direct.1KiB",
    description: "the same with 1 KiB",
    measure: kibibyteSubmit,
  },
  {
    name: "submit.batch10.each",
    description: "a batch of ten signed completions, two tasks of five executions in mid-run, each",
    ceilingGas: 57_000n,
    measure: () => batchOfTen(2),
  },
  {
    name: "submit.batch10.apart.each",
    description: "the same of ten different executions, each: the worst shape a batch can have",
    ceilingGas: 57_000n,
    measure: () => batchOfTen(1),
  },
  {
    name: "run.three",
    description: "a paid three-task run settled in one transaction, execute and settle",
    ceilingGas: 245_000n,
    async measure() {
      const run = await wholeRun(await warmLine());
      return run.execute + run.settle;
    },
  },
  {
    name: "run.three.cold",
    description: "the same, the first of the chain",
    ceilingGas: 345_000n,
    async measure() {
      const run = await wholeRun(await createLine());
      return run.execute + run.settle;
    },
  },
  {
    name: "expire.three",
    description: "expire a three-task run, refund included",
    measure: expireThreeTasks,
  },
  {
    name: "submit.quorum3",
    description: "three signed completions that agree on a mid-run task, in one call",
    ceilingGas: 140_000n,
    measure: () => quorumOfThree(false),
  },
  {
    name: "submit.quorum3.last",
    description: "the same for a run's only task, which ends it",
    measure: () => quorumOfThree(true),
  },
  {
    name: "cancel.three",
    description: "cancel a three-task run, refund included",
    measure: cancelThreeTasks,
  },
  {
    name: "report.first",
    description: "a node's report of failure that does not end the run",
    measure: () => reportFailure(1),
  },
  {
    name: "report.last",
    description: "the report that fails a three-task run, refund included",
    measure: () => reportFailure(3),
  },
  {
    name: "execute.callback",
    description: "execute by digest with a callback",
    measure: async () => (await callback()).execute,
  },
  {
    name: "deliver",
    description: "deliver a three-task run's 32-byte response, but for the consumer's own gas",
    measure: async () => (await callback()).deliver,
  },
  {
    name: "execute.erc20",
    description: "execute by digest, paid in an ERC-20 token",
    measure: async () => (await tokenRun()).execute,
  },
  {
    name: "run.three.erc20",
    description: "a three-task run paid in an ERC-20 token, settled in one transaction, execute and settle",
    async measure() {
      const run = await tokenRun();
      return run.execute + run.settle;
    },
  },
  { name: "withdraw.node", description: "withdraw a node's credit", measure: withdrawNode },
  ...PERIPHERY_GAS_SCENARIOS,
];
