import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { decodeEntry, encodeHeader, signEntry } from "../../../../node/src/workspace/log/entry.ts";
import { createEntryStore } from "../../../../node/src/workspace/log/entryStore.ts";
import { spaceOf } from "../../../../node/src/workspace/log/space.ts";
import {
  bring,
  CertificatesFake,
  CLUSTER,
  codeOf,
  fakeWall,
  type Member,
  MembershipFake,
  NOW_MS,
  openMember,
  SPACE,
  settle,
  threeMembers,
  tidyUp,
} from "./support.ts";

/** The bytes of a member's entries, in order. */
async function bytesOf(member: Member): Promise<Uint8Array[]> {
  return [...((await member.log.since([], 1 << 24)).parcel.entries ?? [])];
}

/** Signs an entry after those given, as a node with that identity could. */
function forge(
  member: Member,
  after: Uint8Array,
  changes: {
    readonly stampMs?: number;
    readonly sequence?: number;
    readonly space?: Uint8Array;
    readonly body?: string;
  } = {},
): Uint8Array {
  const last = decodeEntry(after);
  const header = {
    kind: "sealed" as const,
    space: changes.space ?? spaceOf(SPACE),
    feed: last.feed,
    sequence: changes.sequence ?? last.sequence + 1,
    stamp: changes.stampMs === undefined ? last.stamp + 1n : BigInt(changes.stampMs) << 16n,
    previous: changes.sequence === last.sequence ? last.previous : last.hash,
    certificate: member.identity.proof.digest,
    epoch: 1,
  };
  encodeHeader(header);
  return signEntry(
    header,
    Buffer.from(changes.body ?? "noise that no key opens, of some length"),
    member.identity.signingKey,
  ).bytes;
}

afterEach(tidyUp);

describe("cluster log", () => {
  it("says the same in the same order on every member, whoever said it and however it came", async () => {
    const { all } = await threeMembers();
    const [one, two, three] = all;
    for (let round = 0; round < 5; round++)
      for (const member of all) await member.say(`${round} by ${member.node}`);
    await settle(...all);
    expect(one.texts()).to.have.length(15);
    expect(two.texts()).to.deep.equal(one.texts());
    expect(three.texts()).to.deep.equal(one.texts());
  });

  it("keeps what was acknowledged over a restart, and goes on with the same feed", async () => {
    const certificates = new CertificatesFake();
    const first = await openMember(certificates, 1n);
    await first.say("before");
    const { own } = first.log.status();
    await first.log.stop();
    const { backend, folder, identity } = first;
    const second = await openMember(certificates, 1n, { backend, folder, identity });
    await second.say("after");
    expect(second.texts()).to.deep.equal(["before", "after"]);
    expect(second.log.status().own?.feed).to.deep.equal(own?.feed);
  });

  it("begins another feed when the end of the one before is lost, so that no number is used twice", async () => {
    const certificates = new CertificatesFake();
    const membership = new MembershipFake([1n, 2n]);
    const first = await openMember(certificates, 1n, { membership });
    const other = await openMember(certificates, 2n, { membership });
    for (const text of ["one", "two", "three"]) await first.say(text);
    await bring(first, other);
    await first.log.stop();
    // What LevelDB does with a damaged log: the last entry is gone, and so is the head that named it.
    const store = createEntryStore(CLUSTER, first.backend);
    const [head] = await store.heads();
    if (head === undefined) throw new Error("no head");
    const kept = await store.entry(head.feed, head.sequence - 1);
    if (kept === undefined) throw new Error("no entry");
    await store.write(
      {
        heads: [{ ...head, sequence: kept.sequence, hash: kept.hash, stamp: kept.stamp }],
        forget: [{ feed: head.feed, from: head.sequence, to: head.sequence }],
      },
      true,
    );
    const { backend, folder, identity } = first;
    const again = await openMember(certificates, 1n, { backend, folder, identity, membership });
    expect(again.texts()).to.deep.equal(["one", "two"]);
    await again.say("four");
    expect(again.log.status().own?.feed).to.not.deep.equal(head.feed);
    await settle(again, other);
    expect(other.log.status().forked).to.deep.equal([]);
    expect(again.texts()).to.have.members(["one", "two", "three", "four"]);
    expect(other.texts()).to.deep.equal(again.texts());
  });

  it("drops what is damaged on the disk and has it again from peers", async () => {
    const { all, certificates, membership } = await threeMembers();
    const [one, two] = all;
    for (const text of ["a", "b", "c", "d"]) await one.say(text);
    await settle(one, two);
    await two.log.stop();
    const key = [...(await keysOf(two))].filter((name) => name.startsWith("entry/")).at(-2);
    await two.backend.write([{ key: key ?? "", value: new Uint8Array(300) }], true);
    const { backend, folder, identity } = two;
    const again = await openMember(certificates, 2n, { backend, folder, identity, membership });
    expect(again.texts()).to.deep.equal(["a", "b"]);
    await bring(one, again);
    expect(again.texts()).to.deep.equal(["a", "b", "c", "d"]);
  });

  it("takes nothing of a node that is no member, and takes it once the chain lets it in", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    const stranger = await openMember(new CertificatesFake(), 9n);
    await stranger.say("let me in");
    const { parcel } = await stranger.log.since([], 1 << 20);
    const taken = await one.log.take({ entries: parcel.entries ?? [] });
    expect(taken.refused).to.deep.equal([{ code: "AUTHOR_NOT_ADMITTED", reaction: "wait" }]);
    await two.say("hello");
    one.membership.nodes = [1n, 3n];
    await bring(two, one);
    expect(one.texts()).to.deep.equal([]);
    one.membership.nodes = [1n, 2n, 3n];
    await bring(two, one);
    expect(one.texts()).to.deep.equal(["hello"]);
  });

  it("refuses an entry that was changed, dated backwards or ahead, of another log, or signed by another", async () => {
    const { all } = await threeMembers();
    const [one, two, three] = all;
    await two.say("hello");
    await bring(two, one);
    const last = (await bytesOf(two)).at(-1) ?? new Uint8Array();
    const refusal = async (bytes: Uint8Array) => (await one.log.take({ entries: [bytes] })).refused[0];
    const flipped = Uint8Array.from(forge(two, last));
    flipped[flipped.length - 1] = (flipped[flipped.length - 1] ?? 0) ^ 1;
    expect(await refusal(flipped)).to.deep.equal({ code: "ENTRY_SIGNATURE_INVALID", reaction: "reject" });
    expect(await refusal(forge(two, last, { stampMs: NOW_MS - 1 }))).to.deep.equal({
      code: "ENTRY_BACKWARDS",
      reaction: "reject",
    });
    expect(await refusal(forge(two, last, { stampMs: NOW_MS + 3_600_000 }))).to.deep.equal({
      code: "ENTRY_FROM_FUTURE",
      reaction: "wait",
    });
    expect(await refusal(forge(two, last, { space: spaceOf({ ...SPACE, cluster: 8n }) }))).to.deep.equal({
      code: "ENTRY_OTHER_LOG",
      reaction: "reject",
    });
    expect(await refusal(forge(three, last))).to.deep.equal({
      code: "CERTIFICATE_FOREIGN",
      reaction: "reject",
    });
    expect(await refusal(forge(two, last, { sequence: 99 }))).to.deep.equal({
      code: "ENTRY_GAP",
      reaction: "wait",
    });
    expect(await refusal(last.slice(0, 150))).to.deep.equal({ code: "ENTRY_MALFORMED", reaction: "reject" });
    expect(await refusal(new Uint8Array(70_000))).to.deep.equal({
      code: "ENTRY_OVERSIZED",
      reaction: "reject",
    });
    expect(await refusal(Uint8Array.from(last, (byte, at) => (at === 0 ? 2 : byte)))).to.deep.equal({
      code: "ENTRY_VERSION_UNKNOWN",
      reaction: "ignore",
    });
    expect(one.texts()).to.deep.equal(["hello"]);
  });

  it("refuses an entry that is dated outside the time of its certificate", async () => {
    const certificates = new CertificatesFake();
    const membership = new MembershipFake([1n, 2n]);
    const one = await openMember(certificates, 1n, { membership });
    const identity = certificates.issue(2n, [-30, -6]);
    certificates.publish(identity);
    const two = await openMember(certificates, 2n, { membership, identity });
    await two.say("out of date");
    const { parcel } = await two.log.since([], 1 << 20);
    const { refused } = await one.log.take(parcel);
    expect(refused[0]).to.deep.equal({ code: "CERTIFICATE_NOT_THEN", reaction: "reject" });
  });

  it("takes an entry once, however often it is replayed", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    await two.say("once");
    const entries = await bytesOf(two);
    await one.log.take({ entries });
    const again = await one.log.take({ entries: [...entries, ...entries] });
    expect(again).to.deep.include({ added: 0, known: 2 * entries.length });
    expect(one.texts()).to.deep.equal(["once"]);
  });

  it("stops a feed before the number of which two entries are signed, on all members, and keeps both as evidence", async () => {
    const { all } = await threeMembers();
    const [one, two, three] = all;
    for (const text of ["a", "b", "c"]) await two.say(text);
    await settle(...all);
    const entries = await bytesOf(two);
    const second = entries.at(-1) ?? new Uint8Array();
    const twin = forge(two, second, { sequence: decodeEntry(second).sequence });
    await one.log.take({ entries: [twin] });
    expect(one.texts()).to.deep.equal(["a", "b"]);
    expect(one.log.status().forked).to.have.length(1);
    await two.say("d");
    await settle(...all);
    for (const member of all) {
      expect(member.log.status().forked, `node ${member.node}`).to.have.length(1);
      expect(member.texts(), `node ${member.node}`).to.deep.equal(one.texts());
    }
    expect(await createEntryStore(CLUSTER, three.backend).forks()).to.have.length(1);
    // The node itself goes on in another feed.
    await two.say("e");
    await settle(...all);
    expect(three.texts()).to.deep.equal(["a", "b", "e"]);
  });

  it("notices a fork also by an entry that follows a twin", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    for (const text of ["a", "b"]) await two.say(text);
    await bring(two, one);
    const second = (await bytesOf(two)).at(-1) ?? new Uint8Array();
    const twin = forge(two, second, { sequence: decodeEntry(second).sequence });
    const child = forge(two, twin);
    const taken = await one.log.take({ entries: [child] });
    expect(taken.refused[0]?.code).to.equal("ENTRY_UNLINKED");
    expect(taken.gaps).to.deep.equal([{ feed: decodeEntry(child).feed, back: true }]);
  });

  it("never dates an entry before one it has seen, whatever its wall clock does", async () => {
    const certificates = new CertificatesFake();
    const membership = new MembershipFake([1n, 2n]);
    const one = await openMember(certificates, 1n, { membership, wall: fakeWall(NOW_MS + 300_000) });
    const two = await openMember(certificates, 2n, { membership });
    await one.say("question");
    await bring(one, two);
    await two.say("answer");
    two.wall.ms -= 3_600_000;
    await two.say("and more");
    await bring(two, one);
    expect(one.texts()).to.deep.equal(["question", "answer", "and more"]);
  });

  it("holds back what a node says for an agent that it may not speak for, until the chain says it may", async () => {
    const { all, membership } = await threeMembers();
    const [one, two] = all;
    await two.say("mine");
    membership.mute.add("2/2");
    expect(await codeOf(two.say("not mine"))).to.equal("AUTHOR_NOT_SERVED");
    await bring(two, one);
    expect(one.texts()).to.deep.equal([]);
    expect(one.log.status().unvoiced).to.equal(1);
    membership.mute.clear();
    membership.change();
    await one.log.rebuild();
    expect(one.texts()).to.deep.equal(["mine"]);
  });

  it("refuses to say anything for a node that is no member, or in too many bytes", async () => {
    const { all, membership } = await threeMembers();
    const [one, two] = all;
    expect(await codeOf(one.say("x".repeat(70_000)))).to.equal("BODY_OVERSIZED");
    membership.nodes = [1n, 3n];
    expect(await codeOf(two.say("hello"))).to.equal("NOT_A_MEMBER");
    await one.log.stop();
    expect(await codeOf(one.say("late"))).to.equal("LOG_STOPPED");
  });
});

async function keysOf(member: Member): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const [key] of member.backend.entries("")) keys.push(key);
  return keys.sort();
}
