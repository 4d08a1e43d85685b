import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { createMemoryBackend } from "./backend.ts";
import { decodeRecord, encodeRecord } from "./codec.ts";
import { SCHEMA_VERSION } from "./migrations.ts";
import { type Draft, openRecords, type Records } from "./records.ts";

/** What a manager keeps apart, in the order in which its file may list the names. */
const ROLES = ["clusters", "communication", "performance"] as const;
type Role = (typeof ROLES)[number];

/** Databases of all managers that a node ever had: eight of them, each with three. */
export const MANAGER_DATABASES_MAX = 24;
/** Entries of one database: each opening of the store reads every record once, and this many take a second. */
export const MANAGER_ENTRIES_MAX = 50_000;
/** An entry is at most a plan with a cluster's file in each of some steps. Bytes. */
export const MANAGER_ENTRY_BYTES_MAX = 4_194_304;
/** A key is a few words and ids. Characters. */
export const MANAGER_KEY_CHARS_MAX = 200;
/** Entries written or removed in one step. */
export const MANAGER_STEP_ENTRIES_MAX = 5_000;

/** What the node's own records begin with, and the store's files: no database is called so, as it would be looked for there. */
const RESERVED: readonly string[] = [
  "approval",
  "blobs",
  "chain",
  "cursor",
  "db",
  "equivocation",
  "history",
  "job",
  "jobs",
  "journal",
  "manager",
  "meta",
  "pleiad",
  "private",
  "signing",
  "signings",
  "spending",
  "spent",
  "store",
  "tx",
  "usage",
  "watermark",
  "workspace",
];

/** Of each database who has it, and how many entries it has. */
export const MANAGER_NAMES = "manager/name/";
/** The entries, below the name; before the names in the order of keys. */
export const MANAGER_DATA = "manager/data/";
const NAME = /^[a-z][a-z0-9_-]{0,47}$/;
/** Printable ASCII: keys sort by their bytes, and one key has one spelling. */
const KEY = /^[\x21-\x7e]+$/;

export const managerNameSchema = z.object({
  manager: z.string(),
  role: z.enum(ROLES),
  entries: z.int().nonnegative(),
});
const entrySchema = z.object({ value: z.unknown() });
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** One database: `ManagerTable` of the manager. */
interface Table {
  get(key: string): Promise<unknown>;
  put(entries: readonly (readonly [key: string, value: unknown])[]): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
  list(
    prefix: string,
    options?: { readonly limit?: number; readonly newestFirst?: boolean },
  ): AsyncIterable<readonly [string, unknown]>;
}

/** The databases of managers, each under its name among the node's records: checked, backed up and restored as these are. */
export interface ManagerDatabases {
  /**
   * Opens a manager's three databases, and makes those that are not there. A name belongs to one role of one manager for good.
   *
   * @throws DATABASE_NAME_TAKEN, DATABASE_NAME_INVALID, DATABASES_TOO_MANY; then nothing was made
   */
  open(manager: string, names: Readonly<Record<Role, string>>): Promise<Readonly<Record<Role, Table>>>;
}

/** Over the records of a store: see `ManagerStore` of the manager. */
export function createManagerDatabases(modules: { readonly records: Records }): ManagerDatabases {
  const { records } = modules;
  return {
    async open(manager, names) {
      await records.update((draft) => claim(records, draft, manager, names), { flush: true });
      const table = (role: Role) => createTable(names[role], records);
      return {
        clusters: table("clusters"),
        communication: table("communication"),
        performance: table("performance"),
      };
    },
  };
}

/** Databases that are forgotten with their process, for tests of the layers above. */
export async function createMemoryManagerDatabases(): Promise<ManagerDatabases> {
  const records = await openRecords(
    { create: true, schema: SCHEMA_VERSION, name: "memory", acknowledged: 0 },
    { backend: createMemoryBackend() },
  );
  return createManagerDatabases({ records });
}

async function claim(
  records: Records,
  draft: Draft,
  manager: string,
  names: Readonly<Record<Role, string>>,
): Promise<void> {
  let count = 0;
  for await (const _ of records.entries(MANAGER_NAMES)) count += 1;
  for (const [index, role] of ROLES.entries()) {
    const name = names[role];
    if (!NAME.test(name)) throw nameInvalid(name);
    if (RESERVED.includes(name)) throw nameTaken(name, role, "the node itself");
    const other = ROLES.slice(0, index).find((one) => names[one] === name);
    if (other !== undefined) throw nameTaken(name, role, `the ${other} of the same manager`);
    const payload = await draft.get(MANAGER_NAMES + name);
    if (payload !== undefined) {
      const owner = decodeRecord(MANAGER_NAMES + name, managerNameSchema, payload);
      if (owner.manager === manager && owner.role === role) continue;
      throw nameTaken(name, role, `the ${owner.role} of the manager "${owner.manager}"`);
    }
    count += 1;
    if (count > MANAGER_DATABASES_MAX) throw tooMany(name);
    draft.put(MANAGER_NAMES + name, encodeRecord(managerNameSchema, { manager, role, entries: 0 }));
  }
}

function createTable(name: string, records: Records): Table {
  const prefix = `${MANAGER_DATA}${name}/`;
  const about = MANAGER_NAMES + name;

  function pathOf(key: string): string {
    // A caller's mistake, not something that comes from outside.
    if (key.length > MANAGER_KEY_CHARS_MAX || !KEY.test(key))
      throw new RangeError(`no key of a database: ${key}`);
    return prefix + key;
  }

  /** One step that may change how many entries there are. */
  function change(size: number, step: (draft: Draft) => Promise<number>): Promise<void> {
    if (size > MANAGER_STEP_ENTRIES_MAX) throw new RangeError(`${size} entries in one step`);
    return records.update(
      async (draft) => {
        const difference = await step(draft);
        if (difference === 0) return;
        const described = decodeRecord(about, managerNameSchema, await draft.get(about));
        const entries = described.entries + difference;
        if (difference > 0 && entries > MANAGER_ENTRIES_MAX) throw full(name);
        draft.put(about, encodeRecord(managerNameSchema, { ...described, entries }));
      },
      { flush: true },
    );
  }

  return {
    async get(key) {
      const path = pathOf(key);
      const payload = await records.get(path);
      return payload === undefined ? undefined : decodeRecord(path, entrySchema, payload).value;
    },
    async put(entries) {
      const plain = entries.map(([key, value]) => [pathOf(key), { value: plainOf(value) }] as const);
      await change(plain.length, async (draft) => {
        let added = 0;
        for (const [path, payload] of plain) {
          if ((await draft.get(path)) === undefined) added += 1;
          draft.put(path, payload);
        }
        return added;
      });
    },
    async delete(keys) {
      const paths = keys.map(pathOf);
      await change(paths.length, async (draft) => {
        let removed = 0;
        for (const path of paths) {
          if ((await draft.get(path)) === undefined) continue;
          draft.delete(path);
          removed += 1;
        }
        return -removed;
      });
    },
    async *list(keyPrefix, { limit, newestFirst = false } = {}) {
      const options = { reverse: newestFirst, ...(limit === undefined ? {} : { limit }) };
      for await (const [path, payload] of records.entries(prefix + keyPrefix, options))
        yield [path.slice(prefix.length), decodeRecord(path, entrySchema, payload).value];
    },
  };
}

/** A value as it is read back: JSON, with bigints as decimal strings. What JSON would lose is a mistake of the caller. */
function plainOf(value: unknown): unknown {
  const json = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return part.toString();
    if (part instanceof Map || part instanceof Set) throw new TypeError("a map or set is no JSON");
    return part;
  });
  if (json === undefined) throw new TypeError("nothing to put");
  const plain: unknown = JSON.parse(json);
  if (bytesOf(plain) > MANAGER_ENTRY_BYTES_MAX) throw tooLarge(bytesOf(plain));
  return plain;
}

function nameTaken(name: string, role: Role, by: string): PleiadError {
  return new PleiadError(`the database name "${name}" for ${role} belongs to ${by}`, {
    code: "DATABASE_NAME_TAKEN",
    hint: `choose another name for cluster_manager.databases.${role}; a name stays with the manager and the role that had it first`,
    details: { name, role, by },
  });
}

function nameInvalid(name: string): PleiadError {
  return new PleiadError(`"${name.slice(0, MANAGER_KEY_CHARS_MAX)}" is no name of a database`, {
    code: "DATABASE_NAME_INVALID",
    hint: "small letters, digits, _ and -, a letter first, at most 48",
    details: { name },
  });
}

function tooMany(name: string): PleiadError {
  return new PleiadError(`"${name}" would be more than ${MANAGER_DATABASES_MAX} databases of managers`, {
    code: "DATABASES_TOO_MANY",
    hint: "use the id and the names of an earlier manager of this node: what it kept is there",
    details: { name, databasesMax: MANAGER_DATABASES_MAX },
  });
}

function full(name: string): PleiadError {
  return new PleiadError(`the database "${name}" has ${MANAGER_ENTRIES_MAX} entries, and takes no more`, {
    code: "DATABASE_FULL",
    hint: "give the manager another name for it in cluster_manager.databases, and report this: old entries should have gone",
    details: { name, entriesMax: MANAGER_ENTRIES_MAX },
  });
}

function tooLarge(bytes: number): PleiadError {
  return new PleiadError(`an entry of ${bytes} bytes is larger than ${MANAGER_ENTRY_BYTES_MAX}`, {
    code: "DATABASE_ENTRY_TOO_LARGE",
    hint: "a plan of fewer steps is smaller",
    details: { bytes, bytesMax: MANAGER_ENTRY_BYTES_MAX },
  });
}
