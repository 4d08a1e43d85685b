import { PleiadError } from "@pleiad/sdk/errors";
import type { Version } from "@pleiad/sdk/types/version";
import { expect } from "chai";
import { describe, it } from "mocha";
import pino from "pino";
import { type Address, type Hex, keccak256, toHex, zeroAddress } from "viem";
import type { Clock } from "../../../node/src/chain/clock.ts";
import type { ChainEvent } from "../../../node/src/chain/events.ts";
import { createProjection, type Projection } from "../../../node/src/chain/projection.ts";
import type { Versions } from "../../../node/src/chain/versions.ts";
import { createClusterMembership, MEMBERS_RETRY_MIN_MS } from "../../../node/src/local/clusterMembership.ts";
import { MEMBERS_MAX } from "../../../node/src/workspace/limits.ts";

const REGISTRY: Address = "0x00000000000000000000000000000000000000c1";
const OWNER: Address = "0x00000000000000000000000000000000000000a1";
const CLUSTER = 1n;
const keyOf = (node: number): Address => `0x${node.toString(16).padStart(40, "b")}`;

type EventBody = ChainEvent extends infer Event
  ? Event extends ChainEvent
    ? Omit<Event, "transactionHash" | "logIndex">
    : never
  : never;

/** A chain that a test writes block by block. */
class Story {
  readonly projection: Projection = createProjection();
  #number = 0n;
  #previous: Hex = keccak256("0x");
  /** What each version says: for each task its agent and model. */
  readonly versions = new Map<bigint, readonly (readonly [agent: bigint, model: bigint])[]>();

  block(...bodies: readonly EventBody[]): void {
    this.#number += 1n;
    const hash = keccak256(toHex(this.#number));
    const events = bodies.map(
      (body, logIndex) => ({ ...body, transactionHash: hash, logIndex }) as ChainEvent,
    );
    const header = {
      number: this.#number,
      hash,
      parentHash: this.#previous,
      timestamp: 1_000n + this.#number,
    };
    this.projection.apply(header, events);
    this.#previous = hash;
  }

  node(node: number): EventBody {
    const args = {
      node: BigInt(node),
      owner: OWNER,
      key: keyOf(node),
      metadataDigest: zeroHash,
      metadataURI: "",
    };
    return { contract: "nodeRegistry", eventName: "NodeRegistered", args };
  }

  model(model: bigint): EventBody {
    const terms = { currency: zeroAddress, priceWei: 1n, nodeShareBps: 0, open: true };
    return {
      contract: "modelRegistry",
      eventName: "ModelRegistered",
      args: { model, owner: OWNER, name: `model ${model}`, terms },
    };
  }

  serves(node: number, model: bigint, place: bigint): EventBody {
    return {
      contract: "modelRegistry",
      eventName: "NodeJoinedModel",
      args: { model, node: BigInt(node), place },
    };
  }

  leaves(node: number, model: bigint, place: bigint): EventBody {
    return {
      contract: "modelRegistry",
      eventName: "NodeLeftModel",
      args: { model, node: BigInt(node), place },
    };
  }

  created(): EventBody {
    const args = { cluster: CLUSTER, owner: OWNER, slug: "demo", name: "Demo", description: "" };
    return { contract: "clusterRegistry", eventName: "ClusterCreated", args };
  }

  published(version: bigint, tasks: readonly (readonly [bigint, bigint])[]): EventBody {
    this.versions.set(version, tasks);
    const args = { cluster: CLUSTER, version, digest: keccak256(toHex(version)), code: OWNER };
    return { contract: "clusterRegistry", eventName: "VersionPublished", args } as unknown as EventBody;
  }

  names(node: number, roles = 2, tenure = 0n, expiresAt = 0): EventBody {
    const args = { registry: REGISTRY, token: CLUSTER, delegate: keyOf(node), roles, expiresAt, tenure };
    return { contract: "permissionRegistry", eventName: "DelegateSet", args };
  }

  get reader(): Versions {
    const get = async (_cluster: bigint, version: bigint) => {
      const tasks = this.versions.get(version) ?? [];
      const agents = tasks.map(([agent]) => ({ agent }));
      return {
        agents,
        tasks: tasks.map(([, model], agentIndex) => ({ agentIndex, model })),
      } as unknown as Version;
    };
    return { get, peek: () => undefined };
  }

  membership() {
    return createClusterMembership(
      { clusterRegistry: REGISTRY },
      { projection: this.projection, versions: this.reader, logger: pino({ level: "silent" }) },
    );
  }
}
const zeroHash: Hex = `0x${"00".repeat(32)}`;

/** Two models, served by nodes 1 and 2, and by 3; a version with one task on each. */
function usual(): Story {
  const story = new Story();
  story.block(story.node(1), story.node(2), story.node(3), story.node(4));
  story.block(story.model(1n), story.model(2n));
  story.block(story.serves(1, 1n, 0n), story.serves(2, 1n, 1n), story.serves(3, 2n, 0n));
  story.block(
    story.created(),
    story.published(1n, [
      [10n, 1n],
      [11n, 2n],
    ]),
  );
  return story;
}

describe("members of a cluster", () => {
  it("are the active nodes that serve a model of its current version; the lowest is its home", async () => {
    const story = usual();
    const membership = story.membership();
    expect(membership.members(CLUSTER)).to.deep.equal([]);
    await membership.watch(CLUSTER);
    expect(membership.members(CLUSTER)).to.deep.equal([1n, 2n, 3n]);
    expect(membership.home(CLUSTER)).to.equal(1n);
  });

  it("change when a node leaves or is suspended, and when a version uses other models, and say so", async () => {
    const story = usual();
    const membership = story.membership();
    await membership.watch(CLUSTER);
    let told = 0;
    membership.onChange(() => void told++);
    story.block(story.leaves(1, 1n, 0n));
    await new Promise(setImmediate);
    expect(membership.members(CLUSTER)).to.deep.equal([2n, 3n]);
    story.block({ contract: "nodeRegistry", eventName: "NodeSuspended", args: { node: 3n } });
    await new Promise(setImmediate);
    expect(membership.members(CLUSTER)).to.deep.equal([2n]);
    story.block(story.published(2n, [[11n, 2n]]));
    await new Promise(setImmediate);
    expect(membership.members(CLUSTER)).to.deep.equal([]);
    expect(told).to.equal(3);
  });

  it("are also the nodes whose key the owner named, the lowest of which is the home", async () => {
    const story = usual();
    const membership = story.membership();
    await membership.watch(CLUSTER);
    story.block(story.names(4));
    await new Promise(setImmediate);
    expect(membership.members(CLUSTER)).to.deep.equal([1n, 2n, 3n, 4n]);
    expect(membership.home(CLUSTER)).to.equal(4n);
    expect(membership.mayVoice(CLUSTER, 4n, 10n)).to.equal(true);
    story.block(story.names(4, 0));
    await new Promise(setImmediate);
    expect(membership.members(CLUSTER)).to.deep.equal([1n, 2n, 3n]);
    expect(membership.home(CLUSTER)).to.equal(1n);
  });

  it("are no longer named when the cluster has changed hands, or their time is over", async () => {
    const story = usual();
    const membership = story.membership();
    story.block(story.names(4));
    await membership.watch(CLUSTER);
    expect(membership.home(CLUSTER)).to.equal(4n);
    story.block({
      contract: "clusterRegistry",
      eventName: "Transfer",
      args: { from: OWNER, to: keyOf(9), tokenId: CLUSTER },
    });
    await new Promise(setImmediate);
    expect(membership.home(CLUSTER)).to.equal(1n);
    story.block(story.names(4, 2, 1n, 900));
    await new Promise(setImmediate);
    expect(membership.home(CLUSTER)).to.equal(1n);
    story.block(story.names(4, 2, 1n, 9_000));
    await new Promise(setImmediate);
    expect(membership.home(CLUSTER)).to.equal(4n);
  });

  it("are no longer named when their time is over, also where the chain says nothing more", async () => {
    const story = usual();
    const membership = story.membership();
    story.block(story.names(4, 2, 0n, 1_010));
    await membership.watch(CLUSTER);
    expect(membership.members(CLUSTER)).to.include(4n);
    const told: bigint[] = [];
    membership.onChange((cluster) => void told.push(cluster));
    for (let block = 0; block < 10; block++) story.block();
    // Asking is what notices it; the answer follows at once.
    membership.members(CLUSTER);
    await new Promise(setImmediate);
    expect(membership.members(CLUSTER)).to.deep.equal([1n, 2n, 3n]);
    expect(told).to.deep.equal([CLUSTER]);
  });

  it("are first those whom the owner named, however many serve a model that is open to all", async () => {
    const story = usual();
    const crowd = Array.from({ length: MEMBERS_MAX + 10 }, (_, index) => index + 5);
    const last = crowd.length + 5;
    story.block(...crowd.map((node) => story.node(node)), story.node(last));
    story.block(...crowd.map((node, index) => story.serves(node, 1n, BigInt(index + 2))), story.names(last));
    const membership = story.membership();
    await membership.watch(CLUSTER);
    expect(membership.members(CLUSTER)).to.have.length(MEMBERS_MAX);
    expect(membership.members(CLUSTER)).to.include(BigInt(last));
  });

  it("are those of the newest version, though an earlier one took longer to read", async () => {
    const story = usual();
    const slow = Promise.withResolvers<void>();
    const { get, peek } = story.reader;
    let isFirst = true;
    const reader: Versions = {
      peek,
      async get(cluster, version) {
        if (isFirst) {
          isFirst = false;
          await slow.promise;
        }
        return get(cluster, version);
      },
    };
    const membership = createClusterMembership(
      { clusterRegistry: REGISTRY },
      { projection: story.projection, versions: reader, logger: pino({ level: "silent" }) },
    );
    const watching = membership.watch(CLUSTER);
    story.block(story.published(2n, [[11n, 2n]]));
    await new Promise(setImmediate);
    expect(membership.members(CLUSTER)).to.deep.equal([3n]);
    slow.resolve();
    await watching;
    expect(membership.members(CLUSTER)).to.deep.equal([3n]);
  });

  it("are read again with growing waits where the chain did not answer, though it says nothing new", async () => {
    const story = usual();
    const { get, peek } = story.reader;
    let failuresLeft = 3;
    const reader: Versions = {
      peek,
      async get(cluster, version) {
        if (failuresLeft === 0) return get(cluster, version);
        failuresLeft -= 1;
        throw new PleiadError("no answer", { code: "RPC_UNREACHABLE", retryable: true });
      },
    };
    const waits: number[] = [];
    let wake: (() => void) | undefined;
    const clock: Clock = {
      monotonicMs: () => 0,
      after(delayMs, run) {
        waits.push(delayMs);
        wake = run;
        return () => {
          wake = undefined;
        };
      },
    };
    const membership = createClusterMembership(
      { clusterRegistry: REGISTRY },
      {
        projection: story.projection,
        versions: reader,
        logger: pino({ level: "silent" }),
        clock,
        random: () => 1,
      },
    );
    const changed = Promise.withResolvers<bigint>();
    membership.onChange(changed.resolve);
    await membership.watch(CLUSTER);
    expect(membership.members(CLUSTER)).to.deep.equal([]);
    for (const round of [1, 2, 3]) {
      expect(waits).to.have.length(round);
      wake?.();
      await new Promise(setImmediate);
    }
    expect(await changed.promise).to.equal(CLUSTER);
    expect(membership.members(CLUSTER)).to.deep.equal([1n, 2n, 3n]);
    expect(waits).to.deep.equal([1, 2, 4].map((times) => times * MEMBERS_RETRY_MIN_MS));
    failuresLeft = 1;
    story.block(story.published(2n, [[11n, 2n]]));
    await new Promise(setImmediate);
    expect(waits[3]).to.equal(MEMBERS_RETRY_MIN_MS);
    membership.stop();
    expect(wake).to.equal(undefined);
  });

  it("may speak for the agents whose model they serve or once served, for no others", async () => {
    const story = usual();
    const membership = story.membership();
    await membership.watch(CLUSTER);
    expect(membership.mayVoice(CLUSTER, 1n, 10n)).to.equal(true);
    expect(membership.mayVoice(CLUSTER, 3n, 10n)).to.equal(false);
    expect(membership.mayVoice(CLUSTER, 3n, 11n)).to.equal(true);
    expect(membership.mayVoice(CLUSTER, 4n, 10n)).to.equal(false);
    story.block(story.leaves(1, 1n, 0n));
    story.block(story.published(2n, [[11n, 2n]]));
    await new Promise(setImmediate);
    expect(membership.mayVoice(CLUSTER, 1n, 10n)).to.equal(true);
  });
});
