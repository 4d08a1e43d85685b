import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Version } from "@pleiad/sdk/types/version";
import { zeroHash } from "viem";
import { clusterOwnerWindow, modelOwnerWindow, readyTasks, rotation } from "../../chain/eligibility.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { ExecutionRecord } from "../../chain/state.ts";
import type { Versions } from "../../chain/versions.ts";
import { type Depths, executionRow, placeRow, textRow } from "./rows.ts";
import type { ExecutionStory, TimelineTask } from "./schemas.ts";

/** Tells an execution from its creation to its end, with who may answer what from when on while it runs. */
export async function executionStory(
  record: ExecutionRecord,
  modules: { readonly projection: ProjectionReader; readonly versions: Versions; readonly depths: Depths },
): Promise<Omit<ExecutionStory, "gossip" | "takenBack">> {
  const { projection, versions, depths } = modules;
  const read = await readVersion(record, versions);
  const { version } = read;
  return {
    // After the version was read, as it counts the tasks.
    ...executionRow(record, { projection, versions }),
    thread: record.thread === zeroHash ? null : record.thread,
    ownerMayAnswer: record.ownerMayAnswer,
    outputsByReference: record.outputsByReference,
    readyAt: String(record.readyAt),
    windowSeconds: version?.windowSeconds ?? null,
    quoteWei: version === undefined ? null : String(version.quoteWei),
    currency: version?.currency ?? null,
    created: placeRow(record.createdIn, depths),
    ended: record.endedIn === null ? null : placeRow(record.endedIn, depths),
    input: textRow(record.inputDigest, record.input, record.inputURI),
    taskList: version === undefined ? null : tasksOf(record, version, projection, depths),
    versionError: read.error ?? null,
    responseDigest: record.responseDigest,
    runDigest: record.runDigest,
    refundWei: String(record.refundWei),
  };
}

/** Without its version an execution still has a story; why it could not be read is said. */
async function readVersion(
  { cluster, version }: ExecutionRecord,
  versions: Versions,
): Promise<{ readonly version?: Version; readonly error?: string }> {
  try {
    return { version: await versions.get(cluster, version) };
  } catch (error) {
    if (!(error instanceof PleiadError) || !isRetryable(error)) throw error;
    return { error: error.message };
  }
}

function tasksOf(
  record: ExecutionRecord,
  version: Version,
  projection: ProjectionReader,
  depths: Depths,
): TimelineTask[] {
  const isRunning = record.state === "Running";
  const ready = new Set(readyTasks(version, new Set(record.completions.keys())));
  return version.tasks.map((task) => {
    const accepted = record.completions.get(task.task);
    const isReady = ready.has(task.task);
    const node = accepted === undefined || accepted.node === 0n ? undefined : projection.node(accepted.node);
    const open = isReady ? "ready" : "waiting";
    return {
      task: task.task,
      name: task.name,
      agent: String(version.agents[task.agentIndex]?.agent ?? ""),
      agentName: version.agents[task.agentIndex]?.name ?? "",
      model: String(task.model),
      modelName: projection.model(task.model)?.name ?? null,
      priceWei: String(task.priceWei),
      dependsOn: [...task.dependsOn],
      quorum: task.quorum,
      state: accepted !== undefined ? "completed" : isRunning ? open : "unanswered",
      windows: isRunning && isReady ? windowsOf(record, task.task, version, projection) : [],
      failedNodes: (record.failures.get(task.task) ?? []).map(String),
      completion:
        accepted === undefined
          ? null
          : {
              node: accepted.node === 0n ? null : String(accepted.node),
              nodeOwner: node?.owner ?? null,
              signer: node?.key ?? null,
              role: accepted.role,
              seconds: (record.seconds.get(task.task) ?? []).map(String),
              output: textRow(accepted.outputDigest, accepted.output, accepted.outputURI),
              evidenceDigest: accepted.evidenceDigest,
              tipWei: String(accepted.tipWei),
              place: placeRow(accepted.place, depths),
            },
    };
  });
}

function windowsOf(
  record: ExecutionRecord,
  task: number,
  version: Version,
  projection: ProjectionReader,
): TimelineTask["windows"] {
  const model = projection.model(version.tasks[task]?.model ?? 0n);
  if (model === undefined) return [];
  const nodes = rotation(record, task, version, model).map(({ node, opensAt }) => ({
    node: String(node),
    role: "Node" as const,
    opensAt: String(opensAt),
  }));
  const clusterOwner = clusterOwnerWindow(record, version, model);
  return [
    ...nodes,
    { node: null, role: "ModelOwner", opensAt: String(modelOwnerWindow(record, version, model).opensAt) },
    ...(clusterOwner === undefined
      ? []
      : [{ node: null, role: "ClusterOwner" as const, opensAt: String(clusterOwner.opensAt) }]),
  ];
}
