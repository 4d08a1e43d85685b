import { chmod, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { hexToBytes } from "viem";
import { BOX_KEY_FILE, loadIdentity, PEER_KEY_FILE } from "../../../node/src/network/identity.ts";
import { publicKeyOfPeer } from "../../../node/src/network/peerKey.ts";
import { codeOf, temporaryFolder } from "./support.ts";

describe("identity", () => {
  it("makes both keys once, for their owner only, and keeps them", async () => {
    const folder = join(await temporaryFolder(), "deep", "network");
    const first = await loadIdentity(folder);
    const second = await loadIdentity(folder);
    expect(second.peerBytes).to.deep.equal(first.peerBytes);
    expect(second.boxKey).to.equal(first.boxKey);
    expect(hexToBytes(first.boxKey)).to.have.length(32);
    expect((await readdir(folder)).sort()).to.deep.equal([BOX_KEY_FILE, PEER_KEY_FILE]);
    for (const file of [BOX_KEY_FILE, PEER_KEY_FILE]) {
      expect((await stat(join(folder, file))).mode & 0o777, file).to.equal(0o600);
    }
  });

  it("holds the peer's public key in the peer id's bytes", async () => {
    const identity = await loadIdentity(await temporaryFolder());
    const x = publicKeyOfPeer(identity.peerBytes).export({ format: "jwk" }).x;
    expect(x).to.equal(Buffer.from(identity.peerKey.publicKey.raw).toString("base64url"));
    expect(() => publicKeyOfPeer(identity.peerBytes.subarray(1))).to.throw("not an Ed25519");
    expect(() => publicKeyOfPeer(Uint8Array.from(identity.peerBytes).fill(1, 0, 1))).to.throw(
      "not an Ed25519",
    );
  });

  it("refuses files that others can read, and files that hold something else", async () => {
    for (const file of [PEER_KEY_FILE, BOX_KEY_FILE]) {
      const folder = await temporaryFolder();
      await loadIdentity(folder);
      await chmod(join(folder, file), 0o640);
      expect(await codeOf(loadIdentity(folder)), file).to.equal("IDENTITY_FILE_EXPOSED");
      await chmod(join(folder, file), 0o600);
      await writeFile(join(folder, file), "nonsense");
      expect(await codeOf(loadIdentity(folder)), file).to.equal("IDENTITY_FILE_DAMAGED");
    }
  });
});
