import type { ReadStream } from "node:tty";

/** A stream that a command writes to: a terminal, a pipe or a file. */
export interface TextSink {
  write(text: string): boolean;
  /** True for a terminal alone. */
  readonly isTTY?: boolean;
  /** Width of the terminal, in characters. */
  readonly columns?: number;
}

/** Everything a command sees of the process that it runs in, so that a test can hand it something else. */
export interface Surroundings {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd: string;
  readonly stdin: ReadStream | NodeJS.ReadableStream;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** What the process will end with. */
  readonly result: { exitCode: number };
  /** Aborted by the first Ctrl-C or SIGTERM; asking for it is what makes the process listen to them. */
  readonly stopSignal: () => AbortSignal;
}
