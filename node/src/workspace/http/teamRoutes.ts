import type { FastifyInstance, FastifyRequest } from "fastify";
import { workspaceError } from "../errors.ts";
import { plain } from "../face/plain.ts";
import type { WorkspaceOperations } from "../types.ts";
import { VIEWS } from "./access.ts";
import { aboutAgentSchema, talkQuery, talkSchema } from "./teamSchemas.ts";

/** Routes for people who look at a team: who talks with whom, and everything about one of them. */
export function addTeamRoutes(
  app: FastifyInstance,
  path: string,
  operationsOf: (request: FastifyRequest) => WorkspaceOperations,
): void {
  app.get(`${path}/talk`, { config: VIEWS }, async (request) => {
    const query = talkQuery.safeParse(request.query);
    if (!query.success) {
      throw workspaceError(
        "WORKSPACE_INPUT_INVALID",
        query.error.issues[0]?.message ?? "that is no question",
        {
          hint: "ask for ?last=2000, or leave it out",
        },
      );
    }
    return talkSchema.parse(plain(await operationsOf(request).readTalk(query.data)));
  });
  app.get(`${path}/agents/:name`, { config: VIEWS }, async (request) => {
    const { name } = request.params as { readonly name: string };
    return aboutAgentSchema.parse(plain(await operationsOf(request).aboutAgent(name)));
  });
}
