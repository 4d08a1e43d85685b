import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createWorkspaceClient } from "../../../sdk/src/workspace/createWorkspaceClient.ts";
import { listThreads } from "../../../sdk/src/workspace/listThreads.ts";
import { readThread } from "../../../sdk/src/workspace/readThread.ts";
import { sendMessage } from "../../../sdk/src/workspace/sendMessage.ts";
import { watchWorkspace } from "../../../sdk/src/workspace/watchWorkspace.ts";

/** A daemon that answers the same to everything, and what it was asked. */
function daemon(status: number, body: unknown) {
  const asked: { url: string; init: RequestInit }[] = [];
  const client = createWorkspaceClient({
    apiUrl: "http://127.0.0.1:1",
    token: "token",
    cluster: 3n,
    fetch: async (url, init = {}) => {
      asked.push({ url: String(url), init });
      return new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
    },
  });
  return { client, asked };
}

async function codeOf(promise: Promise<unknown>): Promise<PleiadError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof PleiadError) return error;
    throw error;
  }
  throw new Error("nothing failed");
}

describe("callWorkspace", () => {
  it("asks under the cluster, with the token, reading by query and writing by body", async () => {
    const { client, asked } = daemon(200, { messages: [] });
    await readThread(client, { thread: "0x1f", limit: 5 });
    expect(asked[0]?.url).to.equal("http://127.0.0.1:1/workspace/3/thread?thread=0x1f&limit=5");
    expect(asked[0]?.init).to.deep.include({ method: "GET", headers: { authorization: "Bearer token" } });
    await codeOf(sendMessage(client, { destination: { kind: "broadcast" }, text: "hi" }));
    expect(asked[1]?.init).to.deep.include({
      method: "POST",
      body: '{"destination":{"kind":"broadcast"},"text":"hi"}',
    });
  });

  it("sends nothing that is of another form", async () => {
    const { client, asked } = daemon(200, {});
    const unknown = { thread: "t", surprise: 1 } as { thread: string };
    expect((await codeOf(readThread(client, unknown))).code).to.equal("WORKSPACE_INPUT_INVALID");
    expect((await codeOf(readThread(client, { thread: "t", limit: 0 }))).code).to.equal(
      "WORKSPACE_INPUT_INVALID",
    );
    expect(asked).to.deep.equal([]);
  });

  it("throws what the daemon refuses with, details and all", async () => {
    const refusal = {
      code: "VERSION_CONFLICT",
      message: "no",
      hint: "merge",
      retryable: true,
      details: { key: "a" },
    };
    const error = await codeOf(listThreads(daemon(409, refusal).client));
    const { code, message, hint, retryable, details } = error;
    expect({ code, message, hint, retryable, details }).to.deep.equal(refusal);
  });

  for (const [what, status, body] of [
    ["no JSON", 200, "<html>"],
    ["JSON of another form", 200, { threads: [1] }],
    ["a refusal without a reason", 500, "oops"],
  ] as const) {
    it(`calls ${what} by its name`, async () => {
      expect((await codeOf(listThreads(daemon(status, body).client))).code).to.equal(
        "WORKSPACE_ANSWER_INVALID",
      );
    });
  }

  it("says, retryably, that nobody answers", async () => {
    const client = createWorkspaceClient({
      apiUrl: "http://127.0.0.1:1",
      token: "token",
      cluster: 3n,
      fetch: () => Promise.reject(new TypeError("fetch failed")),
    });
    const error = await codeOf(listThreads(client));
    expect([error.code, error.retryable]).to.deep.equal(["WORKSPACE_UNREACHABLE", true]);
  });

  it("leaves the caller's own end to the caller", async () => {
    const client = createWorkspaceClient({
      apiUrl: "http://127.0.0.1:1",
      token: "token",
      cluster: 3n,
      fetch: (_url, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        }),
    });
    const end = new AbortController();
    const asked = listThreads(client, {}, { signal: end.signal });
    const reason = new Error("enough");
    end.abort(reason);
    expect(await asked.catch((error: unknown) => error)).to.equal(reason);
  });

  it("watches with nothing that is no token", async () => {
    const client = createWorkspaceClient({ apiUrl: "http://127.0.0.1:1", token: "two words", cluster: 3n });
    expect((await codeOf(watchWorkspace(client).next())).code).to.equal("WORKSPACE_INPUT_INVALID");
  });
});
