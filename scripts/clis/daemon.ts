/**
 * Stands in for the daemon: has a session with one program, and does what it is told line by line on standard input. The test
 * kills it in the middle of a turn. `daemon.ts`, with the orders `open`, `prompt`, `close` as JSON; answers as JSON lines.
 */
import { createInterface } from "node:readline";
import { pino } from "pino";
import { AgentError } from "../../node/src/agents/errors.ts";
import type { AgentSession } from "../../node/src/agents/session.ts";
import { SUBJECTS } from "./subjects.ts";

/** Longest time for one step: a large program's first start on a busy machine. */
const STEP_MS = 120_000;
const OUTPUT_BYTES_MAX = 1_000_000;

interface Orders {
  readonly do: "open" | "prompt" | "close";
  readonly subject: string;
  readonly origin: string;
  readonly scratchFolder: string;
  readonly workFolder: string;
  readonly homeFolder: string;
  readonly tag: string;
  readonly noteServer: string;
  readonly noteLog: string;
  readonly resume?: string;
  readonly text: string;
}

let session: AgentSession | undefined;
const tell = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const orders = JSON.parse(line) as Orders;
  const startedAt = performance.now();
  try {
    const result = await follow(orders);
    tell({ done: orders.do, ms: Math.round(performance.now() - startedAt), ...result });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const { code, message, details } = error;
    tell({ failed: orders.do, ms: Math.round(performance.now() - startedAt), code, message, details });
  }
}

async function follow(orders: Orders): Promise<object> {
  switch (orders.do) {
    case "open": {
      session = await open(orders);
      return { id: session.id, program: session.program };
    }
    case "prompt": {
      const turn = { text: orders.text, signal: new AbortController().signal, timeoutMs: STEP_MS };
      const { output, usage, model, stopReason } = (await session?.prompt(turn)) ?? {
        output: new Uint8Array(),
      };
      return { answer: Buffer.from(output).toString(), usage, model, stopReason, id: session?.id };
    }
    case "close":
      return (await session?.close()) ?? {};
  }
}

function open(orders: Orders): Promise<AgentSession> {
  const subject = SUBJECTS.find(({ name }) => name === orders.subject);
  if (subject === undefined) throw new Error(`no subject ${orders.subject}`);
  const driver = subject.driver(orders.origin, {
    scratchFolder: orders.scratchFolder,
    environment: process.env,
    logger: pino({ level: "warn" }, pino.destination(2)),
  });
  return driver.open({
    workFolder: orders.workFolder,
    homeFolder: orders.homeFolder,
    toolServers: [
      {
        name: "notes",
        command: process.execPath,
        args: [orders.noteServer, orders.noteLog],
        environment: { NOTE_TOKEN: "token-of-the-notes" },
      },
    ],
    tag: orders.tag,
    ...(orders.resume === undefined ? {} : { resume: orders.resume }),
    signal: new AbortController().signal,
    timeoutMs: 10 * STEP_MS,
    outputBytesMax: OUTPUT_BYTES_MAX,
    onEvent: (event) => tell({ event }),
    askPermission: async ({ options }) => {
      const option = options.find(({ kind }) => kind === "allowOnce");
      return option === undefined ? { cancelled: true } : { option: option.id };
    },
  });
}
