import type { ValuesOf } from "./fields.ts";
import { AGENT_KEYS } from "./tables/agents.ts";
import { CHAIN_KEYS } from "./tables/chain.ts";
import { FOLDERS_KEYS } from "./tables/folders.ts";
import { IDENTITY_KEYS } from "./tables/identity.ts";
import { MANAGER_KEYS } from "./tables/manager.ts";
import { SUBMITTER_KEYS } from "./tables/submitter.ts";
import { SURROUNDINGS_KEYS } from "./tables/surroundings.ts";
import { WORK_KEYS } from "./tables/work.ts";
import { WORKSPACE_KEYS } from "./tables/workspace.ts";

/**
 * Every key of the configuration, by subject in `tables`. The parser (`parse.ts`) and the page `docs/config.md`
 * (`docs.ts`) are made from this table, so a key that stands here is read, checked and documented, and no other is.
 */
export const CONFIG_TABLE = {
  ...CHAIN_KEYS,
  ...IDENTITY_KEYS,
  ...SUBMITTER_KEYS,
  ...WORK_KEYS,
  ...WORKSPACE_KEYS,
  ...FOLDERS_KEYS,
  ...AGENT_KEYS,
  ...MANAGER_KEYS,
  ...SURROUNDINGS_KEYS,
};

/** Keys by what they were called before. */
export const RENAMED_KEYS: Readonly<Record<string, string>> = { "chain.confirmations": "chain.finality" };

/** The configuration as the daemon uses it: every key there, paths absolute. */
export interface Config extends ValuesOf<typeof CONFIG_TABLE> {
  /** Folder of the configuration file: where the node keeps everything. */
  readonly dataFolder: string;
}
