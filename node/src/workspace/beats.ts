import { MEMBERS_MAX, PARTIES_PER_NODE_MAX } from "./limits.ts";
import type { ClusterMembership } from "./log/ports.ts";
import type { PresencePort } from "./ports.ts";
import type { PartyId } from "./types.ts";
import { partsOf } from "./views/party.ts";

/** Heartbeats: when somebody was last heard of, beside what it said in the log. Forgotten with the process. */
export interface Beats {
  /** Of somebody here: noted, and told to the peers. */
  beat(cluster: bigint, party: PartyId): void;
  /** Unix milliseconds. */
  last(cluster: bigint, party: PartyId): number | undefined;
  stop(): void;
}

export function createBeats(modules: {
  readonly membership: Pick<ClusterMembership, "members" | "mayVoice">;
  readonly port: PresencePort;
  readonly now: () => number;
}): Beats {
  const { membership, port, now } = modules;
  /** By cluster and node, and there by party: no node pushes out another's. */
  const nodes = new Map<string, Map<PartyId, number>>();

  function note(cluster: bigint, node: string, party: PartyId): void {
    const name = `${cluster} ${node}`;
    const beats = nodes.get(name) ?? new Map<PartyId, number>();
    nodes.delete(name);
    nodes.set(name, beats);
    beats.delete(party);
    beats.set(party, now());
    for (const old of beats.keys()) {
      if (beats.size <= PARTIES_PER_NODE_MAX) break;
      beats.delete(old);
    }
    for (const old of nodes.keys()) {
      if (nodes.size <= MEMBERS_MAX * 4) break;
      nodes.delete(old);
    }
  }

  /** A node beats for those for whom it may speak. */
  function isTheirs(cluster: bigint, node: bigint, party: PartyId): boolean {
    const parts = partsOf(party);
    if (!membership.members(cluster).includes(node)) return false;
    switch (parts?.kind) {
      case "agent":
        return membership.mayVoice(cluster, node, parts.agent);
      case "helper":
      case "node":
        return parts.node === node;
      case "user":
        return true;
      default:
        return false;
    }
  }

  const end = port.onBeat((cluster, node, party) => {
    if (isTheirs(cluster, node, party)) note(cluster, String(node), party);
  });

  return {
    beat(cluster, party) {
      note(cluster, "own", party);
      port.beat(cluster, party);
    },
    last(cluster, party) {
      const times = [...nodes].flatMap(([name, beats]) =>
        name.startsWith(`${cluster} `) ? (beats.get(party) ?? []) : [],
      );
      return times.length === 0 ? undefined : Math.max(...times);
    },
    stop: end,
  };
}
