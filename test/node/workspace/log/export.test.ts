import { decodeLogEntry } from "@pleiad/sdk/log/decodeLogEntry";
import { decodeLogExportLine } from "@pleiad/sdk/log/decodeLogExportLine";
import type { LogExportLine } from "@pleiad/sdk/types/logExport";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createMemoryBackend } from "../../../../node/src/store/backend.ts";
import { createEntryStore } from "../../../../node/src/workspace/log/entryStore.ts";
import { exportLog } from "../../../../node/src/workspace/log/export.ts";
import {
  CertificatesFake,
  CLUSTER,
  codeOf,
  type Member,
  MembershipFake,
  NOW_MS,
  newFolder,
  openMember,
  SPACE,
  settle,
  threeMembers,
} from "./support.ts";

const nodeRegistry = "0x00000000000000000000000000000000000000b1" as const;

async function linesFrom(texts: AsyncIterable<string>): Promise<readonly LogExportLine[]> {
  const lines: LogExportLine[] = [];
  for await (const text of texts) lines.push(decodeLogExportLine(text));
  return lines;
}

function exportOf({ log }: Member, withKeys = false): Promise<readonly LogExportLine[]> {
  return linesFrom(log.export({ nodeRegistry, withKeys }));
}

function headerOf([first]: readonly LogExportLine[]) {
  if (first?.kind !== "header") throw new Error("an export begins with its header");
  return first.header;
}

const numbersOf = (lines: readonly LogExportLine[], kind: "entry" | "kept") =>
  lines.flatMap((line) => {
    if (line.kind !== kind) return [];
    const { feed, sequence } = decodeLogEntry(line.bytes);
    return [`${feed.node}:${sequence}`];
  });

describe("export of a cluster log", () => {
  it("has all feeds, each whole and in order, and each certificate once, before what it is for", async () => {
    const { all } = await threeMembers();
    for (const member of all) for (const word of ["one", "two"]) await member.say(word);
    await settle(...all);
    const lines = await exportOf(all[0]);
    const { feeds, ...facts } = headerOf(lines);
    expect(facts).to.deep.equal({ ...SPACE, nodeRegistry, exportedAtMs: NOW_MS, withKeys: false });
    const expected = feeds.flatMap(({ feed, head }) =>
      Array.from({ length: head.sequence }, (_, index) => `${feed.node}:${index + 1}`),
    );
    expect(feeds.map(({ feed }) => feed.node)).to.have.members([1n, 2n, 3n]);
    expect(numbersOf(lines, "entry")).to.deep.equal(expected);
    const kinds = lines.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "certificate")).to.have.length(3);
    for (const [at, kind] of kinds.entries())
      if (kind === "certificate") expect(kinds[at + 1]).to.equal("entry");
    expect(kinds).to.not.include("key");
    const entries = expected.length;
    expect(lines.at(-1)).to.deep.equal({
      kind: "end",
      counts: { keys: 0, certificates: 3, forks: 0, kept: 0, entries },
    });
  });

  it("is of the moment at which it began, whatever is said meanwhile", async () => {
    const certificates = new CertificatesFake();
    const member = await openMember(certificates, 1n);
    await member.say("before");
    const texts = member.log.export({ nodeRegistry, withKeys: false });
    await member.say("after");
    const lines = await linesFrom(texts);
    const [feed] = headerOf(lines).feeds;
    expect([feed?.head.sequence, numbersOf(lines, "entry")]).to.deep.equal([1, ["1:1"]]);
  });

  it("has the keys of all feeds that are here, where they are asked for", async () => {
    const { all } = await threeMembers();
    for (const member of all) await member.say("hello");
    await settle(...all);
    const lines = await exportOf(all[1], true);
    const keys = lines.flatMap((line) => (line.kind === "key" ? [line.key.feed.node] : []));
    expect(new Set(keys)).to.deep.equal(new Set([1n, 2n, 3n]));
    expect(headerOf(lines).withKeys).to.equal(true);
  });

  it("has the proof of a fork, and what came before it", async () => {
    const certificates = new CertificatesFake();
    const membership = new MembershipFake([1n, 2n]);
    const one = await openMember(certificates, 1n, { membership });
    const two = await openMember(certificates, 2n, { membership });
    await one.say("first");
    await settle(one, two);
    const copy = createMemoryBackend();
    for await (const [key, value] of one.backend.entries("")) await copy.write([{ key, value }], true);
    const twin = await openMember(certificates, 1n, {
      identity: one.identity,
      membership,
      backend: copy,
      folder: one.folder,
    });
    await one.say("to some");
    await twin.say("to others");
    await settle(one, two);
    const { parcel } = await twin.log.since([], 1 << 20);
    await two.log.take(parcel);
    const lines = await exportOf(two);
    const forks = lines.filter(({ kind }) => kind === "fork");
    const feed = headerOf(lines).feeds.find(({ forkedAt }) => forkedAt !== undefined);
    expect(forks).to.have.length(1);
    expect(feed?.feed.node).to.equal(1n);
    expect(numbersOf(lines, "entry").filter((name) => name.startsWith("1:"))).to.have.length(
      feed?.head.sequence ?? -1,
    );
  });

  it("ends with an error, without a last line, where entries go meanwhile or a certificate is lost", async () => {
    const certificates = new CertificatesFake();
    const member = await openMember(certificates, 1n);
    for (const word of ["one", "two", "three"]) await member.say(word);
    const store = createEntryStore(CLUSTER, member.backend);
    const heads = await store.heads();
    const what = { space: SPACE, nodeRegistry, withKeys: false, exportedAtMs: NOW_MS };
    const lost = exportLog(what, { store: { ...store, certificate: async () => undefined }, heads });
    expect(await codeOf(linesFrom(lost))).to.equal("LOG_DAMAGED");
    const [head] = heads;
    if (head === undefined) throw new Error("the log has a feed");
    const texts = exportLog(what, { store, heads });
    await texts.next();
    await store.write({ forget: [{ feed: head.feed, from: 3, to: 3 }] }, true);
    expect(await codeOf(linesFrom(texts))).to.equal("LOG_CHANGED");
  });

  it("has, of a feed that was pruned, what each member keeps of it, and all that follows, on every member's disk", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    for (let number = 1; number <= 30; number++) await one.say(`line ${number}`);
    await settle(one, two);
    const held = new Set(one.heard.filter(({ data }) => String(data.text).endsWith("0")).map(({ id }) => id));
    await one.log.prune({ isHeld: (id) => held.has(id), leave: 5 });
    await settle(one, two);
    for (const member of [one, two]) {
      const lines = await exportOf(member);
      const feed = headerOf(lines).feeds.find((each) => each.feed.node === 1n);
      const base = feed?.base.sequence ?? 0;
      expect(base, `node ${member.node}`).to.be.greaterThan(20);
      const entries = numbersOf(lines, "entry").filter((name) => name.startsWith("1:"));
      const following = Array.from(
        { length: (feed?.head.sequence ?? 0) - base },
        (_, index) => `1:${base + index + 1}`,
      );
      expect(entries).to.deep.equal(following);
      const heldNumbers = one.heard.filter(({ id }) => held.has(id)).map(({ sequence }) => `1:${sequence}`);
      const kept = numbersOf(lines, "kept");
      // The feed's first key is kept for those who come later; the last of the tens is above the base.
      expect(kept).to.include.members(heldNumbers.slice(0, 2));
      expect(kept.every((name) => Number(name.split(":")[1]) <= base)).to.equal(true);
      expect(lines.at(-1)).to.deep.include({ kind: "end" });
      const end = lines.at(-1);
      expect(end?.kind === "end" && end.counts.kept).to.equal(kept.length);
    }
  });

  it("has what is kept of a feed below its base, apart from what follows it", async () => {
    const certificates = new CertificatesFake();
    const member = await openMember(certificates, 1n, { folder: await newFolder() });
    for (const word of ["one", "two", "three", "four"]) await member.say(word);
    const store = createEntryStore(CLUSTER, member.backend);
    const [head] = await store.heads();
    if (head === undefined) throw new Error("the log has a feed");
    const [second, third] = [await store.entry(head.feed, 2), await store.entry(head.feed, 3)];
    if (second === undefined || third === undefined) throw new Error("the feed has four entries");
    const { sequence, hash, stamp } = third;
    const texts = exportLog(
      { space: SPACE, nodeRegistry, withKeys: false, exportedAtMs: NOW_MS },
      {
        store: {
          ...store,
          async *kept() {
            yield second;
          },
        },
        heads: [{ ...head, base: { sequence, hash, stamp } }],
      },
    );
    const lines = await linesFrom(texts);
    expect([numbersOf(lines, "kept"), numbersOf(lines, "entry")]).to.deep.equal([["1:2"], ["1:4"]]);
  });
});
