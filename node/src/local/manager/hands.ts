import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Step } from "../../manager/plans.ts";
import type { Hands } from "../../manager/ports.ts";
import { type Clock, sleep } from "../../network/clock.ts";
import type { Presence } from "../../network/types.ts";
import type { WorkPlaces } from "../../work/jobs.ts";
import type { Destination, Workspace, WorkspaceOperations } from "../../workspace/types.ts";
import { costOf, isOnChain } from "./chainCosts.ts";
import type { HelperLives } from "./helperLives.ts";
import type { RoundTrips } from "./roundTrips.ts";
import type { RouteBook } from "./routeBook.ts";

/** How long `connect` waits for the nodes of a cluster: two heartbeats of a node that has just come. */
export const CONNECT_WAIT_MS = 60_000;
/** Between two looks whether they are there. */
export const CONNECT_LOOK_MS = 250;
/** Acts that are remembered by their key. A plan has a few steps, and one that is over is not begun again. */
export const ACTS_REMEMBERED_MAX = 1_024;
/** Places a node is set to, whatever a plan says: each is an agent that runs. */
export const PLACES_MAX = 1_024;

/** What a person does for a step that this daemon has no right to. */
const BRING_IT = "whoever has it brings the step: pleiad manager apply PLAN";

export interface HandsModules {
  readonly projection: ProjectionReader;
  readonly rpc: Pick<Rpc, "blockByNumber">;
  /** What is added to the base fee, per gas. */
  readonly priorityFeeWei: bigint;
  readonly places: WorkPlaces;
  readonly workspace: Pick<Workspace, "as">;
  readonly presence: Pick<Presence, "list">;
  readonly roundTrips: Pick<RoundTrips, "measure">;
  readonly routes: RouteBook;
  readonly lives: HelperLives;
  readonly clock: Clock;
  /** Ends what waits. */
  readonly stopping: AbortSignal;
  readonly logger: Logger;
}

/**
 * What a daemon does for a manager. It holds the key of its node and speaks in its clusters as their operator; what takes the key of an
 * owner, it leaves to a person.
 */
export function createHands(options: { readonly node: bigint }, modules: HandsModules): Hands {
  const { node } = options;
  const { projection, rpc, places, workspace, presence, roundTrips, routes, lives, clock, stopping, logger } =
    modules;
  /** What acts led to, by key, the oldest first. */
  const done = new Map<string, string | undefined>();

  const inCluster = (cluster: bigint): WorkspaceOperations => workspace.as({ kind: "node", cluster });

  function requireKnown(step: Step): void {
    if ("node" in step && projection.node(step.node) === undefined)
      throw failure("NODE_UNKNOWN", `there is no node ${step.node}`, "make another plan: nodes come and go");
    if ("model" in step && projection.model(step.model) === undefined)
      throw failure("MODEL_UNKNOWN", `there is no model ${step.model}`, "make another plan");
    // Of a plan that publishes it first, the cluster has no number yet.
    if ("cluster" in step && step.cluster !== 0n && projection.cluster(step.cluster) === undefined)
      throw failure("CLUSTER_UNKNOWN", `there is no cluster ${step.cluster}`, "make another plan");
    const most = step.act === "set-places" ? step.to : 1;
    if (!Number.isInteger(most) || most < 1 || most > PLACES_MAX)
      throw failure(
        "PLACES_INVALID",
        `a node cannot have ${most} places`,
        `name a number from 1 to ${PLACES_MAX}`,
      );
  }

  async function weiPerGas(): Promise<bigint> {
    const block = await rpc.blockByNumber("latest");
    return (block?.baseFeePerGasWei ?? 0n) + modules.priorityFeeWei;
  }

  /** One that failed is started again as it was: whose it is, and what it costs whom, is the node's own record's to say. */
  async function restart(cluster: bigint, name: string): Promise<void> {
    const isLost = lives.find(cluster, name) !== undefined;
    await inCluster(cluster).restartAgent(name);
    // The program of one that is there says itself that it was started again.
    if (!isLost) return;
    lives.forget(cluster, name);
    lives.restarted(cluster, name);
  }

  /** Waits until all are there, and measures the way to each. */
  async function connect(nodes: readonly bigint[]): Promise<string> {
    const untilMs = clock.monotonicMs() + CONNECT_WAIT_MS;
    const others = nodes.filter((one) => one !== node);
    for (;;) {
      const up = new Set(presence.list().map((one) => one.node));
      const ways = await Promise.all(others.map(async (one) => [one, await wayTo(one, up)] as const));
      const missing = ways.flatMap(([one, tookMs]) => (tookMs === undefined ? [one] : []));
      if (missing.length === 0)
        return ways.map(([one, tookMs]) => `node ${one} in ${tookMs} ms`).join(", ") || "this node alone";
      if (clock.monotonicMs() >= untilMs)
        throw failure(
          "MANAGER_NODES_ABSENT",
          `${missing.length === 1 ? "node" : "nodes"} ${missing.join(", ")} cannot be reached`,
          "see to it that their daemons run and name this one among their peers; then ask for the plan again",
          true,
        );
      if (!(await sleep(clock, CONNECT_LOOK_MS, stopping))) throw stopped();
    }
  }

  /** Milliseconds, of one whose certificate was checked and whose heartbeats come. */
  async function wayTo(other: bigint, up: ReadonlySet<bigint>): Promise<number | undefined> {
    if (!up.has(other)) return undefined;
    try {
      return Math.ceil(await roundTrips.measure(other));
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      return undefined;
    }
  }

  /**
   * Asks the nodes of a member's route whether they are there, in its order; this one is.
   *
   * @returns the first that answers; undefined where no route was set
   * @throws PleiadError MEMBER_UNREACHABLE (retryable): told now, it would lie in the log of a node that is not there
   */
  async function firstOnRoute(cluster: bigint, member: string): Promise<bigint | undefined> {
    const route = routes.of(cluster, member);
    for (const other of route) {
      if (other === node) return node;
      try {
        await roundTrips.measure(other);
        return other;
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
      }
    }
    if (route.length === 0) return undefined;
    throw failure(
      "MEMBER_UNREACHABLE",
      `no node on the route of ${member} answers: ${route.join(", ")}`,
      "wait until one is back, or write it to the cluster's context",
      true,
    );
  }

  async function act(step: Step, key: string): Promise<string | undefined> {
    switch (step.act) {
      case "publish":
      case "serve-model":
      case "leave-model":
        throw failure("MANAGER_LACKS", `this daemon lacks ${lacks(step)}`, BRING_IT);
      case "set-places":
        places.setTotal(step.to);
        return undefined;
      case "set-share":
        places.setShare(step.cluster, step.to);
        return undefined;
      case "start-helper":
        // One that is there already is this step's own by its key alone: whoever else has that name is not the plan's to stop.
        await inCluster(step.cluster).spawnAgent({
          name: step.name,
          role: "helper",
          goal: `Help cluster ${projection.cluster(step.cluster)?.slug ?? step.cluster} with what its members ask of you.`,
          service: step.service,
          requestId: requestIdOf(key),
        });
        lives.forget(step.cluster, step.name);
        return undefined;
      case "stop-helper":
        lives.forget(step.cluster, step.name);
        await inCluster(step.cluster).endAgent(step.name).catch(unless("HELPER_UNKNOWN"));
        return undefined;
      case "restart-member":
        await restart(step.cluster, step.name);
        return undefined;
      case "drain-node":
        places.drain();
        return undefined;
      case "resume-node":
        places.resume();
        return undefined;
      case "set-route":
        routes.set(step.cluster, step.member, step.to);
        return undefined;
      case "connect":
        return connect(step.nodes);
      case "write-rules": {
        const { version } = await inCluster(step.cluster).updateRules({
          text: step.text,
          requestId: requestIdOf(key),
        });
        return version;
      }
      case "write-context": {
        const { version } = await inCluster(step.cluster).writeContext({
          key: step.key,
          value: step.value,
          requestId: requestIdOf(key),
        });
        return version;
      }
      case "broadcast": {
        const at = step.to === undefined ? undefined : await firstOnRoute(step.cluster, step.to);
        const { id } = await inCluster(step.cluster).sendMessage({
          destination: destinationOf(step),
          text: step.text,
          requestId: requestIdOf(key),
        });
        return at === undefined ? id : `${id}, and node ${at} is there to read it`;
      }
      default:
        return step satisfies never;
    }
  }

  function lacks(step: Step): string | undefined {
    if (step.act === "publish") return `the key of the cluster's owner: ${BRING_IT}`;
    if (step.act === "serve-model" || step.act === "leave-model")
      return `the key of who owns model ${step.model} and node ${step.node}: ${BRING_IT}`;
    if ("node" in step && step.node !== node)
      return `a hand on node ${step.node}: its own daemon does that, asked by pleiad manager on its machine`;
    return undefined;
  }

  return {
    async estimate(step) {
      requireKnown(step);
      return costOf(step, isOnChain(step) ? await weiPerGas() : 0n);
    },
    lacks,
    async carryOut(step, key) {
      if (done.has(key)) return done.get(key);
      requireKnown(step);
      const missing = lacks(step);
      if (missing !== undefined) throw failure("MANAGER_LACKS", `this daemon lacks ${missing}`, BRING_IT);
      const outcome = await act(step, key);
      done.set(key, outcome);
      const [oldest] = done.keys();
      if (done.size > ACTS_REMEMBERED_MAX && oldest !== undefined) done.delete(oldest);
      logger.info({ act: step.act, key }, "the manager has done a step");
      return outcome;
    },
    inverse(step) {
      switch (step.act) {
        case "serve-model":
          return { ...step, act: "leave-model" };
        case "leave-model":
          return { ...step, act: "serve-model" };
        case "set-places":
          return { ...step, from: step.to, to: step.from };
        case "set-share":
          return { ...step, from: step.to, to: step.from };
        case "start-helper":
          return { ...step, act: "stop-helper" };
        case "stop-helper":
          return { ...step, act: "start-helper" };
        case "drain-node":
          return { ...step, act: "resume-node" };
        case "resume-node":
          return { ...step, act: "drain-node" };
        case "set-route":
          return { ...step, from: step.to, to: step.from };
        case "publish":
        case "restart-member":
        case "connect":
        case "write-rules":
        case "write-context":
        case "broadcast":
          return undefined;
        default:
          return step satisfies never;
      }
    },
  };
}

/** Shares are for clusters that a manager looks after: one that is gone, or left to itself, is not to keep others from places. */
export function forgetShares(
  places: Pick<WorkPlaces, "shares" | "setShare">,
  clusters: { readonly has: (cluster: bigint) => boolean },
): void {
  for (const cluster of [...places.shares().keys()])
    if (!clusters.has(cluster)) places.setShare(cluster, undefined);
}

function destinationOf({ to, topic }: Extract<Step, { readonly act: "broadcast" }>): Destination {
  if (to !== undefined) return { kind: "direct", to };
  return topic === "" ? { kind: "broadcast" } : { kind: "topic", topic };
}

/** Names a write for ever, so that the same step of the same plan is written once; from any key. */
function requestIdOf(key: string): string {
  return key.replaceAll(/[^A-Za-z0-9._:-]/g, "-").slice(-64);
}

function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof PleiadError) || error.code !== code) throw error;
  };
}

function failure(code: string, message: string, hint: string, retryable = false): PleiadError {
  return new PleiadError(message, { code, hint, retryable });
}

function stopped(): PleiadError {
  return failure("LOCAL_STOPPED", "the daemon stops", "the plan goes on once it is back", true);
}
