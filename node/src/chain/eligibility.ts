import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import type { Version } from "@pleiad/sdk/types/version";
import { encodeAbiParameters, type Hex, hexToBigInt, keccak256 } from "viem";
import { createRemembered } from "./remembered.ts";
import type { ExecutionRecord, ModelState, ServingPlace } from "./state.ts";

/**
 * Who may answer a task, and from when on: the rules of `ClusterExecutions._window` and `ModelRegistry.nodeStandingOf`,
 * as functions of what the log says. A test compares them with the contracts' own answers.
 */

/** From when on somebody may answer, should nothing else be accepted before. */
export interface Window {
  /** Unix seconds. */
  readonly opensAt: bigint;
}

/** A node's turn for a task. */
export interface NodeWindow extends Window {
  readonly node: bigint;
  /** Its place in the rotation, from 0. */
  readonly rank: number;
  /** How many windows open before its own. Those that a quorum needs at least share the first. */
  readonly windows: number;
}

/** What of an execution decides about windows. */
export type WindowBasis = Pick<ExecutionRecord, "execution" | "createdAt" | "readyAt">;

/** What of a version decides about windows. */
export type WindowLength = Pick<Version, "windowSeconds">;

/** What of a version decides about a node's window for one of its tasks. */
export interface NodeWindowRules extends WindowLength {
  readonly tasks: readonly Pick<Version["tasks"][number], "quorum">[];
}

/** What of a model decides about windows. */
export type ModelPlaces = Pick<ModelState, "places" | "lastLeftAt">;

const ROTATION_PARAMETERS = [{ type: "uint256" }, { type: "uint256" }] as const;

/** Tasks of running executions whose place in the rotation is asked for again with every block: five thousand runs of three. */
export const ROTATION_SEEDS_MAX = 16_384;
/** Hashing is most of what a plan costs, and the hash of an execution and a task never changes. */
const seeds = createRemembered<bigint>({ entriesMax: ROTATION_SEEDS_MAX });

/** What decides, modulo the number of places, where the rotation of a task begins. */
function rotationSeed(execution: bigint, task: number): bigint {
  return seeds.of(`${execution}/${task}`, () =>
    hexToBigInt(keccak256(encodeAbiParameters(ROTATION_PARAMETERS, [execution, BigInt(task)]))),
  );
}

/**
 * A node's turn for a task.
 *
 * @param task Index of the task in its version, from 0.
 * @returns undefined for a node that may never answer it. Whether the node is active is another question, whose
 * answer can change: see `NodeState.status`.
 */
export function nodeWindow(
  execution: WindowBasis,
  task: number,
  version: NodeWindowRules,
  model: ModelPlaces,
  node: bigint,
): NodeWindow | undefined {
  const place = model.places.findIndex((candidate) => candidate.node === node);
  const serving = model.places[place];
  if (serving === undefined || !mayAnswer(serving, execution.createdAt)) return undefined;
  const places = placesBefore(model, execution.createdAt);
  const start = Number(rotationSeed(execution.execution, task) % BigInt(places));
  const rank = (place + places - start) % places;
  const quorum = Math.max(1, version.tasks[task]?.quorum ?? 1);
  const windows = Math.max(0, rank + 1 - quorum);
  return { node, rank, windows, opensAt: execution.readyAt + BigInt(windows * version.windowSeconds) };
}

/** The turns of all nodes that may ever answer a task, in the order in which their windows open. */
export function rotation(
  execution: WindowBasis,
  task: number,
  version: NodeWindowRules,
  model: ModelPlaces,
): readonly NodeWindow[] {
  const windows = model.places.flatMap(({ node }) => nodeWindow(execution, task, version, model, node) ?? []);
  return windows.sort((a, b) => a.rank - b.rank);
}

/** When the model's owner may answer: after the windows of all its nodes, at once if it has none. */
export function modelOwnerWindow(execution: WindowBasis, version: WindowLength, model: ModelPlaces): Window {
  return { opensAt: execution.readyAt + BigInt(ownerPlaces(execution, model) * version.windowSeconds) };
}

/**
 * When the cluster's owner may answer: one window after the model's owner.
 *
 * @returns undefined where the requester did not allow it
 */
export function clusterOwnerWindow(
  execution: WindowBasis & Pick<ExecutionRecord, "ownerMayAnswer">,
  version: WindowLength,
  model: ModelPlaces,
): Window | undefined {
  if (!execution.ownerMayAnswer) return undefined;
  const places = ownerPlaces(execution, model) + 1;
  return { opensAt: execution.readyAt + BigInt(places * version.windowSeconds) };
}

/**
 * The tasks that can be answered: all they depend on is answered, they are not.
 *
 * @param completed Tasks that are answered, on chain or, for an early start, by a signed completion.
 * @returns indices, ascending
 */
export function readyTasks(
  version: Pick<Version, "tasks">,
  completed: ReadonlySet<number>,
): readonly number[] {
  return version.tasks
    .filter(
      ({ task, dependsOn }) => !completed.has(task) && dependsOn.every((before) => completed.has(before)),
    )
    .map(({ task }) => task);
}

/**
 * What an answer to a task is bound to.
 *
 * @param outputDigestOf Digest of the output of a task, accepted or heard; undefined where there is none yet.
 * @returns undefined while an output that the task depends on is missing, or for a task that the version lacks
 */
export function taskContextHash(
  execution: Pick<ExecutionRecord, "inputDigest">,
  version: Pick<Version, "digest" | "tasks">,
  task: number,
  outputDigestOf: (task: number) => Hex | undefined,
): Hex | undefined {
  const dependsOn = version.tasks[task]?.dependsOn;
  const dependencyDigests = dependsOn?.flatMap((before) => outputDigestOf(before) ?? []);
  if (dependencyDigests === undefined || dependencyDigests.length !== dependsOn?.length) return undefined;
  return contextHashOf({
    versionDigest: version.digest,
    task,
    inputDigest: execution.inputDigest,
    dependencyDigests,
  });
}

/** A node that left after the execution was created may still answer it; one that joined with it, or later, not. */
function mayAnswer({ joinedAt, leftAt, active }: ServingPlace, createdAt: bigint): boolean {
  return joinedAt < createdAt && (active || (leftAt !== null && leftAt >= createdAt));
}

/** How many places had been taken before the execution was created: they are the first of the list. */
function placesBefore({ places }: ModelPlaces, createdAt: bigint): number {
  return places.filter(({ joinedAt }) => joinedAt < createdAt).length;
}

/** Over how many windows an owner waits. A model that every node had left by then has none. */
function ownerPlaces({ createdAt }: WindowBasis, model: ModelPlaces): number {
  const isDeserted = model.places.every(({ active }) => !active) && model.lastLeftAt < createdAt;
  return isDeserted ? 0 : placesBefore(model, createdAt);
}
