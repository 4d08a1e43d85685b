import { parsePrice } from "@pleiad/sdk/blueprint/parsePrice";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Address, getAddress, isAddress } from "viem";
import { cliError } from "./cliError.ts";
import { createOutput, type Output } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a command's module exports: gives the command its arguments, options, examples and action. */
export type DefineCommand = (command: Command, around: Surroundings) => void;

/** A line to type and what it does, for a command's help. */
export type Example = readonly [line: string, meaning: string];

/** What an action gets beside its arguments. */
export interface ActionContext<Options> {
  readonly options: Options;
  readonly output: Output;
  readonly around: Surroundings;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Adds `--json` to a command, or to the program itself, where it may stand too. */
export function addJsonOption(command: Command): void {
  command.addOption(
    new Option("--json", "print one JSON value for programs, and nothing else, to standard output"),
  );
}

/** Adds examples below a command's help. Each line is the whole of what is typed. */
export function addExamples(command: Command, examples: readonly Example[]): void {
  const lines = examples.flatMap(([line, meaning]) => [`  $ ${line}`, `      ${meaning}`]);
  command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

/**
 * Sets what a command does. Its promise ends the process: what should go on running is awaited in it.
 *
 * @param run Gets the command's arguments; its answer is the exit code, 0 if it answers none.
 */
export function setAction<Options>(
  command: Command,
  around: Surroundings,
  run: (
    context: ActionContext<Options>,
    ...args: readonly (string | undefined)[]
  ) => Promise<number | undefined>,
): void {
  command.action(async (...given: unknown[]) => {
    const args = given.slice(0, command.registeredArguments.length) as (string | undefined)[];
    const options = command.optsWithGlobals<Options & CommonOptions>();
    const output = createOutput(around, { isJson: options.json === true });
    try {
      around.result.exitCode = (await run({ options, output, around }, ...args)) ?? 0;
    } finally {
      // An error's first line would stand behind the moving one.
      output.endProgress();
    }
  });
}

/** The id that an argument says. @throws PleiadError USAGE_INVALID */
export function idOf(text: string | undefined): bigint {
  if (text !== undefined && /^\d{1,78}$/.test(text)) return BigInt(text);
  throw cliError("USAGE_INVALID", `"${text}" is no id: expected a whole number`);
}

/** The address that an argument says. @throws PleiadError USAGE_INVALID */
export function addressOf(text: string | undefined): Address {
  if (text !== undefined && isAddress(text)) return getAddress(text);
  throw cliError(
    "USAGE_INVALID",
    `"${text}" is no address: expected 0x and 40 hex digits, its checksum right`,
  );
}

/** Reads an address; one with a wrong checksum is a slip. */
export function parseAddressOption(text: string): Address {
  if (!isAddress(text)) throw new InvalidArgumentError("Expected an address, 0x and 40 hex digits.");
  return getAddress(text);
}

/** An amount of the chain's own currency that an argument says. @throws PleiadError USAGE_INVALID */
export function amountOf(text: string | undefined): bigint {
  const amountWei = text === undefined ? undefined : parsePrice(text);
  if (amountWei !== undefined) return amountWei;
  throw cliError(
    "USAGE_INVALID",
    `"${text}" is no amount: expected a number and wei, gwei or ether, such as 0.5ether`,
  );
}

/** Reads a time: a date, which is meant to its end, or a date and a time; UTC where no zone is named. Unix seconds. */
export function parseTimeOption(text: string): bigint {
  const [, date, time, zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const atMs = date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? "23:59:59"}${zone}`);
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError("Expected a date or time, such as 2027-01-31 or 2027-01-31T18:00Z.");
  return BigInt(atMs / 1_000);
}

/** Reads a count of something, from 1. */
export function parseCountOption(text: string): bigint {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError("Expected a whole number from 1.");
  return BigInt(text);
}

/** Reads an http or https URL. */
export function parseUrlOption(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError("Expected an http or https URL, such as http://127.0.0.1:8545.");
  }
  return text;
}
