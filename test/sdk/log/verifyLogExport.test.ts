import { expect } from "chai";
import { before, it } from "mocha";
import { rotateNodeKey } from "../../../sdk/src/actions/rotateNodeKey.ts";
import { signNodeKeyProof } from "../../../sdk/src/actions/signNodeKeyProof.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { verifyLogExport } from "../../../sdk/src/log/verifyLogExport.ts";
import type { LogEntryHeader } from "../../../sdk/src/types/logEntry.ts";
import type { VerifiedLogEntry } from "../../../sdk/src/types/logExport.ts";
import { createNode, createTestCluster, type TestCluster, type TestNode } from "../support/cluster.ts";
import {
  AT_MS,
  type CertificateChanges,
  FeedForge,
  type ForgedExport,
  type ForgedPeer,
  forgePeer,
  linesOf,
} from "../support/logForge.ts";
import { describeOnChain } from "../support/world.ts";

const GENERATION = AT_MS - 1_000;

describeOnChain("verifyLogExport", (world) => {
  let made: TestCluster;
  let stranger: TestNode;
  let peer: ForgedPeer;
  let strangerPeer: ForgedPeer;

  before(async function () {
    this.timeout(60_000);
    made = await createTestCluster(world());
    stranger = await createNode(world());
    peer = await forgePeer(world().deployment, made);
    strangerPeer = await forgePeer(world().deployment, stranger);
  });

  function forge(options: Partial<ConstructorParameters<typeof FeedForge>[0]> = {}): FeedForge {
    const feed = { node: made.node, generation: GENERATION };
    return new FeedForge({ deployment: world().deployment, cluster: made.cluster, feed, peer, ...options });
  }

  /** A feed in which the node has said some lines. */
  function spoken(count = 4): FeedForge {
    const feed = forge();
    for (let line = 1; line <= count; line++) feed.say(`line ${line}`);
    return feed;
  }

  function exported(feeds: readonly FeedForge[], changes: Partial<ForgedExport> = {}): ForgedExport {
    const { chainId, clusterRegistry, nodeRegistry } = world().deployment;
    const header = {
      chainId,
      clusterRegistry,
      nodeRegistry,
      cluster: made.cluster,
      exportedAtMs: AT_MS,
      withKeys: false,
      feeds: feeds.map(({ says }) => says),
    };
    const entries = feeds.flatMap((feed) => feed.entries.map(({ bytes }) => bytes));
    return { header, certificates: [peer.record, strangerPeer.record], entries, ...changes };
  }

  const verify = (
    source: Parameters<typeof verifyLogExport>[1]["source"],
    onEntry?: (entry: VerifiedLogEntry) => void,
  ) => verifyLogExport(world().reader(), { deployment: world().deployment, source, onEntry });

  /** That an export is refused for that reason, and the entry is named. */
  async function refuses(
    source: Parameters<typeof verifyLogExport>[1]["source"],
    code: string,
    sequence?: number,
    feed: { readonly node: bigint } = made,
  ): Promise<void> {
    let found: unknown;
    try {
      await verify(source);
    } catch (error) {
      found = error;
    }
    if (!(found instanceof PleiadError)) throw new Error(`refused with ${code} was expected, not ${found}`);
    expect(found.code, found.message).to.equal(code);
    if (sequence === undefined) return;
    expect({ node: found.details.node, sequence: found.details.sequence }, found.message).to.deep.equal({
      node: feed.node,
      sequence,
    });
  }

  /** An export of one feed whose last entry is bent and signed all the same. */
  function withLast(changes: Partial<LogEntryHeader>, by?: ForgedPeer): ForgedExport {
    const feed = spoken(2);
    feed.say("bent", changes, by);
    return exported([feed]);
  }

  it("tells feeds, entries, their times and who is a member", async () => {
    const [one, other] = [
      spoken(4),
      forge({ feed: { node: stranger.node, generation: GENERATION }, peer: strangerPeer }),
    ];
    other.say("from a node that is no member");
    const found = await verify(linesOf(exported([one, other])));
    expect(found.entries).to.equal(5);
    expect(found.feeds.map(({ feed, entries, isMember }) => [feed.node, entries, isMember])).to.deep.equal([
      [made.node, 4, true],
      [stranger.node, 1, false],
    ]);
    expect(found.members).to.deep.equal([made.node]);
    expect([found.firstAtMs, found.lastAtMs, found.readable]).to.deep.equal([AT_MS, AT_MS, 0]);
    expect([found.cluster, found.certificates]).to.deep.equal([made.cluster, 2]);
  });

  it("reads author, type and data where the keys are in it, and nothing without", async () => {
    const feed = spoken(2);
    const { header } = exported([feed]);
    const keys = [{ ...feed.exportKey, key: new Uint8Array(32) }, feed.exportKey];
    const heard: VerifiedLogEntry[] = [];
    const found = await verify(
      linesOf(exported([feed], { header: { ...header, withKeys: true }, keys })),
      (entry) => void heard.push(entry),
    );
    expect(heard.map(({ said }) => said)).to.deep.equal(
      ["line 1", "line 2"].map((text) => ({
        type: "test.said",
        author: { kind: "agent", agent: 12n },
        data: { text },
      })),
    );
    expect(found.readable).to.equal(2);
    heard.length = 0;
    await verify(linesOf(exported([feed])), (entry) => void heard.push(entry));
    expect(heard.map(({ said }) => said)).to.deep.equal([undefined, undefined]);
  });

  it("takes an export as text, as lines, and in pieces that are cut anywhere", async () => {
    const lines = linesOf(exported([spoken(3)]));
    const text = lines.join("");
    async function* pieces(): AsyncGenerator<string> {
      for (let at = 0; at < text.length; at += 77) yield text.slice(at, at + 77);
    }
    for (const source of [text, text.replaceAll("\n", "\r\n"), lines, pieces()])
      expect((await verify(source)).entries).to.equal(3);
  });

  it("holds one line at a time, and tells an entry before it asks for the next", async () => {
    const lines = linesOf(exported([spoken(5)]));
    let asked = 0;
    async function* pieces(): AsyncGenerator<string> {
      for (const line of lines) {
        asked += 1;
        yield line;
      }
    }
    const before = lines.findIndex((line) => line.startsWith('{"entry"'));
    const askedAt: number[] = [];
    await verify(pieces(), () => void askedAt.push(asked));
    expect(askedAt).to.deep.equal([1, 2, 3, 4, 5].map((entry) => before + entry));
  });

  it("holds for a certificate that a former key of the node signed", async () => {
    const { deployment, connect } = world();
    const node = await createNode(world());
    const feed = { node: node.node, generation: GENERATION };
    const former = await forgePeer(deployment, node);
    const next = await connect();
    const proof = await signNodeKeyProof(next, { deployment, owner: node.owner.account.address });
    await rotateNodeKey(node.owner, { deployment, node: node.node, key: next.account.address, proof });
    const later = await forgePeer(deployment, { node: node.node, key: next });
    const said = forge({ feed, peer: former });
    said.say("before");
    said.say("after", {}, later);
    const found = await verify(linesOf(exported([said], { certificates: [former.record, later.record] })));
    expect([found.entries, found.certificates]).to.deep.equal([2, 2]);
  });

  it("refuses an export of another chain or of other contracts", async () => {
    const { header, ...rest } = exported([spoken()]);
    const wrong = "0x00000000000000000000000000000000000000dd" as const;
    for (const change of [
      { chainId: header.chainId + 1 },
      { clusterRegistry: wrong },
      { nodeRegistry: wrong },
    ])
      await refuses(linesOf({ ...rest, header: { ...header, ...change } }), "LOG_EXPORT_OTHER_DEPLOYMENT");
  });

  it("trusts no contracts but those that it is told, or that are known on the chain", async () => {
    const source = linesOf(exported([spoken()]));
    await verifyLogExport(world().reader(), { source }).then(
      () => expect.fail("verified"),
      (error: PleiadError) => expect(error.code).to.equal("DEPLOYMENT_UNKNOWN"),
    );
  });

  it("refuses entries of another cluster's log", async () => {
    const feed = forge({ cluster: made.cluster + 1n });
    feed.say("elsewhere");
    await refuses(linesOf(exported([feed])), "LOG_EXPORT_OTHER_LOG", 1);
    await refuses(linesOf(withLast({ space: new Uint8Array(32) })), "LOG_EXPORT_OTHER_LOG", 3);
  });

  it("refuses an entry of a feed that the first line does not name", async () => {
    const { entries, ...rest } = exported([spoken(2)]);
    const other = forge({ feed: { node: made.node, generation: GENERATION + 1 } }).say("unnamed");
    await refuses(linesOf({ ...rest, entries: [...entries, other.bytes] }), "LOG_EXPORT_FEED_UNKNOWN", 1);
  });

  it("refuses a feed from which an entry was dropped", async () => {
    const whole = exported([spoken(5)]);
    for (const dropped of [0, 2]) {
      const entries = whole.entries.filter((_, index) => index !== dropped);
      await refuses(linesOf({ ...whole, entries }), "LOG_EXPORT_GAP", dropped + 1);
    }
  });

  it("refuses entries in another order", async () => {
    const whole = exported([spoken(5)]);
    const [first, second, third, ...rest] = whole.entries as [Uint8Array, Uint8Array, Uint8Array];
    await refuses(linesOf({ ...whole, entries: [first, third, second, ...rest] }), "LOG_EXPORT_REORDERED", 2);
  });

  it("refuses an entry that is there twice", async () => {
    const whole = exported([spoken(3)]);
    const [first, second, third] = whole.entries as [Uint8Array, Uint8Array, Uint8Array];
    await refuses(linesOf({ ...whole, entries: [first, second, second, third] }), "LOG_EXPORT_REPEATED", 2);
    await refuses(linesOf({ ...whole, entries: [first, second, third, first] }), "LOG_EXPORT_REPEATED", 1);
  });

  it("refuses a feed that ends before its head, and one whose head is another entry", async () => {
    const whole = exported([spoken(4)]);
    await refuses(linesOf({ ...whole, entries: whole.entries.slice(0, 2) }), "LOG_EXPORT_TRUNCATED", 3);
    await refuses(linesOf({ ...whole, entries: [] }), "LOG_EXPORT_TRUNCATED", 1);
    const twin = spoken(4);
    const { header } = exported([twin]);
    await refuses(linesOf({ ...whole, header }), "LOG_EXPORT_HEAD_OTHER", 4);
    const shorter = spoken(3);
    const longer = {
      ...exported([shorter]),
      entries: [...exported([shorter]).entries, shorter.make("more").bytes],
    };
    await refuses(linesOf(longer), "LOG_EXPORT_HEAD_OTHER", 4);
  });

  it("refuses a file that was cut at any line, or whose last line counts others", async () => {
    const lines = linesOf(exported([spoken(3)]));
    for (let kept = 1; kept < lines.length; kept++)
      await refuses(lines.slice(0, kept), "LOG_EXPORT_TRUNCATED");
    await refuses([], "LOG_EXPORT_MALFORMED");
    const text = lines.join("");
    await refuses(text.slice(0, -10), "LOG_EXPORT_MALFORMED");
    const unused = lines.filter((_, index) => index !== 2);
    await refuses(unused, "LOG_EXPORT_TRUNCATED");
  });

  it("refuses an entry of which one bit was changed, wherever it is", async () => {
    const whole = exported([spoken(2)]);
    const [first, second] = whole.entries as [Uint8Array, Uint8Array];
    // Body, stamp, link, epoch, signature.
    for (const at of [140, 60, 70, 131, second.length - 1]) {
      const changed = Uint8Array.from(second, (byte, index) => (index === at ? byte ^ 1 : byte));
      await refuses(linesOf({ ...whole, entries: [first, changed] }), "LOG_EXPORT_SIGNATURE_INVALID", 2);
    }
  });

  it("refuses an entry that the certified peer did not sign", async () => {
    const feed = spoken(1);
    feed.say("by another", { certificate: peer.digest }, strangerPeer);
    await refuses(linesOf(exported([feed])), "LOG_EXPORT_SIGNATURE_INVALID", 2);
  });

  it("refuses an entry that follows another than the one before it", async () => {
    await refuses(linesOf(withLast({ previous: `0x${"11".repeat(32)}` })), "LOG_EXPORT_UNLINKED", 3);
    const feed = forge();
    feed.say("first", { previous: `0x${"11".repeat(32)}` });
    await refuses(linesOf(exported([feed])), "LOG_EXPORT_UNLINKED", 1);
  });

  it("refuses an entry that is dated before or as the one before it", async () => {
    const start = BigInt(AT_MS) << 16n;
    for (const stamp of [start + 1n, start + 2n])
      await refuses(linesOf(withLast({ stamp })), "LOG_EXPORT_BACKWARDS", 3);
  });

  it("refuses an entry whose certificate is not there, or is there for other contracts", async () => {
    const whole = exported([spoken(2)]);
    await refuses(linesOf({ ...whole, certificates: [] }), "LOG_EXPORT_CERTIFICATE_MISSING", 1);
    const elsewhere = await forgePeer(
      { ...world().deployment, chainId: world().deployment.chainId + 1 },
      made,
    );
    const feed = forge({ peer: elsewhere });
    feed.say("line");
    const wrong = exported([feed], { certificates: [elsewhere.record] });
    await refuses(linesOf(wrong), "LOG_EXPORT_CERTIFICATE_MISSING", 1);
  });

  it("refuses an entry under the certificate of another node", async () => {
    await refuses(linesOf(withLast({}, strangerPeer)), "LOG_EXPORT_CERTIFICATE_FOREIGN", 3);
  });

  async function refusesCertificate(
    by: TestNode,
    changes: CertificateChanges,
    code: string,
    entry: Partial<LogEntryHeader> = {},
  ): Promise<void> {
    const bent = await forgePeer(world().deployment, by, changes);
    const feed = forge({ peer: bent });
    feed.say("line", entry);
    await refuses(linesOf(exported([feed], { certificates: [bent.record] })), code, 1);
  }

  it("refuses a certificate that no key of its node ever signed", async () => {
    await refusesCertificate(stranger, { node: made.node }, "LOG_EXPORT_CERTIFICATE_UNSIGNED");
    const nobody = await world().connect();
    await refusesCertificate(
      { node: made.node, owner: nobody, key: nobody },
      {},
      "LOG_EXPORT_CERTIFICATE_UNSIGNED",
    );
  });

  it("refuses a certificate that holds for more than a day, or for no time", async () => {
    await refusesCertificate(made, { notAfter: 86_400n }, "LOG_EXPORT_CERTIFICATE_TOO_LONG");
    await refusesCertificate(made, { notBefore: 0n, notAfter: 0n }, "LOG_EXPORT_CERTIFICATE_TOO_LONG");
  });

  it("refuses a certificate of another peer", async () => {
    await refusesCertificate(made, { peer: `0x${"22".repeat(32)}` }, "LOG_EXPORT_CERTIFICATE_PEER");
  });

  it("refuses an entry that is dated outside the time of its certificate, to the second", async () => {
    const span = { notBefore: 10n, notAfter: 10n };
    const stampAt = (seconds: bigint) => (BigInt(AT_MS) + seconds * 1_000n) << 16n;
    for (const seconds of [-11n, 11n]) {
      const stamp = stampAt(seconds);
      await refusesCertificate(made, span, "LOG_EXPORT_CERTIFICATE_NOT_THEN", { stamp });
    }
    const bent = await forgePeer(world().deployment, made, span);
    const feed = forge({ peer: bent });
    feed.say("at the first second", { stamp: stampAt(-10n) });
    feed.say("at the last", { stamp: stampAt(10n) });
    expect((await verify(linesOf(exported([feed], { certificates: [bent.record] })))).entries).to.equal(2);
  });

  /** A feed that was forked after its second entry, and the two that prove it. */
  function forked(): { readonly whole: ForgedExport; readonly feed: FeedForge } {
    const feed = spoken(2);
    const pair = [feed.make("one").bytes, feed.make("other").bytes] as const;
    const whole = exported([feed], { forks: [pair] });
    const header = { ...whole.header, feeds: [{ ...feed.says, forkedAt: 3 }] };
    return { whole: { ...whole, header }, feed };
  }

  it("takes a feed that was forked, up to there, and the proof", async () => {
    const found = await verify(linesOf(forked().whole));
    expect([found.entries, found.forks, found.feeds[0]?.forkedAt]).to.deep.equal([2, 1, 3]);
  });

  it("refuses what comes in a feed from its fork on", async () => {
    const { whole, feed } = forked();
    const entries = [...whole.entries, feed.make("after").bytes];
    await refuses(linesOf({ ...whole, entries }), "LOG_EXPORT_AFTER_FORK", 3);
  });

  it("refuses a fork that is not proven, or whose proof is none", async () => {
    const { whole, feed } = forked();
    const [one, other] = whole.forks?.[0] ?? [];
    if (one === undefined || other === undefined) throw new Error("a fork has two entries");
    await refuses(linesOf({ ...whole, forks: [] }), "LOG_EXPORT_FORK_INVALID", 3);
    await refuses(linesOf({ ...whole, forks: [[one, one]] }), "LOG_EXPORT_FORK_INVALID", 3);
    const later = feed.make("later", { sequence: 4 }).bytes;
    await refuses(linesOf({ ...whole, forks: [[one, later]] }), "LOG_EXPORT_FORK_INVALID", 3);
    const { bytes: second } = feed.entries[1] ?? feed.make("");
    const early = feed.make("early", { sequence: 2 }).bytes;
    await refuses(linesOf({ ...whole, forks: [[second, early]] }), "LOG_EXPORT_FORK_INVALID", 2);
    await refuses(
      linesOf({
        ...whole,
        forks: [
          [one, other],
          [one, other],
        ],
      }),
      "LOG_EXPORT_FORK_INVALID",
      3,
    );
    const unsigned = feed.make("x", { certificate: peer.digest }, strangerPeer).bytes;
    await refuses(linesOf({ ...whole, forks: [[one, unsigned]] }), "LOG_EXPORT_SIGNATURE_INVALID", 3);
  });

  /** A feed of which what comes before number 3 was pruned, but for one entry. */
  function pruned(): { readonly whole: ForgedExport; readonly full: FeedForge; readonly kept: Uint8Array } {
    const full = spoken(5);
    const [, second, third] = full.entries;
    if (second === undefined || third === undefined) throw new Error("the feed has five entries");
    const { sequence, hash, stamp } = third;
    const whole = exported([full], {
      kept: [second.bytes],
      entries: full.entries.slice(3).map(({ bytes }) => bytes),
    });
    const header = { ...whole.header, feeds: [{ ...full.says, base: { sequence, hash, stamp } }] };
    return { whole: { ...whole, header }, full, kept: second.bytes };
  }

  it("takes a feed from its base on, and single entries from below it", async () => {
    const heard: VerifiedLogEntry[] = [];
    const found = await verify(linesOf(pruned().whole), (entry) => void heard.push(entry));
    expect([found.entries, found.kept]).to.deep.equal([2, 1]);
    expect(heard.map(({ sequence, isKept }) => [sequence, isKept])).to.deep.equal([
      [2, true],
      [4, false],
      [5, false],
    ]);
  });

  it("refuses a feed that does not link to its base, and single entries that prove nothing", async () => {
    const { whole, full, kept } = pruned();
    const [says] = whole.header.feeds;
    if (says === undefined) throw new Error("the export has one feed");
    const base = { ...says.base, hash: `0x${"33".repeat(32)}` } as const;
    const header = { ...whole.header, feeds: [{ ...says, base }] };
    await refuses(linesOf({ ...whole, header }), "LOG_EXPORT_UNLINKED", 4);
    const changed = Uint8Array.from(kept, (byte, index) => (index === 140 ? byte ^ 1 : byte));
    await refuses(linesOf({ ...whole, kept: [changed] }), "LOG_EXPORT_SIGNATURE_INVALID", 2);
    await refuses(linesOf({ ...whole, kept: [kept, kept] }), "LOG_EXPORT_REPEATED", 2);
    const [first, , , fourth] = full.entries.map(({ bytes }) => bytes);
    if (first === undefined || fourth === undefined) throw new Error("the feed has five entries");
    await refuses(linesOf({ ...whole, kept: [kept, first] }), "LOG_EXPORT_KEPT_MISPLACED", 1);
    await refuses(linesOf({ ...whole, kept: [fourth] }), "LOG_EXPORT_KEPT_MISPLACED", 4);
    await refuses(linesOf({ ...whole, entries: [kept, ...whole.entries] }), "LOG_EXPORT_REPEATED", 2);
  });

  it("refuses what is no export: other text, an unknown line or version, what comes after the end", async () => {
    const lines = linesOf(exported([spoken(1)]));
    const [first = "", ...rest] = lines;
    await refuses("hello", "LOG_EXPORT_MALFORMED");
    await refuses([first, '{"entry":"%%%%"}', ...rest], "LOG_EXPORT_MALFORMED");
    await refuses([first, '{"other":1}', ...rest], "LOG_EXPORT_MALFORMED");
    await refuses([first, first, ...rest], "LOG_EXPORT_MALFORMED");
    await refuses([...lines, rest.at(-1) ?? ""], "LOG_EXPORT_MALFORMED");
    await refuses([first.replace('"version":1', '"version":2'), ...rest], "LOG_EXPORT_VERSION_UNKNOWN");
    await refuses(`"${"x".repeat(2_000_000)}"`, "LOG_EXPORT_MALFORMED");
    await refuses([first, '{"entry":"AAAA"}', ...rest], "LOG_ENTRY_MALFORMED");
  });
});
