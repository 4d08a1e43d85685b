import type { Hex } from "viem";
import { REQUESTS_PER_NODE_MAX } from "../limits.ts";
import type { PartyId } from "../types.ts";
import { canonical } from "./canonical.ts";
import type { EntryType } from "./entryTypes.ts";
import { createRegisters } from "./registers.ts";
import { groupOf, type Noted, noted, type View } from "./view.ts";

export interface StoredRequest extends Noted {
  readonly type: EntryType;
}

/** Entries by the request that they fulfil, so that a request that is repeated is not fulfilled twice, after a restart neither. */
export interface RequestsView extends View {
  find(party: PartyId, request: string): (StoredRequest & { readonly id: Hex }) | undefined;
}

export function createRequestsView(): RequestsView {
  const requests = createRegisters<StoredRequest>(REQUESTS_PER_NODE_MAX);
  return {
    apply({ type, data, entry }) {
      if (!("request" in data) || data.request === undefined) return;
      const note = noted(entry);
      const party = "writer" in data ? data.writer : note.party;
      requests.set(groupOf(note), `${party} ${data.request}`, { ...note, type });
    },
    reset: () => requests.clear(),
    dump: () => canonical(requests.entries()),
    find: (party, request) => requests.get(`${party} ${request}`),
  };
}
