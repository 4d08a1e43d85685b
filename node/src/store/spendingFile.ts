import { randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { z } from "zod";
import { SPENT_HOURS_KEPT } from "../chain/journal.ts";
import type { SpendingFile } from "../chain/spendingMemory.ts";
import { writeFileAtomic } from "../config/files.ts";
import { bigintSchema } from "./codec.ts";
import { toStoreError } from "./errors.ts";
import { readFactsFile } from "./factsFile.ts";

/** Name of the file in the data folder. */
export const SPENDING_FILE = "spending.json";

/** A line for whoever finds the file. */
const ABOUT =
  "What this node's transactions cost in the last hours of the chain. Without this file the day's spending limit begins anew with a new database.";

const spendingSchema = z.object({
  about: z.string(),
  account: z.string(),
  hours: z
    .array(
      z.object({
        /** Unix seconds. */
        fromSeconds: z.number().int().nonnegative(),
        costWei: bigintSchema,
        /** What of it went into transactions that settle nothing. */
        otherWei: bigintSchema,
      }),
    )
    .max(SPENT_HOURS_KEPT),
});

/** What was spent, beside the database: a restore, a rebuild and a database that is set aside leave it as it is. */
export function createSpendingFile(path: string, modules: { readonly logger: Logger }): SpendingFile {
  return {
    async read(account) {
      try {
        const facts = await readFactsFile(path, SPENDING_FILE, spendingSchema);
        return facts?.account.toLowerCase() === account.toLowerCase() ? facts.hours : [];
      } catch (error) {
        if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
        modules.logger.error(
          { code: error.code, reason: error.message },
          "the record of what was spent is damaged; the day's limit counts what the journal knows",
        );
        await putAway(path);
        return [];
      }
    },
    async write(account, hours) {
      const facts = { about: ABOUT, account, hours: [...hours] };
      try {
        await writeFileAtomic(path, `${JSON.stringify(z.encode(spendingSchema, facts), undefined, 2)}\n`);
      } catch (error) {
        throw toStoreError(error, path);
      }
    },
  };
}

async function putAway(path: string): Promise<void> {
  try {
    await rename(path, `${path}.damaged-${randomBytes(4).toString("hex")}`);
  } catch (error) {
    throw toStoreError(error, path);
  }
}
