import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { type DaemonJob, daemonClient } from "./daemonClient.ts";
import { type Layout, OPERATOR_NAMES, type OperatorName } from "./layout.ts";
import type { LocalNetwork } from "./localNetwork.ts";

/** The first node takes its job up within a second of the execution; a slow machine gets this long. */
const RUNNING_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

/** The daemon that was killed, and at which job. */
export interface Killed {
  readonly operator: OperatorName;
  readonly node: bigint;
  readonly task: number;
  /** What its journal said of the job at the kill. */
  readonly state: string;
}

/** The file that keeps a job's input open on an operator's machine for as long as it is there. */
export function holdFileOf(layout: Layout, operator: OperatorName): string {
  return join(layout.operatorFolder(operator), "hold-input");
}

/** Holds the input of every job, on every operator's machine. */
export function holdAll(layout: Layout): void {
  for (const name of OPERATOR_NAMES) writeFileSync(holdFileOf(layout, name), "");
}

/** Lets all held jobs go on. */
export function releaseAll(layout: Layout): void {
  for (const name of OPERATOR_NAMES) rmSync(holdFileOf(layout, name), { force: true });
}

/**
 * Kills (SIGKILL) the first daemon whose journal says that a job of the execution runs, then lets the jobs of the
 * others go on.
 *
 * @throws PleiadError KILL_ONE_NO_JOB when no journal says so in time
 */
export async function killRunning(network: LocalNetwork, execution: bigint): Promise<Killed> {
  const giveUpAtMs = performance.now() + RUNNING_TIMEOUT_MS;
  while (performance.now() < giveUpAtMs) {
    for (const name of OPERATOR_NAMES) {
      const operator = network.operator(network.target.registry.nodes[name]);
      const jobs: DaemonJob[] = await daemonClient(operator).jobs();
      const job = jobs.find((one) => one.execution === execution && one.state === "running");
      if (job === undefined) continue;
      await operator.kill();
      releaseAll(network.layout);
      return { operator: name, node: operator.node, task: job.task, state: job.state };
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  releaseAll(network.layout);
  throw new PleiadError(
    `no daemon took a job of execution ${execution} up within ${RUNNING_TIMEOUT_MS / 1_000} s`,
    {
      code: "KILL_ONE_NO_JOB",
      hint: "see the daemons' logs; the machine may be too busy",
      retryable: true,
    },
  );
}
