import { fileURLToPath } from "node:url";
import type { SessionEnd } from "../../../../node/src/agents/session.ts";
import { agentTag } from "../../../../node/src/agents/tag.ts";
import { fakeDriver } from "./fixtures.ts";

const noteServer = fileURLToPath(new URL("../../../fixtures/noteServer.mjs", import.meta.url));

/** Where a session is kept, and what it is called. */
export interface BusySession {
  readonly scratchFolder: string;
  readonly tagPrefix: string;
  readonly name: string;
  /** A file for the notes of its tool. */
  readonly log: string;
  /** Ends it. @default nothing does */
  readonly signal?: AbortSignal;
}

/**
 * A session with a tool and two children, one of which left its group, in a turn that does not end. Settles when it is over, in
 * whatever way.
 */
export async function keepBusy({
  scratchFolder,
  tagPrefix,
  name,
  log,
  signal = new AbortController().signal,
}: BusySession): Promise<SessionEnd["why"] | "not opened"> {
  const turn = { signal: new AbortController().signal, timeoutMs: 60_000 };
  try {
    const session = await fakeDriver(scratchFolder).open({
      toolServers: [{ name: "notes", command: process.execPath, args: [noteServer, log], environment: {} }],
      tag: agentTag(tagPrefix, name),
      signal,
      timeoutMs: 60_000,
      outputBytesMax: 10_000,
      onEvent: () => {},
      askPermission: async () => ({ cancelled: true }),
    });
    // What ended the turn is the session's end, which is what counts.
    const over = session
      .prompt({ ...turn, text: "children" })
      .then(() => session.prompt({ ...turn, text: "hang" }));
    await over.catch(() => {});
    return (await session.ended).why;
  } catch {
    return "not opened";
  }
}
