import type { Address } from "viem";
import { unknown } from "./checks.ts";
import { workspaceError } from "./errors.ts";
import type { ClusterMembership } from "./log/ports.ts";
import type { WorkspaceDirectory } from "./ports.ts";
import type { Party, PartyId } from "./types.ts";
import { partsOf } from "./views/party.ts";
import type { PresenceView } from "./views/presence.ts";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** The names of those who take part in one cluster. */
export interface Names {
  partyOf(id: PartyId): Party;
  /** Whether it takes part now: what somebody reserved who does not is free. */
  isPresent(id: PartyId): boolean;
  /** @throws PleiadError RECIPIENT_UNKNOWN, RECIPIENT_AMBIGUOUS */
  find(name: string): PartyId;
}

export function createNames(
  cluster: bigint,
  modules: {
    readonly directory: WorkspaceDirectory;
    readonly membership: Pick<ClusterMembership, "members">;
    readonly presence: Pick<PresenceView, "helper" | "helpers" | "standingOf">;
  },
): Names {
  const { directory, membership, presence } = modules;

  function isPresent(id: PartyId): boolean {
    const parts = partsOf(id);
    switch (parts?.kind) {
      case "agent":
        return directory.agentsOf(cluster).some(({ agent }) => agent === parts.agent);
      case "helper":
        return presence.helper(parts.node, parts.name)?.spawned !== undefined;
      case "user":
        return directory.roleOf(cluster, parts.user) !== undefined;
      case "node":
        return membership.members(cluster).includes(parts.node);
      default:
        return false;
    }
  }

  return {
    partyOf(id) {
      const parts = partsOf(id);
      const { node } = presence.standingOf(id);
      const seen = node === undefined ? {} : { node };
      switch (parts?.kind) {
        case "agent": {
          const found = directory.agentsOf(cluster).find(({ agent }) => agent === parts.agent);
          return { id, kind: "agent", name: found?.name ?? id, ...seen };
        }
        case "helper": {
          const isAlone = presence.helpers().filter(({ name }) => name === parts.name).length <= 1;
          const isAgent = directory.agentsOf(cluster).some(({ name }) => name === parts.name);
          const name = isAlone && !isAgent ? parts.name : `${parts.name}@${parts.node}`;
          return { id, kind: "helper", name, node: parts.node };
        }
        case "user":
          return { id, kind: "user", name: parts.user, ...seen };
        case "node":
          return { id, kind: "node", name: id, node: parts.node };
        default:
          throw new TypeError(`${id} is nobody's id`);
      }
    },
    isPresent,
    find(name) {
      if (partsOf(name) !== undefined) {
        if (isPresent(name)) return name;
        throw unknown("RECIPIENT_UNKNOWN", "party", name);
      }
      const agents = directory.agentsOf(cluster);
      const agent = agents.find((candidate) => candidate.name === name);
      if (agent !== undefined) return `agent:${agent.agent}`;
      if (ADDRESS.test(name)) {
        const user = name.toLowerCase() as Address;
        if (isPresent(`user:${user}`)) return `user:${user}`;
      }
      const [helperName = "", node] = name.split("@");
      const helpers = presence
        .helpers()
        .filter(
          (helper) => helper.name === helperName && (node === undefined || String(helper.node) === node),
        );
      const [first, second] = helpers;
      if (first === undefined) {
        throw unknown("RECIPIENT_UNKNOWN", "party", name, [
          ...agents.map((candidate) => candidate.name),
          ...presence.helpers().map((helper) => helper.name),
        ]);
      }
      if (second !== undefined) {
        const names = helpers.map((helper) => `${helper.name}@${helper.node}`);
        throw workspaceError("RECIPIENT_AMBIGUOUS", `there are several helpers ${name}`, {
          hint: `write ${names.join(" or ")}`,
          details: { party: name, names },
        });
      }
      return `helper:${first.node}/${first.name}`;
    },
  };
}
