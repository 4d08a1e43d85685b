import { defineEndpoint } from "@pleiad/sdk/workspace/endpoint";
import { contextValueSchema } from "@pleiad/sdk/workspace/endpoints/context";
import { SPAWN_JOB } from "@pleiad/sdk/workspace/endpoints/jobs";
import { z } from "zod";
import { WAIT_SECONDS_MAX } from "../face/limits.ts";
import { bindOperation, type FaceAnswer } from "../face/operation.ts";
import { watchChanges } from "../face/speaker.ts";
import type { ContextValue, Job } from "../types.ts";
import type { ToolContext } from "./catalogue.ts";
import type { ToolCall } from "./waiting.ts";

const waitSeconds = z.int().min(1).max(WAIT_SECONDS_MAX);

/** As the endpoint of that name, and the tool may wait for the answer. */
export const SPAWN_JOB_TOOL = defineEndpoint({
  ...SPAWN_JOB,
  input: SPAWN_JOB.input.extend({
    waitSeconds: waitSeconds.optional().meta({
      description: `Wait so long for the answer, at most ${WAIT_SECONDS_MAX}; left out: do not wait.`,
    }),
  }),
});

/** A tool alone: whoever uses HTTP opens a stream of events. */
export const WATCH_CONTEXT_TOOL = defineEndpoint({
  name: "watch_context",
  method: "GET",
  path: "context/watch",
  summary: "Wait until a value of the whiteboard is written",
  input: z.strictObject({
    prefix: z.string().max(128).optional().meta({ description: "All keys when left out." }),
    waitSeconds: waitSeconds.default(60).meta({ description: `At most ${WAIT_SECONDS_MAX}.` }),
  }),
  output: z.object({ values: z.array(contextValueSchema) }),
});

/** Hands a job on and, where the caller wants it, waits until it has an end or the time is over. */
export function spawnJobAndWait(context: ToolContext, call: ToolCall, input: unknown): Promise<FaceAnswer> {
  return bindOperation(SPAWN_JOB_TOOL, async (workspace, { waitSeconds: seconds, ...options }) => {
    if (seconds === undefined) return { job: await workspace.spawnJob(options) };
    return context.waits.run(call, `the job for ${options.to}`, async ({ cancelled, progress }) => {
      const looked = looksAtChanges(context, "jobs");
      try {
        const spawned = await workspace.spawnJob(options);
        const untilMs = performance.now() + seconds * 1_000;
        let job = spawned;
        while (job.state === "queued" || job.state === "running") {
          if (!(await looked.next(untilMs - performance.now(), cancelled))) break;
          job = (await find(spawned, () => workspace.listJobs({ whose: "spawned", limit: 200 }))) ?? job;
          progress(`job for ${options.to}: ${job.state}`);
        }
        return { job };
      } finally {
        looked.end();
      }
    });
  }).run(context.operations(), input);
}

/** Waits until a value is written, or the time is over. */
export function watchContext(context: ToolContext, call: ToolCall, input: unknown): Promise<FaceAnswer> {
  return bindOperation(WATCH_CONTEXT_TOOL, (workspace, { prefix, waitSeconds: seconds }) =>
    context.waits.run(call, "the whiteboard", async ({ cancelled }) => {
      const values: ContextValue[] = [];
      const heard = Promise.withResolvers<void>();
      const end = workspace.watchContext(prefix === undefined ? {} : { prefix }, {
        onValue(value) {
          values.push(value);
          heard.resolve();
        },
        onEnd: heard.reject,
      });
      try {
        await inTime(heard.promise, seconds * 1_000, cancelled);
        return { values };
      } finally {
        end();
      }
    }),
  ).run(context.operations(), input);
}

async function find(spawned: Job, list: () => Promise<readonly Job[]>): Promise<Job | undefined> {
  return (await list()).find(({ id }) => id === spawned.id);
}

/** Changes of one view, each once: one that comes while nobody waits is found at the next waiting. */
function looksAtChanges({ face, speaker }: ToolContext, view: string) {
  let hasChanged = false;
  let failed: Error | undefined;
  let wake: (() => void) | undefined;
  const tell = () => {
    hasChanged = true;
    wake?.();
  };
  const end = watchChanges(face, speaker, undefined, {
    onChange: (change) => {
      if (change.view === view || change.view === "all") tell();
    },
    onEnd(reason) {
      failed = reason;
      tell();
    },
  });
  return {
    end,
    /** False when the time is over. Rejects when the speaker may see it no more, or wants no answer. */
    async next(timeMs: number, cancelled: Promise<never>): Promise<boolean> {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      if (!hasChanged) await inTime(promise, timeMs, cancelled);
      if (failed !== undefined) throw failed;
      const had = hasChanged;
      hasChanged = false;
      return had;
    },
  };
}

/** Ends when the promise does, or the time is over, whichever is first. */
async function inTime(promise: Promise<void>, timeMs: number, cancelled: Promise<never>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, timeMs));
  });
  try {
    await Promise.race([promise, over, cancelled]);
  } finally {
    clearTimeout(timer);
  }
}
