import { type Hex, hexToBytes, keccak256, size } from "viem";
import { decodeVersion } from "../actions/decodeVersion.ts";
import { runDigestOf } from "../actions/runDigestOf.ts";
import { PleiadError } from "../errors/base.ts";
import type { FetchBlob } from "../types/blob.ts";
import type { AcceptedCompletion, ExecutionLog, ExecutionView } from "../types/execution.ts";
import type { VerificationCheck, VerificationName } from "../types/verification.ts";
import type { Version } from "../types/version.ts";
import { blobBytes } from "./blob.ts";

/** A check that passed where `wrong` is empty, and else failed for those reasons. */
export function checkOf(name: VerificationName, right: string, wrong: readonly string[]): VerificationCheck {
  if (wrong.length === 0) return { name, outcome: "passed", text: right };
  return { name, outcome: "failed", text: wrong.join("; ") };
}

/** A check that had nothing to compare with. */
export function skipped(name: VerificationName, text: string): VerificationCheck {
  return { name, outcome: "skipped", text };
}

/** The code of the version hashes to the digest in storage, and says which cluster and version it is. */
export function checkVersion(
  view: ExecutionView,
  data: Hex,
): { check: VerificationCheck; version?: Version } {
  const wrong: string[] = [];
  const version = decoded(data);
  if (version === undefined) {
    return { check: checkOf("version", "", ["the version's code cannot be decoded"]) };
  }
  if (version.digest !== view.versionDigest) {
    wrong.push(
      `the version's code hashes to ${version.digest}, the execution is bound to ${view.versionDigest}`,
    );
  }
  if (version.cluster !== view.cluster || version.version !== view.version) {
    wrong.push(`the code is version ${version.version} of cluster ${version.cluster}`);
  }
  const right = `the code of version ${view.version} of cluster ${view.cluster} hashes to ${view.versionDigest}`;
  return { check: checkOf("version", right, wrong), version };
}

function decoded(data: Hex): Version | undefined {
  try {
    return decodeVersion(data);
  } catch (error) {
    if (error instanceof PleiadError) return undefined;
    throw error;
  }
}

/** The input of the log has the digest that it says, and it is the execution's. */
export async function checkInput(
  view: ExecutionView,
  log: ExecutionLog,
  fetchBlob: FetchBlob | undefined,
): Promise<VerificationCheck> {
  const { created } = log;
  const wrong: string[] = [];
  if (created.requester !== view.requester) wrong.push("the log names another requester than storage");
  if (created.cluster !== view.cluster || created.version !== view.version) {
    wrong.push("the log names another cluster or version than storage");
  }
  if (created.input !== "0x") {
    if (keccak256(created.input) !== created.inputDigest)
      wrong.push("the input has another digest than the log says");
    return checkOf(
      "input",
      `the input of ${size(created.input)} bytes has the digest ${created.inputDigest}`,
      wrong,
    );
  }
  if (fetchBlob === undefined && wrong.length === 0) {
    return skipped(
      "input",
      `the input is not inline: its digest ${created.inputDigest} is taken from the log`,
    );
  }
  const failure = await failureOf(() =>
    blobBytes({ digest: created.inputDigest, uri: created.inputURI }, fetchBlob),
  );
  if (failure !== undefined) wrong.push(failure);
  return checkOf("input", `the input at ${created.inputURI} has the digest ${created.inputDigest}`, wrong);
}

/** There is exactly one completion of this execution for each of its tasks. */
export function checkTasks(view: ExecutionView, log: ExecutionLog, version: Version): VerificationCheck {
  const wrong: string[] = [];
  for (const task of version.tasks) {
    const found = log.completions.filter((completion) => completion.task === task.task);
    if (found.length !== 1) wrong.push(`task ${task.task} has ${found.length} completions`);
    if (!view.completedTasks.includes(task.task))
      wrong.push(`storage does not have task ${task.task} as completed`);
  }
  for (const { execution, task } of log.completions) {
    if (execution !== view.execution) wrong.push(`a completion is of execution ${execution}`);
    if (version.tasks[task] === undefined)
      wrong.push(`a completion is of task ${task}, which does not exist`);
  }
  return checkOf("tasks", `each of the ${version.tasks.length} tasks has exactly one completion`, wrong);
}

/** What checking the outputs came to. */
export interface OutputsChecked {
  readonly check: VerificationCheck;
  /** Bytes by task, where they were to be had. */
  readonly outputs: ReadonlyMap<number, Uint8Array>;
}

/** The bytes of each output have the digest that was accepted. */
export async function checkOutputs(
  log: ExecutionLog,
  given: ReadonlyMap<number, Uint8Array>,
  fetchBlob: FetchBlob | undefined,
): Promise<OutputsChecked> {
  const outputs = new Map<number, Uint8Array>();
  const wrong: string[] = [];
  const missing: number[] = [];
  for (const completion of log.completions) {
    const { task } = completion;
    const result = await outputOf(completion, given.get(task), fetchBlob);
    if (result instanceof Uint8Array) outputs.set(task, result);
    else if (result === undefined) missing.push(task);
    else wrong.push(result);
  }
  const digests = `the outputs of ${outputs.size} tasks have the digests that were accepted`;
  const rest = missing.length === 0 ? "" : `; the bytes of tasks ${missing.join(", ")} were not to be had`;
  return { check: checkOf("outputs", digests + rest, wrong), outputs };
}

/** The bytes; a text that says what is wrong with them; undefined where there are none to check. */
async function outputOf(
  completion: AcceptedCompletion,
  given: Uint8Array | undefined,
  fetchBlob: FetchBlob | undefined,
): Promise<Uint8Array | string | undefined> {
  const { task, output, outputDigest, outputURI } = completion;
  if (outputURI === "") {
    const matches = keccak256(output) === outputDigest;
    return matches ? hexToBytes(output) : `the output of task ${task} has another digest`;
  }
  if (given !== undefined && keccak256(given) === outputDigest) return given;
  if (fetchBlob === undefined) return undefined;
  try {
    return await blobBytes({ digest: outputDigest, uri: outputURI }, fetchBlob);
  } catch (error) {
    if (error instanceof PleiadError && error.code === "BLOB_MISSING") return undefined;
    if (error instanceof PleiadError) return `the output of task ${task}: ${error.message}`;
    throw error;
  }
}

/** The digest in storage is the fold over version, input and all outputs. */
export function checkFold(view: ExecutionView, log: ExecutionLog, version: Version): VerificationCheck {
  const digests = version.tasks.map(
    ({ task }) => log.completions.find((found) => found.task === task)?.outputDigest,
  );
  if (digests.includes(undefined)) return checkOf("fold", "", ["a task has no output to fold"]);
  const folded = runDigestOf({
    versionDigest: view.versionDigest,
    inputDigest: log.created.inputDigest,
    outputDigests: digests.filter((digest) => digest !== undefined),
  });
  const wrong =
    folded === view.digest
      ? []
      : [`version, input and outputs fold to ${folded}, storage has ${view.digest}`];
  return checkOf(
    "fold",
    `version, input and outputs fold to the run digest in storage, ${view.digest}`,
    wrong,
  );
}

/** The response event is of this run, and names the last task's output. */
export function checkResponse(view: ExecutionView, log: ExecutionLog, version: Version): VerificationCheck {
  const { response, completions } = log;
  if (response === undefined) return checkOf("response", "", ["the log has no ClusterResponse"]);
  const wrong: string[] = [];
  const last = completions.find((completion) => completion.task === version.tasks.length - 1);
  if (response.responseDigest !== last?.outputDigest)
    wrong.push("the response is not the last task's output");
  if (response.runDigest !== view.digest) wrong.push("the response names another run digest than storage");
  if (response.cluster !== view.cluster) wrong.push(`the response names cluster ${response.cluster}`);
  if (response.version !== view.version) wrong.push(`the response names version ${response.version}`);
  return checkOf("response", `the response ${response.responseDigest} is the last task's output`, wrong);
}

async function failureOf(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof PleiadError) return error.message;
    throw error;
  }
}
