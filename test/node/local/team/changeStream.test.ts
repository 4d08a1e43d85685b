import type { Readable } from "node:stream";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { FileChange } from "../../../../node/src/agents/folders/types.ts";
import {
  CHANGE_STREAMS_MAX,
  CHANGE_STREAMS_PER_TOKEN_MAX,
  createChangeStreams,
} from "../../../../node/src/local/team/changeStream.ts";

const CHANGE: FileChange = { agent: "ada", path: "a.txt", change: "added", bytes: 1 };

const SPEAKER = { id: "t", isCurrent: async () => true };
const OTHER = { ...SPEAKER, id: "u" };

/** Tells one change, and no more until its end. */
async function watched(signal: AbortSignal): Promise<AsyncIterable<readonly FileChange[]>> {
  async function* changes() {
    yield [CHANGE];
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  }
  return changes();
}

/** What was read, and the code of what broke it off. */
async function readToEnd(stream: Readable): Promise<readonly [readonly string[], string | undefined]> {
  const lines: string[] = [];
  try {
    for await (const line of stream) lines.push(String(line));
    return [lines, undefined];
  } catch (error) {
    return [lines, (error as PleiadError).code];
  }
}

describe("streams of changes in agents' folders", () => {
  it("begin with a word, tell each change in a line, and end the watching when their reader goes", async () => {
    let seen: AbortSignal | undefined;
    const stream = await createChangeStreams().open((signal) => {
      seen = signal;
      return watched(signal);
    }, SPEAKER);
    const lines: unknown[] = [];
    for await (const line of stream) {
      lines.push(JSON.parse(line));
      if (lines.length === 2) break;
    }
    expect(lines).to.deep.equal([{ kind: "open" }, { kind: "changes", changes: [CHANGE] }]);
    expect(seen?.aborted).to.equal(true);
  });

  it("break off at the next change, or by the next look, once the token of their reader counts no more", async () => {
    for (const counts of [async () => false, () => Promise.reject(new Error("EMFILE"))]) {
      const refused = await createChangeStreams().open(watched, { id: "t", isCurrent: counts });
      expect(await readToEnd(refused)).to.deep.equal([['{"kind":"open"}\n'], "TOKEN_WRONG"]);
    }
    let isRevoked = false;
    let seen: AbortSignal | undefined;
    const quiet = await createChangeStreams({ tokenLookMs: 1 }).open(
      (signal) => {
        seen = signal;
        return watched(signal);
      },
      { id: "t", isCurrent: async () => !isRevoked },
    );
    quiet.once("data", () => {
      isRevoked = true;
    });
    expect((await readToEnd(quiet))[1]).to.equal("TOKEN_WRONG");
    expect(seen?.aborted).to.equal(true);
  });

  it("are so many and no more, and some for one token; one that ends, or never begins, makes room", async () => {
    const streams = createChangeStreams();
    const open = [];
    const refused = async (speaker = SPEAKER) => {
      const error = await streams.open(watched, speaker).catch((reason: unknown) => reason);
      if (!(error instanceof PleiadError)) throw new Error("it was not refused");
      expect(error).to.include({ code: "CHANGE_STREAMS_TOO_MANY", retryable: true });
    };
    for (let at = 0; at < CHANGE_STREAMS_PER_TOKEN_MAX; at += 1)
      open.push(await streams.open(watched, SPEAKER));
    await refused();
    const left = CHANGE_STREAMS_MAX - CHANGE_STREAMS_PER_TOKEN_MAX;
    open.push(await streams.open(watched, OTHER, left));
    await refused(OTHER);
    const [first] = open;
    await new Promise((resolve) => first?.once("close", resolve).destroy());
    let unread: AbortSignal | undefined;
    const broken = await streams
      .open((signal) => {
        unread = signal;
        return Promise.reject(new Error("no folder"));
      }, SPEAKER)
      .catch((error: Error) => error.message);
    expect([broken, unread?.aborted]).to.deep.equal(["no folder", true]);
    open.push(await streams.open(watched, SPEAKER));
    await refused();
    for (const stream of open) stream.destroy();
  });
});
