import { SLUG_PATTERN } from "@pleiad/sdk/blueprint/limits";
import { requestOfManager } from "@pleiad/sdk/manager/requestOfManager";
import { InvalidArgumentError } from "commander";
import type { Address } from "viem";
import { senderAddress } from "../account.ts";
import { cliError } from "../cliError.ts";
import { openRpc } from "../context.ts";
import { addExamples, amountOf, type DefineCommand, parseAddressOption, setAction } from "../define.ts";
import { managerOf } from "../managerAccess.ts";
import { printPlan } from "../managerText.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Need {
  readonly capability: string;
  readonly count: number;
}

interface Options extends DaemonOptions {
  readonly goal: string;
  readonly need: readonly Need[];
  readonly size?: { readonly min: number; readonly max: number };
  readonly budget: string;
  readonly priceMax: string;
  readonly ratingMin?: number;
  readonly ratingsMin?: number;
  readonly roundTripMax?: number;
  readonly owner?: Address;
}

/** `pleiad manager form SLUG`: a cluster for a goal, of agents that can do what it needs. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<slug>", "its name on the chain: 3 to 31 of a-z 0-9 -")
    .requiredOption("--goal <text>", "what it is for, in a sentence; required, as the next three")
    .requiredOption(
      "--need <capability[:count]>",
      "what a member must be able to do, in the words of pleiad agent show, and how many of them; again for each, in the order of the work",
      collectNeed,
      [],
    )
    .requiredOption("--budget <amount>", "what one run may cost at most, such as 0.01ether")
    .requiredOption("--price-max <amount>", "what one model may ask for a task at most")
    .option("--size <min-max>", "members, least and most (default: as many as are needed)", parseSize)
    .option("--rating-min <share>", "mean of paid feedback of those that were rated, 0 to 1", parseShare)
    .option("--ratings-min <count>", "how many ratings at least", parseWhole)
    .option("--round-trip-max <ms>", "how far its nodes may be", parseWhole)
    .option("--owner <address>", "who will own it (default: who would sign)", parseAddressOption);
  addDaemonOptions(command);
  addExamples(command, [
    [
      'pleiad manager form weekly-brief --goal "Sum up the week" --need reading --need writing:2 --budget 0.01ether --price-max 0.002ether',
      "finds agents and shows the plan",
    ],
    ["pleiad manager apply PLAN", "publishes it, with your key"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, slug = "") => {
    const { goal, need, budget, priceMax, ratingMin, ratingsMin, roundTripMax } = options;
    if (!SLUG_PATTERN.test(slug))
      throw cliError("USAGE_INVALID", `${JSON.stringify(slug)} is no slug: expected 3 to 31 of a-z 0-9 -`);
    if (need.length === 0)
      throw cliError("USAGE_ARGUMENT_MISSING", "say what is needed: --need CAPABILITY, again for each");
    const needed = need.reduce((sum, { count }) => sum + count, 0);
    const owner = options.owner ?? (await senderAddress({}, openRpc(options, around), around));
    if (owner === undefined) throw cliError("USAGE_INVALID", "say who will own it: --owner ADDRESS");
    const client = await managerOf(options, around);
    const { plan } = await requestOfManager(client, {
      request: {
        kind: "FORMATION",
        goal,
        slug,
        needs: need.map(({ capability, count }) => ({ capability: capability.toLowerCase(), count })),
        size: options.size ?? { min: needed, max: needed },
        budgetWei: String(amountOf(budget)),
        limits: {
          priceWeiMax: String(amountOf(priceMax)),
          ...(ratingMin === undefined ? {} : { ratingMin }),
          ...(ratingsMin === undefined ? {} : { ratingsMin }),
          ...(roundTripMax === undefined ? {} : { roundTripMsMax: roundTripMax }),
        },
        owner,
      },
    });
    output.json({ plan });
    printPlan(plan, output);
    return 0;
  });
};

function collectNeed(text: string, before: readonly Need[]): readonly Need[] {
  const [, capability = "", count = "1"] = /^([^:]{1,64})(?::([1-9]\d?))?$/.exec(text) ?? [];
  if (capability.trim() === "")
    throw new InvalidArgumentError("Expected what a member can do, and how many, such as writing:2.");
  return [...before, { capability: capability.trim(), count: Number(count) }];
}

function parseSize(text: string): { readonly min: number; readonly max: number } {
  const [, min, max] = /^([1-9]\d?)-([1-9]\d?)$/.exec(text) ?? [];
  if (min === undefined || max === undefined || Number(min) > Number(max))
    throw new InvalidArgumentError("Expected two numbers, the smaller first, such as 3-10.");
  return { min: Number(min), max: Number(max) };
}

function parseShare(text: string): number {
  if (!/^(0|1|0?\.\d{1,6}|1\.0+)$/.test(text))
    throw new InvalidArgumentError("Expected a share from 0 to 1.");
  return Number(text);
}

function parseWhole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new InvalidArgumentError("Expected a whole number from 1 to 999999.");
  return Number(text);
}
