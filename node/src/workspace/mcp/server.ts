import { McpServer } from "@modelcontextprotocol/server";
import { addClusterTools } from "./clusterTools.ts";
import type { McpContext } from "./context.ts";
import { addOperatorTools } from "./operatorTools.ts";
import { addPrompts } from "./prompts.ts";
import { addResources } from "./resources.ts";
import { addTools } from "./tools.ts";
import { SERVER_INSTRUCTIONS } from "./toolTexts.ts";

/** Adds to a server what only tests have. */
export type AddFixtures = (server: McpServer) => void;

/** A server for one speaker: of a session, or of a single request. */
export function createMcpServer(context: McpContext, addFixtures?: AddFixtures): McpServer {
  const server = new McpServer(
    { name: "pleiad", title: "Pleiad workspace", version: context.version },
    {
      capabilities: { resources: { subscribe: true }, ...(addFixtures === undefined ? {} : { logging: {} }) },
      instructions: SERVER_INSTRUCTIONS,
    },
  );
  addTools(server, context);
  addClusterTools(server, context);
  addOperatorTools(server, context);
  addResources(server, context);
  addPrompts(server, context);
  addFixtures?.(server);
  return server;
}
