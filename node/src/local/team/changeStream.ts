import { Readable } from "node:stream";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FileChange } from "../../agents/folders/types.ts";

/** Readers of changes at once: each has the folder's files looked at every two seconds. */
export const CHANGE_STREAMS_MAX = 16;

/** Lines of JSON about what changes in agents' folders: first `{"kind":"open"}`, then `{"kind":"changes","changes":[…]}`. */
export interface ChangeStreams {
  /**
   * @param begin Begins to watch; what is not read makes the next look wait.
   * @throws PleiadError CHANGE_STREAMS_TOO_MANY (retryable), and what `begin` throws
   */
  open(begin: (signal: AbortSignal) => Promise<AsyncIterable<readonly FileChange[]>>): Promise<Readable>;
}

export function createChangeStreams(): ChangeStreams {
  let count = 0;
  return {
    async open(begin) {
      if (count >= CHANGE_STREAMS_MAX) {
        throw new PleiadError(`${count} readers watch agents' folders already`, {
          code: "CHANGE_STREAMS_TOO_MANY",
          retryable: true,
          hint: "end one that nobody reads, and try again",
          details: { streamsMax: CHANGE_STREAMS_MAX },
        });
      }
      count += 1;
      const end = new AbortController();
      try {
        const changes = await begin(end.signal);
        return streamOf(linesOf(changes), () => {
          count -= 1;
          end.abort();
        });
      } catch (error) {
        count -= 1;
        throw error;
      }
    },
  };
}

/** What is waited for when the reader goes is called off: `Readable.from` would wait for it. */
function streamOf(lines: AsyncGenerator<string>, onEnd: () => void): Readable {
  return new Readable({
    read() {
      lines.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      onEnd();
      callback(error);
    },
  });
}

async function* linesOf(changes: AsyncIterable<readonly FileChange[]>): AsyncGenerator<string> {
  yield `${JSON.stringify({ kind: "open" })}\n`;
  for await (const batch of changes) yield `${JSON.stringify({ kind: "changes", changes: batch })}\n`;
}
