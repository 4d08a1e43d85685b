import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { getCancellableAt } from "@pleiad/sdk/actions/getCancellableAt";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { getWindow } from "@pleiad/sdk/actions/getWindow";
import { listServingNodes } from "@pleiad/sdk/actions/listServingNodes";
import {
  type ExecutionResponse,
  type WaitForResponseParameters,
  waitForResponse,
} from "@pleiad/sdk/actions/waitForResponse";
import { PleiadError } from "@pleiad/sdk/errors";
import { chainError } from "@pleiad/sdk/errors/chainError";
import type { ReadClient } from "@pleiad/sdk/types/client";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Execution } from "@pleiad/sdk/types/execution";
import type { VersionTask } from "@pleiad/sdk/types/version";
import { getContractEvents } from "viem/actions";
import { sleep, systemClock } from "../chain/clock.ts";
import type { DaemonExecution } from "./daemonClient.ts";

/**
 * Whether anybody is left who may answer. A run whose nodes have all given up, and whose failure the chain does not tell (too few
 * places report, or the daemons report nothing), would be waited for until its deadline.
 */

/** How often it is looked at: a question or two for each open task. */
const LOOK_MS = 1_000;
/** So long a run may stand given up before the waiting ends: a report that is under way ends it with a refund, which says more. */
const GRACE_MS = 5_000;

/** Asks the daemons that can be reached what they did for an execution. */
export type AskDaemons = (execution: bigint) => Promise<readonly DaemonExecution[]>;

/** A task that no node will answer. */
export interface GivenUp {
  readonly task: VersionTask;
  /** Every node that may answer it, and how it is known that it will not. */
  readonly nodes: readonly { readonly node: bigint; readonly why: string }[];
}

/** What of a run is looked at. */
export interface GivenUpParameters {
  readonly deployment: Deployment;
  readonly execution: bigint;
  readonly ask: AskDaemons;
}

/**
 * The first task that is open, whose turn it is, and of which every node that may answer it has given up, by its report on the
 * chain or by its own daemon's word; undefined while there is none, and whenever of one node nothing is known.
 */
export async function findGivenUp(
  client: ReadClient,
  { deployment, execution: id, ask }: GivenUpParameters,
): Promise<GivenUp | undefined> {
  const execution = await getExecution(client, { deployment, execution: id });
  if (execution.state !== "Running") return undefined;
  const { cluster, version, completedTasks } = execution;
  const { tasks } = await getVersion(client, { deployment, cluster, version });
  const isDone = (task: number) => completedTasks.includes(task);
  const open = tasks.filter(({ task, dependsOn }) => !isDone(task) && dependsOn.every(isDone));
  const [reported, daemons] = await Promise.all([reportsOf(client, deployment, execution), ask(id)]);
  for (const task of open) {
    const nodes = [];
    for (const node of await eligibleNodes(client, deployment, id, task))
      nodes.push({ node, why: whyGivenUp(node, task.task, reported, daemons) });
    const known = nodes.flatMap(({ node, why }) => (why === undefined ? [] : [{ node, why }]));
    if (nodes.length > 0 && known.length === nodes.length) return { task, nodes: known };
  }
  return undefined;
}

/** How it is known that a node will not answer a task; undefined where it is not. */
function whyGivenUp(
  node: bigint,
  task: number,
  reported: ReadonlySet<string>,
  daemons: readonly DaemonExecution[],
): string | undefined {
  if (reported.has(`${node}/${task}`)) return "reported so on the chain";
  const job = daemons.find((one) => one.node === node)?.jobs.find((one) => one.task === task);
  return job?.state === "failed" && job.end !== null ? `its daemon says ${job.end.code}` : undefined;
}

/** "node/task" of each report on the chain. */
async function reportsOf(
  client: ReadClient,
  { clusterExecutions }: Deployment,
  { execution, created }: Execution,
): Promise<ReadonlySet<string>> {
  try {
    const events = await getContractEvents(client, {
      ...{ address: clusterExecutions, abi: clusterExecutionsAbi, eventName: "FailureReported" },
      ...{ args: { execution }, fromBlock: created.blockNumber, strict: true },
    });
    return new Set(events.map(({ args }) => `${args.node}/${args.task}`));
  } catch (error) {
    throw chainError(error);
  }
}

async function eligibleNodes(
  client: ReadClient,
  deployment: Deployment,
  execution: bigint,
  { task, model }: VersionTask,
): Promise<bigint[]> {
  const serving = await listServingNodes(client, { deployment, model });
  const windows = await Promise.all(
    serving.map(async ({ node }) => {
      const { eligible } = await getWindow(client, { deployment, execution, task, node });
      return eligible ? [node] : [];
    }),
  );
  return windows.flat();
}

/**
 * Waits as `waitForResponse`, but no longer than anybody is left who may answer.
 *
 * @throws PleiadError RUN_GIVEN_UP; as `waitForResponse`
 */
export async function responseUnlessGivenUp(
  client: ReadClient,
  parameters: WaitForResponseParameters,
  ask: AskDaemons,
): Promise<ExecutionResponse> {
  const stop = new AbortController();
  const signals = [stop.signal, ...(parameters.signal === undefined ? [] : [parameters.signal])];
  const signal = AbortSignal.any(signals);
  const waiting = waitForResponse(client, { ...parameters, signal });
  const { deployment, execution } = parameters;
  const noticed = Promise.withResolvers<never>();
  // Where it comes first; a look that is under way at the end of the other is nobody's to wait for.
  noticed.promise.catch(() => {});
  watch(client, { deployment, execution, ask }, signal).then(
    (error) => error !== undefined && noticed.reject(error),
    noticed.reject,
  );
  try {
    return await Promise.race([waiting, noticed.promise]);
  } finally {
    stop.abort();
    await Promise.allSettled([waiting]);
  }
}

/** Answers the error once a run stands given up for the time of grace; undefined once it is stopped. */
async function watch(
  client: ReadClient,
  parameters: GivenUpParameters,
  signal: AbortSignal,
): Promise<PleiadError | undefined> {
  const clock = systemClock();
  let sinceMs: number | undefined;
  while (await sleep(clock, LOOK_MS, signal)) {
    const found = await findGivenUp(client, parameters).catch(unlessExpected);
    if (found === undefined) sinceMs = undefined;
    else {
      sinceMs ??= performance.now();
      if (performance.now() - sinceMs >= GRACE_MS) return givenUpError(client, parameters, found);
    }
  }
  return undefined;
}

/** What an endpoint or a daemon does not answer now may be answered at the next look; nothing is concluded from it. */
function unlessExpected(error: unknown): undefined {
  if (!(error instanceof PleiadError)) throw error;
}

async function givenUpError(
  client: ReadClient,
  { deployment, execution }: GivenUpParameters,
  { task, nodes }: GivenUp,
): Promise<PleiadError> {
  const cancellableAt = await getCancellableAt(client, { deployment, execution });
  const who = nodes.map(({ node, why }) => `node ${node} (${why})`).join(", ");
  const from = new Date(Number(cancellableAt) * 1_000).toISOString();
  return new PleiadError(
    `no node will answer task "${task.name}" of execution ${execution}: ${who}; only an owner still could`,
    {
      code: "RUN_GIVEN_UP",
      hint:
        `its requester gets what is not spent back by pleiad execution cancel ${execution}, from ${from} on; ` +
        `after its deadline anybody may end it by pleiad execution expire ${execution}`,
      details: { execution, task: task.task, nodes, cancellableAt },
    },
  );
}
