import { open } from "node:fs/promises";
import { confinementSchema } from "../../config/service.ts";
import { collectGuarded, type GuardedEnd } from "../collectGuarded.ts";
import { AgentError } from "../errors.ts";
import { type DriverModules, launchAgent } from "../launch.ts";
import { exceededError } from "../sandbox/exceeded.ts";
import { FolderError } from "./errors.ts";
import { GATE_OUTPUT_BYTES_MAX, GATE_PRINTED_BYTES_MAX, GATE_TIMEOUT_MS_DEFAULT } from "./limits.ts";
import type { GateCommand, GateEnd } from "./types.ts";

/** What a gate runs on. */
export interface GateRun {
  /** Top of a checkout of the merged files. */
  readonly tree: string;
  /** What that may grow to, in bytes. */
  readonly treeBytesMax: number;
  readonly tag: string;
  readonly signal: AbortSignal;
  /** Told of what it prints, as it does. */
  readonly onPrinted: (bytes: Buffer) => void;
}

/** The limits that any service's program has. */
const CONFINEMENT_DEFAULT = confinementSchema.parse({});

/**
 * Runs the operator's gate in a folder of merged files. Those files come from agents: the gate runs what they wrote, so it is started
 * as agents are: in a private folder, with nothing of the daemon's environment that was not named, under a guard, and in the sandbox
 * where there is one.
 *
 * @throws FolderError MERGE_GATE_UNUSABLE
 */
export async function runGate(gate: GateCommand, run: GateRun, modules: DriverModules): Promise<GateEnd> {
  const { argv, environment = [], timeoutMs = GATE_TIMEOUT_MS_DEFAULT } = gate;
  const { confinement = CONFINEMENT_DEFAULT } = gate;
  const { tree, treeBytesMax, tag, signal } = run;
  const [program, ...args] = argv;
  const startedAt = performance.now();
  try {
    const agent = await launchAgent(modules, {
      environmentNames: environment,
      confinement,
      workFolder: tree,
      kept: [{ path: tree, bytesMax: treeBytesMax, what: "its checkout", key: "folders.copyBytesMax" }],
      command: async () => ({ program, args, input: await open("/dev/null", "r") }),
      tag,
      timeoutMs,
      signal,
    });
    agent.stdout.on("data", run.onPrinted);
    agent.stderr.on("data", run.onPrinted);
    const end = await collectGuarded(agent, {
      outputBytesMax: GATE_PRINTED_BYTES_MAX,
      errorBytesMax: GATE_PRINTED_BYTES_MAX,
      signal,
      onOutput: () => {},
    });
    if (end.reason === "notStarted") throw unusable(end.errorCode ?? "the machine refuses");
    return {
      reason: end.reason,
      exitCode: end.exitCode,
      durationMs: Math.round(performance.now() - startedAt),
      outputTail: tailOf(end),
      ...(end.exceeded === undefined
        ? {}
        : { exceeded: exceededError("it", end.exceeded, confinement).message }),
    };
  } catch (error) {
    // The machine, or the sandbox, has none such, or does not start it.
    if (error instanceof AgentError) throw unusable(error.message, error);
    throw error;
  }

  function unusable(why: string, cause?: unknown): FolderError {
    const message = `${program} cannot be started: ${why}`;
    return new FolderError("MERGE_GATE_UNUSABLE", message, { program }, cause);
  }
}

/** The end of all that it printed, standard error last. */
function tailOf({ output, stderrTail }: GuardedEnd): string {
  return Buffer.concat([output, stderrTail]).subarray(-GATE_OUTPUT_BYTES_MAX).toString("utf8");
}
