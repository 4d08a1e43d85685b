import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { zeroHash } from "viem";
import type { Clock } from "../chain/clock.ts";
import type { Blobs, ChronicleChain, ExecutionFacts, ThreadPost, Threads } from "./ports.ts";
import { retryDelayMs } from "./retries.ts";

/** First pause before a post is tried again: a cluster that opens takes that long. Milliseconds. */
export const POST_RETRY_MS_MIN = 500;
/** Longest such pause. Milliseconds. */
export const POST_RETRY_MS_MAX = 60_000;
/** Tries of one post, with pauses some ten minutes: a node that is let into a cluster by then still tells what it did. */
export const POST_TRIES_MAX = 16;

export interface ChronicleModules {
  readonly chain: ChronicleChain;
  readonly blobs: Pick<Blobs, "get">;
  readonly threads: Threads;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Writes into the thread of an execution what was said in it: each accepted output by the node of its completion, and the
 * request by the node that answered the first task. So the cluster's nodes write everything once without talking about it.
 * It holds nothing that matters: after a restart it goes through what the chain still shows, and what stands there stays.
 */
export interface Chronicle {
  start(): void;
  /** Posts nothing any more; answers when nothing is on its way. */
  stop(): Promise<void>;
  /** Posts that stand in a thread, those of an earlier life among them, and such as were given up. */
  counts(): { readonly posted: number; readonly failed: number };
}

/** What is to be posted; its agent is looked up when it is. */
type Post = { readonly kind: "request" } | { readonly kind: "output"; readonly task: number };

export function createChronicle(
  options: { /** This node. */ readonly node: bigint },
  modules: ChronicleModules,
): Chronicle {
  const { chain, blobs, threads, clock, logger } = modules;
  /** Executions of which something of this node's may have to be posted: at most as many as the chain remembers. */
  const open = new Set<bigint>();
  /** Posts that were made or given up, of those. */
  const done = new Map<bigint, Set<string>>();
  const failures = new Map<string, { readonly count: number; readonly atMs: number }>();
  const counts = { posted: 0, failed: 0 };
  let end: () => void = () => undefined;
  let cancel: () => void = () => undefined;
  let working: Promise<void> | undefined;
  let isDue = false;
  let isStopped = false;

  function note(id: bigint): void {
    const facts = chain.execution(id);
    if (facts !== undefined && facts.thread !== zeroHash && ownOf(facts).length > 0) open.add(id);
  }

  /** Accepted completions of this node, in the order of the tasks. */
  function ownOf({ completed }: ExecutionFacts) {
    return [...completed].filter(([, { node }]) => node === options.node).sort(([a], [b]) => a - b);
  }

  function look(): void {
    isDue = true;
    if (isStopped || open.size === 0) return;
    working ??= loop().finally(() => {
      working = undefined;
      // What came while the last round ended.
      if (isDue) look();
    });
  }

  async function loop(): Promise<void> {
    while (isDue && !isStopped) {
      isDue = false;
      cancel();
      const waits: number[] = [];
      for (const id of [...open]) {
        if (isStopped) return;
        const waitMs = await tell(id);
        if (waitMs !== undefined) waits.push(waitMs);
      }
      if (waits.length > 0) cancel = clock.after(Math.min(...waits), look);
    }
  }

  /** Posts what is due of an execution. @returns when to try again what could not be posted, in milliseconds from now */
  async function tell(id: bigint): Promise<number | undefined> {
    const facts = chain.execution(id);
    const own = facts === undefined ? [] : ownOf(facts);
    // Forgotten, or a reorganisation took it.
    if (facts === undefined || own.length === 0) return forget(id);
    const posts = own.filter(([, { settled }]) => settled).flatMap(([task]) => postsOf(task));
    const left = posts.filter((post) => done.get(id)?.has(keyOf(post)) !== true);
    const waits: number[] = [];
    for (const post of left) {
      const waitMs = waitOf(id, post) || (await tryPost(facts, post));
      // What comes after it waits, so that a node's own posts are in order.
      if (waitMs > 0) {
        waits.push(waitMs);
        break;
      }
    }
    const isTold = waits.length === 0 && own.every(([, { settled }]) => settled);
    if (!facts.running && isTold) forget(id);
    return waits[0];
  }

  function forget(id: bigint): undefined {
    open.delete(id);
    done.delete(id);
    for (const key of failures.keys()) if (key.startsWith(`${id} `)) failures.delete(key);
  }

  const waitOf = (id: bigint, post: Post) =>
    Math.max(0, (failures.get(`${id} ${keyOf(post)}`)?.atMs ?? 0) - clock.monotonicMs());

  /** @returns 0, or after how many milliseconds to try again */
  async function tryPost(facts: ExecutionFacts, post: Post): Promise<number> {
    const { id } = facts;
    const key = `${id} ${keyOf(post)}`;
    const conclude = (outcome: "posted" | "failed") => {
      counts[outcome] += 1;
      failures.delete(key);
      done.set(id, (done.get(id) ?? new Set()).add(keyOf(post)));
      return 0;
    };
    try {
      const bytes = await bytesOf(facts, post);
      const isPosted = bytes !== undefined && (await threads.post(await postOf(facts, post, bytes)));
      if (!isPosted)
        logger.debug({ execution: id, ...post }, "not in its thread: it is not here, or no text");
      return conclude(isPosted ? "posted" : "failed");
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      const count = (failures.get(key)?.count ?? 0) + 1;
      const { code, message: reason } = error;
      logger.debug({ execution: id, ...post, code, reason }, "could not be posted to its thread");
      if (!isRetryable(error) || count >= POST_TRIES_MAX) return conclude("failed");
      const delayMs = retryDelayMs(count, POST_RETRY_MS_MIN, POST_RETRY_MS_MAX);
      failures.set(key, { count, atMs: clock.monotonicMs() + delayMs });
      return delayMs;
    }
  }

  async function bytesOf(facts: ExecutionFacts, post: Post): Promise<Uint8Array | undefined> {
    if (post.kind === "request") return facts.input ?? (await blobs.get(facts.inputDigest));
    const accepted = facts.completed.get(post.task);
    return accepted?.output ?? (accepted === undefined ? undefined : await blobs.get(accepted.outputDigest));
  }

  async function postOf(facts: ExecutionFacts, post: Post, bytes: Uint8Array): Promise<ThreadPost> {
    const { id: execution, cluster, requester: user, thread, version } = facts;
    if (post.kind === "request") return { cluster, execution, user, thread, what: post, bytes };
    const { tasks } = await chain.version(cluster, version);
    const agent = tasks[post.task]?.agent.agent;
    if (agent === undefined)
      throw new Error(`version ${version} of cluster ${cluster} has no task ${post.task}`);
    return { cluster, execution, user, thread, what: { ...post, agent }, bytes };
  }

  return {
    start() {
      end = chain.onChange((id) => {
        if (id === undefined) look();
        else note(id);
      });
      for (const id of chain.remembered()) note(id);
      look();
    },
    async stop() {
      isStopped = true;
      end();
      cancel();
      await working;
    },
    counts: () => ({ ...counts }),
  };
}

function postsOf(task: number): readonly Post[] {
  const output = { kind: "output", task } as const;
  return task === 0 ? [{ kind: "request" }, output] : [output];
}

function keyOf(post: Post): string {
  return post.kind === "request" ? "request" : String(post.task);
}
