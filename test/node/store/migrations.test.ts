import { expect } from "chai";
import { describe, it } from "mocha";
import { createMemoryBackend } from "../../../node/src/store/backend.ts";
import { MIGRATIONS, migrate, SCHEMA_VERSION } from "../../../node/src/store/migrations.ts";
import { openRecords } from "../../../node/src/store/records.ts";
import { failure, logger } from "./helpers.ts";

const open = (backend = createMemoryBackend(), create = true) =>
  openRecords({ create, schema: 1, name: "records", acknowledged: 0 }, { backend });

describe("migrations", () => {
  it("lead from every released version to this one", () => {
    for (let from = 1; from < SCHEMA_VERSION; from += 1)
      expect(MIGRATIONS.has(from), `from ${from}`).to.equal(true);
  });

  it("run one after the other, each once, and are remembered", async () => {
    const backend = createMemoryBackend();
    const records = await open(backend);
    const ran: number[] = [];
    const migrations = new Map(
      [1, 2].map((from) => [
        from,
        async () => {
          ran.push(from);
        },
      ]),
    );
    await migrate({ to: 3, migrations }, { records, logger });
    expect(ran).to.deep.equal([1, 2]);
    const again = await open(backend, false);
    expect(again.schema).to.equal(3);
    await migrate({ to: 3, migrations }, { records: again, logger });
    expect(ran).to.deep.equal([1, 2]);
  });

  it("run again from the version they had reached when one fails", async () => {
    const records = await open();
    const failing = new Map([
      [1, async () => undefined],
      [2, async () => Promise.reject(new Error("killed"))],
    ]);
    const error = await migrate({ to: 3, migrations: failing }, { records, logger }).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Error);
    expect(records.schema).to.equal(2);
  });

  it("refuse what a later daemon wrote, and a version that no step starts from", async () => {
    const records = await open();
    await records.setSchema(2);
    const newer = await failure(migrate({ to: 1 }, { records, logger }), "STORE_SCHEMA_NEWER");
    expect(newer.details).to.deep.equal({ found: 2, supported: 1 });
    await failure(migrate({ to: 3, migrations: new Map() }, { records, logger }), "STORE_SCHEMA_UNKNOWN");
  });
});
