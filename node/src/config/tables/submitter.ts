import { z } from "zod";
import { field, section } from "../fields.ts";
import { environmentName, LOCAL_CHAIN_ID, RAISE_AFTER_MS_MAX, text, whole, wholeText } from "../schemas.ts";

/** Transactions. */
export const SUBMITTER_KEYS = {
  submitter: section("Transactions: what they may cost, and who pays.", {
    feeGweiMax: field({
      meaning:
        "Highest fee per gas that the node ever offers, in gwei, replacements included. Above it, it waits.",
      expected: "a number above 0 and up to 1000000",
      schema: z.number().positive().max(1_000_000),
      default: 200,
    }),
    priorityFeeGwei: field({
      meaning: "Tip per gas of the first attempt, in gwei.",
      expected: "a number from 0 to 10000",
      schema: z.number().min(0).max(10_000),
      default: 1,
    }),
    etherPerDayMax: field({
      meaning:
        "Most that transactions may cost together within 24 hours of the chain, in its currency (ether): gas that was paid, and what is " +
        "on its way at its highest fee. Beyond it the node sends nothing but cancels, says so, and goes on when the oldest are a day old.",
      expected: "a number above 0 and up to 1000000, or null for no limit",
      schema: z.number().positive().max(1_000_000).nullable(),
      default: (chainId: number): number | null => (chainId === LOCAL_CHAIN_ID ? null : 1),
      defaultText: `none on the local chain ${LOCAL_CHAIN_ID}, where no foreign money is at stake; else 1`,
    }),
    otherPercentMax: field({
      meaning:
        "How much of `submitter.etherPerDayMax` may go into transactions that settle nothing, in percent: deliveries, proofs and reports of " +
        "failures. The rest is kept for settlements, which the node is paid for.",
      expected: wholeText(0, 100),
      schema: whole(0, 100),
      default: 50,
    }),
    raiseAfterMs: field({
      meaning:
        "How long a transaction may wait to be mined before its fees are raised, in milliseconds; two blocks must have come without it, too. " +
        "Raised three times in vain, it is cancelled.",
      expected: wholeText(1_000, RAISE_AFTER_MS_MAX),
      schema: whole(1_000, RAISE_AFTER_MS_MAX),
      default: 30_000,
    }),
    foreignNonces: field({
      meaning:
        "What the node does at a start about transactions of its account that it did not make: it stops, or goes on after them. `adopt` is your " +
        "word that nobody else uses the account any more; start with it once, then take it out again.",
      expected: '"stop" or "adopt"',
      schema: z.enum(["stop", "adopt"]),
      default: "stop" as "stop" | "adopt",
    }),
    gasKeystore: field({
      meaning: "Keystore of another account that sends the transactions and pays their gas.",
      expected: "a path",
      schema: text.nullable(),
      default: null,
      defaultText: "none: the node key pays",
      path: true,
    }),
    gasPasswordFile: field({
      meaning: "File that holds the password of `submitter.gasKeystore`, mode 0600.",
      expected: "a path",
      schema: text.nullable(),
      default: null,
      defaultText: "none",
      path: true,
    }),
    gasPasswordEnv: field({
      meaning: "Name of the environment variable that holds the password of `submitter.gasKeystore`.",
      expected: "the name of an environment variable, without its value",
      schema: environmentName.nullable(),
      default: null,
      defaultText: "none",
    }),
  }),
};
