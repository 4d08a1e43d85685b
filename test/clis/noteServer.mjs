// A small MCP server over standard input and output, as an agent's own tools are: `note` writes down what it is given.
// Arguments: the file to write to. The token comes by the environment, as with the real ones.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [log] = process.argv.slice(2);
const tool = {
  name: "note",
  description: "Writes a note down for the other agents of the cluster.",
  inputSchema: {
    type: "object",
    properties: { key: { type: "string" }, value: { type: "string" } },
    required: ["key", "value"],
  },
};

function write(entry) {
  appendFileSync(
    log,
    `${JSON.stringify({ ...entry, token: process.env.NOTE_TOKEN ?? null, pid: process.pid })}\n`,
  );
}

function resultOf({ method, params }) {
  switch (method) {
    case "initialize":
      write({ event: "connected", client: params.clientInfo?.name });
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "cluster", version: "1.0.0" },
      };
    case "tools/list":
      write({ event: "listed" });
      return { tools: [tool] };
    case "tools/call":
      write({ event: "called", tool: params.name, arguments: params.arguments });
      return { content: [{ type: "text", text: `noted ${params.arguments?.key}` }] };
    case "ping":
      return {};
    default:
      return undefined;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") continue;
  const message = JSON.parse(line);
  if (message.id === undefined) continue;
  const result = resultOf(message);
  const answer =
    result === undefined ? { error: { code: -32601, message: `no method ${message.method}` } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...answer })}\n`);
}
