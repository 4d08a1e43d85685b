import { join } from "node:path";
import { createWorkspaceClient, type WorkspaceClient } from "@pleiad/sdk/workspace/createWorkspaceClient";
import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { spawnAgent } from "@pleiad/sdk/workspace/spawnAgent";
import type { Browser } from "playwright-core";
import { createTokenStore } from "../../../node/src/workspace/tokens/tokenStore.ts";
import { accountOf } from "../../fixtures/chain.ts";
import type { DaemonProcess } from "../../fixtures/daemonProcess.ts";
import { fakeService, openTeamWorld, type TeamWorld } from "../../fixtures/teamWorld.ts";
import { startBrowser } from "./browser.ts";

/** A real chain, a real daemon with a cluster and a project, and a browser. All files of one process use the same one. */
export interface Team {
  readonly world: TeamWorld;
  readonly daemon: DaemonProcess;
  readonly browser: Browser;
  readonly cluster: string;
  /** The workspace as the operator speaks there. */
  readonly client: WorkspaceClient;
  /** An address as `pleiad dashboard` prints it. @param path below `/ui` */
  address(role: "view" | "act", path?: string): Promise<string>;
  /** The address of the API's own token, which may all. */
  operatorAddress(path?: string): string;
  /** A helper with a copy of the project, whose agent obeys each line of a message that begins with DO. */
  spawn(name: string): Promise<void>;
  /** What waits to be looked at: `DO append`, `DO write` and others are in test/fixtures/fakeAcpAgent.mjs. */
  tell(name: string, text: string): Promise<void>;
}

let opened: Promise<{ readonly team: Team; close(): Promise<void> }> | undefined;

/** The team, started when the first asks for it. Names of helpers are each test's own. */
export async function sharedTeam(): Promise<Team> {
  opened ??= openTeam();
  return (await opened).team;
}

/** Ends it. Each file that asks for the team says `after(closeSharedTeam)` outside of its suites: where files run side by side, that is after each. */
export async function closeSharedTeam(): Promise<void> {
  const closing = opened;
  opened = undefined;
  await (await closing)?.close();
}

async function openTeam() {
  // No test signs with this account but the page.
  const world = await openTeamWorld(
    { coder: fakeService() },
    // Runs are paid in tests' own tokens, too.
    { chain: { pageAccount: accountOf(6).address }, jobs: { currencies: "any" } },
  );
  const daemon = await world.start();
  const browser = await startBrowser();
  const tokens = createTokenStore({ dataFolder: world.data });
  const apiToken = daemon.headers.authorization.slice("Bearer ".length);
  const client = createWorkspaceClient({ apiUrl: daemon.apiUrl, token: apiToken, cluster: world.cluster });
  const team: Team = {
    world,
    daemon,
    browser,
    cluster: String(world.cluster),
    client,
    async address(role, path = "/") {
      const { token } = await tokens.create({ kind: "node" }, "a page", { role });
      return `${new URL(path, daemon.apiUrl)}#token=${token}`;
    },
    operatorAddress: (path = "/") => `${new URL(path, daemon.apiUrl)}#token=${apiToken}`,
    async spawn(name) {
      await spawnAgent(client, { name, role: "coder", goal: "obey", service: "coder", project: "app" });
    },
    async tell(to, text) {
      await sendMessage(client, { destination: { kind: "direct", to }, text });
    },
  };
  return {
    team,
    async close() {
      await browser.close();
      await daemon[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** A file of what agents write down for the test. */
export function noteOf(team: Team, name: string): string {
  return join(team.world.notes, name);
}
