import { PassThrough } from "node:stream";
import { createOutput, type Output } from "../../../../node/src/cli/output.ts";
import type { Surroundings } from "../../../../node/src/cli/surroundings.ts";

/** Surroundings that keep what is written. */
export interface FakeSurroundings extends Surroundings {
  written(): { readonly stdout: string; readonly stderr: string };
}

export interface FakeOptions {
  /** Columns of the terminal; undefined for none. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** @default a folder that is not there */
  readonly cwd?: string;
  /** What standard input holds. @default nothing */
  readonly input?: string | Uint8Array;
}

/** Surroundings for a test in this process. */
export function fakeSurroundings(options: FakeOptions = {}): FakeSurroundings {
  const { columns, env = {}, cwd = "/nowhere", input = "" } = options;
  const texts = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({
    write(text: string) {
      texts[name] += text;
      return true;
    },
    ...(columns === undefined ? {} : { isTTY: true, columns }),
  });
  return {
    env,
    cwd,
    stdin: new PassThrough().end(input),
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    result: { exitCode: 0 },
    stopSignal: () => new AbortController().signal,
    written: () => ({ ...texts }),
  };
}

/** An output and what it wrote. */
export function fakeOutput(options: FakeOptions & { readonly isJson?: boolean } = {}): {
  readonly output: Output;
  readonly around: FakeSurroundings;
} {
  const around = fakeSurroundings(options);
  return { around, output: createOutput(around, { isJson: options.isJson ?? false }) };
}
