import type { Blueprint } from "@pleiad/sdk/blueprint/blueprint";
import { parsePrice } from "@pleiad/sdk/blueprint/parsePrice";
import { versionBytes } from "@pleiad/sdk/blueprint/versionBytes";
import type { ChainModel } from "../../api/making.ts";
import { NATIVE } from "../../text/amounts.ts";
import type { Draft } from "./draft.ts";

/** What a run will cost, task by task. */
export interface Cost {
  readonly tasks: readonly {
    readonly key: string;
    readonly name: string;
    readonly priceWei: bigint | undefined;
  }[];
  readonly feeWei: bigint | undefined;
  /** Undefined while not all of it is known. */
  readonly totalWei: bigint | undefined;
  /** Zero is the chain's own. */
  readonly currency: string;
  /** Whether the tasks' models are paid in different currencies, which no version may. */
  readonly isMixed: boolean;
}

export function costOf(draft: Draft, models: readonly ChainModel[]): Cost {
  const priced = draft.tasks.map((task) => {
    const agent = draft.agents.find(({ key }) => key === task.agent);
    const model = models.find((one) => one.model === agent?.model);
    return { key: task.key, name: task.name, model };
  });
  const currencies = new Set(priced.flatMap(({ model }) => (model === undefined ? [] : [model.currency])));
  const [currency = NATIVE] = currencies;
  const tasks = priced.map(({ key, name, model }) => ({
    key,
    name,
    priceWei: model === undefined ? undefined : BigInt(model.priceWei),
  }));
  // In whole units of a token it is counted when it is tried: only the chain knows them.
  const feeWei = draft.fee.trim() === "" ? 0n : parsePrice(draft.fee.trim());
  const isWhole = feeWei !== undefined && tasks.every(({ priceWei }) => priceWei !== undefined);
  const isMixed = currencies.size > 1;
  return {
    tasks,
    feeWei,
    totalWei:
      isWhole && !isMixed ? tasks.reduce((sum, { priceWei = 0n }) => sum + priceWei, feeWei) : undefined,
    currency,
    isMixed,
  };
}

/**
 * Gas of what is sent to publish, as measured: a new agent, and the version with what each agent, task and byte adds. Within a tenth of
 * what it takes, and more for an account's first; what can be tried is tried before it is signed.
 */
const REGISTER_GAS = 100_000n;
const VERSION_GAS = 175_000n;
const AGENT_GAS = 48_500n;
const TASK_GAS = 3_600n;
const BYTE_GAS = 220n;

export function publishGas(blueprint: Blueprint): bigint {
  const { agents, tasks } = blueprint;
  const fresh = agents.filter(({ id }) => id === undefined).length;
  return REGISTER_GAS * BigInt(fresh) + versionGas(agents.length, tasks.length, versionBytes(blueprint));
}

function versionGas(agents: number, tasks: number, bytes: number): bigint {
  return VERSION_GAS + AGENT_GAS * BigInt(agents) + TASK_GAS * BigInt(tasks) + BYTE_GAS * BigInt(bytes);
}
