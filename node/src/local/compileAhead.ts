import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { hasStripped } from "./nodeProcess.mjs";

/** The program that `pleiad` starts. */
export const PLEIAD_PROGRAM = fileURLToPath(new URL("../../bin/pleiad.mjs", import.meta.url));

/** Code of the daemon that is compiled while something else is waited for. */
export interface CompileAhead {
  /** Resolves when it is done. That it failed is told by the daemons, which meet the same. */
  readonly done: Promise<void>;
  /** Ends it. */
  stop(): Promise<void>;
}

/**
 * After an update each of three daemons would compile the same code, all at once. Where this process found its own code
 * not compiled yet, one process compiles the daemon's ahead of them.
 */
export function compileAhead(): CompileAhead {
  if (!hasStripped()) return { done: Promise.resolve(), stop: async () => {} };
  const child = execFile(process.execPath, [PLEIAD_PROGRAM, "node", "start", "--help"]);
  const done = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    done,
    stop() {
      child.kill("SIGKILL");
      return done;
    },
  };
}
