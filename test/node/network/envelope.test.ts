import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, toBytes } from "viem";
import { openEnvelope, sealEnvelope } from "../../../node/src/network/envelope.ts";
import { loadIdentity } from "../../../node/src/network/identity.ts";
import { publicKeyOfPeer } from "../../../node/src/network/peerKey.ts";
import { codeOf, temporaryFolder } from "./support.ts";

const CERTIFICATE = keccak256("0x01");
const BODY = toBytes("body");

describe("envelope", () => {
  it("names the certificate, holds the body, and is signed for one topic", async () => {
    const identity = await loadIdentity(await temporaryFolder());
    const key = publicKeyOfPeer(identity.peerBytes);
    const sealed = sealEnvelope("topic", CERTIFICATE, BODY, identity.signingKey);
    const opened = openEnvelope("topic", sealed);
    expect(opened.certificate).to.equal(CERTIFICATE);
    expect(Uint8Array.from(opened.body)).to.deep.equal(BODY);
    expect(opened.isSignedBy(key)).to.equal(true);
    expect(openEnvelope("other topic", sealed).isSignedBy(key)).to.equal(false);
    const stranger = await loadIdentity(await temporaryFolder());
    expect(opened.isSignedBy(publicKeyOfPeer(stranger.peerBytes))).to.equal(false);
  });

  it("shows every changed byte, or is malformed", async () => {
    const identity = await loadIdentity(await temporaryFolder());
    const key = publicKeyOfPeer(identity.peerBytes);
    const sealed = sealEnvelope("topic", CERTIFICATE, BODY, identity.signingKey);
    for (let at = 1; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openEnvelope("topic", changed).isSignedBy(key), `byte ${at}`).to.equal(false);
    }
    const newer = Uint8Array.from(sealed).fill(2, 0, 1);
    expect(await codeOf(() => openEnvelope("topic", newer))).to.equal("MESSAGE_VERSION_UNKNOWN");
    for (const length of [0, 1, 33, 97]) {
      expect(await codeOf(() => openEnvelope("topic", sealed.subarray(0, length))), `${length}`).to.equal(
        "MESSAGE_MALFORMED",
      );
    }
  });
});
