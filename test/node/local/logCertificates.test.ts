import { sign, verify } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import { logCertificatesOf } from "../../../node/src/local/logCertificates.ts";
import { connect, DirectoryFake, open, register, until } from "../network/support.ts";

describe("logCertificatesOf", () => {
  it("whatOneNodeSigns_anotherChecksUnderItsCertificate", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    const [ofA, ofB] = [logCertificatesOf(a), logCertificatesOf(b)];
    const known: bigint[] = [];
    ofA.onKnown((node) => known.push(node));
    await connect(b, a);
    await until("a knows b", () => known.includes(2n));
    const { proof, signingKey } = ofB.own();
    const said = Buffer.from("an entry");
    const signature = sign(null, said, signingKey);
    const found = await ofA.find(proof.digest, b.peerId);
    expect(found !== undefined && verify(null, said, found.peerKey, signature)).to.equal(true);
    expect((await ofA.check(proof.record)).digest).to.equal(proof.digest);
    expect(ofA.ofNode(2n)?.boxKey).to.equal(b.boxKey);
  });
});
