import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PleiadError } from "@pleiad/sdk/errors";
import { createManagerClient } from "@pleiad/sdk/manager/createManagerClient";
import { explainByManager } from "@pleiad/sdk/manager/explainByManager";
import { getManagerPlan } from "@pleiad/sdk/manager/getManagerPlan";
import { getManagerStatus } from "@pleiad/sdk/manager/getManagerStatus";
import { listManagerAlerts } from "@pleiad/sdk/manager/listManagerAlerts";
import { listManagerPlans } from "@pleiad/sdk/manager/listManagerPlans";
import { reportCarriedOut } from "@pleiad/sdk/manager/reportCarriedOut";
import { requestOfManager } from "@pleiad/sdk/manager/requestOfManager";
import { takeManagerStep } from "@pleiad/sdk/manager/takeManagerStep";
import { watchManager } from "@pleiad/sdk/manager/watchManager";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Api, startApi } from "../../../../node/src/api/server.ts";
import { callerBy } from "../../../../node/src/local/callerBy.ts";
import { createManagerFace, managerOff } from "../../../../node/src/local/manager/managerFace.ts";
import { managerFeed, managerRoutes } from "../../../../node/src/local/manager/managerRoutes.ts";
import { managerTools } from "../../../../node/src/local/manager/managerTools.ts";
import type { Manager } from "../../../../node/src/manager/face.ts";
import { mountWorkspace } from "../../../../node/src/workspace/http/mount.ts";
import { createAuthenticate } from "../../../../node/src/workspace/tokens/authenticate.ts";
import type { TokenCredential } from "../../../../node/src/workspace/tokens/credential.ts";
import { createTokenStore, type TokenStore } from "../../../../node/src/workspace/tokens/tokenStore.ts";
import { callCli, callJson } from "../../cli/support/run.ts";
import { codeOf, until } from "../../network/support.ts";
import { logger } from "../../store/helpers.ts";
import { ALERT, fakeManager, planOf } from "./fakeManager.ts";
import { OWNER, STRANGER } from "./fleetWorld.ts";

const OPERATOR_TOKEN = "operator-token-of-this-test";

describe("a daemon's manager over its API", () => {
  let folder: string;
  let api: Api;
  let tokens: TokenStore;
  let fake: ReturnType<typeof fakeManager>;
  let manager: Manager | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-manager-"));
    fake = fakeManager();
    manager = fake.manager;
    tokens = createTokenStore({ dataFolder: folder });
    const authenticate = createAuthenticate({ tokens, operatorToken: OPERATOR_TOKEN });
    const now = () => manager ?? managerOff();
    const face = createManagerFace({
      manager: now,
      ownerOf: (cluster) => (cluster === 7n ? OWNER : STRANGER),
    });
    const noWorkspace = { workspace: () => managerOff(), clusterOf: () => undefined };
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
        identify: callerBy(authenticate),
        mounts: [
          managerRoutes({ face, authenticate, logger }),
          {
            paths: ["/workspace"],
            add: (app) =>
              app.register(async (plugin) =>
                mountWorkspace(
                  plugin,
                  {},
                  {
                    face: noWorkspace,
                    authenticate,
                    version: "0",
                    logger,
                    feeds: [managerFeed({ face, manager: now })],
                  },
                ),
              ),
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
    await api.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const client = (token = OPERATOR_TOKEN) => createManagerClient({ apiUrl: api.url, token });
  const tokenOf = async (credential: TokenCredential) => (await tokens.create(credential, "test")).token;
  const cli = (...args: readonly string[]) => callCli(["manager", ...args], { cwd: folder });

  it("takes what is asked with numbers as digits, and tells the manager who asked", async () => {
    const { plan } = await requestOfManager(client(), {
      request: { kind: "SCALING", cluster: "7", places: 8 },
    });
    expect(plan.steps[0]?.step).to.deep.equal({ act: "set-places", node: "1", from: 4, to: 8 });
    await requestOfManager(client(), {
      request: {
        kind: "FORMATION",
        goal: "Sum up",
        slug: "weekly",
        needs: [{ capability: "writing", count: 2 }],
        size: { min: 2, max: 3 },
        budgetWei: "10",
        limits: { priceWeiMax: "3" },
        owner: OWNER,
      },
    });
    expect((await takeManagerStep(client(), { id: "p1", step: 0 })).weiPerGasMax).to.equal("1000000000000");
    await reportCarriedOut(client(), { id: "p1", step: 0, outcome: "0xabc" });
    expect(fake.asked).to.deep.equal([
      ["request", { kind: "SCALING", cluster: 7n, places: 8 }, "operator"],
      [
        "request",
        {
          kind: "FORMATION",
          goal: "Sum up",
          slug: "weekly",
          needs: [{ capability: "writing", count: 2 }],
          size: { min: 2, max: 3 },
          budgetWei: 10n,
          limits: { priceWeiMax: 3n, ratingMin: 0, ratingsMin: 0, roundTripMsMax: undefined },
          owner: OWNER,
        },
        "operator",
      ],
      ["takeStep", "p1", 0, "operator"],
      ["carriedOut", "p1", 0, "0xabc", "operator"],
    ]);
  });

  it("shows whoever owns one cluster that cluster alone, and lets nobody but the operator say yes", async () => {
    const owner = client(await tokenOf({ kind: "user", cluster: 7n, user: OWNER }));
    const { status } = await getManagerStatus(owner);
    expect(status.clusters.map(({ slug }) => slug)).to.deep.equal(["brief"]);
    expect((await listManagerAlerts(owner)).alerts.map(({ id }) => id)).to.deep.equal([ALERT.id]);
    expect((await listManagerPlans(owner)).plans.map(({ id }) => id)).to.deep.equal(["p1"]);
    const request = requestOfManager(owner, { request: { kind: "SCALING", cluster: "7" } });
    expect(await codeOf(request)).to.equal("MANAGER_NOT_YOURS");
    const ofOne = client(await tokenOf({ kind: "node", cluster: 8n }));
    expect((await getManagerStatus(ofOne)).status.clusters.map(({ slug }) => slug)).to.deep.equal(["other"]);
    const others: readonly TokenCredential[] = [
      { kind: "agent", agent: 0n, user: OWNER },
      { kind: "helper", cluster: 7n, name: "tester", user: OWNER },
      { kind: "user", cluster: 7n, user: STRANGER },
    ];
    for (const credential of others)
      expect(await codeOf(getManagerStatus(client(await tokenOf(credential)))), credential.kind).to.equal(
        "MANAGER_NOT_YOURS",
      );
    expect(await codeOf(getManagerStatus(client("wrong")))).to.equal("TOKEN_WRONG");
    expect(fake.asked).to.deep.equal([]);
  });

  it("does not say to whoever owns one cluster what there is of others, nor what went wrong there", async () => {
    const owner = client(await tokenOf({ kind: "user", cluster: 8n, user: STRANGER }));
    const answers = new Set<string>();
    for (const id of ["p1", "nothing"]) {
      for (const asked of [getManagerPlan(owner, { id }), explainByManager(owner, { subject: id })]) {
        const error = await asked.then(
          () => expect.fail("it was answered"),
          (reason: PleiadError) => reason,
        );
        answers.add(`${error.code} ${error.message}`);
      }
    }
    expect([...answers]).to.deep.equal(["MANAGER_NOT_YOURS no plan of that id is about your cluster"]);
    expect(await codeOf(getManagerPlan(client(), { id: "nothing" }))).to.equal("PLAN_UNKNOWN");
    const problem = { code: "RPC_DOWN", message: "cluster 7 is not to be read" };
    const status = await fake.manager.status();
    manager = { ...fake.manager, status: async () => ({ ...status, problem }) };
    expect((await getManagerStatus(owner)).status.problem).to.equal(undefined);
    expect((await getManagerStatus(client())).status.problem).to.deep.equal(problem);
  });

  it("says that there is none where the daemon runs none", async () => {
    manager = undefined;
    expect(await codeOf(getManagerStatus(client()))).to.equal("MANAGER_OFF");
    const { code, stderr } = await cli("status");
    expect([code, stderr]).to.deep.include(1);
    expect(stderr).to.contain("MANAGER_OFF");
  });

  it("answers what is not as its form wants with the form", async () => {
    const response = await fetch(`${api.url}/manager/requests`, {
      method: "POST",
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ request: { kind: "SCALING", cluster: 7 } }),
    });
    expect(response.status).to.equal(400);
    expect(await response.json()).to.include({ code: "WORKSPACE_INPUT_INVALID" });
  });

  it("tells over a WebSocket that something changed, until the token counts no more", async () => {
    const { id, token } = await tokens.create({ kind: "user", cluster: 7n, user: OWNER }, "test");
    const events = watchManager(client(token));
    expect((await events.next()).value).to.deep.equal({ kind: "open" });
    fake.change();
    expect((await events.next()).value).to.deep.equal({ kind: "change" });
    await tokens.revoke(id);
    fake.change();
    expect(await codeOf(events.next())).to.equal("TOKEN_WRONG");
    await until("nobody listens any more", () => fake.handlers.size === 0);
    const agent = watchManager(client(await tokenOf({ kind: "agent", agent: 0n, user: OWNER })));
    expect(await codeOf(agent.next())).to.equal("WORKSPACE_UNREACHABLE");
  });

  it("ends who watches where the token cannot be looked at", async () => {
    const face = createManagerFace({ manager: () => fake.manager, ownerOf: () => OWNER });
    const feed = managerFeed({ face, manager: () => fake.manager });
    const speaker = {
      id: "t",
      credential: { kind: "node" },
      role: "view",
      expiresAtMs: undefined,
      isCurrent: () => Promise.reject(new Error("EMFILE")),
    } as const;
    const ended = new Promise<string>((resolve) =>
      feed.of(speaker).watch(
        () => resolve("told"),
        ({ code }) => resolve(code),
      ),
    );
    fake.change();
    expect(await ended).to.equal("TOKEN_WRONG");
  });

  it("is shown in tables, and asked, by the command line", async () => {
    const status = await cli("status");
    expect([status.code, status.stderr]).to.deep.equal([0, ""]);
    for (const part of [
      "Night watch",
      "brief",
      "1/3",
      "0.41",
      "4 places",
      "stability_score/cluster/7",
      "waits for a yes",
    ])
      expect(status.stdout).to.contain(part);
    const plan = await cli("plan", "p1");
    for (const part of [
      "places of node 1: 4 → 8",
      "twelve tasks wait",
      "not among the acts",
      "manager apply p1",
    ])
      expect(plan.stdout).to.contain(part);
    expect((await cli("plan")).stdout).to.contain("verified");
    const requests = await cli("requests");
    expect(requests.stdout).to.match(
      /weekly +2 × writing +2023-11-14T22:13:20 +operator +none is possible yet/,
    );
    expect((await cli("requests", "--drop", "weekly")).stdout).to.equal("weekly is not tried again\n");
    expect(fake.asked.pop()).to.deep.equal(["drop", "weekly", "operator"]);
    const routes = await cli("route", "7");
    expect(routes.stdout)
      .to.match(/reader +2, 1 +1.5 ms +0 %/)
      .and.match(/writer +none/)
      .and.contain("asked first whether a member is there");
    await cli("route", "7", "hello", "--to", "reader");
    await cli("route", "7", "hello", "--topic", "drafts", "--gateway", "8");
    await cli("route", "7", "hello", "--all");
    await cli("scale", "7", "--places", "8");
    await cli("refuse", "p1");
    const alerts = await cli("alerts", "--acknowledge", ALERT.id);
    expect(alerts.stdout).to.contain("acknowledged");
    expect((await cli("explain", "cluster/7")).stdout).to.equal("cluster/7 is as it is\nbecause\n");
    expect(fake.asked.map(([what, given]) => [what, (given as { to?: unknown }).to ?? null])).to.deep.equal([
      ["request", { how: "route", member: "reader" }],
      ["request", { how: "gateway", cluster: 8n, topic: "drafts" }],
      ["request", { how: "broadcast" }],
      ["request", null],
      ["refuse", null],
      ["acknowledge", null],
    ]);
  });

  it("is asked for a cluster, in the words of the chain", async () => {
    const words = ["--goal", "Sum up", "--need", "Reading", "--need", "writing:2", "--budget", "0.01ether"];
    await callJson(
      ["manager", "form", "weekly", ...words, "--price-max", "1gwei", "--owner", OWNER, "--json"],
      { cwd: folder },
    );
    expect(fake.asked[0]?.[1]).to.deep.include({
      needs: [
        { capability: "reading", count: 1 },
        { capability: "writing", count: 2 },
      ],
      size: { min: 3, max: 3 },
      budgetWei: 10_000_000_000_000_000n,
    });
  });

  it("answers wrong arguments with what is meant", async () => {
    const wrong: readonly (readonly string[])[] = [
      ["route", "7", "hello"],
      ["route", "7", "hello", "--to", "a", "--all"],
      ["route", "7", "hello", "--gateway", "8"],
      ["route", "7", "--all"],
      ["scale", "seven"],
      ["scale", "7", "--places", "0"],
      ["form", "weekly", "--goal", "x", "--need", ":2", "--budget", "1wei", "--price-max", "1wei"],
      ["form", "weekly"],
    ];
    for (const args of wrong) {
      const { code, stdout, stderr } = await cli(...args);
      expect([code, stdout], args.join(" ")).to.deep.equal([1, ""]);
      expect(stderr, args.join(" ")).to.match(/USAGE_/);
    }
    expect((await cli("plan", "p9")).stderr).to.contain("PLAN_UNKNOWN");
    expect(fake.asked).to.deep.equal([]);
  });

  it("applies only with a yes, and what is over not at all", async () => {
    const asked = await cli("apply", "p1");
    expect(asked.code).to.equal(1);
    expect(asked.stderr).to.contain("PROMPT_IMPOSSIBLE");
    expect(fake.asked).to.deep.equal([]);
    const applied = await cli("apply", "p1", "--yes");
    expect([applied.code, fake.asked]).to.deep.equal([0, [["apply", "p1", "operator"]]]);
    expect(applied.stdout).to.contain("applying");
  });

  it("has its tools by name, which ask as the operator", async () => {
    const face = createManagerFace({ manager: () => fake.manager, ownerOf: () => OWNER });
    const tools = managerTools(face);
    expect(tools.map(({ name }) => name)).to.deep.equal(
      ["form", "route", "scale", "status", "plan", "apply", "alerts", "explain"].map(
        (name) => `manager.${name}`,
      ),
    );
    const scale = tools.find(({ name }) => name === "manager.scale") ?? expect.fail("no such tool");
    expect(await scale.run(scale.input.parse({ cluster: "7" }))).to.deep.equal({ plan: planOf() });
    expect(fake.asked[0]?.[2]).to.equal("operator, by a tool");
    expect(scale.input.safeParse({ kind: "SCALING", cluster: "7" }).success).to.equal(false);
    expect(tools.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name)).to.deep.equal([
      "manager.form",
      "manager.route",
      "manager.scale",
      "manager.apply",
    ]);
  });
});
