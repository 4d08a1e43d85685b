import { requireCount, requireForm, requireKnown, requireLine, requireSome } from "../checks.ts";
import { type Desk, say, type Visit } from "../desk.ts";
import { workspaceError } from "../errors.ts";
import {
  PATH_CHARS_MAX,
  PATHS_MAX,
  RESERVATION_SECONDS_DEFAULT,
  RESERVATION_SECONDS_MAX,
  RESERVATIONS_PER_PARTY_MAX,
} from "../limits.ts";
import { requireMayRelease } from "../scope.ts";
import type { Reservation, WorkspaceOperations } from "../types.ts";
import type { StoredReservation } from "../views/files.ts";

type FileOperations = Pick<WorkspaceOperations, "reserveFiles" | "releaseFiles" | "listReservations">;

export function createFileOperations(desk: Desk): FileOperations {
  /** What binds: held by somebody who still takes part. */
  function held({ space }: Visit): readonly StoredReservation[] {
    return space.views.files.held(desk.now()).filter(({ party }) => space.names.isPresent(party));
  }

  return {
    async reserveFiles({ folder, paths, reason, seconds = RESERVATION_SECONDS_DEFAULT }) {
      const visit = await desk.enter("reserveFiles");
      const { grant, space } = visit;
      requireForm("folder", folder);
      requireSome("paths", paths, PATHS_MAX, 1);
      for (const path of paths) requirePath(path);
      requireLine("reason", reason);
      requireCount("seconds", seconds, RESERVATION_SECONDS_MAX);
      // Only this node reserves in its folders, one after the other: no two hold the same file.
      return space.alone(async () => {
        const here = held(visit).filter((one) => one.node === desk.node && one.folder === folder);
        const other = here.find((one) => one.party !== grant.party && overlaps(one.paths, paths));
        if (other !== undefined) throw reserved(shown(visit, other));
        const own = held(visit).filter(({ party }) => party === grant.party);
        if (own.length >= RESERVATIONS_PER_PARTY_MAX) {
          throw workspaceError(
            "RESERVATIONS_TOO_MANY",
            `${grant.party} has ${own.length} reservations already`,
            {
              hint: "release those that are done with",
              details: { reservationsMax: RESERVATIONS_PER_PARTY_MAX },
            },
          );
        }
        const expiresAtMs = desk.now() + seconds * 1_000;
        const { id } = await say(visit, "files.reserved", { folder, paths: [...paths], reason, expiresAtMs });
        const made = requireKnown("RESERVATION_UNKNOWN", "reservation", id, space.views.files.get(id));
        return shown(visit, made);
      });
    },

    async releaseFiles({ reservation: id } = {}) {
      const visit = await desk.enter("releaseFiles");
      const { grant, space } = visit;
      const all = space.views.files.held(desk.now());
      if (id === undefined) {
        const own = all.filter(({ party, node }) => party === grant.party && node === desk.node);
        const reservations = own.slice(0, RESERVATIONS_PER_PARTY_MAX).map((one) => one.id);
        if (reservations.length > 0) await say(visit, "files.released", { reservations });
        return;
      }
      const found = requireKnown(
        "RESERVATION_UNKNOWN",
        "reservation",
        id,
        all.find((one) => one.id === id),
      );
      requireMayRelease(grant, found, desk.node);
      await say(visit, "files.released", { reservations: [id] });
    },

    async listReservations() {
      const visit = await desk.enter("listReservations");
      return held(visit).map((one) => shown(visit, one));
    },
  };
}

/** Below the folder, in one form only, so that two names of one file are equal. @throws PleiadError PATH_INVALID */
function requirePath(path: string): void {
  const parts = (path.endsWith("/") ? path.slice(0, -1) : path).split("/");
  const isWell =
    path.length <= PATH_CHARS_MAX &&
    parts.every((part) => part !== "" && part !== "." && part !== "..") &&
    !/[\\\p{Cc}]/u.test(path);
  if (isWell) return;
  throw workspaceError("PATH_INVALID", `"${path.slice(0, 80)}" is no path below a folder`, {
    hint: "write src/main.ts for a file, src/ for a folder: relative, without . and .., with / between",
    details: { path: path.slice(0, 80) },
  });
}

/** Whether two lists of paths have a file in common. */
function overlaps(some: readonly string[], others: readonly string[]): boolean {
  return some.some((one) => others.some((other) => covers(one, other) || covers(other, one)));
}

/** A folder covers what is below it, and a file of its own name: one of the two is a mistake. */
function covers(one: string, other: string): boolean {
  return one === other || (one.endsWith("/") && (other.startsWith(one) || other === one.slice(0, -1)));
}

function reserved(other: Reservation) {
  return workspaceError("FILES_RESERVED", `${other.holder.name} works on ${other.paths.join(", ")}`, {
    retryable: true,
    hint: "write to the holder, or wait until the reservation ends",
    details: {
      reservation: other.id,
      holder: other.holder.id,
      paths: other.paths,
      expiresAtMs: other.expiresAtMs,
    },
  });
}

function shown({ space }: Visit, stored: StoredReservation): Reservation {
  const { id, party, node, folder, paths, reason, expiresAtMs } = stored;
  return {
    id,
    holder: space.names.partyOf(party),
    node,
    folder,
    paths,
    ...(reason === undefined ? {} : { reason }),
    expiresAtMs,
  };
}
