import type { Readable } from "node:stream";
import type { GuardedExit, GuardedProcess } from "./guardedProcess.ts";

/** What to collect of a guarded program's output. */
export interface Collecting {
  readonly outputBytesMax: number;
  /** All that it may write to standard error, of which the end is kept. @default as much as it likes */
  readonly errorBytesMax?: number;
  /** What may stop the program; once it did, too much output is no reason any more. */
  readonly signal: AbortSignal;
  /** Called with the bytes of output so far. */
  readonly onOutput: (outputBytes: number) => void;
}

/** How a guarded run ended. */
export interface GuardedEnd extends Omit<GuardedExit, "reason"> {
  /** As for any guarded program; `tooLarge`: it was ended because it printed too much. */
  readonly reason: GuardedExit["reason"] | "tooLarge";
  /** At most `outputBytesMax` bytes of standard output. */
  readonly output: Uint8Array;
}

/** Collects what a program prints, ends it when that is too much, and waits until nothing of its group is left. */
export async function collectGuarded(
  agent: Pick<GuardedProcess, "stdout" | "stderr" | "stop" | "ended">,
  { outputBytesMax, errorBytesMax, signal, onOutput }: Collecting,
): Promise<GuardedEnd> {
  let isTooLarge = false;
  const onTooLarge = (): void => {
    if (isTooLarge || signal.aborted) return;
    isTooLarge = true;
    agent.stop();
  };
  const bytes = collectOutput(agent.stdout, outputBytesMax, onOutput, onTooLarge);
  if (errorBytesMax !== undefined) countOutput(agent.stderr, errorBytesMax, onTooLarge);
  const end = await agent.ended;
  return { ...end, reason: isTooLarge ? "tooLarge" : end.reason, output: bytes() };
}

function countOutput(stderr: Readable, bytesMax: number, onTooLarge: () => void): void {
  let count = 0;
  stderr.on("data", (chunk: Buffer) => {
    count += chunk.length;
    if (count > bytesMax) onTooLarge();
  });
}

/** @returns what came, at most as much as is allowed */
function collectOutput(
  stdout: Readable,
  bytesMax: number,
  onOutput: (outputBytes: number) => void,
  onTooLarge: () => void,
): () => Uint8Array {
  const chunks: Buffer[] = [];
  let kept = 0;
  let count = 0;
  stdout.on("data", (chunk: Buffer) => {
    count += chunk.length;
    // After the limit it reads on and throws away, so that a program is not blocked while it is told to end.
    if (count > bytesMax) {
      onTooLarge();
      return;
    }
    chunks.push(chunk);
    kept += chunk.length;
    onOutput(kept);
  });
  return () => Buffer.concat(chunks);
}
