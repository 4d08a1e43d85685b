import { CATALOG } from "@pleiad/sdk/errors/catalog";
import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";
import { AGENT_ERRORS } from "../agents/errors.ts";
import { FOLDER_ERRORS } from "../agents/folders/errors.ts";
import { CHAIN_ERRORS } from "../chain/errors.ts";
import { API_ERRORS } from "./errorTables/api.ts";
import { CLI_ERRORS } from "./errorTables/cli.ts";
import { CLUSTER_LOG_ERRORS } from "./errorTables/clusterLog.ts";
import { CONFIG_ERRORS } from "./errorTables/config.ts";
import { FACE_ERRORS } from "./errorTables/faces.ts";
import { LOCAL_ERRORS } from "./errorTables/local.ts";
import { MANAGER_ERRORS } from "./errorTables/manager.ts";
import { MANAGER_MESSAGE_ERRORS } from "./errorTables/managerMessages.ts";
import { MANAGER_PLAN_ERRORS } from "./errorTables/managerPlans.ts";
import { NETWORK_ERRORS } from "./errorTables/network.ts";
import { STORE_ERRORS } from "./errorTables/store.ts";
import { WORK_ERRORS } from "./errorTables/work.ts";
import { WORKSPACE_ERRORS } from "./errorTables/workspace.ts";

/** What one part of the project says of a code. */
export interface Explanation extends CatalogEntry {
  /** The part that fails with it, as a heading. */
  readonly part: string;
}

type Table = Readonly<Record<string, CatalogEntry>>;

/** Every table, the first one first where two know the same code. */
const TABLES: readonly (readonly [part: string, table: Table])[] = [
  ["Contracts and SDK", CATALOG],
  ["Command line", CLI_ERRORS],
  ["Configuration and keys", CONFIG_ERRORS],
  ["Daemon: chain", CHAIN_ERRORS],
  ["Daemon: store", STORE_ERRORS],
  ["Daemon: agents", agentTable()],
  ["Daemon: project folders", FOLDER_ERRORS],
  ["Daemon: network", NETWORK_ERRORS],
  ["Daemon: work", WORK_ERRORS],
  ["Daemon: workspace", WORKSPACE_ERRORS],
  ["Daemon: faces of the workspace", FACE_ERRORS],
  ["Daemon: cluster log", CLUSTER_LOG_ERRORS],
  ["Daemon: manager", MANAGER_ERRORS],
  ["Daemon: plans of a manager", MANAGER_PLAN_ERRORS],
  ["Daemon: messages of a manager", MANAGER_MESSAGE_ERRORS],
  ["Daemon: API", API_ERRORS],
  ["Local network", LOCAL_ERRORS],
];

/** The parts in the order of the documents, each with its codes in alphabetical order. */
export function codesByPart(): readonly (readonly [part: string, codes: readonly string[]])[] {
  return TABLES.map(([part, table]) => [part, Object.keys(table).sort()] as const);
}

/** Every code once, in alphabetical order. */
export function allCodes(): readonly string[] {
  return [...new Set(TABLES.flatMap(([, table]) => Object.keys(table)))].sort();
}

/** What is said of a code, by each part that fails with it; empty for an unknown one. */
export function explanationsOf(code: string): readonly Explanation[] {
  return TABLES.flatMap(([part, table]) => {
    const entry = Object.hasOwn(table, code) ? table[code] : undefined;
    return entry === undefined ? [] : [{ ...entry, part }];
  });
}

/** What is said of a code first; undefined for an unknown one. */
export function explanationOf(code: string): Explanation | undefined {
  return explanationsOf(code)[0];
}

/** The agents' table has its own words for the same things. */
function agentTable(): Table {
  return Object.fromEntries(
    Object.entries(AGENT_ERRORS).map(([code, { title, cause, hint, retriesMax }]) => [
      code,
      { title, cause, whatToDo: hint, retryable: retriesMax > 0 },
    ]),
  );
}
