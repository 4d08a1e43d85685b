import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRoleEnough, TOKEN_ROLES, type TokenRole } from "@pleiad/sdk/types/tokenRole";
import { expect } from "chai";
import { fastify } from "fastify";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { collectAccess } from "../../../node/src/api/access.ts";
import { createProjection } from "../../../node/src/chain/projection.ts";
import type { Config } from "../../../node/src/config/table.ts";
import { createGossipTimes } from "../../../node/src/local/gossipTimes.ts";
import { createJobStories } from "../../../node/src/local/jobStories.ts";
import { openAgentBooks } from "../../../node/src/local/wiring/openAgentBooks.ts";
import { type DaemonApi, openApi } from "../../../node/src/local/wiring/openApi.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { createTokenStore, type TokenStore } from "../../../node/src/workspace/tokens/tokenStore.ts";
import { ROUTE_ROLES } from "./routeRoles.ts";

const logger = pino({ level: "silent" });
const USER = "0x00000000000000000000000000000000000000aa";

describe("roles of a token", () => {
  let folder: string;
  let api: DaemonApi;
  let tokens: TokenStore;
  /** A token of each role, of the operator's. */
  const own = new Map<TokenRole, string>();
  let agent: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-roles-"));
    const store = await createMemoryStore({ chainId: 31_337, contract: "0x01", genesis: "0x02" } as never);
    const none = { run: null, agent: null, cluster: null, user: null, day: null };
    const books = await openAgentBooks(
      { budgets: { currency: "USD", ...none }, approvals: { rules: [], waitMs: 60_000 } },
      { store, logger },
    );
    const config = {
      dataFolder: folder,
      api: { host: "127.0.0.1", port: 0, tokenFile: join(folder, "api.token") },
      folders: { projects: new Map() },
      chain: { chainId: 31_337, finalDepth: 0 },
      log: { level: "info" },
      network: { enabled: false },
    } as unknown as Config;
    const projection = createProjection();
    const chainStatus = {
      state: "following",
      head: null,
      error: null,
      contradiction: null,
      lagBlocks: 0,
      endpoints: [],
    };
    const ready = { ready: true, checks: {}, warnings: [] };
    const routes = {
      ready: async () => ready,
      status: async () => ({ chain: chainStatus, ready, errors: [], version: "", startedAtMs: 0 }),
      metrics: async () => "",
    };
    const follower = { status: () => ({ state: "following", head: undefined, newest: undefined }) };
    const started = {
      chain: {
        projection,
        follower,
        versions: { peek: () => undefined },
        deployment: {},
        rpc: { client: {} },
        reorgs: { list: () => [], of: () => [] },
        view: { onChange: () => () => {}, now: () => 0n },
      },
    };
    const observer = {
      routes: () => routes,
      stories: createJobStories(),
      gossipTimes: createGossipTimes({ now: Date.now }),
      log: undefined,
    };
    api = await openApi(config, started as never, {
      store: store as never,
      books,
      observer: observer as never,
      onToolsAsked: () => {},
      logger,
    });
    tokens = createTokenStore({ dataFolder: folder });
    for (const role of ["view", "act"] as const)
      own.set(role, (await tokens.create({ kind: "node" }, role, { role })).token);
    own.set("operate", (await import("node:fs")).readFileSync(config.api.tokenFile, "utf8").trim());
    agent = (await tokens.create({ kind: "agent", agent: 1n, user: USER }, "an agent")).token;
  });
  after(async () => {
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a route answers to a token, by its status and code. Bodies are empty: what is let in is refused further on. */
  function ask(method: string, url: string, token: string | undefined): Promise<string> {
    const path = url.replace(/:\w+|\*/g, "1");
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      const call = httpRequest(new URL(path, api.url), { method, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => {
          const code = /"code":"(\w+)"/.exec(text)?.[1] ?? "";
          resolve(`${response.statusCode} ${method === "HEAD" ? "" : code}`.trim());
        });
      });
      call.on("error", reject);
      call.end();
    });
  }

  it("routes_allOfThem_standInTheTableWithTheirRole", () => {
    const found = api.access
      .filter(({ method }) => method !== "HEAD")
      .map(({ method, url, access }) => [
        `${method} ${url}`,
        access === "open" ? "open" : `${access.role} ${access.who}`,
      ]);
    expect(Object.fromEntries(found)).to.deep.equal(ROUTE_ROLES);
  });

  it("route_ofEachRole_isRefusedBelowItAndNotAboveIt", async () => {
    for (const [route, wanted] of Object.entries(ROUTE_ROLES)) {
      const [method = "", url = ""] = route.split(" ");
      if (wanted === "open") {
        expect(await ask(method, url, undefined), route).to.not.match(/^40[13]/);
        continue;
      }
      const [needed = "", who] = wanted.split(" ");
      expect(await ask(method, url, undefined), `${route} without a token`).to.match(/^401/);
      expect(await ask(method, url, `pleiad_${"0".repeat(16)}_${"a".repeat(43)}`), route).to.match(/^401/);
      for (const role of TOKEN_ROLES) {
        const answer = await ask(method, url, own.get(role));
        const what = `${route} with a token that may ${role}: ${answer}`;
        if (isRoleEnough(role, needed as TokenRole)) expect(answer, what).to.not.match(/^401|ROLE_/);
        else expect(answer, what).to.equal("403 ROLE_TOO_LOW");
      }
      // What wants the role of the daemon itself refuses an agent by that already.
      const refused = await ask(method, url, agent);
      if (who === "operator") expect(refused, `${route} with an agent's token`).to.match(/^403 ROLE_/);
      else expect(refused, `${route} with an agent's token`).to.not.match(/ROLE_/);
    }
  });

  it("route_withoutAccess_doesNotStart", () => {
    const app = fastify();
    collectAccess(app);
    expect(() => app.get("/forgotten", async () => ({}))).to.throw("does not say who may ask it");
  });

  it("token_expiredOrRevoked_opensNothing", async () => {
    const past = await tokens.create({ kind: "node" }, "past", { role: "view", expiresAtMs: Date.now() - 1 });
    expect(await ask("GET", "/status", past.token)).to.equal("401 TOKEN_EXPIRED");
    expect(await ask("GET", "/workspace", past.token)).to.equal("401 TOKEN_EXPIRED");
    const made = await tokens.create({ kind: "node" }, "soon gone", { role: "view" });
    expect(await ask("GET", "/status", made.token)).to.equal("200");
    await tokens.revoke(made.id);
    expect(await ask("GET", "/status", made.token)).to.equal("401 API_TOKEN_WRONG");
  });

  it("unknownRoute_withoutToken_saysNothingOfWhatThereIs", async () => {
    expect(await ask("GET", "/nothing/here", undefined)).to.match(/^401/);
    expect(await ask("GET", "/nothing/here", own.get("view"))).to.match(/^404/);
  });
});
