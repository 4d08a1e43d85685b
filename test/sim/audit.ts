import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import {
  type Address,
  decodeFunctionData,
  type Hex,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerialized,
} from "viem";

/** Fees of a replacement, in percent of those before (N3). */
const RAISE_PERCENT_MIN = 115n;

/** What the daemons sent to their endpoints, whatever became of it there. */
export interface Audit {
  /** Takes the bytes of a call that sends a transaction. */
  saw(raw: Hex): void;
  /** Takes a node out of what is promised about nonces and signatures: its key is used in two places. */
  excuse(node: bigint): void;
  /** A node's journal is gone: it knows nothing of what it sent before, but by what pools still hold. */
  lostJournal(node: bigint): void;
  /** No pool holds what an account sent with a nonce: whoever has no journal of it begins that nonce anew. */
  vanished(account: Address, nonce: number): void;
  /** Everything that broke a promise so far, as sentences. */
  verdict(): Promise<readonly string[]>;
  counts(): { readonly transactions: number; readonly broadcasts: number; readonly signatures: number };
}

interface Sent {
  readonly hash: Hex;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/**
 * Holds what was broadcast against N1, N3 and N4: one transaction a nonce, or one with both fees raised; and of each node,
 * task and context one output only, in all that was ever sent, mined or not.
 */
export function createAudit(
  options: {
    /** Node of an account that sends. */ readonly nodeOf?: (account: Address) => bigint | undefined;
  } = {},
): Audit {
  const excused = new Set<bigint>();
  const journalless = new Set<bigint>();
  const gone = new Set<string>();
  const known = new Set<Hex>();
  /** What was sent and what vanished, in order. */
  const waiting: ({ readonly raw: Hex } | { readonly vanished: string })[] = [];
  const byNonce = new Map<string, Sent[]>();
  const outputOf = new Map<string, Hex>();
  const problems: string[] = [];
  let broadcasts = 0;

  async function take(raw: Hex): Promise<void> {
    const transaction = parseTransaction(raw as TransactionSerialized);
    const sender = await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerialized });
    const { nonce = 0, maxFeePerGas = 0n, maxPriorityFeePerGas = 0n, data = "0x" } = transaction;
    checkNonce(sender, nonce, { hash: keccak256(raw), maxFeePerGas, maxPriorityFeePerGas });
    if (data !== "0x") checkSignatures(data);
  }

  function checkNonce(sender: Address, nonce: number, sent: Sent): void {
    const key = `${sender}/${nonce}`;
    const before = byNonce.get(key) ?? [];
    const isBegunAnew = journalless.has(options.nodeOf?.(sender) ?? 0n) && gone.delete(key);
    const last = isBegunAnew ? undefined : before.at(-1);
    const isRaised =
      last === undefined ||
      (sent.maxFeePerGas * 100n >= last.maxFeePerGas * RAISE_PERCENT_MIN &&
        sent.maxPriorityFeePerGas * 100n >= last.maxPriorityFeePerGas * RAISE_PERCENT_MIN);
    if (!isRaised && !excused.has(options.nodeOf?.(sender) ?? 0n))
      problems.push(`N3: nonce ${nonce} of ${sender} came again as ${sent.hash}, fees not raised by 15 %`);
    byNonce.set(key, [...before, sent]);
  }

  function checkSignatures(data: Hex): void {
    const call = decodeFunctionData({ abi: clusterExecutionsAbi, data });
    if (call.functionName !== "submitCompletions") return;
    for (const { completion } of call.args[0]) {
      const { execution, task, contextHash, node, outputDigest } = completion;
      const key = `${execution}/${task}/${contextHash}/${node}`;
      const first = outputOf.get(key);
      if (first !== undefined && first !== outputDigest && !excused.has(node)) {
        problems.push(
          `N4: node ${node} signed ${first} and ${outputDigest} for task ${task} of execution ${execution}`,
        );
      }
      outputOf.set(key, first ?? outputDigest);
    }
  }

  return {
    saw(raw) {
      broadcasts += 1;
      if (known.has(raw)) return;
      known.add(raw);
      waiting.push({ raw });
    },
    excuse: (node) => void excused.add(node),
    lostJournal: (node) => void journalless.add(node),
    vanished: (account, nonce) => void waiting.push({ vanished: `${account}/${nonce}` }),
    async verdict() {
      for (const one of waiting.splice(0)) {
        if ("vanished" in one) gone.add(one.vanished);
        else await take(one.raw);
      }
      return problems;
    },
    counts: () => ({ transactions: byNonce.size, broadcasts, signatures: outputOf.size }),
  };
}
