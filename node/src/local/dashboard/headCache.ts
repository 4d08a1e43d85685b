import type { Door } from "../door.ts";
import { HEAD_ANSWERS_KEPT_MAX } from "./limits.ts";

/** Answers of the chain that count until the next block: however many pages look, each is asked for once a block. */
export interface HeadCache {
  /** What `read` answered for the key at this head; a failure is not kept. */
  get<Answer>(key: string, read: () => Promise<Answer>): Promise<Answer>;
  /** Forgets what counts no more though no block came. */
  clear(): void;
}

export function createHeadCache(modules: {
  readonly head: () => string | undefined;
  /** Through which all pages' questions to the chain go. */
  readonly door: Door;
}): HeadCache {
  let head: string | undefined;
  let kept = new Map<string, Promise<unknown>>();
  return {
    async get<Answer>(key: string, read: () => Promise<Answer>): Promise<Answer> {
      const now = modules.head();
      if (now !== head) kept = new Map();
      head = now;
      const there = kept.get(key) as Promise<Answer> | undefined;
      if (there !== undefined) return there;
      const asked = modules.door(read);
      const here = kept;
      here.set(key, asked);
      const [oldest] = here.keys();
      if (here.size > HEAD_ANSWERS_KEPT_MAX && oldest !== undefined) here.delete(oldest);
      asked.catch(() => here.delete(key));
      return asked;
    },
    clear() {
      kept = new Map();
    },
  };
}
