import { expect } from "chai";
import { describe, it } from "mocha";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import {
  assertCertifies,
  certificateDigest,
  decodeRecord,
  encodeRecord,
  verifyCertificate,
  verifyRecord,
} from "../../../node/src/network/certificate.ts";
import { loadIdentity } from "../../../node/src/network/identity.ts";
import { CHAIN_ID, certify, codeOf, DirectoryFake, DOMAIN, register, temporaryFolder } from "./support.ts";

const NOW = BigInt(Math.floor(Date.now() / 1_000));

async function setting() {
  const directory = new DirectoryFake();
  const node = register(directory, 5n);
  const identity = await loadIdentity(await temporaryFolder());
  const context = { ...DOMAIN, directory, nowSeconds: NOW };
  return { directory, node, identity, context };
}

describe("certificate", () => {
  it("is accepted when the node's key signed it for this chain, within its time", async () => {
    const { node, identity, context } = await setting();
    const record = await certify(node, identity);
    const verified = await verifyRecord(record, context);
    expect(verified).to.deep.equal({
      digest: certificateDigest(record.certificate, DOMAIN),
      signer: node.account.address,
    });
  });

  it("is refused when it would hold longer than a day, or ends before it starts", async () => {
    const { node, identity, context } = await setting();
    const long = await certify(node, identity, { notBefore: NOW - 10n, notAfter: NOW - 10n + 86_401n });
    expect(await codeOf(verifyCertificate(long.certificate, long.signature, context))).to.equal(
      "CERTIFICATE_TOO_LONG",
    );
    const inverted = await certify(node, identity, { notBefore: NOW, notAfter: NOW });
    expect(await codeOf(verifyRecord(inverted, context))).to.equal("CERTIFICATE_TOO_LONG");
    const day = await certify(node, identity, { notBefore: NOW - 10n, notAfter: NOW - 10n + 86_400n });
    await verifyRecord(day, context);
  });

  it("is refused before and after its time, and holds at both ends", async () => {
    const { node, identity, context } = await setting();
    const record = await certify(node, identity, { notBefore: NOW, notAfter: NOW + 60n });
    const at = (nowSeconds: bigint) => verifyRecord(record, { ...context, nowSeconds });
    expect(await codeOf(at(NOW - 1n))).to.equal("CERTIFICATE_NOT_YET_VALID");
    await at(NOW);
    await at(NOW + 60n);
    expect(await codeOf(at(NOW + 61n))).to.equal("CERTIFICATE_EXPIRED");
  });

  it("is refused, for now, when the chain knows no such node or says it is not active", async () => {
    const { directory, node, identity, context } = await setting();
    const record = await certify(node, identity);
    directory.nodes.set(5n, { key: node.account.address, active: false });
    expect(await codeOf(verifyRecord(record, context))).to.equal("CERTIFICATE_NODE_INACTIVE");
    directory.nodes.delete(5n);
    expect(await codeOf(verifyRecord(record, context))).to.equal("CERTIFICATE_NODE_UNKNOWN");
  });

  it("is refused when another key, another chain or another content was signed", async () => {
    const { directory, node, identity, context } = await setting();
    const invalid = "CERTIFICATE_SIGNATURE_INVALID";
    const elsewhere = await certify(node, identity, {}, CHAIN_ID + 1);
    expect(await codeOf(verifyRecord(elsewhere, context))).to.equal(invalid);

    const record = await certify(node, identity);
    const changed = {
      ...record,
      certificate: { ...record.certificate, notAfter: record.certificate.notAfter + 1n },
    };
    expect(await codeOf(verifyRecord(changed, context))).to.equal(invalid);
    expect(await codeOf(verifyRecord({ ...record, signature: `0x${"00".repeat(65)}` }, context))).to.equal(
      invalid,
    );

    directory.nodes.set(5n, { key: privateKeyToAccount(generatePrivateKey()).address, active: true });
    expect(await codeOf(verifyRecord(record, context))).to.equal(invalid);
  });

  it("is refused when it certifies another peer", async () => {
    const { node, identity, context } = await setting();
    const other = await loadIdentity(await temporaryFolder());
    const record = await certify(node, identity);
    const borrowed = { ...record, peerBytes: other.peerBytes };
    expect(await codeOf(verifyRecord(borrowed, context))).to.equal("CERTIFICATE_PEER_MISMATCH");
    expect(() => assertCertifies(record.certificate, other.peerBytes)).to.throw("certifies another peer");
  });

  it("travels as bytes and comes back the same; anything else is malformed", async () => {
    const { node, identity } = await setting();
    const record = await certify(node, identity);
    const bytes = encodeRecord(record);
    expect(decodeRecord(bytes)).to.deep.equal(record);
    const text = new TextDecoder().decode(bytes);
    for (const broken of [
      text.slice(0, -1),
      text.replace('"v":1', '"v":2'),
      text.replace('"v":1', '"v":1,"more":1'),
      text.replace('"node":"5"', '"node":5'),
      text.replace('"node":"5"', '"node":"05"'),
      text.replace('"node":"5"', `"node":"${2n ** 256n}"`),
      `${text}${" ".repeat(3_000)}`,
    ]) {
      expect(() => decodeRecord(new TextEncoder().encode(broken)), broken.slice(0, 40)).to.throw();
    }
  });
});
