import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { ProjectFolders } from "../../agents/folders/types.ts";
import { OPERATOR_ACTS, OPERATOR_VIEWS } from "../../api/access.ts";
import type { ApiMount } from "../../api/server.ts";
import type { Authenticate } from "../../workspace/face/speaker.ts";
import { refusalOf, tokenOfHeaders } from "../../workspace/http/refusal.ts";
import { createChangeStreams } from "./changeStream.ts";

const name = z.strictObject({ agent: z.string().max(64) });
const branch = z.string().min(1).max(1_024);
const diffQuery = z.strictObject({
  kind: z.enum(["uncommitted", "sinceCheckpoint", "committed", "all", "merged"]).default("all"),
  checkpoint: z.coerce.number().int().min(1).optional(),
});
const rollbackBody = z.strictObject({ checkpoint: z.int().min(1) });
const mergeBody = z.strictObject({
  target: branch.optional(),
  message: z.string().min(1).max(10_000).optional(),
});
const previewQuery = z.strictObject({ target: branch.optional() });
const removeQuery = z.strictObject({ forget: z.enum(["true", "false"]).default("false") });

/**
 * What an operator asks of the project folders: below `/folders`, by the operator's tokens alone, and what
 * changes something by one that may act, since a merge moves the user's branch.
 *
 * @param foldersNow throws where the node has none
 * @param projects what helpers can be given, by name
 * @param authenticate tells who goes on listening to changes
 */
export function folderRoutes(
  foldersNow: () => ProjectFolders,
  projects: readonly string[],
  authenticate: Authenticate,
): ApiMount {
  const streams = createChangeStreams();
  return {
    // Whose token it is, is the API's to check.
    paths: [],
    add(app) {
      const route = routeOf(app);
      route("GET", "/folders", async () => {
        const folders = foldersNow();
        return { projects, folders: folders.list(), merges: folders.listMerges() };
      });
      route("GET", "/folders/:agent/checkpoints", async ({ params }) => ({
        checkpoints: await foldersNow().listCheckpoints(name.parse(params).agent),
      }));
      route("GET", "/folders/:agent/diff", async ({ params, query }) => {
        const { kind, checkpoint } = diffQuery.parse(query);
        return foldersNow().diff(name.parse(params).agent, {
          kind,
          ...(checkpoint === undefined ? {} : { checkpoint }),
        });
      });
      route("GET", "/folders/:agent/changes", async ({ params, headers }) => {
        const { agent } = name.parse(params);
        const speaker = await authenticate(tokenOfHeaders(headers));
        return streams.open((signal) => foldersNow().watch(agent, signal), speaker);
      });
      route("POST", "/folders/:agent/rollback", async ({ params, body }) =>
        foldersNow().rollback(name.parse(params).agent, rollbackBody.parse(body).checkpoint),
      );
      route("GET", "/folders/:agent/preview", async ({ params, query }) =>
        foldersNow().preview(name.parse(params).agent, previewQuery.parse(query).target),
      );
      route("POST", "/folders/:agent/merge", async ({ params, body }, signal) => {
        const { target, message } = mergeBody.parse(body ?? {});
        return foldersNow().merge({
          agent: name.parse(params).agent,
          ...(target === undefined ? {} : { target }),
          ...(message === undefined ? {} : { message }),
          signal,
        });
      });
      route("DELETE", "/folders/:agent", async ({ params, query }) => {
        await foldersNow().remove(name.parse(params).agent, {
          forget: removeQuery.parse(query).forget === "true",
        });
        return { done: true };
      });
    },
  };
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
        try {
          const answered = await answer(request, gone.signal);
          if (answered instanceof Readable) reply.type("application/x-ndjson");
          return reply.send(answered);
        } catch (error) {
          const refused = error instanceof z.ZodError ? invalid(error) : error;
          if (!(refused instanceof PleiadError)) throw error;
          const { status, body } = refusalOf(refused);
          return reply.code(status).send(body);
        }
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
