import { type Address, zeroAddress } from "viem";
import { completionShareWei } from "./earnings.ts";
import { OUTPUT_BYTES_MAX } from "./jobRunner.ts";
import type { ExecutionFacts, VersionFacts } from "./ports.ts";

/** Largest input there is: what peers pass on as a blob. Bytes. */
export const INPUT_BYTES_MAX = OUTPUT_BYTES_MAX;

/** What this node works for, and what it does not. */
export interface RefusalPolicy {
  /** Currencies it takes, in small letters, zero for the chain's own; "any" for all. */
  readonly currencies: ReadonlySet<string> | "any";
  /** The least it wants to earn with a completion, by currency in small letters. A currency that is not in it: nothing. */
  readonly priceWeiMin: ReadonlyMap<string, bigint>;
  readonly inputBytesMax: number;
  /** Clusters it works for; undefined for all. */
  readonly clusters: ReadonlySet<bigint> | undefined;
}

/** Why a task is refused, in one word: the label of the metric. */
export const REFUSAL_REASONS = ["cluster", "currency", "price", "input"] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** A task that this node does not take: a `TaskWait` that nothing but another configuration ends. */
export interface Refusal {
  readonly task: number;
  readonly code: `TASK_REFUSED_${Uppercase<RefusalReason>}`;
  readonly message: string;
  readonly retryable: false;
  readonly refusal: RefusalReason;
}

const CODES = {
  cluster: "TASK_REFUSED_CLUSTER",
  currency: "TASK_REFUSED_CURRENCY",
  price: "TASK_REFUSED_PRICE",
  input: "TASK_REFUSED_INPUT",
} as const;

/** A node that takes whatever it can answer. */
export const REFUSE_NOTHING: RefusalPolicy = {
  currencies: "any",
  priceWeiMin: new Map(),
  inputBytesMax: INPUT_BYTES_MAX,
  clusters: undefined,
};

/**
 * Why this node does not take a task; undefined where it does. A pure function of what never changes in a run, but for the
 * input's size, which may become known later.
 *
 * @param inputBytes undefined while the input is not here
 */
export function refusalOf(
  policy: RefusalPolicy,
  { cluster }: Pick<ExecutionFacts, "cluster">,
  version: VersionFacts,
  index: number,
  inputBytes: number | undefined,
): Refusal | undefined {
  const task = version.tasks[index];
  if (task === undefined) return undefined;
  const currency = version.currency.toLowerCase();
  const refuse = (reason: RefusalReason, message: string): Refusal => ({
    task: index,
    code: CODES[reason],
    message,
    retryable: false,
    refusal: reason,
  });
  if (policy.clusters?.has(cluster) === false)
    return refuse("cluster", `cluster ${cluster} is not among jobs.clusters`);
  if (policy.currencies !== "any" && !policy.currencies.has(currency))
    return refuse(
      "currency",
      `it is paid in ${currencyName(version.currency)}, which is not among jobs.currencies`,
    );
  const earnsWei = completionShareWei(task);
  const leastWei = policy.priceWeiMin.get(currency) ?? 0n;
  if (earnsWei < leastWei) {
    const amounts = `${earnsWei} of the smallest units of ${currencyName(version.currency)}`;
    return refuse("price", `a completion earns this node ${amounts}; jobs.priceWeiMin is ${leastWei}`);
  }
  if (inputBytes !== undefined && inputBytes > policy.inputBytesMax)
    return refuse(
      "input",
      `the input has ${inputBytes} bytes; jobs.inputBytesMax is ${policy.inputBytesMax}`,
    );
  return undefined;
}

/** Whether it has to be known how large an input is before a task may begin. */
export function asksForSize({ inputBytesMax }: RefusalPolicy): boolean {
  return inputBytesMax < INPUT_BYTES_MAX;
}

function currencyName(currency: Address): string {
  return currency === zeroAddress ? "the chain's own currency" : `the token ${currency}`;
}
