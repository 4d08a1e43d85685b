import { expect } from "chai";
import { describe, it } from "mocha";
import { createMemoryBackend } from "../../../node/src/store/backend.ts";
import { SCHEMA_VERSION } from "../../../node/src/store/migrations.ts";
import { openRecords } from "../../../node/src/store/records.ts";
import { createUsageBook, USAGE_ROWS_KEPT, USAGE_SUMS_MAX } from "../../../node/src/store/usageBook.ts";

const USED = {
  run: "r",
  service: "s",
  task: undefined,
  cluster: undefined,
  user: undefined,
  model: undefined,
  inputTokens: 1,
  outputTokens: 0,
  cachedTokens: 0,
  reportedMicros: undefined,
  prices: undefined,
  computedMicros: undefined,
  isWhole: true,
  charge: undefined,
};

describe("book of usage", function () {
  this.timeout(60_000);

  it("keeps a turn where every version of it looks for it", async () => {
    const records = await openRecords(
      { create: true, schema: SCHEMA_VERSION, name: "memory", acknowledged: 0 },
      { backend: createMemoryBackend() },
    );
    await createUsageBook({ records }).add({ ...USED, agent: "a", atMs: 5 }, []);
    const keys: string[] = [];
    for await (const [key] of records.entries("usage/row/")) keys.push(key);
    // As it lies in the databases that there are: with another number of digits, turns of before would stand behind all new ones.
    expect(keys).to.deep.equal(["usage/row/000000000000000"]);
  });

  it("keeps the newest turns and the latest sums, and no more; sums count what is gone", async () => {
    const records = await openRecords(
      { create: true, schema: SCHEMA_VERSION, name: "memory", acknowledged: 0 },
      { backend: createMemoryBackend() },
    );
    const book = createUsageBook({ records });
    const last = USAGE_ROWS_KEPT + 70;
    for (let atMs = 0; atMs < last; atMs += 1) {
      // As many agents as there are sums, and a few more.
      const agent = `agent ${atMs % (USAGE_SUMS_MAX + 3)}`;
      const isNew = atMs < USAGE_SUMS_MAX + 3;
      const sums = isNew ? [{ kind: "agent", key: agent } as const] : [];
      await book.add({ ...USED, agent, atMs }, [...sums, { kind: "day", key: "1970-01-01" }]);
    }
    const rows = await book.rows(last);
    expect(rows.length).to.be.within(USAGE_ROWS_KEPT, USAGE_ROWS_KEPT + 64);
    expect(rows[0]?.atMs).to.equal(last - 1);
    const agents = await book.sums("agent");
    expect(agents.length).to.equal(USAGE_SUMS_MAX);
    for (const gone of [0, 1, 2])
      expect(await book.sum({ kind: "agent", key: `agent ${gone}` }), String(gone)).to.equal(undefined);
    expect((await book.sum({ kind: "day", key: "1970-01-01" }))?.turns).to.equal(last);
  });
});
