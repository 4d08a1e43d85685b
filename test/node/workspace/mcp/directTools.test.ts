import { expect } from "chai";
import { describe, it } from "mocha";
import { createDirectTools } from "../../../../node/src/workspace/mcp/directTools.ts";
import { startFaces } from "../faces.ts";
import { ALICE } from "../support.ts";

const NEVER = new AbortController().signal;

async function world(allowed?: readonly string[]) {
  const faces = await startFaces();
  const counted: string[] = [];
  const counters = { tool: (name: string, outcome: string) => void counted.push(`${name} ${outcome}`) };
  const toolsOf = async (token: string) =>
    createDirectTools({ speaker: await faces.authenticate(token), allowed }, { face: faces.face, counters });
  const { id, token } = await faces.tokens.create({ kind: "agent", agent: 1n, user: ALICE }, "test");
  return { faces, counted, id, tools: await toolsOf(token) };
}

describe("tools within the daemon", () => {
  it("are those of MCP: the same names, words, schemas and answers", async () => {
    const { faces, tools, counted } = await world();
    const headers = {
      authorization: `Bearer ${await faces.token()}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    const ask = async (method: string, params: object) => {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const answer = await fetch(new URL("/mcp", faces.api.url), { method: "POST", headers, body });
      const session = answer.headers.get("mcp-session-id");
      if (session !== null) Object.assign(headers, { "mcp-session-id": session });
      const text = await answer.text();
      return JSON.parse(text.slice(text.indexOf("{"))).result;
    };
    const clientInfo = { name: "test", version: "1" };
    await ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    const { tools: offered } = (await ask("tools/list", {})) as {
      tools: { name: string; description: string; inputSchema: Record<string, unknown> }[];
    };
    expect(tools.list().map(({ name, description }) => [name, description])).to.deep.equal(
      offered.map(({ name, description }) => [name, description]),
    );
    for (const [at, { name, parameters }] of tools.list().entries()) {
      const { $schema: _, ...inputSchema } = offered[at]?.inputSchema ?? {};
      expect(parameters, name).to.deep.equal(inputSchema);
    }
    const call = { name: "list_topics", arguments: {} };
    const { content } = await ask("tools/call", call);
    expect(await tools.call("list_topics", {}, NEVER)).to.deep.equal({
      text: content[0].text,
      isError: false,
    });
    expect(counted).to.deep.equal(["list_topics ok"]);
  });

  it("answer what is refused with a code and what to do, and check what they are given", async () => {
    const { tools, counted } = await world();
    const wrong = await tools.call("read_thread", { nothing: 1 }, NEVER);
    expect(wrong.isError).to.equal(true);
    expect(wrong.text).to.match(/^WORKSPACE_INPUT_INVALID: /);
    expect(counted).to.deep.equal(["read_thread WORKSPACE_INPUT_INVALID"]);
  });

  it("are refused once their token was taken back", async () => {
    const { faces, tools, id } = await world();
    await faces.tokens.revoke(id);
    const refused = await tools.call("list_agents", {}, NEVER);
    expect([refused.isError, refused.text.split(":")[0]]).to.deep.equal([true, "TOKEN_WRONG"]);
  });

  it("are those that are allowed, and no others", async () => {
    const { tools } = await world(["read_rules", "ping"]);
    expect(tools.list().map(({ name }) => name)).to.deep.equal(["ping", "read_rules"]);
  });

  it("wait no longer than their caller does", async () => {
    const { tools } = await world();
    const controller = new AbortController();
    const waiting = tools.call("watch_context", { waitSeconds: 600 }, controller.signal);
    controller.abort();
    expect((await waiting).text).to.match(/^CALL_CANCELLED: /);
  });
});
