import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import pino from "pino";
import type { Clock } from "../../../node/src/chain/clock.ts";
import {
  createOpenClusters,
  OPEN_RETRY_MAX_MS,
  OPEN_RETRY_MIN_MS,
} from "../../../node/src/local/openClusters.ts";

const NODE = 1n;
const CLUSTER = 7n;
const full = () => new PleiadError("no room", { code: "STORE_FULL", retryable: true });

/** A node with one cluster, whose disk fails as a test says, and a clock that a test moves. */
function world() {
  let isMember = true;
  let failure: PleiadError | undefined;
  const open = new Set<bigint>();
  let tries = 0;
  const waits: number[] = [];
  const timers = new Set<() => void>();
  const clock: Clock = {
    monotonicMs: () => 0,
    after(delayMs, run) {
      waits.push(delayMs);
      timers.add(run);
      return () => timers.delete(run);
    },
  };
  const change = async (cluster: bigint, apply: () => void) => {
    expect(cluster).to.equal(CLUSTER);
    tries += 1;
    if (failure !== undefined) throw failure;
    apply();
  };
  const workspace = {
    clusters: () => [...open],
    open: (cluster: bigint) => change(cluster, () => open.add(cluster)),
    close: (cluster: bigint) => change(cluster, () => open.delete(cluster)),
  };
  const membership = { members: () => (isMember ? [NODE, 2n] : [2n]) };
  const clusters = createOpenClusters(
    { node: NODE },
    { workspace, membership, logger: pino({ level: "silent" }), clock, random: () => 1 },
  );
  return {
    clusters,
    waits,
    isOpen: () => open.has(CLUSTER),
    tries: () => tries,
    pending: () => timers.size,
    fail(error: PleiadError | undefined) {
      failure = error;
    },
    setMember(value: boolean) {
      isMember = value;
    },
    async follow() {
      clusters.follow(CLUSTER);
      await new Promise(setImmediate);
    },
    /** Lets all times be over that are waited for. */
    async elapse() {
      const due = [...timers];
      timers.clear();
      for (const run of due) run();
      await new Promise(setImmediate);
    },
  };
}

describe("the clusters that are open on a node", () => {
  it("are those of which it is a member", async () => {
    const { follow, isOpen, setMember } = world();
    await follow();
    expect(isOpen()).to.equal(true);
    setMember(false);
    await follow();
    expect(isOpen()).to.equal(false);
  });

  it("are tried again with growing waits where the disk was full, though no membership changes", async () => {
    const { follow, elapse, isOpen, fail, waits, pending } = world();
    fail(full());
    await follow();
    for (let failure = 1; failure < 10; failure++) await elapse();
    expect(isOpen()).to.equal(false);
    expect(waits.slice(0, 3)).to.deep.equal([1, 2, 4].map((times) => times * OPEN_RETRY_MIN_MS));
    expect(waits.at(-1)).to.equal(OPEN_RETRY_MAX_MS);
    fail(undefined);
    await elapse();
    expect(isOpen()).to.equal(true);
    expect(pending(), "nothing is tried again").to.equal(0);
  });

  it("wait from the beginning for the next failure after a try that worked", async () => {
    const { follow, elapse, fail, setMember, waits } = world();
    fail(full());
    await follow();
    await elapse();
    fail(undefined);
    await elapse();
    setMember(false);
    fail(full());
    await follow();
    expect(waits).to.deep.equal([OPEN_RETRY_MIN_MS, 2 * OPEN_RETRY_MIN_MS, OPEN_RETRY_MIN_MS]);
  });

  it("are tried once at a time: a change of membership takes the place of the try that was waited for", async () => {
    const { follow, fail, tries, pending } = world();
    fail(full());
    await follow();
    await follow();
    expect(tries()).to.equal(2);
    expect(pending()).to.equal(1);
  });

  it("are not tried again where that mends nothing, until the membership changes", async () => {
    const { follow, fail, isOpen, pending } = world();
    fail(new PleiadError("damaged", { code: "STORE_DAMAGED" }));
    await follow();
    expect(pending()).to.equal(0);
    fail(undefined);
    await follow();
    expect(isOpen()).to.equal(true);
  });

  it("are left alone once it stops", async () => {
    const { clusters, follow, fail, tries, pending } = world();
    fail(full());
    await follow();
    await clusters.stop();
    expect(pending()).to.equal(0);
    await follow();
    expect(tries()).to.equal(1);
  });
});
