import { pino } from "pino";
import { openStore } from "../../../node/src/store/open.ts";
import type { SimOperator } from "../operators.ts";
import type { World } from "../world.ts";
import type { ChainFold } from "./chainFold.ts";

/** As many as a daemon keeps. */
const JOBS_MAX = 4_096;

/** What each daemon says of itself, against the fold of the chain. To be asked in calm, after agreement. */
export async function checkDaemons(world: World, fold: ChainFold): Promise<string[]> {
  const problems: string[] = [];
  for (const { node, daemon } of world.operators) {
    const client = daemon.client();
    if (client === undefined) {
      problems.push(`node ${node} is not ready`);
      continue;
    }
    for (const { execution, accepted } of fold.executions.values()) {
      const report = await client.execution(execution);
      for (const { task, state, outputDigest, transactionHash } of report.jobs) {
        if (state !== "mined" && state !== "final") continue;
        const there = accepted.get(task);
        const where = `node ${node} has task ${task} of execution ${execution} as ${state}`;
        if (there === undefined) problems.push(`${where}, the chain not at all`);
        else if (![there.node, ...there.seconds].includes(node))
          problems.push(`${where}, the chain from node ${there.node}`);
        else if (there.outputDigest !== outputDigest)
          problems.push(`${where} with ${outputDigest}, the chain with ${there.outputDigest}`);
        else if (there.transactionHash !== transactionHash)
          problems.push(`${where} in ${transactionHash}, the chain in ${there.transactionHash}`);
      }
    }
  }
  return problems;
}

/**
 * What lies in each stopped daemon's folder, against the chain: it opens, the record of signings has what the chain
 * accepted, and no job is open that the chain has ended.
 */
export async function checkStores(world: World, fold: ChainFold): Promise<string[]> {
  const problems: string[] = [];
  for (const operator of world.operators) problems.push(...(await checkStore(world, operator, fold)));
  return problems;
}

async function checkStore(world: World, { node, daemon }: SimOperator, fold: ChainFold): Promise<string[]> {
  const { chainId, clusterExecutions: contract } = world.registry.deployment;
  const problems: string[] = [];
  const logger = pino({ level: "silent" });
  const store = await openStore({ dataFolder: daemon.folder, chainId, contract }, { logger });
  try {
    const { jobs, signings } = store.journal;
    const all = [...(await jobs.live()), ...(await jobs.ended(JOBS_MAX))];
    for (const { execution, task, contextHash, state, output, signed } of all) {
      const where = `node ${node}, task ${task} of execution ${execution} (${state})`;
      const there = fold.executions.get(execution)?.accepted.get(task);
      const digest = await signings.digestOf({ chainId, contract, execution, task, contextHash });
      if (signed !== null && digest !== signed.completion.outputDigest) {
        problems.push(`${where}: signed ${signed.completion.outputDigest}, recorded ${digest ?? "nothing"}`);
      }
      if (state === "final" && there?.outputDigest !== output?.digest) {
        problems.push(`${where}: ${output?.digest} is final here, ${there?.outputDigest} on the chain`);
      }
    }
  } finally {
    await store.close();
  }
  return problems;
}
