import { formatEther, numberToHex, zeroAddress } from "viem";
import { errorsAbi } from "../abi/errors.ts";
import { CREDIT_KINDS, EXECUTION_STATES, SKIP_REASONS } from "../types/states.ts";
import { PleiadError, type PleiadErrorOptions } from "./base.ts";
import { CONTRACT_ERRORS } from "./catalog.ts";
import { codeOfErrorName } from "./codeOfErrorName.ts";

/** Values of a custom error, by name; enums as their names. */
export type ContractErrorArgs = Readonly<Record<string, unknown>>;

/** What a `ContractError` carries beside what every error does. */
export interface ContractErrorOptions extends PleiadErrorOptions {
  readonly errorName: string;
  readonly args: ContractErrorArgs;
}

/** A custom error of one of the contracts. Its `code` is the error's name in capitals. */
export class ContractError extends PleiadError {
  /** The error's name in Solidity. */
  readonly errorName: string;
  /** The error's values, by name. */
  readonly args: ContractErrorArgs;

  constructor(message: string, options: ContractErrorOptions) {
    super(message, options);
    this.errorName = options.errorName;
    this.args = options.args;
  }
}

/** Reasons that go away by themselves, so a batch that was refused for one may be sent again. */
const PASSING_REASONS: readonly unknown[] = ["TooEarly", "TaskNotReady"];

const ENUMS: Readonly<Record<string, readonly string[]>> = {
  "enum IClusterExecutions.ExecutionState": EXECUTION_STATES,
  "enum IClusterExecutions.SkipReason": SKIP_REASONS,
  "enum IClusterExecutions.CreditKind": CREDIT_KINDS,
};

/** Arguments that are currencies; zero is the chain's own. */
const CURRENCIES: readonly string[] = ["currency", "other"];

/** Arguments that are unix seconds. */
const TIMES: readonly string[] = [
  "deadline",
  "deadlineMin",
  "deadlineMax",
  "opensAt",
  "releasesAt",
  "validUntil",
];

/**
 * The `ContractError` for a custom error and its values.
 *
 * @param errorName Name in Solidity, one of the contracts' own.
 * @param values The values in the order of the ABI.
 * @param cause What carried the revert, if anything.
 */
export function contractError(errorName: string, values: readonly unknown[], cause?: unknown): ContractError {
  const inputs = inputsOf(errorName);
  const args: Record<string, unknown> = {};
  inputs.forEach((input, index) => {
    args[input.name] = nameOfEnumValue(input.internalType, values[index]);
  });
  const entry = CONTRACT_ERRORS[errorName];
  return new ContractError(entry === undefined ? errorName : filledIn(entry.message, args), {
    code: codeOfErrorName(errorName),
    errorName,
    args,
    details: args,
    ...(entry === undefined ? {} : { hint: entry.whatToDo }),
    retryable: (entry?.retryable ?? false) || PASSING_REASONS.includes(args.reason),
    cause,
  });
}

interface ErrorInput {
  readonly name: string;
  readonly internalType: string;
}

function inputsOf(errorName: string): readonly ErrorInput[] {
  return errorsAbi.find((item) => item.name === errorName)?.inputs ?? [];
}

function nameOfEnumValue(internalType: string, value: unknown): unknown {
  return ENUMS[internalType]?.[Number(value)] ?? value;
}

function filledIn(template: string, args: ContractErrorArgs): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => textOf(name, args));
}

/** A value as a person reads it: wei with ether, times with their date, masks as lists of tasks, accounts as addresses. */
function textOf(name: string, args: ContractErrorArgs): string {
  const value = args[name];
  if (name.endsWith("Wei") && typeof value === "bigint") return `${value} wei (${formatEther(value)} ether)`;
  if (TIMES.includes(name) && typeof value === "bigint") return `${value}${dateOf(value)}`;
  // An account's credit is found by its address as a number.
  if (name === "id" && args.kind === "Account" && typeof value === "bigint")
    return numberToHex(value, { size: 20 });
  if (CURRENCIES.includes(name) && value === zeroAddress) return "the chain's own currency";
  if (name === "missing" && typeof value === "bigint") return tasksOf(value);
  return String(value);
}

/** The most seconds that a JavaScript date can hold. */
const DATE_SECONDS_MAX = 8_640_000_000_000n;

function dateOf(seconds: bigint): string {
  return seconds > DATE_SECONDS_MAX ? "" : ` (${new Date(Number(seconds) * 1000).toISOString()})`;
}

function tasksOf(mask: bigint): string {
  const tasks: number[] = [];
  for (let task = 0; mask >> BigInt(task) !== 0n; task++) {
    if ((mask >> BigInt(task)) & 1n) tasks.push(task);
  }
  return tasks.length === 1 ? `task ${tasks[0]}` : `tasks ${tasks.join(", ")}`;
}
