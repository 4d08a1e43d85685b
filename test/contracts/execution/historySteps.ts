import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  slice,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { enableAccount, KIND, STATE } from "../fixtures/executions.ts";
import type { Line, SignedItem } from "../fixtures/line.ts";
import { agentEntry, FEE_WEI, TERMS, taskEntry } from "../fixtures/world.ts";

const KEYS = 8;

/** Who plays in a history. */
export interface Cast {
  readonly line: Line;
  /** Accounts that own, request and send; the last is a contract. */
  readonly accounts: readonly Address[];
  /** Sends a call of a contract in the name of an account. */
  readonly send: (sender: Address, to: Address, data: Hex, valueWei?: bigint) => Promise<void>;
  /** Keys of nodes, by address: also those that no node has now. */
  readonly keys: ReadonlyMap<Address, PrivateKeyAccount>;
}

/** Draws numbers from a seed, the same ones each time. */
type Draw = (count: number) => number;

/** The accounts of a line and a wallet contract. */
export async function createCast(line: Line): Promise<Cast> {
  const wallet = await line.viem.deployContract("Wallet__MockForExecutions");
  const accounts = [
    ...line.operators,
    line.clusterOwner,
    line.requester,
    line.stranger,
    getAddress(wallet.address),
  ];
  for (const account of accounts.slice(0, -1)) await enableAccount(line, account);
  const keys = new Map<Address, PrivateKeyAccount>();
  for (let i = 0; i < KEYS; i++) keys.set(line.nodeKey(i).address, line.nodeKey(i));
  const send = async (sender: Address, to: Address, data: Hex, valueWei = 0n) => {
    if (sender === getAddress(wallet.address)) {
      await wallet.write.perform([to, data], { account: line.relayer, value: valueWei });
    } else {
      const [client] = line.wallets;
      await client?.sendTransaction({ account: sender, to, data, value: valueWei });
    }
  };
  return { line, accounts, send, keys };
}

/** Does one thing that somebody might do; what the contracts refuse is nothing done. */
export async function play(cast: Cast, seed: number): Promise<void> {
  let state = seed;
  const draw: Draw = (count) => {
    // xorshift32, with a step that keeps zero from staying zero.
    state = (state + 0x9e3779b9) | 0;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
  draw(1);
  const steps = [
    execute,
    execute,
    batch,
    batch,
    batch,
    batch,
    direct,
    wait,
    wait,
    expire,
    cancel,
    report,
    report,
    deliver,
    deliver,
    withdraw,
    withdraw,
  ];
  const rare = [transfer, proveKey, joinOrLeave, setTerms, publish, register];
  const step = draw(4) === 0 ? rare[draw(rare.length)] : steps[draw(steps.length)];
  try {
    await step?.(cast, draw);
  } catch (error) {
    if (!isRevert(error)) throw error;
  }
}

function isRevert(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError) !== null;
  return reverted || error.message.includes("reverted");
}

function pick<T>(list: readonly T[], draw: Draw): T {
  return list[draw(list.length)] as T;
}

async function execute({ line, accounts, send }: Cast, draw: Draw): Promise<void> {
  const { clusters, executions } = line;
  const cluster = BigInt(1 + draw(Number(await clusters.read.clusterCount())));
  const version = BigInt(1 + draw(Number(await clusters.read.versionCount([cluster]))));
  const [quoteWei] = await executions.read.quote([cluster, version]);
  const inline = draw(2) === 0;
  const deadline = (await line.networkHelpers.time.latest()) + 60 + draw(400);
  const params = {
    deadline,
    thread: draw(2) === 0 ? zeroHash : keccak256(toHex("thread")),
    ownerMayAnswer: draw(2) === 0,
    outputsByReference: draw(2) === 0,
    inputDigest: inline ? zeroHash : keccak256(toHex(`input ${draw(9)}`)),
    inputURI: inline ? "" : "https://example.org/input",
    ...(draw(2) === 0
      ? { consumer: pick(accounts, draw), callbackGas: 50_000, callbackBudgetWei: BigInt(draw(1_000)) }
      : { consumer: zeroAddress, callbackGas: 0, callbackBudgetWei: 0n }),
  };
  const input = inline ? toHex(`input ${draw(9)}`) : "0x";
  const data = encodeFunctionData({
    abi: executions.abi,
    functionName: "execute",
    args: [cluster, version, input, params],
  });
  await send(pick(accounts, draw), executions.address, data, quoteWei + params.callbackBudgetWei);
}

/** A completion that is often right, of a running execution if there is one. */
async function completion({ line }: Cast, draw: Draw) {
  const { executions } = line;
  const count = Number(await executions.read.executionCount());
  if (count === 0) return undefined;
  let id = BigInt(1 + draw(count));
  for (let i = 0; i < count; i++) {
    const { state } = await executions.read.executionOf([id]);
    if (state === STATE.Running) break;
    id = (id % BigInt(count)) + 1n;
  }
  const { completedTasks, outputsByReference, state } = await executions.read.executionOf([id]);
  let task = 0;
  while ((completedTasks >> BigInt(task)) & 1n) task++;
  if (draw(4) === 0) task = draw(4);
  let contextHash: Hex = zeroHash;
  if (state === STATE.Running) {
    contextHash = await executions.read.contextHashOf([id, BigInt(task)]).catch(() => zeroHash);
  }
  const reference = outputsByReference && draw(3) === 0;
  const bytes = toHex(`output ${draw(1_000)} of ${id}`);
  return {
    output: reference ? toHex("pleiad:") : bytes,
    completion: {
      execution: id,
      task,
      contextHash,
      outputDigest: keccak256(bytes),
      evidenceDigest: draw(2) === 0 ? zeroHash : keccak256(bytes),
      node: BigInt(1 + draw(Number(await line.nodes.read.nodeCount()))),
      tip: draw(3) === 0 ? BigInt(draw(1_000_000)) : 0n,
    },
  };
}

async function batch(cast: Cast, draw: Draw): Promise<void> {
  const { line, keys, accounts, send } = cast;
  const items: SignedItem[] = [];
  for (let i = 0; i <= draw(4); i++) {
    const item = await completion(cast, draw);
    if (item === undefined) return;
    const [address] = await line.nodes.read.keyOf([item.completion.node]);
    const key = draw(12) === 0 ? line.nodeKey(7) : (keys.get(address) ?? line.nodeKey(7));
    items.push({ ...item, signature: await line.sign(key, item.completion) });
  }
  const { abi, address } = line.executions;
  const data = encodeFunctionData({ abi, functionName: "submitCompletions", args: [items] });
  await send(pick(accounts, draw), address, data);
}

async function direct(cast: Cast, draw: Draw): Promise<void> {
  const { line, send } = cast;
  const { nodes, models, clusters, executions } = line;
  const answer = await completion(cast, draw);
  if (answer === undefined) return;
  const { cluster, version } = await executions.read.executionOf([answer.completion.execution]);
  const role = draw(3);
  const node = role === 0 ? answer.completion.node : 0n;
  const functionName = (
    ["submitCompletionAsNode", "submitCompletionAsModelOwner", "submitCompletionAsClusterOwner"] as const
  )[role];
  if (functionName === undefined || version === 0n) return;
  const sender = await [
    () => nodes.read.ownerOf([answer.completion.node]),
    () => models.read.ownerOf([BigInt(1 + (answer.completion.task % 3))]),
    () => clusters.read.ownerOf([cluster]),
  ][role]?.();
  const args = [{ ...answer.completion, node, tip: 0n }, answer.output] as const;
  const data = encodeFunctionData({ abi: executions.abi, functionName, args });
  await send(getAddress(sender ?? line.stranger), executions.address, data);
}

async function wait({ line }: Cast, draw: Draw): Promise<void> {
  await line.networkHelpers.time.increase(1 + draw(draw(5) === 0 ? 300 : 30));
}

async function expire({ line, accounts, send }: Cast, draw: Draw): Promise<void> {
  const { abi, address, read } = line.executions;
  const count = Number(await read.executionCount());
  const args = [BigInt(1 + draw(count + 1))] as const;
  await send(pick(accounts, draw), address, encodeFunctionData({ abi, functionName: "expire", args }));
}

async function cancel({ line, accounts, send }: Cast, draw: Draw): Promise<void> {
  const { abi, address, read } = line.executions;
  const count = Number(await read.executionCount());
  if (count === 0) return;
  const execution = BigInt(1 + draw(count));
  const { requester } = await read.executionOf([execution]);
  const sender = draw(6) === 0 ? pick(accounts, draw) : getAddress(requester);
  await send(sender, address, encodeFunctionData({ abi, functionName: "cancel", args: [execution] }));
}

async function report(cast: Cast, draw: Draw): Promise<void> {
  const { line, send } = cast;
  const { abi, address } = line.executions;
  const answer = await completion(cast, draw);
  if (answer === undefined) return;
  const { execution, task, node, evidenceDigest } = answer.completion;
  const args = [execution, BigInt(task), node, evidenceDigest] as const;
  const owner = getAddress(await line.nodes.read.ownerOf([node]));
  await send(owner, address, encodeFunctionData({ abi, functionName: "reportFailure", args }));
}

/** Tells somebody of an end, with what the log says. */
async function deliver({ line, accounts, send }: Cast, draw: Draw): Promise<void> {
  const { abi, address, read } = line.executions;
  const count = Number(await read.executionCount());
  if (count === 0) return;
  let execution = BigInt(1 + draw(count));
  for (let i = 0; i < count; i++) {
    const { state, consumer } = await read.executionOf([execution]);
    if (state !== STATE.Running && consumer !== zeroAddress) break;
    execution = (execution % BigInt(count)) + 1n;
  }
  const filter = { address, abi, fromBlock: 0n, args: { execution } } as const;
  const [created] = await line.client.getContractEvents({ ...filter, eventName: "ClusterExecutionCreated" });
  const accepted = await line.client.getContractEvents({ ...filter, eventName: "CompletionAccepted" });
  if (created?.args.inputDigest === undefined) return;
  const { cluster, version } = await read.executionOf([execution]);
  // The number of tasks stands at byte 49.
  const tasks = Number(slice(await line.clusters.read.versionData([cluster, version]), 49, 50));
  const digests = Array.from({ length: tasks }, (_, task) => {
    return accepted.find(({ args }) => args.task === BigInt(task))?.args.outputDigest ?? zeroHash;
  });
  const last = accepted.find(({ args }) => args.task === BigInt(tasks - 1))?.args.output ?? "0x";
  const response = keccak256(last) === digests.at(-1) ? last : "0x";
  const args = [execution, created.args.inputDigest, digests, response] as const;
  await send(pick(accounts, draw), address, encodeFunctionData({ abi, functionName: "deliver", args }));
}

async function withdraw({ line, accounts, send }: Cast, draw: Draw): Promise<void> {
  const { abi, address } = line.executions;
  const kind = draw(4);
  const account = pick(accounts, draw);
  const registry = [line.nodes, line.models, line.clusters][kind] as typeof line.nodes | undefined;
  const id = kind === KIND.Account ? BigInt(account) : BigInt(1 + draw(3));
  const holder = registry === undefined ? account : getAddress(await registry.read.ownerOf([id]));
  const sender = draw(6) === 0 ? pick(accounts, draw) : holder;
  const args = [kind, id, zeroAddress, sender] as const;
  const data = encodeFunctionData({ abi, functionName: "withdraw", args });
  await send(sender, address, data);
}

async function transfer({ line, accounts, send }: Cast, draw: Draw): Promise<void> {
  const registry = pick([line.nodes, line.models, line.clusters, line.agents], draw) as typeof line.nodes;
  const id = BigInt(1 + draw(2));
  const owner = getAddress(await registry.read.ownerOf([id]));
  const args = [owner, pick(accounts, draw), id] as const;
  const data = encodeFunctionData({ abi: registry.abi, functionName: "transferFrom", args });
  await send(owner, registry.address, data);
}

/** Proves a node's key again, or gives it another: one that is free, or another node's, which is refused. */
async function proveKey({ line, keys, send }: Cast, draw: Draw): Promise<void> {
  const { abi, address, read } = line.nodes;
  const node = BigInt(1 + draw(Number(await read.nodeCount())));
  const owner = getAddress(await read.ownerOf([node]));
  const [present] = await read.keyOf([node]);
  const key = draw(2) === 0 ? keys.get(present) : line.nodeKey(draw(KEYS - 1));
  if (key === undefined) return;
  const proof = await line.keyProof(key, owner, await read.keyProofNonce([key.address]));
  const args = [node, key.address, proof] as const;
  await send(owner, address, encodeFunctionData({ abi, functionName: "rotateKey", args }));
}

async function joinOrLeave({ line, send }: Cast, draw: Draw): Promise<void> {
  const { models, nodes } = line;
  const args = [BigInt(1 + draw(3)), BigInt(1 + draw(Number(await nodes.read.nodeCount())))] as const;
  const functionName = draw(2) === 0 ? "serve" : "leave";
  const data = encodeFunctionData({ abi: models.abi, functionName, args });
  await send(getAddress(await models.read.ownerOf([args[0]])), models.address, data);
  if (functionName === "serve")
    await send(getAddress(await nodes.read.ownerOf([args[1]])), models.address, data);
}

async function setTerms({ line, send }: Cast, draw: Draw): Promise<void> {
  const { abi, address, read } = line.models;
  const model = BigInt(1 + draw(3));
  const terms = { ...TERMS, priceWei: BigInt(draw(1_000_000_000)), nodeShareBps: draw(10_001) };
  const data = encodeFunctionData({ abi, functionName: "setTerms", args: [model, terms] });
  await send(getAddress(await read.ownerOf([model])), address, data);
}

/** Publishes once more, now and then with another agent and task. */
async function publish({ line, send }: Cast, draw: Draw): Promise<void> {
  const { abi, address, read } = line.clusters;
  const cluster = BigInt(1 + draw(2));
  const owner = getAddress(await read.ownerOf([cluster]));
  if (draw(2) === 0) {
    const agent = await line.agents.read.agentCount();
    const name = `agent ${agent}`;
    const register = encodeFunctionData({
      abi: line.agents.abi,
      functionName: "register",
      args: [keccak256(toHex(name)), BigInt(1 + draw(3))],
    });
    await send(owner, line.agents.address, register);
    const entry = [cluster, agentEntry(agent, name)] as const;
    await send(owner, address, encodeFunctionData({ abi, functionName: "addAgent", args: entry }));
    const task = [cluster, taskEntry(`task ${agent}`, agent)] as const;
    await send(owner, address, encodeFunctionData({ abi, functionName: "addTask", args: task }));
  }
  const terms = [
    cluster,
    { feeWei: FEE_WEI * BigInt(draw(3)), windowSeconds: 5 + draw(20), attempts: 0 },
  ] as const;
  await send(owner, address, encodeFunctionData({ abi, functionName: "publish", args: terms }));
}

/** A new node, by an account that can prove its key. */
async function register({ line, accounts }: Cast, draw: Draw): Promise<void> {
  const count = Number(await line.nodes.read.nodeCount());
  if (count < KEYS - 2) await line.registerNode(count, pick(accounts.slice(0, -1), draw));
}
