import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { openStore, type Store } from "../../../node/src/store/open.ts";
import { CHAIN, logger, temporaryFolder } from "./helpers.ts";

/** A clock that the test moves. */
export interface TestClock {
  nowMs: number;
}

export interface TestStore extends AsyncDisposable {
  readonly store: Store;
  readonly clock: TestClock;
  /** The same store after an orderly restart; on disk everything was read anew. */
  restart(): Promise<Store>;
}

/** Every implementation of journal and cursor: the suites run over each. */
export const BACKENDS: ReadonlyMap<string, () => Promise<TestStore>> = new Map([
  ["in memory", openInMemory],
  ["on disk", openOnDisk],
]);

async function openInMemory(): Promise<TestStore> {
  const clock = { nowMs: 1_000 };
  const store = await createMemoryStore({ ...CHAIN, now: () => clock.nowMs });
  return { store, clock, restart: async () => store, [Symbol.asyncDispose]: () => store.close() };
}

async function openOnDisk(): Promise<TestStore> {
  const folder = await temporaryFolder();
  const clock = { nowMs: 1_000 };
  const open = () => openStore({ ...CHAIN, dataFolder: folder.path, now: () => clock.nowMs }, { logger });
  let store = await open();
  return {
    get store() {
      return store;
    },
    clock,
    async restart() {
      await store.close();
      store = await open();
      return store;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
