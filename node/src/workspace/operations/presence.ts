import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import { HELPER_NAME } from "../author.ts";
import type { Beats } from "../beats.ts";
import { requireForm, requireLine, requireSome, requireText, unknown } from "../checks.ts";
import { type Desk, once, say, type Visit } from "../desk.ts";
import { workspaceError } from "../errors.ts";
import { CAPABILITIES_MAX, HELPERS_PER_NODE_MAX, PRESENCE_DEAD_MS, TEXT_BYTES_MAX } from "../limits.ts";
import type { HelperPort } from "../ports.ts";
import { requireMayEnd } from "../scope.ts";
import type { Member, PartyId, SpawnAgentOptions, WorkspaceOperations } from "../types.ts";
import { partsOf } from "../views/party.ts";
import type { StoredHelper } from "../views/presence.ts";
import { inboxCountsOf } from "./messages.ts";

type PresenceOperations = Pick<
  WorkspaceOperations,
  "registerAgent" | "ping" | "listAgents" | "aboutAgent" | "spawnAgent" | "restartAgent" | "endAgent"
>;

export interface PresenceModules {
  readonly desk: Desk;
  readonly beats: Beats;
  readonly helpers: HelperPort;
  readonly agentsOf: (cluster: bigint) => readonly { readonly agent: bigint; readonly name: string }[];
}

export function createPresenceOperations(modules: PresenceModules): PresenceOperations {
  const { desk, beats, helpers, agentsOf } = modules;

  return {
    async registerAgent({ role, capabilities = [] } = {}) {
      const visit = await desk.enter("registerAgent");
      const { grant, space } = visit;
      requireLine("role", role);
      requireSome("capabilities", capabilities, CAPABILITIES_MAX);
      for (const capability of capabilities) requireLine("capability", capability);
      const { views, names, cluster } = space;
      const standing = views.presence.standingOf(grant.party);
      const isSame =
        standing.state === "running" &&
        standing.role === role &&
        standing.capabilities.join("\n") === capabilities.join("\n");
      if (!isSame) await say(visit, "agent.registered", { role, capabilities: [...capabilities] });
      beats.beat(cluster, grant.party);
      return {
        cluster,
        self: names.partyOf(grant.party),
        user: grant.user,
        rulesVersion: views.rules.current()?.id ?? null,
        inbox: inboxCountsOf(visit, desk.now()),
      };
    },

    async ping({ state, note } = {}) {
      const visit = await desk.enter("ping");
      const { grant, space } = visit;
      requireLine("note", note);
      const standing = space.views.presence.standingOf(grant.party);
      const isNews =
        (state !== undefined && state !== standing.state) || (note !== undefined && note !== standing.note);
      if (isNews) await say(visit, "presence.changed", { state: state ?? standing.state ?? "running", note });
      beats.beat(space.cluster, grant.party);
      return {
        inbox: inboxCountsOf(visit, desk.now()),
        rulesVersion: space.views.rules.current()?.id ?? null,
      };
    },

    async listAgents() {
      const visit = await desk.enter("listAgents");
      const { presence } = visit.space.views;
      const agents = agentsOf(visit.space.cluster).map(({ agent }) => memberOf(visit, `agent:${agent}`));
      const others = presence
        .helpers()
        .map(({ node, name, party }) => memberOf(visit, `helper:${node}/${name}`, party));
      return [...agents, ...others];
    },

    async aboutAgent(name) {
      const visit = await desk.enter("aboutAgent");
      const { names, views } = visit.space;
      const id = names.find(name);
      const parts = partsOf(id);
      const found = parts?.kind === "helper" ? views.presence.helper(parts.node, parts.name) : undefined;
      const agent = memberOf(visit, id, found?.party);
      if (found?.spawned === undefined) return { agent, helper: null };
      const { goal, service, user } = found.spawned;
      const helper = { goal, ...(service === undefined ? {} : { service }), user, spawnedAtMs: found.atMs };
      return { agent, helper };
    },

    async spawnAgent({ name, role, goal, service, requestId, ...work }) {
      const visit = await desk.enter("spawnAgent");
      const { grant, space } = visit;
      const { cluster, names } = space;
      requireHelperName(name);
      requireLine("role", role);
      requireLine("service", service);
      requireText("goal", goal, TEXT_BYTES_MAX);
      if (requestId !== undefined) requireForm("request", requestId);
      if (work.task !== undefined) requireText("task", work.task, TEXT_BYTES_MAX);
      requireService(service, work);
      const { user } = grant;
      await begin(visit, { name, role, goal, service, user, by: undefined, request: requestId }, () =>
        helpers.start({
          cluster,
          name,
          role,
          goal,
          ...(service === undefined ? {} : { service }),
          ...work,
          user,
          by: grant.party,
        }),
      );
      return names.partyOf(`helper:${desk.node}/${name}`);
    },

    async restartAgent(name) {
      const visit = await desk.enter("restartAgent");
      const { grant, space } = visit;
      // The node alone starts one that failed again: it stays whose it was.
      const lost = grant.author.kind === "node" ? await helpers.lost(space.cluster, name) : undefined;
      if (lost !== undefined && space.views.presence.helper(desk.node, name)?.spawned === undefined) {
        const { role, goal, service, user, by } = lost;
        await begin(visit, { name, role, goal, service, user, by, request: undefined }, () =>
          helpers.again(space.cluster, name),
        );
        return;
      }
      requireMayEnd(grant, ownHelper(visit, name));
      await helpers.restart(space.cluster, name);
    },

    async endAgent(name) {
      const visit = await desk.enter("endAgent");
      const { grant, space } = visit;
      await space.alone(async () => {
        requireMayEnd(grant, ownHelper(visit, name));
        await say(visit, "helper.ended", { name, reason: undefined });
      });
      // First said, then stopped: what has ended in the log speaks no more, whatever its process does.
      await helpers.stop(space.cluster, name);
    },
  };

  /** First said, then started; what does not start is ended in the log. @throws PleiadError REQUEST_REUSED, HELPER_EXISTS, HELPERS_TOO_MANY; as `requireFree` and `start` */
  async function begin(
    visit: Visit,
    said: Parameters<typeof say<"helper.spawned">>[2] & { readonly name: string },
    start: () => Promise<void>,
  ): Promise<void> {
    const { space } = visit;
    const { name, request } = said;
    const helperNow = () => space.views.presence.helper(desk.node, name);
    async function make() {
      requireFree(visit, name, agentsOf(space.cluster), desk.node);
      helpers.requireFree(space.cluster, name);
      const { id } = await say(visit, "helper.spawned", said);
      return { id, isRepeated: false };
    }
    const find = (id: Hex) => (helperNow()?.id === id ? { id, isRepeated: true } : undefined);
    const spawned =
      request === undefined
        ? await space.alone(make)
        : await once(visit, request, ["helper.spawned"], { find, make });
    // A crash may have come between what was said and its program.
    if (spawned.isRepeated && helpers.programOf(space.cluster, name) !== undefined) return;
    try {
      await start();
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      if (helperNow()?.id === spawned.id) await say(visit, "helper.ended", { name, reason: error.code });
      throw error;
    }
  }

  /** @throws PleiadError HELPER_NAME_INVALID, HELPER_UNKNOWN */
  function ownHelper({ space }: Visit, name: string): StoredHelper {
    requireHelperName(name);
    const { presence } = space.views;
    const helper = presence.helper(desk.node, name);
    if (helper?.spawned !== undefined) return helper;
    const own = presence.helpers().filter(({ node }) => node === desk.node);
    throw unknown(
      "HELPER_UNKNOWN",
      "helper",
      name,
      own.map((one) => one.name),
    );
  }

  function memberOf({ space }: Visit, id: PartyId, spawner?: PartyId): Member {
    const { capabilities, state, note, lastSaidMs, ...standing } = space.views.presence.standingOf(id);
    const parts = partsOf(id);
    const spawned =
      parts?.kind === "helper" ? space.views.presence.helper(parts.node, parts.name)?.spawned : undefined;
    const role = standing.role ?? spawned?.role;
    const program =
      parts?.kind === "helper" && parts.node === desk.node
        ? helpers.programOf(space.cluster, parts.name)
        : undefined;
    const seen = Math.max(lastSaidMs ?? 0, beats.last(space.cluster, id) ?? 0);
    return {
      ...space.names.partyOf(id),
      ...(role === undefined ? {} : { role }),
      capabilities,
      ...(state === undefined ? {} : { state }),
      ...(note === undefined ? {} : { note }),
      ...(seen === 0 ? {} : { lastSeenMs: seen }),
      isAlive: state !== "done" && seen > desk.now() - PRESENCE_DEAD_MS,
      ...(spawner === undefined ? {} : { spawnedBy: space.names.partyOf(spawner) }),
      ...(program === undefined ? {} : { program }),
    };
  }
}

/** @throws PleiadError HELPER_NAME_INVALID */
function requireHelperName(name: string): void {
  if (HELPER_NAME.test(name)) return;
  throw workspaceError("HELPER_NAME_INVALID", `"${name.slice(0, 80)}" is no helper's name`, {
    hint: "write 1 to 31 of a-z 0-9 -, not a sign first",
    details: { name: name.slice(0, 80) },
  });
}

/** @throws PleiadError HELPER_EXISTS, HELPERS_TOO_MANY */
function requireFree(
  { space }: Visit,
  name: string,
  agents: readonly { readonly name: string }[],
  node: bigint,
): void {
  const own = space.views.presence.helpers().filter((helper) => helper.node === node);
  if (own.some((helper) => helper.name === name) || agents.some((agent) => agent.name === name)) {
    throw workspaceError("HELPER_EXISTS", `somebody is called ${name} already`, {
      hint: "choose another name, or end that helper first",
      details: { name },
    });
  }
  if (own.length < HELPERS_PER_NODE_MAX) return;
  throw workspaceError("HELPERS_TOO_MANY", `node ${node} has ${own.length} helpers already`, {
    hint: "end some of them",
    details: { helpersMax: HELPERS_PER_NODE_MAX },
  });
}

/** What there is to do wants somebody who does it. @throws PleiadError HELPER_SERVICE_MISSING */
function requireService(
  service: string | undefined,
  work: Pick<SpawnAgentOptions, "task" | "project" | "files" | "budget">,
): void {
  const { task, project, files, budget } = work;
  if (service !== undefined || [task, project, files, budget].every((one) => one === undefined)) return;
  throw workspaceError(
    "HELPER_SERVICE_MISSING",
    "a task, a project and files are for a helper with a service",
    {
      hint: "name the service that is to run it, or leave them out",
    },
  );
}
