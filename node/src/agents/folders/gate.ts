import { open } from "node:fs/promises";
import { confinementSchema } from "../../config/service.ts";
import { agentEnvironment, PATH_DEFAULT } from "../environment.ts";
import { findProgram } from "../findProgram.ts";
import type { GuardedEnd, GuardedRun } from "../guard.ts";
import { removeFolder } from "../removeFolder.mjs";
import { createScratch } from "../scratch.ts";
import { FolderError } from "./errors.ts";
import { GATE_OUTPUT_BYTES_MAX, GATE_PRINTED_BYTES_MAX, GATE_TIMEOUT_MS_DEFAULT } from "./limits.ts";
import type { GateCommand, GateEnd } from "./types.ts";

export interface GateModules {
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly runGuarded: (run: GuardedRun) => Promise<GuardedEnd>;
  /** Where its private folder is made. */
  readonly scratchFolder: string;
}

/** The limits that any service's program has. */
const GATE_CONFINEMENT = confinementSchema.parse({});

/**
 * Runs the operator's gate in a folder of merged files. Those files come from agents: the gate runs what they wrote, so it
 * runs as an agent does, under the guard and with nothing of the daemon's environment that was not named.
 *
 * @throws FolderError MERGE_GATE_UNUSABLE
 */
export async function runGate(
  gate: GateCommand,
  tree: string,
  tag: string,
  signal: AbortSignal,
  modules: GateModules,
): Promise<GateEnd> {
  const { argv, environment: names = [], timeoutMs = GATE_TIMEOUT_MS_DEFAULT } = gate;
  const [word, ...args] = argv;
  const unusable = (why: string) =>
    new FolderError("MERGE_GATE_UNUSABLE", `${word} cannot be started: ${why}`, { program: word });
  const program = await findProgram(word, modules.environment.PATH ?? PATH_DEFAULT);
  if (program === undefined) throw unusable("there is no such program");
  const scratch = await createScratch(modules.scratchFolder);
  const startedAt = performance.now();
  try {
    await using input = await open("/dev/null", "r");
    const end = await modules.runGuarded({
      program,
      args,
      environment: agentEnvironment(modules.environment, names, scratch, tag),
      workFolder: tree,
      scratchFolder: scratch.folder,
      inputDescriptor: input.fd,
      tag,
      limits: GATE_CONFINEMENT,
      layers: 0,
      timeoutMs,
      outputBytesMax: GATE_PRINTED_BYTES_MAX,
      signal,
      onOutput: () => {},
    });
    if (end.reason === "notStarted") throw unusable(end.errorCode ?? "the machine refuses");
    const tail = Buffer.concat([end.output, end.stderrTail]).subarray(-GATE_OUTPUT_BYTES_MAX);
    return {
      reason: end.reason,
      exitCode: end.exitCode,
      durationMs: Math.round(performance.now() - startedAt),
      outputTail: tail.toString("utf8"),
    };
  } finally {
    // Usually the guard has done so.
    removeFolder(scratch.folder);
  }
}
