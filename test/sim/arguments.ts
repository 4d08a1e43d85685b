import { parseArgs } from "node:util";
import { PleiadError } from "@pleiad/sdk/errors";
import { PROFILE_NAMES, SCENARIO_NAMES } from "./profiles.ts";

/** What the command line asks for. */
export interface SimArguments {
  readonly seed: number;
  readonly rounds: number;
  /** Of a profile, or of a scenario to be played alone. */
  readonly profile: string;
  readonly keepsFolder: boolean;
  readonly smallDisk: boolean;
}

const SEED_MAX = 2 ** 31;
const ROUNDS_MAX = 100_000;
const ROUNDS_DEFAULT = 3;

/**
 * Reads the command line.
 *
 * @param freshSeed What is taken where no seed is given.
 * @throws PleiadError SIM_ARGUMENT_INVALID
 */
export function parseArguments(args: readonly string[], freshSeed: number): SimArguments {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        rounds: { type: "string" },
        profile: { type: "string" },
        keep: { type: "boolean" },
        "small-disk": { type: "boolean" },
      },
    }));
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause));
  }
  const { profile = "all" } = values;
  if (typeof profile !== "string" || ![...PROFILE_NAMES, ...SCENARIO_NAMES].includes(profile)) {
    throw invalid(
      `--profile ${profile}: expected ${PROFILE_NAMES.join(", ")}, or one of ${SCENARIO_NAMES.join(", ")}`,
    );
  }
  return {
    seed: wholeNumber("--seed", values.seed, freshSeed, SEED_MAX),
    rounds: wholeNumber("--rounds", values.rounds, ROUNDS_DEFAULT, ROUNDS_MAX),
    profile,
    keepsFolder: values.keep === true,
    smallDisk: values["small-disk"] === true,
  };
}

function wholeNumber(name: string, text: string | boolean | undefined, absent: number, max: number): number {
  if (text === undefined) return absent;
  const number = Number(text);
  if (typeof text === "string" && /^\d+$/.test(text) && number >= 1 && number <= max) return number;
  throw invalid(`${name} ${text}: expected a whole number from 1 to ${max}`);
}

function invalid(message: string): PleiadError {
  return new PleiadError(message, {
    code: "SIM_ARGUMENT_INVALID",
    hint: "npm run sim -- [--seed N] [--rounds M] [--profile NAME] [--small-disk] [--keep]",
  });
}
