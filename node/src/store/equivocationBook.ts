import { z } from "zod";
import {
  EQUIVOCATIONS_CLOSED_KEPT,
  EQUIVOCATIONS_OPEN_MAX,
  EQUIVOCATIONS_OPEN_PER_NODE_MAX,
  type Equivocation,
  type EquivocationBook,
  type EquivocationKey,
} from "../chain/equivocations.ts";
import { FAILURE_MESSAGE_CHARS_MAX } from "../chain/journal.ts";
import { bigintSchema, decodeRecord, encodeRecord, signedSchema } from "./codec.ts";
import type { Draft, Records } from "./records.ts";

/** Open and closed ones lie apart, so that what is to be done is found without reading what is over. */
const OPEN = "equivocation/open/";
const CLOSED = "equivocation/closed/";

/** 256 bits and 16 bits in hex. */
const ID_DIGITS = 64;
const TASK_DIGITS = 4;

const equivocationSchema = z.object({
  node: bigintSchema,
  execution: bigintSchema,
  task: z.number().int().nonnegative(),
  a: signedSchema,
  b: signedSchema,
  foundAtMs: z.number().int().nonnegative(),
  end: z.string().nullable(),
}) satisfies z.ZodType<Equivocation>;

function pathOf({ node, execution, task }: EquivocationKey): string {
  const [a, b] = [node, execution].map((id) => id.toString(16).padStart(ID_DIGITS, "0"));
  return `${a}/${b}/${task.toString(16).padStart(TASK_DIGITS, "0")}`;
}

/** The book over records. @param options.now Unix milliseconds. @default Date.now */
export function createEquivocationBook(
  options: { readonly now?: (() => number) | undefined },
  modules: { readonly records: Records },
): EquivocationBook {
  const { now = Date.now } = options;
  const { records } = modules;

  /** Those below a prefix, the oldest first. */
  async function all(prefix: string): Promise<Equivocation[]> {
    const found: Equivocation[] = [];
    for await (const [key, payload] of records.entries(prefix)) {
      found.push(decodeRecord(key, equivocationSchema, payload));
    }
    return found.sort((a, b) => a.foundAtMs - b.foundAtMs);
  }

  function drop(draft: Draft, prefix: string, kept: readonly Equivocation[], max: number): void {
    for (const one of kept.slice(0, Math.max(0, kept.length - max))) draft.delete(prefix + pathOf(one));
  }

  return {
    keep: (a, b) =>
      records.update(
        async (draft) => {
          const { node, execution, task } = a.completion;
          const path = pathOf({ node, execution, task });
          if ((await draft.get(OPEN + path)) !== undefined) return false;
          if ((await draft.get(CLOSED + path)) !== undefined) return false;
          const open = await all(OPEN);
          if (open.filter((one) => one.node === node).length >= EQUIVOCATIONS_OPEN_PER_NODE_MAX) return false;
          drop(draft, OPEN, open, EQUIVOCATIONS_OPEN_MAX - 1);
          const kept = { node, execution, task, a, b, foundAtMs: now(), end: null };
          draft.put(OPEN + path, encodeRecord(equivocationSchema, kept));
          return true;
        },
        { flush: true },
      ),
    open: () => all(OPEN),
    close: (key, reason) =>
      records.update(
        async (draft) => {
          const path = pathOf(key);
          const payload = await draft.get(OPEN + path);
          if (payload === undefined) return;
          const open = decodeRecord(OPEN + path, equivocationSchema, payload);
          drop(draft, CLOSED, await all(CLOSED), EQUIVOCATIONS_CLOSED_KEPT - 1);
          const closed = { ...open, end: reason.slice(0, FAILURE_MESSAGE_CHARS_MAX) };
          draft.delete(OPEN + path);
          draft.put(CLOSED + path, encodeRecord(equivocationSchema, closed));
        },
        { flush: true },
      ),
  };
}
