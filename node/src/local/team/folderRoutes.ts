import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { topOf } from "../../agents/folders/project.ts";
import type { Merge, ProjectFolders } from "../../agents/folders/types.ts";
import { OPERATOR_ACTS, OPERATOR_VIEWS } from "../../api/access.ts";
import type { ApiMount } from "../../api/server.ts";
import { type Authenticate, OPERATOR_SPEAKER } from "../../workspace/face/speaker.ts";
import { refusalOf, tokenOfHeaders } from "../../workspace/http/refusal.ts";
import { createDoor } from "../door.ts";
import { createChangeStreams } from "./changeStream.ts";
import {
  diffFileQuery,
  diffFilesQuery,
  diffQuery,
  FOLDER_READS_AT_ONCE_MAX,
  FOLDER_READS_WAITING_MAX,
  FOLDERS_WATCHED_MAX,
  folderName,
  MERGES_LISTED_MAX,
  type MergeRow,
  mergeBody,
  mergeName,
  previewQuery,
  removeQuery,
  rollbackBody,
} from "./folderSchemas.ts";
import { mergeBatches } from "./mergeBatches.ts";

export interface FolderRoutesOptions {
  /** What helpers can be given: top folders by name, as the operator wrote them. */
  readonly projects: ReadonlyMap<string, string>;
  /** The command that merges pass. */
  readonly gate: readonly string[] | undefined;
}

export interface FolderRoutesModules {
  /** Throws where the node has none. */
  readonly folders: () => ProjectFolders;
  /** Tells who asks, and who goes on listening to changes. */
  readonly authenticate: Authenticate;
}

/**
 * What an operator asks of the project folders: below `/folders`, by the operator's tokens alone, and what
 * changes something by one that may act, since a merge moves the user's branch.
 */
export function folderRoutes(
  { projects, gate }: FolderRoutesOptions,
  { folders: foldersNow, authenticate }: FolderRoutesModules,
): ApiMount {
  const streams = createChangeStreams();
  const door = createDoor({ parallelMax: FOLDER_READS_AT_ONCE_MAX, waitingMax: FOLDER_READS_WAITING_MAX });
  const speakerOf = (headers: IncomingHttpHeaders) => authenticate(tokenOfHeaders(headers));

  async function list() {
    const folders = foldersNow();
    const names = new Map(
      await Promise.all([...projects].map(async ([name, path]) => [await topOf(path), name] as const)),
    );
    // A copy is owned by the cluster whose helper it is of.
    const rows = folders.list().map(({ owner, ...folder }) => ({
      ...folder,
      projectName: names.get(folder.project) ?? null,
      cluster: owner ?? null,
      branch: `pleiad/${folder.agent}`,
      ...folders.notices(folder.agent),
    }));
    return {
      projects: [...projects.keys()],
      gate: gate ?? null,
      folders: rows,
      merges: rowsOf(folders.listMerges()),
    };
  }

  return {
    // The page asks, merges, rolls back and removes. Whose token it is, is the API's to check.
    paths: ["/folders"],
    add(app) {
      answerRefusals(app);
      const route = routeOf(app);
      route("GET", "/folders", list);
      route("GET", "/folders/changes", async ({ headers }) => {
        const folders = foldersNow();
        const isAtWork = (agent: string) => folders.notices(agent).activity === "working";
        const agents = folders
          .list()
          .map(({ agent }) => agent)
          .sort((a, b) => Number(isAtWork(b)) - Number(isAtWork(a)))
          .slice(0, FOLDERS_WATCHED_MAX);
        return streams.open(
          async (signal) =>
            mergeBatches(await Promise.all(agents.map((agent) => folders.watch(agent, signal))), signal),
          await speakerOf(headers),
          Math.max(1, agents.length),
        );
      });
      route("GET", "/folders/merges/:id", async ({ params }) => {
        const { id } = mergeName.parse(params);
        const folders = foldersNow();
        const gateOutput = folders.gateOutput(id);
        return { ...folders.getMerge(id), ...(gateOutput === undefined ? {} : { gateOutput }) };
      });
      route("POST", "/folders/merges/:id/stop", async ({ params }) => {
        foldersNow().stopMerge(mergeName.parse(params).id);
        return { done: true };
      });
      route("GET", "/folders/:agent/checkpoints", async ({ params }, signal) => {
        const { agent } = folderName.parse(params);
        return { checkpoints: await door(() => foldersNow().listCheckpoints(agent), signal) };
      });
      route("GET", "/folders/:agent/diff", async ({ params, query }, signal) => {
        const { agent } = folderName.parse(params);
        const asked = known(diffQuery.parse(query));
        return door(() => foldersNow().diff(agent, asked), signal);
      });
      route("GET", "/folders/:agent/diff/files", async ({ params, query }, signal) => {
        const { agent } = folderName.parse(params);
        const { limit, ...asked } = diffFilesQuery.parse(query);
        const diff = await door(() => foldersNow().listDiff(agent, known(asked)), signal);
        return { ...diff, files: diff.files.slice(0, limit) };
      });
      route("GET", "/folders/:agent/diff/file", async ({ params, query }, signal) => {
        const { agent } = folderName.parse(params);
        const { path, ...asked } = diffFileQuery.parse(query);
        return door(() => foldersNow().diffFile(agent, { ...known(asked), path }), signal);
      });
      route("GET", "/folders/:agent/changes", async ({ params, headers }) => {
        const { agent } = folderName.parse(params);
        const speaker = await speakerOf(headers);
        return streams.open((signal) => foldersNow().watch(agent, signal), speaker);
      });
      route("POST", "/folders/:agent/rollback", async ({ params, body }) =>
        foldersNow().rollback(folderName.parse(params).agent, rollbackBody.parse(body).checkpoint),
      );
      route("GET", "/folders/:agent/preview", async ({ params, query }, signal) => {
        const { agent } = folderName.parse(params);
        const { target } = previewQuery.parse(query);
        return door(() => foldersNow().preview(agent, target), signal);
      });
      route("POST", "/folders/:agent/merge", async ({ params, body, headers }, signal) => {
        const { isDetached = false, target, message } = mergeBody.parse(body ?? {});
        const { id } = await speakerOf(headers);
        const request = {
          agent: folderName.parse(params).agent,
          askedBy: id === OPERATOR_SPEAKER ? "the operator" : `token ${id}`,
          ...(target === undefined ? {} : { target }),
          ...(message === undefined ? {} : { message }),
        };
        return isDetached ? foldersNow().askMerge(request) : foldersNow().merge({ ...request, signal });
      });
      route("DELETE", "/folders/:agent", async ({ params, query }) => {
        await foldersNow().remove(folderName.parse(params).agent, {
          forget: removeQuery.parse(query).forget === "true",
        });
        return { done: true };
      });
    },
  };
}

/** What was left out is not there. */
function known<Asked extends { readonly checkpoint?: number | undefined }>({
  checkpoint,
  ...rest
}: Asked): Omit<Asked, "checkpoint"> & { readonly checkpoint?: number } {
  return checkpoint === undefined ? rest : { ...rest, checkpoint };
}

/** The newest of those that ended, and all that have not, without what may be long. */
function rowsOf(merges: readonly Merge[]): MergeRow[] {
  let ended = 0;
  return merges.flatMap(({ conflicts: _conflicts, gate, ...merge }) => {
    if (merge.state === "done") {
      ended += 1;
      if (ended > MERGES_LISTED_MAX) return [];
    }
    if (gate === undefined) return [merge];
    const { outputTail: _tail, ...end } = gate;
    return [{ ...merge, gate: end }];
  });
}

/** What is refused before a route is reached, as a wrong token, is worded as what is refused in it; a bug goes on to the API. */
function answerRefusals(app: FastifyInstance): void {
  app.setErrorHandler((error: Error, _request, reply) => {
    const refused = error instanceof z.ZodError ? invalid(error) : error;
    if (!(refused instanceof PleiadError)) throw error;
    const { status, body, headers } = refusalOf(refused);
    // What the API itself refuses, as a wrong Host, says its status.
    const { statusCode = status } = refused as { readonly statusCode?: number };
    return reply.code(statusCode).headers(headers).send(body);
  });
}

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

function routeOf(app: FastifyInstance) {
  return (
    method: "GET" | "POST" | "DELETE",
    url: string,
    answer: (asked: Asked, signal: AbortSignal) => Promise<unknown>,
  ): void => {
    app.route({
      method,
      url,
      config: { access: method === "GET" ? OPERATOR_VIEWS : OPERATOR_ACTS },
      async handler(request, reply): Promise<FastifyReply> {
        const gone = new AbortController();
        reply.raw.once("close", () => {
          if (!reply.raw.writableEnded) gone.abort();
        });
        const answered = await answer(request, gone.signal);
        if (answered instanceof Readable) reply.type("application/x-ndjson");
        return reply.send(answered);
      },
    });
  };
}

function invalid(error: z.ZodError): PleiadError {
  const [issue] = error.issues;
  return new PleiadError(`${issue?.path.join(".") ?? "the request"}: ${issue?.message ?? "is wrong"}`, {
    code: "FOLDER_REQUEST_INVALID",
    hint: "look at the names and forms of what the route takes",
  });
}
