import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Records } from "./records.ts";

/** Version of the records' shapes (`codec.ts`) that this daemon writes. */
export const SCHEMA_VERSION = 1;

/**
 * Changes records from the version that is its key to the next one. Runs in steps of its own; when it is killed in
 * the middle it runs again from its beginning, so it must leave alone what it has changed already.
 */
export type Migration = (records: Records) => Promise<void>;

/** One entry for each version that was ever released, by the version it starts from. */
export const MIGRATIONS: ReadonlyMap<number, Migration> = new Map();

/**
 * Brings the records to the version of this daemon, one version at a time.
 *
 * @param options.to @default SCHEMA_VERSION
 * @param options.migrations @default MIGRATIONS
 * @throws STORE_SCHEMA_NEWER when a later daemon wrote them; STORE_SCHEMA_UNKNOWN when a step is missing
 */
export async function migrate(
  options: { readonly to?: number; readonly migrations?: ReadonlyMap<number, Migration> },
  modules: { readonly records: Records; readonly logger: Logger },
): Promise<void> {
  const { to = SCHEMA_VERSION, migrations = MIGRATIONS } = options;
  const { records, logger } = modules;
  requireNotNewer(records.schema, to);
  while (records.schema < to) {
    const from = records.schema;
    const migration = migrations.get(from);
    if (migration === undefined) {
      throw new PleiadError(`the store has schema version ${from}, from which no way leads to ${to}`, {
        code: "STORE_SCHEMA_UNKNOWN",
        hint: "set the database aside and let the node rebuild it from the chain",
        details: { found: from, supported: to },
      });
    }
    logger.info({ from, to: from + 1 }, "migrating the store");
    await migration(records);
    await records.setSchema(from + 1);
  }
}

/** Refuses what a later daemon wrote. @throws STORE_SCHEMA_NEWER */
export function requireNotNewer(found: number, supported: number): void {
  if (found <= supported) return;
  throw new PleiadError(
    `the store has schema version ${found}; this daemon knows versions up to ${supported}`,
    {
      code: "STORE_SCHEMA_NEWER",
      hint: "start the newer daemon that wrote it; going back would lose what only that one understands",
      details: { found, supported },
    },
  );
}
