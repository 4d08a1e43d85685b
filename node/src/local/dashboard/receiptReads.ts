import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import { createDoor } from "../door.ts";
import { makeReceipt, type Receipt, type ReceiptChain } from "../receipts/receipt.ts";
import { checkReceipt, type ReceiptCheck } from "../receipts/receiptChecks.ts";
import { RECEIPT_BLOB_MS_MAX, RECEIPTS_WAITING_MAX } from "./limits.ts";
import type { Verification } from "./viewSchemas.ts";

/** Receipts as `pleiad execution receipt` writes them, and what `pleiad verify` says of them. One at a time: each may hold megabytes. */
export function createReceiptReads(
  chain: ReceiptChain,
  modules: {
    /** From this node's disk, or from a peer. @throws PleiadError where it is nowhere */
    readonly getBlob: (digest: Hex, signal: AbortSignal) => Promise<Uint8Array>;
    /** Unix milliseconds. */
    readonly now: () => number;
  },
) {
  const { getBlob, now } = modules;
  const alone = createDoor({ parallelMax: 1, waitingMax: RECEIPTS_WAITING_MAX });

  async function fetchBlob({ digest }: { readonly digest: Hex }): Promise<Uint8Array | undefined> {
    const signal = AbortSignal.timeout(RECEIPT_BLOB_MS_MAX);
    try {
      return await getBlob(digest, signal);
    } catch (error) {
      if (!(error instanceof PleiadError) && !signal.aborted) throw error;
      return undefined;
    }
  }

  async function make(execution: bigint): Promise<Receipt> {
    const { client, deployment } = chain;
    return makeReceipt(chain, await getExecution(client, { deployment, execution }), fetchBlob);
  }

  return {
    /** The text of the file. @throws PleiadError EXECUTION_UNKNOWN, EXECUTION_NOT_SUCCEEDED, READS_TOO_MANY; the errors of `Rpc` */
    text: (execution: bigint): Promise<string> =>
      alone(async () => `${JSON.stringify(await make(execution), undefined, 2)}\n`),
    /** Makes the receipt and checks it against this node's endpoints and the contracts that it is configured with. */
    verify: (execution: bigint): Promise<Verification> =>
      alone(async () => {
        const receipt = await make(execution);
        const { verified, checks } = await checkReceipt(chain.client, receipt, chain.deployment);
        const outputsMissing = receipt.completions
          .filter(({ content }) => content === null)
          .map(({ task }) => task);
        return { verified, checks: checks.map(asDaemons), outputsMissing, checkedAtMs: now() };
      }),
  };
}

export type ReceiptReads = ReturnType<typeof createReceiptReads>;

/** Nobody named contracts: it is those of the daemon's configuration that are compared. */
function asDaemons(check: ReceiptCheck): ReceiptCheck {
  if (check.name !== "contracts" || check.outcome !== "passed") return check;
  return { ...check, text: "its contracts are the ones that this daemon is configured with" };
}
