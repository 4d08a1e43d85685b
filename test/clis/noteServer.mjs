// A small MCP server over standard input and output, without any library: `noteServer.mjs LOG`. Its tool `note` appends a text to
// the file LOG and says which token it was started with, as an agent's own tools know the agent by its token.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [log] = process.argv.slice(2);
const tool = {
  name: "note",
  description: "Writes a note down for the other agents of the cluster.",
  inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
};

function resultOf({ method, params }) {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "notes", version: "1.0.0" },
      };
    case "tools/list":
      return { tools: [tool] };
    case "tools/call":
      appendFileSync(log, `${params.arguments?.text}\n`);
      return { content: [{ type: "text", text: `kept, token ${process.env.NOTE_TOKEN ?? "none"}` }] };
    case "ping":
      return {};
    default:
      return undefined;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") continue;
  const message = JSON.parse(line);
  if (message.method === "notifications/initialized") appendFileSync(log, "connected\n");
  if (message.id === undefined) continue;
  const result = resultOf(message);
  const error = { code: -32601, message: `no method ${message.method}` };
  const answer = result === undefined ? { error } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...answer })}\n`);
}
