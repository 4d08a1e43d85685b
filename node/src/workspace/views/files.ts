import { RELEASES_PER_NODE_MAX, RESERVATIONS_PER_NODE_MAX } from "../limits.ts";
import { canonical } from "./canonical.ts";
import { createShelf } from "./shelf.ts";
import { groupOf, type Noted, noted, type View } from "./view.ts";

export interface StoredReservation extends Noted {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly reason?: string;
  readonly expiresAtMs: number;
}

interface Release extends Noted {
  readonly reservations: readonly string[];
}

/**
 * Who works on which files. A folder is on one node's disk, and only entries of that node reserve in it, so one node decides
 * and no two can hold the same file.
 */
export interface FilesView extends View {
  get(id: string): StoredReservation | undefined;
  /** Neither released (by its holder, or its node) nor expired; in order. */
  held(nowMs: number): readonly StoredReservation[];
}

export function createFilesView(): FilesView {
  const reservations = createShelf<StoredReservation>(RESERVATIONS_PER_NODE_MAX);
  const releases = createShelf<Release>(RELEASES_PER_NODE_MAX);

  function releasedBy(): ReadonlySet<string> {
    const keys = releases
      .all()
      .flatMap(({ party, node, reservations: ids }) => ids.map((id) => `${node} ${party} ${id}`));
    return new Set(keys);
  }

  return {
    apply({ type, data, entry }) {
      const note = noted(entry);
      if (type === "files.reserved") {
        const { folder, paths, reason, expiresAtMs } = data;
        reservations.add(groupOf(note), {
          ...note,
          folder,
          paths,
          ...(reason === undefined ? {} : { reason }),
          expiresAtMs,
        });
      } else if (type === "files.released") {
        releases.add(groupOf(note), { ...note, reservations: data.reservations });
      }
    },
    reset() {
      reservations.clear();
      releases.clear();
    },
    dump: () => canonical({ reservations: reservations.all(), releases: releases.all() }),
    get: (id) => reservations.get(id),
    held(nowMs) {
      const released = releasedBy();
      return reservations
        .all()
        .filter(
          ({ id, node, party, expiresAtMs }) =>
            expiresAtMs > nowMs &&
            !released.has(`${node} ${party} ${id}`) &&
            !released.has(`${node} node:${node} ${id}`),
        );
    },
  };
}
