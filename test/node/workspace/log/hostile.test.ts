import { generateKeyPairSync, randomBytes } from "node:crypto";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { Hex } from "viem";
import { CERTIFICATES_SOUGHT_MAX, ENTRIES_HELD_PER_NODE_MAX } from "../../../../node/src/workspace/limits.ts";
import { decodeEntry, encodeHeader, NO_HASH, signEntry } from "../../../../node/src/workspace/log/entry.ts";
import type { LogBytes } from "../../../../node/src/workspace/log/feedTable.ts";
import { createFolding } from "../../../../node/src/workspace/log/folding.ts";
import { type FeedKey, sealKeys } from "../../../../node/src/workspace/log/keyBox.ts";
import { createKeyRing } from "../../../../node/src/workspace/log/keyRing.ts";
import { createMarks } from "../../../../node/src/workspace/log/marks.ts";
import { decodeParcel, encodeParcel } from "../../../../node/src/workspace/log/parcel.ts";
import type { CertificateSource } from "../../../../node/src/workspace/log/ports.ts";
import { encodePruning } from "../../../../node/src/workspace/log/prune.ts";
import { spaceOf } from "../../../../node/src/workspace/log/space.ts";
import type { LogEntry } from "../../../../node/src/workspace/log/types.ts";
import { newFeedKey } from "../../../../node/src/workspace/log/writer.ts";
import { forge } from "./forging.ts";
import {
  bring,
  bytesOf,
  CertificatesFake,
  CLUSTER,
  codeOf,
  fakeWall,
  type Identity,
  type Member,
  MembershipFake,
  NOW_MS,
  openMember,
  SPACE,
  settle,
  threeMembers,
  tidyUp,
} from "./support.ts";

afterEach(tidyUp);

describe("a cluster log among hostile members", () => {
  it("answers no more items than a parcel may have, and says that there is more", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    await Promise.all(Array.from({ length: 5_000 }, (_, index) => one.say(`${index}`)));
    const { parcel, more } = await one.log.since([], 4 * 1024 * 1024);
    expect(more).to.equal(true);
    await two.log.take(decodeParcel(encodeParcel(parcel)));
    const rest = await one.log.since(two.log.vector(), 4 * 1024 * 1024);
    expect(rest.more).to.equal(false);
    await two.log.take(rest.parcel);
    expect(two.texts()).to.have.length(5_000);
  });

  it("counts proofs of forks into the bytes of an answer, and tells one of each feed", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    for (const text of ["a", "b", "c", "d"]) await two.say(text);
    await settle(...all);
    const entries = await bytesOf(two);
    for (const at of [-1, -2]) {
      const original = entries.at(at) ?? new Uint8Array();
      const twin = forge(two, original, {
        sequence: decodeEntry(original).sequence,
        body: "x".repeat(60_000),
      });
      await one.log.take({ forks: [[original, twin]] });
      one.wall.ms += 3_600_000;
    }
    const whole = await one.log.since([], 1 << 20);
    expect(whole.parcel.forks).to.have.length(1);
    const small = await one.log.since([], 50_000);
    expect(small.parcel.entries).to.deep.equal([]);
    expect(small.more).to.equal(true);
  });

  it("keeps a place for the keys of each member, however many another makes up", () => {
    const ring = createKeyRing();
    const key = (node: bigint, epoch: number) => ({
      feed: { node, generation: 1 },
      epoch,
      key: randomBytes(32),
    });
    for (let from = 0; from < 80_000; from += 1_000)
      ring.add(
        9n,
        Array.from({ length: 1_000 }, (_, index) => key(9n, from + index)),
      );
    expect(ring.all().length).to.be.lessThan(80_000);
    expect(ring.add(1n, [key(1n, 1)])).to.have.length(1);
  });

  it("hands newcomers no more of what one member made up than so many keys, and those of the others all the same", async () => {
    const { certificates, membership, all } = await threeMembers();
    const [home, hostile, honest] = all;
    await honest.say("hello");
    await hostile.say("hello");
    await settle(...all);
    const { feed } = decodeEntry((await bytesOf(hostile)).at(-1) ?? new Uint8Array());
    const keys = Array.from({ length: 9_000 }, (_, index) => newFeedKey(feed, index + 2));
    let last = (await entriesOf(hostile, hostile.node)).at(-1) ?? new Uint8Array();
    for (let at = 0; at < keys.length; at += 1_000) {
      last = forgeKeys(hostile, last, home, keys.slice(at, at + 1_000));
      expect((await home.log.take({ entries: [last] })).added).to.equal(1);
    }
    await home.say("first");
    const before = home.log.status().own?.sequence ?? 0;
    membership.change([1n, 2n, 3n, 5n]);
    const newcomer = await openMember(certificates, 5n, { membership });
    await home.say("welcome");
    const after = (await entriesOf(home, home.node))
      .map(decodeEntry)
      .filter(({ sequence }) => sequence > before);
    const bytes = after.reduce((sum, entry) => sum + entry.bytes.length, 0);
    expect(bytes).to.be.lessThan(100_000);
    await bring(home, newcomer);
    expect(newcomer.texts()).to.include.members(["hello", "welcome"]);
  });

  it("holds what cannot be read yet for each member apart", () => {
    const ring = createKeyRing();
    const heard: LogEntry[] = [];
    const folding = createFolding(
      { cluster: CLUSTER, node: 1n },
      {
        ring,
        marks: createMarks(),
        membership: { mayVoice: () => true },
        boxPrivateKey: generateKeyPairSync("x25519").privateKey,
        emit: (entry) => void heard.push(entry),
        onUseless: () => undefined,
      },
    );
    const header = (node: bigint) => ({
      kind: "sealed" as const,
      space: spaceOf(SPACE),
      feed: { node, generation: 1 },
      sequence: 1,
      stamp: 1n,
      previous: NO_HASH,
      certificate: NO_HASH,
      epoch: 1,
    });
    const { privateKey } = generateKeyPairSync("ed25519");
    const noise = signEntry(header(2n), new Uint8Array(60), privateKey);
    for (let sequence = 1; sequence <= ENTRIES_HELD_PER_NODE_MAX + 10; sequence++)
      folding.take({ ...noise, sequence });
    expect(folding.overflowed()).to.equal(true);
    folding.take(signEntry(header(3n), new Uint8Array(60), privateKey));
    expect(folding.waiting().sealed).to.equal(ENTRIES_HELD_PER_NODE_MAX + 1);
    // Reading all again for the sake of one node is done once.
    folding.reset();
    for (let sequence = 1; sequence <= ENTRIES_HELD_PER_NODE_MAX + 10; sequence++)
      folding.take({ ...noise, sequence });
    expect(folding.overflowed()).to.equal(false);
  });

  it("drops by what is here, not by the number that a node says it dropped", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    await two.say("a");
    await settle(...all);
    const last = (await entriesOf(two, 2n)).at(-1) ?? new Uint8Array();
    const { feed } = decodeEntry(last);
    const base = { sequence: Number.MAX_SAFE_INTEGER - 1, hash: decodeEntry(last).hash, stamp: 1n };
    const body = encodePruning({ generation: feed.generation, base, kept: [1] });
    await one.log.take({ entries: [forge(two, last, { kind: "prune", epoch: 0, body })] });
    const twin = forge(two, last, { sequence: 2 });
    await one.log.take({ forks: [[last, twin]] });
    await one.say("still here");
    expect(one.texts()).to.deep.equal(["still here"]);
  });

  it("looks into one fork of a node at a time, and takes the next when it is asked again later", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    for (const text of ["a", "b", "c"]) await two.say(text);
    await settle(...all);
    const [second, third] = (await entriesOf(two, 2n)).slice(-2) as [Uint8Array, Uint8Array];
    const twinOf = (bytes: Uint8Array) => forge(two, bytes, { sequence: decodeEntry(bytes).sequence });
    const earlier = [second, twinOf(second)] as const;
    expect((await one.log.take({ forks: [[third, twinOf(third)]] })).added).to.equal(1);
    expect((await one.log.take({ forks: [earlier] })).refused).to.deep.equal([
      { code: "FORKS_TOO_MANY", reaction: "wait" },
    ]);
    expect(one.texts()).to.deep.equal(["a", "b"]);
    one.wall.ms += 60_000;
    expect((await one.log.take({ forks: [earlier] })).added).to.equal(1);
    expect(one.texts()).to.deep.equal(["a"]);
  });

  it("comes to the same whether a feed was pruned first or forked first", async () => {
    const { all, certificates, membership } = await threeMembers();
    const [one, two, three] = all;
    for (let number = 1; number <= 12; number++) await two.say(`line ${number}`);
    await settle(...all);
    const entries = await entriesOf(two, 2n);
    const fourth = entries[4] ?? new Uint8Array();
    const proof = [fourth, forge(two, fourth, { sequence: 5 })] as const;
    const held = new Set(
      two.heard.filter(({ sequence }) => sequence === 3 || sequence === 8).map(({ id }) => id),
    );
    await three.log.take({ forks: [proof] });
    await two.log.prune({ isHeld: (id) => held.has(id), leave: 2 });
    await bring(two, one);
    await one.log.take({ forks: [proof] });
    const { parcel } = await two.log.since([], 1 << 20);
    await three.log.take(parcel);
    const newcomer = await openMember(certificates, 5n, { membership });
    membership.change([1n, 2n, 3n, 5n]);
    await one.say("hello");
    await settle(one, three, newcomer);
    for (const member of [one, three, newcomer]) {
      await member.log.rebuild();
      expect(member.texts(), `node ${member.node}`).to.deep.equal(["line 2", "hello"]);
    }
  });

  it("lets nobody wait for a peer that is slow to say under which certificate it signs", async () => {
    const certificates = new SlowCertificates();
    const membership = new MembershipFake([1n, 2n]);
    const one = await openMember(certificates, 1n, { membership });
    const two = await openMember(certificates, 2n, { membership });
    await two.say("a");
    await bring(two, one);
    const last = (await entriesOf(one, 2n)).at(-1) ?? new Uint8Array();
    const unknown = forge(two, last, { certificate: `0x${"77".repeat(32)}` });
    const asked = certificates.askedSlowly();
    const slow = one.log.take({ entries: [unknown] }, "slow");
    await asked;
    await one.say("not kept waiting");
    await two.say("b");
    await bring(two, one);
    expect(one.texts()).to.have.members(["a", "not kept waiting", "b"]);
    certificates.answerSlowly();
    expect((await slow).added).to.equal(0);
  });

  it("asks a peer for no more than a few certificates at once", async () => {
    const certificates = new SlowCertificates();
    const membership = new MembershipFake([1n, 2n]);
    const one = await openMember(certificates, 1n, { membership });
    const two = await openMember(certificates, 2n, { membership });
    await two.say("a");
    await bring(two, one);
    const last = (await entriesOf(one, 2n)).at(-1) ?? new Uint8Array();
    const digest = (number: number): Hex => `0x${number.toString(16).padStart(64, "0")}`;
    const entries = Array.from({ length: 200 }, (_, index) =>
      forge(two, last, { certificate: digest(index) }),
    );
    const taken = await one.log.take({ entries }, "2");
    expect(taken.refused.map(({ code }) => code)).to.deep.equal(["CERTIFICATE_MISSING"]);
    expect(certificates.finds).to.equal(CERTIFICATES_SOUGHT_MAX);
  });

  it("takes so many bytes of one member and no more, and of the others as before", async () => {
    const { certificates, membership, open } = tight();
    const one = await open(1n);
    const two = await open(2n);
    // Its daemon is another's: it knows no bound.
    const hostile = await openMember(certificates, 3n, { membership });
    for (let number = 0; number < 30; number++) await hostile.say(`${number} ${"x".repeat(3_000)}`);
    await two.say("honest");
    const { parcel } = await hostile.log.since([], 1 << 20);
    expect((await one.log.take(parcel)).refused).to.deep.equal([{ code: "NODE_LOG_FULL", reaction: "wait" }]);
    await bring(two, one);
    expect(bytesKept(await entriesOf(one, 3n))).to.be.within(TIGHT.perNodeMax / 2, TIGHT.perNodeMax);
    expect(one.texts()).to.include("honest");
    // The same after a start.
    await one.log.rebuild();
    await one.log.take(parcel);
    expect((await one.log.take(parcel)).added).to.equal(0);
  });

  it("leaves each member its share where the cluster is full", async () => {
    const { certificates, membership, open } = tight();
    const one = await open(1n);
    const two = await open(2n);
    for (const node of [3n, 4n, 5n]) {
      const hostile = await openMember(certificates, node, { membership });
      for (let number = 0; number < 12; number++) await hostile.say("x".repeat(3_000));
      for (let more = true; more; )
        more = (await one.log.take((await hostile.log.since(one.log.vector(), 1 << 20)).parcel)).added > 0;
    }
    await two.say("honest");
    await bring(two, one);
    expect(one.texts()).to.include("honest");
    await one.say("me, too");
    expect(bytesKept(await bytesOf(one))).to.be.lessThan(TIGHT.perClusterMax + 5 * TIGHT.perNodeMax);
  });

  it("says nothing that others would not take, with an error that says so, and goes on once it has pruned", async () => {
    const { open } = tight();
    const one = await open(1n);
    const two = await open(2n);
    let code = "none";
    let said = 0;
    for (; code === "none" && said < 100; said++) code = await codeOf(one.say("x".repeat(2_000)));
    expect(code).to.equal("LOG_FULL");
    expect(one.log.status().ownBytes).to.be.lessThan(TIGHT.perNodeMax);
    await bring(one, two);
    expect(two.texts()).to.have.length(said - 1);
    expect(await one.log.prune({ isHeld: () => false, leave: 1_000, leaveBytes: 5_000 })).to.be.greaterThan(
      5,
    );
    await one.say("again");
    await bring(one, two);
    await two.log.rebuild();
    expect(two.texts().at(-1)).to.equal("again");
    expect(two.texts().length).to.be.lessThan(5);
  });

  it("never begins a feed of which the mark knows, whatever the clock says and the database has lost", async () => {
    const certificates = new CertificatesFake();
    const first = await openMember(certificates, 1n);
    await first.say("a");
    const generation = first.log.status().own?.feed.generation ?? 0;
    await first.log.stop();
    const { folder, identity } = first;
    const again = await openMember(certificates, 1n, { folder, identity, wall: fakeWall(NOW_MS - 5) });
    await again.say("b");
    expect(again.log.status().own?.feed.generation).to.be.greaterThan(generation);
  });
});

const TIGHT: LogBytes = { perNodeMax: 40_000, perClusterMax: 90_000, perNodeShare: 8_000, reserved: 4_000 };

/** Five members, and how to open their logs with little room. */
function tight() {
  const certificates = new CertificatesFake();
  const membership = new MembershipFake([1n, 2n, 3n, 4n, 5n]);
  return {
    certificates,
    membership,
    open: (node: bigint) => openMember(certificates, node, { membership, bytes: TIGHT }),
  };
}

function bytesKept(entries: readonly Uint8Array[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0);
}

/** Certificates of which one peer is slow to hand out any. */
class SlowCertificates extends CertificatesFake {
  finds = 0;
  #hear = () => {};
  #answer = () => {};

  /** Answers when the slow peer has been asked. */
  askedSlowly(): Promise<void> {
    return new Promise((resolve) => {
      this.#hear = resolve;
    });
  }
  answerSlowly(): void {
    this.#answer();
  }
  override sourceOf(own: Identity): CertificateSource {
    const source = super.sourceOf(own);
    return {
      ...source,
      find: (digest, from) => {
        this.finds += 1;
        if (from !== "slow") return source.find(digest, from);
        this.#hear();
        return new Promise((resolve) => {
          this.#answer = () => resolve(undefined);
        });
      },
    };
  }
}

/** The entries of one node that a member has, in order. */
async function entriesOf(member: Member, node: bigint): Promise<readonly Uint8Array[]> {
  return (await bytesOf(member)).filter((bytes) => decodeEntry(bytes).feed.node === node);
}

/** An entry with keys for one member, as another could sign it. */
function forgeKeys(giver: Member, after: Uint8Array, to: Member, keys: readonly FeedKey[]): Uint8Array {
  const draft = decodeEntry(forge(giver, after, { kind: "keys", epoch: 0 }));
  const body = sealKeys(encodeHeader(draft), [{ node: to.node, boxKey: to.identity.proof.boxKey }], keys);
  return forge(giver, after, { kind: "keys", epoch: 0, body });
}
