import { join, resolve } from "node:path";
import { getNode } from "@pleiad/sdk/actions/getNode";
import { getNodeOfKey } from "@pleiad/sdk/actions/getNodeOfKey";
import { rotateNodeKey } from "@pleiad/sdk/actions/rotateNodeKey";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { PleiadError } from "@pleiad/sdk/errors";
import { contractError } from "@pleiad/sdk/errors/contractError";
import type { NodeRecord } from "@pleiad/sdk/types/node";
import type { Sent } from "@pleiad/sdk/types/sent";
import { type Address, createWalletClient, http } from "viem";
import { sleep, systemClock } from "../../chain/clock.ts";
import type { OpenedKeystore } from "../../config/keystore.ts";
import { loadConfig } from "../../config/load.ts";
import { CONFIG_FILE } from "../../config/parse.ts";
import type { Config } from "../../config/table.ts";
import { readDaemonState } from "../../local/daemonState.ts";
import { openSender, type Sender } from "../account.ts";
import { chainCall } from "../chainCall.ts";
import { cliError } from "../cliError.ts";
import { type ChainContext, shownPath } from "../context.ts";
import { type ActionContext, addExamples, type DefineCommand, setAction } from "../define.ts";
import { makeNext, readNext, takeOver } from "../nextKeystore.ts";
import { addNodeSendOptions, type NodeSendOptions, nodeChain, nodePassword } from "../nodeFolder.ts";
import { keyOfKeystore, type NodeKey, openNodeKey } from "../nodeKey.ts";
import type { Output } from "../output.ts";
import { type Paid, sendOne, sentFact, sentJson } from "../sending.ts";
import { ether } from "../text/amounts.ts";

/** As long as a write waits for its receipt: a chain that is known to be slow still mines within this time. */
const PENDING_TIMEOUT_MS = 180_000;
/** A person watches. */
const PENDING_POLL_MS = 500;

interface Options extends NodeSendOptions {
  readonly present?: boolean;
}

/** What a rotation works on. */
interface Rotation {
  readonly chain: ChainContext;
  readonly config: Config;
  readonly sender: Sender;
  /** The key in the node's keystore, or at its remote signer. */
  readonly present: NodeKey;
  readonly node: NodeRecord;
  readonly context: ActionContext<Options>;
}

/** What came of it. */
interface Rotated {
  readonly key: Address;
  /** Where the old keystore lies now; undefined where the keystore stayed. */
  readonly kept: string | undefined;
  /** Whether an earlier run had made the key. */
  readonly resumed: boolean;
  /** Undefined where an earlier run's was mined. */
  readonly sent: Paid<Sent> | undefined;
}

/** `pleiad node rotate-key [FOLDER]`: a new key for a node, and a new keystore for its folder. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("[folder]", "the node's data folder, as pleiad node init made it", ".")
    .option("--present", "register the folder's present key instead of a new one");
  addNodeSendOptions(command);
  addExamples(command, [
    [
      "pleiad node rotate-key my-node --key owner.key",
      "a new key, the old one kept; after a crash the same line carries on",
    ],
    [
      "pleiad node rotate-key my-node --key owner.key --present",
      "the folder's own key: for a node that was bought, or lost its key",
    ],
    ["pleiad node rotate-key my-node --key owner.key --yes --json", "without asking; for a program"],
  ]);
  setAction<Options>(command, around, async (context, name = ".") => {
    const { options, output } = context;
    const config = await loadConfig(join(resolve(around.cwd, name), CONFIG_FILE));
    const chain = await nodeChain(config, options.data, around);
    const sender = await openSender(options, chain, output, around);
    if (options.present !== true) requireKeystore(config);
    const present = await openNodeKey(config, around);
    const node = await nodeOf(config, chain, present);
    if (node.owner !== sender.address) throw contractError("NodeNotOwned", [node.node, sender.address]);
    const rotation = { chain, config, sender, present, node, context };
    if (options.present === true) await provePresent(rotation);
    else await rotate(rotation);
    return 0;
  });
};

/** A signer makes and keeps its own keys: this command can register one there, not make one. */
function requireKeystore({ keys }: Config): void {
  if (keys.remoteSignerUrl === null) return;
  throw cliError("NODE_KEY_REMOTE", `the key ${keys.remoteSignerAddress} is at a remote signer`, {
    details: { address: keys.remoteSignerAddress },
  });
}

async function nodeOf(
  config: Config,
  { client, deployment }: ChainContext,
  { address }: NodeKey,
): Promise<NodeRecord> {
  const node = config.node.id ?? (await getNodeOfKey(client, { deployment, key: address }));
  if (node !== undefined) return getNode(client, { deployment, node });
  throw new PleiadError(`the key ${address} belongs to no registered node`, {
    code: "NODE_UNREGISTERED",
    hint: "register the node with this key (pleiad node register), or set node.id to the node that gets it",
    details: { key: address },
  });
}

/** Makes the keystore's key the node's. */
async function provePresent(rotation: Rotation): Promise<void> {
  const { present, node, context } = rotation;
  const { output } = context;
  if (isKeyOf(node, present.address)) {
    output.json({ ...nodeJson(rotation, present.address), transaction: null });
    output.prose(
      `Nothing to do: ${present.address} is the key of node ${node.node}, and the node is active.`,
    );
    return;
  }
  const question = `Make ${present.address} the key of node ${node.node}`;
  const sent = await send(rotation, question, async () => present);
  await printRotated(rotation, { key: present.address, kept: undefined, resumed: false, sent });
}

/** Gives the node a new key, or carries on where an earlier run was stopped. */
async function rotate(rotation: Rotation): Promise<void> {
  const { config, present, node, sender, chain, context } = rotation;
  const { output, around } = context;
  const password = await nodePassword(config, around);
  const made = await readNext(config.node.keystore, password);
  if (made !== undefined)
    output.note(`Carrying on with the new key ${made.address}, which an earlier run made.`);
  let sent: Paid<Sent> | undefined;
  let key = made?.address;
  if (made === undefined || !(await isMined(chain, node, made, sender, output))) {
    warnOfDaemon(config, output);
    const question =
      made === undefined
        ? `Give node ${node.node} a new key in the place of ${node.key}`
        : `Give node ${node.node} the key ${made.address} in the place of ${node.key}`;
    sent = await send(rotation, question, async () => {
      const next = made ?? (await makeNext(config.node.keystore, password));
      key = next.address;
      return keyOfKeystore(next);
    });
  }
  if (key === undefined) throw new Error("a rotation that was mined has a key");
  const kept = await takeOver(config.node.keystore, present.address);
  await printRotated(rotation, { key, kept, resumed: made !== undefined, sent });
}

/** Whether an earlier run's transaction has made `next` the node's key; waits for what the account has under way. */
async function isMined(
  { client, deployment }: ChainContext,
  { node }: NodeRecord,
  next: OpenedKeystore,
  { address }: Sender,
  output: Output,
): Promise<boolean> {
  const progress = output.progress();
  const isDone = async () => isKeyOf(await getNode(client, { deployment, node }), next.address);
  try {
    for (const until = performance.now() + PENDING_TIMEOUT_MS; performance.now() < until; ) {
      // In this order: what is mined between the two questions is seen by the second.
      const [all, mined] = [await countOf("pending"), await countOf("latest")];
      if (await isDone()) return true;
      if (all <= mined) return false;
      progress.say("waiting for the account's transactions that are under way");
      await sleep(systemClock(), PENDING_POLL_MS);
    }
  } finally {
    progress.end();
  }
  throw cliError("ROTATION_PENDING", `transactions of ${address} are still not mined`, {
    details: { account: address, node, key: next.address },
  });

  function countOf(blockTag: "pending" | "latest"): Promise<number> {
    return chainCall(() => client.getTransactionCount({ address, blockTag }));
  }
}

/** Sends `rotateKey` with a proof by the key. @param keyOf Makes or finds the key, once the person has confirmed. */
function send(rotation: Rotation, question: string, keyOf: () => Promise<NodeKey>): Promise<Paid<Sent>> {
  const { chain, sender, node, context } = rotation;
  const { deployment, rpcUrl } = chain;
  return sendOne(
    {
      question,
      doing: "rotating the key",
      send: async () => {
        const { address, account } = await keyOf();
        const signer = createWalletClient({ account, transport: http(rpcUrl) });
        const proof = await signNodeKeyProof(signer, { deployment, owner: sender.address });
        return rotateNodeKey(sender.client, { deployment, node: node.node, key: address, proof });
      },
    },
    chain,
    sender,
    context,
  );
}

function isKeyOf({ key, status }: NodeRecord, address: Address): boolean {
  return key === address && status === "Active";
}

function warnOfDaemon({ dataFolder }: Config, output: Output): void {
  const state = readDaemonState(dataFolder)?.state;
  if (state === undefined || state === "failed") return;
  output.warn(
    "this node's daemon runs: it ends at the rotation, and what it signed that is not mined by then is void",
  );
}

function nodeJson({ node, sender, present }: Rotation, key: Address) {
  // A rotation that was mined before this run began stands on the chain already.
  const previousKey = node.key === key ? present.address : node.key;
  return { node: Number(node.node), owner: sender.address, previousKey, key };
}

async function printRotated(rotation: Rotation, { key, kept, resumed, sent }: Rotated): Promise<void> {
  const { chain, config, node, present, context } = rotation;
  const { output, around } = context;
  const isRemote = config.keys.remoteSignerUrl !== null;
  const [balanceWei, previousBalanceWei] = await Promise.all(
    [key, present.address].map((address) => chainCall(() => chain.client.getBalance({ address }))),
  );
  output.json({
    ...nodeJson(rotation, key),
    keystore: isRemote ? null : config.node.keystore,
    kept: kept ?? null,
    resumed,
    keyBalanceWei: balanceWei,
    ...(sent === undefined ? { transaction: null } : sentJson(sent)),
  });
  output.facts([
    ["node", `${node.node}`],
    ["key", `${output.style.title(key)}, which has ${ether(balanceWei ?? 0n)} for gas`],
    ["keystore", isRemote ? "" : shownPath(config.node.keystore, around.cwd)],
    ["old key", kept === undefined ? "" : `${present.address}, kept in ${shownPath(kept, around.cwd)}`],
    ...(sent === undefined ? [] : [sentFact(sent)]),
  ]);
  output.line();
  output.line("Next:");
  let step = 0;
  const next = (text: string) => output.prose(text, `  ${++step}. `);
  if (!isRemote) next("Keep a copy of the new keystore and of its password, apart from each other.");
  if (config.submitter.gasKeystore === null) next(`Send ${key} some ether: it pays the gas of settlements.`);
  if (kept !== undefined && (previousBalanceWei ?? 0n) > 0n)
    next(
      `${present.address} still has ${ether(previousBalanceWei ?? 0n)}: send it on, with the keystore that was kept.`,
    );
  next(
    `Start the daemon: pleiad node start --config ${shownPath(join(config.dataFolder, CONFIG_FILE), around.cwd)}`,
  );
}
