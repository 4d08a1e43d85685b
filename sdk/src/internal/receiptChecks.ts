import type { Hex, TransactionReceipt } from "viem";
import { getTransactionReceipt } from "viem/actions";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { ExecutionLog, LogPlace } from "../types/execution.ts";
import type { VerificationCheck } from "../types/verification.ts";
import { executionEventsOf } from "./executionEvents.ts";
import { headOf } from "./head.ts";
import { rpc } from "./read.ts";
import { checkOf } from "./verificationChecks.ts";

/** An event of the log as it is compared with the receipts. */
interface Witness extends LogPlace {
  readonly what: string;
  /** All that the event says, as text. */
  readonly says: string;
}

/** Every event of the log is in the receipt of its transaction, word for word, and the transaction succeeded. */
export async function checkReceipts(
  client: ReadClient,
  deployment: Deployment,
  log: ExecutionLog,
): Promise<{ receipts: VerificationCheck; canonical: VerificationCheck }> {
  const witnesses = witnessesOf(log);
  const receipts = await receiptsOf(client, witnesses);
  const wrong: string[] = [];
  for (const witness of witnesses) {
    const receipt = receipts.get(witness.transactionHash);
    const found = receipt === undefined ? [] : witnessesIn(receipt, deployment);
    const same = found.some(({ logIndex, says }) => logIndex === witness.logIndex && says === witness.says);
    if (receipt?.status !== "success" || receipt.blockHash !== witness.blockHash || !same) {
      wrong.push(`the receipt of ${witness.transactionHash} does not have the ${witness.what}`);
    }
  }
  const right = `${witnesses.length} events stand in the receipts of ${receipts.size} transactions`;
  return {
    receipts: checkOf("receipts", right, wrong),
    canonical: await checkCanonical(client, [...receipts.values()]),
  };
}

async function checkCanonical(
  client: ReadClient,
  receipts: readonly TransactionReceipt[],
): Promise<VerificationCheck> {
  const blocks = new Map(receipts.map((receipt) => [receipt.blockNumber, receipt.blockHash]));
  const wrong: string[] = [];
  for (const [number, hash] of blocks) {
    const canonical = await headOf(client, number);
    if (canonical.hash !== hash) wrong.push(`block ${number} is ${canonical.hash}, the receipt says ${hash}`);
  }
  return checkOf("canonical", `the ${blocks.size} blocks of those transactions are canonical`, wrong);
}

async function receiptsOf(
  client: ReadClient,
  witnesses: readonly Witness[],
): Promise<Map<Hex, TransactionReceipt>> {
  const receipts = new Map<Hex, TransactionReceipt>();
  for (const { transactionHash } of witnesses) {
    if (receipts.has(transactionHash)) continue;
    receipts.set(transactionHash, await rpc(() => getTransactionReceipt(client, { hash: transactionHash })));
  }
  return receipts;
}

function witnessesOf(log: ExecutionLog): Witness[] {
  const { created, completions, response } = log;
  return [
    witness("creation", created),
    ...completions.map((completion) => witness(`completion of task ${completion.task}`, completion)),
    ...(response === undefined ? [] : [witness("response", response)]),
  ];
}

function witnessesIn(receipt: TransactionReceipt, deployment: Deployment): Witness[] {
  const { created, completions, responses } = executionEventsOf(receipt.logs, deployment.clusterExecutions);
  return [
    ...created.map((event) => witness("creation", event)),
    ...completions.map((event) => witness(`completion of task ${event.task}`, event)),
    ...responses.map((event) => witness("response", event)),
  ];
}

function witness(what: string, event: LogPlace): Witness {
  const { blockNumber, blockHash, transactionHash, logIndex, ...values } = event;
  const says = JSON.stringify(Object.entries(values).sort(), (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  return { blockNumber, blockHash, transactionHash, logIndex, what, says };
}
