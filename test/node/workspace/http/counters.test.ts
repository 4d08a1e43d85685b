import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createFaceCounters } from "../../../../node/src/workspace/face/counters.ts";
import { OUTCOMES_COUNTED_MAX } from "../../../../node/src/workspace/face/limits.ts";
import { createWorkspaceClient } from "../../../../sdk/src/workspace/createWorkspaceClient.ts";
import { watchWorkspace } from "../../../../sdk/src/workspace/watchWorkspace.ts";
import { startFaces } from "../faces.ts";
import { ALPHA } from "../support.ts";

describe("counters of the faces", () => {
  it("tell requests and tools by outcome, sessions and watchers that are open", async () => {
    const counters = createFaceCounters();
    const { api, token } = await startFaces({ counters });
    const headers = { authorization: `Bearer ${await token()}` };
    await fetch(`${api.url}/workspace/${ALPHA}/agents`, { headers });
    await fetch(`${api.url}/workspace/${ALPHA}/thread?thread=nothing`, { headers });
    await fetch(`${api.url}/workspace/${ALPHA}/agents`);
    await fetch(`${api.url}/mcp`, { method: "POST" });
    const client = new Client({ name: "test", version: "1" });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), { requestInit: { headers } }),
    );
    await client.callTool({ name: "list_agents", arguments: {} });
    await client.callTool({ name: "read_thread", arguments: { thread: "nothing" } });
    const watching = watchWorkspace(
      createWorkspaceClient({ apiUrl: api.url, token: await token(), cluster: ALPHA }),
    );
    await watching.next();
    const { requests, tools, sessions, streams } = counters.stats();
    const http = requests.filter(({ face }) => face === "http");
    expect(http).to.have.deep.members([
      { face: "http", outcome: "ok", count: 1 },
      { face: "http", outcome: "THREAD_UNKNOWN", count: 1 },
      { face: "http", outcome: "TOKEN_WRONG", count: 1 },
    ]);
    expect(requests).to.deep.include({ face: "mcp", outcome: "TOKEN_WRONG", count: 1 });
    expect(tools).to.have.deep.members([
      { tool: "list_agents", outcome: "ok", count: 1 },
      { tool: "read_thread", outcome: "THREAD_UNKNOWN", count: 1 },
    ]);
    expect({ sessions, streams }).to.deep.equal({ sessions: 1, streams: 1 });
    await watching.return();
    await client.close();
  });

  it("count a bounded number of outcomes apart, whatever codes another node refuses with", () => {
    const counters = createFaceCounters();
    for (let index = 0; index < 2 * OUTCOMES_COUNTED_MAX; index += 1)
      counters.request("http", `CODE_${index}`);
    const { requests } = counters.stats();
    expect(requests).to.have.length(OUTCOMES_COUNTED_MAX + 1);
    expect(requests.at(-1)).to.deep.equal({ face: "http", outcome: "other", count: OUTCOMES_COUNTED_MAX });
  });
});
