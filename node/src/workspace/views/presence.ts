import type { Address } from "viem";
import { PARTIES_PER_NODE_MAX } from "../limits.ts";
import type { PartyId, PresenceState } from "../types.ts";
import { canonical } from "./canonical.ts";
import { createRegisters } from "./registers.ts";
import { groupOf, type Noted, noted, type View } from "./view.ts";

interface Registered extends Noted {
  readonly role?: string;
  readonly capabilities: readonly string[];
}

interface Changed extends Noted {
  readonly state: PresenceState;
  readonly note?: string;
}

export interface StoredHelper extends Noted {
  readonly name: string;
  /** What was said when it was spawned; undefined once it has ended. */
  readonly spawned?: {
    readonly role: string;
    readonly goal: string;
    readonly service?: string;
    readonly user: Address;
  };
}

export interface Standing {
  readonly role?: string;
  readonly capabilities: readonly string[];
  readonly state?: PresenceState;
  readonly note?: string;
  /** Of the last thing it said in the log. */
  readonly lastSaidMs?: number;
  /** The node that signed it. */
  readonly node?: bigint;
}

/**
 * Who is there. What ends with the process that knows it (heartbeats) goes beside the log; here is what was said.
 *
 * | said | state |
 * |---|---|
 * | `helper.spawned` | `spawning` |
 * | `agent.registered` | `running` |
 * | `presence.changed` | as it says |
 * | `helper.ended` | `done`, and the name is free |
 */
export interface PresenceView extends View {
  standingOf(party: PartyId): Standing;
  /** Parties that have said something, or of whom something was said. */
  parties(): readonly PartyId[];
  helper(node: bigint, name: string): StoredHelper | undefined;
  /** All that have not ended. */
  helpers(): readonly StoredHelper[];
}

export function createPresenceView(): PresenceView {
  const registered = createRegisters<Registered>(PARTIES_PER_NODE_MAX);
  const changed = createRegisters<Changed>(PARTIES_PER_NODE_MAX);
  const said = createRegisters<Noted>(PARTIES_PER_NODE_MAX);
  const helpers = createRegisters<StoredHelper>(PARTIES_PER_NODE_MAX);
  const keyOf = (node: bigint, name: string): PartyId => `helper:${node}/${name}`;

  return {
    apply({ type, data, entry }) {
      const note = noted(entry);
      const group = groupOf(note);
      said.set(group, note.party, note);
      if (type === "agent.registered") {
        const { role, capabilities } = data;
        registered.set(group, note.party, {
          ...note,
          ...(role === undefined ? {} : { role }),
          capabilities,
        });
        changed.set(group, note.party, { ...note, state: "running" });
      } else if (type === "presence.changed") {
        const { state, note: text } = data;
        changed.set(group, note.party, { ...note, state, ...(text === undefined ? {} : { note: text }) });
      } else if (type === "helper.spawned") {
        const { name, role, goal, service } = data;
        const spawned = {
          role,
          goal,
          ...(service === undefined ? {} : { service }),
          user: data.user as Address,
        };
        // A node that starts one again says whose it is; nobody else speaks for others.
        const by = note.party === `node:${note.node}` ? (data.by ?? note.party) : note.party;
        helpers.set(group, keyOf(note.node, name), { ...note, party: by, name, spawned });
        changed.set(group, keyOf(note.node, name), { ...note, state: "spawning" });
      } else if (type === "helper.ended") {
        const { name, reason } = data;
        helpers.set(group, keyOf(note.node, name), { ...note, name });
        changed.set(group, keyOf(note.node, name), {
          ...note,
          state: "done",
          ...(reason === undefined ? {} : { note: reason }),
        });
      }
    },
    reset() {
      for (const registers of [registered, changed, said, helpers]) registers.clear();
    },
    dump: () =>
      canonical({
        registered: registered.entries(),
        changed: changed.entries(),
        said: said.entries(),
        helpers: helpers.entries(),
      }),
    standingOf(party) {
      const registration = registered.get(party);
      const change = changed.get(party);
      const last = said.get(party);
      return {
        capabilities: registration?.capabilities ?? [],
        ...(registration?.role === undefined ? {} : { role: registration.role }),
        ...(change === undefined ? {} : { state: change.state }),
        ...(change?.note === undefined ? {} : { note: change.note }),
        ...(last === undefined ? {} : { lastSaidMs: last.atMs, node: last.node }),
      };
    },
    parties: () => [...new Set([...said.entries(), ...changed.entries()].map(([party]) => party))].sort(),
    helper: (node, name) => helpers.get(keyOf(node, name)),
    helpers: () => helpers.entries().flatMap(([, helper]) => (helper.spawned === undefined ? [] : [helper])),
  };
}
