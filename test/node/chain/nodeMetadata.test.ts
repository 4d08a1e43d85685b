import { createHash } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, zeroHash } from "viem";
import {
  ANNOUNCED_ADDRESSES_MAX,
  announcedAddresses,
  announcing,
  NODE_METADATA_URI_BYTES_MAX,
} from "../../../node/src/chain/nodeMetadata.ts";

const ADDRESS = "/ip4/203.0.113.7/tcp/9317/p2p/12D3KooWBrfYXdVyo9TEyJDdMtThLEPZWZ8Yyn9xzFCzfVn7jNWq";
const sha256 = (file: string | Buffer): Hex => `0x${createHash("sha256").update(file).digest("hex")}`;

describe("node metadata", () => {
  it("says where a node is reached, inline, and is read back", () => {
    for (const addresses of [[ADDRESS], [ADDRESS, ADDRESS.replace("203.0.113.7", "10.0.0.1")], []]) {
      const metadata = announcing(addresses);
      expect(metadata.metadataURI.length).to.be.at.most(NODE_METADATA_URI_BYTES_MAX);
      expect(announcedAddresses(metadata)).to.deep.equal(addresses);
    }
  });

  it("is read in the other spellings of data URIs, beside other fields, and up to so many addresses", () => {
    const file = JSON.stringify({ name: "é", addresses: [ADDRESS] });
    const base64 = `data:application/json;base64,${Buffer.from(file).toString("base64")}`;
    for (const metadataURI of [
      base64,
      `data:application/json,${file}`,
      `data:application/json,${encodeURI(file)}`,
    ])
      expect(announcedAddresses({ metadataURI, metadataDigest: sha256(file) })).to.deep.equal(
        metadataURI.length <= NODE_METADATA_URI_BYTES_MAX ? [ADDRESS] : [],
      );
    const many = announcing(Array.from({ length: 9 }, (_, index) => `${index}`));
    expect(announcedAddresses(many).length).to.equal(ANNOUNCED_ADDRESSES_MAX);
  });

  const inline = (file: string) => ({
    metadataURI: `data:application/json,${file}`,
    metadataDigest: sha256(file),
  });
  for (const [what, metadata] of [
    ["none", { metadataURI: "", metadataDigest: zeroHash }],
    ["of another digest", { ...announcing([ADDRESS]), metadataDigest: sha256("another") }],
    [
      "in the web, which is not asked",
      { metadataURI: "https://example.com/node.json", metadataDigest: sha256("{}") },
    ],
    ["of this machine's files", { metadataURI: "file:///etc/passwd", metadataDigest: sha256("{}") }],
    ["no JSON", inline("{addresses")],
    ["null", inline("null")],
    ["of another form", inline('{"addresses":"everywhere"}')],
    ["of addresses that are no text", inline('{"addresses":[1,{},null]}')],
    ["no URI encoding", { metadataURI: "data:application/json,%E0%A4%A", metadataDigest: sha256("") }],
    ["longer than the registry takes", inline(JSON.stringify({ addresses: [ADDRESS, ADDRESS, ADDRESS] }))],
  ] as const)
    it(`that is ${what} names nobody`, () => {
      expect(announcedAddresses(metadata)).to.deep.equal([]);
    });
});
