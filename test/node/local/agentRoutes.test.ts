import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { PermissionAnswer } from "../../../node/src/agents/session.ts";
import { type Api, startApi } from "../../../node/src/api/server.ts";
import { APPROVALS_PATH, mountAgentBooks, USAGE_PATH } from "../../../node/src/local/agentRoutes.ts";
import { callerBy } from "../../../node/src/local/callerBy.ts";
import { type AgentBooks, openAgentBooks } from "../../../node/src/local/wiring/openAgentBooks.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { createAuthenticate } from "../../../node/src/workspace/tokens/authenticate.ts";
import type { TokenCredential } from "../../../node/src/workspace/tokens/credential.ts";
import { createTokenStore, type TokenStore } from "../../../node/src/workspace/tokens/tokenStore.ts";
import { until } from "../../fixtures/until.ts";
import { callCli, callJson } from "../cli/support/run.ts";
import { CHAIN, logger } from "../store/helpers.ts";

const OPERATOR_TOKEN = "operator-token-of-this-test";
const OWNER = "0x00000000000000000000000000000000000000aa";
const OTHER = "0x00000000000000000000000000000000000000bb";
const OWN = 3n;
const FOREIGN = 4n;

describe("books of agents over the API", () => {
  let folder: string;
  let books: AgentBooks;
  let api: Api;
  let tokens: TokenStore;
  let asked: Promise<PermissionAnswer>[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-books-"));
    const store = await createMemoryStore(CHAIN);
    const none = { run: null, agent: null, cluster: null, user: null, day: "1.5" };
    books = await openAgentBooks(
      { budgets: { currency: "USD", ...none }, approvals: { rules: [], waitMs: 60_000 } },
      { store, logger },
    );
    asked = [];
    tokens = createTokenStore({ dataFolder: folder });
    api = await startApi(
      { host: "127.0.0.1", port: 0, token: OPERATOR_TOKEN },
      {
        ready: async () => ({ ready: true, checks: {}, warnings: [] }),
        status: async () => ({}),
        jobs: async () => [],
        execution: async () => ({}),
        putBlob: async () => "0x",
        getBlob: async () => new Uint8Array(),
        metrics: async () => "",
        identify: callerBy(createAuthenticate({ tokens, operatorToken: OPERATOR_TOKEN })),
        mounts: [
          {
            paths: [USAGE_PATH, APPROVALS_PATH],
            add: (app) =>
              mountAgentBooks(app, {
                books,
                authenticate: createAuthenticate({ tokens, operatorToken: OPERATOR_TOKEN }),
                ownerOf: (cluster) => (cluster === OWN ? OWNER : OTHER),
                logger,
              }),
          },
        ],
        logger,
      },
    );
    writeFileSync(join(folder, "pleiad.yaml"), "");
    writeFileSync(join(folder, "api.token"), `${OPERATOR_TOKEN}\n`, { mode: 0o600 });
    const state = { state: "ready", pid: process.pid, node: "1", apiUrl: api.url, peerAddresses: [] };
    writeFileSync(join(folder, "daemon.json"), JSON.stringify(state));
  });
  afterEach(async () => {
    await books.stop();
    await Promise.all(asked);
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** An agent of a cluster asks; answers the question's id. */
  async function ask(cluster: bigint): Promise<string> {
    const request = {
      title: "push\u001b[31m",
      tool: "Bash",
      input: "{}",
      options: [
        { id: "yes", label: "Yes", kind: "allowOnce" },
        { id: "ever", label: "Always", kind: "allowAlways" },
      ],
    } as const;
    const signal = new AbortController().signal;
    asked.push(books.approvals.ask({ agent: "ada", cluster }, request, signal));
    return until(
      "the question waits",
      async () => (await books.approvals.waiting()).find((row) => row.cluster === cluster)?.id,
    );
  }

  async function spend(cluster: bigint): Promise<void> {
    const prices = {
      currency: "USD",
      inputMicrosPerMillion: 1_000_000n,
      outputMicrosPerMillion: 0n,
      cachedMicrosPerMillion: 0n,
    };
    const task = { execution: 9n, index: 0 };
    const meter = await books.ledger.begin({
      agent: "ada",
      service: "claude",
      task,
      cluster,
      user: OWNER,
      prices,
    });
    const usage = {
      model: "m-1",
      inputTokens: 500_000,
      outputTokens: 2,
      cachedTokens: 3,
      reportedMicros: undefined,
      isWhole: true,
    };
    await meter.spend(usage);
  }

  async function call(path: string, token: string, init: RequestInit = {}) {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(init.body === undefined ? {} : { "content-type": "application/json" }),
    };
    const response = await fetch(new URL(path, api.url), { ...init, headers });
    return {
      status: response.status,
      body: (await response.json()) as Record<string, unknown> & { waiting: { id: string }[] },
    };
  }
  const answer = (id: string, token: string, option: unknown = "yes") =>
    call(`/approvals/${id}`, token, { method: "POST", body: JSON.stringify({ option }) });
  const tokenOf = async (credential: TokenCredential) =>
    (await tokens.create(credential, "of this test")).token;

  it("no agent, helper or stranger sees or answers anything; a wrong token is none", async () => {
    const id = await ask(OWN);
    for (const credential of [
      { kind: "agent", agent: 1n, user: OWNER, cluster: OWN },
      { kind: "helper", cluster: OWN, name: "bob", user: OWNER },
      { kind: "user", cluster: OWN, user: OTHER },
    ] as const) {
      const token = await tokenOf(credential);
      for (const { status, body } of [
        await answer(id, token),
        await call("/approvals", token),
        await call("/usage", token),
      ])
        expect([status, body.code], credential.kind).to.deep.equal([403, "APPROVAL_NOT_YOURS"]);
    }
    expect((await answer(id, "nonsense")).status).to.equal(401);
    expect(await books.approvals.waiting()).to.have.length(1);
  });

  it("a cluster's owner sees and answers what is that cluster's, and nothing else", async () => {
    const own = await ask(OWN);
    const foreign = await ask(FOREIGN);
    await spend(OWN);
    await spend(FOREIGN);
    const token = await tokenOf({ kind: "user", cluster: OWN, user: OWNER });
    expect((await call("/approvals", token)).body.waiting.map(({ id }) => id)).to.deep.equal([own]);
    expect((await answer(foreign, token)).body.code).to.equal("APPROVAL_NOT_YOURS");
    const { status, body } = await answer(own, token, "ever");
    expect([status, body.state, body.by]).to.deep.equal([200, "answered", { kind: "owner", user: OWNER }]);
    expect(await asked[0]).to.deep.equal({ option: "ever" });
    expect((await call(`/approvals/remembered/${own}`, token, { method: "DELETE" })).status).to.equal(200);
    const usage = (await call("/usage", token)).body as unknown as Record<string, { key: string }[]>;
    expect(usage.cluster?.map(({ key }) => key)).to.deep.equal(["3"]);
    expect([usage.agent, usage.day, usage.turns?.length]).to.deep.equal([[], [], 1]);
  });

  it("says what is wrong with an answer, and answers once", async () => {
    const id = await ask(OWN);
    expect((await answer(id, OPERATOR_TOKEN, "no-such")).body.code).to.equal("APPROVAL_OPTION_UNKNOWN");
    expect((await answer(id, OPERATOR_TOKEN, 5)).body.code).to.equal("APPROVAL_OPTION_UNKNOWN");
    expect((await answer("nothing", OPERATOR_TOKEN)).status).to.equal(404);
    expect(
      (await call(`/approvals/${id}`, OPERATOR_TOKEN, { method: "POST", body: "no json" })).status,
    ).to.equal(400);
    expect((await answer(id, OPERATOR_TOKEN, null)).status).to.equal(200);
    expect(await asked[0]).to.deep.equal({ cancelled: true });
    expect((await answer(id, OPERATOR_TOKEN)).status).to.equal(409);
    expect(
      (await call("/approvals/remembered/nothing", OPERATOR_TOKEN, { method: "DELETE" })).status,
    ).to.equal(404);
  });

  it("are shown and answered from the command line, without terminal codes of an agent", async () => {
    const run = (...args: readonly string[]) => callCli(["workspace", ...args], { cwd: folder });
    expect((await run("usage")).stdout).to.include("no agent has used anything yet");
    expect((await run("approvals")).stdout).to.include("nothing waits");
    await spend(OWN);
    const table = (await run("usage")).stdout;
    for (const words of ["500,000", "0.5 USD", "ada", "9/0", OWNER]) expect(table).to.include(words);
    const json = await callJson<{ turns: { model: string; prices: object; computedMicros: string }[] }>(
      ["workspace", "usage", "--json"],
      { cwd: folder },
    );
    expect(json.turns[0]).to.include({ model: "m-1", computedMicros: "500000" });
    const id = await ask(OWN);
    const list = (await run("approvals")).stdout;
    for (const words of [id, "push", "yes: Yes (allowOnce)"]) expect(list).to.include(words);
    expect(list).not.to.include("\u001b[31m");
    expect((await run("approvals", "answer", id)).code).to.equal(1);
    expect((await run("approvals", "answer", id, "ever")).stdout).to.include("answered: Always, by operator");
    expect(await asked[0]).to.deep.equal({ option: "ever" });
    expect((await run("approvals", "list", "--all")).stdout).to.include("allowed");
    expect((await run("approvals", "revoke", id)).stdout).to.include("revoked");
    expect(await books.approvals.remembered()).to.deep.equal([]);
  });
});
