import { keccak256, TransactionNotFoundError } from "viem";
import {
  getBalance,
  getBlock,
  getCode,
  getTransaction,
  getTransactionCount,
  sendRawTransaction,
  sendTransaction,
} from "viem/actions";
import { PleiadError } from "../errors/base.ts";
import { chainError } from "../errors/chainError.ts";
import { sdkError } from "../errors/sdkError.ts";
import { rpc } from "../internal/read.ts";
import { minedReceipt } from "../internal/write.ts";
import type { ReadClient, WriteClient } from "../types/client.ts";
import {
  CREATE2_FACTORY,
  CREATE2_FACTORY_CODE,
  CREATE2_FACTORY_FUNDING_WEI,
  CREATE2_FACTORY_GAS_PRICE_WEI,
  CREATE2_FACTORY_SENDER,
  CREATE2_FACTORY_TRANSACTION,
} from "./create2Factory.ts";

const CREATE2_FACTORY_TRANSACTION_HASH = keccak256(CREATE2_FACTORY_TRANSACTION);

/** Whether the CREATE2 factory is on the chain. @throws PleiadError `CREATE2_FACTORY_FOREIGN` */
export async function hasFactory(client: ReadClient): Promise<boolean> {
  const code = await rpc(() => getCode(client, { address: CREATE2_FACTORY }));
  if (code === undefined || code === "0x") return false;
  if (code.toLowerCase() === CREATE2_FACTORY_CODE) return true;
  throw sdkError(
    "CREATE2_FACTORY_FOREIGN",
    `${CREATE2_FACTORY} holds other code than the CREATE2 factory's`,
    {
      details: { address: CREATE2_FACTORY },
    },
  );
}

/**
 * Puts the CREATE2 factory on a chain that lacks it, by its presigned transaction, and pays its sender what that
 * costs. Nothing is paid on a chain that says at once that it does not take the transaction.
 *
 * @throws PleiadError `CREATE2_FACTORY_REFUSED`, `CREATE2_FACTORY_FOREIGN`; those of sending.
 */
export async function ensureFactory(client: WriteClient, timeoutMs?: number): Promise<void> {
  if (await hasFactory(client)) return;
  await checkPossible(client);
  // Sent before it is paid for: one that is not taken anyway would cost the money, which nobody gets back.
  if (!(await isSent(client))) {
    await fund(client, timeoutMs);
    if (!(await isSent(client))) throw refused("its sender is said to lack money that it has");
  }
  await minedReceipt(client, CREATE2_FACTORY_TRANSACTION_HASH, timeoutMs);
  if (!(await hasFactory(client))) throw refused("its transaction was mined without effect");
}

/** What can be known before the chain is asked to take it. */
async function checkPossible(client: WriteClient): Promise<void> {
  const sent = await rpc(() => getTransactionCount(client, { address: CREATE2_FACTORY_SENDER }));
  if (sent > 0) throw refused("its transaction was used up here without creating it");
  const { baseFeePerGas } = await rpc(() => getBlock(client));
  if (baseFeePerGas !== null && baseFeePerGas > CREATE2_FACTORY_GAS_PRICE_WEI) {
    const prices = `${CREATE2_FACTORY_GAS_PRICE_WEI} wei for gas, and the chain asks ${baseFeePerGas}`;
    throw refused(`its transaction pays ${prices}: wait until gas is cheaper`);
  }
}

/** Sends it. @returns whether it was taken; false where its sender lacks the money */
async function isSent(client: WriteClient): Promise<boolean> {
  const serializedTransaction = CREATE2_FACTORY_TRANSACTION;
  try {
    await rpc(() => sendRawTransaction(client, { serializedTransaction }));
    return true;
  } catch (error) {
    if (!(error instanceof PleiadError) || error.retryable) throw error;
    if (error.code === "INSUFFICIENT_FUNDS" || MONEY_WORDS.test(error.message)) return false;
    if (await isKnown(client)) return true;
    throw refused(
      `the chain does not take its transaction, which names no chain id: ${error.message}`,
      error,
    );
  }
}

/** Chains have no common code for it, and some of them no common words either. */
const MONEY_WORDS = /funds|balance/i;

/** Whether somebody has sent it already, and it waits to be mined. */
async function isKnown(client: WriteClient): Promise<boolean> {
  const hash = CREATE2_FACTORY_TRANSACTION_HASH;
  const transaction = await getTransaction(client, { hash }).catch((error: unknown) => {
    if (error instanceof TransactionNotFoundError) return undefined;
    throw chainError(error);
  });
  return transaction !== undefined;
}

async function fund(client: WriteClient, timeoutMs: number | undefined): Promise<void> {
  const balanceWei = await rpc(() => getBalance(client, { address: CREATE2_FACTORY_SENDER }));
  if (balanceWei >= CREATE2_FACTORY_FUNDING_WEI) return;
  const value = CREATE2_FACTORY_FUNDING_WEI - balanceWei;
  const request = { account: client.account, chain: null, to: CREATE2_FACTORY_SENDER, value };
  await minedReceipt(client, await rpc(() => sendTransaction(client, request)), timeoutMs);
}

function refused(reason: string, cause?: unknown): PleiadError {
  const message = `the CREATE2 factory is not at ${CREATE2_FACTORY}, and cannot be put there: ${reason}`;
  return sdkError("CREATE2_FACTORY_REFUSED", message, {
    details: { address: CREATE2_FACTORY, reason },
    cause,
  });
}
