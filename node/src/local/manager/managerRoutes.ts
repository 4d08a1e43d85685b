import { PleiadError } from "@pleiad/sdk/errors";
import { wrongInput } from "@pleiad/sdk/workspace/wrongInput";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { ANYBODY_ACTS, ANYBODY_VIEWS } from "../../api/access.ts";
import type { ApiMount } from "../../api/server.ts";
import type { Manager } from "../../manager/face.ts";
import { plain } from "../../workspace/face/plain.ts";
import { type Authenticate, tokenWrong } from "../../workspace/face/speaker.ts";
import type { WatchedFeed } from "../../workspace/http/mount.ts";
import { inputOfQuery } from "../../workspace/http/query.ts";
import { bearerOf, refusalOf } from "../../workspace/http/refusal.ts";
import type { ManagerFace, ManagerPerson } from "./managerFace.ts";

export const MANAGER_PATH = "/manager";
/** A request with a goal, needs and a message. */
export const MANAGER_BODY_BYTES_MAX = 65_536;

/** What can be asked of a manager, as routes. Who asks is looked at before a body is read. */
export function managerRoutes(modules: {
  readonly face: ManagerFace;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
}): ApiMount {
  const { face, authenticate, logger } = modules;
  return {
    paths: [MANAGER_PATH],
    add(app) {
      app.register(async (plugin) => {
        const people = new WeakMap<FastifyRequest, ManagerPerson>();
        plugin.addHook("onRequest", async (request) => {
          people.set(request, face.personOf(await authenticate(bearerOf(request))));
        });
        answerErrors(plugin, logger);
        for (const { endpoint, run } of face.operations) {
          plugin.route({
            method: endpoint.method,
            url: `${MANAGER_PATH}/${endpoint.path}`,
            bodyLimit: MANAGER_BODY_BYTES_MAX,
            config: { access: endpoint.method === "GET" ? ANYBODY_VIEWS : ANYBODY_ACTS },
            async handler(request) {
              const person = people.get(request);
              if (person === undefined) throw new Error("a request came past the check of its token");
              const given =
                endpoint.method === "GET"
                  ? inputOfQuery(endpoint, request.query as Readonly<Record<string, unknown>>)
                  : (request.body ?? {});
              const checked = endpoint.input.safeParse(given);
              if (!checked.success) throw wrongInput(endpoint, checked.error);
              return plain(await run(person, checked.data));
            },
          });
        }
      });
    },
  };
}

/** Tells whoever may look that something changed; what, they read with their own right. */
export function managerFeed(modules: {
  readonly face: Pick<ManagerFace, "personOf">;
  readonly manager: () => Manager;
}): WatchedFeed {
  const { face, manager } = modules;
  return {
    path: `${MANAGER_PATH}/events`,
    requireMay(speaker) {
      face.personOf(speaker);
      manager();
    },
    of: (speaker) => ({
      opening: { kind: "open" },
      watch: (tell, end) =>
        manager().onChange(() => {
          // A token whose file cannot be read is none.
          const current = speaker.isCurrent().catch(() => false);
          void current.then((isCurrent) => {
            if (isCurrent) tell({ kind: "change" });
            else end(tokenWrong());
          });
        }),
    }),
  };
}

function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof PleiadError) {
      const { status, body, headers } = refusalOf(error);
      const { statusCode = status } = error as { readonly statusCode?: number };
      return reply.code(statusCode).headers(headers).send(body);
    }
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply
        .code(error.statusCode)
        .send({ code: "FACE_BODY_INVALID", message: error.message, hint: "send one JSON object" });
    logger.error({ err: error }, "a request met a bug");
    return reply.code(500).send({ code: "API_INTERNAL", message: "the daemon has a bug; see its log" });
  });
}
