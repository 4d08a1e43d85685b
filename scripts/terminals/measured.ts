/**
 * The measured process: a daemon's API with one terminal. `measured.ts SCRATCH`; tells its parent `{url}`, runs a program for each
 * message `{name, program, args}` of it and answers `{name, restBytes, peakBytes}`, the resident memory before and the highest during it.
 */

import { pino } from "pino";
import { launchAgent } from "../../node/src/agents/launch.ts";
import { programSource } from "../../node/src/agents/terminals/programSource.ts";
import { createTerminals } from "../../node/src/agents/terminals/terminals.ts";
import { startApi } from "../../node/src/api/server.ts";
import { confinementSchema } from "../../node/src/config/service.ts";
import type { FaceWorkspace, Speaker } from "../../node/src/workspace/face/speaker.ts";
import { mountWorkspace } from "../../node/src/workspace/http/mount.ts";

const SAMPLE_MS = 5;
const CLUSTER = 1n;
const TIMEOUT_MS = 300_000;
const [scratchFolder = ""] = process.argv.slice(2);
const logger = pino({ level: "warn" });
const terminals = createTerminals({ logger });
const operator: Speaker = {
  id: "operator",
  credential: { kind: "node" },
  role: "operate" as const,
  expiresAtMs: undefined,
  isCurrent: async () => true,
};
const face = {
  workspace: () => ({ as: () => ({ readRules: async () => ({}) }) }),
  clusterOf: () => CLUSTER,
} as unknown as FaceWorkspace;
const api = await startApi(
  { host: "127.0.0.1", port: 0, token: "bench" },
  {
    ready: async () => ({ ready: true, checks: {}, warnings: [] }),
    status: async () => ({}),
    jobs: async () => [],
    execution: async () => ({}),
    putBlob: async () => "0x",
    getBlob: async () => new Uint8Array(),
    metrics: async () => "",
    mounts: [
      {
        paths: ["/workspace"],
        add: (app) =>
          mountWorkspace(
            app,
            {},
            { face, authenticate: async () => operator, version: "0.0.0", logger, terminals },
          ),
      },
    ],
    logger,
  },
);
const stop = new AbortController();
process.on(
  "message",
  async (message: { name?: string; program?: string; args?: readonly string[]; stop?: true }) => {
    if (message.stop === true) {
      stop.abort();
      await terminals.stop();
      await api.stop();
      process.disconnect();
      return;
    }
    const { name = "", program = "", args = [] } = message;
    const size = { columns: 100, rows: 30 };
    const agent = await launchAgent(
      { scratchFolder, environment: process.env, logger },
      {
        environmentNames: [],
        confinement: confinementSchema.parse({ sandbox: "none" }),
        terminal: size,
        command: async () => ({ program, args }),
        tag: `bench-terminal-${process.pid}:${name}`,
        timeoutMs: TIMEOUT_MS,
        signal: stop.signal,
      },
    );
    const terminal = await terminals.open({ cluster: CLUSTER, name, source: programSource(agent), size });
    process.send?.({ name, isOpen: true });
    globalThis.gc?.();
    const restBytes = process.memoryUsage.rss();
    let peakBytes = restBytes;
    const timer = setInterval(() => {
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    }, SAMPLE_MS);
    await terminal.ended;
    clearInterval(timer);
    process.send?.({ name, restBytes, peakBytes });
  },
);
process.send?.({ url: api.url });
