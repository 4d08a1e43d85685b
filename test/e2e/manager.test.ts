import { writeFileSync } from "node:fs";
import { createManagerClient, type ManagerClient } from "@pleiad/sdk/manager/createManagerClient";
import { explainByManager } from "@pleiad/sdk/manager/explainByManager";
import { getManagerStatus } from "@pleiad/sdk/manager/getManagerStatus";
import { listManagerAlerts } from "@pleiad/sdk/manager/listManagerAlerts";
import { listManagerPlans } from "@pleiad/sdk/manager/listManagerPlans";
import { listManagerRoutes } from "@pleiad/sdk/manager/listManagerRoutes";
import { createWorkspaceClient, type WorkspaceClient } from "@pleiad/sdk/workspace/createWorkspaceClient";
import { readMessages } from "@pleiad/sdk/workspace/readMessages";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createTestClient, http } from "viem";
import { holdAll, holdFileOf, releaseAll } from "../../node/src/local/killOne.ts";
import { layoutOf, type OperatorName } from "../../node/src/local/layout.ts";
import type { LocalNetwork } from "../../node/src/local/localNetwork.ts";
import { METRICS_WINDOW_MS } from "../../node/src/local/manager/clusterWindows.ts";
import { clientFor } from "../../node/src/local/registry.ts";
import { sampleService } from "../../node/src/local/sampleServices.ts";
import { openSession, type Session } from "../../node/src/local/session.ts";
import { execute } from "../../sdk/src/actions/execute.ts";
import { waitForResponse } from "../../sdk/src/actions/waitForResponse.ts";
import { temporaryFolder } from "../fixtures/pleiad.ts";
import { processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";

/** Quick to look and to tell: a test does not wait for minutes. */
const MANAGER_FILE = `cluster_manager:
  id: night
  name: Night watch
  capabilities: [communication, scaling, stability]
  relationships: { clusters: [document-brief], orchestrator: reader }
  databases: { clusters: night_clusters, communication: night_communication, performance: night_performance }
  formation_interval: 1
  scaling_interval: 1
  alert_thresholds: { cluster_size: [1, 10], communication_latency: 60000, resource_usage: 1, stability_score: 0.85 }
  alert_fire_after: 0
  alert_resolve_after: 0
  policy: { cooldown_ms: 1000, verify_ms: 1000, places_max: 16 }
`;
const DOCUMENT = "# Clocks\n\nA ship that does not know the time at home does not know its longitude.\n";

describe("a cluster manager on the local network", function () {
  this.timeout(120_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let session: Extract<Session, { readonly kind: "own" }>;
  let network: LocalNetwork;
  let client: ManagerClient;
  let operator: WorkspaceClient;
  const stopping = new AbortController();

  before(async () => {
    folder = temporaryFolder();
    const layout = layoutOf(folder.path);
    writeFileSync(layout.managerFile, MANAGER_FILE);
    const opened = await openSession({
      folder: folder.path,
      chainPort: 0,
      windowSeconds: 3,
      serviceOf: (model, operator) => sampleService(model, holdFileOf(layout, operator)),
      networkEnabled: true,
      say: () => {},
      signal: stopping.signal,
    });
    if (opened.kind !== "own") throw new Error("somebody else keeps the folder up");
    session = opened;
    ({ network } = session);
    network.broken.catch(() => {});
    const { apiUrl, apiToken } = network.operator(network.target.registry.nodes.alcyone);
    client = createManagerClient({ apiUrl, token: apiToken });
    operator = createWorkspaceClient({
      apiUrl,
      token: apiToken,
      cluster: network.target.registry.cluster.id,
    });
  });
  after(async () => {
    stopping.abort();
    await session?.close();
    expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
    await folder[Symbol.asyncDispose]();
  });

  const cluster = () => String(network.target.registry.cluster.id);
  const nodeOf = (name: OperatorName) => String(network.target.registry.nodes[name]);
  const report = async () => (await getManagerStatus(client)).status.clusters[0];
  const score = async () => (await report())?.stability.score ?? 0;
  const routeOf = async (member: string) =>
    (await listManagerRoutes(client, { cluster: cluster() })).routes.find((route) => route.member === member)
      ?.nodes;

  /** Asks for runs, and answers with what waits for their responses. */
  async function ask(runs: number): Promise<() => Promise<void>> {
    const { accounts, registry, rpcUrl } = network.target;
    const wallet = clientFor(rpcUrl, accounts.requester);
    const about = { deployment: registry.deployment, cluster: registry.cluster.id };
    const executions: bigint[] = [];
    for (let index = 0; index < runs; index += 1)
      executions.push((await execute(wallet, { ...about, input: DOCUMENT })).execution);
    return async () => {
      for (const execution of executions)
        await waitForResponse(wallet, { ...about, execution, timeoutMs: 60_000 });
    };
  }

  it("goes on with one of three nodes under twice the load, by itself, and says what it did", async () => {
    await until("all three nodes are on the route", async () => (await routeOf("reader"))?.length === 3);
    expect(await report()).to.include({ slug: "document-brief", members: 3, ready: 3 });
    expect(await score()).to.equal(1);
    const told = await until("the orchestrator, a member, is told", async () =>
      (await readMessages(operator, { box: "sent" })).messages.find(({ text }) =>
        text.startsWith("Night watch reports"),
      ),
    );
    expect(told.text).to.include("document-brief, version 1, has 3 members");

    holdAll(network.layout);
    const first = await ask(1);
    for (const name of ["electra", "maia"] as const)
      await network.operator(network.target.registry.nodes[name]).kill();
    const second = await ask(2);
    await until("the routes lead to the node that lives", async () => {
      const nodes = await routeOf("reader");
      return nodes?.length === 1 && nodes[0] === nodeOf("alcyone");
    });
    releaseAll(network.layout);
    await Promise.all([first(), second()]);

    const fired = await until("an alert fires", async () =>
      (await listManagerAlerts(client)).alerts.find(
        ({ name, state }) => name === "stability_score" && state === "firing",
      ),
    );
    expect(await score()).to.be.below(0.85);
    expect(fired.subject).to.equal(`cluster/${cluster()}`);

    for (const name of ["electra", "maia"] as const) await network.restart(name);
    await until("the routes have all nodes again", async () => (await routeOf("reader"))?.length === 3);
    await (await ask(1))();
    // The chain's time decides what was of late.
    const time = createTestClient({ mode: "hardhat", transport: http(network.target.rpcUrl) });
    await time.increaseTime({ seconds: METRICS_WINDOW_MS / 1_000 });
    await time.mine({ blocks: 1 });
    await until("the score is well again", async () => (await score()) >= 0.85);
    await until("the alert is over", async () => {
      const found = (await listManagerAlerts(client)).alerts.find(({ id }) => id === fired.id);
      return found === undefined || found.state === "resolved";
    });

    const { plans } = await listManagerPlans(client, { limit: 200 });
    const routed = plans.flatMap(({ state, steps }) =>
      steps.flatMap(({ step }) =>
        step.act === "set-route" && step.member === "reader" ? [[step.to.length, state]] : [],
      ),
    );
    expect(routed.map(([length]) => length)).to.include.members([1, 3]);
    expect(
      (await explainByManager(client, { subject: `cluster/${cluster()}` })).sentences.length,
    ).to.be.above(0);
  });
});
