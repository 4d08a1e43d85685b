import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { decodeEntry, type Entry } from "../../../../node/src/workspace/log/entry.ts";
import { createFeedTable } from "../../../../node/src/workspace/log/feedTable.ts";
import { spaceOf } from "../../../../node/src/workspace/log/space.ts";
import { createHybridClock } from "../../../../node/src/workspace/log/stamp.ts";
import { createWriter, newFeedKey } from "../../../../node/src/workspace/log/writer.ts";
import { bring, MembershipFake, NOW_MS, openMember, SPACE, settle, threeMembers, tidyUp } from "./support.ts";

afterEach(tidyUp);

describe("secrecy of a cluster log", () => {
  it("lets nobody who only has the entries read a word of them", async () => {
    const { all } = await threeMembers();
    const [one] = all;
    await one.say("the launch code is 0000");
    const { parcel } = await one.log.since([], 1 << 20);
    for (const bytes of parcel.entries ?? []) {
      expect(Buffer.from(bytes).includes("launch code")).to.equal(false);
      expect(Buffer.from(bytes).includes("test.said")).to.equal(false);
      expect(Buffer.from(bytes).includes("agent:1")).to.equal(false);
    }
  });

  it("lets no stranger read who was let have every entry and every certificate", async () => {
    const { all, certificates } = await threeMembers();
    const [one] = all;
    await one.say("for members only");
    // It believes that it is a member; the others know better.
    const stranger = await openMember(certificates, 9n, { membership: new MembershipFake([1n, 2n, 3n, 9n]) });
    await bring(one, stranger);
    expect(stranger.texts()).to.deep.equal([]);
    expect(stranger.log.status()).to.deep.include({ sealed: 1 });
  });

  it("lets a former member read nothing that was said after the others saw it leave", async () => {
    const { certificates, membership, all } = await threeMembers();
    const [one, two] = all;
    const leaver = await openMember(certificates, 4n, { membership: new MembershipFake([1n, 2n, 3n, 4n]) });
    membership.change([1n, 2n, 3n, 4n]);
    await one.say("with you");
    await two.say("and you");
    await settle(...all, leaver);
    expect(leaver.texts()).to.deep.equal(["with you", "and you"]);
    membership.change([1n, 2n, 3n]);
    await one.say("without you");
    await two.say("nor you");
    // The chain as it sees it is late: to itself it still is a member, and gets hold of every entry.
    await settle(...all);
    await bring(one, leaver);
    await bring(two, leaver);
    expect(leaver.texts()).to.deep.equal(["with you", "and you"]);
    expect(leaver.log.status().sealed).to.equal(2);
    expect(one.texts()).to.deep.equal(["with you", "and you", "without you", "nor you"]);
  });

  it("takes a new key at the moment a member leaves, not with the next word", async () => {
    const { membership, all } = await threeMembers();
    const [one] = all;
    await one.say("first");
    const before = one.log.status().own?.sequence ?? 0;
    membership.change([1n, 2n]);
    await one.log.rebuild();
    const { parcel } = await one.log.since([], 1 << 20);
    const entries = (parcel.entries ?? []).map(decodeEntry).filter(({ sequence }) => sequence > before);
    expect(entries.map(({ kind }) => kind)).to.deep.equal(["keys"]);
    await one.say("second");
    const last = (await one.log.since([], 1 << 20)).parcel.entries?.at(-1);
    expect(decodeEntry(last ?? new Uint8Array()).epoch).to.equal(2);
  });

  it("lets a newcomer read what was said before it came, also by a node that is away or gone", async () => {
    const { certificates, membership, all } = await threeMembers();
    const [one, two, three] = all;
    for (const member of all) await member.say(`early word of ${member.node}`);
    await settle(...all);
    membership.change([1n, 2n]);
    await one.say("after it left");
    await settle(one, two);
    // Node 3 has left, node 2 is away; the home has their keys.
    membership.change([1n, 2n, 5n]);
    const newcomer = await openMember(certificates, 5n, { membership });
    await one.say("welcome");
    await settle(one, newcomer);
    expect(newcomer.texts()).to.deep.equal(one.texts());
    expect(newcomer.texts()).to.include("early word of 3");
    expect(three.texts()).to.not.include("welcome");
  });

  it("counts nothing that a former member writes after it left, however it dates it", async () => {
    const { membership, all } = await threeMembers();
    const [one, two, three] = all;
    await three.say("while a member");
    await settle(...all);
    three.wall.ms = NOW_MS - 60_000;
    const late = await three.say("backdated");
    expect(late.sequence).to.be.greaterThan(1);
    membership.change([1n, 2n]);
    await one.say("it left");
    await bring(three, one);
    await settle(one, two);
    expect(one.texts()).to.deep.equal(["while a member", "it left"]);
    expect(two.texts()).to.deep.equal(one.texts());
  });

  it("lets a former member's words count for those who come later, up to where it left", async () => {
    const { certificates, membership, all } = await threeMembers();
    const [one, two, three] = all;
    await three.say("kept");
    await settle(...all);
    membership.change([1n, 2n]);
    await one.say("marks the end");
    await settle(one, two);
    const newcomer = await openMember(certificates, 5n, { membership });
    membership.change([1n, 2n, 5n]);
    await one.say("hello");
    await settle(one, newcomer);
    expect(newcomer.texts()).to.deep.equal(["kept", "marks the end", "hello"]);
  });

  it("is not stopped by a member that gives away wrong keys first", async () => {
    const { certificates, membership, all } = await threeMembers();
    const [one, two] = all;
    await one.say("hello");
    const feed = one.log.status().own?.feed ?? { node: 1n, generation: 1 };
    const newcomer = await openMember(certificates, 5n, { membership });
    membership.change([1n, 2n, 3n, 5n]);
    // Node 2 seals a key of its own making to the newcomer, said to be node 1's.
    const liar = createWriter({
      space: spaceOf(SPACE),
      certificates: certificates.sourceOf(two.identity),
      clock: createHybridClock(two.wall),
    });
    const draft = {
      head: createFeedTable([]).getOrBegin({ node: 2n, generation: NOW_MS }),
      entries: [] as Entry[],
    };
    liar.give(draft, [{ node: 5n, boxKey: newcomer.identity.proof.boxKey }], [newFeedKey(feed, 1)]);
    await newcomer.log.take({ entries: draft.entries.map(({ bytes }) => bytes) });
    await settle(one, newcomer);
    expect(newcomer.texts()).to.deep.equal(["hello"]);
  });
});
