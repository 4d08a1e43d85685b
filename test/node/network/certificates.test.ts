import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { certificateDigest, encodeRecord } from "../../../node/src/network/certificate.ts";
import { createCertificates } from "../../../node/src/network/certificates.ts";
import { createDirectoryCache } from "../../../node/src/network/directoryCache.ts";
import { loadIdentity } from "../../../node/src/network/identity.ts";
import { DIRECTORY_TTL_MS } from "../../../node/src/network/limits.ts";
import { createOwnCertificate } from "../../../node/src/network/ownCertificate.ts";
import {
  certify,
  codeOf,
  connect,
  DirectoryFake,
  DOMAIN,
  fakeClock,
  open,
  openRogue,
  register,
  signerOf,
  temporaryFolder,
  until,
} from "./support.ts";

const DAY_SECONDS = 86_400n;
const now = () => BigInt(Math.floor(Date.now() / 1_000));
const expired = () => ({ notBefore: now() - 30n * DAY_SECONDS, notAfter: now() - 29n * DAY_SECONDS });

async function setting() {
  const directory = new DirectoryFake();
  const clock = fakeClock();
  const [self, other] = [register(directory, 1n), register(directory, 2n)];
  const logger = pino({ level: "silent" });
  const identity = await loadIdentity(await temporaryFolder());
  const own = createOwnCertificate(
    { ...DOMAIN, node: 1n },
    { signer: signerOf(self.account), identity, clock, logger },
  );
  const certificates = createCertificates(DOMAIN, {
    directory: createDirectoryCache({ directory, clock }),
    own,
    identity,
    peers: () => ({ get: () => undefined }),
    penalize: () => expect.fail("nobody is to blame"),
    clock,
    logger,
  });
  const theirs = await loadIdentity(await temporaryFolder());
  return { directory, clock, other, certificates, theirs };
}

describe("certificates", () => {
  it("are proven long after they expired, by the key that the node has", async () => {
    const { certificates, other, theirs } = await setting();
    const record = await certify(other, theirs, expired());
    const proof = await certificates.check(encodeRecord(record));
    expect(proof.digest).to.equal(certificateDigest(record.certificate, DOMAIN));
    expect([proof.node, proof.boxKey, proof.record]).to.deep.equal([
      2n,
      theirs.boxKey,
      new Uint8Array(encodeRecord(record)),
    ]);
    expect(await certificates.find(proof.digest, undefined)).to.deep.equal(proof);
    expect(certificates.ofNode(2n)).to.deep.equal(proof);
  });

  it("are proven by a key that the node had before, but say nothing of where it is now", async () => {
    const { certificates, directory, other, theirs } = await setting();
    directory.past.set(other.account.address, 2n);
    register(directory, 2n);
    const proof = await certificates.check(encodeRecord(await certify(other, theirs, expired())));
    expect(proof.node).to.equal(2n);
    expect(certificates.ofNode(2n)).to.equal(undefined);
  });

  it("are refused where no key of the node signed, or the record is wrong", async () => {
    const { certificates, other, theirs } = await setting();
    const stranger = { id: 2n, account: privateKeyToAccount(generatePrivateKey()) };
    const codeFor = async (record: Awaited<ReturnType<typeof certify>>) =>
      codeOf(certificates.check(encodeRecord(record)));
    expect(await codeFor(await certify(stranger, theirs))).to.equal("CERTIFICATE_SIGNATURE_INVALID");
    // Its own key, for another's node.
    expect(await codeFor(await certify({ ...other, id: 1n }, theirs))).to.equal(
      "CERTIFICATE_SIGNATURE_INVALID",
    );
    expect(await codeFor(await certify(other, theirs, { notAfter: now() + 2n * DAY_SECONDS }))).to.equal(
      "CERTIFICATE_TOO_LONG",
    );
    const early = { notBefore: now() + 60n, notAfter: now() + 120n };
    expect(await codeFor(await certify(other, theirs, early))).to.equal("CERTIFICATE_NOT_YET_VALID");
    const copied = await certify(other, theirs);
    const { peerBytes } = await loadIdentity(await temporaryFolder());
    expect(await codeFor({ ...copied, peerBytes })).to.equal("CERTIFICATE_PEER_MISMATCH");
    expect(await codeOf(certificates.check(Uint8Array.of(1)))).to.equal("MESSAGE_MALFORMED");
    expect(certificates.ofNode(2n)).to.equal(undefined);
  });

  it("of a node: the newest counts, and those who listen hear of it", async () => {
    const { certificates, other, theirs } = await setting();
    const known: bigint[] = [];
    const end = certificates.onKnown((node) => known.push(node));
    const check = async (ends: bigint) =>
      certificates.check(encodeRecord(await certify(other, theirs, { notAfter: now() + ends })));
    const [second, first] = [await check(200n), await check(100n)];
    await until("it is told", () => known.length === 1);
    const third = await check(300n);
    await until("it is told", () => known.length === 2);
    expect(known).to.deep.equal([2n, 2n]);
    expect(certificates.ofNode(2n)).to.deep.equal(third);
    expect(new Set([first.digest, second.digest, third.digest]).size).to.equal(3);
    end();
  });

  it("of a node end with its key, and come again with the next one", async () => {
    const { certificates, directory, clock, other, theirs } = await setting();
    certificates.start();
    await certificates.check(encodeRecord(await certify(other, theirs)));
    directory.past.set(other.account.address, 2n);
    const next = register(directory, 2n);
    for (let times = 0; times < 2; times++) clock.advance(DIRECTORY_TTL_MS + 1);
    await until("it is gone", () => certificates.ofNode(2n) === undefined);
    const proof = await certificates.check(
      encodeRecord(await certify(next, theirs, { notAfter: now() + 9n })),
    );
    expect(certificates.ofNode(2n)).to.deep.equal(proof);
    certificates.stop();
  });
});

describe("certificates of peers", () => {
  it("are known when they connect; one's own has the keys it certifies", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    const known: bigint[] = [];
    a.certificates.onKnown((node) => known.push(node));
    await connect(b, a);
    await until("a knows b", () => a.certificates.ofNode(2n) !== undefined);
    const { proof } = b.certificates.own();
    expect(a.certificates.ofNode(2n)?.digest).to.equal(proof.digest);
    expect([proof.node, proof.boxKey, known]).to.deep.equal([2n, b.boxKey, [2n]]);
    expect(await b.certificates.find(proof.digest, undefined)).to.deep.equal(proof);
  });

  it("are fetched from the peer that named them, also when they have expired", async () => {
    const directory = new DirectoryFake();
    const [n1, n2, n3] = [register(directory, 1n), register(directory, 2n), register(directory, 3n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    await connect(b, a);
    await until("b knows a", () => b.peers()[0]?.state === "certified");
    const record = await certify(n3, await loadIdentity(await temporaryFolder()), expired());
    const digest = certificateDigest(record.certificate, DOMAIN);
    expect(await b.certificates.find(digest, a.peerId)).to.equal(undefined);
    expect(b.stats().misdeedsTotal).to.deep.equal({});
    const c = await open(directory, n3);
    await c.certificates.check(encodeRecord(record));
    await connect(b, c);
    expect((await b.certificates.find(digest, c.peerId))?.digest).to.equal(digest);
  });

  it("that are others than the one that was named cost whoever hands them out", async () => {
    const directory = new DirectoryFake();
    const [n1, n3] = [register(directory, 1n), register(directory, 3n)];
    const a = await open(directory, n1);
    const rogue = await openRogue((identity) => certify(n3, identity));
    await rogue.dial(a);
    await until("it is certified", () => a.peers()[0]?.state === "certified");
    const peer = rogue.node.peerId.toString();
    // The rogue answers whatever it is asked with its own.
    expect(await a.certificates.find(`0x${"99".repeat(32)}`, peer)).to.equal(undefined);
    expect(a.stats().misdeedsTotal).to.deep.equal({ wrongContent: 1 });
  });
});
