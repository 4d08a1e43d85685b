import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { PleiadError } from "@pleiad/sdk/errors";
import { MANAGER_EXPLAIN } from "@pleiad/sdk/manager/endpoints";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { OperatorTool } from "../../../../node/src/workspace/mcp/operatorTools.ts";
import { OPERATOR, OPERATOR_TOKEN, startFaces, type TestFaces } from "../faces.ts";

const TOOL: OperatorTool = {
  name: "manager.explain",
  title: "Explain",
  description: "Says why.",
  readOnly: true,
  input: MANAGER_EXPLAIN.input,
  output: MANAGER_EXPLAIN.output,
  async run({ subject }) {
    if (subject === "nothing")
      throw new PleiadError("nothing is so", { code: "SUBJECT_UNKNOWN", hint: "name a plan" });
    return { sentences: [`${subject} is as it is`] };
  },
};

describe("tools of other parts of the daemon", () => {
  const clients: Client[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  async function connect({ api }: TestFaces, token: string): Promise<Client> {
    const client = new Client({ name: "test", version: "0" });
    clients.push(client);
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL("/mcp", api.url), { requestInit: { headers } }),
    );
    return client;
  }

  const names = async (client: Client) =>
    (await client.listTools()).tools.map(({ name }) => name).filter((name) => name.startsWith("manager."));

  it("are offered to the operator of all clusters alone", async () => {
    const faces = await startFaces({ operatorTools: () => [TOOL] });
    expect(await names(await connect(faces, OPERATOR_TOKEN))).to.deep.equal(["manager.explain"]);
    for (const token of [await faces.token(), await faces.token(OPERATOR)]) {
      const other = await connect(faces, token);
      expect(await names(other)).to.deep.equal([]);
      const called = await other
        .callTool({ name: "manager.explain", arguments: { subject: "cluster/7" } })
        .then(({ isError }) => isError === true)
        .catch(() => true);
      expect(called, "a tool that is not offered cannot be called either").to.equal(true);
    }
  });

  it("answer with what they are to answer, and refuse with a code and what to do", async () => {
    const client = await connect(await startFaces({ operatorTools: () => [TOOL] }), OPERATOR_TOKEN);
    const call = (input: Record<string, unknown>) =>
      client.callTool({ name: "manager.explain", arguments: input });
    expect((await call({ subject: "cluster/7" })).structuredContent).to.deep.equal({
      sentences: ["cluster/7 is as it is"],
    });
    const refused = await call({ subject: "nothing" });
    expect([refused.isError, JSON.stringify(refused.content)]).to.deep.include(true);
    expect(JSON.stringify(refused.content)).to.contain("SUBJECT_UNKNOWN").and.contain("name a plan");
    expect(JSON.stringify((await call({ subject: 7 })).content)).to.contain("WORKSPACE_INPUT_INVALID");
  });
});
