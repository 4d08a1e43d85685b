import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Backend, createMemoryBackend } from "../../../node/src/store/backend.ts";
import { encodeEnvelope } from "../../../node/src/store/envelope.ts";
import { openRecords, type Records, UPDATES_WAITING_MAX } from "../../../node/src/store/records.ts";
import { failure } from "./helpers.ts";

const OPTIONS = { create: true, schema: 1, name: "records", acknowledged: 0 };
/** Every run draws the same cases; a failing run prints its own seed and path. */
const SEED = 20_260_101;

type Fault = "none" | "nothing written" | "written, then failed";

/**
 * A disk with faults. As LevelDB does after a failed write, it takes later writes with thanks and forgets them, until
 * it is opened again.
 */
function createFaultyBackend(disk: Backend): Backend & { fault: Fault } {
  let failed = false;
  return {
    ...disk,
    fault: "none",
    async write(operations, flush) {
      if (failed) return;
      if (this.fault === "none") return disk.write(operations, flush);
      if (this.fault === "written, then failed") await disk.write(operations, flush);
      failed = true;
      throw new PleiadError("no room", { code: "STORE_FULL", retryable: true });
    },
    async reopen() {
      failed = false;
    },
  };
}

async function contentOf(records: Records): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {};
  for await (const [key, payload] of records.entries("key/")) content[key] = payload;
  return content;
}

const stepArbitrary = fc.record({
  fault: fc.constantFrom<Fault>("none", "none", "nothing written", "written, then failed"),
  flush: fc.boolean(),
  changes: fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.option(fc.jsonValue(), { nil: undefined }))),
});

describe("records", () => {
  it("are damaged where one that is there is not found by its key, as where a filter of LevelDB's changed", async () => {
    const backend = createMemoryBackend();
    const records = await openRecords(OPTIONS, { backend });
    await records.update(async (draft) => draft.put("key/1", "signed"), { flush: true });
    const blind: Backend = {
      ...backend,
      getNow: (key) => (key === "key/1" ? undefined : backend.getNow(key)),
    };
    const error = await failure(openRecords(OPTIONS, { backend: blind }), "STORE_DAMAGED");
    expect(error.details.key).to.equal("key/1");
  });

  it("are what acknowledged steps made of them, whatever fails, and are that again after opening", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 30 }), async (steps) => {
        const disk = createMemoryBackend();
        const backend = createFaultyBackend(disk);
        const records = await openRecords(OPTIONS, { backend });
        const model = new Map<string, unknown>();
        let failures = 0;
        for (const { fault, flush, changes } of steps) {
          backend.fault = fault;
          const next = new Map(model);
          try {
            await records.update(
              async (draft) => {
                for (const [number, payload] of changes) {
                  const key = `key/${number}`;
                  if (payload === undefined) {
                    draft.delete(key);
                    next.delete(key);
                  } else {
                    draft.put(key, payload);
                    next.set(key, JSON.parse(JSON.stringify(payload)));
                  }
                }
              },
              { flush },
            );
            model.clear();
            for (const [key, payload] of next) model.set(key, payload);
          } catch (error) {
            if (!(error instanceof PleiadError) || error.code !== "STORE_FULL") throw error;
            failures += 1;
          }
          backend.fault = "none";
        }
        // Whatever failed last is settled by the next step, before it.
        await records.update(async (draft) => draft.put("key/last", failures), { flush: true });
        model.set("key/last", failures);
        const expected = Object.fromEntries(model);
        expect(await contentOf(records)).to.deep.equal(expected);
        const again = await openRecords({ ...OPTIONS, create: false }, { backend: disk });
        expect(await contentOf(again)).to.deep.equal(expected);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("shows a step its own changes, and nobody else until it is written", async () => {
    const records = await openRecords(OPTIONS, { backend: createMemoryBackend() });
    await records.update(async (draft) => draft.put("key/1", "before"), { flush: true });
    await records.update(
      async (draft) => {
        draft.put("key/1", "after");
        draft.put("key/2", "new");
        expect(await draft.get("key/1")).to.equal("after");
        expect(await records.get("key/1")).to.equal("before");
        draft.delete("key/2");
        expect(await draft.get("key/2")).to.equal(undefined);
      },
      { flush: true },
    );
    expect(await contentOf(records)).to.deep.equal({ "key/1": "after" });
  });

  it("write nothing of a step that throws", async () => {
    const records = await openRecords(OPTIONS, { backend: createMemoryBackend() });
    const { sequence } = records;
    const refusal = new PleiadError("no", { code: "REFUSED" });
    const step = records.update(
      async (draft) => {
        draft.put("key/1", 1);
        throw refusal;
      },
      { flush: true },
    );
    expect(await failure(step, "REFUSED")).to.equal(refusal);
    expect(await contentOf(records)).to.deep.equal({});
    expect(records.sequence).to.equal(sequence);
  });

  it("run steps one after the other", async () => {
    const records = await openRecords(OPTIONS, { backend: createMemoryBackend() });
    const count = async () => {
      await records.update(
        async (draft) => {
          const before = await draft.get("key/count");
          draft.put("key/count", (typeof before === "number" ? before : 0) + 1);
        },
        { flush: false },
      );
    };
    await Promise.all(Array.from({ length: 50 }, count));
    expect(await records.get("key/count")).to.equal(50);
  });

  it("refuse more waiting steps than their limit, and carry on", async () => {
    const records = await openRecords(OPTIONS, { backend: createMemoryBackend() });
    const step = () => records.update(async (draft) => draft.put("key/1", 1), { flush: false });
    const waiting = Array.from({ length: UPDATES_WAITING_MAX }, step);
    const error = await failure(step(), "STORE_BUSY");
    expect(error.retryable).to.equal(true);
    await Promise.all(waiting);
    await step();
  });

  it("are flushed where the step asks for it", async () => {
    const backend = createMemoryBackend();
    const flushes: boolean[] = [];
    const watched: Backend = {
      ...backend,
      write: (operations, flush) => {
        flushes.push(flush);
        return backend.write(operations, flush);
      },
    };
    const raised: number[] = [];
    const mark = {
      highest: 0,
      raise: async (sequence: number) => void raised.push(sequence),
      close: async () => undefined,
    };
    const records = await openRecords(OPTIONS, { backend: watched, mark });
    await records.update(async (draft) => draft.put("key/1", 1), { flush: false });
    await records.update(async (draft) => draft.put("key/1", 2), { flush: true });
    expect(flushes).to.deep.equal([true, false, true]);
    expect(raised, "the mark follows flushed writes only").to.deep.equal([1, 3]);
  });

  it("count every write of the store", async () => {
    const records = await openRecords(OPTIONS, { backend: createMemoryBackend() });
    const before = records.sequence;
    await records.update(async (draft) => draft.put("key/1", 1), { flush: false });
    await records.update(async () => undefined, { flush: true });
    expect(records.sequence).to.equal(before + 1);
  });

  it("finish running steps before they close, and refuse later ones", async () => {
    const backend = createMemoryBackend();
    const records = await openRecords(OPTIONS, { backend });
    const running = records.update(async (draft) => draft.put("key/1", 1), { flush: true });
    await records.close();
    await running;
    await records.close();
    await failure(
      records.update(async () => undefined, { flush: true }),
      "STORE_CLOSED",
    );
    await failure(records.get("key/1"), "STORE_CLOSED");
    const again = await openRecords({ ...OPTIONS, create: false }, { backend });
    expect(await again.get("key/1")).to.equal(1);
  });
});

describe("records over a disk that lies", () => {
  async function filled(): Promise<Backend> {
    const backend = createMemoryBackend();
    const records = await openRecords(OPTIONS, { backend });
    for (const number of [1, 2, 3]) {
      await records.update(async (draft) => draft.put(`key/${number}`, { number }), { flush: true });
    }
    return backend;
  }

  const reopen = (backend: Backend, acknowledged = 0) =>
    openRecords({ ...OPTIONS, create: false, acknowledged }, { backend });

  it("notice any changed byte of any record, and name its key", async () => {
    const backend = await filled();
    for (const key of ["key/1", "key/2", "key/3", "meta"]) {
      const sound = await backend.get(key);
      if (sound === undefined) throw new Error(`${key} is gone`);
      for (let index = 0; index < sound.length; index += 1) {
        const damaged = Uint8Array.from(sound);
        damaged[index] = (damaged[index] ?? 0) ^ 0x10;
        await backend.write([{ key, value: damaged }], true);
        const error = await failure(reopen(backend), "STORE_DAMAGED");
        expect(error.details.key, `byte ${index}`).to.equal(key);
      }
      await backend.write([{ key, value: sound }], true);
    }
    await reopen(backend);
  });

  it("notice a record that is cut short or empty", async () => {
    const backend = await filled();
    for (const value of [new Uint8Array(), new Uint8Array(5), new Uint8Array(17)]) {
      await backend.write([{ key: "key/2", value }], true);
      expect((await failure(reopen(backend), "STORE_DAMAGED")).details.key).to.equal("key/2");
    }
  });

  it("notice a lost record, an invented one, and one under another's key", async () => {
    const backend = await filled();
    const sound = await backend.get("key/2");
    await backend.write([{ key: "key/2", value: undefined }], true);
    await failure(reopen(backend), "STORE_DAMAGED");
    await backend.write([{ key: "key/2", value: await backend.get("key/1") }], true);
    expect((await failure(reopen(backend), "STORE_DAMAGED")).details.key).to.equal("key/2");
    await backend.write([{ key: "key/2", value: sound }], true);
    await backend.write([{ key: "key/4", value: encodeEnvelope("key/4", 3, {}) }], true);
    await failure(reopen(backend), "STORE_DAMAGED");
  });

  it("notice one record that has gone back to what it was", async () => {
    const backend = await filled();
    const before = await backend.get("key/2");
    const records = await reopen(backend);
    await records.update(async (draft) => draft.put("key/2", { number: 22 }), { flush: true });
    await backend.write([{ key: "key/2", value: before }], true);
    await failure(reopen(backend), "STORE_DAMAGED");
  });

  it("notice a record from after the last known write", async () => {
    const backend = await filled();
    await backend.write([{ key: "key/2", value: encodeEnvelope("key/2", 99, { number: 2 }) }], true);
    expect((await failure(reopen(backend), "STORE_DAMAGED")).details.key).to.equal("key/2");
  });

  it("notice that everything has gone back to before an acknowledged write", async () => {
    const backend = await filled();
    const { sequence } = await reopen(backend);
    await reopen(backend, sequence);
    await failure(reopen(backend, sequence + 1), "STORE_DAMAGED");
  });

  it("take an empty disk for a new one only when they may, and count on from what was acknowledged", async () => {
    await failure(reopen(createMemoryBackend(), 5), "STORE_EMPTIED");
    const records = await openRecords({ ...OPTIONS, acknowledged: 5 }, { backend: createMemoryBackend() });
    expect(records.created).to.equal(true);
    expect(records.sequence).to.equal(6);
  });

  it("never make a new database over records", async () => {
    const backend = await filled();
    await backend.write([{ key: "meta", value: undefined }], true);
    await failure(openRecords(OPTIONS, { backend }), "STORE_DAMAGED");
  });

  it("stop when the disk has forgotten acknowledged writes by the time it is opened again", async () => {
    const disk = createMemoryBackend();
    const backend = createFaultyBackend(disk);
    const records = await openRecords(OPTIONS, { backend });
    await records.update(async (draft) => draft.put("key/1", 1), { flush: true });
    backend.fault = "nothing written";
    await failure(
      records.update(async (draft) => draft.put("key/2", 2), { flush: true }),
      "STORE_FULL",
    );
    backend.fault = "none";
    for await (const [key] of disk.entries("")) await disk.write([{ key, value: undefined }], true);
    await failure(
      records.update(async (draft) => draft.put("key/3", 3), { flush: true }),
      "STORE_DAMAGED",
    );
  });
});
