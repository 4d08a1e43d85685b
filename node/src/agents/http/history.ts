import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { errnoOf, makeFolder, removeHalfWritten, writeFileAtomic } from "../../config/files.ts";
import type { HttpServiceConfig } from "../../config/service.ts";
import { AgentError } from "../errors.ts";
import { isSystemError } from "../systemError.ts";
import type { PastRound, PastTurn, Round } from "./modelApi.ts";

/** Turns of a session that its model is told again: more is a longer past than a model heeds. */
export const PAST_TURNS_MAX = 64;
/** The same in bytes of JSON: about a quarter of a million tokens, the most that usual models read. */
export const PAST_BYTES_MAX = 1_048_576;
/** A session's file: a past of that size, and one turn more than fits. Bytes. */
const FILE_BYTES_MAX = 33_554_432;

const answerSchema = z.object({ text: z.string(), isError: z.boolean().optional() });
const roundSchema = z.object({
  reply: z.object({ told: z.unknown(), calls: z.array(z.object({ id: z.string() })) }),
  answers: z.array(answerSchema),
});
const fileSchema = z.object({
  format: z.literal("pleiad-http-session-1"),
  /** In whose form the rounds are. */
  api: z.enum(["chat", "responses", "anthropic"]),
  turns: z.array(z.object({ user: z.string(), rounds: z.array(roundSchema), answer: z.string() })),
});

/** What a session over HTTP was told and said: the server keeps nothing. */
export interface History {
  /** By which the session is resumed. */
  readonly id: string;
  turns(): readonly PastTurn[];
  /** A turn is over: it is on disk when this settles, where there is a folder. */
  add(turn: {
    readonly user: string;
    readonly rounds: readonly Round[];
    readonly answer: string;
  }): Promise<void>;
}

/**
 * Opens the history of a new session, or of one to go on with. What the model called in a turn is kept in the form of its API; where the
 * service speaks another one by now, texts alone are told again.
 *
 * @param options.folder where it is kept; undefined: it goes with the session
 * @throws AgentError AGENT_SESSION_LOST
 */
export async function openHistory(options: {
  readonly api: HttpServiceConfig["api"];
  readonly folder: string | undefined;
  readonly resume: string | undefined;
}): Promise<History> {
  const { api, folder, resume } = options;
  const id = resume ?? randomUUID();
  // Each session has the folder for itself, and what a crash left there would count as the agent's.
  if (folder !== undefined) await removeHalfWritten(folder);
  let turns = resume === undefined ? [] : await read(resume, folder, api);
  return {
    id,
    turns: () => turns,
    async add({ user, rounds, answer }) {
      turns = bounded([...turns, { user, rounds: rounds.map(pastOf), answer }]);
      if (folder === undefined) return;
      await written(
        pathOf(folder, id),
        `${JSON.stringify({ format: "pleiad-http-session-1", api, turns })}\n`,
      );
    },
  };
}

/** What of a round is told again. */
function pastOf({ reply, answers }: Round): PastRound {
  return { reply: { told: reply.told, calls: reply.calls.map(({ id }) => ({ id })) }, answers };
}

/**
 * As much as is told again. First the calls of the oldest turns go, then those turns themselves; the first one stays, since it says who
 * the agent is, and the last one.
 */
export function bounded(all: readonly PastTurn[]): PastTurn[] {
  let turns = [...all];
  const isTooMuch = (): boolean => Buffer.byteLength(JSON.stringify(turns)) > PAST_BYTES_MAX;
  for (let at = 0; at < turns.length - 1 && isTooMuch(); at += 1)
    turns = turns.map((turn, index) => (index === at ? { ...turn, rounds: [] } : turn));
  while (turns.length > 2 && (turns.length > PAST_TURNS_MAX || isTooMuch())) turns.splice(1, 1);
  const last = turns.at(-1);
  if (last !== undefined && isTooMuch()) turns[turns.length - 1] = { ...last, rounds: [] };
  return turns;
}

async function read(
  id: string,
  folder: string | undefined,
  api: HttpServiceConfig["api"],
): Promise<PastTurn[]> {
  if (folder === undefined || !/^[0-9a-f-]{36}$/.test(id)) throw lost(id);
  const text = await readFile(pathOf(folder, id), "utf8").catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") throw lost(id);
    throw error;
  });
  const parsed = text.length > FILE_BYTES_MAX ? undefined : fileSchema.safeParse(jsonOf(text)).data;
  if (parsed === undefined) throw lost(id);
  const turns = parsed.turns as PastTurn[];
  return parsed.api === api ? turns : turns.map((turn) => ({ ...turn, rounds: [] }));
}

/** A turn that is not kept would be forgotten by whoever goes on with the session. @throws AgentError AGENT_START_FAILED */
async function written(path: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeFileAtomic(path, text);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new AgentError("AGENT_START_FAILED", `the machine does not keep the session: ${error.code}`, {
      details: { errorCode: error.code },
      cause: error,
    });
  }
}

function pathOf(folder: string, id: string): string {
  return join(folder, `http-session-${id}.json`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lost(id: string): AgentError {
  return new AgentError(
    "AGENT_SESSION_LOST",
    `there is no session ${id.slice(0, 80)} of a model over HTTP here`,
    {
      details: { resume: id.slice(0, 80) },
    },
  );
}
