import { Readable } from "node:stream";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FileChange } from "../../agents/folders/types.ts";
import { type Speaker, tokenWrong } from "../../workspace/face/speaker.ts";

/** Folders that readers of changes have looked at, all together: each every two seconds. */
export const CHANGE_STREAMS_MAX = 48;
/** Of these, those that readers with one token have looked at: it does not take the places of all others. */
export const CHANGE_STREAMS_PER_TOKEN_MAX = 32;

/** Between two looks at whether the token of a reader still counts while nothing changes. Milliseconds. */
export const CHANGE_TOKEN_LOOK_MS = 30_000;

/** Lines of JSON about what changes in agents' folders: first `{"kind":"open"}`, then `{"kind":"changes","changes":[…]}`. */
export interface ChangeStreams {
  /**
   * Whoever reads hears nothing more once their token does not count: the stream breaks off.
   *
   * @param begin Begins to watch; what is not read makes the next look wait.
   * @param folders How many it watches. @default 1
   * @throws PleiadError CHANGE_STREAMS_TOO_MANY (retryable), and what `begin` throws
   */
  open(
    begin: (signal: AbortSignal) => Promise<AsyncIterable<readonly FileChange[]>>,
    speaker: Pick<Speaker, "id" | "isCurrent">,
    folders?: number,
  ): Promise<Readable>;
}

export function createChangeStreams(options: { readonly tokenLookMs?: number } = {}): ChangeStreams {
  const { tokenLookMs = CHANGE_TOKEN_LOOK_MS } = options;
  const counts = new Map<string, number>();
  return {
    async open(begin, speaker, folders = 1) {
      const { id } = speaker;
      const all = [...counts.values()].reduce((sum, one) => sum + one, 0);
      if (all + folders > CHANGE_STREAMS_MAX) throw tooMany(all, "readers", CHANGE_STREAMS_MAX);
      const own = counts.get(id) ?? 0;
      if (own + folders > CHANGE_STREAMS_PER_TOKEN_MAX)
        throw tooMany(own, "readers with this token", CHANGE_STREAMS_PER_TOKEN_MAX);
      counts.set(id, own + folders);
      const leave = () => {
        const left = (counts.get(id) ?? 0) - folders;
        if (left > 0) counts.set(id, left);
        else counts.delete(id);
      };
      const end = new AbortController();
      try {
        const changes = await begin(end.signal);
        // A token whose file cannot be read is none.
        const isCurrent = () => speaker.isCurrent().catch(() => false);
        const stream = streamOf(linesOf(changes, isCurrent), () => {
          leave();
          clearInterval(look);
          end.abort();
        });
        const look = setInterval(() => {
          void isCurrent().then((counts) => {
            if (!counts) stream.destroy(tokenWrong());
          });
        }, tokenLookMs);
        return stream;
      } catch (error) {
        // Of several one may fail to begin: nobody reads what the others tell.
        end.abort();
        leave();
        throw error;
      }
    },
  };
}

function tooMany(count: number, whose: string, streamsMax: number): PleiadError {
  return new PleiadError(`${count} folders of agents are watched by ${whose} already`, {
    code: "CHANGE_STREAMS_TOO_MANY",
    retryable: true,
    hint: "end one that nobody reads, and try again",
    details: { streamsMax },
  });
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

async function* linesOf(
  changes: AsyncIterable<readonly FileChange[]>,
  isCurrent: () => Promise<boolean>,
): AsyncGenerator<string> {
  yield `${JSON.stringify({ kind: "open" })}\n`;
  for await (const batch of changes) {
    if (!(await isCurrent())) throw tokenWrong();
    yield `${JSON.stringify({ kind: "changes", changes: batch })}\n`;
  }
}
