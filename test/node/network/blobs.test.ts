import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToNumber, concatBytes, type Hex, isHex, keccak256, numberToBytes, toBytes } from "viem";
import { BLOB_PROTOCOL } from "../../../node/src/network/blobProtocol.ts";
import { CERTIFICATE_PROTOCOL } from "../../../node/src/network/certificateProtocol.ts";
import { BLOB_BYTES_MAX, BLOB_ROUND_BYTES_MIN } from "../../../node/src/network/limits.ts";
import { readAll, writeSome } from "../../../node/src/network/streams.ts";
import type { BlobSource, Network, NetworkModules } from "../../../node/src/network/types.ts";
import {
  certify,
  codeOf,
  connect,
  DirectoryFake,
  fakeClock,
  open,
  openRogue,
  register,
  until,
} from "./support.ts";

const BLOB = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251);
const DIGEST = keccak256(BLOB);

function sourceOf(...blobs: Uint8Array[]): BlobSource {
  const held = new Map<Hex, Uint8Array>(blobs.map((blob) => [keccak256(blob), blob]));
  return { get: async (digest) => held.get(digest) };
}

function answerOf(blob: Uint8Array, length = blob.length): Uint8Array {
  return concatBytes([numberToBytes(length, { size: 4 }), blob]);
}

function questionOf(from: number): Uint8Array {
  return concatBytes([toBytes(DIGEST), numberToBytes(from, { size: 4 })]);
}

/** A certified peer that breaks off each answer after so many bytes of the blob; what it was asked for stands in `asked`. */
async function openBreaking(
  network: Network,
  makeRecord: Parameters<typeof openRogue>[0],
  blob: Uint8Array,
  bytesEach: number,
  length = blob.length,
): Promise<{ readonly asked: number[] }> {
  const asked: number[] = [];
  const peer = await openRogue(makeRecord);
  const before = network.stats().peersCertified;
  const connection = await peer.dial(network);
  await peer.node.handle(BLOB_PROTOCOL, async (stream) => {
    const signal = AbortSignal.timeout(5_000);
    const question = await readAll(stream, { what: "question", bytesMax: 36, signal });
    const from = bytesToNumber(question.subarray(32));
    asked.push(from);
    const rest = blob.subarray(from, from + bytesEach);
    await writeSome(stream, answerOf(rest, length), signal);
    if (from + rest.length === blob.length) return stream.close({ signal });
    // What is sent on one connection comes in order: once this is answered, all of that is there.
    await peer.ask(connection, CERTIFICATE_PROTOCOL, new Uint8Array(0));
    stream.abort(new Error("broken off"));
  });
  await until("it is certified", () => network.stats().peersCertified === before + 1);
  return { asked };
}

async function setting(modules: Partial<NetworkModules> = {}) {
  const directory = new DirectoryFake();
  const nodes = [1n, 2n, 3n].map((id) => register(directory, id));
  const [n1, n2, n3] = nodes;
  if (n1 === undefined || n2 === undefined || n3 === undefined) throw new Error("three nodes");
  // Always the same lot: peers of equal standing are asked in the order in which they came.
  const a = await open(directory, n1, { random: () => 0, ...modules });
  return { directory, a, n2, n3 };
}

describe("blobs", () => {
  it("come by digest from the peer that has them, of any size up to the largest", async () => {
    const { directory, a, n2, n3 } = await setting();
    const largest = new Uint8Array(BLOB_BYTES_MAX).fill(7);
    const empty = new Uint8Array(0);
    const b = await open(directory, n2);
    const c = await open(directory, n3, { blobs: sourceOf(BLOB, largest, empty) });
    await connect(a, b);
    await connect(a, c);
    expect(Buffer.compare(await a.fetchBlob(DIGEST), BLOB)).to.equal(0);
    expect(Buffer.compare(await a.fetchBlob(keccak256(largest)), largest)).to.equal(0);
    expect(await a.fetchBlob(keccak256(empty))).to.deep.equal(empty);
    expect(a.stats().blobsFetchedTotal).to.equal(3);
  });

  it("that nobody has, or that are too large, are missing for now, with and without peers", async () => {
    const { directory, a, n2 } = await setting();
    const tooLarge = new Uint8Array(BLOB_BYTES_MAX + 1);
    expect(await codeOf(a.fetchBlob(DIGEST))).to.equal("BLOB_MISSING");
    const b = await open(directory, n2, { blobs: sourceOf(tooLarge) });
    await connect(a, b);
    for (const digest of [DIGEST, keccak256(tooLarge)]) {
      const error: unknown = await a.fetchBlob(digest).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(PleiadError);
      const { code, retryable, details } = error as PleiadError;
      expect({ code, retryable, details }).to.deep.equal({
        code: "BLOB_MISSING",
        retryable: true,
        details: { digest, asked: 1, connected: 1 },
      });
    }
    expect(await codeOf(a.fetchBlob("0x12"))).to.equal("BLOB_DIGEST_INVALID");
  });

  for (const [what, answer, misdeed] of [
    ["other bytes", answerOf(Uint8Array.from(BLOB).fill(0, 9, 10)), "lyingBlob"],
    ["fewer bytes than announced", answerOf(BLOB.subarray(1), BLOB.length), "lyingBlob"],
    ["more bytes than announced", answerOf(BLOB, BLOB.length - 1), "lyingBlob"],
    ["half a length", new Uint8Array(2), "lyingBlob"],
    ["more than is allowed", answerOf(new Uint8Array(9), BLOB_BYTES_MAX + 1), "oversized"],
  ] as const) {
    it(`come from the next peer when one answers with ${what}, which costs it`, async () => {
      const { directory, a, n2, n3 } = await setting();
      const liar = await openRogue((identity) => certify(n2, identity), { [BLOB_PROTOCOL]: () => answer });
      await liar.dial(a);
      await until("the liar is certified", () => a.stats().peersCertified === 1);
      const c = await open(directory, n3, { blobs: sourceOf(BLOB) });
      await connect(a, c);
      expect(Buffer.compare(await a.fetchBlob(DIGEST), BLOB)).to.equal(0);
      expect(a.stats().misdeedsTotal).to.deep.equal({ [misdeed]: 1 });
      // From now on the honest one is asked first.
      expect(Buffer.compare(await a.fetchBlob(DIGEST), BLOB)).to.equal(0);
      expect(a.stats().misdeedsTotal).to.deep.equal({ [misdeed]: 1 });
    });
  }

  it("go on at the next peer, or again at the same, from where one broke off", async () => {
    const { directory, a, n2, n3 } = await setting();
    const first = await openBreaking(a, (identity) => certify(n2, identity), BLOB, 100_000);
    const second = await openBreaking(a, (identity) => certify(n3, identity), BLOB, 100_000);
    expect(Buffer.compare(await a.fetchBlob(DIGEST), BLOB)).to.equal(0);
    expect([first.asked, second.asked]).to.deep.equal([[0, 200_000], [100_000]]);
    expect(a.stats().misdeedsTotal).to.deep.equal({});
    expect(directory.nodes.size).to.equal(3);
  });

  it("are given from the byte on that is asked for", async () => {
    const { a, n2 } = await setting({ blobs: sourceOf(BLOB) });
    const peer = await openRogue((identity) => certify(n2, identity));
    const connection = await peer.dial(a);
    await until("it is certified", () => a.stats().peersCertified === 1);
    for (const from of [0, 299_999, 300_000, 300_001]) {
      const answer = await peer.ask(connection, BLOB_PROTOCOL, questionOf(from));
      expect(Buffer.compare(answer ?? new Uint8Array(), answerOf(BLOB.subarray(from), BLOB.length))).to.equal(
        0,
      );
    }
  });

  for (const [what, given, length] of [
    ["other bytes", Uint8Array.from(BLOB).fill(0, 9, 10), BLOB.length],
    ["another length", BLOB, BLOB.length + 1],
  ] as const) {
    it(`of which a peer that broke off gave ${what} come whole from another, which it does not cost`, async () => {
      const { directory, a, n2, n3 } = await setting();
      await openBreaking(a, (identity) => certify(n2, identity), given, 100_000, length);
      const c = await open(directory, n3, { blobs: sourceOf(BLOB) });
      await connect(a, c);
      expect(Buffer.compare(await a.fetchBlob(DIGEST), BLOB)).to.equal(0);
      // What stands in the blob is no lie, though the length was: that alone proves nothing of who cut it.
      expect(a.stats().misdeedsTotal).to.deep.equal(given === BLOB ? {} : { lyingBlob: 1 });
    });
  }

  it("of which a peer gave other bytes come from another, though that one breaks off, too", async () => {
    const { a, n2, n3 } = await setting();
    const bytes = Uint8Array.from(BLOB).fill(0, 9, 10);
    await openBreaking(a, (identity) => certify(n2, identity), bytes, 250_000);
    const honest = await openBreaking(a, (identity) => certify(n3, identity), BLOB, 100_000);
    expect(Buffer.compare(await a.fetchBlob(DIGEST), BLOB)).to.equal(0);
    expect(honest.asked.slice(0, 2)).to.deep.equal([250_000, 0]);
  });

  it("of which a peer gives a little at a time are not asked of it for ever", async () => {
    const { a, n2 } = await setting();
    const slow = await openBreaking(a, (identity) => certify(n2, identity), BLOB, BLOB_ROUND_BYTES_MIN - 1);
    expect(await codeOf(a.fetchBlob(DIGEST))).to.equal("BLOB_MISSING");
    expect(slow.asked).to.deep.equal([0]);
  });

  it("are given up when the time is over, the caller ends it, or the network stops", async () => {
    const { a, n2 } = await setting();
    const silent = await openRogue((identity) => certify(n2, identity));
    const asked = Promise.withResolvers<void>();
    await silent.node.handle(BLOB_PROTOCOL, () => asked.resolve());
    await silent.dial(a);
    await until("it is certified", () => a.stats().peersCertified === 1);
    expect(await codeOf(a.fetchBlob(DIGEST, { timeoutMs: 100 }))).to.equal("BLOB_MISSING");
    await asked.promise;
    const caller = new AbortController();
    const ended = a.fetchBlob(DIGEST, { signal: caller.signal }).catch((error: Error) => error.message);
    caller.abort(new Error("no longer needed"));
    expect(await ended).to.equal("no longer needed");
    const stopped = codeOf(a.fetchBlob(DIGEST));
    await a.stop();
    expect(await stopped).to.equal("NETWORK_STOPPED");
    expect(await codeOf(a.fetchBlob(DIGEST))).to.equal("NETWORK_STOPPED");
  });

  it("asked for too often cost the asker, malformed questions too", async () => {
    // Time stands still: however slow the machine is, no budget comes back.
    const { a, n2 } = await setting({ clock: fakeClock() });
    const rogue = await openRogue((identity) => certify(n2, identity));
    const connection = await rogue.dial(a);
    await until("it is certified", () => a.stats().peersCertified === 1);
    expect(await rogue.ask(connection, BLOB_PROTOCOL, questionOf(0))).to.deep.equal(Buffer.alloc(0));
    expect(await rogue.ask(connection, BLOB_PROTOCOL, new Uint8Array(35))).to.equal(undefined);
    expect(await rogue.ask(connection, BLOB_PROTOCOL, new Uint8Array(37))).to.equal(undefined);
    expect(a.stats().misdeedsTotal).to.deep.equal({ malformed: 1, oversized: 1 });
    for (let asks = 0; asks < 70; asks++) await rogue.ask(connection, BLOB_PROTOCOL, questionOf(0));
    expect(a.stats().misdeedsTotal.overBudget).to.be.greaterThan(0);
    expect(isHex(DIGEST)).to.equal(true);
  });
});
