import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { ManagerStore } from "../../../node/src/manager/ports.ts";
import { type Backend, createMemoryBackend } from "../../../node/src/store/backend.ts";
import {
  createManagerDatabases,
  createMemoryManagerDatabases,
  MANAGER_DATABASES_MAX,
  MANAGER_ENTRIES_MAX,
  MANAGER_ENTRY_BYTES_MAX,
  MANAGER_STEP_ENTRIES_MAX,
} from "../../../node/src/store/managerDatabases.ts";
import { SCHEMA_VERSION } from "../../../node/src/store/migrations.ts";
import { openRecords } from "../../../node/src/store/records.ts";
import { createRecordsCheck } from "../../../node/src/store/recordsCheck.ts";
import { verifyStore } from "../../../node/src/store/verify.ts";
import { BACKENDS } from "./backends.ts";
import { backUp, restoreFrom } from "./backups.ts";
import { openAt } from "./folders.ts";
import { failure, temporaryFolder } from "./helpers.ts";

const NAMES = { clusters: "m_clusters", communication: "m_talk", performance: "m_speed" };

async function listed(
  rows: AsyncIterable<readonly [string, unknown]>,
): Promise<(readonly [string, unknown])[]> {
  const found: (readonly [string, unknown])[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/** What a look at all records of a backend finds about managers. */
async function findingsOf(backend: Backend) {
  const check = createRecordsCheck();
  for await (const [key, bytes] of backend.entries("")) check.add(key, bytes);
  return check.end().findings.filter(({ key }) => key.startsWith("manager/"));
}

for (const [name, open] of BACKENDS) {
  describe(`databases of a manager, ${name}`, () => {
    it("are three, each with its own entries, and keep them over a restart", async () => {
      await using test = await open();
      // The shape that the manager asks for.
      const kept: ManagerStore = await test.store.managers.open("main", NAMES);
      await kept.clusters.put([
        ["plan/2", { wei: 2n ** 80n, list: [1n] }],
        ["plan/1", "first"],
        ["plans", 0],
      ]);
      await kept.performance.put([["plan/1", null]]);
      expect(await kept.clusters.get("plan/2")).to.deep.equal({ wei: (2n ** 80n).toString(), list: ["1"] });
      expect(await kept.communication.get("plan/1")).to.equal(undefined);

      const store = await test.restart();
      const again = await store.managers.open("main", NAMES);
      expect(await listed(again.clusters.list("plan/"))).to.deep.equal([
        ["plan/1", "first"],
        ["plan/2", { wei: (2n ** 80n).toString(), list: ["1"] }],
      ]);
      expect(await listed(again.clusters.list("plan", { newestFirst: true, limit: 2 }))).to.deep.equal([
        ["plans", 0],
        ["plan/2", { wei: (2n ** 80n).toString(), list: ["1"] }],
      ]);
      expect(await again.performance.get("plan/1")).to.equal(null);
      await again.clusters.delete(["plan/1", "plan/2", "never"]);
      expect(await listed(again.clusters.list(""))).to.deep.equal([["plans", 0]]);
      expect(await listed(again.performance.list(""))).to.deep.equal([["plan/1", null]]);
    });

    it("belong to one role of one manager, whose names nobody else gets; a refusal makes nothing", async () => {
      await using test = await open();
      const { managers } = test.store;
      await managers.open("main", NAMES);
      await managers.open("main", NAMES);
      const taken: readonly (readonly [string, typeof NAMES, RegExp])[] = [
        [
          "other",
          { clusters: "new_one", communication: "new_two", performance: "m_clusters" },
          /"m_clusters" for performance belongs to the clusters of the manager "main"/,
        ],
        [
          "main",
          { ...NAMES, clusters: "m_speed", performance: "m_clusters" },
          /"m_speed" for clusters belongs to the performance of the manager "main"/,
        ],
        [
          "main",
          { ...NAMES, performance: "signings" },
          /"signings" for performance belongs to the node itself/,
        ],
        [
          "main",
          { clusters: "same", communication: "same", performance: "third" },
          /"same" for communication belongs to the clusters of the same manager/,
        ],
      ];
      for (const [manager, names, message] of taken) {
        const error = await failure(managers.open(manager, names), "DATABASE_NAME_TAKEN");
        expect(error.message).to.match(message);
        expect(error.hint).to.contain("choose another name for cluster_manager.databases.");
      }
      // Of what was refused, the names that were free still are.
      await managers.open("third", { clusters: "new_two", communication: "new_one", performance: "same" });
      for (const wrong of ["", "A", "a/b", "a b", "__proto__", "x".repeat(49), "é"])
        await failure(managers.open("main", { ...NAMES, clusters: wrong }), "DATABASE_NAME_INVALID");
    });
  });
}

describe("databases of managers", () => {
  it("are in a backup, and there again after a restore", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    await mkdir(data);
    const store = await openAt(data);
    const kept = await store.managers.open("main", NAMES);
    await kept.performance.put([["alert/active/x", { state: "firing" }]]);
    await store.close();
    await backUp(data, join(folder.path, "backup"));
    await restoreFrom(join(folder.path, "backup"), join(folder.path, "other"));
    const restored = await openAt(join(folder.path, "other"));
    const again = await restored.managers.open("main", NAMES);
    expect(await again.performance.get("alert/active/x")).to.deep.equal({ state: "firing" });
    await failure(restored.managers.open("other", NAMES), "DATABASE_NAME_TAKEN");
    await restored.close();
    expect((await verifyStore(join(folder.path, "other"))).isSound).to.equal(true);
  });

  it("are bounded: how many, entries in each, bytes of one, entries of a step", async () => {
    const managers = await createMemoryManagerDatabases();
    for (let index = 0; index < MANAGER_DATABASES_MAX / 3; index += 1)
      await managers.open(`m${index}`, {
        clusters: `a${index}`,
        communication: `b${index}`,
        performance: `c${index}`,
      });
    await failure(managers.open("more", NAMES), "DATABASES_TOO_MANY");
    const { clusters } = await managers.open("m0", {
      clusters: "a0",
      communication: "b0",
      performance: "c0",
    });
    await failure(clusters.put([["big", "x".repeat(MANAGER_ENTRY_BYTES_MAX)]]), "DATABASE_ENTRY_TOO_LARGE");
    for (let from = 0; from < MANAGER_ENTRIES_MAX; from += MANAGER_STEP_ENTRIES_MAX)
      await clusters.put(
        Array.from({ length: MANAGER_STEP_ENTRIES_MAX }, (_, index) => [`k${from + index}`, 0] as const),
      );
    await failure(clusters.put([["one-more", 0]]), "DATABASE_FULL");
    await clusters.put([["k1", "again"]]);
    await clusters.delete(["k1"]);
    await clusters.put([["one-more", 0]]);
  });

  it("take no key or value that would not be read back as it is", async () => {
    const { clusters } = await (await createMemoryManagerDatabases()).open("main", NAMES);
    for (const key of ["", "a b", "é", "a\n", "x".repeat(201)])
      expect(await clusters.get(key).catch((error: unknown) => error), key).to.be.instanceOf(RangeError);
    for (const value of [undefined, new Map([[1, 2]]), { inside: new Set() }])
      expect(await clusters.put([["k", value]]).catch((error: unknown) => error)).to.be.instanceOf(TypeError);
    expect(await clusters.get("k")).to.equal(undefined);
  });

  it("are found to miss entries where one was taken out behind their count", async () => {
    const backend = createMemoryBackend();
    const records = await openRecords(
      { create: true, schema: SCHEMA_VERSION, name: "memory", acknowledged: 0 },
      { backend },
    );
    const { clusters } = await createManagerDatabases({ records }).open("main", NAMES);
    await clusters.put([
      ["one", 1],
      ["two", 2],
    ]);
    expect(await findingsOf(backend)).to.deep.equal([]);
    await records.update(async (draft) => draft.delete("manager/data/m_clusters/one"), { flush: false });
    expect(await findingsOf(backend)).to.deep.equal([
      { key: "manager/name/m_clusters", reason: "2 entries were counted, 1 are here" },
    ]);
    await records.update(async (draft) => draft.delete("manager/name/m_clusters"), { flush: false });
    expect(await findingsOf(backend)).to.deep.equal([
      { key: "manager/name/m_clusters", reason: "1 entries are here, and nobody has them" },
    ]);
  });
});
