import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, keccak256, zeroHash } from "viem";
import type { JobRecord, Journal } from "../../../node/src/chain/journal.ts";
import type { ProjectionReader } from "../../../node/src/chain/projection.ts";
import type { ExecutionRecord } from "../../../node/src/chain/state.ts";
import {
  BLOB_ROOM_RETRY_MS,
  BLOB_SWEEP_INTERVAL_MS,
  BLOB_UNCLAIMED_KEEP_MS,
  createBlobKeeper,
  type EvictionReason,
} from "../../../node/src/local/blobKeeper.ts";
import { BLOB_ROOM_BYTES_MIN, openBlobStore } from "../../../node/src/store/blobs.ts";
import type { SignedMessage } from "../../../node/src/work/ports.ts";
import { temporaryFolder } from "../../fixtures/pleiad.ts";
import { until } from "../../fixtures/until.ts";
import { failure, logger, manualClock } from "../chain/helpers.ts";

const HOUR = 3_600;
const RETENTION_MS = 48 * HOUR * 1_000;
const FINAL_DEPTH = 6;
/** As many of the smallest as there is room for in these tests. */
const ROOMS = 10;

const bytesOf = (name: string) => new TextEncoder().encode(name);
const digestOf = (name: string) => keccak256(bytesOf(name));

/** A chain and a journal that say what a test wants, over a store on disk. */
async function world(folder: string, roomsMax = ROOMS) {
  const state = { nowSeconds: 1_000_000, head: 100n, refused: 0 };
  const records = new Map<bigint, ExecutionRecord>();
  const jobs: JobRecord[] = [];
  const evicted: [EvictionReason, number][] = [];
  let tellExecution = (_id: bigint) => {};
  let tellCompletion = (_message: SignedMessage) => {};
  const all = (isRunning: boolean) =>
    [...records.values()].filter((one) => (one.state === "Running") === isRunning);
  const clock = manualClock();
  const bytesTotalMax = roomsMax * BLOB_ROOM_BYTES_MIN;
  const store = await openBlobStore({ folder, bytesTotalMax }, { logger });
  const keeper = createBlobKeeper(
    { bytesTotalMax, retentionMs: RETENTION_MS, finalDepth: FINAL_DEPTH },
    {
      store,
      projection: {
        head: () => ({ number: state.head, hash: zeroHash, parentHash: zeroHash, timestamp: 0n }),
        execution: (id: bigint) => records.get(id),
        runningExecutions: () => all(true),
        endedExecutions: () => all(false),
        on: (_topic: string, listener: (id: bigint) => void) => {
          tellExecution = listener;
          return () => {};
        },
      } as unknown as ProjectionReader,
      view: { now: () => BigInt(state.nowSeconds) },
      journal: { jobs: { live: async () => jobs } } as unknown as Journal,
      gossip: {
        onCompletion(handler) {
          tellCompletion = handler;
          return () => {};
        },
      },
      clock,
      logger,
      onEvicted: (reason, room) => evicted.push([reason, room]),
      onRefused: () => {
        state.refused += 1;
      },
    },
  );
  return {
    state,
    store,
    keeper,
    clock,
    jobs,
    evicted,
    put: (name: string) => keeper.blobs.put(bytesOf(name)),
    has: (name: string) => store.has(digestOf(name)),
    /** An execution with this input and these outputs. */
    execution(id: bigint, input: string, outputs: readonly string[] = [], rest: object = {}) {
      const completions = new Map(
        outputs.map((one, task) => [
          task,
          { outputDigest: digestOf(one), evidenceDigest: digestOf(`evidence of ${one}`) },
        ]),
      );
      const deadline = BigInt(state.nowSeconds + HOUR);
      const inputDigest = digestOf(input);
      records.set(id, {
        execution: id,
        state: "Running",
        inputDigest,
        completions,
        deadline,
        endedIn: null,
        ...rest,
      } as unknown as ExecutionRecord);
      tellExecution(id);
    },
    end(id: bigint) {
      const endedIn = { blockNumber: state.head, timestamp: BigInt(state.nowSeconds) };
      records.set(id, { ...records.get(id), state: "Succeeded", endedIn } as unknown as ExecutionRecord);
      tellExecution(id);
    },
    hear: (execution: bigint, output: string) =>
      tellCompletion({
        completion: {
          execution,
          outputDigest: digestOf(output),
          evidenceDigest: digestOf(`evidence of ${output}`),
        },
      } as unknown as SignedMessage),
    job: (output: string) =>
      jobs.push({ output: { digest: digestOf(output) as Hex } } as unknown as JobRecord),
    pass(seconds: number) {
      state.nowSeconds += seconds;
      state.head += BigInt(Math.ceil(seconds / 12));
    },
  };
}

describe("what is kept of blobs", () => {
  it("input and outputs of an execution stay for the retention after its final end, and go then", async () => {
    await using folder = temporaryFolder();
    const { keeper, put, has, execution, end, pass, evicted } = await world(folder.path);
    for (const name of ["input", "output"]) await put(name);
    execution(1n, "input", ["output"], { deadline: 10_000_000n });
    pass(100 * HOUR);
    await keeper.sweep();
    expect([await has("input"), await has("output")], "while it runs").to.deep.equal([true, true]);
    end(1n);
    pass(47 * HOUR);
    await keeper.sweep();
    expect([await has("input"), await has("output")], "a while after").to.deep.equal([true, true]);
    pass(2 * HOUR);
    await keeper.sweep();
    expect([await has("input"), await has("output")], "long after").to.deep.equal([false, false]);
    expect(evicted).to.deep.equal([
      ["retention", BLOB_ROOM_BYTES_MIN],
      ["retention", BLOB_ROOM_BYTES_MIN],
    ]);
  });

  it("an end that a reorganisation may take back drops nothing, nor one nobody told on chain before its deadline", async () => {
    await using folder = temporaryFolder();
    const { keeper, put, has, execution, end, pass, state } = await world(folder.path);
    await put("ended");
    await put("expired");
    execution(1n, "ended");
    execution(2n, "expired", [], { deadline: BigInt(state.nowSeconds + 100 * HOUR) });
    pass(99 * HOUR);
    end(1n);
    state.nowSeconds += 100 * HOUR;
    await keeper.sweep();
    expect(await has("ended"), "its end is not final").to.equal(true);
    expect(await has("expired"), "past its deadline by 99 hours").to.equal(false);
    state.head += BigInt(FINAL_DEPTH);
    await keeper.sweep();
    expect(await has("ended"), "it was needed a moment ago").to.equal(true);
    pass(49 * HOUR);
    await keeper.sweep();
    expect(await has("ended"), "its end is final, and long over").to.equal(false);
  });

  it("times go on after a restart, also of an execution that the chain is silent about by then", async () => {
    await using folder = temporaryFolder();
    const first = await world(folder.path);
    await first.put("input");
    first.execution(1n, "input", [], { deadline: 10_000_000n });
    first.pass(30 * HOUR);
    first.end(1n);
    first.pass(HOUR);
    await first.keeper.sweep();
    await first.keeper.stop();

    const second = await world(folder.path);
    second.state.nowSeconds = first.state.nowSeconds + 46 * HOUR;
    await second.keeper.sweep();
    expect(await second.has("input"), "47 hours after its end").to.equal(true);
    second.pass(2 * HOUR);
    await second.keeper.sweep();
    expect(await second.has("input"), "49 hours after its end").to.equal(false);
  });

  it("a full store drops what was used longest ago, never what an execution, a job or a completion needs or what was just posted", async () => {
    await using folder = temporaryFolder();
    const { put, has, execution, end, pass, job, hear, evicted, store } = await world(folder.path);
    for (const name of ["old input", "input", "output", "job output", "heard output", "stray"]) {
      await put(name);
      pass(60);
    }
    execution(1n, "old input");
    execution(2n, "input", ["output"], { deadline: 10_000_000n });
    end(1n);
    job("job output");
    hear(2n, "heard output");
    pass(BLOB_UNCLAIMED_KEEP_MS / 1_000);
    for (let index = 0; index < ROOMS - 6; index++) await put(`posted ${index}`);
    expect(evicted, "while there is room").to.deep.equal([]);

    await put("one more");
    const stays = ["input", "output", "job output", "heard output", "posted 0", "posted 3", "one more"];
    for (const name of stays) expect(await has(name), name).to.equal(true);
    expect([await has("old input"), await has("stray")]).to.deep.equal([false, false]);
    expect(evicted).to.deep.equal([
      ["room", BLOB_ROOM_BYTES_MIN],
      ["room", BLOB_ROOM_BYTES_MIN],
    ]);
    expect(store.bytesTotal).to.equal(9 * BLOB_ROOM_BYTES_MIN);
  });

  it("of what may go, the longest unused goes first, and no more than a tenth of the room with what is asked for", async () => {
    await using folder = temporaryFolder();
    const { put, has, pass } = await world(folder.path);
    for (let index = 0; index < ROOMS; index++) {
      await put(`${index}`);
      pass(60);
    }
    await put("0");
    pass(2 * HOUR);
    await put("one more");
    const there = await Promise.all(Array.from({ length: ROOMS }, (_unused, index) => has(`${index}`)));
    expect(there).to.deep.equal([true, false, false, true, true, true, true, true, true, true]);
  });

  it("where nothing may go, a blob is refused, and the next look comes only after a while", async () => {
    await using folder = temporaryFolder();
    const { put, has, clock, pass, state } = await world(folder.path, 2);
    await put("a");
    await put("b");
    await failure(put("c"), "BLOBS_FULL");
    pass(2 * HOUR);
    await failure(put("c"), "BLOBS_FULL");
    clock.advance(BLOB_ROOM_RETRY_MS);
    await put("c");
    expect(state.refused).to.equal(2);
    expect([await has("a"), await has("c")]).to.deep.equal([false, true]);
  });

  it("looks at once and then every so often, until it is stopped", async () => {
    await using folder = temporaryFolder();
    const { keeper, put, has, pass, clock } = await world(folder.path);
    await put("first");
    pass(49 * HOUR);
    keeper.start();
    clock.advance(0);
    await until("the first look", async () => !(await has("first")));
    await put("second");
    pass(49 * HOUR);
    await keeper.sweep();
    await put("third");
    pass(49 * HOUR);
    clock.advance(BLOB_SWEEP_INTERVAL_MS);
    await until("the next look", async () => !(await has("third")));
    await keeper.stop();
  });
});
